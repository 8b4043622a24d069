//! Which statements name what others make: the edges of the order, guessed from tokens.
//!
//! A name that is not what it seems costs an edge too many; the order drops those first when edges
//! run in a circle, and the server has the last word. Next: [`super::order`].

use std::collections::{HashMap, HashSet};

use trueline_journal::statement::{SqlToken, SqlTokenKind, tokens};

use super::alone;
use super::head::{self, Dotted, Head, Sort, Verb};
use super::item::{Item, Work};

/// How sure it is that one statement needs another, in the order in which edges are dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Strength {
    /// It is written so, and might mean something else the other way round.
    Written,
    /// The name occurs.
    Weak,
    /// It occurs after `REFERENCES` in a `CREATE TABLE`: can be said afterwards, too.
    Reference,
    /// It occurs where only such a thing can be named.
    Strong,
}

/// `from` is to come before `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub from: usize,
    pub to: usize,
    pub strength: Strength,
}

struct Definition<'t> {
    sort: Sort,
    schema: Option<&'t str>,
    item: usize,
}

/// Words after which a table, view, sequence or index is named.
const BEFORE_RELATION: &[&str] = &[
    "references",
    "from",
    "join",
    "into",
    "on",
    "table",
    "only",
    "of",
    "inherits",
    "like",
    "view",
    "index",
    "sequence",
    "by",
    "partition",
    "setof",
    "returns",
    "update",
];

/// The heads of all statements (in the items' order) and the edges between them.
pub(super) fn edges<'t>(items: &'t [Item<'_>]) -> (Vec<Head<'t>>, Vec<Edge>) {
    let mut heads: Vec<_> = items.iter().map(|item| head::read(&item.tokens)).collect();
    for (head, item) in heads.iter_mut().zip(items) {
        head.defines.extend(head::made_by_code(&item.code));
    }
    let mut known: HashMap<&str, Vec<Definition<'_>>> = HashMap::new();
    for (item, head) in heads.iter().enumerate().filter(|(item, _)| items[*item].work == Work::Run) {
        for (sort, name) in &head.defines {
            known.entry(name.name).or_default().push(Definition { sort: *sort, schema: name.schema, item });
        }
    }
    for definitions in known.values_mut() {
        // `CREATE OR REPLACE` replaces what a plain CREATE made.
        definitions.sort_by_key(|found| (heads[found.item].verb == Verb::CreateOrReplace, found.item));
    }
    let mut finder = Finder { heads: &heads, known: &known, edges: Vec::new(), strengths: HashMap::new() };
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.work == Work::Run) {
        if heads[at].tier == head::TIER_DEFAULT_PRIVILEGES {
            finder.schemas(at, &item.tokens);
        } else {
            finder.statement(at, &item.tokens);
        }
        finder.statement(at, &item.code);
    }
    let mut edges = finder.edges;
    redefinitions(&known, &mut edges);
    in_written_order(items, &heads, &known, &mut edges);
    edges.extend(alone::after_partitions(items));
    (heads, edges)
}

struct Finder<'f, 't> {
    heads: &'f [Head<'t>],
    known: &'f HashMap<&'t str, Vec<Definition<'t>>>,
    edges: Vec<Edge>,
    /// Of the statement at hand: by the statement that it needs.
    strengths: HashMap<usize, Strength>,
}

impl Finder<'_, '_> {
    fn statement(&mut self, item: usize, all: &[SqlToken<'_>]) {
        let head = &self.heads[item];
        let is_table = head.kind == "table" && head.verb == Verb::Create;
        let is_comment = all.first().is_some_and(|token| token.is_word("comment"));
        let own = head.name.filter(|_| matches!(head.verb, Verb::Create | Verb::CreateOrReplace));
        // The parentheses that hold a table's columns open right after its name.
        let columns = head.name.filter(|_| is_table).map(|name| name.end);
        let mut in_columns = false;
        let mut type_at = None;
        let mut depth = 0_usize;
        let mut at = 0;
        while at < all.len() {
            let token = &all[at];
            match token.kind {
                SqlTokenKind::Symbol if token.value == "(" => {
                    depth += 1;
                    in_columns |= Some(at) == columns;
                }
                SqlTokenKind::Symbol if token.value == ")" => {
                    depth = depth.saturating_sub(1);
                    in_columns &= depth > 0;
                }
                SqlTokenKind::String if !is_comment => self.string(item, all, at),
                _ => {}
            }
            let Some(name) = head::name_at(all, at) else {
                at += 1;
                continue;
            };
            let before = at.checked_sub(1).map_or("", |before| all[before].value.as_ref());
            at = name.end;
            let is_own = own.is_some_and(|own| own.first == name.first);
            let before = if type_at == Some(name.first) { ":" } else { before };
            let names_column = in_columns && depth == 1 && matches!(before, "(" | ",");
            if names_column {
                type_at = Some(name.end);
            }
            if !is_own && !names_column && (before != "constraint" || is_comment) {
                let is_call = all.get(name.end).is_some_and(|token| token.is_symbol("("));
                self.name(item, name, before, is_call, is_table);
            }
        }
        self.edges.extend(self.strengths.drain().map(|(from, strength)| Edge { from, to: item, strength }));
    }

    /// Default privileges name schemas, and roles that may be called like anything.
    fn schemas(&mut self, item: usize, all: &[SqlToken<'_>]) {
        for pair in all.windows(2).filter(|pair| pair[0].is_word("schema") || pair[0].is_symbol(",")) {
            if let Some(name) = pair[1].name() {
                let strong = |sort| (sort == Sort::Schema).then_some(Strength::Strong);
                self.look_up(item, None, name, strong);
            }
        }
        self.edges.extend(self.strengths.drain().map(|(from, strength)| Edge { from, to: item, strength }));
    }

    fn name(&mut self, item: usize, name: Dotted<'_>, before: &str, is_call: bool, is_table: bool) {
        let names_relation = BEFORE_RELATION.contains(&before);
        let is_domain = self.heads[item].kind == "domain";
        let is_reference = before == "references";
        self.look_up(item, name.schema, name.name, |sort| match sort {
            // An alias, or what a domain or a cast is made of.
            Sort::Relation if before == "as" => is_domain.then_some(Strength::Weak),
            _ if before == "as" => (sort == Sort::Type).then_some(Strength::Weak),
            Sort::Key => is_reference.then_some(Strength::Weak),
            Sort::Column => Some(if name.schema.is_some() { Strength::Strong } else { Strength::Weak }),
            Sort::Relation if is_reference && is_table => Some(Strength::Reference),
            Sort::Relation | Sort::Type | Sort::Index if names_relation => Some(Strength::Strong),
            Sort::Type if before == ":" => Some(Strength::Strong),
            Sort::Function if is_call && !names_relation => Some(Strength::Strong),
            Sort::Schema => None,
            _ => Some(Strength::Weak),
        });
        if let Some(schema) = name.schema {
            // `schema.name`, or `table.column`.
            self.look_up(item, None, schema, |sort| match sort {
                Sort::Schema => Some(Strength::Strong),
                Sort::Relation => Some(Strength::Weak),
                _ => None,
            });
        } else if matches!(before, "schema" | "in" | ",") {
            self.look_up(item, None, name.name, |sort| (sort == Sort::Schema).then_some(Strength::Strong));
        }
    }

    /// A string that can be the name of a relation: `nextval('s')`, `'s'::regclass`.
    fn string(&mut self, item: usize, all: &[SqlToken<'_>], at: usize) {
        let value = &all[at].value;
        let is_short = value.len() < 140 && !value.contains(|letter: char| letter.is_ascii_whitespace());
        if !is_short || value.is_empty() {
            return;
        }
        let inner = tokens(value);
        if let Some(name) = head::name_at(&inner, 0).filter(|name| name.end == inner.len()) {
            let is_cast = all.get(at + 3).is_some_and(|token| token.value.starts_with("reg"));
            let strength = if is_cast { Strength::Strong } else { Strength::Weak };
            self.look_up(item, name.schema, name.name, |sort| (sort == Sort::Relation).then_some(strength));
        }
    }

    fn look_up(
        &mut self,
        item: usize,
        schema: Option<&str>,
        name: &str,
        strength: impl Fn(Sort) -> Option<Strength>,
    ) {
        let Some(found) = self.known.get(name) else { return };
        let mut first_of = None;
        for definition in found.iter().filter(|found| found.item != item) {
            let is_elsewhere = schema.zip(definition.schema).is_some_and(|(wanted, actual)| wanted != actual);
            if is_elsewhere && definition.sort != Sort::Column {
                continue;
            }
            let Some(mut strength) = strength(definition.sort) else { continue };
            if is_elsewhere {
                // A column may be named by an alias of its table.
                strength = Strength::Weak;
            }
            if definition.sort != Sort::Function && first_of.replace(definition.sort) == Some(definition.sort)
            {
                // It is there after its first definition (a dump's stand-in view, a shell type).
                strength = Strength::Weak;
            }
            let known = self.strengths.entry(definition.item).or_insert(strength);
            *known = strength.max(*known);
        }
    }
}

/// What is made twice is made in the order written, plain CREATE first.
fn redefinitions(known: &HashMap<&str, Vec<Definition<'_>>>, edges: &mut Vec<Edge>) {
    for definitions in known.values() {
        for (at, later) in definitions.iter().enumerate().skip(1) {
            let earlier = definitions[..at].iter().rev().find(|earlier| {
                earlier.sort == later.sort && earlier.schema == later.schema && earlier.item != later.item
            });
            let strength = if later.sort == Sort::Function { Strength::Weak } else { Strength::Strong };
            if let Some(earlier) = earlier.filter(|_| later.sort != Sort::Key) {
                edges.push(Edge { from: earlier.item, to: later.item, strength });
            }
        }
    }
}

/// Some statements mean something else elsewhere: code, `DROP` and renames, default privileges, grants on
/// all tables of a schema, changes of a table's shape (views of `*`), `LIKE`. What shares a name with them
/// in their file stays before or after them as written, unless it cannot. What other files make comes after
/// default privileges, and before grants on all.
fn in_written_order(
    items: &[Item<'_>],
    heads: &[Head<'_>],
    known: &HashMap<&str, Vec<Definition<'_>>>,
    edges: &mut Vec<Edge>,
) {
    let mut index: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.work == Work::Run) {
        for name in item.tokens.iter().filter_map(SqlToken::name).filter(|name| known.contains_key(name)) {
            let named_by = index.entry(name).or_default();
            if named_by.last() != Some(&at) {
                named_by.push(at);
            }
        }
    }
    let makers: Vec<_> = (0..items.len()).filter(|&at| !heads[at].defines.is_empty()).collect();
    let mut forced = HashMap::new();
    for (at, item) in items.iter().enumerate().filter(|(_, item)| item.work == Work::Run) {
        if heads[at].tier == head::TIER_USING_INDEX {
            let renamed = renamed_index(item, &heads[at]).and_then(|name| index.get(name));
            let others = renamed.into_iter().flatten().filter(|&&other| other != at);
            edges.extend(others.map(|&from| Edge { from, to: at, strength: Strength::Weak }));
        }
        let verb = heads[at].verb;
        let is_strong = matches!(verb, Verb::Undo | Verb::Code);
        let strength = if is_strong { Strength::Strong } else { Strength::Written };
        let is_default = heads[at].tier == head::TIER_DEFAULT_PRIVILEGES;
        let is_for_all = is_default || grants_on_all(&item.tokens);
        if is_for_all {
            let elsewhere = makers.iter().filter(|&&maker| items[maker].file != item.file);
            let elsewhere = elsewhere.filter(|&&maker| !matches!(heads[maker].kind, "schema" | "extension"));
            edges.extend(elsewhere.map(|&maker| {
                let (from, to) = if is_default { (at, maker) } else { (maker, at) };
                Edge { from, to, strength: Strength::Written }
            }));
        }
        let related: HashSet<usize> = if verb == Verb::Code {
            (0..items.len()).filter(|&other| items[other].work == Work::Run).collect()
        } else if is_for_all {
            makers.iter().copied().collect()
        } else {
            sensitive_names(item, &heads[at])
                .iter()
                .filter_map(|name| index.get(name))
                .flatten()
                .copied()
                .collect()
        };
        for other in related.into_iter().filter(|&other| other != at && items[other].file == item.file) {
            let known = forced.entry((other.min(at), other.max(at))).or_insert(strength);
            *known = strength.max(*known);
        }
    }
    edges.retain(|edge| forced.get(&(edge.to, edge.from)) != Some(&Strength::Strong));
    edges.extend(forced.into_iter().map(|((from, to), strength)| Edge { from, to, strength }));
}

/// `GRANT … ON ALL TABLES IN SCHEMA …`, and the like.
fn grants_on_all(tokens: &[SqlToken<'_>]) -> bool {
    let is_grant = tokens.first().is_some_and(|token| token.is_word("grant") || token.is_word("revoke"));
    is_grant && tokens.windows(2).any(|pair| pair[0].is_word("on") && pair[1].is_word("all"))
}

/// The index that `ADD CONSTRAINT … USING INDEX` gives another name, under which nobody else finds it
/// then.
fn renamed_index<'t>(item: &'t Item<'_>, head: &Head<'_>) -> Option<&'t str> {
    let using =
        item.tokens.windows(2).position(|pair| pair[0].is_word("using") && pair[1].is_word("index"))?;
    let index = head::name_at(&item.tokens, using + 2)?.name;
    let is_kept = head.defines.iter().any(|(sort, name)| *sort == Sort::Index && name.name == index);
    (!is_kept).then_some(index)
}

/// The names whose other statements must not change sides of this one.
fn sensitive_names<'t>(item: &'t Item<'_>, head: &Head<'t>) -> Vec<&'t str> {
    let tokens = &item.tokens;
    match head.verb {
        Verb::Undo => tokens.iter().filter_map(SqlToken::name).collect(),
        Verb::Alter if head.kind == "table" && head.tier == head::TIER_ALTER_TABLE => {
            let is_shape =
                |token: &SqlToken<'_>| ["add", "drop", "type"].iter().any(|word| token.is_word(word));
            let changes_shape = tokens.iter().any(is_shape);
            head.name.filter(|_| changes_shape).map(|name| name.name).into_iter().collect()
        }
        Verb::Create if head.kind == "table" => {
            let likes = (0..tokens.len()).filter(|&at| tokens[at].is_word("like"));
            likes.filter_map(|at| head::name_at(tokens, at + 1)).map(|name| name.name).collect()
        }
        _ => Vec::new(),
    }
}
