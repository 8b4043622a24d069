//! Session settings while SQL loads: those that are always the same, and those that a file sets for
//! itself.
//!
//! Dumps begin with a page of `SET`. Each holds for the statements after it in its own file only,
//! so a statement that runs elsewhere in the order takes its file's settings along.

use trueline_journal::statement::SqlToken;

use crate::sql::{Ident, Literal};

/// Settings that a file may set and that change nothing here: time-outs and what is pinned below.
/// `transaction_timeout` and its kind are written by newer majors and unknown to older ones.
const WITHOUT_EFFECT: &[&str] = &[
    "bytea_output",
    "client_min_messages",
    "default_with_oids",
    "escape_string_warning",
    "extra_float_digits",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
    "lock_timeout",
    "row_security",
    "statement_timeout",
    "transaction_timeout",
];

/// What a statement that sets something does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Setting {
    /// Nothing that matters to loading.
    WithoutEffect,
    /// `check_function_bodies`: whether the author wants bodies to be right.
    CheckBodies(bool),
    /// Takes effect when run; `name` is what to reset.
    Set { name: String, sql: String },
    /// `RESET name`, and `RESET ALL` without a name.
    Reset { name: Option<String> },
    /// Would make the file mean something else than what is read; why.
    Refused(&'static str),
}

/// One setting that a file makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    name: String,
    pub sql: String,
    /// The statement that makes it, as an index into all statements.
    pub item: usize,
}

/// The settings that hold at one place of a file, in the order in which they were made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Environment {
    set: Vec<Set>,
    /// The file itself has turned checks of function bodies off, as dumps do.
    pub unchecked_bodies: bool,
}

impl Environment {
    /// This environment after `setting`, which statement `item` makes.
    pub fn after(&self, setting: Setting, item: usize) -> Self {
        let mut next = self.clone();
        match setting {
            Setting::WithoutEffect | Setting::Refused(_) => {}
            Setting::CheckBodies(check) => next.unchecked_bodies = !check,
            Setting::Reset { name: Some(name) } => next.set.retain(|set| set.name != name),
            Setting::Reset { name: None } => next = Self::default(),
            Setting::Set { name, sql } => {
                next.set.retain(|set| set.name != name);
                next.set.push(Set { name, sql, item });
            }
        }
        next
    }

    /// SQL that undoes what this environment set.
    pub fn leave(&self, search_path: &str) -> String {
        let undo = self.set.iter().map(|set| match set.name.as_str() {
            "role" => "RESET ROLE;\n".to_owned(),
            "session_authorization" => "RESET SESSION AUTHORIZATION;\n".to_owned(),
            // A value that `SET` gave would outlive the transaction; a pin, being `LOCAL`, does not.
            name => format!("SET {name} TO DEFAULT;\n{}", pin(name, search_path).unwrap_or_default()),
        });
        undo.collect()
    }

    /// The settings to make, each a statement of its own, when coming from the pinned ones.
    pub fn enter(&self) -> &[Set] {
        &self.set
    }
}

/// What a transaction that loads SQL begins with: what deparsed defaults and bounds depend on, and
/// `check_function_bodies` off, because bodies are checked when everything is there.
pub(super) fn pins(search_path: &str) -> String {
    PINNED.iter().filter_map(|name| pin(name, search_path)).collect()
}

const PINNED: &[&str] = &[
    "search_path",
    "timezone",
    "datestyle",
    "intervalstyle",
    "extra_float_digits",
    "bytea_output",
    "standard_conforming_strings",
    "check_function_bodies",
    "client_min_messages",
    "xmloption",
];

fn pin(name: &str, search_path: &str) -> Option<String> {
    let value = match name {
        "search_path" => Ident(search_path).to_string(),
        "timezone" => "'UTC'".to_owned(),
        "datestyle" => "'ISO, MDY'".to_owned(),
        "intervalstyle" => "postgres".to_owned(),
        "extra_float_digits" => "1".to_owned(),
        "bytea_output" => "hex".to_owned(),
        "standard_conforming_strings" => "on".to_owned(),
        "check_function_bodies" => "off".to_owned(),
        "client_min_messages" => "warning".to_owned(),
        "xmloption" => "content".to_owned(),
        _ => return None,
    };
    Some(format!("SET LOCAL {name} = {value};\n"))
}

/// Reads a statement that begins with `SET`, `RESET` or `SELECT`; `None` when it sets nothing.
pub(super) fn read(sql: &str, tokens: &[SqlToken<'_>]) -> Option<Setting> {
    let first = tokens.first()?;
    if first.is_word("reset") {
        return Some(match &tokens[1..] {
            [all] if all.is_word("all") => Setting::Reset { name: None },
            [session, ..] if session.is_word("session") => {
                Setting::Reset { name: Some("session_authorization".to_owned()) }
            }
            rest => Setting::Reset { name: Some(setting_name(rest).0) },
        });
    }
    if first.is_word("select") {
        return set_config(sql, &tokens[1..]);
    }
    if !first.is_word("set") {
        return None;
    }
    let scoped = tokens.get(1).is_some_and(|token| token.is_word("session") || token.is_word("local"));
    let rest = &tokens[if scoped && tokens.len() > 3 { 2 } else { 1 }..];
    let (name, len) = match rest {
        [time, zone, ..] if time.is_word("time") && zone.is_word("zone") => ("timezone".to_owned(), 2),
        [session, word, ..] if session.is_word("session") && word.is_word("authorization") => {
            ("session_authorization".to_owned(), 2)
        }
        [word, ..] if word.is_word("authorization") => ("session_authorization".to_owned(), 1),
        [names, ..] if names.is_word("names") => ("client_encoding".to_owned(), 1),
        rest => setting_name(rest),
    };
    let value: Vec<_> = rest[len..].iter().map(|token| token.value.to_ascii_lowercase()).collect();
    let value = value.last().map_or("", String::as_str);
    Some(setting(name, value, sql.to_owned()))
}

/// `name` or `prefix.name`, and how many tokens it takes.
fn setting_name(tokens: &[SqlToken<'_>]) -> (String, usize) {
    let part = |at: usize| tokens.get(at).and_then(SqlToken::name).unwrap_or_default().to_ascii_lowercase();
    if tokens.get(1).is_some_and(|token| token.is_symbol(".")) {
        (format!("{}.{}", part(0), part(2)), 3.min(tokens.len()))
    } else {
        (part(0), 1.min(tokens.len()))
    }
}

/// `SELECT [pg_catalog.]set_config('name', 'value', false)`, as dumps write it.
fn set_config(sql: &str, tokens: &[SqlToken<'_>]) -> Option<Setting> {
    let call = match tokens {
        [schema, dot, rest @ ..] if schema.is_word("pg_catalog") && dot.is_symbol(".") => rest,
        rest => rest,
    };
    let [function, open, name, comma, value, second, local, close] = call else { return None };
    let shape = function.is_word("set_config")
        && open.is_symbol("(")
        && comma.is_symbol(",")
        && second.is_symbol(",")
        && (local.is_word("false") || local.is_word("true"))
        && close.is_symbol(")");
    shape.then(|| {
        let set = match name.value.to_ascii_lowercase().as_str() {
            // An empty path is one of no schema, which `SET` can say too, without a result.
            "search_path" if value.value.is_empty() => "SET search_path = ''".to_owned(),
            _ => sql.to_owned(),
        };
        setting(name.value.to_ascii_lowercase(), &value.value.to_ascii_lowercase(), set)
    })
}

fn setting(name: String, value: &str, sql: String) -> Setting {
    let is_on = matches!(value, "on" | "true" | "yes" | "1" | "default");
    match name.as_str() {
        "check_function_bodies" => Setting::CheckBodies(is_on),
        "standard_conforming_strings" if !is_on => {
            Setting::Refused("strings are read as the SQL standard says: write E'…' where backslashes escape")
        }
        "client_encoding" if !matches!(value, "utf8" | "utf-8" | "unicode" | "default") => {
            Setting::Refused("files are read as UTF-8: save the file as UTF-8")
        }
        "standard_conforming_strings" | "client_encoding" => Setting::WithoutEffect,
        name if WITHOUT_EFFECT.contains(&name) => Setting::WithoutEffect,
        _ if value == "default" => Setting::Reset { name: Some(name) },
        _ => Setting::Set { sql, name },
    }
}

/// SQL that sets what a function's own `SET` clauses say (`pg_proc.proconfig`: `name=value`).
pub(super) fn function_settings(items: &[String]) -> String {
    let pairs = items.iter().filter_map(|item| item.split_once('='));
    let calls = pairs
        .map(|(name, value)| format!("pg_catalog.set_config({}, {}, true)", Literal(name), Literal(value)));
    let calls: Vec<_> = calls.collect();
    if calls.is_empty() { String::new() } else { format!("SELECT {};\n", calls.join(", ")) }
}
