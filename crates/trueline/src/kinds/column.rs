//! Columns of tables. Defaults are objects of their own; a generated column's expression is part of it.

use super::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction,
    RowReader, Statement, after, definition, generic_options, not_from_extension,
};
use crate::catalog::{Catalog, NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::kinds::ancestry::table_of;
use crate::kinds::not_null::{self, NotNullName};
use crate::kinds::options::{COLUMN_OPTIONS, Options, options_list};
use crate::sql::Ident;

mod alter;
mod conversion;
mod identity;
mod inherited;

pub use identity::Identity;
pub use inherited::is_copy;

/// The registered kind.
pub struct Column;

/// SQL for whether a column `a` is NOT NULL in a table that it is inherited from.
const INHERITS_NOT_NULL: &str = "(a.attinhcount > 0 and exists (select from pg_catalog.pg_inherits h \
     join pg_catalog.pg_attribute o on o.attrelid = h.inhparent and o.attname = a.attname and o.attnotnull \
     where h.inhrelid = a.attrelid))";

definition! {
    /// `pg_attribute`.
    pub struct ColumnDefinition {
        /// `attnum`: its place is a note, never a difference.
        pub position: NotCompared<i32>,
        /// `format_type`.
        pub data_type: String,
        /// The collation, quoted and qualified, where it is not the type's own.
        pub collation: Option<String>,
        /// `attnotnull`, where no table that it is inherited from says so.
        pub not_null: bool,
        /// `attnotnull` of a table that it is inherited from.
        pub inherits_not_null: NotCompared<bool>,
        /// `conname` of the constraint behind NOT NULL, inherited or not, from PostgreSQL 18 on.
        pub not_null_constraint: NotCompared<Option<String>>,
        /// `attislocal`: whether its table has it without inheriting it, too.
        pub local: NotCompared<bool>,
        /// The name of the constraint behind it, from PostgreSQL 18 on.
        pub not_null_name: NotNullName,
        /// `connoinherit` of that constraint.
        pub not_null_no_inherit: bool,
        /// Whether that constraint is not validated.
        pub not_null_unvalidated: bool,
        /// The expression, for a generated column.
        pub generated: Option<String>,
        /// Whether it is computed when read, from PostgreSQL 18 on, rather than stored.
        pub computed_when_read: bool,
        /// Identity and its sequence, in the order of [`Identity::from_parts`].
        pub identity: Option<Identity>,
        /// `attstorage`, where it is not the type's own.
        pub storage: Option<String>,
        /// `attstorage` of the type.
        pub type_storage: NotCompared<String>,
        /// `attcompression`: `pglz` or `lz4`, where it is stated.
        pub compression: Option<String>,
        /// `attstattarget`, where it is stated.
        pub statistics: Option<i32>,
        /// `attoptions`.
        pub options: Options,
        /// `attfdwoptions` of a foreign table's column, sorted.
        pub foreign_options: Vec<String>,
    }
}

impl ColumnDefinition {
    /// The column as it stands in CREATE TABLE and ADD COLUMN.
    fn clause(&self, id: &ObjectId, default: &[Piece]) -> String {
        let mut sql = format!("{} {}", id.sql_last(), self.data_type);
        if let Some(compression) = &self.compression {
            sql.push_str(&format!(" COMPRESSION {compression}"));
        }
        sql.push_str(&generic_options::clause(&self.foreign_options));
        if let Some(collation) = &self.collation {
            sql.push_str(&format!(" COLLATE {collation}"));
        }
        for piece in default {
            sql.push_str(&format!(" {}", piece.sql));
        }
        if let Some(expression) = &self.generated {
            let stored = if self.computed_when_read { "VIRTUAL" } else { "STORED" };
            sql.push_str(&format!(" GENERATED ALWAYS AS ({expression}) {stored}"));
        }
        if let Some(identity) = &self.identity {
            sql.push_str(&format!(" {}", identity.clause(id)));
        }
        if self.is_not_null() && !self.not_null_unvalidated {
            let inherit = if self.not_null_no_inherit { " NO INHERIT" } else { "" };
            sql.push_str(&format!(" {}NOT NULL{inherit}", self.not_null_name.clause(id)));
        }
        sql
    }

    /// `attnotnull`.
    fn is_not_null(&self) -> bool {
        self.not_null || self.inherits_not_null.0
    }

    /// What ALTER COLUMN TYPE sets back to the type's own (`ATExecAlterColumnType` in `tablecmds.c`).
    pub fn storage_again(&self, id: &ObjectId) -> Vec<Statement> {
        let storage = self.storage.iter().map(|letter| format!("SET STORAGE {}", storage_word(letter)));
        let compression = self.compression.iter().map(|method| format!("SET COMPRESSION {method}"));
        storage.chain(compression).map(|clause| alter_column(id, &clause)).collect()
    }

    /// What CREATE TABLE and ADD COLUMN cannot say on every major.
    fn marks(&self, cx: &Context<'_>, id: &ObjectId) -> Vec<Statement> {
        let mut statements = Vec::new();
        statements.extend(self.identity.as_ref().and_then(|identity| identity.own_persistence(cx, id)));
        if self.not_null_unvalidated {
            statements.push(not_null::add_not_valid(id, self));
        }
        if let Some(storage) = &self.storage {
            statements.push(alter_only(cx, id, &format!("SET STORAGE {}", storage_word(storage))));
        }
        if let Some(target) = self.statistics {
            statements.push(alter_only(cx, id, &format!("SET STATISTICS {target}")));
        }
        if !self.options.0.is_empty() {
            statements.push(alter_column(id, &format!("SET ({})", options_list(&self.options.0))));
        }
        statements
    }
}

/// Whether its values are elsewhere: no rows to scan, convert or lose.
fn is_foreign(catalog: &Catalog, id: &ObjectId) -> bool {
    catalog.objects.contains_key(&ObjectId::new("foreign table", id.container()))
}

fn alter_column(id: &ObjectId, clause: &str) -> Statement {
    Statement::new(format!("ALTER TABLE {} ALTER COLUMN {} {clause}", id.sql_container(), id.sql_last()))
}

/// What PostgreSQL would do to the columns of heirs, too, which have their own say.
/// A change of one column of one table, not of its heirs.
pub fn alter_only(cx: &Context<'_>, id: &ObjectId, clause: &str) -> Statement {
    let only = cx.only(&table_of(id));
    Statement::new(format!(
        "ALTER TABLE {only}{} ALTER COLUMN {} {clause}",
        id.sql_container(),
        id.sql_last()
    ))
}

/// `attstorage` in words (`src/include/catalog/pg_type.h`).
/// `attstorage` and `typstorage` as SQL says them.
pub fn storage_word(letter: &str) -> &'static str {
    match letter {
        "p" => "PLAIN",
        "e" => "EXTERNAL",
        "m" => "MAIN",
        _ => "EXTENDED",
    }
}

impl Kind for Column {
    type Definition = ColumnDefinition;
    const NAME: &'static str = "column";

    fn query(&self, major: u32) -> Option<String> {
        let compression = if major >= 14 {
            "case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end"
        } else {
            "null::text"
        };
        let (not_null, not_null_join) = if major >= 18 {
            (
                "case when nn.coninhcount = 0 then nn.conname::text end, coalesce(nn.connoinherit, false), \
                 coalesce(not nn.convalidated and nn.coninhcount = 0, false)",
                "left join pg_catalog.pg_constraint nn on nn.conrelid = a.attrelid and nn.contype = 'n' \
                 and nn.conkey[1] = a.attnum",
            )
        } else {
            ("null::text, false, false", "")
        };
        Some(format!(
            "select c.oid, a.attnum::int4, n.nspname::text, c.relname::text, a.attname::text, a.attnum::int4, \
             pg_catalog.format_type(a.atttypid, a.atttypmod), \
             case when a.attcollation <> t.typcollation then \
               (select quote_ident(l.nspname) || '.' || quote_ident(o.collname) from pg_catalog.pg_collation o \
                join pg_catalog.pg_namespace l on l.oid = o.collnamespace where o.oid = a.attcollation) end, \
             a.attnotnull and not {inherited}, a.attnotnull and {inherited}, {not_null_constraint}, \
             a.attislocal, {not_null}, \
             case when a.attgenerated <> '' then (select pg_catalog.pg_get_expr(d.adbin, d.adrelid) \
               from pg_catalog.pg_attrdef d where d.adrelid = a.attrelid and d.adnum = a.attnum) end, \
             a.attgenerated = 'v', \
             case when a.attidentity <> '' then {identity} end, \
             case when a.attstorage <> t.typstorage then a.attstorage::text end, t.typstorage::text, \
             {compression}, \
             case when a.attstattarget >= 0 then a.attstattarget::int4 end, \
             {COLUMN_OPTIONS}, \
             array(select o from unnest(a.attfdwoptions) o order by o collate \"C\") \
             from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_type t on t.oid = a.atttypid {not_null_join} \
             where c.relkind in ('r', 'p', 'f') and n.nspname = any($1) and a.attnum > 0 and not a.attisdropped and {}",
            not_from_extension("pg_class", "c.oid"),
            identity = identity::QUERY,
            inherited = INHERITS_NOT_NULL,
            not_null_constraint = if major >= 18 { "nn.conname::text" } else { "null::text" },
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (relation, number): (u32, i32) = (row.take()?, row.take()?);
        let (schema, table, name): (String, String, String) = (row.take()?, row.take()?, row.take()?);
        let parent = names.at((PG_CLASS, relation, 0)).cloned();
        let id = ObjectId::new(Self::NAME, [&schema, &table, &name]);
        Ok(Some(Found::new((PG_CLASS, relation, number), id, parent, ColumnDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &ColumnDefinition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        if let Some(rest) = inherited::created(cx, id, new, pieces) {
            return rest;
        }
        let clause = new.clause(id, pieces);
        let mut add = Statement::new(format!("ALTER TABLE {} ADD COLUMN {clause}", id.sql_container()));
        let has_value = !pieces.is_empty() || new.generated.is_some() || new.identity.is_some();
        let may_have_rows =
            !is_foreign(cx.desired, id) && !cx.is_new(&ObjectId::new("table", id.container()));
        if new.is_not_null() && !new.not_null_unvalidated && !has_value && may_have_rows {
            let effect = "fails if the table has rows, since it is NOT NULL and has no default";
            add = add.hazard(HazardKind::DataDependent, id, effect);
        }
        if new.generated.is_some() && !new.computed_when_read && may_have_rows {
            let effect = "fails if its expression does for a row";
            add = add.hazard(HazardKind::DataDependent, id, effect);
        }
        let mut statements = vec![add];
        statements.extend(new.marks(cx, id));
        statements.extend(after(pieces));
        statements
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &ColumnDefinition) -> Vec<Statement> {
        if inherited::is_dropped_with_original(cx, id, old) {
            Vec::new()
        } else {
            inherited::dropped(cx, id, old)
        }
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &ColumnDefinition,
        new: &ColumnDefinition,
    ) -> Alteration {
        alter::alter(cx, id, old, new)
    }

    fn fold(&self, _cx: &Context<'_>, _id: &ObjectId, _new: &ColumnDefinition) -> Fold {
        Fold::Early
    }

    fn piece(&self, cx: &Context<'_>, id: &ObjectId, new: &ColumnDefinition, pieces: &[Piece]) -> Piece {
        let then = new.marks(cx, id).into_iter().chain(after(pieces)).collect();
        let copied = inherited::copied(cx, id, new, pieces);
        Piece { copied, ..Piece::new((0, new.position.0), new.clause(id, pieces), then) }
    }

    fn reaction(&self, _id: &ObjectId, old: &ColumnDefinition, on: &ObjectId, how: Disturbance) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            // A generated column over a retyped one has to go (ATExecAlterColumnType refuses it), and one
            // whose own type is exchanged has an expression of the old type.
            Disturbance::Retyped if old.generated.is_some() => Reaction::Replace,
            Disturbance::Retyped if on.kind == Self::NAME || on.kind == "table" => Reaction::Keep,
            Disturbance::Retyped => Reaction::Retyped,
        }
    }

    fn occupies(&self, id: &ObjectId, definition: &ColumnDefinition) -> Vec<ObjectId> {
        definition.identity.iter().map(|identity| identity.relation(id)).collect()
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container()).then(|| {
            let table = from.sql_container();
            let sql =
                format!("ALTER TABLE {table} RENAME COLUMN {} TO {}", from.sql_last(), Ident(to.name()));
            vec![Statement::new(sql).hazard(
                HazardKind::BreaksClients,
                from,
                "programs that use the old name fail",
            )]
        })
    }

    fn position(&self, definition: &ColumnDefinition) -> Option<i32> {
        Some(definition.position.0)
    }

    fn holds_data(&self) -> bool {
        true
    }
}
