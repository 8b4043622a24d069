//! Why a run ended early.

use std::time::Duration;

use trueline_driver::Connection;
use trueline_journal::Problem;

use super::fault::query_problem;
use super::lock::Holder;

/// Why migrations were not applied, or not all of them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MigrateError {
    /// What the folder or the ledger say forbids it; nothing was applied.
    #[error("{}", first(.0))]
    Refused(Vec<Problem>),
    /// A migration failed; the problem's details say what is applied.
    #[error("{}", .0.message)]
    Failed(Problem),
    /// The database cannot be used: read-only, unreachable, locked by another run.
    #[error("{}", .0.message)]
    Unusable(Problem),
}

impl MigrateError {
    /// Everything that is to be said.
    pub fn problems(&self) -> &[Problem] {
        match self {
            Self::Refused(problems) => problems,
            Self::Failed(problem) | Self::Unusable(problem) => std::slice::from_ref(problem),
        }
    }
}

fn first(problems: &[Problem]) -> &str {
    problems.first().map_or("nothing may be applied", |problem| problem.message.as_str())
}

/// A query's answer, or the error with the whole reason.
pub(crate) async fn explain<T>(
    connection: &Connection,
    answer: Result<T, tokio_postgres::Error>,
    doing: &str,
) -> Result<T, MigrateError> {
    match answer {
        Ok(value) => Ok(value),
        Err(error) => Err(MigrateError::Unusable(of_query(connection, error, doing).await)),
    }
}

/// The problem that a failed query of ours is.
pub(crate) async fn of_query(connection: &Connection, error: tokio_postgres::Error, doing: &str) -> Problem {
    query_problem("database-query", doing, &connection.explain(error).await)
}

pub(super) fn lock_timeout(holder: Option<&Holder>, waited: Duration) -> Problem {
    let message = format!("another migrate is still at work after {} s of waiting", waited.as_secs());
    let problem = Problem::error("locked", message);
    let hint = "wait until it has ended and run the command again: nothing was applied";
    match holder {
        Some(holder) => problem
            .detail(format!("the lock is held by {holder}"))
            .detail(format!("its statement: {}", holder.query.lines().next().unwrap_or_default()))
            .hint(format!("{hint}; `SELECT pg_terminate_backend({})` ends it", holder.pid)),
        None => problem.hint(hint),
    }
}
