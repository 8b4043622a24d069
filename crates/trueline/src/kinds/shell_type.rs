//! The shells of types: a name that functions can be declared with before the type is what it will be. Every base
//! type begins as one, since its functions take and return the type, and it is made with its functions
//! (`CREATE TYPE` in the manual, "Base Types").
//!
//! What of a base type PostgreSQL cannot alter stands here, so that a change of it replaces the whole: shell,
//! functions and type. A type and its functions need each other, so that only `DROP TYPE … CASCADE` drops them.

use super::{
    Alteration, Context, Found, FromRow, Kind, Names, PG_PROC, PG_TYPE, Piece, RowReader, Statement,
    definition, not_from_extension, type_name,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;

/// The registered kind.
pub struct ShellType;

definition! {
    /// What of `pg_type` is decided once.
    pub struct ShellTypeDefinition {
        /// `typisdefined`: there is a base type of this name, and what follows is true.
        pub defined: bool,
        /// `typlen`: −1 is of variable length.
        pub internallength: i16,
        /// `typbyval`.
        pub passedbyvalue: bool,
        /// `typalign`.
        pub alignment: String,
        /// Whether `typstorage` is plain: whether a type can be toasted is decided once.
        pub is_plain: bool,
        /// `typcategory`.
        pub category: String,
        /// `typispreferred`.
        pub preferred: bool,
        /// `typdelim`.
        pub delimiter: String,
        /// `format_type` of `typelem`.
        pub element: Option<String>,
        /// Whether there is a `typcollation`.
        pub collatable: bool,
        /// `typdefault`.
        pub default: Option<String>,
        /// `typinput`, quoted and qualified.
        pub input: String,
        /// `typoutput`, likewise.
        pub output: String,
    }
}

/// SQL that is true of the types `t` that are base types or shells of types. The array type that
/// PostgreSQL makes beside every type is a base type, too.
pub const BASE_OR_SHELL: &str = "t.oid >= 16384 and (t.typtype = 'p' or (t.typtype = 'b' \
     and not exists (select from pg_catalog.pg_type e where e.typarray = t.oid)))";

impl Kind for ShellType {
    type Definition = ShellTypeDefinition;
    const NAME: &'static str = "shell type";
    const SOURCE: Option<&'static str> = Some(
        "pg_type where oid >= 16384 and typtype in ('b', 'p') and typinput <> 'pg_catalog.array_in'::regproc",
    );

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select t.oid, n.nspname::text, t.typname::text, \
             array(select d.objid from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_proc'::regclass \
               and d.refclassid = 'pg_catalog.pg_type'::regclass and d.refobjid = t.oid \
               and exists (select from pg_catalog.pg_depend b where b.classid = d.refclassid and b.objid = t.oid \
                 and b.refclassid = d.classid and b.refobjid = d.objid)), \
             t.typisdefined, t.typlen, t.typbyval, t.typalign::text, t.typstorage = 'p', t.typcategory::text, \
             t.typispreferred, t.typdelim::text, \
             case when t.typelem <> 0 then pg_catalog.format_type(t.typelem, null) end, t.typcollation <> 0, \
             t.typdefault, t.typinput::text, t.typoutput::text \
             from pg_catalog.pg_type t join pg_catalog.pg_namespace n on n.oid = t.typnamespace \
             where n.nspname = any($1) and {BASE_OR_SHELL} and {}",
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
        let functions: Vec<u32> = row.take()?;
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let parent = Some(ObjectId::new("schema", [&schema]));
        let address = (PG_TYPE, oid, 0);
        let mut found = Found::new(address, id, parent, ShellTypeDefinition::from_row(row)?);
        found.suffices = functions.into_iter().map(|function| ((PG_PROC, function, 0), address)).collect();
        Ok(Some(found))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _new: &ShellTypeDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![Statement::new(format!("CREATE TYPE {}", id.sql_name()))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &ShellTypeDefinition) -> Vec<Statement> {
        let cascade = if old.defined { " CASCADE" } else { "" };
        let statement = Statement::new(format!("DROP TYPE {}{cascade}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "programs that use it fail",
        );
        // CASCADE asks nobody: what uses the type elsewhere is not known here.
        let lost = "columns of it outside of the managed schemas are dropped, too";
        vec![if old.defined { statement.hazard(HazardKind::DataLoss, id, lost) } else { statement }]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &ShellTypeDefinition,
        new: &ShellTypeDefinition,
    ) -> Alteration {
        let ShellTypeDefinition {
            defined: _,
            internallength: _,
            passedbyvalue: _,
            alignment: _,
            is_plain: _,
            category: _,
            preferred: _,
            delimiter: _,
            element: _,
            collatable: _,
            default: _,
            input: _,
            output: _,
        } = new;
        Alteration::Replace
    }

    fn occupies(&self, id: &ObjectId, _definition: &ShellTypeDefinition) -> Vec<ObjectId> {
        vec![type_name(&id.path[0], &id.path[1])]
    }
}
