//! What is tested on the server that the tool finds is tested on the others that are here, too: by another run of this
//! program, which is told to find that server.

use std::process::Command;

use trueline::server::find_all;

use crate::run::{binaries, postgres_18};

/// What works on the target's catalogs and on two sessions at once, which majors do differently.
const PARTS: [&str; 5] = ["begun::", "branches::", "drift::", "drizzle::", "round_trips::"];

#[test]
fn the_gate_branches_and_drizzle_work_on_every_server() {
    let first = binaries();
    let mut others = find_all();
    if first.major != 18 && others.iter().all(|server| server.major != 18) {
        others.extend(postgres_18());
    }
    others.retain(|server| server.bin_dir != first.bin_dir);
    let mut faults = Vec::new();
    for server in &others {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(PARTS)
            .env("TRUELINE_PG_BIN", &server.bin_dir)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        eprintln!("{}: {}", server.version, said.trim_end().lines().last().unwrap_or_default());
        if !output.status.success() {
            faults.push(format!("{}\n{said}", server.version));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
}
