//! New values of enums: PostgreSQL refuses to use one in the transaction that adds it (manual, "ALTER
//! TYPE"; SQLSTATE 55P04), unless the type itself was made there.
//!
//! Read off the words, so in doubt a statement counts as a use: then it runs in the next transaction, which is
//! never wrong. Read next: [`super::segments`].

use crate::statement::{SqlToken, SqlTokenKind, tokens};
use crate::words::{begins, first, position};

/// What the statements of one transaction have added so far.
#[derive(Debug, Default)]
pub(super) struct Added {
    /// The enums made in this transaction, without their schemas.
    made: Vec<String>,
    /// Values with their enums, without schemas.
    values: Vec<(String, String)>,
}

impl Added {
    /// Takes note of a statement that has run.
    pub fn note(&mut self, sql: &str) {
        if !["alter", "create"].contains(&first(sql).as_str()) {
            return;
        }
        let tokens = tokens(sql);
        if begins(&tokens, &["create", "type"])
            && position(&tokens, &["as", "enum"]).is_some()
            && let Some((name, _)) = name(&tokens[2..])
        {
            self.made.push(name);
        }
        if begins(&tokens, &["alter", "type"])
            && let Some((enumeration, rest)) = name(&tokens[2..])
            && begins(rest, &["add", "value"])
            && !self.made.contains(&enumeration)
            && let Some(value) = rest.iter().find(|token| token.kind == SqlTokenKind::String)
        {
            self.values.push((enumeration, value.value.clone().into_owned()));
        }
    }

    /// Whether a statement may use one of the values.
    pub fn may_be_used(&self, sql: &str) -> bool {
        let first = first(sql);
        if self.values.is_empty() || first == "comment" {
            return false;
        }
        let tokens = tokens(sql);
        if begins(&tokens, &["alter", "type"]) {
            return false;
        }
        // Without naming the value, only statements that read rows can come by it: by a cast to the type.
        let reads_rows = match first.as_str() {
            "alter" => tokens.iter().any(|token| token.is_word("using")),
            "create" => {
                begins(&tokens, &["create", "table|materialized"]) && position(&tokens, &["as"]).is_some()
            }
            _ => READ_ROWS.contains(&first.as_str()),
        };
        self.values.iter().any(|(enumeration, value)| {
            let says = |token: &SqlToken<'_>, text: &str| {
                if token.kind == SqlTokenKind::String {
                    holds(&token.value, text)
                } else {
                    token.name() == Some(text)
                }
            };
            let names_value =
                |token: &SqlToken<'_>| token.kind == SqlTokenKind::String && holds(&token.value, value);
            tokens.iter().any(names_value)
                || (reads_rows && tokens.iter().any(|token| says(token, enumeration)))
        })
    }
}

/// The first words of statements that work on rows or run what does.
const READ_ROWS: &[&str] = &[
    "call", "delete", "do", "execute", "insert", "merge", "refresh", "select", "table", "update", "values",
    "with",
];

/// A name at the front of `tokens`, without its schema, and what follows.
fn name<'t, 's>(tokens: &'t [SqlToken<'s>]) -> Option<(String, &'t [SqlToken<'s>])> {
    let own = tokens.first()?.name()?;
    match tokens.get(1..3) {
        Some([dot, name]) if dot.is_symbol(".") => Some((name.name()?.to_owned(), &tokens[3..])),
        _ => Some((own.to_owned(), &tokens[1..])),
    }
}

/// Whether `text`, a string or a body, holds `word` as a word of its own.
fn holds(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + word.len()..].chars().next();
        !before.is_some_and(part) && !after.is_some_and(part)
    })
}
