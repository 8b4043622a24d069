//! Foreign servers.

use super::{
    Alteration, Context, Found, Kind, Names, PG_FOREIGN_SERVER, Piece, RowReader, Statement, definition,
    generic_options, not_from_extension, read,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::sql::{Ident, Literal};

/// The registered kind.
pub struct Server;

definition! {
    /// `pg_foreign_server`.
    pub struct ServerDefinition {
        /// The foreign data wrapper, quoted.
        pub wrapper: String,
        /// `srvtype`.
        pub server_type: Option<String>,
        /// `srvversion`.
        pub version: Option<String>,
        /// `srvoptions`, sorted.
        pub options: Vec<String>,
        /// `srvacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

impl Kind for Server {
    type Definition = ServerDefinition;
    const NAME: &'static str = "server";
    const SOURCE: Option<&'static str> = Some("pg_foreign_server where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select s.oid, s.srvname::text, quote_ident(w.fdwname), s.srvtype, s.srvversion, \
             array(select o from unnest(s.srvoptions) o order by o collate \"C\"), s.srvacl is not null \
             from pg_catalog.pg_foreign_server s \
             join pg_catalog.pg_foreign_data_wrapper w on w.oid = s.srvfdw where {}",
            not_from_extension("pg_foreign_server", "s.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_database::<Self>(PG_FOREIGN_SERVER, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &ServerDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let ServerDefinition { wrapper, server_type, version, options, has_privileges: _ } = new;
        let mut sql = format!("CREATE SERVER {}", id.sql_name());
        for (word, value) in [("TYPE", server_type), ("VERSION", version)] {
            if let Some(value) = value {
                sql.push_str(&format!(" {word} {}", Literal(value)));
            }
        }
        sql.push_str(&format!(" FOREIGN DATA WRAPPER {wrapper}{}", generic_options::clause(options)));
        vec![Statement::new(sql)]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &ServerDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP SERVER {}", id.sql_name()))]
    }

    /// ALTER SERVER knows neither its type nor its wrapper.
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &ServerDefinition,
        new: &ServerDefinition,
    ) -> Alteration {
        let ServerDefinition { wrapper, server_type, version, options, has_privileges: _ } = new;
        if *wrapper != old.wrapper || *server_type != old.server_type {
            return Alteration::Replace;
        }
        let mut sql = format!("ALTER SERVER {}", id.sql_name());
        if *version != old.version {
            let version = version.as_ref().map_or("NULL".into(), |version| Literal(version).to_string());
            sql.push_str(&format!(" VERSION {version}"));
        }
        if let Some(options) = generic_options::change(&old.options, options) {
            sql.push_str(&format!(" {options}"));
        }
        Alteration::InPlace(vec![Statement::new(sql)])
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        let sql = format!("ALTER SERVER {} RENAME TO {}", from.sql_name(), Ident(to.name()));
        Some(vec![Statement::new(sql)])
    }

    fn has_privileges(&self, definition: &ServerDefinition) -> bool {
        definition.has_privileges.0
    }
}
