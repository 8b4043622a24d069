//! Under which user a server runs.
//!
//! PostgreSQL refuses to run as root (<https://www.postgresql.org/docs/current/postgres-user.html>).
//! Containers run as root, so there the server gets the unprivileged uid and gid 65534 (`nobody`),
//! and everything that it must reach is arranged for that. The carrier's server has no such rule.
//!
//! Never changes the rights of anything that it did not make. Read next: [`super::dirs`].

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Origin, ServerError};

/// The uid and gid of `nobody`, which every Unix knows; stock `initdb` fails for a uid that has no
/// entry in the password database.
const NOBODY: u32 = 65534;

/// The user that owns a cluster and runs its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Account {
    /// Whoever runs us.
    Ours,
    /// The unprivileged user in whose name root starts a stock PostgreSQL.
    Nobody,
}

impl Account {
    /// The account that a server of this origin runs under when we start it.
    pub fn of(origin: Origin) -> Self {
        if origin != Origin::Carrier && is_root() { Self::Nobody } else { Self::Ours }
    }

    /// Makes `command` run under this account, in a directory that it can enter.
    pub fn apply(self, command: &mut Command) {
        command.current_dir("/");
        if self == Self::Nobody {
            command.uid(NOBODY).gid(NOBODY);
        }
    }

    /// Gives a file or directory that we made to this account.
    pub fn own(self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ours => Ok(()),
            Self::Nobody => chown(path, Some(NOBODY), Some(NOBODY)),
        }
    }

    /// Gives a directory and all in it to this account; following no link.
    pub fn own_all(self, dir: &Path) -> io::Result<()> {
        if let Self::Ours = self {
            return hand_over(dir, rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
        }
        hand_over(dir, NOBODY, NOBODY)
    }

    /// The uid behind the account.
    pub fn uid(self) -> u32 {
        match self {
            Self::Ours => rustix::process::geteuid().as_raw(),
            Self::Nobody => NOBODY,
        }
    }

    /// Fails when this account cannot enter `path` or a directory above it, naming the one that is
    /// in the way.
    pub fn reaches(self, path: &Path) -> Result<(), ServerError> {
        match self.blocked_by(path) {
            None => Ok(()),
            Some(blocker) => Err(ServerError::Unreachable { path: path.to_path_buf(), blocker }),
        }
    }

    fn blocked_by(self, path: &Path) -> Option<PathBuf> {
        if self == Self::Ours {
            return None;
        }
        let enters = |directory: &&Path| {
            std::fs::metadata(directory).is_ok_and(|meta| {
                let bit = match (meta.uid() == NOBODY, meta.gid() == NOBODY) {
                    (true, _) => 0o100,
                    (false, true) => 0o010,
                    (false, false) => 0o001,
                };
                meta.mode() & bit != 0
            })
        };
        path.ancestors().filter(|path| path.is_dir()).find(|path| !enters(path)).map(Path::to_path_buf)
    }
}

fn hand_over(path: &Path, uid: u32, gid: u32) -> io::Result<()> {
    lchown(path, Some(uid), Some(gid))?;
    if fs::symlink_metadata(path)?.is_dir() {
        for entry in fs::read_dir(path)? {
            hand_over(&entry?.path(), uid, gid)?;
        }
    }
    Ok(())
}

/// Whether we run with root's rights.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}
