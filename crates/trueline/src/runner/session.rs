//! The settings that a session has while migrations run (DESIGN §4).
//!
//! They are made anew before every segment, so that what one migration sets reaches no other, and a
//! migration that is resumed runs as it would have run.

use std::fmt::Write as _;

use crate::server::SESSION_SETTINGS;
use crate::settings::Timeouts;
use crate::sql::{Ident, Literal};

/// How a session is set up.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    /// Undo what the segment before has set, then one `SELECT` of `set_config`.
    reset: [&'static str; 3],
    set: String,
    timeouts: Timeouts,
}

/// Settings besides those of every session of ours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extra {
    /// Whether the server looks for a client that has gone while a statement runs
    /// (`client_connection_check_interval`, 14 and later).
    pub connection_check: bool,
    /// How patient its statements are.
    pub timeouts: Timeouts,
}

impl Session {
    /// `search_path` is the first managed schema.
    pub fn new(search_path: &str, extra: Extra) -> Self {
        let path = Ident(search_path).to_string();
        let Timeouts { lock_ms, statement_ms, .. } = extra.timeouts;
        let (lock_timeout, statement_timeout) = (lock_ms.to_string(), statement_ms.to_string());
        let mut settings = vec![
            ("search_path", path.as_str()),
            ("application_name", super::APPLICATION),
            ("check_function_bodies", "off"),
            ("client_min_messages", "warning"),
            ("standard_conforming_strings", "on"),
            ("statement_timeout", &statement_timeout),
            ("idle_in_transaction_session_timeout", "0"),
            ("lock_timeout", &lock_timeout),
        ];
        settings.extend(SESSION_SETTINGS);
        if extra.connection_check {
            settings.push(("client_connection_check_interval", "1000"));
        }
        Self {
            reset: ["RESET SESSION AUTHORIZATION", "RESET ROLE", "RESET ALL"],
            set: set_config(&settings),
            timeouts: extra.timeouts,
        }
    }

    /// What is said before a statement that may take long, and after it; none where that makes no difference.
    pub fn long_statement(&self) -> Option<[String; 2]> {
        let Timeouts { statement_ms, long_statement_ms, .. } = self.timeouts;
        let set = |time_ms: u32| format!("SET statement_timeout = {time_ms}");
        (statement_ms != long_statement_ms).then(|| [set(long_statement_ms), set(statement_ms)])
    }

    /// What is said before a statement outside of transactions. Building an index waits for every transaction
    /// that began before it, and nobody waits for it: it may take long.
    pub fn outside(&self) -> String {
        let Timeouts { long_lock_ms, long_statement_ms, .. } = self.timeouts;
        set_config(&[
            ("lock_timeout", &long_lock_ms.to_string()),
            ("statement_timeout", &long_statement_ms.to_string()),
        ])
    }

    /// Its time-outs.
    pub fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// The statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.reset.into_iter().chain([self.set.as_str()])
    }

    /// As one text.
    pub fn sql(&self) -> String {
        self.statements().flat_map(|sql| [sql, ";\n"]).collect()
    }
}

/// One statement for all settings: each of its own would be parsed and answered of its own.
fn set_config(settings: &[(&str, &str)]) -> String {
    let mut sql = "SELECT".to_owned();
    for (at, (name, value)) in settings.iter().enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(sql, "{comma} pg_catalog.set_config({}, {}, false)", Literal(name), Literal(value));
    }
    sql
}
