//! What one run of the tests shares: a directory, and a server in it.
//!
//! Statics are never dropped, and a run may be killed; so a small shell script holds the other end of
//! a pipe. However this process ends, the pipe closes, and the script stops every server in the
//! directory and removes it.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::SimpleQueryMessage;
use trueline::server::find::{find, inspect};
use trueline::server::{Binaries, Origin, Wanted};
use trueline::trueline_driver::{DatabaseUrl, connect};

/// The account of PostgreSQL when the tests run as root, which it refuses.
const NOBODY: u32 = 65534;

const SUPERVISOR: &str = r#"
trap '' INT TERM HUP
echo ready
read -r nothing
servers=$(find "$1" -name postmaster.pid -exec head -n 1 {} \;)
for server in $servers; do kill -QUIT "$server" 2>/dev/null; done
for server in $servers; do while kill -0 "$server" 2>/dev/null; do sleep 0.05; done; done
rm -rf "$1"
"#;

/// The directory of this run: in memory if possible, and open for passing through.
pub fn directory() -> &'static Path {
    static DIRECTORY: OnceLock<(PathBuf, Child)> = OnceLock::new();
    let (path, _) = DIRECTORY.get_or_init(|| {
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let path = base.join(format!("xtask-test-{}", std::process::id()));
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o711)).unwrap();
        let mut script = Command::new("sh")
            .args(["-c", SUPERVISOR, "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(script.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "ready\n");
        (path, script)
    });
    path
}

/// A name that no other database or directory of this run has.
pub fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

/// The PostgreSQL that tests name by URL: on loopback, trusting everybody but `guest`, whose password
/// is `s3cret`.
pub struct Server {
    pub port: u16,
    /// Stopped with the directory.
    child: Child,
}

impl Server {
    /// Starts it on first use.
    pub fn get() -> &'static Self {
        static SERVER: OnceLock<Server> = OnceLock::new();
        SERVER.get_or_init(|| Self::start(&binaries(), "server"))
    }

    /// PostgreSQL 18, where that can be had.
    pub fn newest() -> Option<&'static Self> {
        static SERVER: OnceLock<Option<Server>> = OnceLock::new();
        SERVER.get_or_init(|| Some(Self::start(&postgres_18()?, "server-18"))).as_ref()
    }

    fn start(binaries: &Binaries, name: &str) -> Self {
        let home = directory().join(name);
        fs::create_dir(&home).unwrap();
        if is_root() {
            std::os::unix::fs::chown(&home, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let data = home.join("data");
        let mut initdb = program(binaries, "initdb");
        initdb.arg("-D").arg(&data).args(["-U", "postgres", "-A", "trust", "--no-sync"]);
        let made = initdb.args(["-E", "UTF8", "--locale=C"]).output().unwrap();
        assert!(made.status.success(), "{made:?}");
        let hba = "local all all trust\nhost all guest 127.0.0.1/32 scram-sha-256\nhost all all 127.0.0.1/32 trust\n";
        fs::write(data.join("pg_hba.conf"), hba).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut postgres = program(binaries, "postgres");
        postgres.arg("-D").arg(&data).arg("-k").arg(&home).args(["-p", &port.to_string()]);
        for setting in ["listen_addresses=127.0.0.1", "fsync=off", "autovacuum=off", "max_connections=100"] {
            postgres.args(["-c", setting]);
        }
        let log = fs::File::create(home.join("log")).unwrap();
        let child = postgres.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().unwrap();
        let mut server = Self { port, child };
        let url_of_admin = server.url_of("postgres", "postgres");
        while block_on(connect(&url(&url_of_admin))).is_err() {
            let said = || fs::read_to_string(home.join("log")).unwrap();
            assert!(server.child.try_wait().unwrap().is_none(), "the server ended: {}", said());
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        run_sql(&url_of_admin, "create role guest login password 's3cret'");
        server
    }

    /// The URL of a database of this server.
    pub fn url_of(&self, user: &str, database: &str) -> String {
        format!("postgres://{user}@127.0.0.1:{}/{database}", self.port)
    }

    /// A new empty database.
    pub fn database(&'static self) -> Database {
        let name = unique("test_");
        run_sql(&self.url_of("postgres", "postgres"), &format!("create database {name}"));
        Database { server: self, name }
    }
}

/// A database of the run's server, dropped with this.
pub struct Database {
    server: &'static Server,
    pub name: String,
}

impl Database {
    pub fn url(&self) -> String {
        self.server.url_of("postgres", &self.name)
    }

    /// Runs statements, each of which must succeed.
    pub fn run(&self, sql: &str) {
        run_sql(&self.url(), sql);
    }

    /// The rows of a query as text, `None` where a value is null.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        block_on(async {
            let session = connect(&url(&self.url())).await.unwrap();
            let messages = session.simple_query(sql).await.unwrap();
            session.close().await.unwrap();
            let row = |message| match message {
                SimpleQueryMessage::Row(row) => {
                    Some((0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect())
                }
                _ => None,
            };
            messages.into_iter().filter_map(row).collect()
        })
    }

    /// The one value of a query.
    pub fn value(&self, sql: &str) -> String {
        self.rows(sql).remove(0).remove(0).unwrap_or_default()
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let admin = self.server.url_of("postgres", "postgres");
        run_sql(&admin, &format!("drop database {} with (force)", self.name));
    }
}

/// The PostgreSQL that the tool finds by itself.
pub fn binaries() -> Binaries {
    find(&Wanted::default()).expect("install PostgreSQL, or give cargo a registry to fetch one from")
}

/// What `db-generate` says where the server brings no `pg_dump`.
pub fn unwatched() -> &'static str {
    match binaries().pg_dump {
        Some(_) => "",
        None => {
            "note: pg_dump did not watch: the server at hand does not bring it\n\n\
             hint: install PostgreSQL's client programs to have it watch too\n"
        }
    }
}

/// Whether the server's time-outs strike: those of the server that is fetched through cargo do not.
pub fn has_timers() -> bool {
    binaries().origin != Origin::Carrier
}

/// PostgreSQL 18 out of its npm package, where that can be had; else it is said why not.
pub fn postgres_18() -> Option<Binaries> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/postgres-18");
    let output = Command::new(script).output().unwrap();
    if !output.status.success() {
        eprintln!("server: none of the newest major: {}", String::from_utf8_lossy(&output.stderr).trim());
        return None;
    }
    let directory = String::from_utf8(output.stdout).unwrap();
    Some(inspect(Path::new(directory.trim()), Origin::Installed).unwrap())
}

/// One of PostgreSQL's programs, under an account that it takes.
fn program(binaries: &Binaries, name: &str) -> Command {
    let mut command = Command::new(binaries.program(name));
    command.current_dir("/").env("LC_ALL", "C");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}

pub fn is_root() -> bool {
    trueline::server::account::is_root()
}

fn url(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text).unwrap()
}

/// Runs statements in the database that `to` names; each must succeed.
pub fn run_sql(to: &str, sql: &str) {
    block_on(async {
        let session = connect(&url(to)).await.unwrap();
        if let Err(error) = session.batch_execute(sql).await {
            panic!("{}\n{sql}", session.explain(error).await);
        }
        session.close().await.unwrap();
    });
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
