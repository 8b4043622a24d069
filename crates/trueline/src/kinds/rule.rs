//! Rewrite rules, except the one that makes a view.

use super::trigger::enabling;
use super::{
    Alteration, Context, Found, Kind, Names, PG_REWRITE, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::ObjectId;

/// The registered kind.
pub struct Rule;

definition! {
    /// `pg_rewrite`.
    pub struct RuleDefinition {
        /// `pg_get_ruledef`, without the final semicolon.
        pub definition: String,
        /// `ev_enabled`: `O` on origin, `D` disabled, `R` on replica, `A` always.
        pub enabled: String,
    }
}

impl RuleDefinition {
    fn enable(&self, id: &ObjectId) -> Statement {
        let verb = enabling(&self.enabled);
        Statement::new(format!("ALTER TABLE {} {verb} RULE {}", id.sql_container(), id.sql_last()))
    }
}

impl Kind for Rule {
    type Definition = RuleDefinition;
    const NAME: &'static str = "rule";
    const SOURCE: Option<&'static str> = Some("pg_rewrite where rulename <> '_RETURN' and oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select r.oid, c.oid, n.nspname::text, c.relname::text, r.rulename::text, \
             rtrim(pg_catalog.pg_get_ruledef(r.oid), ';'), r.ev_enabled::text \
             from pg_catalog.pg_rewrite r join pg_catalog.pg_class c on c.oid = r.ev_class \
             join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
             where n.nspname = any($1) and r.rulename <> '_RETURN' and {} and {}",
            not_from_extension("pg_class", "c.oid"),
            not_from_extension("pg_rewrite", "r.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_relation::<Self>(PG_REWRITE, row, names)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &RuleDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut statements = vec![Statement::new(new.definition.clone())];
        if new.enabled != "O" {
            statements.push(new.enable(id));
        }
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &RuleDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP RULE {} ON {}", id.sql_last(), id.sql_container()))]
    }

    /// CREATE OR REPLACE RULE keeps `ev_enabled` (`InsertRule` in `rewriteDefine.c`).
    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &RuleDefinition,
        new: &RuleDefinition,
    ) -> Alteration {
        let RuleDefinition { definition, enabled } = new;
        let mut statements = Vec::new();
        if *definition != old.definition {
            statements.push(Statement::new(definition.replacen("CREATE RULE", "CREATE OR REPLACE RULE", 1)));
        }
        if *enabled != old.enabled {
            statements.push(new.enable(id));
        }
        Alteration::InPlace(statements)
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        (from.container() == to.container()).then(|| {
            let (table, old, new) = (from.sql_container(), from.sql_last(), to.sql_last());
            vec![Statement::new(format!("ALTER RULE {old} ON {table} RENAME TO {new}"))]
        })
    }
}
