//! One thing that is wrong, said so that a reader can act on it.
//!
//! Checks collect problems instead of stopping at the first one; the command that ran them prints
//! all of them, as text, JSON or CI annotations. This module only holds data: printing is the
//! caller's.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::Serialize;

/// How much a problem matters to the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Note,
    /// Probably wrong; does not fail the command.
    Warning,
    /// Wrong; the command exits 1.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// A place in a file: the path as shown to people (relative to the workspace's root), and where
/// known the line and column, both counted from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Place {
    /// Relative to the workspace's root.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: Option<u32>,
    /// Counted from 1, in characters.
    pub column: Option<u32>,
}

impl Place {
    /// The file as a whole.
    pub fn file(file: impl AsRef<Path>) -> Self {
        Self { file: file.as_ref().to_path_buf(), line: None, column: None }
    }

    /// A line and column of a file, both counted from 1.
    pub fn at(file: impl AsRef<Path>, line: u32, column: u32) -> Self {
        Self { file: file.as_ref().to_path_buf(), line: Some(line), column: Some(column) }
    }

    /// The line and column of byte `offset` in `text`, the content of `file`.
    pub fn of_offset(file: impl AsRef<Path>, text: &str, offset: usize) -> Self {
        let (line, column) = line_and_column(text, offset);
        Self::at(file, line, column)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        match (self.line, self.column) {
            (Some(line), Some(column)) => write!(f, ":{line}:{column}"),
            (Some(line), None) => write!(f, ":{line}"),
            _ => Ok(()),
        }
    }
}

/// Line and column (both from 1, columns in characters) of byte `offset` in `text`; an offset
/// past the end or inside a character is moved back to the nearest boundary.
pub fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let line = before.bytes().filter(|&byte| byte == b'\n').count() + 1;
    let column = before[before.rfind('\n').map_or(0, |at| at + 1)..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// `text` for a message: control characters, which could rewrite a terminal, are escaped.
pub fn printable(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

/// One thing that is wrong: what, where, and how to fix it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// A stable kebab-case name, for machines to filter by.
    pub code: &'static str,
    /// What is wrong: lower case, no final full stop, names in backticks.
    pub message: String,
    /// Where, if it is in a file.
    pub place: Option<Place>,
    /// Which object of a database, if it is about one.
    pub object: Option<String>,
    /// More lines: PostgreSQL's detail, expected and found, the SQLSTATE.
    pub details: Vec<String>,
    /// How to fix it.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem of the given severity with nothing but a code and a message.
    pub fn new(severity: Severity, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { severity, code, message, place: None, object: None, details: Vec::new(), hint: None }
    }

    /// Shorthand for [`Problem::new`] with [`Severity::Error`].
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Shorthand for [`Problem::new`] with [`Severity::Warning`].
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Shorthand for [`Problem::new`] with [`Severity::Note`].
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Says where.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// Says which object.
    #[must_use]
    pub fn object(mut self, object: impl Into<String>) -> Self {
        self.object = Some(object.into());
        self
    }

    /// Adds a line of detail.
    #[must_use]
    pub fn detail(mut self, line: impl Into<String>) -> Self {
        self.details.push(line.into());
        self
    }

    /// Says how to fix it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_become_lines_and_columns_in_characters() {
        let text = "a\nüb\n";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, 2), (2, 1));
        assert_eq!(line_and_column(text, 3), (2, 1), "inside ü");
        assert_eq!(line_and_column(text, 4), (2, 2));
        assert_eq!(line_and_column(text, 99), (3, 1));
    }
}
