//! Applies pending migrations to a target database and records them in its ledger.
//!
//! A migration and its ledger row commit together; what cannot run in a transaction is recorded before
//! and after, and a re-run goes on where the last one stopped (DESIGN §1.5). Order of reading:
//! [`target`] (what is there), `refuse` (what may not be applied), `apply` (transactions, in one round
//! trip each or fewer), `segment` and `script` (their messages), `resume` (after a run that broke off).
//! Never connects and never prints: what happens is told to the caller as [`Event`]s.

mod apply;
mod blocked;
mod error;
pub(crate) mod fault;
mod gate;
pub(crate) mod lock;
mod patience;
pub(crate) mod pipeline;
mod pooled;
pub(crate) mod progress;
mod refuse;
pub(crate) mod resume;
pub(crate) mod script;
pub(crate) mod segment;
pub(crate) mod session;
mod settle;
pub mod target;

use std::time::{Duration, Instant};

use trueline_driver::Connection;
use trueline_journal::ledger::compare;
use trueline_journal::{Contents, Migration, Problem, Tag};

use crate::ledger::LedgerTable;
use crate::settings::Settings;
use apply::Run;
use gate::Foreseen;

pub use blocked::Blocker;
pub use error::MigrateError;
pub(crate) use error::explain;
pub use gate::{Gate, Implied};
pub use lock::Holder;
pub(crate) use pooled::refuse_pooler;
pub use progress::{Record, State};
pub(crate) use refuse::{describe, warnings};
pub use settle::{Finding, Resolution, settle};
use target::{Purpose, ReadError, Target};

/// What sessions of the runner call themselves.
pub const APPLICATION: &str = "trueline db-migrate";

/// How to migrate.
#[derive(Clone, Debug)]
pub struct MigrateOptions {
    /// Change nothing, not even the ledger: [`MigrateReport::pending`] says what would be applied.
    pub dry_run: bool,
    /// How often a segment is tried that finds a lock taken or is in a concurrent transaction's way;
    /// between two attempts is a pause in which others go on.
    pub attempts: u32,
}

impl Default for MigrateOptions {
    fn default() -> Self {
        Self { dry_run: false, attempts: 10 }
    }
}

/// What was done.
#[derive(Clone, Debug, Default)]
pub struct MigrateReport {
    /// What was applied, in order, with the time it took.
    pub applied: Vec<(Tag, Duration)>,
    /// What is still to be applied: everything pending after a dry run, else nothing.
    pub pending: Vec<Pending>,
    /// Warnings and notes.
    pub notes: Vec<Problem>,
    /// The ledger's name, quoted; the one that a dry run would make, too.
    pub ledger: String,
}

/// A migration that would be applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Pending {
    /// The migration.
    pub migration: Migration,
    /// The first statement that would run, from 1; more than 1 when it was begun already.
    pub from: u32,
}

/// What happens during a run.
#[derive(Clone, Debug)]
pub enum Event<'a> {
    /// Another migrate has the lock; told again whenever that is another one.
    Waiting(&'a Holder),
    /// So many migrations are pending.
    Pending(usize),
    /// This one is being applied.
    Begins(&'a Tag),
    /// It is applied.
    Applied(&'a Tag, Duration),
    /// Its statement waits for what these sessions have locked; told again whenever they are others.
    Blocked(&'a [Blocker]),
    /// Its transaction will be tried again.
    Retry {
        /// The migration.
        tag: &'a Tag,
        /// Why it failed.
        reason: &'a str,
        /// Who was in the way, if that was seen; else sessions with open transactions, the oldest first:
        /// usually one of them was.
        others: &'a [Blocker],
        /// In how long.
        pause: Duration,
    },
    /// Something worth a line.
    Note(&'a str),
}

/// Takes events.
pub type Watch<'a> = dyn FnMut(Event<'_>) + 'a;

/// Applies what is pending, whatever the database is. The session's settings are changed and stay so; its
/// lock is given back.
pub async fn migrate(
    connection: &mut Connection,
    settings: &Settings,
    contents: &Contents,
    options: &MigrateOptions,
    watch: &mut Watch<'_>,
) -> Result<MigrateReport, MigrateError> {
    migrate_gated(connection, settings, contents, options, None, watch).await
}

/// As [`migrate`], once the database is found to be what its ledger implies; the result is compared, too.
pub async fn migrate_gated(
    connection: &mut Connection,
    settings: &Settings,
    contents: &Contents,
    options: &MigrateOptions,
    gate: Option<Gate<'_>>,
    watch: &mut Watch<'_>,
) -> Result<MigrateReport, MigrateError> {
    refuse_pooler(connection).await?;
    // Most runs have nothing to do: those take no lock that they would have to give back.
    let mut target = read(connection, settings, Purpose::Look).await?;
    pooled::refuse_disguised(connection, target.server.pid).await?;
    let result = with_target(connection, settings, contents, (options, gate), &mut target, watch).await;
    unlock(connection, &target).await;
    result
}

/// Gives the lock back: sent and not waited for, since whatever comes next in this session comes behind it.
pub(crate) async fn unlock(connection: &Connection, target: &Target) {
    if target.lock.held {
        let unlock = lock::unlock(target.lock.key);
        pipeline::Pipeline::send(vec![Box::pin(async { connection.batch_execute(&unlock).await })]).await;
    }
}

/// Reads the target with the lock held; waits for it.
pub(crate) async fn read_locked(
    connection: &Connection,
    settings: &Settings,
    watch: &mut Watch<'_>,
) -> Result<Target, MigrateError> {
    refuse_pooler(connection).await?;
    let mut target = read(connection, settings, Purpose::Apply).await?;
    if !target.lock.held {
        wait(connection, settings, &mut target, watch).await?;
    }
    Ok(target)
}

async fn with_target(
    connection: &Connection,
    settings: &Settings,
    contents: &Contents,
    (options, gate): (&MigrateOptions, Option<Gate<'_>>),
    target: &mut Target,
    watch: &mut Watch<'_>,
) -> Result<MigrateReport, MigrateError> {
    let ledger_name = |target: &Target| {
        target.ledger().map_or_else(|| LedgerTable::to_create(settings).to_string(), ToString::to_string)
    };
    let seen = std::mem::take(&mut target.rows);
    let comparison = compare(&contents.migrations, &seen);
    if comparison.pending.is_empty() {
        let refusals = refuse::refusals(target, &comparison, settings);
        if !refusals.is_empty() {
            return Err(MigrateError::Refused(refusals));
        }
        let notes = warnings(target, &comparison);
        return Ok(MigrateReport { notes, ledger: ledger_name(target), ..MigrateReport::default() });
    }
    let (missing, mut foreseen) =
        lock_and_look_up(connection, settings, (options, gate), &comparison.pending, target, watch).await?;
    let rows = if options.dry_run { seen.clone() } else { std::mem::take(&mut target.rows) };
    let comparison = compare(&contents.migrations, &rows);
    let mut refusals = refuse::refusals(target, &comparison, settings);
    if refusals.is_empty() && !comparison.pending.is_empty() {
        refusals = if let Some(missing) = missing {
            missing
        } else {
            let missing = refuse::missing_roles(connection, &comparison.pending).await;
            explain(connection, missing, "failed to look up roles").await?
        };
    }
    if !refusals.is_empty() {
        return Err(MigrateError::Refused(refusals));
    }
    let mut report = MigrateReport {
        notes: warnings(target, &comparison),
        ledger: ledger_name(target),
        ..MigrateReport::default()
    };
    if options.dry_run {
        report.pending = apply::preview(target, &comparison.pending)?;
        return Ok(report);
    }
    if comparison.pending.is_empty() {
        return Ok(report);
    }
    if let Some(problem) = read_only(target) {
        return Err(MigrateError::Unusable(problem));
    }
    let mut passed = gate::Passed::default();
    if let Some(gate) = gate {
        let is_pending = |one: &&Migration| comparison.pending.iter().any(|open| std::ptr::eq(*open, *one));
        let (pending, applied): (Vec<&Migration>, Vec<&Migration>) =
            contents.migrations.iter().partition(is_pending);
        let [pending, applied] = [pending, applied].map(|list| list.into_iter().cloned().collect::<Vec<_>>());
        passed =
            gate::before(connection, settings, target, (&applied, &pending), (gate, &mut foreseen)).await?;
        report.notes.append(&mut passed.notes);
    }
    watch(Event::Pending(comparison.pending.len()));
    let goal = gate.and_then(|_| gate::Goal::of(foreseen, settings, contents));
    let run = Run::new(connection, settings, target, options, goal.as_ref());
    let asked = run.apply(&comparison.pending, &mut report, watch).await?;
    if gate.is_some() {
        let notes = gate::after(connection, settings, target, goal.as_ref(), (asked, passed)).await?;
        report.notes.extend(notes);
    }
    Ok(report)
}

/// Takes the lock, unless this is a dry run, and reads again what may have changed before it was held. The
/// roles that are missing, and what the gate will ask for, are looked up meanwhile; not known if others were at
/// work in between.
async fn lock_and_look_up(
    connection: &Connection,
    settings: &Settings,
    (options, gate): (&MigrateOptions, Option<Gate<'_>>),
    pending: &[&Migration],
    target: &mut Target,
    watch: &mut Watch<'_>,
) -> Result<(Option<Vec<Problem>>, Foreseen), MigrateError> {
    let look_up = refuse::missing_roles(connection, pending);
    let (missing, foreseen) = if options.dry_run {
        (look_up.await, Foreseen::default())
    } else {
        let locked = read(connection, settings, Purpose::Apply);
        let foresee = gate::foresee(connection, settings, target, gate);
        let (locked, missing, foreseen) = futures_util::future::join3(locked, look_up, foresee).await;
        *target = locked?;
        (missing, foreseen)
    };
    let missing = explain(connection, missing, "failed to look up roles").await?;
    if options.dry_run || target.lock.held {
        return Ok((Some(missing), foreseen));
    }
    wait(connection, settings, target, watch).await?;
    Ok((None, foreseen.only_files()))
}

/// Waits until nobody else migrates, then reads everything again.
async fn wait(
    connection: &Connection,
    settings: &Settings,
    target: &mut Target,
    watch: &mut Watch<'_>,
) -> Result<(), MigrateError> {
    let patience = Duration::from_millis(settings.timeouts.wait_ms.into());
    let start = Instant::now();
    let (mut told, mut pause) = (None, lock::PAUSE_FIRST);
    loop {
        let holder = lock::holder(connection, target.lock.key).await;
        let holder = explain(connection, holder, "failed to see who holds the lock").await?;
        if let Some(holder) = &holder
            && told != Some(holder.pid)
        {
            watch(Event::Waiting(holder));
            told = Some(holder.pid);
        }
        if !patience.is_zero() && start.elapsed() > patience {
            return Err(MigrateError::Unusable(error::lock_timeout(holder.as_ref(), patience)));
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(lock::PAUSE_MAX);
        *target = read(connection, settings, Purpose::Apply).await?;
        if target.lock.held {
            return Ok(());
        }
    }
}

/// Reads a target; the error says why that failed.
pub(crate) async fn read(
    connection: &Connection,
    settings: &Settings,
    purpose: Purpose,
) -> Result<Target, MigrateError> {
    match target::read(connection, settings, purpose).await {
        Ok(target) => Ok(target),
        Err(ReadError::Problem(problem)) => Err(MigrateError::Refused(vec![problem])),
        Err(ReadError::Query(error)) => {
            Err(MigrateError::Unusable(error::of_query(connection, error, "failed to read the ledger").await))
        }
    }
}

fn read_only(target: &Target) -> Option<Problem> {
    let server = &target.server;
    let (why, hint) = if server.in_recovery {
        ("it is a standby", "connect to the primary")
    } else if server.read_only {
        (
            "`default_transaction_read_only` is on",
            "switch it off for this role and database, or connect as another role",
        )
    } else {
        return None;
    };
    let message = format!("database `{}` takes no writes: {why}", server.database);
    Some(Problem::error("read-only", message).hint(hint))
}
