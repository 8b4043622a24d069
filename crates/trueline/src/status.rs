//! What a database has of the migrations: applied, pending, edited, begun, and what it alone knows.
//!
//! Reads in a few round trips and changes nothing; takes no lock, so that it answers while a migrate runs.
//! How it is shown is `commands/status.rs`' matter.

use trueline_driver::Connection;
use trueline_journal::ledger::{Row, compare};
use trueline_journal::{Hash, Migration, Problem, Tag};

use crate::runner::target::{Purpose, Server};
use crate::runner::{Holder, MigrateError, Record, State, explain, lock, read, refuse_pooler, warnings};
use crate::settings::Settings;

/// What is known of one migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is in the ledger, with the text that the file has.
    Applied,
    /// It is in the ledger with another text.
    Edited,
    /// It is not in the ledger.
    Pending {
        /// Older than others that are applied: merged late.
        late: bool,
        /// Not proved yet: `db-migrate` refuses it.
        unsealed: bool,
    },
    /// It was begun: so many of its statements are applied.
    Begun {
        /// How many are applied.
        applied: u32,
        /// What the server said at the next one, if it refused it.
        error: Option<String>,
    },
    /// This statement is being run, outside of transactions.
    Running {
        /// The statement's number, from 1.
        statement: u32,
        /// When it was sent, in the server's words.
        since: String,
    },
    /// It was begun, and the outcome of this statement is not recorded; the next `db-migrate` looks in
    /// the catalog.
    InDoubt {
        /// The statement's number, from 1.
        statement: u32,
    },
}

impl Standing {
    /// In one word, stable for machines.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Edited => "edited",
            Self::Pending { .. } => "pending",
            Self::Begun { .. } => "begun",
            Self::Running { .. } => "running",
            Self::InDoubt { .. } => "in doubt",
        }
    }
}

/// One migration.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which.
    pub tag: Tag,
    /// Milliseconds since 1970; not the time of applying.
    pub when: i64,
    /// How many statements its file has.
    pub statements: usize,
    /// What is known of it.
    pub standing: Standing,
}

/// A database's state.
#[derive(Clone, Debug)]
pub struct Status {
    /// The server and the session.
    pub server: Server,
    /// The ledger's name, quoted; none when there is none.
    pub ledger: Option<String>,
    /// The journal's migrations, in its order.
    pub lines: Vec<Line>,
    /// Rows of the ledger that no migration accounts for.
    pub unknown: Vec<Row>,
    /// The migrate that is at work.
    pub at_work: Option<Holder>,
    /// Warnings and notes.
    pub notes: Vec<Problem>,
}

/// Reads the state of the database that `connection` is in.
pub async fn status(
    connection: &Connection,
    settings: &Settings,
    migrations: &[Migration],
) -> Result<Status, MigrateError> {
    refuse_pooler(connection).await?;
    let target = read(connection, settings, Purpose::Look).await?;
    let at_work = lock::at_work(connection, settings).await;
    let at_work = explain(connection, at_work, "failed to see whether a migrate is at work").await?;
    let comparison = compare(migrations, &target.rows);
    let line = |migration: &Migration| {
        let is = |other: &Migration| other.entry.tag == migration.entry.tag;
        let standing = if comparison.applied.iter().any(|matched| is(matched.migration)) {
            Standing::Applied
        } else if comparison.edited.iter().any(|matched| is(matched.migration)) {
            Standing::Edited
        } else {
            let late = comparison.late.iter().any(|late| is(late));
            open(migration, late, &target.progress)
        };
        Line {
            tag: migration.entry.tag.clone(),
            when: migration.entry.when,
            statements: migration.statements().len(),
            standing,
        }
    };
    Ok(Status {
        lines: migrations.iter().map(line).collect(),
        ledger: target.ledger().map(ToString::to_string),
        unknown: comparison.unknown.iter().map(|&row| row.clone()).collect(),
        at_work,
        notes: warnings(&target, &comparison),
        server: target.server,
    })
}

/// The standing of a migration that is not in the ledger.
fn open(migration: &Migration, late: bool, progress: &[Record]) -> Standing {
    let tag = migration.entry.tag.as_ref();
    let records: Vec<_> = progress.iter().filter(|record| record.tag == tag).collect();
    if let Some(sent) = records.iter().find(|record| record.state == State::Started) {
        if sent.backend_lives {
            return Standing::Running { statement: sent.statement, since: sent.started_at.clone() };
        }
        return Standing::InDoubt { statement: sent.statement };
    }
    if records.is_empty() {
        return Standing::Pending { late, unsealed: migration.entry.hash == Hash::Unsealed };
    }
    let done = records.iter().filter(|record| record.state == State::Done).count();
    let error = records.iter().find_map(|record| record.error.clone());
    Standing::Begun { applied: u32::try_from(done).unwrap_or(u32::MAX), error }
}
