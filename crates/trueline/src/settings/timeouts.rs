//! How patient `db-migrate` is with other sessions and with statements.
//!
//! The values are written as PostgreSQL writes them in its own configuration. What is done when one runs out is
//! the runner's matter.

use super::read::{Reader, Value};

/// Times in milliseconds, 0 for no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// `lock-timeout`: how long a statement in a transaction waits for another session's lock. Everybody who
    /// comes after it in the lock's queue waits as long.
    pub lock_ms: u32,
    /// `long-lock-timeout`: the same outside of transactions, where nobody waits behind it: building an index waits
    /// for every transaction that began before it.
    pub long_lock_ms: u32,
    /// `statement-timeout`: how long a statement runs, its waiting included.
    pub statement_ms: u32,
    /// `long-statement-timeout`: the same for statements that take long on large tables and let others work: index
    /// builds, validation of constraints, maintenance, and whatever runs outside of transactions.
    pub long_statement_ms: u32,
    /// `wait-timeout`: how long to wait for another `db-migrate` on the same database.
    pub wait_ms: u32,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            lock_ms: 3_000,
            long_lock_ms: 600_000,
            statement_ms: 300_000,
            long_statement_ms: 3_600_000,
            wait_ms: 600_000,
        }
    }
}

impl Timeouts {
    /// No limits at all.
    pub const NONE: Self =
        Self { lock_ms: 0, long_lock_ms: 0, statement_ms: 0, long_statement_ms: 0, wait_ms: 0 };
}

/// Reads one of them.
pub(super) fn set<'a>(reader: &mut Reader<'a>, name: &str, value: &Value<'a>, time_ms: &mut u32) {
    let Some(text) = reader.string(name, value) else { return };
    if let Some(read) = milliseconds(text) {
        *time_ms = read;
        return;
    }
    let hint = "write a whole number and its unit, `ms`, `s`, `min`, `h` or `d`, like `\"3s\"`; `\"0\"` sets no limit";
    reader.problem(&value.span(), format!("`{name}` is not a time: `{text}`"), hint);
}

/// PostgreSQL keeps its time-outs in a signed number of 32 bits.
fn milliseconds(text: &str) -> Option<u32> {
    if text == "0" {
        return Some(0);
    }
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit: u32 = match text[digits..].trim_start() {
        "ms" => 1,
        "s" => 1_000,
        "min" => 60_000,
        "h" => 3_600_000,
        "d" => 86_400_000,
        _ => return None,
    };
    let time_ms = text[..digits].parse::<u32>().ok()?.checked_mul(unit)?;
    i32::try_from(time_ms).is_ok().then_some(time_ms)
}

/// In words, as the settings write it.
pub(crate) fn in_words(time_ms: u32) -> String {
    if time_ms == 0 {
        return "0".to_owned();
    }
    let units = [(3_600_000, "h"), (60_000, "min"), (1_000, "s"), (1, "ms")];
    let (unit, name) = units.into_iter().find(|(unit, _)| time_ms.is_multiple_of(*unit)).unwrap_or((1, "ms"));
    format!("{}{name}", time_ms / unit)
}
