//! Servers that belong to no command: started, found again and stopped by whoever comes along.
//!
//! The server's lock says whether it runs, and with it whether the process id in its data directory
//! is its own. Callers hold a lock of their own around these, so that two commands never start the
//! same server. Read next: [`crate::embedded`].

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::process::{START_PATIENCE, STOP_PATIENCE, Site, neutral};
use super::{Binaries, ServerError, lock};

const POLL: Duration = Duration::from_millis(2);
/// From util-linux and `BusyBox`: runs a program in a session of its own, away from our terminal.
const SETSID: &str = "/usr/bin/setsid";

/// Starts a server that outlives us and waits until it accepts connections.
pub async fn start(binaries: &Binaries, site: &Site, settings: &[(&str, &str)]) -> Result<(), ServerError> {
    clear_stale_pid(site)?;
    let _ = fs::rename(site.log(), site.dir.join("server.log.old"));
    let line = site.command_line(binaries, settings);
    let mut command = if Path::new(SETSID).is_file() {
        let mut command = Command::new(SETSID);
        command.args(line);
        command
    } else {
        let mut command = Command::new(&line[0]);
        command.args(&line[1..]).process_group(0);
        command
    };
    let log = site.open_log()?;
    let errors = log.try_clone().map_err(|error| ServerError::io("open", &site.log(), error))?;
    command.stdin(site.open_lock().await?).stdout(log).stderr(Stdio::from(errors));
    site.account.apply(neutral(&mut command));
    let mut child =
        command.spawn().map_err(|error| ServerError::io("run", &binaries.program("postgres"), error))?;
    // The lock is open in the child alone from here on.
    drop(command);
    let since = Instant::now();
    while !site.is_ready() {
        if let Some(status) = child.try_wait().map_err(|error| ServerError::io("watch", &site.dir, error))? {
            return Err(ServerError::Start { reason: status.to_string(), log: site.log_tail() });
        }
        if since.elapsed() > START_PATIENCE {
            return Err(slow_start(site));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

/// Waits until a server that somebody else started accepts connections; says `false` when it ended
/// instead.
pub async fn wait_until_ready(site: &Site) -> Result<bool, ServerError> {
    let since = Instant::now();
    while lock::is_held(&site.server_lock()) {
        if site.is_ready() {
            return Ok(true);
        }
        if since.elapsed() > START_PATIENCE {
            return Err(slow_start(site));
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(false)
}

/// Stops the server (fast shutdown) if it runs, and says whether it did.
pub async fn stop(site: &Site) -> Result<bool, ServerError> {
    if !lock::is_held(&site.server_lock()) {
        return Ok(false);
    }
    let since = Instant::now();
    let mut signalled = false;
    while lock::is_held(&site.server_lock()) {
        if let Some(pid) = site.recorded_pid().and_then(Pid::from_raw).filter(|_| !signalled) {
            kill_process(pid, Signal::INT)
                .map_err(|error| ServerError::io("stop the server in", &site.dir, error.into()))?;
            signalled = true;
        }
        if since.elapsed() > STOP_PATIENCE {
            return Err(ServerError::Stop {
                reason: format!("still running after {} s", STOP_PATIENCE.as_secs()),
            });
        }
        tokio::time::sleep(POLL).await;
    }
    Ok(true)
}

fn slow_start(site: &Site) -> ServerError {
    ServerError::Start {
        reason: format!("not ready after {} s", START_PATIENCE.as_secs()),
        log: site.log_tail(),
    }
}

/// Removes a `postmaster.pid` that a crash left, if its process id belongs to another program by
/// now: PostgreSQL would take that one for its own server (`CreateLockFile` in miscinit.c). The
/// caller knows that no server of ours runs; one that somebody started by hand on the same data is
/// left alone.
fn clear_stale_pid(site: &Site) -> Result<(), ServerError> {
    let Some(pid) = site.recorded_pid().and_then(Pid::from_raw) else { return Ok(()) };
    if test_kill_process(pid).is_err() {
        return Ok(());
    }
    let Ok(directory) = fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero())) else { return Ok(()) };
    if fs::canonicalize(site.data()).is_ok_and(|data| data == directory) {
        let reason =
            format!("process {} runs on its data, and was not started by Trueline", pid.as_raw_nonzero());
        return Err(ServerError::Start { reason, log: String::new() });
    }
    let path = site.data().join("postmaster.pid");
    fs::remove_file(&path).map_err(|error| ServerError::io("remove", &path, error))
}
