//! A workspace with migrations and a target database to apply them to.

use std::fs;
use std::net::SocketAddr;

use tokio::sync::oneshot;
use trueline::runner::{Event, MigrateError, MigrateOptions, MigrateReport, migrate};
use trueline::server::{Binaries, Origin};
use trueline::settings::Settings;
use trueline::shadow::Shadow;
use trueline_driver::gateway::Gateway;
use trueline_driver::{Connection, DatabaseUrl, connect};
use trueline_journal::{Checksum, Contents, Folder, Problem};

use crate::support::{Scratch, block_on, servers};

/// The `when` of the first migration; each next one is a minute later.
pub const WHEN: i64 = 1_700_000_000_000;

/// The gateway's.
const PASSWORD: &str = "a password of the tests";

/// A server with one database, and a workspace.
pub struct Bench {
    _scratch: Scratch,
    shadow: Shadow,
    front: Option<Front>,
    pub url: DatabaseUrl,
    pub settings: Settings,
    /// Whether this server's timers work; the carrier's do not.
    pub has_timers: bool,
}

/// How a bench reaches its database.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Socket,
    /// Through a gateway.
    WebSocket,
}

/// Runs `test` on every server here, and on the first one over WebSocket, too.
#[expect(clippy::needless_pass_by_value, reason = "a closure written in place reads better without `&`")]
pub fn on_every_server(test: impl AsyncFn(&mut Bench)) {
    let servers = servers();
    let socket = servers.iter().map(|binaries| (binaries, Transport::Socket));
    let web_socket = servers.first().map(|binaries| (binaries, Transport::WebSocket));
    for (binaries, transport) in socket.chain(web_socket) {
        eprintln!("on {} over {transport:?}", binaries.version);
        block_on(async {
            let mut bench = Bench::start(binaries, transport).await;
            test(&mut bench).await;
            bench.shadow.close().await.unwrap();
        });
    }
}

/// A gateway in front of a server, until it is dropped; in a thread of its own, because tests block theirs.
struct Front {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl Front {
    fn start(server: DatabaseUrl) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        std::thread::spawn(move || {
            block_on(async move {
                let connection = connect(&server).await.unwrap();
                let address = ([127, 0, 0, 1], 0).into();
                let gateway = Gateway::bind(address, &connection, PASSWORD).await.unwrap();
                connection.close().await.unwrap();
                tell.send(gateway.address()).unwrap();
                // The end of the sender is what stops it.
                gateway.serve(async { drop(stopped.await) }).await;
            });
        });
        Self { address: told.recv().unwrap(), _stop: stop }
    }
}

impl Bench {
    async fn start(binaries: &Binaries, transport: Transport) -> Self {
        let scratch = Scratch::new();
        let shadow = Shadow::start_on(binaries, &scratch.dirs()).await.unwrap();
        let direct = shadow.create_database().await.unwrap().url().clone();
        let front = match transport {
            Transport::Socket => None,
            Transport::WebSocket => Some(Front::start(direct.clone())),
        };
        let root = scratch.path.join("workspace");
        fs::create_dir_all(root.join("migrations/meta")).unwrap();
        fs::write(root.join("Cargo.toml"), "[workspace]\nmembers = []\n").unwrap();
        let settings = Settings::default_for(&root);
        let has_timers = binaries.origin != Origin::Carrier;
        let mut bench = Self { _scratch: scratch, shadow, front, url: direct, settings, has_timers };
        bench.url = bench.over_its_transport();
        bench
    }

    /// Begins anew: another database, no migrations, no settings.
    pub async fn renew(&mut self) {
        self.url = self.shadow.create_database().await.unwrap().url().clone();
        self.url = self.over_its_transport();
        self.settings = Settings::default_for(&self.settings.root);
        self.write(&[]);
    }

    /// The URL of its database, over its transport.
    fn over_its_transport(&self) -> DatabaseUrl {
        let through = |front: &Front| self.url.through_gateway(front.address, PASSWORD);
        self.front.as_ref().map_or_else(|| self.url.clone(), through)
    }

    pub async fn connect(&self) -> Connection {
        connect(&self.url).await.unwrap()
    }

    /// Writes the migrations, numbered from 0, as Trueline would.
    pub fn write(&self, migrations: &[(&str, &str)]) {
        let entries: Vec<_> =
            (0..).zip(migrations).map(|(at, (tag, sql))| (*tag, WHEN + at * 60_000, *sql)).collect();
        self.write_entries(&entries, true);
    }

    /// Writes tags, `when`s and texts; drizzle's entries have no `hash`.
    pub fn write_entries(&self, entries: &[(&str, i64, &str)], sealed: bool) {
        let dir = self.settings.migrations_dir();
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(dir.join("meta")).unwrap();
        let mut lines = Vec::new();
        for (at, (tag, when, sql)) in entries.iter().enumerate() {
            fs::write(dir.join(format!("{tag}.sql")), sql).unwrap();
            let hash = if sealed { format!(r#","hash":"{}""#, Checksum::of(sql)) } else { String::new() };
            lines.push(format!(
                r#"    {{"idx":{at},"version":"7","when":{when},"tag":"{tag}","breakpoints":true{hash}}}"#
            ));
        }
        let journal = format!(
            "{{\n  \"version\": \"7\",\n  \"dialect\": \"postgresql\",\n  \"entries\": [\n{}\n  ]\n}}",
            lines.join(",\n")
        );
        fs::write(dir.join("meta/_journal.json"), journal).unwrap();
    }

    pub fn contents(&self) -> Contents {
        Folder::new(&self.settings.root, &self.settings.migrations).read().unwrap()
    }

    pub async fn migrate(&self) -> Result<MigrateReport, MigrateError> {
        self.migrate_with(&MigrateOptions::default()).await.0
    }

    /// Migrates; returns also what was told meanwhile.
    pub async fn migrate_with(
        &self,
        options: &MigrateOptions,
    ) -> (Result<MigrateReport, MigrateError>, Vec<String>) {
        let mut connection = self.connect().await;
        let mut told = Vec::new();
        let mut watch = |event: Event<'_>| told.push(format!("{event:?}"));
        let result = migrate(&mut connection, &self.settings, &self.contents(), options, &mut watch).await;
        let _ = connection.close().await;
        (result, told)
    }

    /// Migrates, which must fail.
    pub async fn problems(&self) -> Vec<Problem> {
        self.migrate().await.expect_err("the migration must not succeed").problems().to_vec()
    }

    pub async fn execute(&self, sql: &str) {
        let connection = self.connect().await;
        connection.batch_execute(sql).await.unwrap();
        connection.close().await.unwrap();
    }

    /// The first column of each row, as text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        let connection = self.connect().await;
        let rows = connection.query(&format!("select q.c::text from ({sql}) q(c)"), &[]).await.unwrap();
        let texts = rows
            .iter()
            .map(|row| row.get::<_, Option<String>>(0).unwrap_or_else(|| "NULL".to_owned()))
            .collect();
        connection.close().await.unwrap();
        texts
    }

    /// Migrates, which must fail with one problem: what it says.
    pub async fn problem(&self) -> String {
        let problems = self.problems().await;
        assert_eq!(problems.len(), 1, "{problems:?}");
        shown(&problems[0])
    }

    /// What the ledger has: `when`s, in the order in which they were recorded.
    pub async fn whens(&self) -> Vec<String> {
        self.texts("select created_at from public.__drizzle_migrations order by id").await
    }

    /// The tables of the schema public, but for the ledger.
    pub async fn tables(&self) -> Vec<String> {
        let sql = "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace \
                   and relname <> '__drizzle_migrations' order by relname";
        self.texts(sql).await
    }
}

/// Message, place, details and hint of a problem, one a line.
pub fn shown(problem: &Problem) -> String {
    let mut lines = vec![format!("{}: {}", problem.code, problem.message)];
    lines.extend(problem.place.iter().map(|place| format!("at {place}")));
    lines.extend(problem.details.iter().cloned());
    lines.extend(problem.hint.iter().map(|hint| format!("hint: {hint}")));
    lines.join("\n")
}
