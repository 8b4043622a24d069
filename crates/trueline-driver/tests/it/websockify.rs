//! The same scenarios through a proxy that somebody else wrote: `websockify`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::gateways;
use crate::scenarios;
use crate::server::{Server, Supervised, free_port, supervise_as_self};
use crate::transports::parse;

const SCRIPT: &str = r#"
program=$1; listen=$2; target=$3
trap '' INT TERM HUP
"$program" "127.0.0.1:$listen" "127.0.0.1:$target" >/dev/null 2>&1 </dev/null &
proxy=$!
echo ready
read -r nothing
kill -KILL $proxy 2>/dev/null
wait
"#;

/// An installed one, else one that pip puts into a virtual environment below the target directory.
fn program() -> PathBuf {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let installed = std::env::split_paths(&path)
        .map(|directory| directory.join("websockify"))
        .find(|program| program.exists());
    installed.unwrap_or_else(|| {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("websockify");
        let program = environment.join("bin/websockify");
        if !program.exists() {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&environment).status();
            assert!(
                made.is_ok_and(|status| status.success()),
                "this test needs `websockify`, or python3 with venv"
            );
            // What it could use besides (numpy, redis, ...) is not needed here.
            let install = ["install", "--quiet", "--no-deps", "websockify"];
            let installed = Command::new(environment.join("bin/pip")).args(install).status();
            assert!(
                installed.is_ok_and(|status| status.success()),
                "this test needs `websockify`, and pip failed"
            );
        }
        program
    })
}

async fn start() -> (Supervised, u16) {
    let (port, target) = (free_port(), Server::get().port.to_string());
    let (program, listen) = (program(), port.to_string());
    let arguments: [&OsStr; 3] = [program.as_ref(), listen.as_ref(), target.as_ref()];
    let supervised = supervise_as_self(SCRIPT, &arguments);
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return (supervised, port);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("websockify did not listen within half a minute");
}

#[tokio::test]
async fn every_scenario_works_through_websockify() {
    let (_supervised, port) = start().await;
    let plain = parse(&format!("ws://postgres@127.0.0.1:{port}/postgres"));
    let in_tls = gateways::tls_url(&plain, gateways::in_tls(port).await);
    for url in [plain, in_tls] {
        scenarios::batch_of_statements(&url).await;
        scenarios::extended_queries(&url).await;
        scenarios::transaction(&url).await;
        scenarios::copy_both_ways(&url).await;
        scenarios::listen_and_notify(&url).await;
        scenarios::index_concurrently(&url).await;
        scenarios::advisory_locks(&url).await;
        scenarios::cancel(&url).await;
        scenarios::ended_by_the_server(&url).await;
        scenarios::session_options(&url).await;
        scenarios::large_value(&url).await;
    }
}
