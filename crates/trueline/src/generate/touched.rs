//! Which tables a migration touches: those that the proof puts rows into.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, ObjectId};
use crate::kinds::column::ColumnDefinition;
use crate::plan::Plan;

/// The tables whose rows the plan may touch: its objects' own, and those with columns of its types.
pub(super) fn touched(plan: &Plan, catalog: &Catalog, desired: &Catalog) -> BTreeSet<ObjectId> {
    let dependents = catalog.dependents();
    let with_columns: BTreeSet<&ObjectId> = catalog
        .objects
        .iter()
        .filter(|(id, _)| catalog.get::<ColumnDefinition>(id).is_some())
        .filter_map(|(_, column)| column.parent.as_ref())
        .collect();
    let mut tables = BTreeSet::new();
    for step in &plan.steps {
        let users = dependents.get(&step.object).into_iter().flatten().copied();
        for id in users.chain([&step.object]) {
            let mut root = id;
            // A new column is only in the desired catalog, and its table in both.
            while let Some(object) = catalog.objects.get(root).or_else(|| desired.objects.get(root)) {
                match object.parent.as_ref().filter(|parent| parent.kind != "schema") {
                    Some(parent) => root = parent,
                    None => break,
                }
            }
            if catalog.objects.contains_key(root) && with_columns.contains(root) {
                tables.insert(root.clone());
            }
        }
    }
    tables
}
