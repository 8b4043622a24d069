//! Neon's own JavaScript driver against the gateway.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::gateways::Serving;
use crate::programs;

/// `node_modules` with the driver in it, below the target directory; npm fills it once.
fn modules() -> Result<PathBuf, String> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("neon");
    let modules = directory.join("node_modules");
    if modules.join("@neondatabase/serverless/package.json").exists()
        && modules.join("ws/package.json").exists()
    {
        return Ok(modules);
    }
    std::fs::create_dir_all(&directory).unwrap();
    let output = Command::new(programs::find("npm")?)
        .current_dir(&directory)
        .args(["install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error"])
        .args(["@neondatabase/serverless@1", "ws@8"])
        .output()
        .unwrap();
    if output.status.success() {
        return Ok(modules);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("a test that needs @neondatabase/serverless and ws, and npm cannot install them:\n{said}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_javascript_driver_works_through_the_gateway() {
    let found = programs::find("node").and_then(|node| Ok((node, modules()?)));
    let Some((node, modules)) = programs::present(found) else { return };
    let serving = Serving::in_front_of_the_server().await;
    let url = serving.url.to_secret_string().replacen("ws://", "postgres://", 1);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/neon/client.mjs");
    let address = serving.address.to_string();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(node);
        command.arg(script).args([&address, &url]).arg(modules).output()
    });
    let output = run.await.unwrap().unwrap();
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{out}\n{err}");
    assert!(out.contains("every scenario passed"), "{out}\n{err}");
    serving.stop().await;
}
