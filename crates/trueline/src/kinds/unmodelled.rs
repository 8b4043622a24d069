//! Everything that no kind models, so that nothing is passed over in silence.
//!
//! Which objects these are is one list: whoever adds a kind extends it. They can only be told apart by
//! their names, and neither made nor removed: `db-generate` refuses them, everything else lists them.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, Piece, Reaction, RowReader, Statement,
    definition, not_from_extension,
};
use crate::catalog::ObjectId;

/// The registered kind.
pub struct Unmodelled;

definition! {
    /// Nothing but its name is known.
    pub struct UnmodelledDefinition {}
}

/// In managed schemas: a system catalog, the column that names the schema, and which rows `x` of it no kind
/// models. Every letter of today's majors is modelled; this is what a new major may bring.
const IN_SCHEMAS: &[(&str, &str, &str)] = &[
    ("pg_class", "relnamespace", "x.relkind not in ('r', 'i', 'S', 't', 'v', 'm', 'c', 'f', 'p', 'I')"),
    ("pg_type", "typnamespace", "x.typtype not in ('b', 'c', 'd', 'e', 'm', 'p', 'r')"),
    ("pg_proc", "pronamespace", "x.prokind not in ('f', 'p', 'a', 'w')"),
    ("pg_constraint", "connamespace", "x.contype not in ('c', 'f', 'n', 'p', 't', 'u', 'x')"),
];

fn rows(class: &str, condition: &str) -> String {
    format!(
        "select i.type, i.identity from pg_catalog.{class} x cross join lateral \
         pg_catalog.pg_identify_object('pg_catalog.{class}'::regclass, x.oid, 0) i \
         where x.oid >= 16384 and ({condition}) and {}",
        not_from_extension(class, "x.oid")
    )
}

impl Kind for Unmodelled {
    type Definition = UnmodelledDefinition;
    const NAME: &'static str = "unmodelled";

    fn query(&self, _major: u32) -> Option<String> {
        let in_schemas = IN_SCHEMAS.iter().map(|(class, schema, condition)| {
            rows(class, &format!("x.{schema} in (select n.oid from managed n) and ({condition})"))
        });
        let all: Vec<String> = in_schemas.collect();
        Some(format!(
            "with managed as (select n.oid from pg_catalog.pg_namespace n where n.nspname = any($1)) {}",
            all.join(" union all ")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (what, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [format!("{what} {name}")]);
        // Without an address of its own no edge leads to it: it is in no plan.
        Ok(Some(Found::new((0, 0, 0), id, None, UnmodelledDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _new: &UnmodelledDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        Vec::new()
    }

    fn drop(&self, _cx: &Context<'_>, _id: &ObjectId, _old: &UnmodelledDefinition) -> Vec<Statement> {
        Vec::new()
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &UnmodelledDefinition,
        new: &UnmodelledDefinition,
    ) -> Alteration {
        let UnmodelledDefinition {} = new;
        Alteration::InPlace(Vec::new())
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &UnmodelledDefinition,
        _on: &ObjectId,
        _how: Disturbance,
    ) -> Reaction {
        Reaction::Keep
    }
}
