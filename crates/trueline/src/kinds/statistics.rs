//! Extended statistics.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, PG_STATISTIC_EXT, Piece,
    Reaction, RowReader, Statement, definition, not_from_extension,
};
use crate::catalog::ObjectId;

/// The registered kind.
pub struct Statistics;

definition! {
    /// `pg_statistic_ext`.
    pub struct StatisticsDefinition {
        /// `pg_get_statisticsobjdef`, the columns by name: the server sorts them by their place in the table.
        pub definition: String,
        /// `stxstattarget`, where it is stated.
        pub target: Option<i32>,
    }
}

fn set_target(id: &ObjectId, target: i32) -> Statement {
    Statement::new(format!("ALTER STATISTICS {} SET STATISTICS {target}", id.sql_name()))
}

impl Kind for Statistics {
    type Definition = StatisticsDefinition;
    const NAME: &'static str = "statistics";
    const SOURCE: Option<&'static str> = Some("pg_statistic_ext where oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        let target = if major >= 13 {
            "case when s.stxstattarget >= 0 then s.stxstattarget::int4 end"
        } else {
            "null::int4"
        };
        Some(format!(
            "select s.oid, s.stxrelid, n.nspname::text, s.stxname::text, \
             coalesce(pg_catalog.replace(d.text, ' ON ' || c.by_place, ' ON ' || c.by_name), d.text), {target} \
             from pg_catalog.pg_statistic_ext s join pg_catalog.pg_namespace n on n.oid = s.stxnamespace \
             cross join lateral (select pg_catalog.pg_get_statisticsobjdef(s.oid) as text) d \
             cross join lateral (select \
               pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attnum) as by_place, \
               pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' order by a.attname) as by_name \
               from pg_catalog.pg_attribute a \
               where a.attrelid = s.stxrelid and a.attnum = any (s.stxkeys::int2[])) c \
             where n.nspname = any($1) and {} and {}",
            not_from_extension("pg_class", "s.stxrelid"),
            not_from_extension("pg_statistic_ext", "s.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, relation): (u32, u32) = (row.take()?, row.take()?);
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let parent = names.at((PG_CLASS, relation, 0)).cloned();
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        Ok(Some(Found::new((PG_STATISTIC_EXT, oid, 0), id, parent, StatisticsDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &StatisticsDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut statements = vec![Statement::new(new.definition.clone())];
        statements.extend(new.target.map(|target| set_target(id, target)));
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &StatisticsDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP STATISTICS {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &StatisticsDefinition,
        new: &StatisticsDefinition,
    ) -> Alteration {
        let StatisticsDefinition { definition, target } = new;
        if *definition != old.definition {
            return Alteration::Replace;
        }
        Alteration::InPlace(vec![set_target(id, target.unwrap_or(-1))])
    }

    /// ALTER COLUMN TYPE takes statistics along (`ATExecAlterColumnType` in `tablecmds.c`).
    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &StatisticsDefinition,
        on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        if how == Disturbance::Retyped && on.kind == "column" { Reaction::Keep } else { Reaction::Replace }
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(super::rename_or_move("STATISTICS", from, to))
    }
}
