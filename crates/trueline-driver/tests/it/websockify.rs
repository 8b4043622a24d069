//! The same scenarios through a proxy that somebody else wrote: `websockify`.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::gateways;
use crate::programs;
use crate::scenarios;
use crate::server::{Server, Supervised, free_port, listens, supervise_as_self};
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
fn program() -> Result<PathBuf, String> {
    programs::find("websockify").or_else(|missing| {
        let environment = Path::new(env!("CARGO_TARGET_TMPDIR")).join("websockify");
        let program = environment.join("bin/websockify");
        if !program.exists() {
            let made = Command::new("python3").args(["-m", "venv"]).arg(&environment).output();
            if !made.is_ok_and(|made| made.status.success()) {
                return Err(format!("{missing}; nor is python3 with venv"));
            }
            // What it could use besides (numpy, redis, ...) is not needed here.
            let install = ["install", "--quiet", "--no-deps", "websockify"];
            let installed = Command::new(environment.join("bin/pip")).args(install).output();
            if !installed.is_ok_and(|installed| installed.status.success()) {
                return Err(format!("{missing}; and pip cannot bring it"));
            }
        }
        Ok(program)
    })
}

async fn start() -> Option<(Supervised, u16)> {
    let program = programs::present(program())?;
    let (port, target) = (free_port(), Server::get().port.to_string());
    let listen = port.to_string();
    let arguments: [&OsStr; 3] = [program.as_ref(), listen.as_ref(), target.as_ref()];
    let supervised = supervise_as_self(SCRIPT, &arguments);
    listens("websockify", port).await;
    Some((supervised, port))
}

#[tokio::test]
async fn every_scenario_works_through_websockify() {
    let Some((_supervised, port)) = start().await else { return };
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
