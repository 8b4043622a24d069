//! Whether a partition's copy of a trigger fires, where that is not as with the trigger it is a copy of.

use super::trigger::enabling;
use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_CLASS, Piece, Reaction, RowReader,
    Statement, definition, not_from_extension,
};
use crate::catalog::{Catalog, ObjectId, Order};

/// The registered kind.
pub struct TriggerState;

definition! {
    /// `pg_trigger`.
    pub struct TriggerStateDefinition {
        /// `tgenabled`.
        pub enabled: String,
        /// That of the trigger it is a copy of.
        pub otherwise: String,
    }
}

/// No system catalog holds these: PostgreSQL's OID of none.
const NO_CLASS: u32 = 0;

fn set(cx: &Context<'_>, id: &ObjectId, letter: &str) -> Vec<Statement> {
    let table = ObjectId::new("table", id.container());
    let (only, verb) = (cx.only(&table), enabling(letter));
    vec![Statement::new(format!("ALTER TABLE {only}{} {verb} TRIGGER {}", id.sql_container(), id.sql_last()))]
}

impl Kind for TriggerState {
    type Definition = TriggerStateDefinition;
    const NAME: &'static str = "trigger state";

    fn query(&self, major: u32) -> Option<String> {
        (major >= 13).then(|| {
            format!(
                "select t.oid, c.oid, n.nspname::text, c.relname::text, t.tgname::text, t.tgenabled::text, \
                 o.tgenabled::text \
                 from pg_catalog.pg_trigger t join pg_catalog.pg_trigger o on o.oid = t.tgparentid \
                 join pg_catalog.pg_class c on c.oid = t.tgrelid \
                 join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
                 where t.tgenabled <> o.tgenabled and not t.tgisinternal and n.nspname = any($1) and {}",
                not_from_extension("pg_class", "c.oid")
            )
        })
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, relation): (u32, u32) = (row.take()?, row.take()?);
        let path: [String; 3] = [row.take()?, row.take()?, row.take()?];
        let table = names.at((PG_CLASS, relation, 0)).cloned();
        let id = ObjectId::new(Self::NAME, path);
        Ok(Some(Found::new((NO_CLASS, oid, 2), id, table, TriggerStateDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &TriggerStateDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let TriggerStateDefinition { enabled, otherwise: _ } = new;
        set(cx, id, enabled)
    }

    /// What is detached has no copy any more.
    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &TriggerStateDefinition) -> Vec<Statement> {
        let table = ObjectId::new("table", id.container());
        let kept = cx.kept_parents(&table).map(|parent| {
            let path = parent.path.iter().chain(id.path.last()).cloned().collect();
            ObjectId { kind: "trigger", path, signature: None }
        });
        let is_kept = kept
            .into_iter()
            .any(|original| cx.desired.objects.contains_key(&original) && !cx.is_new(&original));
        if is_kept { set(cx, id, &old.otherwise) } else { Vec::new() }
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        _old: &TriggerStateDefinition,
        new: &TriggerStateDefinition,
    ) -> Alteration {
        let TriggerStateDefinition { enabled, otherwise: _ } = new;
        Alteration::InPlace(set(cx, id, enabled))
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &TriggerStateDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }

    fn orders(&self, catalog: &Catalog) -> Vec<Order> {
        let mut orders = Vec::new();
        for id in catalog.objects.keys().filter(|id| id.kind == Self::NAME) {
            let mut table = ObjectId::new("table", id.container());
            // Up to the table that has the trigger.
            while let [parent, ..] = catalog.kinship.parents(&table) {
                let path = parent.table.path.iter().chain(id.path.last()).cloned().collect();
                orders.push(Order::Needs(id.clone(), parent.by.clone()));
                for kind in ["trigger", Self::NAME] {
                    let original = ObjectId { kind, path: Vec::clone(&path), signature: None };
                    if catalog.objects.contains_key(&original) {
                        orders.push(Order::Needs(id.clone(), original));
                    }
                }
                table = parent.table.clone();
            }
        }
        orders
    }
}
