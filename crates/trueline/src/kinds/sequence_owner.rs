//! Which column owns a sequence: `serial` columns make a circle of column, default and sequence, which
//! is none once the owner is an object of its own.

use super::owner::Owner;
use super::{
    Address, Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction,
    RowReader, Statement, attached, definition, not_from_extension,
};
use crate::catalog::{Catalog, ObjectId};
use crate::kinds::column::ColumnDefinition;

/// The registered kind.
pub struct SequenceOwner;

definition! {
    /// `pg_depend`, from a sequence to a column.
    pub struct SequenceOwnerDefinition {
        /// Schema, table and column, quoted and dotted.
        pub column: String,
    }
}

/// No system catalog holds these: PostgreSQL's OID of none.
const NO_CLASS: u32 = 0;

fn owned_by(id: &ObjectId, owner: &str) -> Vec<Statement> {
    vec![Statement::new(format!("ALTER SEQUENCE {} OWNED BY {owner}", id.sql_name()))]
}

/// Whether a column owns the sequence of that path.
pub fn is_owned(catalog: &Catalog, path: &[Box<str>]) -> bool {
    catalog.objects.contains_key(&ObjectId::new(SequenceOwner::NAME, path))
}

/// Whether the column that owns the sequence gets one as an identity, which goes on where its values end.
pub fn becomes_identity(cx: &Context<'_>, sequence: &ObjectId) -> bool {
    let id = ObjectId::new(SequenceOwner::NAME, &sequence.path);
    let Some(owner) = cx.current.get::<SequenceOwnerDefinition>(&id) else { return false };
    let has_identity =
        |id| cx.desired.get::<ColumnDefinition>(id).is_some_and(|column| column.identity.is_some());
    cx.desired
        .objects
        .keys()
        .any(|id| id.kind == "column" && id.sql_name() == owner.column && has_identity(id))
}

impl Kind for SequenceOwner {
    type Definition = SequenceOwnerDefinition;
    const NAME: &'static str = "sequence owner";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.relname::text, d.refobjid, d.refobjsubid, \
             quote_ident(tn.nspname) || '.' || quote_ident(t.relname) || '.' || quote_ident(a.attname) \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_depend d on d.classid = 'pg_catalog.pg_class'::regclass and d.objid = c.oid \
               and d.objsubid = 0 and d.refclassid = 'pg_catalog.pg_class'::regclass and d.refobjsubid > 0 \
               and d.deptype = 'a' \
             join pg_catalog.pg_attribute a on a.attrelid = d.refobjid and a.attnum = d.refobjsubid \
             join pg_catalog.pg_class t on t.oid = d.refobjid \
             join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace \
             where c.relkind = 'S' and n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let column: Address = (PG_CLASS, row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let parent = names.at((PG_CLASS, oid, 0)).cloned();
        // Both must have the same owner before (`process_owned_by` in `sequence.c`).
        let owned = [parent.as_ref(), names.at((column.0, column.1, 0))].into_iter().flatten();
        let needs = owned.map(|owned| attached::on(Owner::NAME, owned)).collect();
        let mut found = Found::new((NO_CLASS, oid, 0), id, parent, SequenceOwnerDefinition::from_row(row)?);
        found.claims.push(((PG_CLASS, oid, 0), column));
        found.needs = needs;
        Ok(Some(found))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &SequenceOwnerDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        owned_by(id, &new.column)
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &SequenceOwnerDefinition) -> Vec<Statement> {
        owned_by(id, "NONE")
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _old: &SequenceOwnerDefinition,
        new: &SequenceOwnerDefinition,
    ) -> Alteration {
        let SequenceOwnerDefinition { column } = new;
        Alteration::InPlace(owned_by(id, column))
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &SequenceOwnerDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }
}
