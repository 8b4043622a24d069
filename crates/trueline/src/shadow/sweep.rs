//! Removing what commands left that died while they held a cluster.
//!
//! A command that is killed leaves its server's shell to clean up (see
//! [`crate::server::process`]), which takes a moment and can itself be killed. The lock on
//! `owner.lock` says whether the command lives, the one on `server.lock` whether anything of its
//! server does. A directory whose owner is dead is never used again.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::slots::children;
use crate::server::account::Account;
use crate::server::process::Site;
use crate::server::{ServerError, dirs, lock};

/// Locked by the command that holds the directory.
pub const OWNER_LOCK: &str = "owner.lock";
/// How long to wait for an orphaned server to end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Moves the directories of dead commands to the trash; gives back those on which a server still
/// runs, which were told to stop. The caller holds the cache's lock.
pub fn bury(runs: &Path, trash: &Path, account: Account) -> Result<Vec<Site>, ServerError> {
    let mut orphans = Vec::new();
    for dir in children(runs) {
        if lock::is_held(&dir.join(OWNER_LOCK)) {
            continue;
        }
        let site = Site::new(dir, account);
        if lock::is_held(&site.server_lock()) {
            stop_at_once(&site);
            orphans.push(site);
        } else {
            site.remove_socket_dir()?;
            discard(&site.dir, trash)?;
        }
    }
    Ok(orphans)
}

/// Kills the server on `site`: its lock is held, so the recorded process is that server.
fn stop_at_once(site: &Site) {
    if let Some(pid) = site.recorded_pid().and_then(Pid::from_raw) {
        // It may end on its own in this very moment, which is what we want.
        let _ = kill_process(pid, Signal::QUIT);
    }
}

/// Moves one directory to the trash. The caller holds the cache's lock.
pub fn discard(dir: &Path, trash: &Path) -> Result<(), ServerError> {
    let grave = trash.join(dir.file_name().unwrap_or_default());
    match fs::rename(dir, &grave) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(ServerError::io("discard", dir, error))
        }
        _ => Ok(()),
    }
}

/// Waits for orphaned servers to end and empties the trash. What cannot be removed now is left for
/// the next command: it is in nobody's way.
pub async fn finish(orphans: &[Site], trash: &Path) {
    for orphan in orphans {
        let since = Instant::now();
        while lock::is_held(&orphan.server_lock()) && since.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let _ = orphan.remove_socket_dir();
        let _ = dirs::remove(&orphan.dir);
    }
    let graves: Vec<PathBuf> = children(trash);
    for grave in graves {
        let _ = dirs::remove(&grave);
    }
}
