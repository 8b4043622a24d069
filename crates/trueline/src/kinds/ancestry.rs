//! What heirs and partitions share with the tables that they inherit from, and what of it PostgreSQL
//! makes, changes and drops by itself.

use super::column::ColumnDefinition;
use super::constraint::{ConstraintDefinition, inherited::has_own_name};
use crate::catalog::{Catalog, ObjectId, Order};
use crate::kinds::Context;

/// The part of the same name and kind of another table.
pub fn counterpart(table: &ObjectId, part: &ObjectId) -> ObjectId {
    let mut path = table.path.clone();
    path.extend(part.path.last().cloned());
    ObjectId { kind: part.kind, path, signature: None }
}

/// The table of a column, default or constraint.
pub fn table_of(part: &ObjectId) -> ObjectId {
    ObjectId::new("table", part.container())
}

/// What follows from `heir` inheriting from `parent` by way of `by`: copies are made after, and go before, what
/// they are copies of, and a table is attached when it has all that its parent has.
pub fn inheritance_orders(
    catalog: &Catalog,
    heir: &ObjectId,
    parent: &ObjectId,
    by: &ObjectId,
) -> Vec<Order> {
    // A foreign table inherits as any other does.
    let table = |id: &ObjectId| ObjectId::new("table", &id.path);
    let mut orders = vec![Order::Inherits(table(heir), table(parent), by.clone())];
    let mut copy = |original: &ObjectId| {
        let copy = counterpart(heir, original);
        if catalog.objects.contains_key(&copy) {
            orders.push(Order::Needs(copy.clone(), original.clone()));
            let column = ObjectId { kind: "column", ..copy.clone() };
            if catalog.get::<ColumnDefinition>(&column).is_some_and(|column| column.local.0) {
                orders.push(Order::Owns(copy.clone(), original.clone()));
            }
            if original.kind != "default" {
                orders.push(Order::Needs(by.clone(), copy));
                orders.push(Order::Needs(by.clone(), original.clone()));
            }
        }
    };
    for kind in ["column", "default"] {
        catalog.within(kind, &parent.path).for_each(|(original, _)| copy(original));
    }
    let mut foreign_keys = Vec::new();
    for (id, _) in catalog.within("constraint", &parent.path) {
        match catalog.get::<ConstraintDefinition>(id) {
            Some(definition) if definition.contype == "c" => copy(id),
            Some(definition) if definition.contype == "f" => foreign_keys.push(id),
            _ => {}
        }
    }
    for id in foreign_keys {
        orders.push(Order::LeavesBefore(by.clone(), id.clone()));
        for (copy, _) in catalog.within("constraint", &heir.path) {
            match catalog.get::<ConstraintDefinition>(copy) {
                Some(key) if key.contype != "f" || !key.is_copy_of(id.name()) => {}
                Some(key) if has_own_name(copy, key) => orders.push(Order::Needs(by.clone(), copy.clone())),
                _ => orders.push(Order::WaitsFor(copy.clone(), by.clone())),
            }
        }
    }
    orders
}

/// Whether a table has its parent's columns in its parent's order, as `PARTITION OF` gives them.
pub fn in_column_order(catalog: &Catalog, heir: &ObjectId, parent: &ObjectId) -> bool {
    let names = |table: &ObjectId| {
        let columns = catalog.within("column", &table.path);
        let mut columns: Vec<(i32, Box<str>)> = columns
            .filter_map(|(id, _)| Some((catalog.get::<ColumnDefinition>(id)?.position.0, id.name().into())))
            .collect();
        columns.sort();
        columns.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    names(heir) == names(parent)
}

/// The counterparts of a part in the tables that its table inherits from before, after and in between.
pub fn originals<'a>(cx: &'a Context<'_>, part: &'a ObjectId) -> impl Iterator<Item = ObjectId> + 'a {
    let parents: Vec<ObjectId> = cx.kept_parents(&table_of(part)).cloned().collect();
    parents.into_iter().map(|parent| counterpart(&parent, part))
}

/// Those in the tables that it inherits from afterwards.
pub fn desired_originals(catalog: &Catalog, part: &ObjectId) -> Vec<ObjectId> {
    let parents = catalog.kinship.parents(&table_of(part)).iter();
    parents
        .map(|parent| counterpart(&parent.table, part))
        .filter(|id| catalog.objects.contains_key(id))
        .collect()
}

/// Whether all heirs of a part's table have the same to do, so that one statement does it for all of them.
pub fn heirs_agree(cx: &Context<'_>, part: &ObjectId) -> bool {
    let table = table_of(part);
    let same =
        |catalog: &Catalog, other: &ObjectId| match (catalog.objects.get(part), catalog.objects.get(other)) {
            (Some(mine), Some(theirs)) => mine.definition.equals(&*theirs.definition),
            (None, None) => true,
            _ => false,
        };
    let heirs = cx.desired.kinship.heirs(&table);
    cx.current.kinship.heirs(&table).len() == heirs.len()
        && cx.kept_heirs(&table).count() == heirs.len()
        && cx.kept_heirs(&table).all(|heir| {
            let other = counterpart(heir, part);
            same(cx.current, &other) && same(cx.desired, &other) && heirs_agree(cx, &other)
        })
}
