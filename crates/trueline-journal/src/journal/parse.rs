//! From the journal's text to entries, with every fault at its line and column.
//!
//! Says what is wrong with the text and each entry by itself; [`super::rules`] says what is wrong
//! between entries.

use std::path::Path;

use serde_json::Value;
use serde_json::value::RawValue;

use super::members::{Members, offset_in};
use super::{Entry, Hash, Journal, conflict, rules};
use crate::problem::{Place, Problem, Severity};
use crate::tag::{NotATag, Tag};

const HINT_INVALID: &str =
    "restore the file with `git restore`, or correct the entry by hand; only `db-generate` adds entries";

impl Journal {
    /// The journal in `text` and its warnings; or all problems, the warnings among them, if any of
    /// them is an error. `file` is the path to name in problems, relative to the workspace's root.
    pub fn parse(text: &str, file: &Path) -> Result<(Self, Vec<Problem>), Vec<Problem>> {
        let (journal, problems) = Self::parse_leniently(text, file);
        match journal {
            Some(journal) if problems.iter().all(|problem| problem.severity < Severity::Error) => {
                Ok((journal, problems))
            }
            _ => Err(problems),
        }
    }

    /// As much of the journal as can be read, and all problems: so that `db-validate` can go on
    /// to look at the files of the entries that are whole.
    pub fn parse_leniently(text: &str, file: &Path) -> (Option<Self>, Vec<Problem>) {
        if let Some(problem) = conflict::find(text, file) {
            return (None, vec![problem]);
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let mut reader = Reader { text, file, lines, problems: Vec::new() };
        let Some(journal) = reader.journal() else { return (None, reader.problems) };
        let mut problems = reader.problems;
        problems.extend(rules::check(&journal, file));
        (Some(journal), problems)
    }
}

struct Reader<'a> {
    text: &'a str,
    file: &'a Path,
    /// Where each line begins: counting from the top for each of a thousand entries takes long.
    lines: Vec<usize>,
    problems: Vec<Problem>,
}

impl<'a> Reader<'a> {
    fn journal(&mut self) -> Option<Journal> {
        let top = match serde_json::from_str::<Members<'a>>(self.text) {
            Ok(Members(members)) => members,
            Err(error) => {
                self.problems.push(broken(self.text, self.file, &error));
                return None;
            }
        };
        let mut journal = Journal::default();
        let mut entries = None;
        for (key, value) in self.unrepeated(top, 0) {
            match key.as_str() {
                "version" => journal.version = self.string(&key, value).unwrap_or_default(),
                "dialect" => journal.dialect = self.string(&key, value).unwrap_or_default(),
                "entries" => entries = Some(value),
                _ => journal.extra.push((key, parsed(value))),
            }
        }
        if !matches!(journal.version.as_str(), "5" | "6" | "7") {
            let message = format!("journal version `{}` is not known", journal.version.escape_debug());
            let hint = "versions 5, 6 and 7 are; a newer one needs a newer Trueline";
            self.error("journal-version", message, 0, hint);
        }
        if !matches!(journal.dialect.as_str(), "postgresql" | "pg") {
            let dialect = journal.dialect.escape_debug();
            let message = format!("the journal is for `{dialect}`, not for PostgreSQL");
            self.error("journal-dialect", message, 0, "point `migrations` at the PostgreSQL folder");
        }
        let Some(entries) = entries else {
            self.error("journal-invalid", "the journal has no `entries`".into(), 0, HINT_INVALID);
            return Some(journal);
        };
        let Ok(entries) = serde_json::from_str::<Vec<&'a RawValue>>(entries.get()) else {
            let at = offset_in(self.text, entries.get());
            self.error("journal-invalid", "`entries` is not a list".into(), at, HINT_INVALID);
            return Some(journal);
        };
        for raw in entries {
            if let Some(entry) = self.entry(raw) {
                journal.entries.push(entry);
                let at = offset_in(self.text, raw.get());
                journal.places.push(self.place(at));
            } else {
                journal.unread += 1;
            }
        }
        Some(journal)
    }

    /// `None` when the entry cannot be used; the reasons are among the problems.
    fn entry(&mut self, raw: &'a RawValue) -> Option<Entry> {
        let at = offset_in(self.text, raw.get());
        let Ok(Members(members)) = serde_json::from_str::<Members<'a>>(raw.get()) else {
            self.error("journal-invalid", "an entry is not an object".into(), at, HINT_INVALID);
            return None;
        };
        let (mut idx, mut version, mut when, mut tag, mut breakpoints) = (None, None, None, None, None);
        let (mut hash, mut adopted, mut extra) = (Some(Hash::Absent), Some(false), Vec::new());
        let before = self.problems.len();
        for (key, value) in self.unrepeated(members, at) {
            match key.as_str() {
                "idx" => idx = self.value(&key, value, "a number from 0"),
                "version" => version = self.string(&key, value),
                "when" => when = self.value(&key, value, "a number of milliseconds"),
                "tag" => tag = self.tag(value),
                "breakpoints" => breakpoints = self.value(&key, value, "`true` or `false`"),
                "hash" => hash = self.hash(value),
                "adopted" => adopted = self.value(&key, value, "`true` or `false`"),
                _ => extra.push((key, parsed(value))),
            }
        }
        if self.problems.len() == before {
            let required = [("idx", idx.is_none()), ("when", when.is_none()), ("tag", tag.is_none())];
            for (key, _) in required.iter().filter(|(_, missing)| *missing) {
                self.error("journal-invalid", format!("an entry has no `{key}`"), at, HINT_INVALID);
            }
        }
        Some(Entry {
            idx: idx?,
            version: version.unwrap_or_default(),
            when: when?,
            tag: tag?,
            breakpoints: breakpoints.unwrap_or(true),
            hash: hash?,
            adopted: adopted?,
            extra,
        })
    }

    /// The members; of a key that is given twice only the first, and a problem: a bad merge can
    /// leave two hashes in one entry, and JSON readers would silently take the last.
    fn unrepeated(&mut self, members: Vec<(String, &'a RawValue)>, at: usize) -> Vec<(String, &'a RawValue)> {
        let mut once: Vec<(String, &'a RawValue)> = Vec::with_capacity(members.len());
        for (key, value) in members {
            if once.iter().any(|(known, _)| *known == key) {
                let message = format!("key `{}` is given twice", key.escape_debug());
                let at = at.max(offset_in(self.text, value.get()));
                self.error("journal-invalid", message, at, HINT_INVALID);
            } else {
                once.push((key, value));
            }
        }
        once
    }

    fn tag(&mut self, value: &'a RawValue) -> Option<Tag> {
        let text = self.string("tag", value)?;
        match text.parse() {
            Ok(tag) => Some(tag),
            Err(error) => {
                let code = if matches!(error, NotATag::Path(_)) { "tag-path" } else { "tag-invalid" };
                let at = offset_in(self.text, value.get());
                let hint = "a tag is the name of a file in the migrations folder without `.sql`: rename both";
                self.error(code, error.to_string(), at, hint);
                None
            }
        }
    }

    fn hash(&mut self, value: &'a RawValue) -> Option<Hash> {
        match parsed(value) {
            Value::Null => return Some(Hash::Unsealed),
            Value::String(hex) => {
                if let Ok(checksum) = hex.parse() {
                    return Some(Hash::Sealed(checksum));
                }
            }
            _ => {}
        }
        let at = offset_in(self.text, value.get());
        let message = "`hash` is neither `null` nor a SHA-256 in lower-case hex".into();
        self.error("journal-invalid", message, at, HINT_INVALID);
        None
    }

    fn string(&mut self, key: &str, value: &'a RawValue) -> Option<String> {
        self.value(key, value, "a string")
    }

    fn value<T: serde::Deserialize<'a>>(&mut self, key: &str, value: &'a RawValue, what: &str) -> Option<T> {
        if let Ok(value) = serde_json::from_str(value.get()) {
            return Some(value);
        }
        let at = offset_in(self.text, value.get());
        self.error("journal-invalid", format!("`{key}` is not {what}"), at, HINT_INVALID);
        None
    }

    fn error(&mut self, code: &'static str, message: String, at: usize, hint: &str) {
        let place = self.place(at);
        self.problems.push(Problem::error(code, message).at(place).hint(hint));
    }

    fn place(&self, at: usize) -> Place {
        let line = self.lines.partition_point(|&start| start <= at).saturating_sub(1);
        let in_line = Place::of_offset(self.file, &self.text[self.lines[line]..], at - self.lines[line]);
        Place { line: u32::try_from(line + 1).ok(), ..in_line }
    }
}

/// A raw value was already read once as part of its text, so it is whole JSON.
fn parsed(value: &RawValue) -> Value {
    serde_json::from_str(value.get()).unwrap_or(Value::Null)
}

fn broken(text: &str, file: &Path, error: &serde_json::Error) -> Problem {
    // serde_json counts columns in bytes, from 1, and calls a position before the first one 0.
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = Place::of_offset(file, text, line_start + error.column().saturating_sub(1));
    let reason = error.to_string();
    let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
    Problem::error("journal-broken", format!("the journal is not valid JSON: {reason}"))
        .at(place)
        .hint("restore the file with `git restore`, or correct it by hand")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<(&'static str, String)> {
        let (_, problems) = Journal::parse_leniently(text, "j".as_ref());
        problems.iter().map(|p| (p.code, p.place.as_ref().unwrap().to_string())).collect()
    }

    fn journal(entries: &str) -> String {
        format!("{{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[\n{entries}]}}")
    }

    #[test]
    fn broken_json_is_placed() {
        assert_eq!(problems("{\n \"ü\": tru }"), [("journal-broken", "j:2:10".to_owned())]);
        assert_eq!(problems(""), [("journal-broken", "j:1:1".to_owned())]);
        assert_eq!(problems("[]")[0].0, "journal-broken");
        assert_eq!(problems("{\"entries\":[]} x")[0], ("journal-broken", "j:1:16".to_owned()));
    }

    #[test]
    fn each_fault_of_each_entry_is_named_in_its_place() {
        let text = journal(
            "{\"idx\":0,\"version\":\"7\",\"when\":1,\"tag\":\"../x\",\"hash\":\"12\"},\n\
             {\"idx\":\"1\",\"when\":2.5,\"tag\":\"a b\"},\n {},\n 7,\n\
             {\"idx\":0,\"version\":\"7\",\"when\":3,\"tag\":\"0000_a\",\"hash\":null,\"hash\":null}",
        );
        let expected = [
            ("tag-path", "j:2:39"),
            ("journal-invalid", "j:2:53"),
            ("journal-invalid", "j:3:8"),
            ("journal-invalid", "j:3:19"),
            ("tag-invalid", "j:3:29"),
            ("journal-invalid", "j:4:2"),
            ("journal-invalid", "j:4:2"),
            ("journal-invalid", "j:4:2"),
            ("journal-invalid", "j:5:2"),
            ("journal-invalid", "j:6:67"),
        ];
        let expected: Vec<_> = expected.iter().map(|(code, at)| (*code, (*at).to_owned())).collect();
        assert_eq!(problems(&text), expected);
    }

    #[test]
    fn the_journal_itself_is_checked() {
        let codes = |text: &str| problems(text).into_iter().map(|(code, _)| code).collect::<Vec<_>>();
        assert_eq!(
            codes("{\"version\":\"8\",\"dialect\":\"mysql\",\"entries\":{}}"),
            ["journal-version", "journal-dialect", "journal-invalid"]
        );
        assert_eq!(codes("{}"), ["journal-invalid"]);
        assert_eq!(codes("{\"version\":\"5\",\"dialect\":\"pg\",\"entries\":[]}"), [""; 0]);
    }

    #[test]
    fn unknown_keys_are_kept() {
        let text = "{\"version\":\"6\",\"dialect\":\"pg\",\"more\":[1],\"entries\":[\
                    {\"idx\":0,\"version\":\"6\",\"when\":1,\"tag\":\"0000_a\",\"breakpoints\":false,\"x\":{\"y\":null}}]}";
        let (journal, _) = Journal::parse(text, "j".as_ref()).unwrap();
        let written = journal.to_json();
        let same: Value = serde_json::from_str(&written).unwrap();
        assert_eq!(same, serde_json::from_str::<Value>(text).unwrap(), "{written}");
    }

    /// Whatever a bad merge or an editor leaves: no panic, and every problem is placed.
    #[test]
    fn any_text_is_read() {
        let entry = "{\"idx\":0,\"version\":\"7\",\"when\":1,\"tag\":\"0000_ü\",\"hash\":null},\n";
        let whole: Vec<char> = journal(&(entry.repeat(2) + "{}\n<<<<<<< ü\n=======\n")).chars().collect();
        for seed in 1..=5_000_u64 {
            let mut state = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(seed);
            let mut below = |limit: usize| {
                // Xorshift (Marsaglia 2003).
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                usize::try_from(state % limit as u64).unwrap()
            };
            let mut text = whole.clone();
            for _ in 0..=below(4) {
                let (from, to) = (below(text.len()), below(text.len()));
                match below(3) {
                    0 => text.truncate(from.max(1)),
                    1 => drop(text.drain(from.min(to)..from.max(to).min(from.min(to) + 9))),
                    _ => text.insert(to, ['"', '{', '\n', 'é', ',', '\\'][below(6)]),
                }
                text.push(' ');
            }
            let text: String = text.into_iter().collect();
            let (_, problems) = Journal::parse_leniently(&text, "j".as_ref());
            let lines = u32::try_from(text.split('\n').count()).unwrap();
            for problem in problems {
                let line = problem.place.and_then(|place| place.line);
                assert!(
                    line.is_some_and(|line| line <= lines),
                    "seed {seed}: {} at {line:?}",
                    problem.message
                );
            }
        }
    }
}
