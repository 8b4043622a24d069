//! Constraints that a table inherits, and those of its partitions' indexes: what PostgreSQL makes and drops by itself.

use super::ConstraintDefinition;
use crate::catalog::{Catalog, ObjectId};
use crate::kinds::ancestry::table_of;
use crate::kinds::index_attachment::{comes_with_partition, falls_with_parent};
use crate::kinds::{Context, Statement};

/// The constraint that it is a copy of, in a table that its own inherits from before, after and in between.
pub fn original_of(cx: &Context<'_>, id: &ObjectId, definition: &ConstraintDefinition) -> Option<ObjectId> {
    let name = definition.copy_of.0.as_deref()?;
    let table = table_of(id);
    let mut of = cx
        .kept_parents(&table)
        .map(|parent| ObjectId::new("constraint", [&parent.path[0], &parent.path[1], name]));
    of.find(|id| cx.current.objects.contains_key(id) || cx.desired.objects.contains_key(id))
}

/// What is left to do for a constraint that comes with its original, or with its table's parent.
pub fn created(cx: &Context<'_>, id: &ObjectId, new: &ConstraintDefinition) -> Option<Vec<Statement>> {
    if comes_with_partition(cx, id) {
        return Some(Vec::new());
    }
    let comes_with_original = original_of(cx, id, new).is_some_and(|original| cx.is_new(&original));
    let comes_by_attaching =
        new.contype == "f" && new.inherited && !has_own_name(id, new) && is_attached_now(cx, &table_of(id));
    if !comes_with_original && !comes_by_attaching {
        return None;
    }
    let given = given_name(cx, id, new);
    let rename = given.filter(|name| name != id.name()).map(|name| {
        let (table, name, new) = (id.sql_container(), crate::sql::Ident(&name).to_string(), id.sql_last());
        Statement::new(format!("ALTER TABLE {table} RENAME CONSTRAINT {name} TO {new}"))
    });
    Some(rename.into_iter().collect())
}

/// The name that PostgreSQL gives a copy: that of what all copies of copies are made with.
fn given_name(cx: &Context<'_>, id: &ObjectId, new: &ConstraintDefinition) -> Option<String> {
    let mut name = new.copy_of.0.clone();
    let mut original = original_of(cx, id, new).filter(|original| cx.is_new(original));
    while let Some(at) = original {
        name = Some(at.name().to_owned());
        let definition = cx.desired.get::<ConstraintDefinition>(&at);
        original = definition.and_then(|definition| original_of(cx, &at, definition));
        original = original.filter(|original| cx.is_new(original));
    }
    name
}

/// Whether a foreign key has another name than what it is a copy of: then its table has it before it is attached,
/// and PostgreSQL makes it the copy (`tryAttachPartitionForeignKey` in `tablecmds.c`).
pub fn has_own_name(id: &ObjectId, definition: &ConstraintDefinition) -> bool {
    definition.contype == "f"
        && definition.inherited
        && definition.copy_of.0.as_deref().is_some_and(|original| original != id.name())
}

fn is_attached_now(cx: &Context<'_>, table: &ObjectId) -> bool {
    let parents = |catalog: &Catalog| catalog.kinship.parents(table).len();
    parents(cx.desired) > 0 && cx.kept_parents(table).count() == 0
}

/// Whether PostgreSQL drops it when its original is dropped.
pub fn is_dropped_with_original(cx: &Context<'_>, id: &ObjectId, old: &ConstraintDefinition) -> bool {
    let original = original_of(cx, id, old).filter(|_| !old.local.0 || old.contype == "f");
    // An inherited foreign key cannot be dropped by itself: it goes with its original or with its table.
    let goes = old.contype == "f" && old.inherited && cx.is_dropped(&table_of(id));
    goes || falls_with_parent(cx, id) || original.is_some_and(|original| cx.is_dropped(&original))
}
