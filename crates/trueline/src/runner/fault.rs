//! What the server refused, as a problem with file, line and column.
//!
//! PostgreSQL's own words are kept: message, SQLSTATE, detail, context, hint. Where it gives no hint and
//! the way out is ours to know, ours is added.

use tokio_postgres::error::SqlState;
use trueline_driver::QueryError;
use trueline_journal::{Migration, Place, Problem};

use super::script::{Part, Purpose};

/// The problem that a failed query of ours is.
pub(crate) fn query_problem(code: &'static str, doing: &str, error: &QueryError) -> Problem {
    let mut problem = Problem::error(code, format!("{doing}: {}", message(error)));
    say(&mut problem, error);
    problem
}

/// As [`query_problem`], where no more is known than the client's error.
pub(crate) fn server_problem(code: &'static str, error: &tokio_postgres::Error) -> Problem {
    let message = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
    let mut problem = Problem::error(code, message);
    if let Some(error) = error.as_db_error() {
        problem = problem.detail(format!("SQLSTATE {}", error.code().code()));
        problem.hint = error.hint().map(str::to_owned).or_else(|| advice(error.code()).map(str::to_owned));
    }
    problem
}

/// The problem that an error at a migration's statement, or at one of ours around it, is. `position`
/// counts bytes from the statement's start.
pub(crate) fn statement_problem(
    migration: &Migration,
    part: Option<Part<'_>>,
    position: Option<usize>,
    error: &QueryError,
) -> Problem {
    let text = message(error);
    let tag = &migration.entry.tag;
    let file = Place::file(&migration.file);
    let mut problem = match part {
        Some(Part::Migration(statement)) => Problem::error("migration-sql", text)
            .at(migration.place(statement.offset + position.unwrap_or(0)))
            .detail(format!("in statement {} of `{tag}`", statement.number)),
        Some(Part::Ours(Purpose::Constraints | Purpose::Commit)) => {
            Problem::error("migration-sql", text).at(file).detail(format!(
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
    say(&mut problem, error);
    problem
}

/// What happened, in the server's words or the connection's.
fn message(error: &QueryError) -> String {
    error.db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned())
}

fn say(problem: &mut Problem, error: &QueryError) {
    say_db(problem, error.db_error());
    if problem.hint.is_none() {
        problem.hint = error.hint();
    }
}

fn say_db(problem: &mut Problem, error: Option<&tokio_postgres::error::DbError>) {
    let Some(error) = error else { return };
    problem.details.push(format!("SQLSTATE {}", error.code().code()));
    problem.details.extend(error.detail().map(|detail| format!("detail: {detail}")));
    problem.details.extend(error.where_().map(|context| format!("context: {context}")));
    problem.hint = error.hint().map(str::to_owned).or_else(|| advice(error.code()).map(str::to_owned));
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
