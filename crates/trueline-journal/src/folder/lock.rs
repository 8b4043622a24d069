//! One writer at a time.
//!
//! The lock is the operating system's, on the folder itself: it leaves no file behind and is gone
//! with the process that held it, however that ended.

use std::fmt;
use std::fs::{self, File, TryLockError};
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;

use super::{Folder, FolderError};

/// Holds the folder until it is dropped. While it is held the folder is whole: what an interrupted
/// writer left was cleared away when the lock was taken.
#[derive(Debug)]
pub struct Lock {
    _dir: File,
}

/// Another process holds the folder; said once, before waiting for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// The folder, relative to the workspace's root.
    pub folder: PathBuf,
    /// The id of the process that holds it, where the system tells.
    pub process: Option<u32>,
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "waiting for another command that writes `{}`", self.folder.display())?;
        self.process.map_or(Ok(()), |process| write!(f, " (process {process})"))
    }
}

impl Folder {
    /// Takes the lock, creating the folder if needed, and clears away what an interrupted writer
    /// left. `waits` is called once if another process holds it, then this waits.
    pub fn lock(&self, waits: impl FnOnce(&Waiting)) -> Result<Lock, FolderError> {
        let io = |action, source| FolderError::Io { action, file: self.dir.clone(), source };
        let mut waits = Some(waits);
        loop {
            fs::create_dir_all(self.path().join("meta")).map_err(|error| io("create", error))?;
            let dir = File::open(self.path()).map_err(|error| io("open", error))?;
            match dir.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => {
                    if let Some(waits) = waits.take() {
                        waits(&Waiting { folder: self.dir.clone(), process: holder(&dir) });
                    }
                    dir.lock().map_err(|error| io("lock", error))?;
                }
                Err(TryLockError::Error(error)) => return Err(io("lock", error)),
            }
            // A checkout may have replaced the folder meanwhile: then the lock is on what is gone.
            let held = dir.metadata().map_err(|error| io("read", error))?;
            if fs::metadata(self.path()).is_ok_and(|now| (now.dev(), now.ino()) == (held.dev(), held.ino())) {
                let lock = Lock { _dir: dir };
                self.recover(&lock)?;
                return Ok(lock);
            }
        }
    }
}

/// Which process holds the lock on `dir`: Linux lists it in `/proc/locks` (proc(5)), by inode.
fn holder(dir: &File) -> Option<u32> {
    let inode = dir.metadata().ok()?.ino().to_string();
    let locks = fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let mut fields = line.split_whitespace().skip(1);
        let (kind, process) = (fields.next()?, fields.nth(2)?);
        let file = fields.next()?.rsplit(':').next()?;
        (kind == "FLOCK" && file == inode).then(|| process.parse().ok()).flatten()
    })
}
