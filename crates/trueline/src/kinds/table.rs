//! Tables: ordinary and partitioned. Their columns, constraints and indexes are objects of their own.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, relation_name, type_name,
};
use crate::catalog::{Catalog, NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::kinds::inheritance::INHERITS;
use crate::kinds::options::{Options, options_diff, options_list};
use crate::kinds::partition::{PARTITION_OF, bound};
use crate::sql::Ident;

/// The registered kind.
pub struct Table;

definition! {
    /// What of `pg_class` makes a table.
    pub struct TableDefinition {
        /// `relpersistence`: `p` permanent, `u` unlogged.
        pub persistence: String,
        /// `pg_get_partkeydef`, for a partitioned table.
        pub partition_key: Option<String>,
        /// The types of the key's columns, and what is under a domain: no statement changes one. An enum is
        /// followed by its labels, as literals.
        pub partition_key_types: Vec<String>,
        /// The access method, where it is not `heap`.
        pub access_method: Option<String>,
        /// `reloptions`.
        pub options: Options,
        /// The TOAST table's `reloptions`, each with `toast.` before it.
        pub toast_options: Options,
        /// `relrowsecurity`.
        pub row_security: bool,
        /// `relforcerowsecurity`.
        pub force_row_security: bool,
        /// `relreplident`: `d` default, `n` nothing, `f` full; `d` where an index says it of itself.
        pub replica_identity: String,
        /// `relacl` is set.
        pub has_privileges: NotCompared<bool>,
    }
}

impl TableDefinition {
    fn all_options(&self) -> Vec<String> {
        self.options.0.iter().chain(&self.toast_options.0).cloned().collect()
    }
}

/// Whether a table is partitioned.
pub fn is_partitioned(catalog: &Catalog, table: &ObjectId) -> bool {
    catalog.get::<TableDefinition>(table).is_some_and(|table| table.partition_key.is_some())
}

/// Whether the types of a key stay as they are but for labels that are added to an enum; where labels go or
/// change places, it is exchanged for another type.
fn are_kept(old: &[String], new: &[String]) -> bool {
    let mut old = old.iter().peekable();
    let is_in_place = |new: &String| old.next_if_eq(&new).is_some() || new.starts_with('\'');
    new.iter().all(is_in_place) && old.peek().is_none()
}

/// What stands between the name and the key in CREATE TABLE, and what is to run after it.
pub fn body(cx: &Context<'_>, id: &ObjectId, pieces: &[Piece]) -> (String, Vec<Statement>) {
    let (ties, parts): (Vec<&Piece>, Vec<&Piece>) =
        pieces.iter().partition(|piece| matches!(piece.order.0, INHERITS | PARTITION_OF));
    // What only some of its parents give it is said in full.
    let is_heir = !ties.is_empty()
        && ties.len() == cx.desired.kinship.parents(&ObjectId::new(Table::NAME, &id.path)).len();
    let mut lines = Vec::new();
    let mut then = Vec::new();
    for piece in parts {
        let copied = piece.copied.as_ref().filter(|_| is_heir);
        let (sql, rest) = copied.map_or((&piece.sql, &piece.then), |copied| (&copied.sql, &copied.then));
        lines.extend((!sql.is_empty()).then(|| format!("\n    {sql}")));
        then.extend(rest.iter().cloned());
    }
    let list = if lines.is_empty() { String::new() } else { format!(" ({}\n)", lines.join(",")) };
    let body = match ties.as_slice() {
        [tie] if tie.order.0 == PARTITION_OF => format!(" {}{list} {}", tie.sql, bound(cx.desired, id)),
        ties => {
            let parents: Vec<&str> = ties.iter().map(|tie| tie.sql.as_str()).collect();
            let inherits = if parents.is_empty() {
                String::new()
            } else {
                format!(" INHERITS ({})", parents.join(", "))
            };
            format!("{}{inherits}", if list.is_empty() { " ()" } else { &list })
        }
    };
    (body, then)
}

/// What keeps the access method of its partitioned table, which from PostgreSQL 17 on has one, from a partition.
fn heap_again(cx: &Context<'_>, id: &ObjectId) -> Option<&'static str> {
    let parents = cx.desired.kinship.parents(id);
    let has_method =
        |table| cx.desired.get::<TableDefinition>(table).is_some_and(|t| t.access_method.is_some());
    parents.iter().any(|parent| has_method(&parent.table)).then_some("heap")
}

impl Kind for Table {
    type Definition = TableDefinition;
    const NAME: &'static str = "table";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select c.oid, n.nspname::text, c.relname::text, c.relpersistence::text, \
             case when c.relkind = 'p' then pg_catalog.pg_get_partkeydef(c.oid) end, \
             array(select e.text from pg_catalog.pg_partitioned_table pt \
               cross join unnest(pt.partattrs) with ordinality k(number, place) \
               join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum = k.number \
               join pg_catalog.pg_type y on y.oid = a.atttypid \
               cross join lateral (select pg_catalog.format_type(a.atttypid, a.atttypmod), 0 \
                 union all select pg_catalog.format_type(y.typbasetype, y.typtypmod), 0 where y.typbasetype <> 0 \
                 union all select quote_literal(v.enumlabel), v.enumsortorder from pg_catalog.pg_enum v \
                 where v.enumtypid in (y.oid, y.typbasetype)) e(text, place) \
               where pt.partrelid = c.oid order by k.place, e.place), \
             case when am.amname <> 'heap' then am.amname::text end, \
             coalesce(c.reloptions, array[]::text[]), \
             array(select 'toast.' || o from unnest(t.reloptions) with ordinality x(o, place) order by x.place), \
             c.relrowsecurity, c.relforcerowsecurity, \
             case when c.relreplident = 'i' then 'd' else c.relreplident::text end, c.relacl is not null \
             from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             left join pg_catalog.pg_am am on am.oid = c.relam \
             left join pg_catalog.pg_class t on t.oid = c.reltoastrelid \
             where c.relkind in ('r', 'p') and n.nspname = any($1) and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        let parent = Some(ObjectId::new("schema", [&schema]));
        Ok(Some(Found::new((PG_CLASS, oid, 0), id, parent, TableDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &TableDefinition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        let TableDefinition {
            persistence,
            partition_key,
            partition_key_types: _,
            access_method,
            options: _,
            toast_options: _,
            row_security,
            force_row_security,
            replica_identity,
            has_privileges: _,
        } = new;
        let mut sql =
            String::from(if persistence == "u" { "CREATE UNLOGGED TABLE " } else { "CREATE TABLE " });
        let (body, then) = body(cx, id, pieces);
        sql.push_str(&format!("{}{body}", id.sql_name()));
        if let Some(key) = partition_key {
            sql.push_str(&format!(" PARTITION BY {key}"));
        }
        if let Some(method) = access_method.as_deref().or_else(|| heap_again(cx, id)) {
            sql.push_str(&format!(" USING {}", Ident(method)));
        }
        let options = new.all_options();
        if !options.is_empty() {
            sql.push_str(&format!(" WITH ({})", options_list(&options)));
        }
        let mut statements = vec![Statement::new(sql)];
        statements.extend(then);
        let plain = TableDefinition {
            row_security: false,
            force_row_security: false,
            replica_identity: "d".into(),
            ..new.clone()
        };
        if (*row_security || *force_row_security || replica_identity != "d")
            && let Alteration::InPlace(more) = Kind::alter(self, cx, id, &plain, new)
        {
            statements.extend(more);
        }
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &TableDefinition) -> Vec<Statement> {
        let mut statement = Statement::new(format!("DROP TABLE {}", id.sql_name()));
        // A partitioned table has no rows but those of its partitions, which are detached or dropped first.
        if old.partition_key.is_none() {
            statement = statement.hazard(HazardKind::DataLoss, id, "all its rows are deleted");
        }
        vec![statement.hazard(HazardKind::BreaksClients, id, "programs that use it fail")]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &TableDefinition,
        new: &TableDefinition,
    ) -> Alteration {
        let TableDefinition {
            persistence,
            partition_key,
            partition_key_types,
            access_method,
            options: _,
            toast_options: _,
            row_security,
            force_row_security,
            replica_identity,
            has_privileges: _,
        } = new;
        if *partition_key != old.partition_key || !are_kept(&old.partition_key_types, partition_key_types) {
            return Alteration::Replace;
        }
        let mut statements = Vec::new();
        let mut alter = |clause: &str| {
            statements.push(Statement::new(format!("ALTER TABLE {} {clause}", id.sql_name())));
        };
        if *persistence != old.persistence {
            alter(if persistence == "u" { "SET UNLOGGED" } else { "SET LOGGED" });
        }
        if *access_method != old.access_method {
            let method = access_method.as_deref().unwrap_or("heap");
            alter(&format!("SET ACCESS METHOD {}", Ident(method)));
        }
        for clause in options_diff(&old.all_options(), &new.all_options()) {
            alter(&clause);
        }
        if *row_security != old.row_security {
            alter(if *row_security { "ENABLE ROW LEVEL SECURITY" } else { "DISABLE ROW LEVEL SECURITY" });
        }
        if *force_row_security != old.force_row_security {
            let clause = if *force_row_security { "FORCE" } else { "NO FORCE" };
            alter(&format!("{clause} ROW LEVEL SECURITY"));
        }
        if *replica_identity != old.replica_identity {
            alter(&format!(
                "REPLICA IDENTITY {}",
                match replica_identity.as_str() {
                    "n" => "NOTHING",
                    "f" => "FULL",
                    _ => "DEFAULT",
                }
            ));
        }
        Alteration::InPlace(statements)
    }

    fn reaction(&self, _id: &ObjectId, _old: &TableDefinition, _on: &ObjectId, how: Disturbance) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &TableDefinition) -> Vec<ObjectId> {
        vec![relation_name(&id.path[0], &id.path[1]), type_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Some(super::rename_or_move("TABLE", from, to))
    }

    fn holds_data(&self) -> bool {
        true
    }

    fn has_privileges(&self, definition: &TableDefinition) -> bool {
        definition.has_privileges.0
    }
}
