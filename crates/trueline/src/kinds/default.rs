//! Defaults of columns: an object of their own, since they depend on things that their column does not.

use super::{
    Alteration, Context, Disturbance, Fold, Found, FromRow, Kind, Names, PG_ATTRDEF, PG_CLASS, Piece,
    Reaction, RowReader, Statement, definition, not_from_extension,
};
use crate::catalog::ObjectId;
use crate::kinds::ancestry::{heirs_agree, originals, table_of};

/// The registered kind.
pub struct Default;

definition! {
    /// `pg_attrdef`.
    pub struct DefaultDefinition {
        /// `pg_get_expr(adbin)`.
        pub expression: String,
    }
}

/// SET and DROP DEFAULT reach the heirs, so they are kept from them, unless these have the same to do.
fn set(cx: &Context<'_>, id: &ObjectId, clause: &str) -> Vec<Statement> {
    if is_set_with_original(cx, id) {
        return Vec::new();
    }
    let table = id.sql_container();
    let reaches_all = comes_with_column(cx, id) || heirs_agree(cx, id);
    let only = if reaches_all { "" } else { cx.only(&table_of(id)) };
    vec![Statement::new(format!("ALTER TABLE {only}{table} ALTER COLUMN {} {clause}", id.sql_last()))]
}

/// Whether the statement for another table's default does the same here.
fn is_set_with_original(cx: &Context<'_>, id: &ObjectId) -> bool {
    originals(cx, id).any(|original| {
        let desired = |id: &ObjectId| cx.desired.get::<DefaultDefinition>(id);
        if comes_with_column(cx, &original) {
            return desired(&original) == desired(id);
        }
        let current = |id: &ObjectId| cx.current.get::<DefaultDefinition>(id);
        current(&original) != desired(&original) && heirs_agree(cx, &original)
    })
}

fn comes_with_column(cx: &Context<'_>, id: &ObjectId) -> bool {
    cx.is_new(&ObjectId { kind: "column", ..id.clone() })
}

impl Kind for Default {
    type Definition = DefaultDefinition;
    const NAME: &'static str = "default";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select d.oid, c.oid, a.attnum::int4, n.nspname::text, c.relname::text, a.attname::text, \
             pg_catalog.pg_get_expr(d.adbin, d.adrelid) \
             from pg_catalog.pg_attrdef d join pg_catalog.pg_class c on c.oid = d.adrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             join pg_catalog.pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum \
             where n.nspname = any($1) and a.attgenerated = '' and {}",
            not_from_extension("pg_class", "c.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, relation, number) = (row.take()?, row.take()?, row.take()?);
        let (schema, table, column): (String, String, String) = (row.take()?, row.take()?, row.take()?);
        let parent = names.at((PG_CLASS, relation, number)).cloned();
        let id = ObjectId::new(Self::NAME, [&schema, &table, &column]);
        Ok(Some(Found::new((PG_ATTRDEF, oid, 0), id, parent, DefaultDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &DefaultDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        set(cx, id, &format!("SET DEFAULT {}", new.expression))
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, _old: &DefaultDefinition) -> Vec<Statement> {
        set(cx, id, "DROP DEFAULT")
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        _old: &DefaultDefinition,
        new: &DefaultDefinition,
    ) -> Alteration {
        let DefaultDefinition { expression } = new;
        Alteration::InPlace(set(cx, id, &format!("SET DEFAULT {expression}")))
    }

    fn fold(&self, cx: &Context<'_>, id: &ObjectId, _new: &DefaultDefinition) -> Fold {
        // A view's column takes its default from ALTER alone.
        let parent = cx.desired.objects.get(id).and_then(|object| object.parent.as_ref());
        if parent.is_some_and(|parent| parent.kind == "column") { Fold::Early } else { Fold::No }
    }

    fn piece(&self, _cx: &Context<'_>, _id: &ObjectId, new: &DefaultDefinition, _pieces: &[Piece]) -> Piece {
        Piece::new((0, 0), format!("DEFAULT {}", new.expression), Vec::new())
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &DefaultDefinition,
        _on: &ObjectId,
        _how: Disturbance,
    ) -> Reaction {
        Reaction::Replace
    }
}
