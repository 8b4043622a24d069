//! A database with this build's migrations, the running service, and a client for it.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;
use tokio::runtime::Runtime;
use trueline::shadow::{Database, Shadow, ShadowOptions};

const MIGRATIONS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");

/// The journal that the service is built with.
pub fn journal() -> Value {
    let text = std::fs::read_to_string(format!("{MIGRATIONS}/meta/_journal.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// A database on a server of its own, both gone when dropped.
pub struct Fixture {
    runtime: Runtime,
    shadow: Option<Shadow>,
    database: Database,
    /// The directory of the server's socket.
    pub socket_directory: String,
    /// The server's port, part of the socket's name.
    pub port: String,
}

impl Fixture {
    /// A database with nothing in it.
    pub fn empty() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (shadow, database, socket_directory, port) = runtime.block_on(async {
            let shadow = Shadow::start(&ShadowOptions::default()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            let session = database.connect().await.unwrap();
            let setting = "SELECT current_setting('unix_socket_directories'), current_setting('port')";
            let row = session.query_one(setting, &[]).await.unwrap();
            let (socket_directory, port) = (row.get(0), row.get(1));
            session.close().await.unwrap();
            (shadow, database, socket_directory, port)
        });
        Self { runtime, shadow: Some(shadow), database, socket_directory, port }
    }

    /// A database that holds every migration of this build.
    pub fn migrated() -> Self {
        let fixture = Self::empty();
        fixture.run("CREATE TABLE __drizzle_migrations (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)");
        for entry in journal()["entries"].as_array().unwrap() {
            let file = format!("{MIGRATIONS}/{}.sql", entry["tag"].as_str().unwrap());
            fixture.run(&std::fs::read_to_string(file).unwrap());
            fixture.run(&format!(
                "INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('{}', {})",
                entry["hash"].as_str().unwrap(),
                entry["when"]
            ));
        }
        fixture
    }

    /// Runs SQL in the database.
    pub fn run(&self, sql: &str) {
        self.runtime.block_on(async {
            let session = self.database.connect().await.unwrap();
            session.batch_execute(sql).await.unwrap();
            session.close().await.unwrap();
        });
    }

    /// The database's URL, through the socket in `directory`.
    pub fn url_through(&self, directory: &str) -> String {
        format!("postgres:///{}?host={directory}&port={}&user=postgres", self.database.name, self.port)
    }

    /// The database's URL.
    pub fn url(&self) -> String {
        self.url_through(&self.socket_directory)
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        if let Some(shadow) = self.shadow.take() {
            // A failed test says more than a failed clean-up after it.
            let _ = self.runtime.block_on(shadow.close());
        }
    }
}

fn command(url: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_app"));
    command.env("DATABASE_URL", url).env("PORT", "0").env_remove("BIND");
    command
}

/// Starts the service where it is expected to refuse, and returns what it said.
pub fn refusal(url: &str) -> Output {
    let output = command(url).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(output.stdout.is_empty(), "{output:?}");
    output
}

/// The running service; killed when dropped.
pub struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts it and waits until it listens.
    pub fn start(url: &str) -> Self {
        let mut child = command(url).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().strip_prefix("listening on http://") else {
            panic!("it does not listen: {:?}", child.wait_with_output());
        };
        Self { address: address.to_owned(), child }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end; returns the exit status and what it said on stderr.
    pub fn wait(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap();
        let mut said = String::new();
        self.child.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
        (status.code(), said)
    }

    /// A connection, for what needs more than one request.
    pub fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.address).unwrap()
    }

    /// One request; the status, the head and the body.
    pub fn send(&self, request: &str, headers: &str, body: &[u8]) -> (u16, String, String) {
        let mut stream = self.connect();
        let head = format!(
            "{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        // A body that is too large may be refused before all of it was read.
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_lowercase(), body.to_owned())
    }

    /// A request without a body; the answer is JSON.
    pub fn get(&self, path: &str) -> (u16, Value) {
        let (status, _, body) = self.send(&format!("GET {path}"), "", b"");
        (status, serde_json::from_str(&body).unwrap())
    }

    /// A request with a JSON body; the answer is JSON.
    pub fn post(&self, path: &str, body: &str) -> (u16, Value) {
        let headers = "Content-Type: application/json\r\n";
        let (status, _, body) = self.send(&format!("POST {path}"), headers, body.as_bytes());
        (status, serde_json::from_str(&body).unwrap())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
