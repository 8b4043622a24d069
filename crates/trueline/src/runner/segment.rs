//! One segment as messages: what opens its transaction, the statements, what records and commits.
//!
//! The last message of a transaction, which records and commits, is sent without waiting for the answer of the one
//! before it. It is harmless when that one failed: a transaction that failed takes nothing but ROLLBACK, and outside
//! a transaction its SAVEPOINT is refused. It is a message of its own so that a string that a migration leaves open
//! does not swallow it.

use trueline_journal::{Segment, Tag};

use super::patience;
use super::script::{Purpose, Script};
use super::session::Session;

/// A transaction as messages.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    /// Those before the last, if it is that large: each is sent when the one before it has succeeded.
    pub first: Vec<Script<'a>>,
    /// The last statements.
    pub last: Script<'a>,
    /// Checks, records, commits.
    pub end: Script<'a>,
}

/// What a transaction is built from besides its statements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// What `pg_stat_activity` shows of it: the migration's tag.
    pub tag: &'a Tag,
    pub session: &'a Session,
    /// Whether the session may have other settings than ours.
    pub reset: bool,
    /// A condition without which nothing is run.
    pub guard: Option<&'a str>,
    /// What is recorded in it.
    pub record: &'a [String],
}

impl<'a> Transaction<'a> {
    pub fn new(segment: &'a Segment, frame: Frame<'_>) -> Self {
        let mut script = Script::default();
        open(&mut script, frame);
        let mut first = Vec::new();
        let mut spoils = false;
        let mut long_statement = frame.session.long_statement();
        for statement in &segment.statements {
            if !script.has_room_for(&statement.sql) {
                first.push(std::mem::take(&mut script));
            }
            spoils |= !patience::keeps_settings(&statement.sql);
            if patience::sets_statement_timeout(&statement.sql) {
                // From here on the migration knows better.
                long_statement = None;
            }
            match long_statement.as_ref().filter(|_| patience::takes_long(&statement.sql)) {
                Some([before, after]) => {
                    script.ours(Purpose::Open, before).statement(statement).ours(Purpose::Open, after);
                }
                None => {
                    script.statement(statement);
                }
            }
        }
        let mut end = Script::default();
        // Is there a transaction? `BEGIN` may have been cancelled, or not been reached.
        end.ours(Purpose::Guard, "SAVEPOINT trueline_end")
            .ours(Purpose::Guard, "RELEASE SAVEPOINT trueline_end");
        end.ours(Purpose::Constraints, "SET CONSTRAINTS ALL IMMEDIATE");
        close(&mut end, frame, spoils);
        Self { first, last: script, end }
    }

    /// The bytes of all messages.
    pub fn len(&self) -> usize {
        self.first.iter().chain([&self.last, &self.end]).map(Script::len).sum()
    }
}

/// A transaction that only records; with the settings of a segment, which then last.
pub(crate) fn record_only<'a>(frame: Frame<'_>) -> Script<'a> {
    let mut script = Script::default();
    open(&mut script, frame);
    close(&mut script, frame, false);
    script
}

fn open(script: &mut Script<'_>, frame: Frame<'_>) {
    script.ours(Purpose::Open, &format!("BEGIN /* {} */", frame.tag));
    if let Some(condition) = frame.guard {
        script.ours(Purpose::Guard, &format!("SELECT 1 / CASE WHEN {condition} THEN 1 ELSE 0 END"));
    }
    if frame.reset {
        for sql in frame.session.statements() {
            script.ours(Purpose::Open, sql);
        }
    }
}

fn close(script: &mut Script<'_>, frame: Frame<'_>, spoils: bool) {
    if spoils && !frame.record.is_empty() {
        // What a migration has become, it may not be allowed to record.
        script.ours(Purpose::Record, "RESET SESSION AUTHORIZATION").ours(Purpose::Record, "RESET ROLE");
    }
    for sql in frame.record {
        script.ours(Purpose::Record, sql);
    }
    script.ours(Purpose::Commit, "COMMIT");
}
