//! Marks that one index of a table can have at a time: CLUSTER ON, and REPLICA IDENTITY USING INDEX.

use super::constraint::ConstraintDefinition;
use super::index::IndexDefinition;
use super::table::TableDefinition;
use super::{Context, Statement};
use crate::catalog::{Catalog, ObjectId};

/// The marks of an index.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// `indisclustered`.
    pub clustered: bool,
    /// `indisreplident`.
    pub replica_identity: bool,
}

impl Marks {
    /// Those that `new` lacks.
    pub fn without(self, new: Self) -> Self {
        Self {
            clustered: self.clustered && !new.clustered,
            replica_identity: self.replica_identity && !new.replica_identity,
        }
    }
}

/// Takes marks away from an index of `table`, where none of its other indexes takes them over.
pub fn take_away(cx: &Context<'_>, table: &ObjectId, lost: Marks) -> Vec<Statement> {
    let mut statements = Vec::new();
    if !lost.clustered && !lost.replica_identity {
        return statements;
    }
    let taken_over = marks_of(cx.desired, table);
    let name = table.sql_name();
    if lost.clustered && !taken_over.clustered {
        statements.push(Statement::new(format!("ALTER TABLE {name} SET WITHOUT CLUSTER")));
    }
    // The table may have an identity that needs no index.
    let of_table =
        |catalog: &Catalog| catalog.get::<TableDefinition>(table).map(|table| table.replica_identity.clone());
    let is_default = of_table(cx.desired).is_some_and(|identity| identity == "d");
    if lost.replica_identity && !taken_over.replica_identity && is_default {
        statements.push(Statement::new(format!("ALTER TABLE {name} REPLICA IDENTITY DEFAULT")));
    }
    statements
}

fn marks_of(catalog: &Catalog, table: &ObjectId) -> Marks {
    let mut all = Marks::default();
    for (id, _) in catalog.children(table) {
        let index = catalog.get::<IndexDefinition>(id).map(IndexDefinition::index_marks);
        let marks =
            index.or_else(|| catalog.get::<ConstraintDefinition>(id).map(ConstraintDefinition::marks));
        if let Some(marks) = marks {
            all.clustered |= marks.clustered;
            all.replica_identity |= marks.replica_identity;
        }
    }
    all
}
