//! What a failure is, and in which state it leaves the database: said in every error.

use tokio_postgres::error::SqlState;
use trueline_driver::QueryError;
use trueline_journal::{Migration, Place, Problem};

use super::job::Job;
use super::{Run, Stop};
use crate::runner::blocked::open_transactions;
use crate::runner::fault::{is_passing, statement_problem};
use crate::runner::lock;
use crate::runner::progress::Record;
use crate::runner::script::{Fault, Part, Purpose};
use crate::runner::{MigrateError, MigrateReport, error};
use crate::settings::in_words;

impl Run<'_> {
    /// Ends the transaction and says what happened.
    pub(super) async fn stopped(&self, job: &Job<'_>, fault: Fault<'_>) -> Stop {
        let Fault { part, position, error } = fault;
        let error = self.connection.explain(error).await;
        // Fails where the connection is gone, and then there is nothing to undo.
        let _ = self.connection.batch_execute("ROLLBACK").await;
        if matches!(part, Some(Part::Ours(Purpose::Guard)))
            && error.code() == Some(&SqlState::DIVISION_BY_ZERO)
        {
            return self.guarded(job).await.into();
        }
        let passing = is_passing(error.code()).then(|| error.to_string());
        let mut problem = statement_problem(job.migration, part, position, &error);
        problem = problem.detail(self.state(job, part, &error));
        problem.details.extend(self.in_the_way(&error).await);
        if let Some((detail, hint)) = self.time_out(&error) {
            problem = problem.detail(detail).hint(hint);
        }
        if problem.hint.is_none() {
            problem.hint = Some(self.way_out(job, part));
        }
        let error = match part {
            None => MigrateError::Unusable(problem),
            Some(_) => MigrateError::Failed(problem),
        };
        Stop { error, passing }
    }

    /// Who was in the way; if nobody was seen there, who may have been.
    async fn in_the_way(&self, error: &QueryError) -> Vec<String> {
        let mut said: Vec<_> =
            self.blockers.iter().map(|blocker| format!("in the way was {blocker}")).collect();
        if said.is_empty() && error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE) {
            // If this fails, the reason is another problem than the one that is being told.
            let open = open_transactions(self.connection).await.unwrap_or_default();
            said.extend(open.iter().map(|blocker| format!("open transaction: {blocker}")));
        }
        said
    }

    /// Which of our time-outs struck, and what to do about it.
    fn time_out(&self, error: &QueryError) -> Option<(String, String)> {
        let timeouts = self.session().timeouts();
        match error.code() {
            // Only the message, which may be translated, tells a cancel by a person from a time-out: so both are named.
            Some(&SqlState::QUERY_CANCELED) => Some((
                format!(
                    "`statement-timeout` is {}, and {} for index builds, validation and maintenance",
                    in_words(timeouts.statement_ms),
                    in_words(timeouts.long_statement_ms)
                ),
                "if it needs that long, raise the time-out in Cargo.toml under [workspace.metadata.trueline], or put \
                 `SET LOCAL statement_timeout = '1h'` before the statement; then run `cargo xtask db-migrate` again"
                    .to_owned(),
            )),
            Some(&SqlState::LOCK_NOT_AVAILABLE) => Some((
                format!(
                    "`lock-timeout` is {}, and {} outside of transactions; a segment is tried {} times",
                    in_words(timeouts.lock_ms),
                    in_words(timeouts.long_lock_ms),
                    self.attempts
                ),
                "run `cargo xtask db-migrate` again when whoever is in the way has ended, or raise `lock-timeout` in \
                 Cargo.toml under [workspace.metadata.trueline]: everybody else then waits as long"
                    .to_owned(),
            )),
            _ => None,
        }
    }

    /// What the database has of this migration now.
    fn state(&self, job: &Job<'_>, part: Option<Part<'_>>, error: &QueryError) -> String {
        let tag = &job.migration.entry.tag;
        let applied = match self.done {
            0 => format!("nothing of `{tag}` was applied"),
            1 => format!("statement 1 of `{tag}` is applied and recorded"),
            done => format!("statements 1-{done} of `{tag}` are applied and recorded"),
        };
        if part.is_none() || error.db_error().is_none() {
            return format!("when the connection broke, {applied}; whether more is, the next run finds out");
        }
        applied
    }

    fn way_out(&self, job: &Job<'_>, part: Option<Part<'_>>) -> String {
        if part.is_none() {
            return "run `cargo xtask db-migrate` again: it goes on where the database is".to_owned();
        }
        let file = job.migration.file.display();
        let again = match self.done {
            0 => "run `cargo xtask db-migrate` again".to_owned(),
            done => format!("run `cargo xtask db-migrate` again: it goes on with statement {}", done + 1),
        };
        format!(
            "correct the data, or the statement in `{file}` (`cargo xtask db-generate` seals it again), and {again}"
        )
    }

    /// Why a guard stopped a transaction.
    async fn guarded(&self, job: &Job<'_>) -> MigrateError {
        let tag = &job.migration.entry.tag;
        let sql = format!("SELECT {}, {}", lock::is_held(self.lock().key), self.ledger.has(job.migration));
        let answer = self.connection.query_typed(&sql, &[]).await.and_then(|rows| match rows.first() {
            Some(row) => Ok((row.try_get(0)?, row.try_get(1)?)),
            None => Ok((false, false)),
        });
        let (held, recorded): (bool, bool) = match answer {
            Ok(answer) => answer,
            Err(error) => {
                return MigrateError::Unusable(
                    error::of_query(self.connection, error, "failed to look at the lock").await,
                );
            }
        };
        let problem = if !held {
            Problem::error("lock-lost", format!("this session does not hold the lock any more: `{tag}` was not begun")).hint(
                "connect to the server itself: a pooler in transaction mode gives every transaction another session; \
                 if there is none, something unlocked it (`DISCARD ALL`, `pg_advisory_unlock_all`)",
            )
        } else if recorded {
            let message = format!("somebody else applied `{tag}` meanwhile, without the lock");
            Problem::error("applied-meanwhile", message).hint(
                "another tool (drizzle's migrator takes no lock) works on this database: let one do it, then run \
                 `cargo xtask db-migrate` again",
            )
        } else {
            let message = format!("`{tag}` was not begun: the migration before it did not end as expected");
            Problem::error("order-lost", message)
                .hint("run `cargo xtask db-migrate` again: it goes on where the database is")
        };
        MigrateError::Unusable(problem.at(Place::file(&job.migration.file)))
    }

    /// Adds what became of the other migrations.
    pub(super) fn concluded(
        error: MigrateError,
        report: &MigrateReport,
        pending: &[&Migration],
    ) -> MigrateError {
        let add = |problem: Problem| match report.applied.len() {
            0 => problem,
            applied => problem
                .detail(format!("of {} pending migrations, {applied} were applied before it", pending.len())),
        };
        match error {
            MigrateError::Failed(problem) => MigrateError::Failed(add(problem)),
            MigrateError::Unusable(problem) => MigrateError::Unusable(add(problem)),
            refused @ MigrateError::Refused(_) => refused,
        }
    }
}

/// The session of an earlier run still works on the statement.
pub(super) fn running(
    migration: &Migration,
    statement: &trueline_journal::MigrationStatement,
    record: &Record,
) -> MigrateError {
    let (tag, number) = (&migration.entry.tag, statement.number);
    let message = format!(
        "statement {number} of `{tag}` is still running, sent by an earlier run at {}",
        record.started_at
    );
    MigrateError::Unusable(
        Problem::error("still-running", message)
            .at(migration.place(statement.offset))
            .hint("wait until it has ended, then run `cargo xtask db-migrate` again"),
    )
}

/// Nobody here can know whether the statement is applied.
pub(super) fn doubt(
    migration: &Migration,
    statement: &trueline_journal::MigrationStatement,
    record: &Record,
    seen: Vec<String>,
) -> MigrateError {
    let (tag, number) = (&migration.entry.tag, statement.number);
    let message = format!("whether statement {number} of `{tag}` is applied is in doubt");
    let sent = &record.started_at;
    let mut problem = Problem::error("in-doubt", message).at(migration.place(statement.offset));
    problem = problem.detail(match &record.error {
        Some(error) => format!("it was sent at {sent}, and failed: {error}"),
        None => format!("it was sent at {sent}, and the connection broke before the outcome was recorded"),
    });
    problem.details.extend(seen);
    MigrateError::Refused(vec![problem.hint(format!(
        "look in the database what it did, then run `cargo xtask db-migrate --resolve {tag}:{number}=done`, \
         or `--resolve {tag}:{number}=again` to run it again"
    ))])
}
