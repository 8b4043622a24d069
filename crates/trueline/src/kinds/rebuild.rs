//! Exchanging a type under the columns that use it, where no ALTER leads to the new one.
//!
//! The old type is renamed aside, the new one is made in its place, columns go over by way of the text
//! form, and the old type is dropped. Domains over the type are exchanged with it. What depends on the
//! columns or on the type is the plan's business: it is told that they are retyped.

use std::collections::BTreeSet;

use super::{Context, Statement, domain};
use crate::catalog::ObjectId;
use crate::kinds::column::ColumnDefinition;
use crate::kinds::domain::DomainDefinition;
use crate::sql::Ident;

/// PostgreSQL's limit on names, `NAMEDATALEN - 1` bytes.
const NAME_BYTES: usize = 63;

/// Exchanges `id` for what `create` makes; `word` is `TYPE` or `DOMAIN`.
pub fn rebuild(cx: &Context<'_>, id: &ObjectId, word: &str, create: Vec<Statement>) -> Vec<Statement> {
    let mut types = vec![(id.clone(), word.to_owned(), create)];
    let mut next = 0;
    while let Some((on, ..)) = types.get(next) {
        let on = on.clone();
        for domain in users(cx, &on, domain::Domain::KIND) {
            if let Some(definition) = cx.current.get::<DomainDefinition>(domain)
                && !types.iter().any(|(known, ..)| known == domain)
            {
                let create = domain::again(cx, domain, definition);
                types.push((domain.clone(), "DOMAIN".into(), create));
            }
        }
        next += 1;
    }
    let mut statements = Vec::new();
    for (id, word, _) in &types {
        let aside = Ident(&name_aside(id)).to_string();
        statements.push(Statement::new(format!("ALTER {word} {} RENAME TO {aside}", id.sql_name())));
    }
    statements.extend(types.iter().flat_map(|(_, _, create)| create.clone()));
    let columns: BTreeSet<&ObjectId> = types.iter().flat_map(|(id, ..)| users(cx, id, "column")).collect();
    statements.extend(columns.into_iter().filter_map(|column| carry_over(cx, column)));
    for (id, word, _) in types.iter().rev() {
        let mut aside = id.clone();
        aside.path[1] = name_aside(id).into();
        statements.push(Statement::new(format!("DROP {word} {}", aside.sql_name())));
    }
    statements
}

/// The objects of that kind that use the type before and after, and are not made anew anyway.
fn users<'a>(cx: &Context<'a>, on: &'a ObjectId, kind: &'static str) -> impl Iterator<Item = &'a ObjectId> {
    let uses = |catalog: &crate::catalog::Catalog, id: &ObjectId| {
        catalog.depends_on.get(id).is_some_and(|targets| targets.contains(on))
    };
    let (current, desired, created) = (cx.current, cx.desired, cx.created);
    current
        .objects
        .keys()
        .filter(move |id| id.kind == kind && uses(current, id) && uses(desired, id) && !created.contains(*id))
}

fn carry_over(cx: &Context<'_>, id: &ObjectId) -> Option<Statement> {
    let column = cx.current.get::<ColumnDefinition>(id)?;
    let (name, data_type) = (id.sql_last(), &column.data_type);
    let text = if data_type.ends_with("[]") { "text[]" } else { "text" };
    let collation = column.collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
    Some(Statement::new(format!(
        "ALTER TABLE {} ALTER COLUMN {name} TYPE {data_type}{collation} USING {name}::{text}::{data_type}",
        id.sql_container()
    )))
}

fn name_aside(id: &ObjectId) -> String {
    let suffix = "__replaced";
    let mut name = id.name().to_owned();
    while name.len() > NAME_BYTES - suffix.len() {
        name.pop();
    }
    name + suffix
}
