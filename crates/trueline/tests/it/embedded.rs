//! The development server: it outlives commands, and its data outlives it.

use std::fs;
use std::path::Path;

use trueline::embedded::{EmbeddedError, Home, Status};
use trueline::server::{Wanted, find_all};
use trueline_driver::{DatabaseUrl, connect};

use crate::support::{Other, Scratch, block_on, dirs_in, eventually, is_alive, kill, role};

/// A workspace with a development server, which is stopped however the test ends.
struct Workspace {
    home: Home,
    wanted: Wanted,
    scratch: Scratch,
}

impl Workspace {
    fn new(major: u32) -> Self {
        let scratch = Scratch::new();
        fs::create_dir(scratch.path.join("My app")).unwrap();
        let home = Home::of(&scratch.path.join("My app"), &scratch.dirs()).unwrap();
        Self { home, wanted: Wanted { major: Some(major), carrier: true }, scratch }
    }

    async fn ensure_running(&self) -> DatabaseUrl {
        self.home.ensure_running(&self.wanted).await.unwrap()
    }

    fn postmaster(&self) -> u32 {
        let pid = fs::read_to_string(self.home.dir().join("data/postmaster.pid")).unwrap();
        pid.lines().next().unwrap().parse().unwrap()
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        let stopped = block_on(self.home.stop());
        if let Err(error) = stopped {
            eprintln!("{error}");
        }
    }
}

async fn ask(url: &DatabaseUrl, sql: &str) -> String {
    let session = connect(url).await.unwrap();
    let answer = session.query_one(sql, &[]).await.unwrap().get(0);
    session.close().await.unwrap();
    answer
}

async fn run(url: &DatabaseUrl, sql: &str) {
    let session = connect(url).await.unwrap();
    session.batch_execute(sql).await.unwrap();
    session.close().await.unwrap();
}

#[test]
fn data_outlives_the_server() {
    for binaries in find_all() {
        let workspace = Workspace::new(binaries.major);
        block_on(async {
            assert_eq!(workspace.home.status().unwrap(), Status::Absent);
            assert!(!workspace.home.stop().await.unwrap());
            let url = workspace.ensure_running().await;
            assert_eq!(url.database(), "app");
            let durable = "select current_setting('fsync') || current_setting('synchronous_commit') ||
                current_setting('full_page_writes') || current_setting('listen_addresses')";
            assert_eq!(ask(&url, durable).await, "ononon");
            run(&url, "create table t(a text); insert into t values ('kept')").await;
            let pid = workspace.postmaster();
            assert_eq!(workspace.ensure_running().await, url);
            assert_eq!(workspace.postmaster(), pid, "a running server is used as it is");
            assert!(matches!(workspace.home.status().unwrap(), Status::Running(_)));

            assert!(workspace.home.stop().await.unwrap());
            assert!(!is_alive(pid));
            assert!(matches!(workspace.home.status().unwrap(), Status::Stopped(_)));
            let url = workspace.ensure_running().await;
            assert_eq!(ask(&url, "select a from t").await, "kept");

            let pid = workspace.postmaster();
            kill(pid);
            eventually("the end of the server", || !is_alive(pid));
            let url = workspace.ensure_running().await;
            assert_eq!(ask(&url, "select a from t").await, "kept", "after a crash");

            workspace.home.remove().await.unwrap();
            let url = workspace.ensure_running().await;
            assert_eq!(ask(&url, "select count(*)::text from pg_class where relname = 't'").await, "0");
        });
    }
}

/// The part of the test below that runs in a process of its own: starts the server and ends.
#[test]
fn starts_the_server_and_ends() {
    let Some(role) = role() else { return };
    let (place, major) = role.split_once('|').unwrap();
    let home = Home::of(&Path::new(place).join("My app"), &dirs_in(Path::new(place))).unwrap();
    let wanted = Wanted { major: Some(major.parse().unwrap()), carrier: true };
    block_on(home.ensure_running(&wanted)).unwrap();
    println!("\nready now");
}

#[test]
fn two_commands_start_one_server_that_outlives_them() {
    for binaries in find_all() {
        let workspace = Workspace::new(binaries.major);
        let role = format!("{}|{}", workspace.scratch.path.display(), binaries.major);
        let others: Vec<_> = (0..2)
            .map(|_| {
                let role = role.clone();
                std::thread::spawn(move || {
                    Other::start("embedded::starts_the_server_and_ends", &role).0.wait();
                })
            })
            .collect();
        for other in others {
            other.join().unwrap();
        }
        let pid = workspace.postmaster();
        assert!(is_alive(pid));
        block_on(async {
            let url = workspace.ensure_running().await;
            assert_eq!(ask(&url, "select current_database()::text").await, "app");
        });
        assert_eq!(workspace.postmaster(), pid);
    }
}

#[test]
fn data_of_another_major_is_named_and_kept() {
    let binaries = find_all().remove(0);
    let workspace = Workspace::new(binaries.major);
    block_on(async {
        workspace.ensure_running().await;
        workspace.home.stop().await.unwrap();
        let path = workspace.home.dir().join("data/PG_VERSION");
        fs::write(&path, "11\n").unwrap();
        let error = workspace.home.ensure_running(&workspace.wanted).await.unwrap_err();
        assert!(matches!(error, EmbeddedError::OtherMajor { made_by: 11, .. }), "{error}");
        let hint = error.hint().unwrap();
        assert!(hint.contains("db-reset") && hint.contains("install PostgreSQL 11"), "{hint}");
        workspace.home.remove().await.unwrap();
        workspace.ensure_running().await;
    });
}

#[test]
fn a_pid_file_that_names_somebody_else_is_no_server() {
    let binaries = find_all().remove(0);
    let workspace = Workspace::new(binaries.major);
    block_on(async {
        workspace.ensure_running().await;
        let path = workspace.home.dir().join("data/postmaster.pid");
        let left = fs::read_to_string(&path).unwrap();
        workspace.home.stop().await.unwrap();
        let (_, rest) = left.split_once('\n').unwrap();
        fs::write(&path, format!("{}\n{rest}", std::process::id())).unwrap();
        assert!(matches!(workspace.home.status().unwrap(), Status::Stopped(_)));
        workspace.ensure_running().await;
        assert_ne!(workspace.postmaster(), std::process::id());
    });
}
