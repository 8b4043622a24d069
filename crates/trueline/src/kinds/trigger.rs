//! Triggers, constraint triggers included; not those that PostgreSQL makes for foreign keys, nor a
//! partitioned table's on its partitions.

use super::{
    Alteration, Context, Found, Kind, Names, PG_TRIGGER, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::ObjectId;

/// The registered kind.
pub struct Trigger;

definition! {
    /// `pg_trigger`.
    pub struct TriggerDefinition {
        /// `pg_get_triggerdef`.
        pub definition: String,
        /// `tgenabled`: `O` on origin, `D` disabled, `R` on replica, `A` always.
        pub enabled: String,
    }
}

/// The verb that gives a trigger or rule its `tgenabled` or `ev_enabled` in ALTER TABLE.
pub fn enabling(letter: &str) -> &'static str {
    match letter {
        "D" => "DISABLE",
        "R" => "ENABLE REPLICA",
        "A" => "ENABLE ALWAYS",
        _ => "ENABLE",
    }
}

impl TriggerDefinition {
    fn enable(&self, id: &ObjectId) -> Statement {
        let verb = enabling(&self.enabled);
        Statement::new(format!("ALTER TABLE {} {verb} TRIGGER {}", id.sql_container(), id.sql_last()))
    }
}

impl Kind for Trigger {
    type Definition = TriggerDefinition;
    const NAME: &'static str = "trigger";
    const SOURCE: Option<&'static str> = Some("pg_trigger where not tgisinternal");

    fn query(&self, major: u32) -> Option<String> {
        // Before 13, a partition's copies are marked as internal.
        let own = if major >= 13 { " and t.tgparentid = 0" } else { "" };
        Some(format!(
            "select t.oid, c.oid, n.nspname::text, c.relname::text, t.tgname::text, \
             pg_catalog.pg_get_triggerdef(t.oid), t.tgenabled::text \
             from pg_catalog.pg_trigger t join pg_catalog.pg_class c on c.oid = t.tgrelid \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = any($1) and not t.tgisinternal{own} and {} and {}",
            not_from_extension("pg_class", "c.oid"),
            not_from_extension("pg_trigger", "t.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_relation::<Self>(PG_TRIGGER, row, names)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &TriggerDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut statements = vec![Statement::new(new.definition.clone())];
        if new.enabled != "O" {
            statements.push(new.enable(id));
        }
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &TriggerDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP TRIGGER {} ON {}", id.sql_last(), id.sql_container()))]
    }

    /// CREATE OR REPLACE TRIGGER is there since 14, not for constraint triggers, and enables the trigger
    /// (`CreateTriggerFiringOn` in `trigger.c`).
    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &TriggerDefinition,
        new: &TriggerDefinition,
    ) -> Alteration {
        let TriggerDefinition { definition, enabled } = new;
        let plain = "CREATE TRIGGER ";
        if *definition == old.definition {
            return Alteration::InPlace(if *enabled == old.enabled {
                Vec::new()
            } else {
                vec![new.enable(id)]
            });
        }
        if cx.desired.major < 14 || !definition.starts_with(plain) || !old.definition.starts_with(plain) {
            return Alteration::Replace;
        }
        let sql = definition.replacen(plain, "CREATE OR REPLACE TRIGGER ", 1);
        let mut statements = vec![Statement::new(sql)];
        if enabled != "O" {
            statements.push(new.enable(id));
        }
        Alteration::InPlace(statements)
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container()).then(|| {
            let (table, old, new) = (from.sql_container(), from.sql_last(), to.sql_last());
            vec![Statement::new(format!("ALTER TRIGGER {old} ON {table} RENAME TO {new}"))]
        })
    }
}
