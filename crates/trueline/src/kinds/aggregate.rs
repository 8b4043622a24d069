//! Aggregates: normal, ordered-set and hypothetical-set ones.

use super::routine::INPUT_TYPES;
use super::{
    Alteration, Context, Found, Kind, Names, PG_PROC, Piece, RowReader, Statement, definition,
    not_from_extension, read, routine_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;

/// The registered kind.
pub struct Aggregate;

definition! {
    /// `pg_proc` and `pg_aggregate`.
    pub struct AggregateDefinition {
        /// `pg_get_function_arguments`; `*` where there are none.
        pub arguments: String,
        /// What CREATE AGGREGATE says in parentheses, in a fixed order.
        pub clauses: Vec<String>,
        /// The result type.
        pub result: NotCompared<String>,
        /// `proacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

/// SQL for the clauses of the aggregate `a` of function `p`: null where there is nothing to say. What
/// `FINALFUNC_MODIFY` is by default follows from `aggkind` (`DefineAggregate` in `aggregatecmds.c`).
const CLAUSES: &str = "array_remove(array['SFUNC = ' || a.aggtransfn::regproc, \
     'STYPE = ' || pg_catalog.format_type(a.aggtranstype, null), \
     'SSPACE = ' || nullif(a.aggtransspace, 0), \
     'FINALFUNC = ' || nullif(a.aggfinalfn::oid, 0)::regproc, \
     case when a.aggfinalextra then 'FINALFUNC_EXTRA' end, \
     case when a.aggfinalmodify <> case when a.aggkind = 'n' then 'r' else 'w' end \
       then 'FINALFUNC_MODIFY = ' || MODIFY(a.aggfinalmodify) end, \
     'COMBINEFUNC = ' || nullif(a.aggcombinefn::oid, 0)::regproc, \
     'SERIALFUNC = ' || nullif(a.aggserialfn::oid, 0)::regproc, \
     'DESERIALFUNC = ' || nullif(a.aggdeserialfn::oid, 0)::regproc, \
     'INITCOND = ' || quote_literal(a.agginitval), \
     'MSFUNC = ' || nullif(a.aggmtransfn::oid, 0)::regproc, \
     'MINVFUNC = ' || nullif(a.aggminvtransfn::oid, 0)::regproc, \
     'MSTYPE = ' || pg_catalog.format_type(nullif(a.aggmtranstype, 0), null), \
     'MSSPACE = ' || nullif(a.aggmtransspace, 0), \
     'MFINALFUNC = ' || nullif(a.aggmfinalfn::oid, 0)::regproc, \
     case when a.aggmfinalextra then 'MFINALFUNC_EXTRA' end, \
     case when a.aggmtransfn <> 0 and a.aggmfinalmodify <> case when a.aggkind = 'n' then 'r' else 'w' end \
       then 'MFINALFUNC_MODIFY = ' || MODIFY(a.aggmfinalmodify) end, \
     'MINITCOND = ' || quote_literal(a.aggminitval), \
     'SORTOP = ' || (select 'OPERATOR(' || quote_ident(m.nspname) || '.' || o.oprname || ')' \
       from pg_catalog.pg_operator o join pg_catalog.pg_namespace m on m.oid = o.oprnamespace \
       where o.oid = a.aggsortop), \
     case p.proparallel when 's' then 'PARALLEL = SAFE' when 'r' then 'PARALLEL = RESTRICTED' end, \
     case when a.aggkind = 'h' then 'HYPOTHETICAL' end], null)";

impl AggregateDefinition {
    fn statement(&self, id: &ObjectId, verb: &str) -> Statement {
        let name = crate::sql::qualified(&id.path[0], &id.path[1]);
        let clauses = self.clauses.join(",\n    ");
        Statement::new(format!("{verb} AGGREGATE {name}({}) (\n    {clauses}\n)", self.arguments))
    }
}

impl Kind for Aggregate {
    type Definition = AggregateDefinition;
    const NAME: &'static str = "aggregate";
    const SOURCE: Option<&'static str> = Some("pg_proc where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        let modify = "case LETTER when 'r' then 'READ_ONLY' when 's' then 'SHAREABLE' else 'READ_WRITE' end";
        let clauses = CLAUSES
            .replace("MODIFY(a.aggfinalmodify)", &modify.replace("LETTER", "a.aggfinalmodify"))
            .replace("MODIFY(a.aggmfinalmodify)", &modify.replace("LETTER", "a.aggmfinalmodify"));
        Some(format!(
            "select p.oid, n.nspname::text, p.proname::text, \
             '(' || case when p.pronargs = 0 then '*' else {INPUT_TYPES} end || ')', \
             case when p.pronargs = 0 then '*' else pg_catalog.pg_get_function_arguments(p.oid) end, \
             {clauses}, pg_catalog.format_type(p.prorettype, null), p.proacl is not null \
             from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
             join pg_catalog.pg_aggregate a on a.aggfnoid = p.oid where n.nspname = any($1) and {}",
            not_from_extension("pg_proc", "p.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::in_schema_signed::<Self>(PG_PROC, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &AggregateDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![new.statement(id, "CREATE")]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &AggregateDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP AGGREGATE {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "programs that call it fail",
        )]
    }

    /// CREATE OR REPLACE AGGREGATE keeps result and arguments (`ProcedureCreate` in `pg_proc.c`).
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &AggregateDefinition,
        new: &AggregateDefinition,
    ) -> Alteration {
        let AggregateDefinition { arguments, clauses, result, has_privileges: _ } = new;
        let hypothetical = |clauses: &[String]| clauses.iter().any(|clause| clause == "HYPOTHETICAL");
        if *arguments != old.arguments
            || result.0 != old.result.0
            || hypothetical(clauses) != hypothetical(&old.clauses)
        {
            return Alteration::Replace;
        }
        Alteration::InPlace(vec![new.statement(id, "CREATE OR REPLACE")])
    }

    fn occupies(&self, id: &ObjectId, _definition: &AggregateDefinition) -> Vec<ObjectId> {
        let signature = id.signature.as_deref().filter(|signature| *signature != "(*)").unwrap_or("()");
        vec![routine_name(&id.path[0], &id.path[1], signature)]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.signature == to.signature).then(|| super::rename_or_move("AGGREGATE", from, to))
    }

    fn has_privileges(&self, definition: &AggregateDefinition) -> bool {
        definition.has_privileges.0
    }
}
