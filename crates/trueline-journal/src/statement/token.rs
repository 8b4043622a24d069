//! The tokens of a piece of SQL with their values, to recognise statements by their words.
//!
//! For hints and messages: no decision that the server would make is made here.

use std::borrow::Cow;

use super::lexeme::{self, Lexeme, LexemeKind};

/// PostgreSQL clips names to this many bytes (`NAMEDATALEN - 1`, documentation chapter "Lexical
/// Structure", "Identifiers and Key Words").
const NAME_BYTES: usize = 63;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SqlTokenKind {
    /// A name or keyword without quotes; the value is in lower case.
    Word,
    /// A name in double quotes; the value has neither quotes nor escapes.
    QuotedName,
    /// A string, bit string or dollar-quoted constant; the value is what stands between the quotes,
    /// with `''` read as `'` in plain strings (escapes of `E''` and `U&''` are left as written).
    String,
    /// A number, as written.
    Number,
    /// `$1`, as written.
    Parameter,
    /// One character of punctuation or of an operator (`..` is one token, `::` are two).
    Symbol,
    /// A psql meta-command, as written.
    MetaCommand,
    /// Nothing that PostgreSQL knows, and comments that never end; as written.
    Unknown,
}

/// One token: neither a blank nor a comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlToken<'a> {
    /// What it is.
    pub kind: SqlTokenKind,
    /// What it says; see [`SqlTokenKind`].
    pub value: Cow<'a, str>,
    /// Byte offset of its first character.
    pub offset: usize,
    /// Byte offset after its last character.
    pub end: usize,
}

impl SqlToken<'_> {
    /// Whether this is the unquoted word `word`, given in lower case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == SqlTokenKind::Word && self.value == word
    }

    /// Whether this is the symbol `symbol`.
    pub fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == SqlTokenKind::Symbol && self.value == symbol
    }

    /// The name that this token can stand for: unquoted (keywords too) or quoted.
    pub fn name(&self) -> Option<&str> {
        matches!(self.kind, SqlTokenKind::Word | SqlTokenKind::QuotedName).then_some(self.value.as_ref())
    }
}

/// All tokens of `sql`, which may hold several statements.
pub fn tokens(sql: &str) -> Vec<SqlToken<'_>> {
    let mut found = Vec::new();
    lexeme::each(sql, |lexeme| found.extend(token(sql, lexeme)));
    found
}

fn token(sql: &str, lexeme: Lexeme) -> Option<SqlToken<'_>> {
    let Lexeme { kind, start: offset, end } = lexeme;
    let text = &sql[offset..end];
    let (kind, value) = match kind {
        LexemeKind::Blank => return None,
        LexemeKind::Word => (SqlTokenKind::Word, clip(folded(text))),
        LexemeKind::Quoted => (SqlTokenKind::QuotedName, clip(undoubled(text, '"'))),
        LexemeKind::UnicodeQuoted => {
            let name = undoubled(&text["U&".len()..], '"');
            (SqlTokenKind::QuotedName, clip(Cow::Owned(unescaped(&name))))
        }
        LexemeKind::String => (SqlTokenKind::String, content(text)),
        LexemeKind::Number => (SqlTokenKind::Number, Cow::Borrowed(text)),
        LexemeKind::Parameter => (SqlTokenKind::Parameter, Cow::Borrowed(text)),
        LexemeKind::Symbol => (SqlTokenKind::Symbol, Cow::Borrowed(text)),
        LexemeKind::Meta => (SqlTokenKind::MetaCommand, Cow::Borrowed(text)),
        LexemeKind::Unknown => (SqlTokenKind::Unknown, Cow::Borrowed(text)),
    };
    Some(SqlToken { kind, value, offset, end })
}

/// In UTF-8, PostgreSQL folds the ASCII letters of a name only (`downcase_identifier`).
fn folded(text: &str) -> Cow<'_, str> {
    if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        Cow::Owned(text.to_ascii_lowercase())
    } else {
        Cow::Borrowed(text)
    }
}

fn clip(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.len() <= NAME_BYTES {
        return name;
    }
    let end = (0..=NAME_BYTES).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    match name {
        Cow::Borrowed(name) => Cow::Borrowed(&name[..end]),
        Cow::Owned(name) => Cow::Owned(name[..end].to_owned()),
    }
}

/// Without the quotes around it, and with two quotes inside read as one.
fn undoubled(text: &str, quote: char) -> Cow<'_, str> {
    let inner = text.strip_prefix(quote).unwrap_or(text);
    let inner = inner.strip_suffix(quote).unwrap_or(inner);
    let (pair, single) = if quote == '"' { ("\"\"", "\"") } else { ("''", "'") };
    if inner.contains(pair) { Cow::Owned(inner.replace(pair, single)) } else { Cow::Borrowed(inner) }
}

/// `\0041` and `\+000041` read as characters, `\\` as a backslash; anything else is left as it is.
fn unescaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let (digits, skip) = if tail.starts_with('+') { (tail.get(1..7), 7) } else { (tail.get(..4), 4) };
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
        if let Some(character) = code {
            out.push(character);
            rest = &tail[skip..];
        } else {
            out.push('\\');
            rest = tail.strip_prefix('\\').unwrap_or(tail);
        }
    }
    out.push_str(rest);
    out
}

/// What stands between the quotes of a string constant.
fn content(text: &str) -> Cow<'_, str> {
    if let Some(tagged) = text.strip_prefix('$') {
        let tag = tagged.find('$').map_or(text.len(), |at| at + 2);
        let inner = &text[tag..];
        return Cow::Borrowed(inner.strip_suffix(&text[..tag]).unwrap_or(inner));
    }
    let Some(quote) = text.find('\'') else { return Cow::Borrowed(text) };
    if quote == 0 {
        return undoubled(text, '\'');
    }
    let inner = &text[quote + 1..];
    Cow::Borrowed(inner.strip_suffix('\'').unwrap_or(inner))
}
