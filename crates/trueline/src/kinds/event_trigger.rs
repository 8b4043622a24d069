//! Event triggers whose function is in a managed schema.

use super::trigger::enabling;
use super::{
    Alteration, Context, Found, Kind, Names, PG_EVENT_TRIGGER, Piece, RowReader, Statement, definition,
    not_from_extension, read,
};
use crate::catalog::ObjectId;
use crate::sql::{Ident, Literal};

/// The registered kind.
pub struct EventTrigger;

definition! {
    /// `pg_event_trigger`.
    pub struct EventTriggerDefinition {
        /// `evtevent`.
        pub event: String,
        /// `evttags`, as stated; all where there are none.
        pub tags: Vec<String>,
        /// The function, quoted and qualified.
        pub function: String,
        /// `evtenabled`: `O` on origin, `D` disabled, `R` on replica, `A` always.
        pub enabled: String,
    }
}

fn enable(id: &ObjectId, letter: &str) -> Statement {
    Statement::new(format!("ALTER EVENT TRIGGER {} {}", id.sql_name(), enabling(letter)))
}

impl Kind for EventTrigger {
    type Definition = EventTriggerDefinition;
    const NAME: &'static str = "event trigger";
    const SOURCE: Option<&'static str> = Some("pg_event_trigger where oid >= 16384");

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select e.oid, e.evtname::text, e.evtevent::text, \
             coalesce(e.evttags, array[]::text[]), \
             quote_ident(n.nspname) || '.' || quote_ident(p.proname), e.evtenabled::text \
             from pg_catalog.pg_event_trigger e join pg_catalog.pg_proc p on p.oid = e.evtfoid \
             join pg_catalog.pg_namespace n on n.oid = p.pronamespace where n.nspname = any($1) and {}",
            not_from_extension("pg_event_trigger", "e.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        read::of_database::<Self>(PG_EVENT_TRIGGER, row)
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &EventTriggerDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let EventTriggerDefinition { event, tags, function, enabled } = new;
        let tags: Vec<String> = tags.iter().map(|tag| Literal(tag).to_string()).collect();
        let filter =
            if tags.is_empty() { String::new() } else { format!(" WHEN TAG IN ({})", tags.join(", ")) };
        let name = id.sql_name();
        let mut statements = vec![Statement::new(format!(
            "CREATE EVENT TRIGGER {name} ON {event}{filter} EXECUTE FUNCTION {function}()"
        ))];
        if enabled != "O" {
            statements.push(enable(id, enabled));
        }
        statements
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &EventTriggerDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP EVENT TRIGGER {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &EventTriggerDefinition,
        new: &EventTriggerDefinition,
    ) -> Alteration {
        let EventTriggerDefinition { event, tags, function, enabled } = new;
        if *event != old.event || *tags != old.tags || *function != old.function {
            return Alteration::Replace;
        }
        Alteration::InPlace(vec![enable(id, enabled)])
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        let sql = format!("ALTER EVENT TRIGGER {} RENAME TO {}", from.sql_name(), Ident(to.name()));
        Some(vec![Statement::new(sql)])
    }
}
