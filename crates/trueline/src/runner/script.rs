//! Statements sent as one message, and which of them failed.
//!
//! One message is one round trip, and PostgreSQL runs nothing of a message that it cannot parse
//! and nothing after a statement that failed (manual, "Simple Query"). Each statement answers with
//! one `CommandComplete`, so that counting the answers names the one that failed; where the server gives a
//! position, that does. Knows nothing of ledgers: [`super::segment`] puts transactions together.

use std::ops::Range;
use std::pin::pin;

use futures_util::TryStreamExt;
use tokio_postgres::error::ErrorPosition;
use tokio_postgres::{Client, Error, SimpleQueryMessage};
use trueline_journal::MigrationStatement;

/// As many bytes as go into one message: the server keeps the parse trees of all of it.
const BYTES_MAX: usize = 1 << 20;

/// One message.
#[derive(Debug, Default)]
pub(crate) struct Script<'a> {
    text: String,
    /// Every statement's bytes in `text`.
    parts: Vec<(Range<usize>, Part<'a>)>,
}

/// Where a statement of a message comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part<'a> {
    /// We wrote it, for this purpose.
    Ours(Purpose),
    /// It is the migration's.
    Migration(&'a MigrationStatement),
}

/// What a statement of ours is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// `BEGIN`, session settings.
    Open,
    /// What must hold for the migration to run.
    Guard,
    /// What would be checked at the end is checked now.
    Constraints,
    /// The ledger, the progress.
    Record,
    /// `COMMIT`.
    Commit,
}

/// Why a message failed, and at which of its statements.
#[derive(Debug)]
pub(crate) struct Fault<'a> {
    /// The statement that failed; none when the message could not be sent or answered.
    pub part: Option<Part<'a>>,
    /// Bytes from the statement's start to where the server points.
    pub position: Option<usize>,
    pub error: Error,
}

impl<'a> Script<'a> {
    /// Adds a statement of ours.
    pub fn ours(&mut self, purpose: Purpose, sql: &str) -> &mut Self {
        self.push(sql, Part::Ours(purpose))
    }

    /// Adds a statement of a migration.
    pub fn statement(&mut self, statement: &'a MigrationStatement) -> &mut Self {
        self.push(&statement.sql, Part::Migration(statement))
    }

    /// Whether this statement should go into it, and not into a message of its own.
    pub fn has_room_for(&self, sql: &str) -> bool {
        self.text.len() + sql.len() <= BYTES_MAX || self.parts.is_empty()
    }

    /// The size of the message in bytes.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    fn push(&mut self, sql: &str, part: Part<'a>) -> &mut Self {
        let start = self.text.len();
        self.text.push_str(sql);
        self.parts.push((start..self.text.len(), part));
        self.text.push_str(";\n");
        self
    }

    /// Sends it; the first poll does.
    pub async fn run(&self, client: &Client) -> Result<(), Fault<'a>> {
        let mut done = 0;
        let result = async {
            let mut answers = pin!(client.simple_query_raw(&self.text).await?);
            while let Some(answer) = answers.try_next().await? {
                done += usize::from(matches!(answer, SimpleQueryMessage::CommandComplete(_)));
            }
            Ok(())
        };
        let result = result.await;
        result.map_err(|error| self.fault(error, done))
    }

    fn fault(&self, error: Error, done: usize) -> Fault<'a> {
        if error.as_db_error().is_none() {
            return Fault { part: None, position: None, error };
        }
        let pointed = self.pointed(&error);
        let counted = || self.parts.get(done.min(self.parts.len().saturating_sub(1))).map(|(_, part)| *part);
        let part = pointed.map_or_else(counted, |(part, _)| Some(part));
        Fault { part, position: pointed.map(|(_, position)| position), error }
    }

    /// The statement and the byte in it that the server points at.
    fn pointed(&self, error: &Error) -> Option<(Part<'a>, usize)> {
        let byte = position(&self.text, error)?;
        // The end of a statement too: "syntax error at end of input" points behind it.
        let (range, part) = self.parts.iter().rev().find(|(range, _)| range.start <= byte)?;
        Some((*part, byte.min(range.end) - range.start))
    }
}

/// The byte of `text`, a whole message, that the server points at; it counts characters, from 1.
pub(crate) fn position(text: &str, error: &Error) -> Option<usize> {
    let Some(ErrorPosition::Original(position)) = error.as_db_error()?.position() else { return None };
    let before = usize::try_from(*position).ok()?.checked_sub(1)?;
    Some(text.char_indices().nth(before).map_or(text.len(), |(byte, _)| byte))
}
