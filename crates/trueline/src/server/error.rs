//! What can go wrong with a server's programs, directories and processes, and how to fix it.

use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A failure to find, make, start or stop a server.
#[derive(Debug, Error)]
pub enum ServerError {
    /// No server of the wanted major could be found or fetched.
    #[error("no PostgreSQL{} was found", .major.map(|major| format!(" {major}")).unwrap_or_default())]
    NotFound {
        /// The major that was asked for.
        major: Option<u32>,
        /// Each place that was looked at and what was there.
        looked_at: Vec<String>,
    },
    /// `TRUELINE_PG_BIN` names a directory that cannot be used.
    #[error("`TRUELINE_PG_BIN` names `{}`, which {fault}", .path.display())]
    BadBinDir {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// A file operation failed.
    #[error("failed to {action} `{}`: {source}", .path.display())]
    Io {
        /// A verb.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// A directory of ours is not safe to use.
    #[error("`{}` {fault}", .path.display())]
    Insecure {
        /// The directory.
        path: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// The server's account cannot get to a path.
    #[error("the server runs as uid 65534 because PostgreSQL refuses root, and cannot enter `{}`, on the way to `{}`", .blocker.display(), .path.display())]
    Unreachable {
        /// What it must get to.
        path: PathBuf,
        /// The directory that is closed to it.
        blocker: PathBuf,
    },
    /// No directory to keep things in is known.
    #[error("neither `{variable}` nor `HOME` is set")]
    NoHome {
        /// The variable that would decide it.
        variable: String,
    },
    /// A lock was held for too long.
    #[error("another command holds `{}`", .path.display())]
    Locked {
        /// The lock file.
        path: PathBuf,
    },
    /// A program failed.
    #[error("`{program}` failed ({status}){}", tail(.output))]
    Program {
        /// Its file name.
        program: String,
        /// The exit status in words.
        status: String,
        /// What it said, without secrets: the programs get none.
        output: String,
    },
    /// The server ended while it was starting, or did not become ready.
    #[error("PostgreSQL did not start: {reason}{}", tail(.log))]
    Start {
        /// How it failed.
        reason: String,
        /// The end of its log.
        log: String,
    },
    /// The server did not stop.
    #[error("PostgreSQL did not stop: {reason}")]
    Stop {
        /// How it failed.
        reason: String,
    },
    /// The carrier crate could not be fetched or is not what it should be.
    #[error("failed to get a PostgreSQL server through cargo: {reason}")]
    Carrier {
        /// What happened.
        reason: String,
    },
}

impl ServerError {
    /// A file operation that failed.
    pub fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_path_buf(), source }
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotFound { looked_at, .. } => {
                return Some(format!(
                    "install PostgreSQL (Debian: `apt install postgresql`, macOS: `brew install postgresql@17`), or set \
                     `TRUELINE_PG_BIN` to a directory with `postgres` and `initdb`; looked at:\n  {}",
                    looked_at.join("\n  ")
                ));
            }
            Self::BadBinDir { .. } => {
                "set `TRUELINE_PG_BIN` to a directory that holds `postgres` and `initdb`, such as \
                 `/usr/lib/postgresql/17/bin`, or unset it"
            }
            Self::Insecure { path, .. } => {
                return Some(format!(
                    "remove `{0}` or give it to your user with mode 0700, or set `TRUELINE_CACHE_DIR` and \
                     `TRUELINE_DATA_DIR` to directories of your own",
                    path.display()
                ));
            }
            Self::Unreachable { blocker, .. } => {
                return Some(format!(
                    "move it, set `TRUELINE_CACHE_DIR` and `TRUELINE_DATA_DIR` to directories that every user may \
                     pass through, or run `chmod o+x {}`",
                    blocker.display()
                ));
            }
            Self::NoHome { .. } => "set the variable to a directory of your own",
            Self::Locked { .. } => "wait for it to end, or stop it",
            Self::Carrier { .. } => {
                "install PostgreSQL, or set `TRUELINE_PG_BIN` to a directory with `postgres` and `initdb`"
            }
            Self::Io { source, .. } if source.kind() == io::ErrorKind::StorageFull => "free some disk space",
            Self::Io { .. } | Self::Program { .. } | Self::Start { .. } | Self::Stop { .. } => return None,
        };
        Some(text.to_owned())
    }
}

/// The last lines of a program's output, indented under the message.
fn tail(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    lines[lines.len().saturating_sub(8)..].iter().flat_map(|line| ["\n  ", line]).collect()
}
