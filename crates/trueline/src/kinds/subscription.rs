//! Subscriptions, without the secret.
//!
//! They are made without connecting, so they are disabled and have no slot on the publisher yet; enabling
//! one is for whoever knows the password, and whether it is enabled is not compared. The password is taken
//! out of the connection string before that is kept; where the connected role may not read the string
//! (only superusers may), it is taken for equal.

use super::secrets::connection_without_secrets;
use super::{
    Alteration, Context, Found, FromRow, Kind, Names, PG_SUBSCRIPTION, Piece, RowReader, Statement,
    definition,
};
use crate::catalog::{IfReadable, NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::sql::{Ident, Literal};

/// The registered kind.
pub struct Subscription;

definition! {
    /// `pg_subscription`.
    pub struct SubscriptionDefinition {
        /// `subenabled`.
        pub enabled: NotCompared<bool>,
        /// `subconninfo` without secrets.
        pub connection: IfReadable<String>,
        /// `subslotname`, quoted.
        pub slot: Option<String>,
        /// `subpublications`, quoted, as they are listed.
        pub publications: Vec<String>,
        /// `subtwophasestate` is not `d`.
        pub two_phase: bool,
        /// The other options, each as `name = value`, sorted.
        pub options: Vec<String>,
    }
}

/// The string where it may be read. A query that names the column fails for everybody else, even where
/// it is not evaluated: so the column is named in a text that only runs where it may.
const CONNECTION: &str = "case when pg_catalog.has_column_privilege('pg_catalog.pg_subscription', 'subconninfo', 'select') \
     then (select substr(w.word, 2) from pg_catalog.ts_stat(pg_catalog.format( \
       'select pg_catalog.array_to_tsvector(array[''x'' || subconninfo]) from pg_catalog.pg_subscription \
        where oid = %s and octet_length(subconninfo) < 2000', s.oid)) w) end";

/// Option, first major, and its value in a row of `pg_subscription`.
const OPTIONS: &[(&str, u32, &str)] = &[
    ("binary", 14, "s.subbinary::text"),
    ("disable_on_error", 15, "s.subdisableonerr::text"),
    ("failover", 17, "s.subfailover::text"),
    ("origin", 16, "s.suborigin"),
    ("password_required", 16, "s.subpasswordrequired::text"),
    ("run_as_owner", 16, "s.subrunasowner::text"),
    (
        "streaming",
        14,
        "case s.substream::text when 'p' then 'parallel' when 't' then 'on' when 'true' then 'on' \
       else 'off' end",
    ),
    ("synchronous_commit", 12, "quote_literal(s.subsynccommit)"),
];

/// What CREATE SUBSCRIPTION gives when nothing is said (`parse_subscription_options`).
fn is_default(option: &str, major: u32) -> bool {
    let defaults = [
        "binary = false",
        "disable_on_error = false",
        "failover = false",
        "origin = any",
        "password_required = true",
        "run_as_owner = false",
        "synchronous_commit = 'off'",
        if major >= 18 { "streaming = parallel" } else { "streaming = off" },
    ];
    defaults.contains(&option)
}

impl Kind for Subscription {
    type Definition = SubscriptionDefinition;
    const NAME: &'static str = "subscription";
    const SOURCE: Option<&'static str> = Some("pg_subscription where oid >= 16384");

    fn query(&self, major: u32) -> Option<String> {
        let options: Vec<String> = OPTIONS
            .iter()
            .filter(|(_, since, _)| *since <= major)
            .map(|(name, _, value)| format!("'{name} = ' || {value}"))
            .collect();
        let two_phase = if major >= 15 { "s.subtwophasestate <> 'd'" } else { "false" };
        Some(format!(
            "select s.oid, s.subname::text, s.subenabled, {CONNECTION}, quote_ident(s.subslotname), \
             array(select quote_ident(p) from unnest(s.subpublications) with ordinality u(p, place) order by place), \
             {two_phase}, array[{}]::text[] from pg_catalog.pg_subscription s \
             where s.subdbid = (select d.oid from pg_catalog.pg_database d where d.datname = current_database())",
            options.join(", ")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let oid = row.take()?;
        let name: String = row.take()?;
        let mut definition = SubscriptionDefinition::from_row(row)?;
        definition.connection.0 = definition.connection.0.map(|text| connection_without_secrets(&text));
        let id = ObjectId::new(Self::NAME, [name]);
        Ok(Some(Found::new((PG_SUBSCRIPTION, oid, 0), id, None, definition)))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &SubscriptionDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let SubscriptionDefinition { enabled: _, connection, slot, publications, two_phase, options } = new;
        let mut with = vec!["connect = false".to_owned()];
        match slot {
            None => with.push("slot_name = NONE".into()),
            Some(slot) if *slot != id.sql_name() => with.push(format!("slot_name = {slot}")),
            Some(_) => {}
        }
        if *two_phase {
            with.push("two_phase = true".into());
        }
        with.extend(options.iter().filter(|option| !is_default(option, cx.desired.major)).cloned());
        let statement = Statement::new(format!(
            "CREATE SUBSCRIPTION {} CONNECTION {} PUBLICATION {} WITH ({})",
            id.sql_name(),
            Literal(connection.0.as_deref().unwrap_or_default()),
            publications.join(", "),
            with.join(", ")
        ));
        let effect = "it is disabled: give it its password and slot, enable it and refresh it by hand";
        vec![statement.hazard(HazardKind::BreaksClients, id, effect)]
    }

    /// The slot on the publisher is nobody's then: DROP SUBSCRIPTION would drop it, but not in a transaction.
    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, old: &SubscriptionDefinition) -> Vec<Statement> {
        let name = id.sql_name();
        let mut statements = Vec::new();
        if old.enabled.0 {
            statements.push(Statement::new(format!("ALTER SUBSCRIPTION {name} DISABLE")));
        }
        if old.slot.is_some() {
            statements.push(Statement::new(format!("ALTER SUBSCRIPTION {name} SET (slot_name = NONE)")));
        }
        let effect = match &old.slot {
            Some(slot) => format!("its slot {slot} stays on the publisher, and must be dropped there"),
            None => "what it replicates is no longer updated".into(),
        };
        let drop = Statement::new(format!("DROP SUBSCRIPTION {name}"));
        statements.push(drop.hazard(HazardKind::BreaksClients, id, effect));
        statements
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &SubscriptionDefinition,
        new: &SubscriptionDefinition,
    ) -> Alteration {
        let SubscriptionDefinition { enabled: _, connection, slot, publications, two_phase, options } = new;
        if *two_phase != old.two_phase {
            return Alteration::Replace;
        }
        let name = id.sql_name();
        let mut statements = Vec::new();
        if let (Some(connection), true) = (&connection.0, *connection != old.connection) {
            let statement =
                Statement::new(format!("ALTER SUBSCRIPTION {name} CONNECTION {}", Literal(connection)));
            let effect = "the new connection string has no password";
            statements.push(statement.hazard(HazardKind::BreaksClients, id, effect));
        }
        if *publications != old.publications {
            let list = publications.join(", ");
            let sql = format!("ALTER SUBSCRIPTION {name} SET PUBLICATION {list} WITH (refresh = false)");
            let effect = "its tables follow only after ALTER SUBSCRIPTION … REFRESH PUBLICATION";
            statements.push(Statement::new(sql).hazard(HazardKind::BreaksClients, id, effect));
        }
        let changed = |option: &&String| !old.options.contains(option) && !option.starts_with("failover");
        let mut set: Vec<String> = options.iter().filter(changed).cloned().collect();
        if *slot != old.slot {
            set.push(format!("slot_name = {}", slot.as_deref().unwrap_or("NONE")));
        }
        if !set.is_empty() {
            statements.push(Statement::new(format!("ALTER SUBSCRIPTION {name} SET ({})", set.join(", "))));
        }
        let failover = options.iter().find(|option| option.starts_with("failover"));
        if let Some(failover) = failover.filter(|option| !old.options.contains(option)) {
            // The slot on the publisher is told, which no transaction can undo.
            let sql = format!("ALTER SUBSCRIPTION {name} SET ({failover})");
            statements.push(Statement::outside_transaction(sql));
        }
        Alteration::InPlace(statements)
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        let sql = format!("ALTER SUBSCRIPTION {} RENAME TO {}", from.sql_name(), Ident(to.name()));
        Some(vec![Statement::new(sql)])
    }
}
