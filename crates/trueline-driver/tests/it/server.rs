//! One PostgreSQL for the whole run, on a unix socket and on loopback with TLS.
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

use crate::certificates::{Authority, Signed};

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
    _supervised: Supervised,
}

const SCRIPT: &str = r#"
directory=$1; bin=$2; port=$3
trap '' INT TERM HUP
export LC_ALL=C
{
  "$bin/initdb" -D "$directory/data" -U postgres --auth=trust --no-sync -E UTF8 --locale=C &&
  cp "$directory/pg_hba.conf" "$directory/data/pg_hba.conf"
} >"$directory/log" 2>&1 &&
"$bin/postgres" -D "$directory/data" -k "$directory" -p "$port" -c listen_addresses=127.0.0.1 \
  -c fsync=off -c full_page_writes=off -c autovacuum=off -c max_connections=200 \
  -c ssl=on -c ssl_cert_file="$directory/server.crt" -c ssl_key_file="$directory/server.key" \
  -c ssl_ca_file="$directory/authority.crt" >>"$directory/log" 2>&1 </dev/null &
server=$!
for attempt in $(seq 300); do
  "$bin/pg_isready" -q -h "$directory" -p "$port" && break
  kill -0 $server 2>/dev/null || break
  sleep 0.05
done
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
        let bin = bin();
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
        let server = Self { directory, port, authority, certificate, _supervised: supervised };
        server.psql(ROLES);
        server.psql("create database \"odd @:/?# name\" owner app");
        server
    }

    /// Runs statements as the superuser, with an observer's eyes: `psql`, not the code under test.
    pub fn psql(&self, sql: &str) -> String {
        let output = Command::new("psql")
            .args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-h"])
            .arg(&self.directory)
            .args(["-p", &self.port.to_string(), "-c", sql, "postgres"])
            .output()
            .expect("`psql` is installed");
        let log = fs::read_to_string(self.directory.join("log")).unwrap_or_default();
        assert!(output.status.success(), "{}\n{log}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
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

/// The newest installed PostgreSQL.
fn bin() -> PathBuf {
    if let Some(bin) = std::env::var_os("TRUELINE_PG_BIN") {
        return bin.into();
    }
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin): &(u32, PathBuf)| bin.join("postgres").exists())
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, bin)| bin);
    newest.or_else(on_path).expect("a PostgreSQL server is installed, or TRUELINE_PG_BIN names its directory")
}

fn on_path() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).find(|directory: &PathBuf| Path::new(directory).join("postgres").exists())
}
