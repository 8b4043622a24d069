//! Views. Their rule `_RETURN` and their row type are parts of them.

use super::options::{Options, options_diff, options_list};
use super::{
    Alteration, Context, Found, Kind, Names, PG_CLASS, Piece, RowReader, Statement, definition,
    not_from_extension, read, relation_name, type_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;

/// The registered kind.
pub struct View;

definition! {
    /// What of `pg_class`, `pg_attribute` and `pg_rewrite` makes a view.
    pub struct ViewDefinition {
        /// Each column's name, type and collation, in order.
        pub columns: Vec<String>,
        /// `reloptions`: `security_barrier`, `security_invoker`, `check_option`.
        pub options: Options,
        /// `pg_get_viewdef`, without the final semicolon.
        pub query: String,
        /// `relacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

/// SQL for the columns of relation `c` as a text array: name, type and collation, in order.
pub const COLUMNS: &str = "array(select quote_ident(a.attname) || ' ' || pg_catalog.format_type(a.atttypid, a.atttypmod) \
     || case when a.attcollation <> t.typcollation then ' COLLATE ' || (select quote_ident(l.nspname) || '.' \
       || quote_ident(o.collname) from pg_catalog.pg_collation o \
       join pg_catalog.pg_namespace l on l.oid = o.collnamespace where o.oid = a.attcollation) else '' end \
     from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid \
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped order by a.attnum)";

impl ViewDefinition {
    fn create(&self, id: &ObjectId, verb: &str) -> Statement {
        let options = if self.options.0.is_empty() {
            String::new()
        } else {
            format!(" WITH ({})", options_list(&self.options.0))
        };
        Statement::new(format!("{verb} VIEW {}{options} AS\n{}", id.sql_name(), self.query))
    }
}

impl Kind for View {
    type Definition = ViewDefinition;
    const NAME: &'static str = "view";
    const SOURCE: Option<&'static str> = Some("pg_class where relkind = 'v' and oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.relname::text, {COLUMNS}, \
             coalesce(c.reloptions, array[]::text[]), \
             rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'), c.relacl is not null \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where c.relkind = 'v' and n.nspname = any($1) and {}",
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
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &ViewDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![new.create(id, "CREATE")]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &ViewDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP VIEW {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "programs that use it fail",
        )]
    }

    /// CREATE OR REPLACE VIEW can only append columns (`checkViewColumns` in `view.c`), and replaces
    /// all options.
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &ViewDefinition,
        new: &ViewDefinition,
    ) -> Alteration {
        let ViewDefinition { columns, options, query, has_privileges: _ } = new;
        if !columns.starts_with(&old.columns) {
            return Alteration::Replace;
        }
        if *query != old.query {
            return Alteration::InPlace(vec![new.create(id, "CREATE OR REPLACE")]);
        }
        let alter = |clause: String| Statement::new(format!("ALTER VIEW {} {clause}", id.sql_name()));
        Alteration::InPlace(options_diff(&old.options.0, &options.0).into_iter().map(alter).collect())
    }

    fn occupies(&self, id: &ObjectId, _definition: &ViewDefinition) -> Vec<ObjectId> {
        vec![relation_name(&id.path[0], &id.path[1]), type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(super::rename_or_move("VIEW", from, to))
    }

    fn has_privileges(&self, definition: &ViewDefinition) -> bool {
        definition.has_privileges.0
    }
}
