//! A migration of several segments, or of none: one after the other, each recorded.

use std::time::Instant;

use trueline_journal::{MigrationStatement, Segment};

use super::job::Job;
use super::{ProgressTable, Run, Stop};
use crate::runner::fault::is_passing;
use crate::runner::lock;
use crate::runner::progress::{self, Key, Record, State};
use crate::runner::resume::{self, Next};
use crate::runner::script::Script;
use crate::runner::segment::{Frame, Transaction, record_only};
use crate::runner::{Event, MigrateError, MigrateReport, Watch, error};
use crate::sql::Literal;

impl Run<'_> {
    /// The transaction that a whole migration is, with its ledger row.
    pub(super) fn whole<'s>(
        &self,
        job: &Job<'_>,
        segment: &'s Segment,
        applied: &str,
        reset: bool,
    ) -> Transaction<'s> {
        let guard = self.guard(job, applied);
        // One statement for both: each more is parsed, run and answered.
        let applied_now = set_applied(job.migration.entry.tag.as_ref());
        let record = [format!("{} RETURNING {applied_now}", self.ledger.insert(job.migration))];
        Transaction::new(
            segment,
            Frame {
                tag: &job.migration.entry.tag,
                session: self.session(),
                reset,
                guard: Some(&guard),
                record: &record,
            },
        )
    }

    /// What must hold for a transaction of `job` to run.
    fn guard(&self, job: &Job<'_>, applied: &str) -> String {
        let key = self.lock().key;
        format!(
            "{} AND coalesce(pg_catalog.current_setting('trueline.applied', true), '') = {} AND NOT {}",
            if applied.is_empty() { lock::is_held(key) } else { lock::is_still_held(key) },
            Literal(applied),
            self.ledger.has(job.migration)
        )
    }

    /// What is recorded with a migration's last statement.
    fn completed(&self, job: &Job<'_>, has_progress: bool) -> Vec<String> {
        let mut record = vec![self.ledger.insert(job.migration)];
        if has_progress {
            record.push(Key::new(&self.ledger, job.migration).delete());
        }
        record
    }

    /// Applies what is left of `job`.
    pub(super) async fn steps(
        &mut self,
        job: &Job<'_>,
        report: &mut MigrateReport,
        watch: &mut Watch<'_>,
    ) -> Result<(), Stop> {
        let tag = &job.migration.entry.tag;
        let start = Instant::now();
        let ledger = self.send_ledger().await;
        self.created(ledger).await?;
        watch(Event::Begins(tag));
        self.spoiled = true;
        self.done = job.open.map_or(0, |(number, _)| number - 1);
        let mut number = match job.open {
            Some((number, Some(_))) => self.settle(job, number, watch).await?,
            Some((number, None)) => number,
            None => u32::MAX,
        };
        if job.segments.len() > 1 || job.segments.iter().any(|segment| !segment.transactional) {
            self.create_progress().await?;
        }
        let left = |number: u32| {
            job.segments.iter().filter(move |segment| segment.statements.iter().any(|s| s.number >= number))
        };
        if left(number).next().is_none() {
            self.record(job, self.completed(job, self.progress != ProgressTable::Missing), tag.as_ref())
                .await?;
        }
        while let Some(segment) = left(number).next() {
            let last = left(number).count() == 1;
            if segment.transactional {
                self.transaction(job, segment, last, watch).await?;
            } else {
                for statement in &segment.statements {
                    self.outside(job, statement, last, watch).await?;
                }
            }
            let end = segment.statements.last().map_or(number, |statement| statement.number);
            number = end + 1;
        }
        let took = start.elapsed();
        self.done = 0;
        report.applied.push((tag.clone(), took));
        watch(Event::Applied(tag, took));
        Ok(())
    }

    /// What becomes of a statement that was begun by an earlier run: the number to go on with.
    async fn settle(&mut self, job: &Job<'_>, number: u32, watch: &mut Watch<'_>) -> Result<u32, Stop> {
        let record = job.open.and_then(|(_, record)| record);
        let statement =
            job.segments.iter().flat_map(|segment| &segment.statements).find(|s| s.number == number);
        let (Some(record), Some(statement)) = (record, statement) else { return Ok(number) };
        let record = &self.when_its_session_is_gone(record).await?;
        let next = resume::decide(self.connection, statement, record).await;
        let next =
            error::explain(self.connection, next, "failed to look for what an earlier run left").await?;
        let tag = &job.migration.entry.tag;
        match next {
            Next::From(number) => {
                watch(Event::Note(&format!("`{tag}` was begun earlier and goes on with statement {number}")));
                Ok(number)
            }
            Next::Settled(number) => {
                watch(Event::Note(&format!(
                    "statement {number} of `{tag}` was sent by an earlier run, and the catalog shows that it is applied"
                )));
                let done = Key::new(&self.ledger, job.migration).finish(number, State::Done, None);
                self.record(job, vec![done], &mark(job, number)).await?;
                self.done = number;
                Ok(number + 1)
            }
            Next::Rebuild { statement, index } => {
                watch(Event::Note(&format!(
                    "statement {statement} of `{tag}` broke off in an earlier run: its index `{index}` is not valid, and is built again"
                )));
                let doing = format!("failed to drop the unfinished index `{index}`");
                self.repair(&format!("DROP INDEX CONCURRENTLY {index}"), &doing, watch).await?;
                Ok(statement)
            }
            Next::Finish { statement, sql } => {
                watch(Event::Note(&format!(
                    "statement {statement} of `{tag}` broke off half-way in an earlier run and is finished by `{sql}`"
                )));
                self.repair(&sql, &format!("failed to finish statement {statement} of `{tag}`"), watch)
                    .await?;
                let done = Key::new(&self.ledger, job.migration).finish(number, State::Done, None);
                self.record(job, vec![done], &mark(job, number)).await?;
                self.done = number;
                Ok(number + 1)
            }
            Next::Running { .. } => Err(super::outcome::running(job.migration, statement, record).into()),
            Next::Doubt { seen, .. } => {
                Err(super::outcome::doubt(job.migration, statement, record, seen).into())
            }
        }
    }

    /// What is recorded of a statement, with the session gone that sent it, if it goes soon: one that ends gives
    /// its lock back a little before it is gone.
    async fn when_its_session_is_gone(&self, record: &Record) -> Result<Record, Stop> {
        let mut record = record.clone();
        for _ in 0..50 {
            if !record.backend_lives || record.state != State::Started {
                break;
            }
            tokio::time::sleep(lock::PAUSE_FIRST * 4).await;
            let read = progress::read(self.connection, &self.ledger).await;
            let records = error::explain(self.connection, read, "failed to read `trueline.progress`").await?;
            let same = |other: &Record| other.tag == record.tag && other.statement == record.statement;
            record = records.into_iter().find(|other| same(other)).unwrap_or(record);
        }
        Ok(record)
    }

    /// Runs what an unfinished statement needs, outside of transactions.
    async fn repair(&mut self, sql: &str, doing: &str, watch: &mut Watch<'_>) -> Result<(), Stop> {
        let (connection, patient) = (self.connection, self.session().outside());
        let request = async {
            connection.batch_execute(&patient).await?;
            connection.batch_execute(sql).await
        };
        let Err(error) = self.watched(request, watch).await else { return Ok(()) };
        let passing = is_passing(error.code()).then(|| error.to_string());
        let error = MigrateError::Unusable(error::of_query(connection, error, doing).await);
        Err(Stop { error, passing })
    }

    /// One transaction among several segments.
    async fn transaction(
        &mut self,
        job: &Job<'_>,
        segment: &Segment,
        last: bool,
        watch: &mut Watch<'_>,
    ) -> Result<(), Stop> {
        let guard = self.guard(job, &self.applied);
        let key = Key::new(&self.ledger, job.migration);
        let end = segment.statements.last().map_or(0, |statement| statement.number);
        let mark = if last { job.migration.entry.tag.to_string() } else { mark(job, end) };
        let mut record = if last {
            self.completed(job, self.progress != ProgressTable::Missing)
        } else {
            vec![key.insert_done(&segment.statements)]
        };
        record.push(format!("SELECT {}", set_applied(&mark)));
        let frame = Frame {
            tag: &job.migration.entry.tag,
            session: self.session(),
            reset: true,
            guard: Some(&guard),
            record: &record,
        };
        let transaction = Transaction::new(segment, frame);
        for script in transaction.first.iter().chain([&transaction.last, &transaction.end]) {
            if let Err(fault) = self.watched(script.run(self.connection), watch).await {
                return Err(self.stopped(job, fault).await);
            }
        }
        self.applied = mark;
        self.done = end;
        Ok(())
    }

    /// One statement outside of any transaction, recorded before and after.
    async fn outside(
        &mut self,
        job: &Job<'_>,
        statement: &MigrationStatement,
        last: bool,
        watch: &mut Watch<'_>,
    ) -> Result<(), Stop> {
        let key = Key::new(&self.ledger, job.migration);
        let index = resume::index(statement);
        let patient = self.session().outside();
        let applied = self.applied.clone();
        self.record(job, vec![key.insert_started(statement, index.as_ref()), patient], &applied).await?;
        let mut script = Script::default();
        if let Err(fault) = self.watched(script.statement(statement).run(self.connection), watch).await {
            if let Some(refused) = fault.error.as_db_error() {
                let failed = key.finish(statement.number, State::Failed, Some(refused.message()));
                // If this cannot be recorded, the record says that the statement was sent: in doubt.
                let _ = self.connection.batch_execute(&failed).await;
            }
            let mut stop = self.stopped(job, fault).await;
            // What it left, an invalid index, is cleared away by the next attempt.
            stop.passing = stop.passing.filter(|_| resume::may_be_repeated(statement));
            return Err(stop);
        }
        if last {
            self.record(job, self.completed(job, true), job.migration.entry.tag.as_ref()).await?;
        } else {
            let done = key.finish(statement.number, State::Done, None);
            self.record(job, vec![done], &mark(job, statement.number)).await?;
        }
        self.done = statement.number;
        Ok(())
    }

    /// A transaction that only records; `mark` is what has been applied when it has committed.
    async fn record(&mut self, job: &Job<'_>, mut record: Vec<String>, mark: &str) -> Result<(), Stop> {
        let guard = self.guard(job, &self.applied);
        record.push(format!("SELECT {}", set_applied(mark)));
        let script = record_only(Frame {
            tag: &job.migration.entry.tag,
            session: self.session(),
            reset: true,
            guard: Some(&guard),
            record: &record,
        });
        if let Err(fault) = script.run(self.connection).await {
            return Err(self.stopped(job, fault).await);
        }
        mark.clone_into(&mut self.applied);
        Ok(())
    }

    async fn create_progress(&mut self) -> Result<(), Stop> {
        let sql = match self.progress {
            ProgressTable::Ready => return Ok(()),
            ProgressTable::Found => progress::RENEW.to_owned(),
            ProgressTable::Missing => progress::CREATE.join(";\n"),
        };
        let created = self.connection.batch_execute(&sql).await;
        error::explain(self.connection, created, "failed to create `trueline.progress`").await?;
        self.progress = ProgressTable::Ready;
        Ok(())
    }
}

/// Names what has been applied within a migration.
fn mark(job: &Job<'_>, statement: u32) -> String {
    format!("{}:{statement}", job.migration.entry.tag)
}

fn set_applied(mark: &str) -> String {
    format!("pg_catalog.set_config('trueline.applied', {}, false)", Literal(mark))
}
