//! A server that may be restarted and whose disk may be full, and what a database on it must look like in the end.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use trueline::catalog::Catalog;
use trueline::diff::diff;
use trueline::introspect::{Edges, Scope, introspect};
use trueline::runner::{MigrateError, MigrateOptions, MigrateReport, migrate};
use trueline::server::account::Account;
use trueline::server::cluster::{self, Durability};
use trueline::server::dirs;
use trueline::server::process::{Site, Supervised};
use trueline::server::{Binaries, PORT, SUPERUSER};
use trueline::settings::{Manage, Settings};
use trueline_driver::{Connection, DatabaseUrl, connect};
use trueline_journal::{Checksum, Contents, Folder};

use crate::support::{Scratch, names, parent_of, servers, signal};

/// Who migrates: no superuser, so that rights can be taken away.
pub const USER: &str = "app";

const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("fsync", "off"),
    ("autovacuum", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_connections", "40"),
    ("jit", "off"),
];

/// Everything that the runner does differently: plain transactions, several segments, statements outside of
/// them, a new enum value, a detached partition, nothing at all. `log` tells what ran, and how often.
const MIGRATIONS: &[(&str, &str)] = &[
    (
        "0000_base",
        "CREATE TABLE a (id int PRIMARY KEY, t text);\n\
         INSERT INTO a SELECT n, 'text' FROM generate_series(1, 300) n;\n\
         CREATE INDEX a_old ON a (t);\nCREATE TYPE e AS ENUM ('a');\nCREATE TABLE log (n int);",
    ),
    ("0001_log", "INSERT INTO log VALUES (1);"),
    ("0002_more", "ALTER TABLE a ADD more int NOT NULL DEFAULT 7;\nINSERT INTO log VALUES (2);"),
    (
        "0003_steps",
        "INSERT INTO log VALUES (3);\nCREATE UNIQUE INDEX CONCURRENTLY a_t ON a (t, id);\n\
         INSERT INTO log VALUES (33);\nDROP INDEX CONCURRENTLY a_old;\nINSERT INTO log VALUES (333);\n\
         -- trueline: segment\nINSERT INTO log VALUES (3333);",
    ),
    (
        "0004_enum",
        "ALTER TYPE e ADD VALUE 'b';\nCREATE TABLE u (e e DEFAULT 'b');\nINSERT INTO u DEFAULT VALUES;",
    ),
    ("0005_vacuum", "VACUUM a;"),
    (
        "0006_partition",
        "CREATE TABLE p (n int) PARTITION BY LIST (n);\nCREATE TABLE c PARTITION OF p FOR VALUES IN (1);\n\
         CREATE TABLE d PARTITION OF p FOR VALUES IN (2);\nINSERT INTO p VALUES (1), (2);",
    ),
    ("0007_detach", "ALTER TABLE p DETACH PARTITION c CONCURRENTLY;\nINSERT INTO log VALUES (7);"),
    ("0008_nothing", "-- nothing\n"),
    ("0009_view", "CREATE VIEW v AS SELECT count(*) FROM a;\nINSERT INTO log VALUES (9);"),
];

/// All that a database is judged by.
pub struct Image {
    catalog: Catalog,
    /// Ledger, progress and rows, as text.
    rows: Vec<String>,
}

impl Image {
    /// In what it differs from another.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let changes = diff(&self.catalog, &other.catalog);
        let mut found: Vec<_> = changes.iter().map(ToString::to_string).collect();
        if self.rows != other.rows {
            found.push(format!("{:?}\nand not\n{:?}", self.rows, other.rows));
        }
        found
    }
}

pub struct Ground {
    pub scratch: Scratch,
    pub settings: Settings,
    pub contents: Contents,
    binaries: Binaries,
    server: Option<Supervised>,
    site: Site,
    /// A small file system, with a tablespace, if one can be mounted.
    small: Option<PathBuf>,
}

impl Ground {
    pub async fn start() -> Self {
        let binaries = servers().remove(0);
        let scratch = Scratch::new();
        let root = scratch.path.join("workspace");
        write_migrations(&root.join("migrations"));
        let settings = Settings::default_for(&root);
        let contents = Folder::new(&root, &settings.migrations).read().unwrap();
        let account = Account::of(binaries.origin);
        let dir = scratch.path.join("server");
        dirs::create_closed(&dir, account).unwrap();
        let site = Site::new(dir, account);
        site.make_socket_dir().unwrap();
        cluster::init(&binaries, account, &site.data(), Durability::Throwaway).unwrap();
        let server = Supervised::start(&binaries, site.clone(), SETTINGS).await.unwrap();
        let mut ground =
            Self { scratch, settings, contents, binaries, server: Some(server), site, small: None };
        ground.admin("postgres", &format!("CREATE ROLE {USER} LOGIN")).await;
        ground.mount().await;
        ground
    }

    /// A tablespace on a file system of 24 MiB. Only root can mount one.
    async fn mount(&mut self) {
        let dir = self.scratch.path.join("small");
        fs::create_dir(&dir).unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=24m", "tmpfs"]).arg(&dir).output();
        if !mounted.is_ok_and(|output| output.status.success()) {
            eprintln!(
                "faults: no right to mount a file system: the disk is full by a limit on files instead"
            );
            return;
        }
        self.small = Some(dir.clone());
        let space = dir.join("space");
        fs::create_dir(&space).unwrap();
        self.site.account.own(&space).unwrap();
        self.admin("postgres", &format!("CREATE TABLESPACE small LOCATION '{}'", space.display())).await;
        self.admin("postgres", &format!("GRANT CREATE ON TABLESPACE small TO {USER}")).await;
    }

    pub fn socket_dir(&self) -> &std::path::Path {
        &self.site.socket_dir
    }

    pub fn url(&self, user: &str, database: &str) -> DatabaseUrl {
        DatabaseUrl::socket(&self.site.socket_dir, PORT, user, database)
    }

    /// Runs statements as superuser.
    pub async fn admin(&self, database: &str, sql: &str) {
        let connection = connect(&self.url(SUPERUSER, database)).await.unwrap();
        if let Err(error) = connection.batch_execute(sql).await {
            panic!("{}: {sql}", connection.explain(error).await);
        }
        connection.close().await.unwrap();
    }

    /// A new database that belongs to nobody but us.
    pub async fn database(&self) -> DatabaseUrl {
        let name = unique("d");
        let space = if self.small.is_some() { "TABLESPACE small" } else { "" };
        self.admin("postgres", &format!("CREATE DATABASE {name} OWNER {USER} TEMPLATE template0 {space}"))
            .await;
        let rights =
            format!("ALTER SCHEMA public OWNER TO {SUPERUSER}; GRANT ALL ON SCHEMA public TO {USER}");
        self.admin(&name, &rights).await;
        self.url(USER, &name)
    }

    pub async fn drop_database(&self, url: &DatabaseUrl) {
        self.admin("postgres", &format!("DROP DATABASE {} WITH (FORCE)", url.database())).await;
    }

    /// A directory for a proxy.
    pub fn proxy_dir(&self) -> PathBuf {
        self.scratch.path.join(unique("x"))
    }

    pub async fn migrate(&self, url: &DatabaseUrl) -> Result<MigrateReport, String> {
        let mut connection = connect(url).await.map_err(|error| error.to_string())?;
        let options = MigrateOptions::default();
        let result = migrate(&mut connection, &self.settings, &self.contents, &options, &mut |_| {}).await;
        let _ = connection.close().await;
        result.map_err(|error: MigrateError| format!("{:?}", error.problems()))
    }

    /// Reads everything that counts.
    pub async fn image(&self, url: &DatabaseUrl) -> Image {
        let connection = connect(url).await.unwrap();
        let schemas = ["public".to_owned()];
        let scope = Scope { schemas: &schemas, manage: Manage::default() };
        let catalog = introspect(&connection, scope, Edges::Skip).await.unwrap();
        let mut rows = Vec::new();
        for (what, sql) in [
            ("ledger", "select hash || created_at from public.__drizzle_migrations order by id"),
            ("progress", "select p::text from trueline.progress p order by tag, statement"),
            ("log", "select n::text from log order by n"),
            ("a", "select count(*) || ' ' || sum(id) || ' ' || sum(more) from a"),
            ("u", "select e::text from u"),
            ("p", "select tableoid::regclass::text || n from p"),
            ("c", "select n::text from c"),
            ("invalid", "select indexrelid::regclass::text from pg_index where not indisvalid"),
        ] {
            let texts = texts(&connection, sql).await;
            rows.push(format!("{what}: {}", texts.join(" ")));
        }
        connection.close().await.unwrap();
        Image { catalog, rows }
    }

    /// Stops the server and starts it again: cleanly, or as if it had crashed.
    pub async fn restart(&mut self, crash: bool) {
        let server = self.server.take().unwrap();
        if crash {
            let postmaster = u32::try_from(self.site.recorded_pid().unwrap()).unwrap();
            signal(postmaster, "QUIT");
            while std::path::Path::new(&format!("/proc/{postmaster}")).exists() {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            // The shell that waited for it ends by itself, and must not take the data for orphaned.
            let _ = server.stop().await;
        } else {
            server.stop().await.unwrap();
        }
        let started = Supervised::start(&self.binaries, self.site.clone(), SETTINGS).await;
        self.server = Some(started.unwrap());
    }

    /// Fills the disk, or, where none could be mounted, keeps the server's sessions from making files longer.
    pub fn fill(&self) {
        match &self.small {
            Some(dir) => {
                let filler =
                    fs::OpenOptions::new().create(true).append(true).open(dir.join("filler")).unwrap();
                while std::io::Write::write(&mut &filler, &[0; 4096]).is_ok_and(|written| written > 0) {}
            }
            None => self.limit("8192"),
        }
    }

    /// Makes room again.
    pub fn empty(&self) {
        match &self.small {
            Some(dir) => fs::remove_file(dir.join("filler")).unwrap(),
            None => self.limit("unlimited"),
        }
    }

    fn limit(&self, bytes: &str) {
        let postmaster = u32::try_from(self.site.recorded_pid().unwrap()).unwrap();
        let processes = names(std::path::Path::new("/proc")).into_iter().filter_map(|name| name.parse().ok());
        for pid in processes.filter(|pid| parent_of(*pid) == Some(postmaster)) {
            // One that has ended meanwhile has no limits.
            let _ = Command::new("prlimit")
                .args(["--pid", &pid.to_string(), &format!("--fsize={bytes}:unlimited")])
                .output();
        }
    }

    pub async fn close(mut self) {
        self.server.take().unwrap().stop().await.unwrap();
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.server = None;
        if let Some(small) = self.small.take() {
            let _ = Command::new("umount").arg(small).status();
        }
    }
}

/// The rows of a query of one text; none where its table is not there.
async fn texts(connection: &Connection, sql: &str) -> Vec<String> {
    match connection.query(sql, &[]).await {
        Ok(rows) => rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_default()).collect(),
        Err(error) => vec![error.code().unwrap().code().to_owned()],
    }
}

fn unique(prefix: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("{prefix}{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn write_migrations(dir: &std::path::Path) {
    fs::create_dir_all(dir.join("meta")).unwrap();
    let mut entries = Vec::new();
    for (at, (tag, sql)) in MIGRATIONS.iter().enumerate() {
        fs::write(dir.join(format!("{tag}.sql")), sql).unwrap();
        let (when, hash) = (1_700_000_000_000 + at * 1_000, Checksum::of(sql));
        entries.push(format!(
            r#"{{"idx":{at},"version":"7","when":{when},"tag":"{tag}","breakpoints":true,"hash":"{hash}"}}"#
        ));
    }
    let journal = format!(r#"{{"version":"7","dialect":"postgresql","entries":[{}]}}"#, entries.join(",\n"));
    fs::write(dir.join("meta/_journal.json"), journal).unwrap();
}
