//! Running statements in one transaction: all at once where the guessed order is right, else one by
//! one, again and again, until no statement that failed succeeds any more.
//!
//! Never commits; what went wrong is explained in [`super::explain`].

use futures_util::future;
use tokio_postgres::Client;

use super::item::{Items, Work};
use super::lift::lift;
use super::order::Order;
use super::settings;
use super::step::Step;

/// Statements sent at once under one savepoint.
const GROUP: usize = 64;
/// Bytes of SQL sent at once on the fast path; bounds the server's memory for parse trees.
const BATCH_BYTES: usize = 1 << 20;

/// A step that failed for good.
#[derive(Debug)]
pub(super) struct Failure {
    pub step: Step,
    pub error: tokio_postgres::Error,
}

/// Why loading stopped.
#[derive(Debug)]
pub(super) enum Stopped {
    /// The server refused statements; all of them.
    Refused(Vec<Failure>),
    /// The connection failed, or a statement that is ours did.
    Broken(tokio_postgres::Error),
}

impl From<tokio_postgres::Error> for Stopped {
    fn from(error: tokio_postgres::Error) -> Self {
        Self::Broken(error)
    }
}

/// The connection in a transaction, and the file's settings that it has at the moment.
pub(super) struct Runner<'a> {
    client: &'a Client,
    items: &'a Items<'a>,
    search_path: &'a str,
    environment: usize,
}

impl<'a> Runner<'a> {
    pub fn new(client: &'a Client, items: &'a Items<'a>, search_path: &'a str) -> Self {
        Self { client, items, search_path, environment: 0 }
    }

    /// Begins a transaction with the pinned settings.
    pub async fn begin(&mut self) -> Result<(), tokio_postgres::Error> {
        self.environment = 0;
        self.client.batch_execute(&format!("BEGIN;\n{}", settings::pins(self.search_path))).await
    }

    /// Runs all steps in the order given; the first error ends it.
    pub async fn all_at_once(&mut self, steps: &[Step]) -> Result<(), tokio_postgres::Error> {
        let mut sql = String::new();
        for step in steps {
            self.switch(self.items.all[step.item].environment, &mut sql);
            sql.push_str(self.sql(step));
            sql.push_str(";\n");
            if sql.len() > BATCH_BYTES {
                self.client.batch_execute(&sql).await?;
                sql.clear();
            }
        }
        self.switch(0, &mut sql);
        self.client.batch_execute(&sql).await
    }

    /// Runs all steps in whatever order works.
    pub async fn as_they_load(&mut self, order: &Order, mut steps: Vec<Step>) -> Result<(), Stopped> {
        self.client.batch_execute("SAVEPOINT trueline_load").await?;
        let mut failures = self.round(&steps).await?;
        loop {
            let failed = failures.len();
            let mut next: Vec<_> = failures.drain(..).map(|failure| failure.step).collect();
            if next.is_empty() {
                break;
            }
            failures = self.round(&next).await?;
            if failures.len() < failed {
                continue;
            }
            next = self.lift_failed(order, &failures);
            if next.is_empty() {
                return Err(Stopped::Refused(failures));
            }
            steps = next;
            failures = self.round(&steps).await?;
        }
        let mut sql = "RELEASE SAVEPOINT trueline_load;\n".to_owned();
        self.switch(0, &mut sql);
        Ok(self.client.batch_execute(&sql).await?)
    }

    /// The failed steps again, with the foreign keys of tables taken out and put at the end; empty
    /// when there is none to take out.
    fn lift_failed(&self, order: &Order, failures: &[Failure]) -> Vec<Step> {
        let mut creates = Vec::new();
        let mut alters = Vec::new();
        for Failure { step, .. } in failures {
            let lifted = step.text.is_none().then(|| lifted(self.items, step.item)).flatten();
            match lifted {
                Some((create, alter)) => {
                    creates.push(create);
                    alters.push(alter);
                }
                None => creates.push(step.clone()),
            }
        }
        if alters.is_empty() {
            return Vec::new();
        }
        debug_assert!(creates.iter().all(|step| step.item < order.tiers.len()));
        creates.extend(alters);
        creates
    }

    /// Runs each step once; returns those that failed.
    async fn round(&mut self, steps: &[Step]) -> Result<Vec<Failure>, Stopped> {
        let mut failures = Vec::new();
        let environment = |step: &Step| self.items.all[step.item].environment;
        let runs: Vec<_> = steps.chunk_by(|one, next| environment(one) == environment(next)).collect();
        for group in runs.into_iter().flat_map(|run| run.chunks(GROUP)) {
            self.enter(self.items.all[group[0].item].environment, &mut failures).await?;
            if group.len() > 1 && self.attempt(&self.joined(group)).await?.is_none() {
                continue;
            }
            for step in group {
                if let Some(error) = self.attempt(self.sql(step)).await? {
                    failures.push(Failure { step: step.clone(), error });
                }
            }
        }
        Ok(failures)
    }

    fn joined(&self, group: &[Step]) -> String {
        group.iter().flat_map(|step| [self.sql(step), ";\n"]).collect()
    }

    /// Runs `sql` under a savepoint; the server's error, if it has one, undoes it.
    async fn attempt(&self, sql: &str) -> Result<Option<tokio_postgres::Error>, Stopped> {
        // Two messages, because a syntax error anywhere in a message keeps all of it from running;
        // sent together, so that the savepoint costs no round trip.
        let savepoint = self.client.batch_execute("RELEASE SAVEPOINT trueline_load; SAVEPOINT trueline_load");
        match future::join(savepoint, self.client.batch_execute(sql)).await {
            (Ok(()), Ok(())) => Ok(None),
            (Ok(()), Err(error)) if error.as_db_error().is_some() => {
                self.client.batch_execute("ROLLBACK TO SAVEPOINT trueline_load").await?;
                Ok(Some(error))
            }
            (Err(error), _) | (Ok(()), Err(error)) => Err(Stopped::Broken(error)),
        }
    }

    /// Makes the settings of `environment`, each for itself, so that one that fails has a place.
    async fn enter(&mut self, environment: usize, failures: &mut Vec<Failure>) -> Result<(), Stopped> {
        if self.environment == environment {
            return Ok(());
        }
        let leave = self.items.environments[self.environment].leave(self.search_path);
        self.client.batch_execute(&leave).await?;
        self.environment = environment;
        for set in self.items.environments[environment].enter() {
            if let Some(error) = self.attempt(&set.sql).await?
                && failures.iter().all(|failure| failure.step.item != set.item)
            {
                failures.push(Failure { step: Step { item: set.item, text: None }, error });
            }
        }
        // What an error undoes must not be the settings.
        Ok(self.client.batch_execute("RELEASE SAVEPOINT trueline_load; SAVEPOINT trueline_load").await?)
    }

    /// Adds to `sql` what leads to `environment`.
    fn switch(&mut self, environment: usize, sql: &mut String) {
        let (from, to) = (&self.items.environments[self.environment], &self.items.environments[environment]);
        if from.enter() != to.enter() {
            sql.push_str(&from.leave(self.search_path));
            for set in to.enter() {
                sql.push_str(&set.sql);
                sql.push_str(";\n");
            }
        }
        self.environment = environment;
    }

    fn sql<'s>(&'s self, step: &'s Step) -> &'s str {
        step.text.as_ref().map_or(self.items.all[step.item].statement.sql, |text| &text.sql)
    }
}

/// The steps of `order`.
pub(super) fn steps(items: &Items<'_>, order: &Order) -> Vec<Step> {
    let end_of_tables = order.end_of_tables();
    let mut steps = Vec::with_capacity(order.run.len());
    let mut alters = Vec::new();
    for (at, &item) in order.run.iter().enumerate() {
        match order.lift.contains(&item).then(|| lifted(items, item)).flatten() {
            Some((create, alter)) => {
                steps.push(create);
                alters.push(alter);
            }
            None => steps.push(Step { item, text: None }),
        }
        if at + 1 == end_of_tables {
            steps.append(&mut alters);
        }
    }
    steps.append(&mut alters);
    steps
}

fn lifted(items: &Items<'_>, item: usize) -> Option<(Step, Step)> {
    let found = &items.all[item];
    if !matches!(found.work, Work::Run) || !found.tokens.first()?.is_word("create") {
        return None;
    }
    let lifted = lift(found.statement.sql, &found.tokens, found.statement.offset)?;
    Some((Step { item, text: Some(lifted.create) }, Step { item, text: Some(lifted.alter) }))
}
