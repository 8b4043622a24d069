//! Which statements can simply be run again after they ran.
//!
//! Judged by keywords, from the forms that PostgreSQL documents as not failing the second time
//! (`IF EXISTS`, `IF NOT EXISTS`, `OR REPLACE`, settings). A statement that is not known is taken
//! to be repeatable: a finding should be true more often than complete.

use std::collections::BTreeSet;

use trueline_journal::statement::{SqlToken, tokens};
use trueline_journal::words::{begins, first, position};

/// For each statement of a file, whether it can run only once. A `CREATE` after a `DROP … IF
/// EXISTS` of the same name can run again.
pub(super) fn once<'a>(statements: impl Iterator<Item = &'a str>) -> Vec<bool> {
    let mut file = File::default();
    statements.map(|sql| !file.repeatable(sql)).collect()
}

/// Whether `sql` is `CREATE [UNIQUE] INDEX CONCURRENTLY`.
pub(super) fn builds_index(sql: &str) -> bool {
    let tokens = tokens(sql);
    first(sql) == "create" && position(&tokens, &["index", "concurrently"]).is_some_and(|at| at <= 2)
}

/// What the statements so far make sure of.
#[derive(Default)]
struct File {
    /// Kinds and names of what a `DROP … IF EXISTS` removed.
    gone: BTreeSet<(String, String)>,
}

const KINDS: &[&str] = &[
    "aggregate",
    "cast",
    "collation",
    "conversion",
    "database",
    "domain",
    "extension",
    "function",
    "index",
    "operator",
    "policy",
    "procedure",
    "publication",
    "role",
    "rule",
    "schema",
    "sequence",
    "server",
    "statistics",
    "subscription",
    "table",
    "tablespace",
    "transform",
    "trigger",
    "type",
    "user",
    "view",
];

impl File {
    fn repeatable(&mut self, sql: &str) -> bool {
        match first(sql).as_str() {
            "create" => self.create(&tokens(sql)),
            "drop" => self.drop(&tokens(sql)),
            "alter" => self.alter(&tokens(sql)),
            "insert" => insert(&tokens(sql)),
            "update" => update(&tokens(sql)),
            "with" => {
                let tokens = tokens(sql);
                let write = ["insert", "update"].iter().find_map(|word| position(&tokens, &[word]));
                match write {
                    Some(at) if tokens[at].is_word("insert") => insert(&tokens[at..]),
                    Some(at) => update(&tokens[at..]),
                    None => true,
                }
            }
            "select" => position(&tokens(sql), &["into"]).is_none(),
            "import" => false,
            _ => true,
        }
    }

    fn create(&self, tokens: &[SqlToken<'_>]) -> bool {
        if begins(tokens, &["create", "or", "replace"]) {
            return true;
        }
        let dropped = kind(tokens).is_some_and(|(kind, at)| {
            let name = name(skip(&tokens[at..], &["concurrently", "if", "not", "exists"]));
            name.is_some_and(|name| self.gone.contains(&(kind, name)))
        });
        let invalid_stays = position(tokens, &["index", "concurrently"]).is_some_and(|at| at <= 2);
        dropped || (position(tokens, &["if", "not", "exists"]).is_some() && !invalid_stays)
    }

    fn drop(&mut self, tokens: &[SqlToken<'_>]) -> bool {
        let Some(exists) = position(tokens, &["if", "exists"]) else {
            return begins(tokens, &["drop", "owned"]);
        };
        if let Some((kind, _)) = kind(tokens) {
            for names in split(&tokens[exists + 2..]) {
                self.gone.extend(name(names).map(|name| (kind.clone(), name)));
            }
        }
        true
    }

    fn alter(&mut self, tokens: &[SqlToken<'_>]) -> bool {
        if begins(tokens, &["alter", "default|system"]) {
            return true;
        }
        if begins(tokens, &["alter", "table"]) {
            let rest = skip(&tokens[2..], &["if", "exists", "only"]);
            let actions = &rest[name_len(rest)..];
            // Each is looked at, since each may say what is gone.
            let once = split(actions).into_iter().filter(|action| !self.action(action)).count();
            return once == 0;
        }
        if position(tokens, &["add", "value"]).is_some() {
            return position(tokens, &["if", "not", "exists"]).is_some();
        }
        // Past `ALTER KIND name`: the words of a name are no keywords.
        let rest = tokens.get(3..).unwrap_or_default();
        let once = [&["rename"][..], &["set", "schema"], &["add"], &["drop"], &["attach"]];
        let found = once.iter().find_map(|words| position(rest, words).map(|at| at + words.len()));
        found.is_none_or(|next| {
            // `DROP … IF EXISTS`, `DROP NOT NULL`, `DROP DEFAULT`.
            let next = skip(&rest[next..], &["attribute", "constraint"]).first();
            next.is_some_and(|word| ["if", "not", "default"].iter().any(|safe| word.is_word(safe)))
        })
    }

    /// One action of an `ALTER TABLE`.
    fn action(&mut self, action: &[SqlToken<'_>]) -> bool {
        if begins(action, &["add", "constraint"]) {
            let known = |name| self.gone.contains(&("constraint".to_owned(), name));
            return name(&action[2..]).is_some_and(known);
        }
        if begins(action, &["add"]) {
            return begins(skip(&action[1..], &["column"]), &["if", "not", "exists"]);
        }
        if begins(action, &["drop"]) {
            let rest = skip(&action[1..], &["column", "constraint"]);
            let safe = begins(rest, &["if", "exists"]);
            if safe && begins(action, &["drop", "constraint"]) {
                self.gone.extend(name(&rest[2..]).map(|name| ("constraint".to_owned(), name)));
            }
            return safe;
        }
        if begins(action, &["alter"]) {
            let rest = skip(&action[1..], &["column", "constraint"]);
            let what = rest.get(1..).unwrap_or_default();
            let dropped_once =
                begins(what, &["drop", "identity|expression"]) && position(what, &["if"]).is_none();
            return !dropped_once && !begins(what, &["add"]) && position(what, &["using"]).is_none();
        }
        !begins(action, &["rename|attach|detach|inherit"])
            && !begins(action, &["no", "inherit"])
            && !begins(action, &["set", "schema"])
    }
}

/// `INSERT` without a rule for rows that are there.
fn insert(tokens: &[SqlToken<'_>]) -> bool {
    position(tokens, &["on", "conflict"]).is_some() || position(tokens, &["where", "not", "exists"]).is_some()
}

/// `UPDATE` whose new values depend on the old ones of the same column (`SET n = n + 1`).
fn update(tokens: &[SqlToken<'_>]) -> bool {
    let Some(set) = position(tokens, &["set"]) else { return true };
    let end = ["where", "from"].iter().filter_map(|word| position(&tokens[set..], &[word])).min();
    let assignments = &tokens[set + 1..end.map_or(tokens.len(), |end| set + end)];
    split(assignments).into_iter().all(|assignment| {
        let column = assignment.first().and_then(SqlToken::name);
        assignment.iter().skip(1).all(|token| token.name().is_none() || token.name() != column)
    })
}

/// The kind that a `CREATE` or `DROP` is about, and where what follows it begins.
fn kind(tokens: &[SqlToken<'_>]) -> Option<(String, usize)> {
    let at = tokens.iter().take(5).position(|token| KINDS.iter().any(|kind| token.is_word(kind)))?;
    Some((tokens[at].value.to_string(), at + 1))
}

/// Past any of these words at the beginning.
fn skip<'a, 'b>(tokens: &'a [SqlToken<'b>], words: &[&str]) -> &'a [SqlToken<'b>] {
    let known = |token: &&SqlToken<'_>| words.iter().any(|word| token.is_word(word));
    &tokens[tokens.iter().take_while(known).count()..]
}

/// How many tokens the (qualified) name at the beginning has, with a `*` after it.
fn name_len(tokens: &[SqlToken<'_>]) -> usize {
    let mut len = 1;
    while tokens.get(len).is_some_and(|token| token.is_symbol(".")) {
        len += 2;
    }
    len += usize::from(tokens.get(len).is_some_and(|token| token.is_symbol("*")));
    len.min(tokens.len())
}

/// The last part of the (qualified) name at the beginning.
fn name(tokens: &[SqlToken<'_>]) -> Option<String> {
    let len = name_len(tokens);
    tokens[..len].iter().rev().find_map(SqlToken::name).map(str::to_owned)
}

/// The parts between commas outside parentheses and brackets.
fn split<'a, 'b>(tokens: &'a [SqlToken<'b>]) -> Vec<&'a [SqlToken<'b>]> {
    let mut depth = 0_usize;
    let comma = |token: &SqlToken<'_>| {
        if token.is_symbol("(") || token.is_symbol("[") {
            depth += 1;
        } else if token.is_symbol(")") || token.is_symbol("]") {
            depth = depth.saturating_sub(1);
        }
        depth == 0 && token.is_symbol(",")
    };
    tokens.split(comma).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_run_only_once() {
        for sql in [
            "create table t (a int)",
            "create table t (a int default 1 /* if not exists */, b text default 'if not exists')",
            "create unique index i on t (a)",
            "create type e as enum ('a')",
            "create index concurrently if not exists i on t (a)",
            "drop table t",
            "drop index concurrently i",
            "alter table t add column a int",
            "alter table if exists only s.t add a int, alter b set not null",
            "alter table t add constraint c check (a > 0)",
            "alter table t drop column a",
            "alter table t alter column a type int using a::int",
            "alter table t alter a add generated always as identity",
            "alter table t rename to u",
            "alter table t rename column a to b",
            "alter table t set schema s",
            "alter table t attach partition p default",
            "alter type e add value 'x'",
            "alter type e rename value 'a' to 'b'",
            "alter domain d add constraint c check (value > 0)",
            "alter function f() set schema s",
            "alter publication p add table t",
            "insert into t values (1)",
            "with x as (select 1) insert into t select * from x",
            "update t set n = n + 1",
            "update t set a = 1, n = (select n)",
            "select 1 into t",
            "import foreign schema s from server x into y",
        ] {
            assert_eq!(once([sql].into_iter()), [true], "{sql}");
        }
    }

    #[test]
    fn what_can_run_again() {
        for sql in [
            "create table if not exists t (a int)",
            "create or replace view v as select 1",
            "drop table if exists s.t cascade",
            "alter table t add column if not exists a int",
            "alter table t drop column if exists a, drop constraint if exists c",
            "alter table t alter column a set default 1, alter a set not null, alter b type numeric(10, 2)",
            "alter table t alter column a drop default",
            "alter table t enable row level security",
            "alter table \"add\" owner to x",
            "alter table t validate constraint c",
            "alter type e add value if not exists 'x'",
            "alter domain d drop constraint if exists c",
            "alter domain d drop default",
            "alter default privileges grant select on tables to r",
            "alter sequence s restart with 5",
            "comment on table t is 'create table t'",
            "grant select on t to r",
            "insert into t values (1) on conflict do nothing",
            "insert into t select 1 where not exists (select 1 from t)",
            "update t set a = 1 where a is null",
            "update t set a = b, b = 2 from u where t.n = u.n",
            "delete from t",
            "do $$ begin create type e as enum ('a'); exception when duplicate_object then null; end $$",
            "select setval('s', 1)",
            "refresh materialized view m",
            "vacuum",
        ] {
            assert_eq!(once([sql].into_iter()), [false], "{sql}");
        }
    }

    #[test]
    fn a_drop_before_makes_a_create_repeatable() {
        let check = |statements: &[&str]| once(statements.iter().copied());
        assert_eq!(check(&["drop policy if exists p on t", "create policy p on t"]), [false, false]);
        assert_eq!(check(&["drop index if exists a, s.i", "create unique index i on t (a)"]), [false, false]);
        assert_eq!(check(&["drop index if exists j", "create index i on t (a)"]), [false, true]);
        assert_eq!(check(&["drop view if exists i", "create index i on t (a)"]), [false, true]);
        assert_eq!(check(&["drop table i", "create table i ()"]), [true, true]);
        let constraint =
            ["alter table t drop constraint if exists c", "alter table t add constraint c check (true)"];
        assert_eq!(check(&constraint), [false, false]);
        let trigger =
            ["drop trigger if exists g on t", "create constraint trigger g after insert on t execute f()"];
        assert_eq!(check(&trigger), [false, false]);
    }
}
