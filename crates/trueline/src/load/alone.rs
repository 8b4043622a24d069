//! Indexes and keys that are said of `ONLY` a partitioned table.
//!
//! They are not for its partitions; but PostgreSQL gives one to every partition that comes later. In one file the written
//! order says what is meant; what other files attach is there before.

use trueline_journal::statement::SqlToken;

use super::head::{self, Dotted};
use super::item::{Item, Work};
use super::mention::{Edge, Strength};

/// The partitions of other files before an index or key of `ONLY` their parent.
pub(super) fn after_partitions(items: &[Item<'_>]) -> Vec<Edge> {
    let run = || items.iter().enumerate().filter(|(_, item)| item.work == Work::Run);
    let alone: Vec<(usize, Dotted<'_>)> =
        run().filter_map(|(at, item)| Some((at, alone(&item.tokens)?))).collect();
    if alone.is_empty() {
        return Vec::new();
    }
    let mut edges = Vec::new();
    for (from, item) in run() {
        let Some(parent) = attached_to(&item.tokens) else { continue };
        for (to, table) in &alone {
            let is_elsewhere = items[*to].file != item.file;
            let is_parent = table.name == parent.name
                && table.schema.zip(parent.schema).is_none_or(|(one, other)| one == other);
            if is_elsewhere && is_parent {
                edges.push(Edge { from, to: *to, strength: Strength::Weak });
            }
        }
    }
    edges
}

/// The table of `CREATE INDEX … ON ONLY …` and of `ALTER TABLE ONLY … ADD`.
fn alone<'t>(tokens: &'t [SqlToken<'_>]) -> Option<Dotted<'t>> {
    let starts =
        |words: &[&str]| tokens.iter().zip(words).filter(|(token, word)| token.is_word(word)).count();
    let only = tokens.iter().position(|token| token.is_word("only"))?;
    let is_index = tokens[..only].iter().any(|token| token.is_word("index"))
        && starts(&["create"]) == 1
        && tokens[only - 1].is_word("on");
    let is_key = starts(&["alter", "table"]) == 2 && tokens[only..].iter().any(|token| token.is_word("add"));
    if is_index || is_key { head::name_at(tokens, only + 1) } else { None }
}

/// The table that a statement gives a partition.
fn attached_to<'t>(tokens: &'t [SqlToken<'_>]) -> Option<Dotted<'t>> {
    let pair = |one: &str, other: &str| {
        tokens.windows(2).position(|pair| pair[0].is_word(one) && pair[1].is_word(other))
    };
    if !tokens
        .get(1)
        .is_some_and(|token| ["table", "unlogged", "foreign"].iter().any(|word| token.is_word(word)))
    {
        return None;
    }
    if tokens[0].is_word("create") {
        return head::name_at(tokens, pair("partition", "of")? + 2);
    }
    pair("attach", "partition")?;
    let words = ["alter", "table", "if", "exists", "only"];
    let name = tokens.iter().position(|token| !words.iter().any(|word| token.is_word(word)))?;
    head::name_at(tokens, name)
}
