//! Indexes, except those that belong to a constraint.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension, relation_name,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::kinds::index_attachment::{
    comes_with_partition, comes_with_whole, falls_with_parent, has_foreign_partition,
};
use crate::kinds::mark::{Marks, take_away};
use crate::kinds::options::{Options, options_diff, options_list};
use crate::kinds::table::is_partitioned;
use crate::sql::Ident;

/// The registered kind.
pub struct Index;

definition! {
    /// `pg_index` and `pg_class`.
    pub struct IndexDefinition {
        /// The table's schema.
        pub table_schema: NotCompared<String>,
        /// The table.
        pub table: String,
        /// `pg_get_indexdef`, without the storage parameters.
        pub definition: String,
        /// How many characters of it stand before them.
        pub options_at: NotCompared<i32>,
        /// `reloptions`.
        pub options: Options,
        /// `indisvalid`.
        pub valid: bool,
        /// `indisclustered`.
        pub clustered: bool,
        /// `indisreplident`.
        pub replica_identity: bool,
        /// `attnum=attstattarget` of expression columns that set one.
        pub statistics: Vec<String>,
        /// Whether it has an expression or a predicate.
        pub computed: NotCompared<bool>,
    }
}

/// An option `o` as `flatten_reloptions` in `ruleutils.c` writes it.
const FLAT_OPTION: &str = "quote_ident(split_part(o.option, '=', 1)) || '=' || \
     (select case when quote_ident(v) = v then v else quote_literal(v) end \
      from substr(o.option, strpos(o.option, '=') + 1) v)";

impl IndexDefinition {
    /// Its marks.
    pub fn index_marks(&self) -> Marks {
        Marks { clustered: self.clustered, replica_identity: self.replica_identity }
    }

    /// Whether the other one is the same but for name and table.
    pub fn is_alike(&self, other: &Self) -> bool {
        let columns =
            |definition: &Self| definition.definition.split_once(" USING ").map(|(_, rest)| rest.to_owned());
        let is_unique = |definition: &Self| definition.definition.starts_with("CREATE UNIQUE ");
        is_unique(self) == is_unique(other) && columns(self) == columns(other)
    }

    fn table(&self) -> ObjectId {
        ObjectId::new("table", [&self.table_schema.0, &self.table])
    }

    /// The definition with its storage parameters.
    fn full(&self) -> String {
        let mut sql = self.definition.clone();
        if !self.options.0.is_empty() {
            let characters = usize::try_from(self.options_at.0).unwrap_or(0);
            let at = sql.char_indices().nth(characters).map_or(sql.len(), |(at, _)| at);
            sql.insert_str(at, &format!(" WITH ({})", options_list(&self.options.0)));
        }
        sql
    }

    /// CREATE INDEX on a partitioned table, which reaches the partitions unless `ONLY` is there.
    fn of_partitioned(&self, cx: &Context<'_>, id: &ObjectId, table_is_new: bool) -> String {
        let full = self.full();
        let is_alone = cx.only(&self.table()).is_empty() || has_foreign_partition(cx.desired, &self.table());
        if is_alone || (table_is_new && !cx.desired.kinship.apart.contains(id)) {
            full.replacen(" ON ONLY ", " ON ", 1)
        } else {
            full
        }
    }

    fn marks(&self, id: &ObjectId) -> Vec<Statement> {
        let (table, name) = (self.table().sql_name(), id.sql_last());
        let mut statements = Vec::new();
        if self.clustered {
            statements.push(Statement::new(format!("ALTER TABLE {table} CLUSTER ON {name}")));
        }
        if self.replica_identity {
            statements
                .push(Statement::new(format!("ALTER TABLE {table} REPLICA IDENTITY USING INDEX {name}")));
        }
        for setting in &self.statistics {
            if let Some((column, target)) = setting.split_once('=') {
                statements.push(Statement::new(format!(
                    "ALTER INDEX {} ALTER COLUMN {column} SET STATISTICS {target}",
                    id.sql_name()
                )));
            }
        }
        statements
    }
}

impl Kind for Index {
    type Definition = IndexDefinition;
    const NAME: &'static str = "index";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select x.oid, t.oid, n.nspname::text, x.relname::text, \
             tn.nspname::text, t.relname::text, replace(d.sql, d.options, ''), strpos(d.sql, d.options) - 1, \
             coalesce(x.reloptions, array[]::text[]), \
             i.indisvalid, i.indisclustered, i.indisreplident, \
             array(select a.attnum || '=' || a.attstattarget from pg_catalog.pg_attribute a \
               where a.attrelid = x.oid and a.attstattarget >= 0 order by a.attnum), \
             i.indexprs is not null or i.indpred is not null \
             from pg_catalog.pg_index i join pg_catalog.pg_class x on x.oid = i.indexrelid \
             join pg_catalog.pg_namespace n on n.oid = x.relnamespace \
             join pg_catalog.pg_class t on t.oid = i.indrelid \
             join pg_catalog.pg_namespace tn on tn.oid = t.relnamespace \
             cross join lateral (select pg_catalog.pg_get_indexdef(x.oid), \
               coalesce((select ' WITH (' || string_agg({FLAT_OPTION}, ', ' order by place) || ')' \
               from unnest(x.reloptions) with ordinality o(option, place)), '') \
               offset 0) d(sql, options) \
             where n.nspname = any($1) and t.relkind in ('r', 'p', 'm') \
             and not exists (select from pg_catalog.pg_constraint k where k.conindid = x.oid \
               and k.contype in ('p', 'u', 'x')) and {}",
            not_from_extension("pg_class", "t.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, relation): (u32, u32) = (row.take()?, row.take()?);
        let (schema, name): (String, String) = (row.take()?, row.take()?);
        let parent = names.at((PG_CLASS, relation, 0)).cloned();
        let id = ObjectId::new(Self::NAME, [&schema, &name]);
        Ok(Some(Found::new((PG_CLASS, oid, 0), id, parent, IndexDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &IndexDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut statements = Vec::new();
        let parent = cx.desired.objects.get(id).and_then(|object| object.parent.as_ref());
        let is_new = parent.is_some_and(|parent| cx.is_new(parent));
        if comes_with_partition(cx, id) || comes_with_whole(cx, id) {
            // It is there.
        } else if is_partitioned(cx.desired, &new.table()) {
            statements.push(Statement::new(new.of_partitioned(cx, id, is_new)));
        } else if is_new {
            statements.push(Statement::new(new.full()));
        } else {
            let sql = new.full().replacen(" INDEX ", " INDEX CONCURRENTLY ", 1);
            let mut statement = Statement::outside_transaction(sql);
            if new.definition.starts_with("CREATE UNIQUE ") {
                let effect = "fails if two rows have the same values";
                statement = statement.hazard(HazardKind::DataDependent, id, effect);
            } else if new.computed.0 {
                let effect = "fails if an expression of it does for a row";
                statement = statement.hazard(HazardKind::DataDependent, id, effect);
            }
            statements.push(statement);
        }
        statements.extend(new.marks(id));
        statements
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &IndexDefinition) -> Vec<Statement> {
        if falls_with_parent(cx, id) {
            return Vec::new();
        }
        if is_partitioned(cx.current, &old.table()) {
            // A constraint over a partition's index goes with it, but not by itself.
            let falling = cx.current.kinship.falls_with.get(id).into_iter().flatten();
            let has_constraint = falling.into_iter().any(|(copy, _)| copy.kind == "constraint");
            let cascade = if has_constraint { " CASCADE" } else { "" };
            return vec![Statement::new(format!("DROP INDEX {}{cascade}", id.sql_name()))];
        }
        let lost = Marks { clustered: false, ..old.index_marks() };
        let mut statements = take_away(cx, &old.table(), lost);
        let drop = format!("DROP INDEX CONCURRENTLY {}", id.sql_name());
        statements.push(Statement::outside_transaction(drop));
        statements
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &IndexDefinition,
        new: &IndexDefinition,
    ) -> Alteration {
        let IndexDefinition {
            table_schema: _,
            table: _,
            definition,
            options_at: _,
            options,
            valid,
            clustered,
            replica_identity,
            statistics,
            computed: _,
        } = new;
        // A partitioned table's index becomes valid with the last one that is attached.
        let is_validated = *valid && is_partitioned(cx.desired, &new.table());
        // ALTER INDEX sets no parameters of a partitioned table's index.
        if *options != old.options && is_partitioned(cx.desired, &new.table()) {
            return Alteration::Replace;
        }
        if *definition != old.definition || (*valid != old.valid && !is_validated) {
            return Alteration::Replace;
        }
        let mut statements = Vec::new();
        for clause in options_diff(&old.options.0, &options.0) {
            statements.push(Statement::new(format!("ALTER INDEX {} {clause}", id.sql_name())));
        }
        statements.extend(take_away(cx, &new.table(), old.index_marks().without(new.index_marks())));
        let column_of = |setting: &String| setting.split('=').next().unwrap_or_default().to_owned();
        let set: Vec<String> = statistics.iter().map(column_of).collect();
        for column in old.statistics.iter().map(column_of).filter(|column| !set.contains(column)) {
            let name = id.sql_name();
            statements
                .push(Statement::new(format!("ALTER INDEX {name} ALTER COLUMN {column} SET STATISTICS -1")));
        }
        let marks = IndexDefinition {
            clustered: *clustered && !old.clustered,
            replica_identity: *replica_identity && !old.replica_identity,
            statistics: statistics
                .iter()
                .filter(|setting| !old.statistics.contains(setting))
                .cloned()
                .collect(),
            ..new.clone()
        };
        statements.extend(marks.marks(id));
        Alteration::InPlace(statements)
    }

    fn reaction(&self, _id: &ObjectId, old: &IndexDefinition, on: &ObjectId, how: Disturbance) -> Reaction {
        match how {
            // ALTER COLUMN TYPE builds the column's indexes anew by itself.
            Disturbance::Retyped if on.kind == "column" || !old.computed.0 => Reaction::Keep,
            _ => Reaction::Replace,
        }
    }

    fn occupies(&self, id: &ObjectId, _definition: &IndexDefinition) -> Vec<ObjectId> {
        vec![relation_name(&id.path[0], &id.path[1])]
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container()).then(|| {
            vec![Statement::new(format!("ALTER INDEX {} RENAME TO {}", from.sql_name(), Ident(to.name())))]
        })
    }
}
