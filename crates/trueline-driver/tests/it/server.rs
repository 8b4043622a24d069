//! One PostgreSQL for the whole run, on a unix socket and on loopback, with TLS where it was built with it.
//!
//! It is the one that the engine would take: an installed one, else the one that is fetched through cargo, which has
//! no TLS. A test that needs the server's own says so by [`Server::with_tls`].
//!
//! Statics are never dropped, and a test run may be killed; so the server is the child of a small shell
//! script that reads from a pipe whose other end only this process holds. However this process ends, the
//! pipe closes, and the script stops the server and removes its files.

use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, lchown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use trueline::server::{Wanted, find};
use trueline_driver::tokio_postgres::SimpleQueryMessage;
use trueline_driver::{DatabaseUrl, connect};

use crate::certificates::{Authority, Signed};
use crate::programs;
use crate::transports::parse;

/// The unprivileged user that PostgreSQL runs as when the tests run as root, which it refuses.
const NOBODY: u32 = 65534;

/// The server of this run.
pub struct Server {
    /// Holds the socket and everything else; open to others, like `/tmp` itself.
    pub directory: PathBuf,
    pub port: u16,
    /// Signed the server's certificate, which is for `localhost` and `127.0.0.1`.
    pub authority: Authority,
    pub certificate: Signed,
    /// Whether it offers TLS itself.
    pub has_tls: bool,
    _supervised: Supervised,
}

const SCRIPT: &str = r#"
directory=$1; bin=$2; port=$3
trap '' INT TERM HUP
export LC_ALL=C
start() {
  "$bin/initdb" -D "$directory/data" -U postgres --auth=trust --no-sync -E UTF8 --locale=C || return
  cp "$directory/pg_hba.conf" "$directory/data/pg_hba.conf"
  set -- -D "$directory/data" -k "$directory" -p "$port" -c listen_addresses=127.0.0.1 \
    -c fsync=off -c full_page_writes=off -c autovacuum=off -c max_connections=200
  # A server that was built without TLS takes neither the setting nor the lines about it.
  if "$bin/postgres" -D "$directory/data" -c ssl=on -C ssl; then
    set -- "$@" -c ssl=on -c ssl_cert_file="$directory/server.crt" -c ssl_key_file="$directory/server.key" \
      -c ssl_ca_file="$directory/authority.crt"
  else
    sed -i /^hostssl/d "$directory/data/pg_hba.conf"
  fi
  "$bin/postgres" "$@"
}
start >"$directory/log" 2>&1 </dev/null &
echo ready
read -r nothing
# The pid file names the server itself, not the subshell that started it.
kill -QUIT "$(head -n 1 "$directory/data/postmaster.pid")" 2>/dev/null
wait
rm -rf "$directory"
"#;

/// Who may log in how; the first line that matches counts.
const HBA: &str = "
local   all all                  trust
hostssl all certified 127.0.0.1/32 cert
hostssl all only_tls  127.0.0.1/32 trust
hostnossl all only_plain 127.0.0.1/32 trust
host    all with_scram 127.0.0.1/32 scram-sha-256
host    all with_md5   127.0.0.1/32 md5
host    all with_clear 127.0.0.1/32 password
host    all postgres,app 127.0.0.1/32 trust
";

const ROLES: &str = "
create role certified login; create role only_tls login; create role only_plain login;
create role app login; create role \"odd @:/?# name\" login;
create role with_scram login password 'it''s a p@ss/word?';
create role with_clear login password 'clear';
set password_encryption = 'md5';
create role with_md5 login password 'old';
";

impl Server {
    /// Starts it on first use.
    pub fn get() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(Self::start)
    }

    fn start() -> Self {
        let found = find(&Wanted::default());
        let bin = found.unwrap_or_else(|error| panic!("{error}\nhint: {:?}", error.hint())).bin_dir;
        let directory = tempfile::Builder::new()
            .prefix("pgd")
            .permissions(Permissions::from_mode(0o755))
            .tempdir_in("/tmp")
            .unwrap()
            .keep();
        let authority = Authority::new(&directory, "authority");
        let certificate = authority.server("server", &["localhost", "127.0.0.1"]);
        fs::write(directory.join("pg_hba.conf"), HBA).unwrap();
        let port = free_port();
        give_away(&directory);
        let supervised =
            supervise(SCRIPT, &[directory.as_os_str(), bin.as_os_str(), port.to_string().as_ref()]);
        let mut server =
            Self { directory, port, authority, certificate, has_tls: false, _supervised: supervised };
        server.wait();
        server.has_tls = server.run("show ssl") == "on";
        server.run(ROLES);
        server.run("create database \"odd @:/?# name\" owner app");
        server
    }

    /// The server of this run, for a test that is about its TLS; none where it has no TLS, which is said.
    pub fn with_tls() -> Option<&'static Self> {
        let server = Self::get();
        programs::present(server.has_tls.then_some(server).ok_or_else(|| {
            "a test of the server's own TLS: the server that is fetched through cargo has none, install PostgreSQL"
                .to_owned()
        }))
    }

    /// Waits until it takes connections.
    fn wait(&self) {
        let since = Instant::now();
        while let Err(error) = on_a_thread(&parse(&self.socket_url()), "") {
            let log = || fs::read_to_string(self.directory.join("log")).unwrap_or_default();
            assert!(since.elapsed() < Duration::from_mins(1), "{error}\n{}", log());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Runs statements as the superuser, in a session of their own; the first column of what they answer.
    pub fn run(&self, sql: &str) -> String {
        on_a_thread(&parse(&self.socket_url()), sql).unwrap_or_else(|error| panic!("{error}\n{sql}"))
    }

    /// The socket, as a URL.
    pub fn socket_url(&self) -> String {
        let directory = self.directory.to_str().unwrap().replace('/', "%2F");
        format!("postgres://postgres@{directory}:{}/postgres", self.port)
    }

    /// TCP without TLS.
    pub fn tcp_url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable", self.port)
    }

    /// TCP with verified TLS.
    pub fn tls_url(&self) -> String {
        let authority = self.authority.certificate.display();
        format!(
            "postgres://postgres@localhost:{}/postgres?sslmode=verify-full&sslrootcert={authority}",
            self.port
        )
    }
}

/// A session for these statements, apart from the runtime of the test.
fn on_a_thread(url: &DatabaseUrl, sql: &str) -> Result<String, String> {
    let ask = async || {
        let connection = connect(url).await.map_err(|error| error.to_string())?;
        let answers = match connection.simple_query(sql).await {
            Ok(answers) => answers,
            Err(error) => return Err(connection.explain(error).await.to_string()),
        };
        connection.close().await.map_err(|error| error.to_string())?;
        let rows = answers.iter().filter_map(|answer| match answer {
            SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default()),
            _ => None,
        });
        Ok(rows.collect::<Vec<_>>().join("\n"))
    };
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(ask())
        });
        thread.join().unwrap()
    })
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|me| std::os::unix::fs::MetadataExt::uid(&me) == 0)
}

/// Gives a file, or a directory with all that is in it, to the user that servers run as.
pub fn give_away(path: &Path) {
    if is_root() {
        lchown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

/// A server that runs under a script, which ends with this process at the latest.
pub struct Supervised(Child);

impl Drop for Supervised {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Runs a script that says `ready` when its server is up, and stops it when its input ends: when what
/// this gives back is dropped, or this process is no more.
///
/// It runs as an unprivileged user when the tests run as root.
pub fn supervise(script: &str, arguments: &[&OsStr]) -> Supervised {
    supervise_as(if is_root() { Some(NOBODY) } else { None }, script, arguments)
}

/// The same, as the user of the tests: for programs that others may not read.
pub fn supervise_as_self(script: &str, arguments: &[&OsStr]) -> Supervised {
    supervise_as(None, script, arguments)
}

fn supervise_as(user: Option<u32>, script: &str, arguments: &[&OsStr]) -> Supervised {
    let mut command = Command::new("sh");
    command.args(["-c", script, "sh"]).args(arguments);
    // A group of its own: an interrupt of the test run is not for the server.
    command.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped());
    if let Some(user) = user {
        command.uid(user).gid(user);
    }
    let mut script = Supervised(command.spawn().expect("`sh` starts"));
    let mut ready = String::new();
    BufReader::new(script.0.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    script
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Waits until a program listens.
pub async fn listens(name: &str, port: u16) {
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("{name} did not listen within half a minute");
}
