//! What the server refused, as a problem with file, line and column.
//!
//! PostgreSQL's own words are kept: message, SQLSTATE, detail, context, hint. Where it gives no hint and
//! the way out is ours to know, ours is added.

use tokio_postgres::error::{DbError, SqlState};
use trueline_driver::QueryError;
use trueline_journal::{Migration, Place, Problem};

use super::script::{Part, Purpose};

/// What is known of an error.
#[derive(Debug)]
pub(crate) struct Said<'e> {
    /// The server's words, else the connection's.
    message: String,
    server: Option<&'e DbError>,
    hint: Option<String>,
}

impl<'e> From<&'e QueryError> for Said<'e> {
    fn from(error: &'e QueryError) -> Self {
        let server = error.db_error();
        let message = server.map_or_else(|| error.to_string(), |server| server.message().to_owned());
        Self { message, server, hint: error.hint() }
    }
}

impl<'e> From<&'e tokio_postgres::Error> for Said<'e> {
    fn from(error: &'e tokio_postgres::Error) -> Self {
        let server = error.as_db_error();
        let message = server.map_or_else(|| crate::ui::chain(error), |server| server.message().to_owned());
        Self { message, server, hint: None }
    }
}

impl Said<'_> {
    /// Adds what the message leaves out.
    fn add_to(self, mut problem: Problem) -> Problem {
        if let Some(server) = self.server {
            problem.details.push(format!("SQLSTATE {}", server.code().code()));
            problem.details.extend(server.detail().map(|detail| format!("detail: {detail}")));
            problem.details.extend(server.where_().map(|context| format!("context: {context}")));
            problem.hint =
                server.hint().map(str::to_owned).or_else(|| advice(server.code()).map(str::to_owned));
        }
        problem.hint = problem.hint.or(self.hint);
        problem
    }
}

/// The problem that a failed query of ours is; `doing` says what failed.
pub(crate) fn query_problem<'e>(code: &'static str, doing: &str, error: impl Into<Said<'e>>) -> Problem {
    let said = error.into();
    let problem = Problem::error(code, format!("{doing}: {}", said.message));
    said.add_to(problem)
}

/// The problem that an error at a migration's statement, or at one of ours around it, is. `position`
/// counts bytes from the statement's start.
pub(crate) fn statement_problem<'e>(
    migration: &Migration,
    part: Option<Part<'_>>,
    position: Option<usize>,
    error: impl Into<Said<'e>>,
) -> Problem {
    let said = error.into();
    let text = &said.message;
    let tag = &migration.entry.tag;
    let file = Place::file(&migration.file);
    let problem = match part {
        Some(Part::Migration(statement)) => Problem::error("migration-sql", text.as_str())
            .at(migration.place(statement.offset + position.unwrap_or(0)))
            .detail(format!("in statement {} of `{tag}`", statement.number)),
        Some(Part::Ours(Purpose::Constraints | Purpose::Commit)) => {
            Problem::error("migration-sql", text.as_str()).at(file).detail(format!(
                "found at the end of a transaction of `{tag}`, when deferred constraints are checked"
            ))
        }
        Some(Part::Ours(Purpose::Record)) => {
            Problem::error("migration-record", format!("failed to record `{tag}` as applied: {text}"))
                .at(file)
        }
        Some(Part::Ours(Purpose::Open | Purpose::Guard)) => {
            Problem::error("migration-begin", format!("failed to begin a transaction of `{tag}`: {text}"))
                .at(file)
        }
        None => {
            let message = format!("the connection failed while `{tag}` was being applied: {text}");
            Problem::error("migration-connection", message).at(file)
        }
    };
    said.add_to(problem)
}

/// What to do about a refusal, where it follows from its SQLSTATE.
fn advice(code: &SqlState) -> Option<&'static str> {
    Some(match *code {
        SqlState::INSUFFICIENT_PRIVILEGE => {
            "connect as a role that owns the objects, or grant it the right; nothing else was tried"
        }
        SqlState::READ_ONLY_SQL_TRANSACTION => {
            "connect to the primary, or switch `default_transaction_read_only` off for this role and database"
        }
        SqlState::DISK_FULL => "free space on the server and run `cargo xtask db-migrate` again",
        SqlState::ACTIVE_SQL_TRANSACTION => {
            "put `-- trueline: no-transaction` on a line before the statement: it must run outside of transactions"
        }
        SqlState::UNSAFE_NEW_ENUM_VALUE_USAGE => {
            "put `-- trueline: segment` on a line before the statement: the new value must be committed before it is used"
        }
        SqlState::DUPLICATE_TABLE
        | SqlState::DUPLICATE_COLUMN
        | SqlState::DUPLICATE_OBJECT
        | SqlState::DUPLICATE_SCHEMA
        | SqlState::DUPLICATE_FUNCTION => {
            "the database has it already, made by something else than the migrations: `cargo xtask db-verify` shows \
             what differs, `cargo xtask db-baseline` records migrations that the database already has"
        }
        _ => return None,
    })
}

/// Whether the same statements may succeed a moment later: a lock was not to be had in time, or
/// concurrent transactions got in each other's way.
pub(crate) fn is_passing(code: Option<&SqlState>) -> bool {
    let passing = [
        &SqlState::LOCK_NOT_AVAILABLE,
        &SqlState::T_R_SERIALIZATION_FAILURE,
        &SqlState::T_R_DEADLOCK_DETECTED,
    ];
    code.is_some_and(|code| passing.contains(&code))
}
