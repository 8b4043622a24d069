//! Records migrations as applied on a database that already has them.
//!
//! Nothing is recorded that was not proved: the proof is an argument, and whoever calls brings it.
//! Changes nothing in the database but the ledger.

use trueline_driver::Connection;
use trueline_journal::ledger::compare;
use trueline_journal::{Contents, Migration, Place, Problem, Tag};

use crate::ledger::LedgerTable;
use crate::runner::target::Target;
use crate::runner::{MigrateError, explain, lock, read_locked, unlock};
use crate::settings::Settings;

/// What was recorded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BaselineReport {
    /// The migrations recorded by this run.
    pub recorded: Vec<Tag>,
    /// How many of those asked for were recorded already.
    pub already: usize,
    /// The ledger's name, quoted.
    pub ledger: String,
}

/// Records every migration up to `up_to`, or all, as applied, once `proven` has shown that the database
/// is what they build: it is called with them, those included that are recorded already, in the journal's order.
///
/// Errors: the proof's; edited migrations and rows that the journal does not know; what
/// [`crate::runner::migrate`] has for a database that cannot be used.
pub async fn baseline(
    connection: &mut Connection,
    settings: &Settings,
    contents: &Contents,
    up_to: Option<&Tag>,
    proven: impl AsyncFnOnce(&mut Connection, &[Migration]) -> Result<(), Vec<Problem>>,
) -> Result<BaselineReport, MigrateError> {
    let count = match up_to {
        None => contents.migrations.len(),
        Some(tag) => match contents.migrations.iter().position(|migration| migration.entry.tag == *tag) {
            Some(at) => at + 1,
            None => return Err(MigrateError::Refused(vec![no_such(tag, contents)])),
        },
    };
    let target = read_locked(connection, settings, &mut |_| {}).await?;
    let result = record(connection, settings, contents, count, &target, proven).await;
    unlock(connection, &target).await;
    result
}

async fn record(
    connection: &mut Connection,
    settings: &Settings,
    contents: &Contents,
    count: usize,
    target: &Target,
    proven: impl AsyncFnOnce(&mut Connection, &[Migration]) -> Result<(), Vec<Problem>>,
) -> Result<BaselineReport, MigrateError> {
    let comparison = compare(&contents.migrations, &target.rows);
    let mut problems: Vec<Problem> = Vec::new();
    problems.extend(comparison.edited.iter().map(|edited| {
        let message = format!("migration `{}` was edited after it was applied", edited.migration.entry.tag);
        Problem::error("migration-edited", message).at(Place::file(&edited.migration.file))
    }));
    if !comparison.unknown.is_empty() {
        let message =
            format!("the ledger has {} rows that the journal does not know", comparison.unknown.len());
        problems.push(Problem::error("unknown-rows", message));
    }
    problems.extend(target.progress.first().map(|record| {
        let message = format!("migration `{}` is applied in part", record.tag);
        Problem::error("begun", message).hint("finish it with `cargo xtask db-migrate`")
    }));
    if !problems.is_empty() {
        return Err(MigrateError::Refused(problems));
    }
    let asked = &contents.migrations[..count];
    let pending =
        |migration: &Migration| comparison.pending.iter().any(|open| open.entry.tag == migration.entry.tag);
    let (new, already): (Vec<_>, Vec<_>) = asked.iter().partition(|migration| pending(migration));
    let ledger = target.ledger().cloned().unwrap_or_else(|| LedgerTable::to_create(settings));
    let report = BaselineReport {
        recorded: new.iter().map(|migration| migration.entry.tag.clone()).collect(),
        already: already.len(),
        ledger: ledger.to_string(),
    };
    if new.is_empty() {
        return Ok(report);
    }
    let built: Vec<Migration> = (0..)
        .zip(&contents.migrations)
        .filter(|(at, migration)| *at < count || !pending(migration))
        .map(|(_, migration)| migration.clone())
        .collect();
    proven(connection, &built).await.map_err(MigrateError::Refused)?;

    let mut sql = vec!["BEGIN".to_owned()];
    sql.push(format!("SELECT 1 / CASE WHEN {} THEN 1 ELSE 0 END", lock::is_held(target.lock.key)));
    if target.ledger().is_none() {
        sql.extend(ledger.create());
    }
    sql.extend(new.iter().map(|migration| ledger.insert(migration)));
    sql.push("COMMIT".to_owned());
    let done = connection.batch_execute(&sql.join(";\n")).await;
    if done.is_err() {
        // Fails where the connection is gone, and then there is nothing to undo.
        let _ = connection.batch_execute("ROLLBACK").await;
    }
    explain(connection, done, "failed to write the ledger").await?;
    Ok(report)
}

fn no_such(tag: &Tag, contents: &Contents) -> Problem {
    let known = contents.migrations.iter().map(|migration| migration.entry.tag.as_ref());
    let problem = Problem::error("no-such-migration", format!("the journal has no migration `{tag}`"));
    match crate::nearest::nearest(tag.as_ref(), known) {
        Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
        None => problem.hint("`cargo xtask db-status` lists them"),
    }
}
