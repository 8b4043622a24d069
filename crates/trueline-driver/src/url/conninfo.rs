//! libpq's other spelling: `host=localhost dbname=app password='it''s'`.
//!
//! Only where keywords and values begin and end (libpq's `conninfo_parse`).

use super::syntax::Keywords;
use super::{Part, UrlError};

/// Reads keywords and values; a value may be quoted with `'`, and `\` escapes one character.
pub(super) fn parse(text: &str) -> Result<Keywords, UrlError> {
    let mut keywords = Keywords::new();
    let mut chars = text.chars().peekable();
    loop {
        while chars.next_if(char::is_ascii_whitespace).is_some() {}
        if chars.peek().is_none() {
            return Ok(keywords);
        }
        let mut key = String::new();
        while let Some(next) = chars.next_if(|&next| next != '=' && !next.is_ascii_whitespace()) {
            key.push(next);
        }
        while chars.next_if(char::is_ascii_whitespace).is_some() {}
        if chars.next() != Some('=') {
            // The word may be the second half of a password with a space in it: not shown.
            return Err(UrlError::malformed(Part::Query, "holds a word without `=` and a value"));
        }
        while chars.next_if(char::is_ascii_whitespace).is_some() {}
        let value = if chars.next_if_eq(&'\'').is_some() {
            quoted(&mut chars).ok_or_else(|| {
                UrlError::malformed(Part::Parameter(key.clone()), "has a `'` without its end")
            })?
        } else {
            bare(&mut chars)
        };
        keywords.insert(key, value);
    }
}

fn quoted(chars: &mut impl Iterator<Item = char>) -> Option<String> {
    let mut value = String::new();
    loop {
        match chars.next()? {
            '\'' => return Some(value),
            '\\' => value.extend(chars.next()),
            other => value.push(other),
        }
    }
}

fn bare(chars: &mut std::iter::Peekable<impl Iterator<Item = char>>) -> String {
    let mut value = String::new();
    while let Some(next) = chars.next_if(|next| !next.is_ascii_whitespace()) {
        match next {
            '\\' => value.extend(chars.next()),
            other => value.push(other),
        }
    }
    value
}
