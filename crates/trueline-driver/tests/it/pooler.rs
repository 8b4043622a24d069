//! The real PgBouncer: recognised in transaction mode, harmless in session mode.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use trueline_driver::tokio_postgres::error::SqlState;
use trueline_driver::{Pooling, connect};

use crate::programs;
use crate::server::{Server, Supervised, free_port, give_away, listens, supervise};
use crate::transports::{self, open, parse};

const SCRIPT: &str = r#"
directory=$1; program=$2; libraries=$3
trap '' INT TERM HUP
LD_LIBRARY_PATH=$libraries "$program" "$directory/pgbouncer.ini" >"$directory/pgbouncer.log" 2>&1 </dev/null &
pooler=$!
echo ready
read -r nothing
kill -KILL $pooler 2>/dev/null
wait
"#;

/// A running PgBouncer in front of the run's server.
struct Pooler {
    port: u16,
    _supervised: Supervised,
}

impl Pooler {
    /// None where there is no PgBouncer.
    async fn start(mode: &str, settings: &str) -> Option<Self> {
        let (program, libraries) = programs::present(program())?;
        let server = Server::get();
        let port = free_port();
        let directory = server.directory.join(format!("pooler-{port}"));
        fs::create_dir(&directory).unwrap();
        give_away(&directory);
        let users = directory.join("users.txt");
        fs::write(&users, "\"postgres\" \"\"\n").unwrap();
        let file = format!(
            "[databases]\n* = host={} port={}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\n\
             unix_socket_dir =\nauth_type = trust\nauth_file = {}\npool_mode = {mode}\n{settings}\n",
            server.directory.display(),
            server.port,
            users.display(),
        );
        fs::write(directory.join("pgbouncer.ini"), file).unwrap();
        let arguments: [&OsStr; 3] = [directory.as_ref(), program.as_ref(), libraries.as_ref()];
        let pooler = Self { port, _supervised: supervise(SCRIPT, &arguments) };
        listens("PgBouncer", port).await;
        Some(pooler)
    }

    fn url(&self, parameters: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable{parameters}", self.port)
    }
}

/// PgBouncer and the directory of its libraries: an installed one, else Debian's package, unpacked.
fn program() -> Result<(PathBuf, PathBuf), String> {
    static FOUND: OnceLock<Result<(PathBuf, PathBuf), String>> = OnceLock::new();
    let installed = || programs::find("pgbouncer").map(|program| (program, PathBuf::new()));
    FOUND.get_or_init(|| installed().or_else(|missing| unpack().ok_or(missing))).clone()
}

fn unpack() -> Option<(PathBuf, PathBuf)> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pgbouncer");
    let unpacked = Server::get().directory.join("pgbouncer");
    fs::create_dir_all(&cache).unwrap();
    let packages = || -> Vec<PathBuf> {
        let files = fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.extension().is_some_and(|extension| extension == "deb")).collect()
    };
    if packages().len() < 3 {
        let names = ["pgbouncer", "libc-ares2", "libevent-2.1-7"];
        // Its answer is the files: what is missing shows below.
        let _ = Command::new("apt-get").current_dir(&cache).arg("download").args(names).output();
    }
    for package in packages() {
        let unpacked = Command::new("dpkg").arg("-x").arg(package).arg(&unpacked).status();
        assert!(unpacked.unwrap().success());
    }
    let program = unpacked.join("usr/sbin/pgbouncer");
    if !program.exists() {
        return None;
    }
    give_away(&unpacked);
    let libraries = unpacked.join("usr/lib").join(format!("{}-linux-gnu", std::env::consts::ARCH));
    Some((program, libraries))
}

#[tokio::test]
async fn transaction_pooling_is_recognised() {
    for more in ["", "server_round_robin = 1\nmin_pool_size = 4"] {
        let Some(pooler) = Pooler::start("transaction", more).await else { return };
        let connection = open(&parse(&pooler.url(""))).await;
        assert_eq!(connection.pooling().await.unwrap(), Pooling::Transaction, "{more}");
        assert!(connection.may_be_pooled(), "{:?}", connection.announced_process());
        // The session is still good.
        connection.batch_execute("select 1").await.unwrap();
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn session_pooling_is_not_mistaken_for_it() {
    let Some(pooler) = Pooler::start("session", "").await else { return };
    let connection = open(&parse(&pooler.url(""))).await;
    assert_eq!(connection.pooling().await.unwrap(), Pooling::Session);
    connection.close().await.unwrap();
}

#[tokio::test]
async fn no_transport_is_mistaken_for_a_pooler() {
    for way in transports::all().await {
        let connection = open(&way.url).await;
        assert!(!connection.may_be_pooled(), "{}", way.name);
        assert_eq!(connection.pooling().await.unwrap(), Pooling::Direct, "{}", way.name);
        connection.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_pooler_that_refuses_options_is_named() {
    let Some(pooler) = Pooler::start("transaction", "").await else { return };
    let error = connect(&parse(&pooler.url("&options=-cwork_mem%3D7MB"))).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::PROTOCOL_VIOLATION), "{error}");
    assert!(error.hint().unwrap().contains("a pooler is in between"), "{:?}", error.hint());
}
