//! What a migration may not hold, said before anything is sent to a server.

use super::Migration;
use super::script::{self, FaultKind};
use super::transaction::{Forbidden, forbidden};
use crate::problem::{Problem, printable};

pub(super) fn check(migration: &Migration) -> Vec<Problem> {
    let mut problems = Vec::new();
    if let Some(offset) = migration.text.find('\0') {
        let message = "the file holds a NUL byte, which PostgreSQL takes in no text";
        let hint = "save it as UTF-8 without NUL bytes (UTF-16 has them)";
        problems.push(Problem::error("migration-nul", message).at(migration.place(offset)).hint(hint));
        return problems;
    }
    let script = script::read(&migration.text);
    for fault in &script.faults {
        problems.push(describe(&fault.kind).at(migration.place(fault.offset)));
    }
    for statement in &script.statements {
        let Some(reason) = forbidden(&statement.sql) else { continue };
        let begin = statement.sql.lines().next().unwrap_or_default();
        let begin = printable(&begin.chars().take(40).collect::<String>());
        let problem = match reason {
            Forbidden::TransactionControl => Problem::error(
                "migration-transaction",
                format!("`{begin}` controls a transaction of its own"),
            )
            .hint(
                "remove it: each migration runs in one transaction; `-- trueline: segment` before a statement \
                 begins a new one, `-- trueline: no-transaction` runs a statement outside",
            ),
            Forbidden::MetaCommand => {
                Problem::error("migration-meta-command", format!("`{begin}` is a command of psql, not SQL"))
                    .hint("remove it, or write what it does as SQL")
            }
            Forbidden::ClientCopy => {
                Problem::error("migration-copy", format!("`{begin}` copies from or to a client"))
                    .hint("write the rows as `INSERT` (`pg_dump --inserts`), or load them outside of migrations")
            }
        };
        problems.push(problem.at(migration.place(statement.offset)));
    }
    problems
}

fn describe(kind: &FaultKind) -> Problem {
    match kind {
        FaultKind::Unknown(text) => {
            let message = format!("directive `trueline: {}` is not known", printable(text));
            Problem::error("directive-unknown", message)
                .hint("`allow=HAZARD,…` (in the header), `no-transaction` and `segment` are")
        }
        FaultKind::Misplaced => Problem::error(
            "directive-misplaced",
            "a directive stands inside a statement or after the last one",
        )
        .hint("put it on a line of its own before the statement it is about"),
        FaultKind::AllowNotInHeader => {
            Problem::error("directive-misplaced", "`allow` stands after the first statement")
                .hint("put it before the first statement: it is about the whole migration")
        }
        FaultKind::TextAfterBreakpoint => {
            let message =
                "text after `--> statement-breakpoint` is a comment to PostgreSQL, but drizzle runs it";
            Problem::error("breakpoint-text", message).hint("put it on the next line")
        }
    }
}
