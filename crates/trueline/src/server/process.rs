//! Starting, watching and stopping a server process.
//!
//! A *supervised* server lives only as long as we do. Between us and it stands a shell that waits
//! on a pipe whose other end only we hold: when we are gone, killed or not, the pipe closes, the
//! shell stops the server at once and removes its directory. (Linux could deliver a signal on the
//! parent's death instead, but that follows the thread that started it, exists on no other system,
//! and cannot remove anything.) Signals to our process group reach neither shell nor server.
//!
//! A server holds a lock (see [`super::lock`]) open as its standard input, and so do all its
//! backends: while the lock is held, something of that server is alive.
//!
//! Read next: [`crate::shadow`]; [`super::detached`] for servers that stay.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use super::account::Account;
use super::{Binaries, ServerError, dirs, lock};

/// How long a server may take to accept connections; crash recovery of a large development
/// database is the slow case.
pub(super) const START_PATIENCE: Duration = Duration::from_mins(1);
/// How long a fast shutdown may take before it becomes an immediate one.
pub(super) const STOP_PATIENCE: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(1);

/// Starts the server given as `$3...` and removes directories `$1` and `$2` when our owner dies.
///
/// Standard input is the pipe: each line names a signal for the server, the end of the pipe means
/// that nobody owns it any more. A signal that comes before the server handles any is lost, because a
/// shell starts what runs beside it with SIGQUIT ignored: so the last one is sent until the server is
/// gone. Standard output is the server's lock, standard error its log.
/// Only the watcher signals, and only while the shell that waits for the server is there, so that
/// the process id cannot have passed to somebody else.
const SUPERVISOR: &str = r#"
trap '' HUP INT TERM
directory=$1; sockets=$2; shift 2
exec 3<&0 4>&1
"$@" <&4 >&2 3<&- 4>&- &
server=$!
(
    while read -r signal <&3; do kill -s "$signal" "$server"; done
    : >"$directory/.orphaned"
    while kill -s QUIT "$server"; do sleep 0.05 >&- 3<&- 4>&-; done
) 2>/dev/null &
watcher=$!
exec 3<&-
wait "$server"; status=$?
kill -s KILL "$watcher" 2>/dev/null
wait "$watcher" 2>/dev/null
if [ -e "$directory/.orphaned" ]; then rm -rf "$directory" "$sockets"; fi
exit "$status"
"#;

/// A place to run one server: its data directory, socket directory, lock and log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// The directory that all of it is in.
    pub dir: PathBuf,
    /// Where the socket is; a directory of its own when `dir` has too long a path.
    pub socket_dir: PathBuf,
    /// Who runs the server.
    pub account: Account,
}

impl Site {
    /// The site in `dir`; makes nothing.
    pub fn new(dir: PathBuf, account: Account) -> Self {
        let socket_dir =
            if dirs::fits_a_socket(&dir) { dir.clone() } else { dirs::short_socket_dir(&dir, account) };
        Self { dir, socket_dir, account }
    }

    /// Makes the socket's directory where it is not the site's own, or checks the one that is there.
    pub fn make_socket_dir(&self) -> Result<(), ServerError> {
        if self.socket_dir == self.dir { Ok(()) } else { dirs::ensure_closed(&self.socket_dir, self.account) }
    }

    /// Removes the socket's directory where it is not the site's own.
    pub fn remove_socket_dir(&self) -> Result<(), ServerError> {
        if self.socket_dir == self.dir { Ok(()) } else { dirs::remove(&self.socket_dir) }
    }

    /// The data directory.
    pub fn data(&self) -> PathBuf {
        self.dir.join("data")
    }

    /// Held by the server and all its backends.
    pub fn server_lock(&self) -> PathBuf {
        self.dir.join("server.lock")
    }

    /// What the server says.
    pub fn log(&self) -> PathBuf {
        self.dir.join("server.log")
    }

    /// The end of the log, for error messages.
    pub fn log_tail(&self) -> String {
        let text = fs::read(self.log()).unwrap_or_default();
        String::from_utf8_lossy(&text[text.len().saturating_sub(4096)..]).into_owned()
    }

    /// The process id that a server wrote into its data directory, alive or not.
    pub fn recorded_pid(&self) -> Option<i32> {
        fs::read_to_string(self.data().join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
    }

    /// Whether the running server accepts connections: it says so in line 8 of `postmaster.pid`
    /// (`LOCK_FILE_LINE_PM_STATUS` in PostgreSQL's miscadmin.h).
    pub fn is_ready(&self) -> bool {
        fs::read_to_string(self.data().join("postmaster.pid"))
            .is_ok_and(|text| text.lines().nth(7).is_some_and(|line| line.trim_end() == "ready"))
    }

    /// Whether a server accepts connections: the file that a crash left says so too.
    pub fn is_reachable(&self) -> bool {
        self.is_ready() && UnixStream::connect(dirs::socket_in(&self.socket_dir)).is_ok()
    }

    /// Program and arguments.
    pub(super) fn command_line(
        &self,
        binaries: &Binaries,
        settings: &[(&str, &str)],
    ) -> Vec<std::ffi::OsString> {
        let mut line: Vec<std::ffi::OsString> =
            vec![binaries.program("postgres").into(), "-D".into(), self.data().into()];
        line.extend(["-k".into(), self.socket_dir.clone().into()]);
        for (name, value) in settings.iter().chain(super::SESSION_SETTINGS) {
            line.extend(["-c".into(), format!("{name}={value}").into()]);
        }
        line
    }

    /// Takes the server's lock. Whoever only asks whether it is held has it for an instant.
    pub(super) async fn open_lock(&self) -> Result<File, ServerError> {
        lock::wait(&self.server_lock(), Duration::from_secs(2)).await
    }

    pub(super) fn open_log(&self) -> Result<File, ServerError> {
        let path = self.log();
        OpenOptions::new()
            .create(true)
            .append(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| ServerError::io("open", &path, error))
    }
}

/// Takes out of the environment what would change how PostgreSQL's programs behave.
pub fn neutral(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("PG") || text.starts_with("LC_") || text == "LANG" || text == "TZ" {
            command.env_remove(&name);
        }
    }
    command.env("LC_ALL", "C")
}

/// A server that ends when we do.
#[derive(Debug)]
pub struct Supervised {
    site: Site,
    shell: Child,
    pipe: Option<ChildStdin>,
}

impl Supervised {
    /// Starts the server and waits until it accepts connections.
    pub async fn start(
        binaries: &Binaries,
        site: Site,
        settings: &[(&str, &str)],
    ) -> Result<Self, ServerError> {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(SUPERVISOR).arg("trueline-shadow");
        command.arg(&site.dir).arg(&site.socket_dir);
        command.args(site.command_line(binaries, settings));
        command.stdin(Stdio::piped()).stdout(site.open_lock().await?).stderr(site.open_log()?);
        site.account.apply(neutral(&mut command));
        command.process_group(0);
        let mut shell =
            command.spawn().map_err(|error| ServerError::io("run", Path::new("/bin/sh"), error))?;
        let pipe = shell.stdin.take();
        let mut server = Self { site, shell, pipe };
        server.wait_until_ready().await?;
        Ok(server)
    }

    async fn wait_until_ready(&mut self) -> Result<(), ServerError> {
        let since = Instant::now();
        while !self.site.is_ready() {
            let gone =
                self.shell.try_wait().map_err(|error| ServerError::io("watch", &self.site.dir, error))?;
            if let Some(status) = gone {
                return Err(ServerError::Start { reason: status.to_string(), log: self.site.log_tail() });
            }
            if since.elapsed() > START_PATIENCE {
                let reason = format!("not ready after {} s", START_PATIENCE.as_secs());
                return Err(ServerError::Start { reason, log: self.site.log_tail() });
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(())
    }

    /// Where it runs.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// Stops the server cleanly (fast shutdown, with a checkpoint): its data may be used again when
    /// this returns `Ok`.
    pub async fn stop(mut self) -> Result<(), ServerError> {
        self.signal("INT").map_err(|error| ServerError::io("signal the server in", &self.site.dir, error))?;
        let since = Instant::now();
        loop {
            let gone =
                self.shell.try_wait().map_err(|error| ServerError::io("watch", &self.site.dir, error))?;
            match gone {
                Some(status) if status.success() => return Ok(()),
                Some(status) => {
                    return Err(ServerError::Stop { reason: format!("{status}\n{}", self.site.log_tail()) });
                }
                None if since.elapsed() > STOP_PATIENCE => {
                    let reason = format!("still running after {} s", STOP_PATIENCE.as_secs());
                    return Err(ServerError::Stop { reason });
                }
                None => tokio::time::sleep(POLL).await,
            }
        }
    }

    fn signal(&mut self, name: &str) -> io::Result<()> {
        match &mut self.pipe {
            Some(pipe) => writeln!(pipe, "{name}"),
            None => Ok(()),
        }
    }
}

impl Drop for Supervised {
    /// Closes the pipe, upon which the shell kills the server and removes its directory, and waits
    /// for that, so that no error path leaves anything behind.
    fn drop(&mut self) {
        self.pipe = None;
        if let Ok(None) = self.shell.try_wait() {
            // An error here would mean that the shell is not ours to wait for: then it is gone.
            let _ = self.shell.wait();
        }
    }
}
