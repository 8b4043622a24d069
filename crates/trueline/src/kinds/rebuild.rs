//! Exchanging a type under the columns that use it, where no ALTER leads to the new one.
//!
//! The old type is renamed aside, the new one is made in its place, columns go over by way of the text
//! form, and the old type is dropped. Domains and composite types over the type are exchanged with it. What depends on the
//! columns or on the type is the plan's business: it is told that they are retyped.

use std::collections::BTreeMap;

use super::{Context, Statement, column, composite, domain};
use crate::catalog::ObjectId;
use crate::kinds::column::ColumnDefinition;
use crate::sql::Ident;

/// PostgreSQL's limit on names, `NAMEDATALEN - 1` bytes.
const NAME_BYTES: usize = 63;

/// Exchanges `id` for what `create` makes; `word` is `TYPE` or `DOMAIN`.
pub fn rebuild(cx: &Context<'_>, id: &ObjectId, word: &str, create: Vec<Statement>) -> Vec<Statement> {
    let mut over = Vec::new();
    visit(cx, id, &mut over);
    let again = |over: &ObjectId| {
        let domain = domain::again(cx, over).map(|create| (over.clone(), "DOMAIN", create));
        domain.or_else(|| composite::again(cx, over).map(|create| (over.clone(), "TYPE", create)))
    };
    let mut types = vec![(id.clone(), word, create)];
    types.extend(over.iter().rev().filter(|over| *over != id).filter_map(again));
    let mut statements = Vec::new();
    for (id, word, _) in &types {
        let aside = Ident(&name_aside(id)).to_string();
        statements.push(Statement::new(format!("ALTER {word} {} RENAME TO {aside}", id.sql_name())));
    }
    statements.extend(types.iter().flat_map(|(_, _, create)| create.clone()));
    let mut carried: BTreeMap<&ObjectId, bool> = BTreeMap::new();
    for (id, word, _) in &types {
        // A copy goes over with its original.
        for column in columns(cx, id).filter(|column| !column::is_copy(cx, column)) {
            *carried.entry(column).or_default() |= *word != "COLLATION";
        }
    }
    statements.extend(carried.into_iter().flat_map(|(column, converted)| carry_over(cx, column, converted)));
    for (id, word, _) in types.iter().rev() {
        let mut aside = id.clone();
        aside.path[1] = name_aside(id).into();
        statements.push(Statement::new(format!("DROP {word} {}", aside.sql_name())));
    }
    statements
}

/// Appends the type and what is over it, each after all that is over it.
fn visit(cx: &Context<'_>, id: &ObjectId, done: &mut Vec<ObjectId>) {
    if done.contains(id) {
        return;
    }
    for over in users(cx, id, |kind| kind == "domain" || kind == "composite type") {
        visit(cx, over, done);
    }
    done.push(id.clone());
}

fn columns<'a>(cx: &Context<'a>, on: &'a ObjectId) -> impl Iterator<Item = &'a ObjectId> {
    users(cx, on, |kind| kind == "column")
}

/// The objects of such kinds that use the type before and after, and are not made anew anyway.
fn users<'a>(
    cx: &Context<'a>,
    on: &'a ObjectId,
    is_such: fn(&str) -> bool,
) -> impl Iterator<Item = &'a ObjectId> {
    let uses = |catalog: &crate::catalog::Catalog, id: &ObjectId| {
        catalog.depends_on.get(id).is_some_and(|targets| targets.contains(on))
    };
    let (current, desired, created) = (cx.current, cx.desired, cx.created);
    current.objects.keys().filter(move |id| {
        is_such(id.kind) && uses(current, id) && uses(desired, id) && !created.contains(*id)
    })
}

/// Whether a column of a table holds values of the type, so that it cannot be altered in place
/// (`find_composite_type_dependencies` in `tablecmds.c`).
pub fn is_used_by_columns(cx: &Context<'_>, on: &ObjectId) -> bool {
    columns(cx, on).next().is_some()
}

/// `converted`: to a new type, rather than to a new collation of the same one.
fn carry_over(cx: &Context<'_>, id: &ObjectId, converted: bool) -> Vec<Statement> {
    let Some(column) = cx.current.get::<ColumnDefinition>(id) else { return Vec::new() };
    let (name, data_type) = (id.sql_last(), &column.data_type);
    let text = if data_type.ends_with("[]") { "text[]" } else { "text" };
    let collation = column.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
    let using = if converted { format!(" USING {name}::{text}::{data_type}") } else { String::new() };
    let table = id.sql_container();
    let sql = format!("ALTER TABLE {table} ALTER COLUMN {name} TYPE {data_type}{collation}{using}");
    let mut statements = vec![Statement::new(sql)];
    statements.extend(column.storage_again(id));
    statements
}

fn name_aside(id: &ObjectId) -> String {
    let suffix = "__replaced";
    let mut name = id.name().to_owned();
    while name.len() > NAME_BYTES - suffix.len() {
        name.pop();
    }
    name + suffix
}
