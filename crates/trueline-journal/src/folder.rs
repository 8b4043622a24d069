//! The migrations folder on disk: the journal, its SQL files and the snapshot's place.
//!
//! Reading finds every problem that can be seen without a database ([`Folder::load`]); writing is
//! all or nothing, whatever interrupts it ([`write`]), and one process at a time ([`lock`]). A
//! reader that meets what an interrupted writer left has it cleared away first. Symbolic links are
//! not followed: what is committed is what is applied.

mod change;
mod lock;
mod read;
mod write;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use crate::migration;
use crate::problem::{Place, Problem, Severity};
use crate::{Checksum, Journal, Migration};

pub use change::{Change, Draft};
pub use lock::{Lock, Waiting};

/// Where a workspace keeps its migrations. Creates nothing by itself.
#[derive(Clone, Debug)]
pub struct Folder {
    root: PathBuf,
    /// Relative to `root`.
    dir: PathBuf,
}

/// The folder as it is: all that could be read, and all that is wrong.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// As much of the journal as can be read; `None` when it is missing or not JSON.
    pub journal: Option<Journal>,
    /// The checksum of the journal's text as it was read; `None` without one.
    pub base: Option<Checksum>,
    /// The migrations whose files could be read, in the journal's order.
    pub migrations: Vec<Migration>,
    /// Everything found, warnings and notes included.
    pub problems: Vec<Problem>,
    /// No journal and no SQL file yet: the folder of a new workspace.
    pub fresh: bool,
}

/// A folder in which everything holds that must hold for applying it.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// The journal; empty in a new workspace.
    pub journal: Journal,
    /// The checksum of the journal's text as it was read; `None` in a new workspace.
    pub base: Option<Checksum>,
    /// One for each entry, in the same order.
    pub migrations: Vec<Migration>,
    /// What is worth saying all the same.
    pub warnings: Vec<Problem>,
}

impl Contents {
    /// The journal's head: see [`migration::head`].
    pub fn head(&self) -> Checksum {
        migration::head(&self.migrations)
    }
}

impl Folder {
    /// The folder `migrations_dir` of the workspace at `root`.
    pub fn new(root: &Path, migrations_dir: &Path) -> Self {
        let dir = migrations_dir.strip_prefix(root).unwrap_or(migrations_dir);
        Self { root: root.to_path_buf(), dir: dir.to_path_buf() }
    }

    /// The folder itself.
    pub fn path(&self) -> PathBuf {
        self.root.join(&self.dir)
    }

    /// `meta/_journal.json` in it.
    pub fn journal_path(&self) -> PathBuf {
        self.root.join(self.journal_file())
    }

    /// `meta/_snapshot.json` in it.
    pub fn snapshot_path(&self) -> PathBuf {
        self.root.join(self.snapshot_file())
    }

    /// The journal's path as problems name it: relative to the workspace's root.
    pub fn journal_file(&self) -> PathBuf {
        self.dir.join("meta/_journal.json")
    }

    /// The snapshot's path as problems name it: relative to the workspace's root.
    pub fn snapshot_file(&self) -> PathBuf {
        self.dir.join("meta/_snapshot.json")
    }

    /// Everything that must hold for applying the migrations; a new workspace has an empty folder.
    /// Errors: all problems, if any of them is an error (an unsealed migration is one).
    pub fn read(&self) -> Result<Contents, Vec<Problem>> {
        let loaded = self.load();
        if loaded.fresh {
            return Ok(Contents::default());
        }
        let failed = loaded.problems.iter().any(|problem| problem.severity == Severity::Error);
        match loaded.journal {
            Some(journal) if !failed => {
                let Loaded { base, migrations, problems: warnings, .. } = loaded;
                Ok(Contents { journal, base, migrations, warnings })
            }
            _ => Err(loaded.problems),
        }
    }
}

/// Why the folder could not be locked or written. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    /// The operating system refused.
    #[error("failed to {action} `{}`: {source}", file.display())]
    Io {
        /// What was tried: `write`, `rename`, ...
        action: &'static str,
        /// On which file, as the user knows it.
        file: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The journal on disk is no longer the one that the change was made for.
    #[error("`{}` was changed by someone else meanwhile", .0.display())]
    Changed(PathBuf),
    /// A file of the new migration's name is there already.
    #[error("`{}` exists already and is not in the journal", .0.display())]
    Exists(PathBuf),
}

impl From<FolderError> for Problem {
    fn from(error: FolderError) -> Self {
        let message = error.to_string();
        match error {
            FolderError::Io { file, source, .. } => {
                let hint = match source.kind() {
                    io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                        "free some space and run the command again: nothing was changed"
                    }
                    io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                        "make the migrations folder writable and run the command again: nothing was changed"
                    }
                    _ => "run the command again: nothing was changed",
                };
                Self::error("folder-io", message).at(Place::file(file)).hint(hint)
            }
            FolderError::Changed(file) => Self::error("folder-changed", message)
                .at(Place::file(file))
                .hint("run the command again: nothing was changed"),
            FolderError::Exists(file) => Self::error("folder-exists", message)
                .at(Place::file(file))
                .hint("remove the file, or give the migration another name"),
        }
    }
}
