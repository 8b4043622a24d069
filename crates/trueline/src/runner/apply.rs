//! Applying: which migrations share a round trip, and what happens when one fails.
//!
//! Migrations of one transaction are sent in windows, without waiting for each other's answers. That is
//! safe because each begins by checking that this session has the lock, that the one before it was applied
//! (a setting made in its transaction, gone if that was rolled back) and that it is not applied itself.
//! Others go statement by statement ([`super::apply::steps`]).

mod job;
mod outcome;
mod steps;

use std::hash::{BuildHasher, RandomState};
use std::time::{Duration, Instant};

use futures_util::future::LocalBoxFuture;
use tokio_postgres::Error;
use trueline_driver::Connection;
use trueline_journal::Migration;

use super::blocked::{Blocker, open_transactions, watched};
use super::gate::{Asked, Goal};
use super::patience::keeps_settings;
use super::pipeline::Pipeline;
use super::progress;
use super::script::Fault;
use super::segment::Transaction;
use super::session::Session;
use super::target::{Lock, Target};
use super::{Event, MigrateError, MigrateOptions, MigrateReport, Pending, Watch, error, explain};
use crate::ledger::{LedgerTable, Shape};
use crate::settings::{Settings, Timeouts};
use job::Job;

/// As many migrations, and as many bytes, are sent before the first answer is waited for.
const WINDOW: usize = 64;
const WINDOW_BYTES: usize = 256 << 10;
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(10);

/// What is known of `trueline.progress`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ProgressTable {
    Missing,
    /// It is there, and may be an older version's.
    Found,
    /// It is as this version makes it.
    Ready,
}

/// One run over the pending migrations.
pub(super) struct Run<'r> {
    connection: &'r Connection,
    target: &'r Target,
    settings: &'r Settings,
    ledger: LedgerTable,
    create_ledger: bool,
    /// What is compared when all is applied.
    goal: Option<&'r Goal>,
    /// The catalog for that, once it is asked for.
    asked: Option<Asked<'r>>,
    progress: ProgressTable,
    attempts: u32,
    /// What the last committed transaction of this run has set `trueline.applied` to.
    applied: String,
    /// How many statements of the migration at hand are applied and recorded.
    done: u32,
    /// Whether the session may have other settings than ours.
    spoiled: bool,
    /// Who was in the way of the last statement that waited.
    blockers: Vec<Blocker>,
}

/// What would be run.
pub(super) fn preview(target: &Target, pending: &[&Migration]) -> Result<Vec<Pending>, MigrateError> {
    let of = |migration: &&Migration| {
        let job = Job::new(migration, &target.progress)?;
        Ok(Pending { migration: (*migration).clone(), from: job.open.map_or(1, |(number, _)| number) })
    };
    pending.iter().map(of).collect()
}

impl<'r> Run<'r> {
    pub fn new(
        connection: &'r Connection,
        settings: &'r Settings,
        target: &'r Target,
        options: &MigrateOptions,
        goal: Option<&'r Goal>,
    ) -> Self {
        let ledger = target.ledger().cloned();
        Self {
            connection,
            target,
            settings,
            goal,
            asked: None,
            create_ledger: ledger.is_none(),
            ledger: ledger
                .unwrap_or_else(|| LedgerTable { shape: Shape::V0, ..LedgerTable::to_create(settings) }),
            progress: if target.has_progress { ProgressTable::Found } else { ProgressTable::Missing },
            attempts: options.attempts.max(1),
            applied: String::new(),
            done: 0,
            spoiled: false,
            blockers: Vec::new(),
        }
    }

    /// Applies all of `pending`, in order; gives the catalog that was asked for behind the last one, if it could be.
    pub async fn apply(
        mut self,
        pending: &[&Migration],
        report: &mut MigrateReport,
        watch: &mut Watch<'_>,
    ) -> Result<Option<Asked<'r>>, MigrateError> {
        let progress = &self.target.progress;
        let jobs: Vec<Job<'_>> =
            pending.iter().map(|migration| Job::new(migration, progress)).collect::<Result<_, _>>()?;
        let mut rest = jobs.as_slice();
        let mut tried = 0;
        while let Some(first) = rest.first() {
            let before = (report.applied.len(), self.applied.clone());
            self.asked = None;
            let result = match first.single() {
                Some(_) => self.window(rest, report, watch).await,
                None if tried == 0 => self.steps(first, report, watch).await,
                None => self.steps_again(first.migration, report, watch).await,
            };
            rest = &rest[report.applied.len() - before.0..];
            let Err(stop) = result else {
                tried = 0;
                continue;
            };
            // Each segment has its own attempts.
            tried = if self.applied == before.1 { tried + 1 } else { 1 };
            let Some(reason) = stop.passing.filter(|_| tried < self.attempts) else {
                return Err(Self::concluded(stop.error, report, pending));
            };
            let migration = rest.first().map_or(first.migration, |job| job.migration);
            self.pause(migration, &reason, tried, watch).await?;
        }
        Ok(self.asked)
    }

    /// Creates the ledger where there is none: sent, and to be waited for before anything else counts. Without it no
    /// migration runs: each asks the ledger first.
    async fn send_ledger(&mut self) -> Option<Pipeline<'r, Result<(), Error>>> {
        if !std::mem::take(&mut self.create_ledger) {
            return None;
        }
        let (connection, sql) = (self.connection, self.ledger.create().join(";\n"));
        Some(Pipeline::send(vec![Box::pin(async move { connection.batch_execute(&sql).await })]).await)
    }

    /// Waits for the ledger.
    async fn created(&mut self, ledger: Option<Pipeline<'r, Result<(), Error>>>) -> Result<(), MigrateError> {
        let Some(mut ledger) = ledger else { return Ok(()) };
        let Some(Err(error)) = ledger.next().await else { return Ok(()) };
        let doing = format!("failed to create the ledger `{}`", self.ledger);
        let problem = error::of_query(self.connection, error, &doing).await;
        // Of what was sent behind it, a transaction that failed may still be open.
        let _ = self.connection.batch_execute("ROLLBACK").await;
        Err(MigrateError::Unusable(problem))
    }

    /// Another attempt: what those before it have applied is recorded, and never run again.
    async fn steps_again(
        &mut self,
        migration: &Migration,
        report: &mut MigrateReport,
        watch: &mut Watch<'_>,
    ) -> Result<(), Stop> {
        let mut records = Vec::new();
        if self.progress != ProgressTable::Missing {
            let read = progress::read(self.connection, &self.ledger).await;
            records = explain(self.connection, read, "failed to read `trueline.progress`").await?;
        }
        self.steps(&Job::new(migration, &records)?, report, watch).await
    }

    /// Applies as many of `jobs` as go into one window, all of one transaction.
    async fn window(
        &mut self,
        jobs: &[Job<'_>],
        report: &mut MigrateReport,
        watch: &mut Watch<'_>,
    ) -> Result<(), Stop> {
        let mut bytes = 0;
        let mut window: Vec<(&Job<'_>, Transaction<'_>)> = Vec::new();
        let mut applied = self.applied.clone();
        let mut spoiled = std::mem::replace(&mut self.spoiled, true);
        for job in jobs.iter().take(WINDOW) {
            let Some(segment) = job.single() else { break };
            let transaction = self.whole(job, segment, &applied, spoiled);
            let large = !transaction.first.is_empty();
            if !window.is_empty() && (large || bytes + transaction.len() > WINDOW_BYTES) {
                break;
            }
            bytes += transaction.len();
            applied = job.migration.entry.tag.to_string();
            spoiled = !segment.statements.iter().all(|statement| keeps_settings(&statement.sql));
            window.push((job, transaction));
            if large {
                break;
            }
        }
        let mut start = Instant::now();
        let mut ledger = self.send_ledger().await;
        if window.iter().any(|(_, transaction)| !transaction.first.is_empty()) {
            self.created(ledger.take()).await?;
        }
        let mut requests: Vec<LocalBoxFuture<'_, Result<(), Fault<'_>>>> = Vec::new();
        for (job, transaction) in &window {
            if !transaction.first.is_empty() {
                watch(Event::Begins(&job.migration.entry.tag));
            }
            for script in &transaction.first {
                if let Err(fault) = self.watched(script.run(self.connection), watch).await {
                    return Err(self.stopped(job, fault).await);
                }
            }
            requests.push(Box::pin(transaction.last.run(self.connection)));
            requests.push(Box::pin(transaction.end.run(self.connection)));
        }
        let mut answers = Pipeline::send(requests).await;
        if let Some(goal) = self.goal.filter(|_| window.len() == jobs.len()) {
            // Should one of them fail, this finds what it finds, and nobody looks at it.
            self.asked = Some(goal.ask(self.connection, self.settings, self.target.server.major).await);
        }
        self.created(ledger).await?;
        for (job, _) in &window {
            let tag = &job.migration.entry.tag;
            watch(Event::Begins(tag));
            for _ in 0..2 {
                if let Some(Err(fault)) = self.watched(answers.next(), watch).await {
                    drop(answers);
                    return Err(self.stopped(job, fault).await);
                }
            }
            let took = start.elapsed();
            start = Instant::now();
            tag.as_ref().clone_into(&mut self.applied);
            report.applied.push((tag.clone(), took));
            watch(Event::Applied(tag, took));
        }
        self.spoiled = spoiled;
        Ok(())
    }

    /// Waits before the next attempt, in growing and uneven steps.
    async fn pause(
        &mut self,
        migration: &Migration,
        reason: &str,
        tried: u32,
        watch: &mut Watch<'_>,
    ) -> Result<(), MigrateError> {
        let longest = PAUSE_FIRST.saturating_mul(1 << tried.min(10)).min(PAUSE_MAX);
        // Between half of it and all of it: two runs that collided do not do so again.
        let share = u32::try_from(RandomState::new().hash_one(tried) % 512).unwrap_or(0);
        let pause = longest / 2 + longest / 1024 * share;
        let mut others = std::mem::take(&mut self.blockers);
        if others.is_empty() {
            let open = open_transactions(self.connection).await;
            others = explain(self.connection, open, "failed to see who is in the way").await?;
        }
        watch(Event::Retry { tag: &migration.entry.tag, reason, others: &others, pause });
        tokio::time::sleep(pause).await;
        Ok(())
    }

    /// Waits for an answer and tells who is in its way.
    async fn watched<T>(&mut self, request: impl Future<Output = T>, watch: &mut Watch<'_>) -> T {
        let Timeouts { lock_ms, long_lock_ms, .. } = self.session().timeouts();
        let shortest_ms = [lock_ms, long_lock_ms].into_iter().filter(|time_ms| *time_ms > 0).min();
        let pid = self.target.server.pid;
        watched(self.connection, pid, shortest_ms, request, &mut self.blockers, watch).await
    }

    fn lock(&self) -> Lock {
        self.target.lock
    }

    fn session(&self) -> &Session {
        &self.target.session
    }
}

/// Why a window or a migration stopped.
#[derive(Debug)]
struct Stop {
    error: MigrateError,
    /// Set when another attempt may succeed: the reason in words.
    passing: Option<String>,
}

impl From<MigrateError> for Stop {
    fn from(error: MigrateError) -> Self {
        Self { error, passing: None }
    }
}
