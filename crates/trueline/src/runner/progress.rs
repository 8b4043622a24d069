//! `trueline.progress`: how far inside a migration the database is.
//!
//! A migration of one transaction never needs it: its ledger row says everything. Of others, every
//! statement is recorded: with its transaction, or before and after it where it runs outside one. The rows of
//! a migration go when its ledger row comes. What to do about rows that are there is decided in
//! [`super::resume`].

use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use trueline_journal::{Checksum, Migration, MigrationStatement};

use crate::ledger::LedgerTable;
use crate::sql::Literal;

/// The table, as SQL names it.
pub(crate) const TABLE: &str = "trueline.progress";

/// Made when first needed.
pub(crate) const CREATE: [&str; 2] = [
    "CREATE SCHEMA IF NOT EXISTS trueline",
    "CREATE TABLE IF NOT EXISTS trueline.progress (\
     ledger text NOT NULL, tag text NOT NULL, hash text NOT NULL, \
     statement integer NOT NULL, statement_hash text NOT NULL, \
     state text NOT NULL CHECK (state IN ('started', 'failed', 'done')), \
     backend_pid integer, backend_start timestamptz, index_before oid, builds text, \
     started_at timestamptz NOT NULL, finished_at timestamptz, error text, \
     PRIMARY KEY (ledger, tag, statement))",
];

/// Brings the table of an older version up to date, without a notice where it is.
pub(crate) const RENEW: &str = "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_catalog.pg_attribute a \
     WHERE a.attrelid = 'trueline.progress'::pg_catalog.regclass AND a.attname = 'builds') THEN \
     ALTER TABLE trueline.progress ADD COLUMN builds text; END IF; END $$";

/// What is known of one statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It was sent, and no outcome is recorded.
    Started,
    /// The server refused it.
    Failed,
    /// It is applied.
    Done,
}

impl State {
    /// As it stands in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Failed => "failed",
            Self::Done => "done",
        }
    }
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Record {
    /// The migration.
    pub tag: String,
    /// The statement's number in its file, from 1.
    pub statement: u32,
    /// The checksum of the statement's text.
    pub statement_hash: String,
    /// What is known of it.
    pub state: State,
    /// When it was sent, in the server's words.
    pub started_at: String,
    /// What the server said, if it refused.
    pub error: Option<String>,
    /// The index that had the name already before the statement was sent.
    pub(crate) index_before: Option<u32>,
    /// The index that the statement was to build, as the beginning of such a statement.
    pub(crate) builds: Option<String>,
    /// Whether the session that sent it is still there.
    pub(crate) backend_lives: bool,
}

/// The rows of one ledger's migrations.
pub(crate) const SELECT: &str = "SELECT p.tag, p.statement, p.statement_hash, p.state, \
     to_char(p.started_at, 'YYYY-MM-DD HH24:MI:SS TZ'), p.error, p.index_before, \
     EXISTS (SELECT FROM pg_catalog.pg_stat_activity a WHERE a.pid = p.backend_pid \
     AND a.backend_start = p.backend_start AND a.pid <> pg_catalog.pg_backend_pid()), \
     pg_catalog.to_jsonb(p) ->> 'builds' \
     FROM trueline.progress p WHERE p.ledger = $1 ORDER BY p.tag, p.statement";

/// All of them.
pub(crate) async fn read(
    client: &tokio_postgres::Client,
    ledger: &LedgerTable,
) -> Result<Vec<Record>, tokio_postgres::Error> {
    let name = ledger.to_string();
    let parameter: &(dyn ToSql + Sync) = &name;
    let rows = client.query_typed(SELECT, &[(parameter, Type::TEXT)]).await?;
    rows.iter().map(read_row).collect()
}

/// Reads a row of [`SELECT`].
pub(crate) fn read_row(row: &Row) -> Result<Record, tokio_postgres::Error> {
    let state: String = row.try_get(3)?;
    Ok(Record {
        tag: row.try_get(0)?,
        statement: u32::try_from(row.try_get::<_, i32>(1)?).unwrap_or(0),
        statement_hash: row.try_get(2)?,
        state: match state.as_str() {
            "done" => State::Done,
            "failed" => State::Failed,
            _ => State::Started,
        },
        started_at: row.try_get(4)?,
        error: row.try_get(5)?,
        index_before: row.try_get(6)?,
        backend_lives: row.try_get(7)?,
        builds: row.try_get(8)?,
    })
}

/// The checksum by which a statement is known again.
pub(crate) fn statement_hash(statement: &MigrationStatement) -> String {
    Checksum::of_bytes(statement.sql.as_bytes()).to_string()
}

/// The index that a statement outside of transactions is to build.
#[derive(Clone, Debug)]
pub(crate) struct Index {
    /// An expression: the OID of the one that has its name already.
    pub before: String,
    /// What is recorded of it, so that it is known again when the statement is edited.
    pub builds: String,
}

/// Names one migration in the table.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    ledger: String,
    tag: String,
    hash: String,
}

impl Key {
    pub fn new(ledger: &LedgerTable, migration: &Migration) -> Self {
        Self {
            ledger: ledger.to_string(),
            tag: migration.entry.tag.to_string(),
            hash: migration.checksums.lf.to_string(),
        }
    }

    /// Records statements that were applied in the transaction at hand.
    pub fn insert_done(&self, statements: &[MigrationStatement]) -> String {
        let values = statements.iter().map(|statement| self.values(statement, "'done'", "now()", None));
        Self::upsert(&values.collect::<Vec<_>>().join(", "))
    }

    /// Records that a statement is about to be sent, with the index that it names, if there is one.
    pub fn insert_started(&self, statement: &MigrationStatement, index: Option<&Index>) -> String {
        Self::upsert(&self.values(statement, "'started'", "NULL", index))
    }

    fn values(
        &self,
        statement: &MigrationStatement,
        state: &str,
        finished: &str,
        index: Option<&Index>,
    ) -> String {
        let (before, builds) = match index {
            Some(Index { before, builds }) => (before.as_str(), Literal(builds).to_string()),
            None => ("NULL", "NULL".to_owned()),
        };
        format!(
            "({}, {}, {}, {}, {}, {state}, pg_catalog.pg_backend_pid(), \
             (SELECT backend_start FROM pg_catalog.pg_stat_activity WHERE pid = pg_catalog.pg_backend_pid()), \
             {before}::oid, {builds}, pg_catalog.clock_timestamp(), {finished}::timestamptz, NULL::text)",
            Literal(&self.ledger),
            Literal(&self.tag),
            Literal(&self.hash),
            statement.number,
            Literal(&statement_hash(statement)),
        )
    }

    fn upsert(values: &str) -> String {
        format!(
            "INSERT INTO {TABLE} (ledger, tag, hash, statement, statement_hash, state, backend_pid, \
             backend_start, index_before, builds, started_at, finished_at, error) VALUES {values} \
             ON CONFLICT (ledger, tag, statement) DO UPDATE SET hash = excluded.hash, \
             statement_hash = excluded.statement_hash, state = excluded.state, \
             backend_pid = excluded.backend_pid, backend_start = excluded.backend_start, \
             index_before = excluded.index_before, builds = excluded.builds, started_at = excluded.started_at, \
             finished_at = excluded.finished_at, error = excluded.error"
        )
    }

    /// Records how a statement outside of transactions ended.
    pub fn finish(&self, statement: u32, state: State, error: Option<&str>) -> String {
        let error = error.map_or_else(|| "NULL".to_owned(), |error| Literal(error).to_string());
        format!(
            "UPDATE {TABLE} SET state = '{}', finished_at = pg_catalog.clock_timestamp(), error = {error} \
             WHERE ledger = {} AND tag = {} AND statement = {statement}",
            state.as_str(),
            Literal(&self.ledger),
            Literal(&self.tag),
        )
    }

    /// Takes the migration out: its ledger row says all there is to know.
    pub fn delete(&self) -> String {
        format!(
            "DELETE FROM {TABLE} WHERE ledger = {} AND tag = {}",
            Literal(&self.ledger),
            Literal(&self.tag)
        )
    }
}
