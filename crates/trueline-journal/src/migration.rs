//! One migration: its entry in the journal and the text of its file.
//!
//! The text is cut into statements ([`script`]), statements into segments, and what a migration may
//! not hold is named ([`check`]). What a statement means is PostgreSQL's business; the one thing
//! decided here by keyword is whether it can run in a transaction ([`transaction`]).

mod check;
mod enum_value;
mod script;
pub mod transaction;

use std::path::PathBuf;

use crate::{Checksum, Entry, FileChecksums, Place, Problem};

pub use script::BREAKPOINT;

/// A journal's entry together with its file.
#[derive(Clone, Debug, PartialEq)]
pub struct Migration {
    /// Its line in the journal.
    pub entry: Entry,
    /// Its file, relative to the workspace's root.
    pub file: PathBuf,
    /// The text of the file with `\n` line ends: what is executed.
    pub text: String,
    /// Under which the ledger may know it.
    pub checksums: FileChecksums,
}

/// What the comments before the first statement declare.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// The ids of the hazards that were accepted, as in `-- trueline: allow=data-loss,rewrite`.
    pub allow: Vec<String>,
}

/// One statement of a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatement {
    /// Without the `;`, and without the comments before it.
    pub sql: String,
    /// Byte offset of `sql` in the migration's text.
    pub offset: usize,
    /// Its number in the file, from 1.
    pub number: u32,
    /// Whether it may run in a transaction; `false`: it must run outside of any.
    pub transaction: bool,
    /// Whether a directive before it begins a new transaction here.
    pub starts_segment: bool,
}

/// A run of statements in one transaction, or one statement that must run outside any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Whether the statements run in a transaction; if not, there is exactly one.
    pub transactional: bool,
    /// In the order of the file; never empty.
    pub statements: Vec<MigrationStatement>,
}

impl Migration {
    /// A migration from the bytes of its file, which are `text` but for its line ends.
    pub fn new(entry: Entry, file: PathBuf, raw: &[u8], text: String) -> Self {
        let checksums = FileChecksums::of(raw, &text);
        Self { entry, file, text, checksums }
    }

    /// What its header declares.
    pub fn header(&self) -> Header {
        script::read(&self.text).header
    }

    /// Its statements, in the order of the file.
    pub fn statements(&self) -> Vec<MigrationStatement> {
        script::read(&self.text).statements
    }

    /// Its statements as runs that share a transaction. Empty when the file holds only comments.
    pub fn segments(&self) -> Vec<Segment> {
        segments(self.statements())
    }

    /// What it may not hold: transaction control and psql commands of its own, a NUL byte, a
    /// directive that is not known. Each with its line and column.
    pub fn problems(&self) -> Vec<Problem> {
        check::check(self)
    }

    /// The line and column of a byte offset in its text.
    pub fn place(&self, offset: usize) -> Place {
        Place::of_offset(&self.file, &self.text, offset)
    }

    /// Whether this is the checksum of its text, with any line ends.
    pub fn has_hash(&self, hash: &str) -> bool {
        let is = |checksum: Checksum| hash.parse() == Ok(checksum);
        is(self.checksums.lf) || is(self.checksums.raw) || is(crate::checksum::crlf(&self.text))
    }
}

/// Joins statements into segments: as few transactions as the statements and directives allow.
fn segments(statements: Vec<MigrationStatement>) -> Vec<Segment> {
    let mut segments: Vec<Segment> = Vec::new();
    let mut added = enum_value::Added::default();
    for statement in statements {
        let together =
            statement.transaction && !statement.starts_segment && !added.may_be_used(&statement.sql);
        match segments.last_mut() {
            Some(last) if last.transactional && together => last.statements.push(statement),
            _ => {
                added = enum_value::Added::default();
                segments.push(Segment { transactional: statement.transaction, statements: vec![statement] });
            }
        }
        if let Some(statement) = segments.last().and_then(|segment| segment.statements.last()) {
            added.note(&statement.sql);
        }
    }
    segments
}

/// The checksum of all migrations together, in their order: the journal's *head*, which a snapshot
/// names to say which migrations it is the result of. It changes when any text, name or place does.
pub fn head<'a>(migrations: impl IntoIterator<Item = &'a Migration>) -> Checksum {
    let mut chain = String::new();
    for migration in migrations {
        chain.extend([migration.entry.tag.as_ref(), " ", &migration.checksums.lf.to_string(), "\n"]);
    }
    Checksum::of_bytes(chain.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_as_long_as_they_may_be() {
        let text = "create table a();\ncreate table b();\ncreate index concurrently i on a (x);\n\
                    -- trueline: no-transaction\ncall p();\ncreate table c();\n-- trueline: segment\ncreate table d();";
        let shape: Vec<_> = segments(script::read(text).statements)
            .iter()
            .map(|segment| {
                (segment.transactional, segment.statements.iter().map(|s| s.number).collect::<Vec<_>>())
            })
            .collect();
        let expected =
            [(true, vec![1, 2]), (false, vec![3]), (false, vec![4]), (true, vec![5]), (true, vec![6])];
        assert_eq!(shape, expected);
        assert_eq!(segments(script::read("-- nothing\n").statements), []);
    }

    #[test]
    fn a_new_enum_value_is_committed_before_it_is_used() {
        for (text, expected) in [
            ("alter type e add value 'x'; alter type e add value 'y'; create table t (a e);", &[3][..]),
            ("alter type e add value 'x'; create table t (a e default 'x'); select 1;", &[1, 2]),
            (
                "alter type e add value if not exists 'it''s' before 'x'; select 1; insert into t values ('it''s');",
                &[2, 1],
            ),
            (
                "alter type s.e add value 'x'; do $$ begin perform 'x'::s.e; end $$; create table u ();",
                &[1, 2],
            ),
            ("alter type e add value 'x'; alter table t alter a type e using a::e;", &[1, 1]),
            ("alter type e add value 'x'; update t set a = b::e;", &[1, 1]),
            ("alter type e add value 'x'; insert into t values ('xy'); comment on type e is 'has x';", &[3]),
            (
                "create type s.e as enum ('a'); alter type s.e add value 'x'; create table t (a e default 'x');",
                &[3],
            ),
            ("alter type e add value 'x'; vacuum; insert into t values ('x');", &[1, 1, 1]),
            (
                "alter type e add value 'x'; select 'x'; alter type f add value 'y'; select 'x', 'y';",
                &[1, 2, 1],
            ),
        ] {
            let counts: Vec<_> = segments(script::read(text).statements)
                .iter()
                .map(|segment| segment.statements.len())
                .collect();
            assert_eq!(counts, expected, "{text}");
        }
    }
}
