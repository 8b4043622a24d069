//! Foreign keys written inside `CREATE TABLE`, said again as `ALTER TABLE` when the tables that
//! reference each other are all there.
//!
//! PostgreSQL itself adds inline foreign keys with `ALTER TABLE` after it has made the table
//! (`transformFKConstraints` in `parse_utilcmd.c`), in the order written; so their names come out
//! the same.

use std::ops::Range;

use trueline_journal::statement::SqlToken;

use super::head::{Dotted, name_at};
use super::step::Text;

/// A `CREATE TABLE` without its foreign keys, and the `ALTER TABLE` that adds them.
#[derive(Debug)]
pub(super) struct Lifted {
    pub create: Text,
    pub alter: Text,
}

/// Takes the foreign keys out of the `CREATE TABLE` whose text and tokens are given and which
/// begins at byte `offset` of its file; `None` when it has none.
pub(super) fn lift(sql: &str, tokens: &[SqlToken<'_>], offset: usize) -> Option<Lifted> {
    let (name, clauses) = clauses(tokens)?;
    let span = |range: &Range<usize>| tokens[range.start].offset..tokens[range.end - 1].end;
    let mut create = sql.as_bytes().to_vec();
    let mut alter = alter_table(sql, tokens, offset, &name);
    for (at, clause) in clauses.iter().enumerate() {
        alter.push(if at == 0 { " ADD " } else { ", ADD " });
        add(&mut alter, clause, sql, tokens, offset);
        for byte in &mut create[span(&clause.removed)] {
            // Line ends stay, so that places do; a character of several bytes becomes several blanks.
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    Some(Lifted { create: Text::same_length(String::from_utf8(create).ok()?, offset), alter })
}

/// The table's name and its foreign keys; none when there is no foreign key.
fn clauses<'t>(tokens: &'t [SqlToken<'_>]) -> Option<(Dotted<'t>, Vec<Clause>)> {
    let table = tokens.iter().position(|token| token.is_word("table"))?;
    let guard = tokens.get(table + 1).is_some_and(|token| token.is_word("if"));
    let name = name_at(tokens, table + if guard { 4 } else { 1 })?;
    let open = (name.end..tokens.len()).find(|&at| tokens[at].is_symbol("("))?;
    let mut clauses = Vec::new();
    let mut is_leading = true;
    for element in elements(tokens, open) {
        is_leading &= foreign_keys(tokens, element, is_leading, &mut clauses);
    }
    if clauses.is_empty() { None } else { Some((name, clauses)) }
}

fn alter_table(sql: &str, tokens: &[SqlToken<'_>], offset: usize, name: &Dotted<'_>) -> Text {
    let mut alter = Text::default();
    alter.push("ALTER TABLE ");
    alter.quote(sql, tokens[name.first].offset..tokens[name.end - 1].end, offset);
    alter
}

/// What follows ADD.
fn add(alter: &mut Text, clause: &Clause, sql: &str, tokens: &[SqlToken<'_>], offset: usize) {
    let span = |range: &Range<usize>| tokens[range.start].offset..tokens[range.end - 1].end;
    if let Some(constraint) = &clause.constraint {
        alter.quote(sql, span(constraint), offset);
        alter.push(" ");
    }
    if let Some(column) = clause.column {
        alter.push("FOREIGN KEY (");
        alter.quote(sql, tokens[column].offset..tokens[column].end, offset);
        alter.push(") ");
    }
    alter.quote(sql, span(&clause.body), offset);
}

/// Each foreign key of a `CREATE TABLE` for itself: the table that it references, without its schema, and the
/// `ALTER TABLE` that adds it.
pub(super) fn references(sql: &str, tokens: &[SqlToken<'_>], offset: usize) -> Vec<(String, Text)> {
    let Some((name, clauses)) = clauses(tokens) else { return Vec::new() };
    let one = |clause: &Clause| {
        let referenced = clause.body.clone().find(|&at| tokens[at].is_word("references"))? + 1;
        let mut alter = alter_table(sql, tokens, offset, &name);
        alter.push(" ADD ");
        add(&mut alter, clause, sql, tokens, offset);
        Some((name_at(tokens, referenced)?.name.to_owned(), alter))
    };
    clauses.iter().filter_map(one).collect()
}

/// One foreign key, in ranges of tokens.
struct Clause {
    /// `CONSTRAINT name`.
    constraint: Option<Range<usize>>,
    /// The column that it is written at.
    column: Option<usize>,
    /// `REFERENCES …` or `FOREIGN KEY …`.
    body: Range<usize>,
    /// What to take out.
    removed: Range<usize>,
}

/// What stands between the commas in the parentheses that open at token `open`.
fn elements(tokens: &[SqlToken<'_>], open: usize) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut start = open + 1;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is_symbol("(") || token.is_symbol("[") {
            depth += 1;
        } else if token.is_symbol(")") || token.is_symbol("]") {
            depth = depth.saturating_sub(1);
        }
        if (depth == 1 && token.is_symbol(",")) || depth == 0 {
            found.push(start..at);
            start = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    found.retain(|range| !range.is_empty());
    found
}

/// Finds the foreign keys of one element; returns whether it is one altogether. `is_leading`: so
/// were all elements before it.
fn foreign_keys(
    tokens: &[SqlToken<'_>],
    element: Range<usize>,
    is_leading: bool,
    clauses: &mut Vec<Clause>,
) -> bool {
    let is = |at: usize, word: &str| at < element.end && tokens[at].is_word(word);
    let named = is(element.start, "constraint");
    let first = element.start + if named { 2 } else { 0 };
    if is(first, "foreign") && is(first + 1, "key") {
        // It goes with a comma: the one before it, or while nothing stays before it the one after.
        let has_comma_after = tokens.get(element.end).is_some_and(|token| token.is_symbol(","));
        let removed = if is_leading {
            element.start..element.end + usize::from(has_comma_after)
        } else {
            element.start - 1..element.end
        };
        let constraint = named.then_some(element.start..first);
        clauses.push(Clause { constraint, column: None, body: first..element.end, removed });
        return true;
    }
    let mut depth = 0_usize;
    let mut at = element.start + 1;
    while at < element.end {
        if tokens[at].is_symbol("(") {
            depth += 1;
        } else if tokens[at].is_symbol(")") {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 && is(at, "references") {
            let end = end_of_references(tokens, at, element.end);
            let named = at >= element.start + 2 && tokens[at - 2].is_word("constraint");
            let start = if named { at - 2 } else { at };
            let constraint = named.then_some(start..at);
            clauses.push(Clause {
                constraint,
                column: Some(element.start),
                body: at..end,
                removed: start..end,
            });
            at = end;
        } else {
            at += 1;
        }
    }
    false
}

/// Where the column constraint that begins with `REFERENCES` at token `at` ends.
fn end_of_references(tokens: &[SqlToken<'_>], at: usize, end: usize) -> usize {
    let words = |at: usize, words: &[&str]| {
        at + words.len() <= end && tokens[at..].iter().zip(words).all(|(token, word)| token.is_word(word))
    };
    let list = |at: usize| {
        if at < end && tokens[at].is_symbol("(") {
            (at..end).find(|&at| tokens[at].is_symbol(")")).map_or(end, |close| close + 1)
        } else {
            at
        }
    };
    let mut at = list(name_at(&tokens[..end], at + 1).map_or(end, |name| name.end));
    loop {
        if words(at, &["match"])
            || words(at, &["initially"])
            || words(at, &["not", "deferrable"])
            || words(at, &["not", "enforced"])
        {
            at += 2;
        } else if words(at, &["deferrable"]) || words(at, &["enforced"]) {
            at += 1;
        } else if words(at, &["on", "delete"]) || words(at, &["on", "update"]) {
            at += 2;
            if words(at, &["set"]) {
                at = list(at + 2);
            } else {
                at += if words(at, &["no"]) { 2 } else { 1 };
            }
        } else {
            return at.min(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use trueline_journal::statement::tokens;

    use super::*;

    #[track_caller]
    fn check(sql: &str, create: &str, alter: &str) {
        let lifted = lift(sql, &tokens(sql), 0).expect("has foreign keys");
        let squeezed = lifted.create.sql.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!((squeezed.as_str(), lifted.alter.sql.as_str()), (create, alter));
        assert_eq!(lifted.create.sql.len(), sql.len());
    }

    #[test]
    fn foreign_keys_are_lifted_with_all_their_clauses() {
        check(
            "create table if not exists s.a (id int primary key, b int constraint x references s.\"B\" (id) match full \
             on delete set null (b) on update no action deferrable initially deferred not null check (b > 0), \
             c numeric(3, 2)[] default f(1, 2) references c unique)",
            "create table if not exists s.a (id int primary key, b int not null check (b > 0), c numeric(3, 2)[] \
             default f(1, 2) unique)",
            "ALTER TABLE s.a ADD constraint x FOREIGN KEY (b) references s.\"B\" (id) match full on delete set null (b) \
             on update no action deferrable initially deferred, ADD FOREIGN KEY (c) references c",
        );
    }

    #[test]
    fn table_constraints_are_lifted_with_a_comma() {
        check(
            "create table a (b int, constraint x foreign key (b) references b, foreign key (b, c) references d (e, f))",
            "create table a (b int )",
            "ALTER TABLE a ADD constraint x foreign key (b) references b, ADD foreign key (b, c) references d (e, f)",
        );
        check(
            "create table a (foreign key (b) references b, foreign key (c) references c, b int)",
            "create table a ( b int)",
            "ALTER TABLE a ADD foreign key (b) references b, ADD foreign key (c) references c",
        );
    }

    #[test]
    fn tables_without_foreign_keys_are_left_alone() {
        let sql = "create table a (\"references\" int, b text default 'references b')";
        assert!(lift(sql, &tokens(sql), 0).is_none());
    }
}
