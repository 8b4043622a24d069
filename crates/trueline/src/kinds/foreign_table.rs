//! Foreign tables. Their columns, defaults, checks and triggers are objects of their own, as a table's are.

use super::{
    Alteration, Context, Disturbance, Found, Kind, Names, PG_CLASS, Piece, Reaction, RowReader, Statement,
    definition, generic_options, not_from_extension, read, relation_name, table, type_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;

/// The registered kind.
pub struct ForeignTable;

definition! {
    /// `pg_class` and `pg_foreign_table`.
    pub struct ForeignTableDefinition {
        /// The server, quoted.
        pub server: String,
        /// `ftoptions`, sorted.
        pub options: Vec<String>,
        /// `relacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

impl Kind for ForeignTable {
    type Definition = ForeignTableDefinition;
    const NAME: &'static str = "foreign table";
    const SOURCE: Option<&'static str> = Some("pg_class where relkind = 'f'");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.relname::text, quote_ident(s.srvname), \
             array(select o from unnest(f.ftoptions) o order by o collate \"C\"), c.relacl is not null \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_foreign_table f on f.ftrelid = c.oid \
             join pg_catalog.pg_foreign_server s on s.oid = f.ftserver \
             where c.relkind = 'f' and n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::in_schema::<Self>(PG_CLASS, row)
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &ForeignTableDefinition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        let ForeignTableDefinition { server, options, has_privileges: _ } = new;
        let (body, then) = table::body(cx, id, pieces);
        let options = generic_options::clause(options);
        let sql = format!("CREATE FOREIGN TABLE {}{body} SERVER {server}{options}", id.sql_name());
        std::iter::once(Statement::new(sql)).chain(then).collect()
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &ForeignTableDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP FOREIGN TABLE {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "programs that use it fail",
        )]
    }

    /// ALTER FOREIGN TABLE cannot change the server. Its rows are elsewhere, so nothing is lost.
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &ForeignTableDefinition,
        new: &ForeignTableDefinition,
    ) -> Alteration {
        let ForeignTableDefinition { server, options, has_privileges: _ } = new;
        if *server != old.server {
            return Alteration::Replace;
        }
        let change = generic_options::change(&old.options, options);
        let sql = change.map(|options| format!("ALTER FOREIGN TABLE {} {options}", id.sql_name()));
        Alteration::InPlace(sql.into_iter().map(Statement::new).collect())
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &ForeignTableDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &ForeignTableDefinition) -> Vec<ObjectId> {
        vec![relation_name(&id.path[0], &id.path[1]), type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(super::rename_or_move("FOREIGN TABLE", from, to))
    }

    fn has_privileges(&self, definition: &ForeignTableDefinition) -> bool {
        definition.has_privileges.0
    }
}
