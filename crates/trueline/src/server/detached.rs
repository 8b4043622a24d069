//! Servers that belong to no command: started, found again and stopped by whoever comes along.
//!
//! The server's lock says whether it runs, and with it whether the process id in its data directory
//! is its own. Callers hold a lock of their own around these, so that two commands never start the
//! same server. Read next: [`crate::embedded`].

use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::process::{START_PATIENCE, STOP_PATIENCE, Site, neutral};
use super::{Binaries, ServerError, dirs, lock};

const POLL: Duration = Duration::from_millis(2);
/// Starts the server given as arguments, in a session of its own where `setsid` is there (util-linux,
/// `BusyBox`), and ends at once, so that the server is nobody's child.
const LAUNCHER: &str = r#"
exec 3<&0
if command -v setsid >/dev/null; then set -- setsid "$@"; fi
"$@" <&3 3<&- &
"#;

/// Starts a server that outlives us and waits until it accepts connections.
pub async fn start(binaries: &Binaries, site: &Site, settings: &[(&str, &str)]) -> Result<(), ServerError> {
    clear_stale_pid(site)?;
    // The log of the run before is kept for whoever looks for the reason of its end.
    let _ = fs::rename(site.log(), site.dir.join("server.log.old"));
    let log = site.open_log()?;
    let errors = log.try_clone().map_err(|error| ServerError::io("open", &site.log(), error))?;
    let mut command = Command::new("/bin/sh");
    command.args(["-c", LAUNCHER, "trueline-server"]).args(site.command_line(binaries, settings));
    command.stdin(site.open_lock().await?).stdout(log).stderr(errors);
    site.account.apply(neutral(&mut command));
    let launched = command.process_group(0).status();
    launched.map_err(|error| ServerError::io("run", Path::new("/bin/sh"), error))?;
    // From here on, the server alone has its lock open.
    drop(command);
    if wait_until_ready(site).await? {
        return Ok(());
    }
    Err(ServerError::Start { reason: "it ended at once".to_owned(), log: site.log_tail() })
}

/// Waits until a server that somebody else started accepts connections; says `false` when it ended
/// instead.
pub async fn wait_until_ready(site: &Site) -> Result<bool, ServerError> {
    let since = Instant::now();
    while lock::is_held(&site.server_lock()) {
        if site.is_reachable() {
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
            match kill_process(pid, Signal::INT) {
                // It ended without us; its backends may still hold the lock.
                Ok(()) | Err(Errno::SRCH) => {}
                Err(error) => return Err(ServerError::io("stop the server in", &site.dir, error.into())),
            }
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

/// Removes the `postmaster.pid` and the socket's lock file that a crash left, if their process id
/// belongs to another program by now, or to what is left of the crashed one until its parent asks for it: PostgreSQL would take
/// either for a running server (`CreateLockFile` in miscinit.c). The caller knows that no server of
/// ours runs; one that somebody started by hand on the same data is left alone. Where there is no
/// `/proc`, nothing can be told, and PostgreSQL decides.
fn clear_stale_pid(site: &Site) -> Result<(), ServerError> {
    let Some(pid) = site.recorded_pid().and_then(Pid::from_raw) else { return Ok(()) };
    if test_kill_process(pid).is_err() || fs::read_link("/proc/self/cwd").is_err() {
        return Ok(());
    }
    let pid = pid.as_raw_nonzero();
    let directory = fs::read_link(format!("/proc/{pid}/cwd")).ok();
    if directory.is_some() && directory == fs::canonicalize(site.data()).ok() {
        let reason = format!("process {pid} runs on its data, and was not started by Trueline");
        return Err(ServerError::Start { reason, log: String::new() });
    }
    for path in
        [site.data().join("postmaster.pid"), dirs::socket_in(&site.socket_dir).with_extension("5432.lock")]
    {
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(ServerError::io("remove", &path, error));
            }
            _ => {}
        }
    }
    Ok(())
}
