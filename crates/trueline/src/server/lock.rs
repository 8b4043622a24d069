//! Locks on files that end with their owner, however it ends.
//!
//! The lock is `flock(2)`: it belongs to the open file, so the kernel releases it when the last
//! process that holds the file open is gone. That makes "is its owner alive?" a question with an
//! exact answer, which no process id in a file can give. Read next: [`super::process`].

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;

use super::ServerError;

/// How long a lock that is only ever held for a moment may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Opens or makes the lock file, readable by its owner only; locks nothing.
pub fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
}

/// Takes the lock if nobody holds it.
pub fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether a living process holds the lock at `path`; a lock file that is not there is not held.
pub fn is_held(path: &Path) -> bool {
    match File::open(path) {
        Ok(file) => !try_lock(&file).unwrap_or(false),
        Err(_) => false,
    }
}

/// Waits for the lock without giving way to other tasks; for what runs before there are any.
pub fn block(path: &Path) -> Result<File, ServerError> {
    let file = open(path).map_err(|error| ServerError::io("open", path, error))?;
    match flock(&file, FlockOperation::LockExclusive) {
        Ok(()) => Ok(file),
        Err(error) => Err(ServerError::io("lock", path, error.into())),
    }
}

/// Waits for the lock, which others hold only for as long as `patience` says.
pub async fn wait(path: &Path, patience: Duration) -> Result<File, ServerError> {
    let file = open(path).map_err(|error| ServerError::io("open", path, error))?;
    let since = Instant::now();
    while !try_lock(&file).map_err(|error| ServerError::io("lock", path, error))? {
        if since.elapsed() > patience {
            return Err(ServerError::Locked { path: path.to_path_buf() });
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(file)
}

/// Waits for a lock that others hold for a moment only.
pub async fn wait_briefly(path: &Path) -> Result<File, ServerError> {
    wait(path, PATIENCE).await
}
