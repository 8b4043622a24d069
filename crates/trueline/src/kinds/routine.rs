//! Functions (window functions included) and procedures: two kinds that PostgreSQL keeps apart by
//! `prokind`, with one knowledge. Aggregates are elsewhere.

use super::{
    Alteration, Context, Found, Kind, Names, PG_PROC, Piece, RowReader, Statement, definition,
    not_from_extension, read, routine_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;

/// The registered kinds: functions, where `PROCEDURE` is false, and procedures.
pub struct Routine<const PROCEDURE: bool>;

/// [`Routine`] for functions.
pub const FUNCTION: bool = false;
/// [`Routine`] for procedures.
pub const PROCEDURE: bool = true;

definition! {
    /// `pg_proc`.
    pub struct RoutineDefinition {
        /// `pg_get_functiondef`: all that can be said of it.
        pub definition: String,
        /// `prokind`: `f`, `w` or `p`.
        pub kind: NotCompared<String>,
        /// The result type, `SETOF` included.
        pub result: NotCompared<String>,
        /// Mode, name and type of each argument that is an output.
        pub outputs: NotCompared<Vec<String>>,
        /// The names of the arguments that are inputs, empty where there is none.
        pub inputs: NotCompared<Vec<String>>,
        /// `pronargdefaults`.
        pub defaults: NotCompared<i32>,
        /// `proacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

/// SQL for the types of the inputs of `p`, as DROP and COMMENT take them, without parentheses.
pub const INPUT_TYPES: &str = "array_to_string(array(select pg_catalog.format_type(t.oid, null) \
     from unnest(p.proargtypes) with ordinality t(oid, place) order by t.place), ', ')";

/// True for a routine `p` that is not part of a type: a range's constructors.
const OF_NO_TYPE: &str = "not exists (select from pg_catalog.pg_depend i \
     where i.classid = 'pg_catalog.pg_proc'::regclass and i.objid = p.oid and i.deptype = 'i')";

/// SQL for the arguments of `p`, with their modes and names.
const ARGUMENTS: &str = "from (select coalesce(p.proargnames[i], '') as name, coalesce(p.proargmodes[i], 'i') as mode, \
     coalesce(p.proallargtypes[i], p.proargtypes[i - 1]) as type, i as place \
     from generate_series(1, coalesce(array_length(p.proallargtypes, 1), p.pronargs)) i) g";

impl RoutineDefinition {
    /// What `ProcedureCreate` in `pg_proc.c` asks for before it replaces a routine.
    fn is_replaceable_by(&self, new: &Self) -> bool {
        let Self { definition: _, kind, result, outputs, inputs, defaults, has_privileges: _ } = new;
        let keeps_name = |(old, new): (&String, &String)| old.is_empty() || old == new;
        kind.0 == self.kind.0
            && result.0 == self.result.0
            && outputs.0 == self.outputs.0
            && self.inputs.0.iter().zip(&inputs.0).all(keeps_name)
            && defaults.0 >= self.defaults.0
    }
}

impl<const PROCEDURE: bool> Routine<PROCEDURE> {
    const WORD: &'static str = if PROCEDURE { "PROCEDURE" } else { "FUNCTION" };
}

impl<const PROCEDURE: bool> Kind for Routine<PROCEDURE> {
    type Definition = RoutineDefinition;
    const NAME: &'static str = if PROCEDURE { "procedure" } else { "function" };
    const SOURCE: Option<&'static str> = Some("pg_proc where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        let prokinds = if PROCEDURE { "'p'" } else { "'f', 'w'" };
        Some(format!(
            "select p.oid, n.nspname::text, p.proname::text, '(' || {INPUT_TYPES} || ')', \
             rtrim(pg_catalog.pg_get_functiondef(p.oid), E'\\n'), p.prokind::text, \
             case when p.proretset then 'SETOF ' else '' end || pg_catalog.format_type(p.prorettype, null), \
             array(select mode::text || ' ' || quote_ident(name) || ' ' || pg_catalog.format_type(type, null) {ARGUMENTS} \
               where mode::text in ('o', 'b', 't') order by place), \
             array(select name {ARGUMENTS} where mode::text in ('i', 'b', 'v') order by place), \
             p.pronargdefaults::int4, p.proacl is not null \
             from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace \
             where p.prokind in ({prokinds}) and n.nspname = any($1) and {OF_NO_TYPE} and {}",
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
        _id: &ObjectId,
        new: &RoutineDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![Statement::new(new.definition.replacen("CREATE OR REPLACE ", "CREATE ", 1))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &RoutineDefinition) -> Vec<Statement> {
        let mut statement = Statement::new(format!("DROP {} {}", Self::WORD, id.sql_name()));
        // Nobody but the server can call a trigger's function.
        if !matches!(old.result.0.as_str(), "trigger" | "event_trigger") {
            statement = statement.hazard(HazardKind::BreaksClients, id, "programs that call it fail");
        }
        vec![statement]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        old: &RoutineDefinition,
        new: &RoutineDefinition,
    ) -> Alteration {
        if !old.is_replaceable_by(new) {
            return Alteration::Replace;
        }
        Alteration::InPlace(vec![Statement::new(new.definition.clone())])
    }

    fn occupies(&self, id: &ObjectId, _definition: &RoutineDefinition) -> Vec<ObjectId> {
        vec![routine_name(&id.path[0], &id.path[1], id.signature.as_deref().unwrap_or("()"))]
    }

    fn text<'a>(&self, definition: &'a RoutineDefinition) -> Option<&'a str> {
        Some(&definition.definition)
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.signature == to.signature).then(|| super::rename_or_move(Self::WORD, from, to))
    }

    fn has_privileges(&self, definition: &RoutineDefinition) -> bool {
        definition.has_privileges.0
    }
}
