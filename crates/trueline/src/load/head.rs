//! What a statement is about, read from its first tokens: verb, kind, name.
//!
//! Only for putting statements into an order that is likely to load; see [`super::order`].

use trueline_journal::statement::SqlToken;

/// What a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    CreateOrReplace,
    Alter,
    /// `DROP`, and `ALTER … RENAME` or `SET SCHEMA`: what comes before and after it must stay so.
    Undo,
    /// `DO`, `CALL`, `SELECT f()`: runs code, which may do anything, so it stays where it is written.
    Code,
    Other,
}

/// What sort of name a statement makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Tables, views, sequences: also usable as types.
    Relation,
    Type,
    Function,
    Index,
    Schema,
    /// A column added to the table that is the name's schema.
    Column,
    /// A primary key or a unique constraint or index of the table that has the name.
    Key,
    Other,
}

/// A name with the schema that it is written with, and the tokens that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dotted<'t> {
    pub schema: Option<&'t str>,
    pub name: &'t str,
    pub first: usize,
    /// Exclusive.
    pub end: usize,
}

/// The first tokens of a statement, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head<'t> {
    pub verb: Verb,
    /// The word of the kind: `table`, `materialized view` is `view`.
    pub kind: &'t str,
    pub name: Option<Dotted<'t>>,
    /// Where it comes among statements that do not name each other: roughly `pg_dump`'s order.
    pub tier: u8,
    /// What it makes, but for its own name's sort.
    pub defines: Vec<(Sort, Dotted<'t>)>,
}

/// Tiers that other modules need to know.
pub(super) const TIER_EXTENSION: u8 = 10;
pub(super) const TIER_TABLE: u8 = 60;
pub(super) const TIER_FOREIGN_KEY: u8 = 95;
const TIER_GRANT: u8 = 110;
/// Before all that they apply to, where they do not stand in its file (see [`super::mention`]).
pub(super) const TIER_DEFAULT_PRIVILEGES: u8 = 11;
pub(super) const TIER_ALTER_TABLE: u8 = 65;
pub(super) const TIER_USING_INDEX: u8 = 93;
const TIER_KEY: u8 = 70;

/// Words between CREATE or ALTER and the kind.
const MODIFIERS: &[&str] = &[
    "constraint",
    "default",
    "event",
    "foreign",
    "global",
    "local",
    "materialized",
    "procedural",
    "recursive",
    "temp",
    "temporary",
    "text",
    "search",
    "trusted",
    "unique",
    "unlogged",
    "access",
    "data",
    "operator",
];

/// Reads the head of the statement that `tokens` are.
pub(super) fn read<'t>(tokens: &'t [SqlToken<'_>]) -> Head<'t> {
    let word =
        |at: usize| tokens.get(at).filter(|token| token.name().is_some()).map_or("", |token| &*token.value);
    let mut head = Head { verb: Verb::Other, kind: "", name: None, tier: TIER_GRANT, defines: Vec::new() };
    let mut at = 1;
    match word(0) {
        "create" if word(1) == "or" && word(2) == "replace" => {
            head.verb = Verb::CreateOrReplace;
            at = 3;
        }
        "create" => head.verb = Verb::Create,
        "alter" => head.verb = Verb::Alter,
        "drop" => head.verb = Verb::Undo,
        "do" | "call" | "select" => {
            head.verb = Verb::Code;
            return head;
        }
        _ => return head,
    }
    let modifiers = at;
    while MODIFIERS.contains(&word(at)) && !matches!(word(at + 1), "" | "if" | "on" | "class" | "family") {
        at += 1;
    }
    let modifiers = &tokens[modifiers.min(at)..at.min(tokens.len())];
    let is = |modifier: &str| modifiers.iter().any(|token| token.is_word(modifier));
    head.kind = word(at);
    at += 1;
    while matches!(
        (head.kind, word(at)),
        ("operator", "class" | "family") | ("user", "mapping") | (_, "only")
    ) {
        at += 1;
    }
    if matches!(head.kind, "configuration" | "dictionary" | "parser" | "template" | "wrapper" | "method") {
        head.tier = 20;
    }
    at = skip_if_exists(tokens, at);
    head.name = name_at(tokens, at);
    head.tier = if is("event") { 120 } else { tier_of(head.kind).unwrap_or(head.tier) };
    match head.verb {
        Verb::Create | Verb::CreateOrReplace => created(&mut head, tokens, is("unique")),
        Verb::Alter => altered(&mut head, tokens, is("default")),
        Verb::Undo | Verb::Code | Verb::Other => {}
    }
    head
}

/// What the statements in a body of code seem to make.
pub(super) fn made_by_code<'t>(code: &'t [SqlToken<'_>]) -> Vec<(Sort, Dotted<'t>)> {
    let verbs = (0..code.len()).filter(|&at| code[at].is_word("create") || code[at].is_word("alter"));
    let statement = |at: usize| {
        let length = code[at..].iter().position(|token| token.is_symbol(";"));
        &code[at..length.map_or(code.len(), |length| at + length)]
    };
    verbs.flat_map(|at| read(statement(at)).defines).collect()
}

fn skip_if_exists(tokens: &[SqlToken<'_>], at: usize) -> usize {
    let words = |words: &[&str]| {
        tokens.len() > at + words.len()
            && tokens[at..].iter().zip(words).all(|(token, word)| token.is_word(word))
    };
    let at = at
        + if words(&["if", "not", "exists"]) {
            3
        } else if words(&["if", "exists"]) {
            2
        } else {
            0
        };
    at + usize::from(tokens.get(at).is_some_and(|token| token.is_word("only")))
}

/// The name that begins at token `at`: one part, or several with dots between.
pub(super) fn name_at<'t>(tokens: &'t [SqlToken<'_>], first: usize) -> Option<Dotted<'t>> {
    let mut name = tokens.get(first)?.name()?;
    let mut schema = None;
    let mut end = first + 1;
    while tokens.get(end).is_some_and(|token| token.is_symbol("."))
        && let Some(next) = tokens.get(end + 1).and_then(SqlToken::name)
    {
        schema = Some(name);
        name = next;
        end += 2;
    }
    Some(Dotted { schema, name, first, end })
}

fn tier_of(kind: &str) -> Option<u8> {
    Some(match kind {
        "schema" => 0,
        "extension" => TIER_EXTENSION,
        "language" => 20,
        "server" => 21,
        // A user mapping; no other user has a place in schema/.
        "user" => 22,
        "type" | "domain" | "collation" | "conversion" => 25,
        "sequence" => 30,
        "function" | "procedure" | "routine" => 40,
        "aggregate" | "operator" | "cast" | "transform" => 50,
        "table" => TIER_TABLE,
        "view" => 80,
        "index" | "statistics" => 90,
        "trigger" | "rule" | "policy" => 100,
        "publication" | "subscription" => 105,
        _ => return None,
    })
}

fn created<'t>(head: &mut Head<'t>, tokens: &'t [SqlToken<'_>], is_unique: bool) {
    let Some(name) = head.name else { return };
    let sort = match head.kind {
        "schema" => Sort::Schema,
        "table" | "view" | "sequence" => Sort::Relation,
        "type" | "domain" => Sort::Type,
        "function" | "procedure" | "aggregate" => Sort::Function,
        "index" => Sort::Index,
        "trigger" | "rule" | "policy" | "cast" | "user" => return,
        _ => Sort::Other,
    };
    if head.kind == "type" && tokens.get(name.end).is_some_and(|token| token.is_symbol("(")) {
        // A base type comes after the functions that read and write it.
        head.tier = 45;
    }
    head.defines.push((sort, name));
    if is_unique && let Some(on) = tokens.iter().position(|token| token.is_word("on")) {
        let only = tokens.get(on + 1).is_some_and(|token| token.is_word("only"));
        head.defines.extend(name_at(tokens, on + 1 + usize::from(only)).map(|table| (Sort::Key, table)));
    }
}

fn altered<'t>(head: &mut Head<'t>, tokens: &'t [SqlToken<'_>], is_default: bool) {
    let Some(table) = head.name.filter(|_| !is_default) else {
        return head.tier = TIER_DEFAULT_PRIVILEGES;
    };
    let rest = &tokens[table.end..];
    let has = |words: &[&str]| {
        rest.windows(words.len()).any(|run| run.iter().zip(words).all(|(token, word)| token.is_word(word)))
    };
    if has(&["rename"]) || has(&["set", "schema"]) {
        return head.verb = Verb::Undo;
    }
    if has(&["owner", "to"]) {
        return head.tier = TIER_GRANT;
    }
    head.tier = match head.kind {
        "table" if has(&["trigger"]) || has(&["rule"]) => 101,
        "table" if has(&["foreign", "key"]) => TIER_FOREIGN_KEY,
        // It renames the index, so whatever names the index comes first.
        "table" if has(&["using", "index"]) => TIER_USING_INDEX,
        "table" if has(&["primary", "key"]) || has(&["unique"]) || has(&["exclude"]) => TIER_KEY,
        "table" if has(&["attach", "partition"]) => 63,
        "table" => TIER_ALTER_TABLE,
        "sequence" => 66,
        "domain" => 52,
        "type" => 26,
        _ => head.tier.saturating_add(2),
    };
    if head.kind == "table" && head.tier == TIER_ALTER_TABLE {
        for add in (0..rest.len()).filter(|&at| rest[at].is_word("add")) {
            let at = add + 1 + usize::from(rest.get(add + 1).is_some_and(|token| token.is_word("column")));
            let column = name_at(tokens, skip_if_exists(tokens, table.end + at));
            head.defines
                .extend(column.map(|column| (Sort::Column, Dotted { schema: Some(table.name), ..column })));
        }
    }
    if head.kind == "table" {
        let is_key = matches!(head.tier, TIER_KEY | TIER_USING_INDEX);
        head.defines.extend(is_key.then_some((Sort::Key, table)));
        let constraint = rest.iter().position(|token| token.is_word("constraint"));
        let name = constraint.and_then(|at| name_at(tokens, table.end + at + 1));
        // An index is in its table's schema; other constraints are known by their table.
        let (sort, schema) =
            if is_key { (Sort::Index, table.schema) } else { (Sort::Other, Some(table.name)) };
        head.defines.extend(name.map(|name| (sort, Dotted { schema, ..name })));
    }
}
