//! SQL as it is sent, and where each part of it stands in its file.

use std::ops::Range;

/// A text made of parts of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Text {
    pub sql: String,
    /// Sorted by `at`.
    parts: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    /// Byte offset in the text.
    at: usize,
    /// Byte offset in the file.
    origin: usize,
    len: usize,
}

impl Text {
    /// A text whose every byte is at the same distance from `offset` in the file.
    pub fn same_length(sql: String, offset: usize) -> Self {
        let len = sql.len();
        Self { sql, parts: vec![Part { at: 0, origin: offset, len }] }
    }

    /// Adds what is not in the file.
    pub fn push(&mut self, sql: &str) {
        self.sql.push_str(sql);
    }

    /// Adds `range` of a statement that begins at byte `offset` of its file.
    pub fn quote(&mut self, statement: &str, range: Range<usize>, offset: usize) {
        let part = Part { at: self.sql.len(), origin: offset + range.start, len: range.len() };
        self.parts.push(part);
        self.sql.push_str(&statement[range]);
    }

    /// The byte of the file that PostgreSQL's `position` (characters, counted from 1) is about, if
    /// it is in the file.
    pub fn origin(&self, position: u32) -> Option<usize> {
        let nth = usize::try_from(position).ok()?.checked_sub(1)?;
        let byte = self.sql.char_indices().nth(nth).map_or(self.sql.len(), |(byte, _)| byte);
        let part = self.parts.iter().rev().find(|part| part.at <= byte)?;
        Some(part.origin + (byte - part.at).min(part.len))
    }
}

/// One statement to run: an item, as written or rewritten.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub item: usize,
    pub text: Option<Text>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_lead_back_to_the_file() {
        let mut text = Text::default();
        text.push("ALTER ");
        text.quote("ünï x", 6..7, 100);
        text.push(" ADD ");
        text.quote("ünï x", 0..5, 100);
        assert_eq!(text.sql, "ALTER x ADD ünï");
        assert_eq!(text.origin(7), Some(106));
        assert_eq!(text.origin(14), Some(102), "after ü, which has two bytes");
        assert_eq!(text.origin(1), None);
        assert_eq!(text.origin(99), Some(105));
        assert_eq!(Text::same_length("abc".to_owned(), 7).origin(2), Some(8));
    }
}
