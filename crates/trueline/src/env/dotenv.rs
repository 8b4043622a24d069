//! The `.env` file: one `NAME=value` a line.
//!
//! Taken as written: nothing is expanded or run, so a `$` in a password stays one. Pure.

use trueline_journal::problem::line_and_column;
use trueline_journal::{Place, Problem};

use super::FILE;
use crate::settings::is_name;

/// What a `.env` file holds.
#[derive(Debug, Default)]
pub struct DotEnv {
    /// Name, value and line (from 1) of each assignment, in the file's order.
    pub lines: Vec<(String, String, u32)>,
    /// What is wrong with the other lines. Never repeats a value.
    pub problems: Vec<Problem>,
}

/// Reads the file: `NAME=value`, `export NAME=value`, comments after `#`, values bare, in single
/// quotes (as they stand) or in double quotes (`\n`, `\r`, `\t`, `\"`, `\\`, `\$` escaped). Quoted
/// values may span lines. Of two lines with one name the later counts, with a warning.
pub fn parse(bytes: &[u8]) -> DotEnv {
    let mut file = DotEnv::default();
    let Ok(text) = std::str::from_utf8(bytes) else {
        let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
        let (line, _) = line_and_column(valid, valid.len());
        file.problem(line, "is not UTF-8", "save the file as UTF-8");
        return file;
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut at, mut line) = (0, 1);
    while at < text.len() {
        let (entry, length) = entry(&text[at..]);
        match entry {
            Entry::Blank => {}
            Entry::Assignment(name, value) => file.assign(name, value, line),
            Entry::Fault(what, hint) => file.problem(line, what, hint),
        }
        let taken = text[at..at + length].matches('\n').count();
        line += u32::try_from(taken).unwrap_or(u32::MAX);
        at += length;
    }
    file
}

impl DotEnv {
    fn assign(&mut self, name: &str, value: String, line: u32) {
        if self.lines.iter().any(|(known, ..)| known == name) {
            let message = format!("`{name}` is set twice in `{FILE}`; the later line counts");
            let problem = Problem::warning("dotenv", message).at(Place::at(FILE, line, 1));
            self.problems.push(problem.hint("remove one of the two lines"));
        }
        self.lines.push((name.to_owned(), value, line));
    }

    fn problem(&mut self, line: u32, what: &str, hint: &str) {
        let message = format!("line {line} of `{FILE}` {what}");
        self.problems.push(Problem::error("dotenv", message).at(Place::at(FILE, line, 1)).hint(hint));
    }
}

enum Entry<'a> {
    Blank,
    Assignment(&'a str, String),
    Fault(&'static str, &'static str),
}

/// The entry that `text` begins with, and how many bytes it takes, its line end included.
fn entry(text: &str) -> (Entry<'_>, usize) {
    let end = text.find('\n').map_or(text.len(), |at| at + 1);
    let line = &text[..end];
    if line.trim().is_empty() || line.trim_start().starts_with('#') {
        return (Entry::Blank, end);
    }
    let Some((name, value)) = line.split_once('=') else {
        return (Entry::Fault("has no `=`", "write `NAME=value`, or begin a comment with `#`"), end);
    };
    let name = name.trim().strip_prefix("export ").unwrap_or(name).trim();
    if !is_name(name) {
        return (Entry::Fault("does not begin with a variable's name", "write `NAME=value`"), end);
    }
    let value = value.trim_start_matches([' ', '\t']);
    let Some(quote) = value.chars().next().filter(|first| ['"', '\''].contains(first)) else {
        return (Entry::Assignment(name, bare(value.trim()).to_owned()), end);
    };
    let Some((value, rest)) = quoted(&text[end - value.len() + 1..], quote) else {
        return (Entry::Fault("opens a quote that is never closed", "close the quote"), end);
    };
    let tail = &rest[..rest.find('\n').map_or(rest.len(), |at| at + 1)];
    let end = text.len() - rest.len() + tail.len();
    if !tail.trim().is_empty() && !tail.trim_start().starts_with('#') {
        let hint = "escape a quote inside double quotes as `\\\"`";
        return (Entry::Fault("goes on after its closing quote", hint), end);
    }
    (Entry::Assignment(name, value), end)
}

/// A value without quotes: up to a `#` that follows a blank.
fn bare(text: &str) -> &str {
    if text.starts_with('#') {
        return "";
    }
    let comment = text.match_indices('#').find(|(at, _)| text[..*at].ends_with([' ', '\t']));
    comment.map_or(text, |(at, _)| &text[..at]).trim_end()
}

/// A value up to its closing quote, and what follows that.
fn quoted(text: &str, quote: char) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            _ if c == quote => return Some((value, &text[at + 1..])),
            '\\' if quote == '"' => match chars.next()?.1 {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                plain @ ('"' | '\\' | '$') => value.push(plain),
                other => value.extend(['\\', other]),
            },
            _ => value.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<(String, String, u32)> {
        let file = parse(text.as_bytes());
        assert!(file.problems.is_empty(), "{:?}", file.problems);
        file.lines
    }

    fn value(text: &str) -> String {
        let mut values = values(text);
        assert_eq!(values.len(), 1, "{values:?}");
        values.remove(0).1
    }

    #[test]
    fn values_come_out_as_written() {
        assert_eq!(value("A=b"), "b");
        assert_eq!(value("A="), "");
        assert_eq!(value("export A = b c \r\n"), "b c");
        assert_eq!(value("A=b#c # comment"), "b#c");
        assert_eq!(value("A= # comment"), "");
        assert_eq!(value("A=postgres://u:p$w'x@h/d?a=b"), "postgres://u:p$w'x@h/d?a=b");
        assert_eq!(value("A='b \\n \"c\"' # comment"), "b \\n \"c\"");
        assert_eq!(value(r#"A="b\n\"c\" \$d \x" "#), "b\n\"c\" $d \\x");
        assert_eq!(value("\u{feff}A=b"), "b");
    }

    #[test]
    fn lines_are_counted_across_comments_and_quoted_values() {
        let found = values("# one\n\nA=\"x\ny\"\nB=2\n");
        assert_eq!(found, [("A".into(), "x\ny".into(), 3), ("B".into(), "2".into(), 5)]);
    }

    #[test]
    fn every_broken_line_is_reported_without_its_value() {
        let file = parse(b"secret\n1A=secret\nB='secret\nC=\"x\" secret\nD=1\nD=2\n");
        let found: Vec<String> = file.problems.iter().map(|problem| problem.message.clone()).collect();
        assert_eq!(
            found,
            [
                "line 1 of `.env` has no `=`",
                "line 2 of `.env` does not begin with a variable's name",
                "line 3 of `.env` opens a quote that is never closed",
                "line 4 of `.env` goes on after its closing quote",
                "`D` is set twice in `.env`; the later line counts",
            ]
        );
        assert_eq!(file.lines.last().map(|(_, value, _)| value.as_str()), Some("2"));
        let file = parse(b"A=1\nB=\xff\n");
        assert_eq!(file.problems[0].message, "line 2 of `.env` is not UTF-8");
    }
}
