//! Programs of others that a test needs: `cargo test` asks for cargo alone.
//!
//! Where such a program is missing, the test says so on stderr and passes. Where it has to be there, the test fails:
//! `.ci/run` sets `TRUELINE_TEST_PEERS=required` when it could install them all, else `optional`; without the variable
//! they are required where `CI` is set.

use std::io::Write;
use std::path::PathBuf;

/// What a test needs, unless it is missing here: then the reason is said, and the test is over.
pub fn present<T>(found: Result<T, String>) -> Option<T> {
    let missing = match found {
        Ok(found) => return Some(found),
        Err(missing) => missing,
    };
    let peers = std::env::var("TRUELINE_TEST_PEERS");
    let required = peers.map_or_else(|_| std::env::var_os("CI").is_some(), |peers| peers == "required");
    assert!(!required, "{missing}");
    // Not by `eprintln!`: what a test that passes says that way is swallowed.
    let _ = writeln!(std::io::stderr(), "not run: {missing}");
    None
}

/// The path of a program, else what to do.
pub fn find(name: &str) -> Result<PathBuf, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian keeps servers where only root looks.
    let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut programs = places.map(|directory| directory.join(name));
    programs
        .find(|program| program.is_file())
        .ok_or_else(|| format!("a test that needs `{name}`, which is not installed"))
}
