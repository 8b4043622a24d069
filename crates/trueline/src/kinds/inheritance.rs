//! Inheritance between tables: what makes a table the heir of another. Either table is an object of its own.

use super::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, PG_CLASS, PG_INHERITS, Piece,
    Reaction, RowReader, Statement, definition, not_from_extension,
};
use crate::catalog::{Catalog, NotCompared, ObjectId, Order};
use crate::kinds::ancestry::{counterpart, inheritance_orders};
use crate::kinds::column::ColumnDefinition;

/// The registered kind.
pub struct Inheritance;

definition! {
    /// `pg_inherits`.
    pub struct InheritanceDefinition {
        /// The tables that the heir inherits from before this one (`inhseqno`), quoted and qualified.
        pub after: Vec<String>,
        /// `inhseqno`.
        pub place: NotCompared<i32>,
    }
}

/// The path is the heir's, then the parent's.
fn heir_and_parent(id: &ObjectId) -> (ObjectId, ObjectId) {
    (ObjectId::new("table", &id.path[..2]), ObjectId::new("table", &id.path[2..]))
}

fn alter(id: &ObjectId, verb: &str) -> Vec<Statement> {
    let (heir, parent) = heir_and_parent(id);
    vec![Statement::new(format!("ALTER TABLE {} {verb} {}", heir.sql_name(), parent.sql_name()))]
}

/// Whether a table had the columns of `parent` before it became its heir, and others before them: INHERITS in
/// CREATE TABLE puts what is inherited first, INHERIT leaves all where it is.
fn keeps_its_order(catalog: &Catalog, heir: &ObjectId, parent: &ObjectId) -> bool {
    let mut columns: Vec<(i32, bool, bool)> = catalog
        .within("column", &heir.path)
        .filter_map(|(id, _)| {
            let column = catalog.get::<ColumnDefinition>(id)?;
            let is_inherited = catalog.objects.contains_key(&counterpart(parent, id));
            Some((column.position.0, is_inherited, column.local.0))
        })
        .collect();
    columns.sort_unstable();
    let are_its_own = columns.iter().filter(|column| column.1).all(|column| column.2);
    are_its_own && columns.iter().skip_while(|column| column.1).any(|column| column.1)
}

impl Kind for Inheritance {
    type Definition = InheritanceDefinition;
    const NAME: &'static str = "inheritance";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, i.inhparent, n.nspname::text, c.relname::text, pn.nspname::text, p.relname::text, \
             array(select quote_ident(bn.nspname) || '.' || quote_ident(b.relname) from pg_catalog.pg_inherits h \
               join pg_catalog.pg_class b on b.oid = h.inhparent \
               join pg_catalog.pg_namespace bn on bn.oid = b.relnamespace \
               where h.inhrelid = i.inhrelid and h.inhseqno < i.inhseqno order by h.inhseqno), \
             i.inhseqno from pg_catalog.pg_inherits i join pg_catalog.pg_class c on c.oid = i.inhrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_class p on p.oid = i.inhparent \
             join pg_catalog.pg_namespace pn on pn.oid = p.relnamespace \
             where not c.relispartition and c.relkind in ('r', 'f') and n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, parent): (u32, u32) = (row.take()?, row.take()?);
        let path: [String; 4] = [row.take()?, row.take()?, row.take()?, row.take()?];
        let id = ObjectId::new(Self::NAME, path);
        let table = names.at((PG_CLASS, oid, 0)).cloned();
        let definition = InheritanceDefinition::from_row(row)?;
        let mut found = Found::new((PG_INHERITS, oid, definition.place.0), id, table, definition);
        found.ties.push(((PG_CLASS, oid, 0), (PG_CLASS, parent, 0)));
        Ok(Some(found))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _new: &InheritanceDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        alter(id, "INHERIT")
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &InheritanceDefinition) -> Vec<Statement> {
        alter(id, "NO INHERIT")
    }

    /// INHERIT appends.
    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        old: &InheritanceDefinition,
        new: &InheritanceDefinition,
    ) -> Alteration {
        let InheritanceDefinition { after, place: _ } = new;
        let is_in_place = after.iter().all(|before| old.after.contains(before));
        if is_in_place { Alteration::InPlace(Vec::new()) } else { Alteration::Replace }
    }

    fn fold(&self, cx: &Context<'_>, id: &ObjectId, _new: &InheritanceDefinition) -> Fold {
        let (heir, parent) = heir_and_parent(id);
        if keeps_its_order(cx.desired, &heir, &parent) { Fold::No } else { Fold::Early }
    }

    fn piece(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &InheritanceDefinition,
        _pieces: &[Piece],
    ) -> Piece {
        let (_, parent) = heir_and_parent(id);
        Piece::new((INHERITS, new.place.0), parent.sql_name(), Vec::new())
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &InheritanceDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        let mut found: Vec<(i32, &ObjectId, &ObjectId)> = Vec::new();
        for (id, object) in catalog.objects.iter().filter(|(id, _)| id.kind == Self::NAME) {
            let place = catalog.get::<InheritanceDefinition>(id).map_or(0, |definition| definition.place.0);
            found.extend(object.parent.as_ref().map(|heir| (place, id, heir)));
        }
        found.sort();
        let mut orders = Vec::new();
        for (place, id, heir) in &found {
            let (_, parent) = heir_and_parent(id);
            orders.extend(inheritance_orders(catalog, heir, &parent, id));
            let before = catalog.within(Self::NAME, &heir.path).filter(|(other, _)| {
                catalog.get::<InheritanceDefinition>(other).is_some_and(|other| other.place.0 < *place)
            });
            orders.extend(before.map(|(other, _)| Order::WaitsFor((*id).clone(), other.clone())));
        }
        orders
    }
}

/// Where a table of `INHERITS` stands among the pieces of a table.
pub const INHERITS: u8 = 8;
