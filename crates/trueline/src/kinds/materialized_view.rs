//! Materialized views. Their rows can be computed again, so that dropping one loses nothing.

use std::collections::BTreeSet;

use super::options::{COLUMN_OPTIONS, Options, options_diff, options_list};
use super::view::COLUMNS;
use super::{
    Alteration, Context, Found, Kind, Names, PG_CLASS, Piece, RowReader, Statement, definition,
    not_from_extension, read, relation_name, type_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// The registered kind.
pub struct MaterializedView;

definition! {
    /// What of `pg_class`, `pg_attribute` and `pg_rewrite` makes a materialized view.
    pub struct MaterializedViewDefinition {
        /// Each column's name, type and collation, in order.
        pub columns: Vec<String>,
        /// The access method, where it is not `heap`.
        pub access_method: Option<String>,
        /// `reloptions`, the TOAST table's with `toast.` before them.
        pub options: Options,
        /// What ALTER COLUMN says of columns: statistics, storage, compression, options.
        pub column_settings: Vec<String>,
        /// `pg_get_viewdef`, without the final semicolon.
        pub query: String,
        /// `relispopulated`.
        pub populated: NotCompared<bool>,
        /// `relacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

/// SQL for the settings of the columns of relation `c`, as clauses of ALTER MATERIALIZED VIEW.
fn column_settings(major: u32) -> String {
    let compression = if major >= 14 {
        "('COMPRESSION ' || case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end), "
    } else {
        ""
    };
    format!(
        "array(select 'ALTER COLUMN ' || quote_ident(a.attname) || ' SET ' || s.setting \
         from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid, \
         lateral (values {compression} \
         (case when a.attstattarget >= 0 then 'STATISTICS ' || a.attstattarget end), \
         (case when a.attstorage <> t.typstorage then 'STORAGE ' || case a.attstorage when 'p' then 'PLAIN' \
           when 'e' then 'EXTERNAL' when 'm' then 'MAIN' else 'EXTENDED' end end), \
         ('(' || pg_catalog.array_to_string({COLUMN_OPTIONS}, ', ') \
           || ')')) s(setting) \
         where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and s.setting is not null \
         and (s.setting <> '()') order by a.attnum, s.setting collate \"C\")"
    )
}

/// The clause that takes a column's setting back, where there is one; `columns` say their types.
fn undo(setting: &str, columns: &[String], major: u32) -> Option<String> {
    let (column, value) = setting.split_once(" SET ")?;
    if value.starts_with("STORAGE ") {
        if major >= 16 {
            return Some(format!("{column} SET STORAGE DEFAULT"));
        }
        let name = column.strip_prefix("ALTER COLUMN ")?;
        let data_type = columns.iter().find_map(|text| text.strip_prefix(name)?.strip_prefix(' '))?;
        let base = data_type.split(['(', ' ']).next()?;
        // `typstorage` in `pg_type.dat`; of other types it is not known here.
        let storage = match base {
            _ if data_type.ends_with("[]") => "EXTENDED",
            "text" | "character" | "bytea" | "json" | "jsonb" | "xml" | "tsvector" => "EXTENDED",
            "numeric" | "inet" | "cidr" => "MAIN",
            _ => return None,
        };
        return Some(format!("{column} SET STORAGE {storage}"));
    }
    if value.starts_with("STATISTICS ") {
        return Some(format!("{column} SET STATISTICS -1"));
    }
    if value.starts_with("COMPRESSION ") {
        return Some(format!("{column} SET COMPRESSION default"));
    }
    let options = value.strip_prefix('(')?.strip_suffix(')')?;
    let names: Vec<&str> = options.split(", ").filter_map(|option| option.split('=').next()).collect();
    Some(format!("{column} RESET ({})", names.join(", ")))
}

fn alter(id: &ObjectId, clause: &str) -> Statement {
    Statement::new(format!("ALTER MATERIALIZED VIEW {} {clause}", id.sql_name()))
}

/// Whether its query reaches tables that are there already.
fn reads_rows(cx: &Context<'_>, id: &ObjectId) -> bool {
    let mut seen = BTreeSet::from([id]);
    let mut stack = vec![id];
    while let Some(reader) = stack.pop() {
        for on in cx.desired.dependencies(reader).filter(|on| seen.insert(on)) {
            if matches!(on.kind, "column" | "table") && !cx.is_new(on) {
                return true;
            }
            stack.push(on);
        }
    }
    false
}

impl Kind for MaterializedView {
    type Definition = MaterializedViewDefinition;
    const NAME: &'static str = "materialized view";
    const SOURCE: Option<&'static str> = Some("pg_class where relkind = 'm' and oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.relname::text, {COLUMNS}, \
             case when am.amname <> 'heap' then am.amname::text end, \
             coalesce(c.reloptions, array[]::text[]) \
               || array(select 'toast.' || o from unnest(t.reloptions) with ordinality x(o, place) order by x.place), \
             {}, rtrim(pg_catalog.pg_get_viewdef(c.oid), ';'), c.relispopulated, c.relacl is not null \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             left join pg_catalog.pg_am am on am.oid = c.relam \
             left join pg_catalog.pg_class t on t.oid = c.reltoastrelid \
             where c.relkind = 'm' and n.nspname = any($1) and {}",
            column_settings(major),
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
        new: &MaterializedViewDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let MaterializedViewDefinition {
            columns: _,
            access_method,
            options,
            column_settings,
            query,
            populated,
            has_privileges: _,
        } = new;
        let mut sql = vec![format!("CREATE MATERIALIZED VIEW {}", id.sql_name())];
        if let Some(method) = access_method {
            sql.push(format!(" USING {}", Ident(method)));
        }
        if !options.0.is_empty() {
            sql.push(format!(" WITH ({})", options_list(&options.0)));
        }
        sql.push(format!(" AS\n{query}"));
        if !populated.0 {
            sql.push("\n  WITH NO DATA".into());
        }
        let mut create = Statement::new(sql.concat());
        if populated.0 && reads_rows(cx, id) {
            create = create.hazard(HazardKind::DataDependent, id, "fails if its query does for a row");
        }
        let mut statements = vec![create];
        statements.extend(column_settings.iter().map(|setting| alter(id, setting)));
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &MaterializedViewDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP MATERIALIZED VIEW {}", id.sql_name())).hazard(
            HazardKind::BreaksClients,
            id,
            "programs that use it fail",
        )]
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &MaterializedViewDefinition,
        new: &MaterializedViewDefinition,
    ) -> Alteration {
        let MaterializedViewDefinition {
            columns,
            access_method,
            options,
            column_settings,
            query,
            populated: _,
            has_privileges: _,
        } = new;
        let method_changed = *access_method != old.access_method;
        if *query != old.query || *columns != old.columns || (method_changed && cx.desired.major < 15) {
            return Alteration::Replace;
        }
        let mut statements = Vec::new();
        if method_changed {
            let method = access_method.as_deref().unwrap_or("heap");
            statements.push(alter(id, &format!("SET ACCESS METHOD {}", Ident(method))));
        }
        statements.extend(options_diff(&old.options.0, &options.0).iter().map(|clause| alter(id, clause)));
        for setting in old.column_settings.iter().filter(|setting| !column_settings.contains(setting)) {
            match undo(setting, columns, cx.desired.major) {
                Some(clause) => statements.push(alter(id, &clause)),
                // Nothing says "the type's own storage" before PostgreSQL 16.
                None => return Alteration::Replace,
            }
        }
        let set = column_settings.iter().filter(|setting| !old.column_settings.contains(setting));
        statements.extend(set.map(|setting| alter(id, setting)));
        Alteration::InPlace(statements)
    }

    fn occupies(&self, id: &ObjectId, _definition: &MaterializedViewDefinition) -> Vec<ObjectId> {
        vec![relation_name(&id.path[0], &id.path[1]), type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(super::rename_or_move("MATERIALIZED VIEW", from, to))
    }

    fn has_privileges(&self, definition: &MaterializedViewDefinition) -> bool {
        definition.has_privileges.0
    }
}
