//! Making a cluster: `initdb`.
//!
//! Every cluster of ours is UTF-8 with the C locale, so that nothing depends on the machine's
//! locales, and trusts whoever gets to its socket, which only its owner and root do.

use std::path::Path;
use std::process::{Command, Stdio};

use super::account::Account;
use super::process::neutral;
use super::{Binaries, SUPERUSER, ServerError};

/// What a cluster is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// Its data may be lost with the machine's power: nothing is synced, WAL segments are small.
    Throwaway,
    /// Its data must survive.
    Durable,
}

/// Runs `initdb` on `data`, a directory that must not exist or be empty and owned by `account`.
pub fn init(
    binaries: &Binaries,
    account: Account,
    data: &Path,
    durability: Durability,
) -> Result<(), ServerError> {
    account.reaches(&binaries.bin_dir)?;
    account.reaches(data)?;
    let mut command = Command::new(binaries.program("initdb"));
    command.arg("-D").arg(data);
    command.args(["-U", SUPERUSER, "--auth=trust", "-E", "UTF8", "--locale=C"]);
    if binaries.major >= 14 {
        command.arg("--no-instructions");
    }
    if durability == Durability::Throwaway {
        command.args(["--no-sync", "--wal-segsize=1"]);
    }
    account.apply(neutral(&mut command));
    run(command.stdin(Stdio::null()), "initdb").map(drop)
}

/// Runs a program to its end and gives what it printed; a failure carries what it said.
pub fn run(command: &mut Command, program: &str) -> Result<Vec<u8>, ServerError> {
    let output =
        command.output().map_err(|error| ServerError::io("run", Path::new(command.get_program()), error))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(ServerError::Program {
        program: program.to_owned(),
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}
