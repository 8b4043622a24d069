//! Neon's own JavaScript driver against the gateway.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::gateways::Serving;

/// `node_modules` with the driver in it, below the target directory; npm fills it once.
fn modules() -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("neon");
    let modules = directory.join("node_modules");
    if !modules.join("@neondatabase/serverless/package.json").exists()
        || !modules.join("ws/package.json").exists()
    {
        std::fs::create_dir_all(&directory).unwrap();
        let arguments = [
            "install",
            "--no-save",
            "--no-audit",
            "--no-fund",
            "--loglevel=error",
            "@neondatabase/serverless@1",
            "ws@8",
        ];
        let npm = Command::new("npm").current_dir(&directory).args(arguments).output();
        let output = npm.unwrap_or_else(|error| {
            panic!("this test needs npm and node (`apt-get install npm`): failed to run `npm`: {error}")
        });
        assert!(
            output.status.success(),
            "this test needs @neondatabase/serverless and ws, and npm cannot install them:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    modules
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_driver_works_through_the_gateway() {
    let serving = Serving::in_front_of_the_server().await;
    let url = serving.url.to_secret_string().replacen("ws://", "postgres://", 1);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/neon/client.mjs");
    let address = serving.address.to_string();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new("node");
        command.arg(script).args([&address, &url]).arg(modules()).output()
    });
    let output = run.await.unwrap().expect("this test needs node");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("every scenario passed"), "{out}\n{err}");
    serving.stop().await;
}
