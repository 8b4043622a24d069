//! Typed tables: what ties a table to the composite type that it is `OF`. The table's columns are objects of its own.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, PG_TYPE, Piece, Reaction,
    RowReader, Statement, definition, not_from_extension,
};
use crate::catalog::{Catalog, ObjectId, Order};

/// The registered kind.
pub struct TableType;

definition! {
    /// `reloftype`.
    pub struct TableTypeDefinition {
        /// The type, quoted and qualified.
        pub of: String,
        /// Its attributes, which the table's columns follow.
        pub attributes: Vec<String>,
    }
}

/// No system catalog holds these: PostgreSQL's OID of none.
const NO_CLASS: u32 = 0;

fn alter(id: &ObjectId, clause: &str) -> Vec<Statement> {
    vec![Statement::new(format!("ALTER TABLE {} {clause}", id.sql_name()))]
}

impl Kind for TableType {
    type Definition = TableTypeDefinition;
    const NAME: &'static str = "table type";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, t.oid, n.nspname::text, c.relname::text, \
             quote_ident(tn.nspname) || '.' || quote_ident(t.typname), \
             array(select quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) \
               from pg_catalog.pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped \
               order by a.attnum) \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_type t on t.oid = c.reloftype \
             join pg_catalog.pg_namespace tn on tn.oid = t.typnamespace \
             where c.relkind in ('r', 'p') and n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, of): (u32, u32) = (row.take()?, row.take()?);
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let table = names.at((PG_CLASS, oid, 0)).cloned();
        let mut found = Found::new((NO_CLASS, oid, 1), id, table, TableTypeDefinition::from_row(row)?);
        found.ties.push(((PG_CLASS, oid, 0), (PG_TYPE, of, 0)));
        Ok(Some(found))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &TableTypeDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let TableTypeDefinition { of, attributes: _ } = new;
        alter(id, &format!("OF {of}"))
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &TableTypeDefinition) -> Vec<Statement> {
        alter(id, "NOT OF")
    }

    /// The type's attributes and the table's columns change apart from each other.
    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &TableTypeDefinition,
        new: &TableTypeDefinition,
    ) -> Alteration {
        let TableTypeDefinition { of: _, attributes: _ } = new;
        Alteration::Replace
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &TableTypeDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Retyped if on.kind == "table" => Reaction::Keep,
            _ => Reaction::Replace,
        }
    }

    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        let typed = catalog.objects.keys().filter(|id| id.kind == Self::NAME);
        let columns =
            typed.flat_map(|id| catalog.within("column", &id.path).map(move |(column, _)| (id, column)));
        columns.map(|(id, column)| Order::Needs(id.clone(), column.clone())).collect()
    }
}
