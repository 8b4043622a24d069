//! Partitions: what attaches a table to a partitioned one. Either table is an object of its own, and
//! outlives the attachment.

use std::collections::BTreeMap;

use super::constraint::ConstraintDefinition;
use super::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, PG_CLASS, PG_INHERITS, Piece,
    Reaction, RowReader, Statement, definition, not_from_extension,
};
use crate::catalog::{Catalog, NotCompared, ObjectId, Order};
use crate::hazard::HazardKind;
use crate::kinds::ancestry::{in_column_order, inheritance_orders};

/// The registered kind.
pub struct Partition;

definition! {
    /// `pg_inherits` and `relpartbound`.
    pub struct PartitionDefinition {
        /// The partitioned table, quoted and qualified.
        pub of: String,
        /// `pg_get_expr(relpartbound)`: `FOR VALUES …` or `DEFAULT`.
        pub bound: String,
        /// Schema and name of the partitioned table.
        pub of_path: NotCompared<Vec<String>>,
    }
}

impl PartitionDefinition {
    fn parent(&self) -> ObjectId {
        ObjectId::new("table", &self.of_path.0)
    }
}

fn table_of(id: &ObjectId) -> ObjectId {
    ObjectId::new("table", &id.path)
}

/// Whether an index or key of the partition has to be there before it is attached, to be found by a
/// parent's that is there already: PARTITION OF would make another one of its own.
fn brings_indexes(cx: &Context<'_>, id: &ObjectId) -> bool {
    let needs = cx.desired.kinship.needs.get(id).into_iter().flatten();
    needs.filter(|on| matches!(on.kind, "index" | "constraint")).any(|on| {
        let attachment = super::index_attachment::attachment_of(cx.desired, on);
        attachment.is_some_and(|(_, attachment)| !cx.is_new(&attachment.parent(cx.desired)))
    })
}

impl Kind for Partition {
    type Definition = PartitionDefinition;
    const NAME: &'static str = "partition";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, i.inhparent, n.nspname::text, c.relname::text, \
             quote_ident(pn.nspname) || '.' || quote_ident(p.relname), \
             pg_catalog.pg_get_expr(c.relpartbound, c.oid), array[pn.nspname::text, p.relname::text] \
             from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_class p on p.oid = i.inhparent \
             join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace \
             where c.relispartition and c.relkind in ('r', 'p', 'f') and n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, parent): (u32, u32) = (row.take()?, row.take()?);
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let table = names.at((PG_CLASS, oid, 0)).cloned();
        let definition = PartitionDefinition::from_row(row)?;
        let mut found = Found::new((PG_INHERITS, oid, 1), id, table, definition);
        found.ties.push(((PG_CLASS, oid, 0), (PG_CLASS, parent, 0)));
        Ok(Some(found))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &PartitionDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let PartitionDefinition { of, bound, of_path: _ } = new;
        let mut statement =
            Statement::new(format!("ALTER TABLE {of} ATTACH PARTITION {} {bound}", id.sql_name()));
        let table = cx.desired.objects.get(id).and_then(|object| object.parent.as_ref());
        if !table.is_some_and(|table| cx.is_new(table)) {
            let effect = "fails if a row is outside its bounds";
            statement = statement.hazard(HazardKind::DataDependent, id, effect);
        }
        vec![statement]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &PartitionDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("ALTER TABLE {} DETACH PARTITION {}", old.of, id.sql_name()))]
    }

    /// No statement changes a bound: the table is detached and attached again, with its rows.
    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &PartitionDefinition,
        new: &PartitionDefinition,
    ) -> Alteration {
        let PartitionDefinition { of: _, bound: _, of_path: _ } = new;
        Alteration::Replace
    }

    fn fold(&self, cx: &Context<'_>, id: &ObjectId, new: &PartitionDefinition) -> Fold {
        let may = in_column_order(cx.desired, &table_of(id), &new.parent()) && !brings_indexes(cx, id);
        if may { Fold::Early } else { Fold::No }
    }

    fn piece(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        new: &PartitionDefinition,
        _pieces: &[Piece],
    ) -> Piece {
        Piece::new((PARTITION_OF, 0), format!("PARTITION OF {}", new.of), Vec::new())
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &PartitionDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    /// The values that it takes of its parent, which no two partitions may have at a time.
    fn occupies(&self, _id: &ObjectId, definition: &PartitionDefinition) -> Vec<ObjectId> {
        vec![ObjectId::new("values", &definition.of_path.0)]
    }

    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        let mut orders = Vec::new();
        for (id, object) in catalog.objects.iter().filter(|(id, _)| id.kind == Self::NAME) {
            let (Some(heir), Some(definition)) = (&object.parent, catalog.get::<PartitionDefinition>(id))
            else {
                continue;
            };
            orders.extend(inheritance_orders(catalog, heir, &definition.parent(), id));
        }
        orders.extend(references(catalog));
        orders
    }
}

/// A partition that foreign keys of the whole table lead to is only let go where no row of it is referenced
/// (`RI_PartitionRemove_Check`), and not dropped at all: those that go as well go before it.
fn references(catalog: &Catalog) -> Vec<Order> {
    let mut to: BTreeMap<ObjectId, Vec<&ObjectId>> = BTreeMap::new();
    for id in catalog.objects.keys().filter(|id| id.kind == "constraint") {
        let definition = catalog.get::<ConstraintDefinition>(id);
        if definition.is_some_and(|definition| definition.contype == "f" && !definition.inherited) {
            let keys = catalog.dependencies(id).filter(|on| matches!(on.kind, "constraint" | "index"));
            let tables = keys.filter_map(|key| catalog.objects.get(key)?.parent.clone());
            tables.for_each(|table| to.entry(table).or_default().push(id));
        }
    }
    let mut orders = Vec::new();
    for heir in catalog.objects.keys().filter(|id| id.kind == Partition::NAME) {
        let mut at = heir.clone();
        while let Some(definition) = catalog.get::<PartitionDefinition>(&at) {
            let table = definition.parent();
            let foreign_keys = to.get(&table).into_iter().flatten();
            orders.extend(foreign_keys.map(|key| Order::DroppedBefore((*key).clone(), heir.clone())));
            at = ObjectId::new(Partition::NAME, &table.path);
        }
    }
    orders
}

/// Where `PARTITION OF` stands among the pieces of a table.
pub const PARTITION_OF: u8 = 9;

/// `FOR VALUES …` or `DEFAULT`, for a partition.
pub fn bound<'a>(catalog: &'a Catalog, table: &ObjectId) -> &'a str {
    let id = ObjectId::new(Partition::NAME, &table.path);
    catalog.get::<PartitionDefinition>(&id).map_or("", |definition| &definition.bound)
}
