//! Loading only what changed: the tables whose statements are other ones are made anew in a database that
//! the schema was loaded into before, and everything else stays.
//!
//! PostgreSQL drops each such table with all that depends on it, and its statements and the foreign keys
//! that reference it run again. Whatever else may be concerned is a doubt, and then the answer is none and
//! the database is as it was: the caller loads everything. What must hold besides, that nothing outside of
//! these tables is another, the caller finds by comparing. Never decides what SQL means: a statement that is
//! misread here is one more doubt, or a table too many.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use tokio_postgres::{Client, Error};
use trueline_journal::statement::SqlToken;

use super::head::{self, Dotted, Head, TIER_DEFAULT_PRIVILEGES, TIER_FOREIGN_KEY, Verb};
use super::item::{Item, Items, Work};
use super::lift::references;
use super::run::Runner;
use super::step::Step;
use super::{LoadOptions, LoadReport, Source, Sources, bodies, existing_roles, report};
use crate::sql::Ident;

/// Names of this length may be cut by PostgreSQL, which makes it hard to say where they come from.
const LONG_NAME_BYTES: usize = 62;
/// Longer names are cut.
const NAME_BYTES_MAX: usize = 63;

/// What was loaded again.
#[derive(Debug)]
pub struct Again {
    /// As a load of everything says it.
    pub report: LoadReport,
    /// The tables that were made anew, without their schemas. Nothing else may be another now.
    pub tables: BTreeSet<String>,
}

/// Relations and constraints that belong to tables of these names, and the foreign keys that reference them.
const OWN_NAMES: &str = "with t as (select c.oid from pg_catalog.pg_class c where c.relname = any($1) \
     and c.relkind in ('r', 'p') and c.oid >= 16384) \
     select c.relname::text from pg_catalog.pg_class c where c.relkind <> 't' and c.oid in \
       (select i.indexrelid from pg_catalog.pg_index i where i.indrelid in (select oid from t) \
        union all select d.objid from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_class'::regclass \
          and d.refobjid in (select oid from t) and d.deptype in ('a', 'i')) \
     union select k.conname::text from pg_catalog.pg_constraint k where k.conrelid in (select oid from t) \
       or k.confrelid in (select oid from t)";

/// Whether anything is lost with tables of these names but their own parts and the foreign keys that reference
/// them.
const LOSES_MORE: &str = "with recursive t as materialized (select c.oid from pg_catalog.pg_class c \
       where c.relname = any($1) and c.relkind in ('r', 'p') and c.oid >= 16384), \
     lost (class, id) as (select 'pg_catalog.pg_class'::regclass::oid, oid from t \
       union select d.classid, d.objid from lost join pg_catalog.pg_depend d \
         on d.refclassid = lost.class and d.refobjid = lost.id), \
     own (class, id) as (select 'pg_catalog.pg_class'::regclass::oid, oid from t \
       union all select 'pg_catalog.pg_class'::regclass, indexrelid from pg_catalog.pg_index \
         where indrelid in (select oid from t) \
       union all select 'pg_catalog.pg_class'::regclass, oid from pg_catalog.pg_class \
         where relnamespace = 'pg_toast'::regnamespace \
       union all select classid, objid from pg_catalog.pg_depend where deptype in ('a', 'i') \
         and classid = 'pg_catalog.pg_class'::regclass and refclassid = 'pg_catalog.pg_class'::regclass \
         and refobjid in (select oid from t) \
       union all select 'pg_catalog.pg_constraint'::regclass, oid from pg_catalog.pg_constraint \
         where conrelid in (select oid from t) or contype = 'f' and confrelid in (select oid from t) \
       union all select 'pg_catalog.pg_attrdef'::regclass, oid from pg_catalog.pg_attrdef \
         where adrelid in (select oid from t) \
       union all select 'pg_catalog.pg_trigger'::regclass, oid from pg_catalog.pg_trigger \
         where tgrelid in (select oid from t) or tgisinternal \
       union all select 'pg_catalog.pg_policy'::regclass, oid from pg_catalog.pg_policy \
         where polrelid in (select oid from t) \
       union all select 'pg_catalog.pg_type'::regclass, y.oid from pg_catalog.pg_type y \
         where y.typrelid in (select oid from t) or y.typelem in \
           (select e.oid from pg_catalog.pg_type e where e.typrelid in (select oid from t))) \
     select exists (select from lost where (class, id) not in (select class, id from own))";

/// Relations and constraints whose names end with a number.
const NUMBERED: &str = "select relname::text from pg_catalog.pg_class where oid >= 16384 and relname ~ '[0-9]$' \
     union select conname::text from pg_catalog.pg_constraint where oid >= 16384 and conname ~ '[0-9]$'";

/// Makes the database that `before` was loaded into one that `after` was loaded into, and commits; none, with
/// nothing done, where it is not certain that both are the same.
///
/// # Errors
/// The connection broke.
pub async fn again(
    client: &Client,
    before: &Sources,
    after: &Sources,
    options: &LoadOptions,
) -> Result<Option<Again>, Error> {
    let same: BTreeMap<&Path, &str> =
        after.files.iter().map(|file| (file.path.as_path(), file.text.as_str())).collect();
    let is_changed = |file: &&Source| same.get(file.path.as_path()) != Some(&file.text.as_str());
    let old_files: Vec<Source> = before.files.iter().filter(is_changed).cloned().collect();
    let (Ok(old), Ok(items)) = (Items::read(None, &old_files), Items::read(None, &after.files)) else {
        return Ok(None);
    };
    let Some(change) = Change::of(before, &old, &items) else { return Ok(None) };
    let found = report(&items);
    // Roles that are missing are made by a load of everything.
    if !found.roles_named.is_subset(&existing_roles(client).await?) {
        return Ok(None);
    }
    let mut runner = Runner::new(client, &items, &options.search_path);
    runner.begin().await?;
    let is_done = match run(client, &mut runner, &change, &items, &options.search_path).await {
        Ok(is_done) => is_done,
        Err(error) if error.as_db_error().is_some() => false,
        Err(error) => return Err(error),
    };
    client.batch_execute(if is_done { "COMMIT" } else { "ROLLBACK" }).await?;
    Ok(is_done.then_some(Again { report: found, tables: change.tables }))
}

async fn run(
    client: &Client,
    runner: &mut Runner<'_>,
    change: &Change,
    items: &Items<'_>,
    search_path: &str,
) -> Result<bool, Error> {
    let tables: Vec<&str> = change.tables.iter().map(String::as_str).collect();
    if client.query_one(LOSES_MORE, &[&tables]).await?.try_get(0)? {
        return Ok(false);
    }
    let old_names = names(client, OWN_NAMES, &tables).await?;
    for table in &change.dropped {
        client.batch_execute(&format!("DROP TABLE {table} CASCADE")).await?;
    }
    runner.all_at_once(&change.steps).await?;
    let new_names = names(client, OWN_NAMES, &tables).await?;
    // PostgreSQL puts a number to a name that is taken: who came first decides, and that may be another now.
    let is_written = |name: &str| change.written.contains(name);
    let is_numbered = |name: &str| name.ends_with(|last: char| last.is_ascii_digit());
    let doubtful = |name: &String| !is_written(name) && (is_numbered(name) || name.len() >= LONG_NAME_BYTES);
    if old_names.iter().chain(&new_names).any(doubtful) {
        return Ok(false);
    }
    for name in names(client, NUMBERED, &[]).await? {
        let stem = name.trim_end_matches(|last: char| last.is_ascii_digit());
        if !new_names.contains(&name) && (old_names.contains(stem) || new_names.contains(stem)) {
            return Ok(false);
        }
    }
    // Whatever else names a part of these tables was lost with it.
    let run: BTreeSet<usize> = change.steps.iter().map(|step| step.item).collect();
    let names_part = |item: &Item<'_>| {
        let mut names = item.tokens.iter().filter_map(SqlToken::name);
        names.any(|name| old_names.contains(name) || new_names.contains(name))
    };
    if items.all.iter().enumerate().any(|(at, item)| !run.contains(&at) && names_part(item)) {
        return Ok(false);
    }
    Ok(bodies::check(client, items, search_path).await?.is_empty())
}

async fn names(client: &Client, sql: &str, tables: &[&str]) -> Result<BTreeSet<String>, Error> {
    let parameters: &[&(dyn tokio_postgres::types::ToSql + Sync)] =
        if sql == OWN_NAMES { &[&tables] } else { &[] };
    client.query(sql, parameters).await?.iter().map(|row| row.try_get(0)).collect()
}

/// What has to be done.
#[derive(Default)]
struct Change {
    /// Names of the tables whose statements are other ones.
    tables: BTreeSet<String>,
    /// Those of them that are there, as SQL.
    dropped: BTreeSet<String>,
    /// What runs then.
    steps: Vec<Step>,
    /// Every name that these statements write.
    written: BTreeSet<String>,
}

impl Change {
    /// None where in doubt. `old` are the files of `before` that are not the same in `new`.
    fn of(before: &Sources, old: &Items<'_>, new: &Items<'_>) -> Option<Self> {
        let known: BTreeMap<&Path, &str> =
            before.files.iter().map(|file| (file.path.as_path(), file.text.as_str())).collect();
        let is_edited = |item: &Item<'_>| {
            let source = new.files[item.file].source;
            known.get(source.path.as_path()) != Some(&source.text.as_str())
        };
        let heads: Vec<Head<'_>> = new.all.iter().map(|item| head::read(&item.tokens)).collect();
        let old_heads: Vec<Head<'_>> = old.all.iter().map(|item| head::read(&item.tokens)).collect();
        let (olds, news) = (|| old.all.iter().zip(&old_heads), || new.all.iter().zip(&heads));
        let is_simple = old.environments.len() == 1 && new.environments.len() == 1;
        if !is_simple || !olds().chain(news()).all(|(item, head)| is_plain(item, head)) {
            return None;
        }
        // What is written as often as before is not changed.
        let mut more: BTreeMap<&str, i32> = BTreeMap::new();
        new.all
            .iter()
            .filter(|item| is_edited(item))
            .for_each(|item| *more.entry(item.statement.sql).or_default() += 1);
        old.all.iter().for_each(|item| *more.entry(item.statement.sql).or_default() -= 1);
        let mut change = Self::default();
        for (item, head) in olds().chain(news().filter(|(item, _)| is_edited(item))) {
            if more.get(item.statement.sql) != Some(&0) {
                change.tables.insert(table_of(item, head)?.name.to_owned());
            }
        }
        for table in &change.tables {
            let makes = |(_, head): &(&Item<'_>, &Head<'_>)| {
                is_creation(head) && head.name.is_some_and(|name| name.name == table)
            };
            let (was, is): (Vec<_>, Vec<_>) =
                (olds().filter(makes).collect(), news().filter(makes).collect());
            // What is no table, such as a view, is not made anew.
            if was.len() > 1 || is.len() > 1 || was.is_empty() && is.is_empty() {
                return None;
            }
            let there = was.first().or_else(|| is.first().filter(|(item, _)| !is_edited(item)));
            change.dropped.extend(there.and_then(|(_, head)| head.name).map(|name| sql_name(&name)));
        }
        change.keeps_order(before, (old, &old_heads), (new, &heads)).then_some(())?;
        change.plan(new, &heads)?;
        Some(change)
    }

    /// Whether all other statements are in the order in which they were.
    fn keeps_order(
        &self,
        before: &Sources,
        old: (&Items<'_>, &[Head<'_>]),
        new: (&Items<'_>, &[Head<'_>]),
    ) -> bool {
        let mut by_path: BTreeMap<&Path, Vec<&str>> = BTreeMap::new();
        // The files of `old` are the other ones, and so they come last.
        for (items, heads) in [new, old] {
            let mut of_files: BTreeMap<&Path, Vec<&str>> =
                items.files.iter().map(|file| (file.source.path.as_path(), Vec::new())).collect();
            for (item, head) in items.all.iter().zip(heads) {
                if table_of(item, head).is_none_or(|table| !self.tables.contains(table.name)) {
                    let path = items.files[item.file].source.path.as_path();
                    of_files.entry(path).or_default().push(item.statement.sql);
                }
            }
            by_path.extend(of_files);
        }
        let was = before.files.iter().flat_map(|file| by_path.get(file.path.as_path()).into_iter().flatten());
        let (items, heads) = new;
        let is = items.all.iter().zip(heads).filter(|(item, head)| {
            table_of(item, head).is_none_or(|table| !self.tables.contains(table.name))
        });
        was.copied().eq(is.map(|(item, _)| item.statement.sql))
    }

    /// Finds the statements that are to run; none where in doubt.
    fn plan(&mut self, items: &Items<'_>, heads: &[Head<'_>]) -> Option<()> {
        let mut steps: Vec<(u8, Step)> = Vec::new();
        for (at, (item, head)) in items.all.iter().zip(heads).enumerate() {
            let is_ours = |name: &str| self.tables.contains(name);
            if table_of(item, head).is_some_and(|table| is_ours(table.name)) {
                if is_creation(head) && !is_whole(item, head) {
                    return None;
                }
                steps.push((head.tier, Step { item: at, text: None }));
                self.written.extend(item.tokens.iter().filter_map(SqlToken::name).map(str::to_owned));
                continue;
            }
            if !item.tokens.iter().filter_map(SqlToken::name).any(is_ours) {
                continue;
            }
            match (head.verb, head.kind) {
                (Verb::Create, "table") if is_whole(item, head) => {
                    let keys = references(item.statement.sql, &item.tokens, item.statement.offset);
                    let keys = keys.into_iter().filter(|(table, _)| is_ours(table));
                    steps.extend(
                        keys.map(|(_, text)| (TIER_FOREIGN_KEY, Step { item: at, text: Some(text) })),
                    );
                }
                (Verb::Alter, "table") if head.tier == TIER_FOREIGN_KEY => {
                    let is_add = |token: &&SqlToken<'_>| token.is_word("add");
                    if item.tokens.iter().filter(is_add).count() != 1 {
                        return None;
                    }
                    let key = item.tokens.iter().position(|token| token.is_word("references"))?;
                    if head::name_at(&item.tokens, key + 1).is_some_and(|table| is_ours(table.name)) {
                        steps.push((head.tier, Step { item: at, text: None }));
                    }
                }
                // A parameter or a column may be named as a table is; what depends on the table is found
                // when it is dropped, but for `%TYPE`.
                (Verb::Create | Verb::CreateOrReplace, "function" | "procedure")
                    if !item.tokens.iter().any(|token| token.is_symbol("%")) => {}
                (Verb::Create, "index") => {}
                (Verb::Other, _) if table_of(item, head).is_some() => {}
                _ => return None,
            }
        }
        // The order within a tier is the one written.
        steps.sort_by_key(|(tier, _)| *tier);
        self.steps = steps.into_iter().map(|(_, step)| step).collect();
        Some(())
    }
}

fn sql_name(name: &Dotted<'_>) -> String {
    let schema = name.schema.map_or(String::new(), |schema| format!("{}.", Ident(schema)));
    format!("{schema}{}", Ident(name.name))
}

/// Whether a statement acts on nothing but what it names, now and later.
fn is_plain(item: &Item<'_>, head: &Head<'_>) -> bool {
    let is =
        |at: usize, word: &str| item.tokens.get(at).is_some_and(|token: &SqlToken<'_>| token.is_word(word));
    let is_event_trigger = is(1, "event");
    // `ON ALL TABLES IN SCHEMA` names no table.
    let of_all = || item.tokens.windows(2).any(|pair| pair[0].is_word("on") && pair[1].is_word("all"));
    let is_known = match head.verb {
        Verb::Undo | Verb::Code => false,
        Verb::Other => is(0, "comment") || (is(0, "grant") || is(0, "revoke")) && !of_all(),
        Verb::Create | Verb::CreateOrReplace | Verb::Alter => true,
    };
    // Such are those of foreign keys, too.
    let all_triggers =
        item.tokens.windows(2).any(|pair| pair[0].is_word("trigger") && pair[1].is_word("all"));
    let is_cut = |name: &str| name.len() > NAME_BYTES_MAX;
    item.work == Work::Run
        && is_known
        && !all_triggers
        && !item.tokens.iter().filter_map(SqlToken::name).any(is_cut)
        && head.tier != TIER_DEFAULT_PRIVILEGES
        && !is_event_trigger
}

fn is_creation(head: &Head<'_>) -> bool {
    matches!(head.verb, Verb::Create | Verb::CreateOrReplace) && head.kind == "table"
}

/// Whether `CREATE TABLE` takes nothing from other tables.
fn is_whole(item: &Item<'_>, head: &Head<'_>) -> bool {
    let from_others =
        ["like", "inherits", "partition", "of", "temp", "temporary", "select", "values", "execute"];
    let opens =
        head.name.and_then(|name| item.tokens.get(name.end)).is_some_and(|token| token.is_symbol("("));
    opens && !item.tokens.iter().any(|token| from_others.iter().any(|word| token.is_word(word)))
}

/// The one table that a statement makes, or whose parts it makes.
fn table_of<'t>(item: &'t Item<'_>, head: &Head<'t>) -> Option<Dotted<'t>> {
    let tokens = &item.tokens;
    let after = |word: &str| {
        let at = tokens.iter().skip(1).position(|token| token.is_word(word))? + 2;
        let only = tokens.get(at).is_some_and(|token| token.is_word("only"));
        head::name_at(tokens, at + usize::from(only))
    };
    match (head.verb, head.kind) {
        (Verb::Create | Verb::Alter, "table") => head.name,
        (Verb::Create, "index" | "trigger" | "policy") => after("on"),
        (Verb::Other, _) if tokens.first()?.is_word("comment") => {
            let name = head::name_at(tokens, 3)?;
            match &*tokens.get(2)?.value {
                "table" => Some(name),
                // Of `schema.table.column`, the table is the last but one.
                "column" => Some(Dotted { schema: None, name: name.schema?, ..name }),
                "constraint" | "trigger" | "policy" if tokens.get(name.end)?.is_word("on") => {
                    let is_domain = tokens.get(name.end + 1)?.is_word("domain");
                    if is_domain { None } else { head::name_at(tokens, name.end + 1) }
                }
                _ => None,
            }
        }
        _ => None,
    }
}
