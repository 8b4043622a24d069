//! One segment as messages: what opens its transaction, the statements, what records and commits.
//!
//! The second message of a transaction, which records and commits, is sent without waiting for the
//! first one's answer. It is harmless when the first one failed: a transaction that failed takes nothing
//! but ROLLBACK, and outside a transaction its SAVEPOINT is refused.

use trueline_journal::{Segment, Tag};

use super::patience;
use super::script::{Purpose, Script};
use super::session::Session;

/// A transaction as messages.
#[derive(Debug)]
pub(crate) struct Transaction<'a> {
    /// The first one opens it, all hold statements. Only where there is one may it be sent together
    /// with `end`.
    pub work: Vec<Script<'a>>,
    /// Checks, records, commits.
    pub end: Script<'a>,
}

/// What a transaction is built from besides its statements.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Frame<'a> {
    /// What `pg_stat_activity` shows of it: the migration's tag.
    pub tag: &'a Tag,
    pub session: &'a Session,
    /// A condition without which nothing is run.
    pub guard: Option<&'a str>,
    /// What is recorded in it.
    pub record: &'a [String],
}

impl<'a> Transaction<'a> {
    pub fn new(segment: &'a Segment, frame: Frame<'_>) -> Self {
        let mut script = Script::default();
        open(&mut script, frame);
        let mut work = Vec::new();
        let mut long_statement = frame.session.long_statement();
        for statement in &segment.statements {
            if script.is_full() {
                work.push(std::mem::take(&mut script));
            }
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
        work.push(script);
        let mut end = Script::default();
        // Is there a transaction? `BEGIN` may have been cancelled, or not been reached.
        end.ours(Purpose::Guard, "SAVEPOINT trueline_end")
            .ours(Purpose::Guard, "RELEASE SAVEPOINT trueline_end");
        end.ours(Purpose::Constraints, "SET CONSTRAINTS ALL IMMEDIATE");
        close(&mut end, frame);
        Self { work, end }
    }

    /// The bytes of all messages.
    pub fn len(&self) -> usize {
        self.work.iter().chain([&self.end]).map(Script::len).sum()
    }
}

/// A transaction that only records; with the settings of a segment, which then last.
pub(crate) fn record_only<'a>(frame: Frame<'_>) -> Script<'a> {
    let mut script = Script::default();
    open(&mut script, frame);
    close(&mut script, frame);
    script
}

fn open(script: &mut Script<'_>, frame: Frame<'_>) {
    script.ours(Purpose::Open, &format!("BEGIN /* {} */", frame.tag));
    if let Some(condition) = frame.guard {
        script.ours(Purpose::Guard, &format!("SELECT 1 / CASE WHEN {condition} THEN 1 ELSE 0 END"));
    }
    for sql in frame.session.statements() {
        script.ours(Purpose::Open, sql);
    }
}

fn close(script: &mut Script<'_>, frame: Frame<'_>) {
    if !frame.record.is_empty() {
        // What a migration has become, it may not be allowed to record.
        script.ours(Purpose::Record, "RESET SESSION AUTHORIZATION").ours(Purpose::Record, "RESET ROLE");
    }
    for sql in frame.record {
        script.ours(Purpose::Record, sql);
    }
    script.ours(Purpose::Commit, "COMMIT");
}
