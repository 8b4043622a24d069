//! Loading `schema/`, whatever the order of its files and statements.

use std::path::PathBuf;

use trueline::load::{LoadOptions, LoadReport, Source, Sources, load};
use trueline::shadow::Shadow;
use trueline_driver::Connection;
use trueline_journal::{Problem, Severity};

use crate::support::{Scratch, block_on, servers};

mod again;
mod errors;
mod order;
mod settings;

/// Runs `test` on every server.
fn on_servers(test: &impl AsyncFn(&Server)) {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let server = Server { shadow };
            test(&server).await;
            server.shadow.close().await.unwrap();
        });
    }
}

struct Server {
    shadow: Shadow,
}

impl Server {
    /// Loads the files into a database of their own, and asks it `query` (one text column).
    async fn load(
        &self,
        files: &[(&str, &str)],
        query: &str,
    ) -> Result<(LoadReport, Vec<String>), Vec<Problem>> {
        self.load_with(&options(), files, query).await
    }

    async fn load_with(
        &self,
        options: &LoadOptions,
        files: &[(&str, &str)],
        query: &str,
    ) -> Result<(LoadReport, Vec<String>), Vec<Problem>> {
        let database = self.shadow.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        let loaded = load(&session, &sources(files), options).await;
        let answer = match loaded {
            Ok(report) => Ok((report, ask(&session, query).await)),
            Err(problems) => {
                let left = ask(&session, "SELECT relname::text FROM pg_class WHERE oid >= 16384").await;
                assert_eq!(left, Vec::<String>::new(), "left after an error");
                Err(problems)
            }
        };
        session.close().await.unwrap();
        self.shadow.drop_database(database).await.unwrap();
        answer
    }

    /// What is wrong with the files: severity, code, place and message of each problem.
    async fn problems(&self, files: &[(&str, &str)]) -> Vec<String> {
        said(&self.load(files, "SELECT ''").await.unwrap_err())
    }
}

async fn ask(session: &Connection, query: &str) -> Vec<String> {
    session.query(query, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
}

fn said(problems: &[Problem]) -> Vec<String> {
    let shown = |problem: &Problem| {
        let severity = if problem.severity == Severity::Error {
            String::new()
        } else {
            format!("{} ", problem.severity)
        };
        let place = problem.place.as_ref().unwrap();
        format!("{severity}{} {place}: {}", problem.code, problem.message)
    };
    problems.iter().map(shown).collect()
}

fn options() -> LoadOptions {
    LoadOptions { search_path: "public".to_owned(), external: None, create_roles: true }
}

fn source(path: &str, text: &str) -> Source {
    Source { path: PathBuf::from(path), text: text.to_owned() }
}

fn sources(files: &[(&str, &str)]) -> Sources {
    Sources { files: files.iter().map(|(path, text)| source(path, text)).collect() }
}
