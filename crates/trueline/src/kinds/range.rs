//! Range types. Nothing of one can be altered.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_TYPE, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, rename_or_move, type_name,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// The registered kind.
pub struct Range;

definition! {
    /// `pg_range`.
    pub struct RangeDefinition {
        /// `format_type` of `rngsubtype`.
        pub subtype: String,
        /// `rngsubopc`, quoted and qualified, where it is not the subtype's default.
        pub opclass: Option<String>,
        /// `rngcollation`, quoted and qualified, where it is not the subtype's own.
        pub collation: Option<String>,
        /// `rngcanonical`, quoted and qualified.
        pub canonical: Option<String>,
        /// `rngsubdiff`, quoted and qualified.
        pub subdiff: Option<String>,
        /// The name of its multirange, from PostgreSQL 14 on.
        pub multirange: Option<String>,
    }
}

impl Kind for Range {
    type Definition = RangeDefinition;
    const NAME: &'static str = "range";
    const SOURCE: Option<&'static str> = Some("pg_type where typtype = 'r' and oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        let multirange = if major >= 14 {
            "(select m.typname::text from pg_catalog.pg_type m where m.oid = r.rngmultitypid)"
        } else {
            "null::text"
        };
        let function = |column: &str| {
            format!(
                "(select quote_ident(x.nspname) || '.' || quote_ident(p.proname) from pg_catalog.pg_proc p \
                 join pg_catalog.pg_namespace x on x.oid = p.pronamespace where p.oid = r.{column})"
            )
        };
        Some(format!(
            "select t.oid, n.nspname::text, t.typname::text, pg_catalog.format_type(r.rngsubtype, null), \
             (select quote_ident(x.nspname) || '.' || quote_ident(o.opcname) from pg_catalog.pg_opclass o \
               join pg_catalog.pg_namespace x on x.oid = o.opcnamespace \
               where o.oid = r.rngsubopc and not o.opcdefault), \
             (select quote_ident(x.nspname) || '.' || quote_ident(o.collname) from pg_catalog.pg_collation o \
               join pg_catalog.pg_namespace x on x.oid = o.collnamespace \
               where o.oid = r.rngcollation and o.oid <> s.typcollation), \
             {}, {}, {multirange} \
             from pg_catalog.pg_range r join pg_catalog.pg_type t on t.oid = r.rngtypid \
             join pg_catalog.pg_type s on s.oid = r.rngsubtype \
             join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where n.nspname = any($1) and {}",
            function("rngcanonical"),
            function("rngsubdiff"),
            not_from_extension("pg_type", "t.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let parent = Some(ObjectId::new("schema", [&schema]));
        Ok(Some(Found::new((PG_TYPE, oid, 0), id, parent, RangeDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &RangeDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let RangeDefinition { subtype, opclass, collation, canonical, subdiff, multirange } = new;
        let mut options = vec![format!("SUBTYPE = {subtype}")];
        let mut option = |name: &str, value: Option<String>| {
            options.extend(value.map(|value| format!("{name} = {value}")));
        };
        option("SUBTYPE_OPCLASS", opclass.clone());
        option("COLLATION", collation.clone());
        option("CANONICAL", canonical.clone());
        option("SUBTYPE_DIFF", subdiff.clone());
        option(
            "MULTIRANGE_TYPE_NAME",
            multirange.as_ref().map(|name| format!("{}.{}", Ident(&id.path[0]), Ident(name))),
        );
        vec![Statement::new(format!("CREATE TYPE {} AS RANGE ({})", id.sql_name(), options.join(", ")))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &RangeDefinition) -> Vec<Statement> {
        let effect = "programs that use it fail";
        vec![Statement::new(format!("DROP TYPE {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            effect,
        )]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &RangeDefinition,
        new: &RangeDefinition,
    ) -> Alteration {
        let RangeDefinition { subtype: _, opclass: _, collation: _, canonical: _, subdiff: _, multirange: _ } =
            new;
        Alteration::Replace
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &RangeDefinition,
        _on: &ObjectId,
        _how: Disturbance,
    ) -> Reaction {
        Reaction::Replace
    }

    fn occupies(&self, id: &ObjectId, definition: &RangeDefinition) -> Vec<ObjectId> {
        let multirange = definition.multirange.iter().map(|name| type_name(&id.path[0], name));
        std::iter::once(type_name(&id.path[0], &id.path[1])).chain(multirange).collect()
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(rename_or_move("TYPE", from, to))
    }
}
