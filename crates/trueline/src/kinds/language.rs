//! Procedural languages that belong to no extension.

use super::{
    Alteration, Context, Found, Kind, Names, PG_LANGUAGE, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::{NotCompared, ObjectId};

/// The registered kind.
pub struct Language;

definition! {
    /// `pg_language`.
    pub struct LanguageDefinition {
        /// `lanpltrusted`.
        pub trusted: bool,
        /// The handler, quoted and qualified, then the functions for inline code and for validation.
        pub functions: Vec<String>,
        /// `lanacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

impl LanguageDefinition {
    fn create(&self, id: &ObjectId, verb: &str) -> Vec<Statement> {
        let trusted = if self.trusted { "TRUSTED " } else { "" };
        let (name, functions) = (id.sql_name(), self.functions.join(" "));
        vec![Statement::new(format!("{verb} {trusted}LANGUAGE {name} {functions}"))]
    }
}

impl Kind for Language {
    type Definition = LanguageDefinition;
    const NAME: &'static str = "language";
    const SOURCE: Option<&'static str> = Some("pg_language where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select l.oid, l.lanname::text, l.lanpltrusted, pg_catalog.array_remove(array[ \
               'HANDLER ' || l.lanplcallfoid::regproc, 'INLINE ' || nullif(l.laninline, 0)::regproc, \
               'VALIDATOR ' || nullif(l.lanvalidator, 0)::regproc], null), l.lanacl is not null \
             from pg_catalog.pg_language l where l.lanispl and l.oid >= 16384 and {}",
            not_from_extension("pg_language", "l.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_database::<Self>(PG_LANGUAGE, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &LanguageDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        new.create(id, "CREATE")
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &LanguageDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP LANGUAGE {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _old: &LanguageDefinition,
        new: &LanguageDefinition,
    ) -> Alteration {
        Alteration::InPlace(new.create(id, "CREATE OR REPLACE"))
    }

    fn has_privileges(&self, definition: &LanguageDefinition) -> bool {
        definition.has_privileges.0
    }
}
