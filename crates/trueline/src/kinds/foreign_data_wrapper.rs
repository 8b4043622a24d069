//! Foreign data wrappers.

use super::{
    Alteration, Context, Found, Kind, Names, PG_FOREIGN_DATA_WRAPPER, Piece, RowReader, Statement,
    definition, generic_options, not_from_extension, read,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::sql::Ident;

/// The registered kind.
pub struct ForeignDataWrapper;

definition! {
    /// `pg_foreign_data_wrapper`.
    pub struct ForeignDataWrapperDefinition {
        /// `fdwhandler`, quoted and qualified.
        pub handler: Option<String>,
        /// `fdwvalidator`, likewise.
        pub validator: Option<String>,
        /// `fdwoptions`, sorted.
        pub options: Vec<String>,
        /// `fdwacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

fn functions(old: &ForeignDataWrapperDefinition, new: &ForeignDataWrapperDefinition) -> String {
    let clause = |word: &str, old: &Option<String>, new: &Option<String>| match new {
        _ if old == new => String::new(),
        Some(function) => format!(" {word} {function}"),
        None => format!(" NO {word}"),
    };
    clause("HANDLER", &old.handler, &new.handler) + &clause("VALIDATOR", &old.validator, &new.validator)
}

impl Kind for ForeignDataWrapper {
    type Definition = ForeignDataWrapperDefinition;
    const NAME: &'static str = "foreign data wrapper";
    const SOURCE: Option<&'static str> = Some("pg_foreign_data_wrapper where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select w.oid, w.fdwname::text, nullif(w.fdwhandler, 0)::regproc::text, \
             nullif(w.fdwvalidator, 0)::regproc::text, \
             array(select o from unnest(w.fdwoptions) o order by o collate \"C\"), w.fdwacl is not null \
             from pg_catalog.pg_foreign_data_wrapper w where w.oid >= 16384 and {}",
            not_from_extension("pg_foreign_data_wrapper", "w.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_database::<Self>(PG_FOREIGN_DATA_WRAPPER, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &ForeignDataWrapperDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let plain = ForeignDataWrapperDefinition { handler: None, validator: None, ..new.clone() };
        let (functions, options) = (functions(&plain, new), generic_options::clause(&new.options));
        vec![Statement::new(format!("CREATE FOREIGN DATA WRAPPER {}{functions}{options}", id.sql_name()))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &ForeignDataWrapperDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP FOREIGN DATA WRAPPER {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &ForeignDataWrapperDefinition,
        new: &ForeignDataWrapperDefinition,
    ) -> Alteration {
        let ForeignDataWrapperDefinition { handler: _, validator: _, options, has_privileges: _ } = new;
        let functions = functions(old, new);
        let options = generic_options::change(&old.options, options);
        let options = options.map_or(String::new(), |options| format!(" {options}"));
        let sql = format!("ALTER FOREIGN DATA WRAPPER {}{functions}{options}", id.sql_name());
        Alteration::InPlace(vec![Statement::new(sql)])
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        let sql = format!("ALTER FOREIGN DATA WRAPPER {} RENAME TO {}", from.sql_name(), Ident(to.name()));
        Some(vec![Statement::new(sql)])
    }

    fn has_privileges(&self, definition: &ForeignDataWrapperDefinition) -> bool {
        definition.has_privileges.0
    }
}
