//! A state as the server sees it.

use trueline::catalog::Catalog;
use trueline::elaborate;
use trueline::introspect::{Edges, Scope, introspect, schemas};
use trueline::load::{LoadOptions, Sources, load};
use trueline::settings::Manage;
use trueline::shadow::{Database, Shadow};
use trueline_driver::Connection;
use trueline_driver::tokio_postgres::error::SqlState;
use trueline_journal::Problem;
use trueline_journal::statement::split;

use crate::layout::{Case, State};

/// Where unqualified names are.
pub const SEARCH_PATH: &str = "public";

/// The loader's words for what runs, but is no schema.
const OUT_OF_PLACE: [&str; 5] =
    ["schema-concurrently", "schema-dml", "schema-server", "schema-session", "schema-transaction"];

/// A database with a state in it.
pub struct Side {
    /// Where it is, and what is in it.
    pub state: elaborate::Side,
    /// A session there.
    pub session: Connection,
    /// As `pg_dump` prints it, once it was asked.
    pub dump: String,
}

/// Why a state could not be loaded.
pub enum Unloaded {
    /// The server refuses its SQL.
    ByServer(String),
    /// Trueline does not take it in a schema.
    ByUs(String),
    /// Something of ours broke.
    Broken(String),
}

impl<E: std::error::Error> From<E> for Unloaded {
    fn from(error: E) -> Self {
        Self::Broken(trueline::ui::chain(&error))
    }
}

/// A new database with the state in it.
async fn loaded(shadow: &Shadow, sources: &Sources) -> Result<(Database, Connection), Unloaded> {
    let database = shadow.create_database().await?;
    let session = database.connect().await?;
    match fill(&session, sources).await {
        Ok(()) => Ok((database, session)),
        Err(problem) => {
            session.close().await?;
            shadow.drop_database(database).await?;
            Err(problem)
        }
    }
}

/// Loads the sources as schema/ is loaded. What has no place there, such as a DO block, is run as it is
/// written: other people's cases hold it, and it is what they make that counts here.
async fn fill(session: &Connection, sources: &Sources) -> Result<(), Unloaded> {
    let options = LoadOptions { search_path: SEARCH_PATH.into(), external: None, create_roles: false };
    let Err(problems) = load(session, sources, &options).await else { return Ok(()) };
    if problems.iter().any(|problem| problem.code == "schema-sql") {
        return Err(Unloaded::ByServer(lines(&problems)));
    }
    if problems.iter().all(|problem| OUT_OF_PLACE.contains(&problem.code)) {
        return as_written(session, sources).await;
    }
    Err(Unloaded::ByUs(lines(&problems)))
}

async fn as_written(session: &Connection, sources: &Sources) -> Result<(), Unloaded> {
    for statement in sources.files.iter().flat_map(|file| split(&file.text)) {
        let Err(error) = session.batch_execute(statement.sql).await else { continue };
        // Roles are there already, from another state or case.
        if error.code() != Some(&SqlState::DUPLICATE_OBJECT) {
            let why = trueline::ui::chain(&error);
            return Err(Unloaded::ByServer(format!("{why} in: {}", statement.sql)));
        }
    }
    Ok(())
}

/// Problems, one a line with what belongs to it.
pub fn lines(problems: &[Problem]) -> String {
    let line = |problem: &Problem| {
        let place = problem.place.as_ref().map(|place| format!(" at {place}")).unwrap_or_default();
        format!("{}: {}{place} {}", problem.code, problem.message, problem.details.join("; "))
    };
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Loads the state and reads it back.
pub async fn side(shadow: &Shadow, case: &Case, state: &State) -> Result<Side, Unloaded> {
    let (database, session) = loaded(shadow, &state.sources).await?;
    let schemas = schemas(&session).await?;
    let state = elaborate::Side { catalog: Catalog::default(), database, schemas, manage: case.manage() };
    Ok(Side { state, session, dump: String::new() })
}

impl Side {
    /// Reads the catalog of these schemas.
    pub async fn read(&mut self, schemas: &[String]) -> Result<(), Unloaded> {
        self.state.schemas = schemas.to_vec();
        self.state.catalog =
            introspect(&self.session, Scope { schemas, manage: self.state.manage }, Edges::Read).await?;
        Ok(())
    }

    /// Asks `pg_dump`.
    pub async fn dump(&mut self, shadow: &Shadow) -> Result<(), Unloaded> {
        let Manage { owners, privileges } = self.state.manage;
        let flags = [(owners, "--no-owner"), (privileges, "--no-privileges")];
        let flags: Vec<&str> = flags.iter().filter(|(managed, _)| !managed).map(|(_, flag)| *flag).collect();
        let dump = shadow.pg_dump(&self.state.database, &[], &flags).await?;
        self.dump = dump.ok_or_else(|| Unloaded::Broken("the server brings no pg_dump".into()))?;
        Ok(())
    }

    /// Drops the database.
    pub async fn close(self, shadow: &Shadow) -> Result<(), Unloaded> {
        self.session.close().await?;
        shadow.drop_database(self.state.database).await?;
        Ok(())
    }
}
