//! Checks on the text of migrations: findings about what a reader of text can see, never about what
//! the SQL means.
//!
//! Everything here is a note or a warning: only the shadow, a real server, declares an error in SQL.
//! [`rerun`] knows which statements can be run a second time, [`syntax`] asks squawk's parser.
//! Which files are worth checking is the caller's decision ([`crate::validate`]).

mod rerun;
pub mod syntax;

use trueline_journal::migration::Segment;
use trueline_journal::problem::printable;
use trueline_journal::{Migration, MigrationStatement, Problem};

/// What is worth saying about a migration that can still be changed.
pub fn lint(migration: &Migration) -> Vec<Problem> {
    let segments = migration.segments();
    let statements = || segments.iter().flat_map(|segment| &segment.statements);
    let once = rerun::once(statements().map(|statement| statement.sql.as_str()));
    let once: Vec<&MigrationStatement> =
        statements().zip(once).filter(|(_, once)| *once).map(|(s, _)| s).collect();
    let mut problems: Vec<_> = not_transactional(migration, &segments).into_iter().collect();
    let (inside, outside): (Vec<_>, Vec<_>) = once.into_iter().partition(|statement| statement.transaction);
    problems.extend(outside.into_iter().map(|statement| outside_transaction(migration, statement)));
    problems.extend(inside_transaction(migration, &inside));
    problems
}

/// A failure may leave half of it, and running it again then fails or skips.
fn outside_transaction(migration: &Migration, statement: &MigrationStatement) -> Problem {
    let begin = beginning(&statement.sql);
    let message =
        format!("`{begin}` cannot simply be run again if it fails: it runs outside of a transaction");
    let hint = if rerun::builds_index(&statement.sql) {
        "put `DROP INDEX CONCURRENTLY IF EXISTS` of it before the statement: a build that fails leaves an invalid \
         index, which `IF NOT EXISTS` would keep"
    } else {
        "write it so that it can be run twice: `IF EXISTS`, `IF NOT EXISTS`, `OR REPLACE`, or `DROP … IF EXISTS` \
         before it"
    };
    Problem::warning("not-idempotent", message).at(migration.place(statement.offset)).hint(hint)
}

/// One note for the file: a transaction that fails leaves nothing, so this matters only to someone
/// who runs the file by hand.
fn inside_transaction(migration: &Migration, statements: &[&MigrationStatement]) -> Option<Problem> {
    let first = statements.first()?;
    let more = match statements.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let message = format!(
        "`{}`{more} cannot simply be run again, but run in a transaction: a failure leaves nothing",
        beginning(&first.sql)
    );
    let hint = "nothing to do, unless the file is also run by hand: then use `IF EXISTS`, `IF NOT EXISTS`, `OR REPLACE`";
    Some(Problem::note("not-idempotent", message).at(migration.place(first.offset)).hint(hint))
}

fn not_transactional(migration: &Migration, segments: &[Segment]) -> Option<Problem> {
    let first = match segments {
        [] => return None,
        [only] if only.transactional => return None,
        [_, second, ..] if segments[0].transactional => second,
        [first, ..] => first,
    };
    let message = "the migration does not run in one transaction: drizzle-orm's migrator cannot apply it";
    let hint = "nothing to do, if `cargo xtask db-migrate` applies it";
    let at = migration.place(first.statements[0].offset);
    Some(Problem::note("not-transactional", message).at(at).hint(hint))
}

/// The first words of a statement, to recognise it by.
fn beginning(sql: &str) -> String {
    let words: Vec<&str> = sql.split_whitespace().take(6).collect();
    let text = printable(&words.join(" ").chars().take(60).collect::<String>());
    if text.len() < sql.len() { format!("{text} …") } else { text }
}

#[cfg(test)]
mod tests {
    use trueline_journal::{Entry, Hash, Severity};

    use super::*;

    fn found(sql: &str) -> Vec<(Severity, &'static str, u32)> {
        let entry = Entry::new(0, 1, "0000_x".parse().unwrap(), Hash::Absent);
        let migration = Migration::new(entry, "m.sql".into(), sql.as_bytes(), sql.to_owned());
        let problems = lint(&migration);
        problems.iter().map(|p| (p.severity, p.code, p.place.as_ref().unwrap().line.unwrap())).collect()
    }

    #[test]
    fn a_file_gets_one_note_and_each_statement_outside_a_warning() {
        let sql = "create table if not exists a ();\ncreate table b ();\ncreate table c ();";
        assert_eq!(found(sql), [(Severity::Note, "not-idempotent", 2)]);
        let sql = "create table b ();\ncreate index concurrently i on b (x);\nvacuum;\n\
                   create index concurrently if not exists j on b (x);";
        assert_eq!(
            found(sql),
            [
                (Severity::Note, "not-transactional", 2),
                (Severity::Warning, "not-idempotent", 2),
                (Severity::Warning, "not-idempotent", 4),
                (Severity::Note, "not-idempotent", 1),
            ]
        );
        let again = "drop index concurrently if exists i;\ncreate index concurrently i on b (x);";
        assert_eq!(found(again), [(Severity::Note, "not-transactional", 1)]);
        assert_eq!(found("-- nothing\n"), []);
    }
}
