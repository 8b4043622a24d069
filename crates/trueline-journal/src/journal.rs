//! The journal: the committed list of migrations with their checksums.
//!
//! The format is drizzle-kit's version 7 (`meta/_journal.json`), so that a drizzle folder works as
//! it is; Trueline adds the key `hash` to an entry, which drizzle ignores and keeps. Reading is in
//! [`parse`], what must hold between entries in [`rules`]; this module holds the types and writes.
//! It touches no file: [`crate::folder`] does.

mod conflict;
mod members;
mod merge;
mod parse;
mod rules;

use std::fmt::Write as _;

use serde_json::Value;

pub use conflict::sides;
pub use merge::is_same;

use crate::{Checksum, Place, Tag};

/// The version that Trueline writes, of the journal and of each entry: drizzle-kit's 7.
pub const VERSION: &str = "7";

/// What an entry says about the text of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hash {
    /// The key is missing: drizzle wrote this entry, and its file is applied as it is.
    Absent,
    /// The key is `null`: a hand-written migration that `db-generate` has not proved yet.
    Unsealed,
    /// The checksum of the text that was proved.
    Sealed(Checksum),
}

impl Hash {
    /// The checksum, once sealed.
    pub fn sealed(&self) -> Option<Checksum> {
        match self {
            Self::Sealed(checksum) => Some(*checksum),
            Self::Absent | Self::Unsealed => None,
        }
    }
}

/// One migration's line in the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Its place in the journal, from 0.
    pub idx: u32,
    /// The version of drizzle-kit's snapshot format at the time; [`VERSION`] in our entries.
    pub version: String,
    /// Milliseconds since 1970, strictly increasing: identifies the migration in the ledger.
    pub when: i64,
    /// The name of its file, without `.sql`.
    pub tag: Tag,
    /// Whether statements are separated by `--> statement-breakpoint`.
    pub breakpoints: bool,
    /// What is known of its text.
    pub hash: Hash,
    /// Drizzle wrote this entry and Trueline sealed it later: its name, `when` and version are
    /// still drizzle's, and the rules on them stay warnings.
    pub adopted: bool,
    /// Keys that Trueline does not know, kept as they are.
    extra: Vec<(String, Value)>,
}

impl Entry {
    /// An entry as Trueline writes it.
    pub fn new(idx: u32, when: i64, tag: Tag, hash: Hash) -> Self {
        let version = VERSION.to_owned();
        Self { idx, version, when, tag, breakpoints: true, hash, adopted: false, extra: Vec::new() }
    }

    /// Whether Trueline wrote this entry: then the rules on names, `when` and version are errors.
    pub fn ours(&self) -> bool {
        self.hash != Hash::Absent && !self.adopted
    }

    /// Records the checksum of the text. An entry of drizzle's is from then on *adopted*.
    pub fn seal(&mut self, checksum: Checksum) {
        self.adopted |= self.hash == Hash::Absent;
        self.hash = Hash::Sealed(checksum);
    }

    fn to_json(&self) -> String {
        let text = |text: &str| Value::from(text).to_string();
        let mut json = format!(
            r#"{{"idx":{},"version":{},"when":{},"tag":{},"breakpoints":{}"#,
            self.idx,
            text(&self.version),
            self.when,
            text(self.tag.as_ref()),
            self.breakpoints
        );
        match self.hash {
            Hash::Absent => {}
            Hash::Unsealed => json.push_str(r#","hash":null"#),
            Hash::Sealed(checksum) => json.extend([r#","hash":""#, &checksum.to_string(), "\""]),
        }
        if self.adopted {
            json.push_str(r#","adopted":true"#);
        }
        for (key, value) in &self.extra {
            json.extend([",", &text(key), ":", &value.to_string()]);
        }
        json.push('}');
        json
    }
}

/// The list of migrations, in the order in which they are applied.
#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    version: String,
    dialect: String,
    extra: Vec<(String, Value)>,
    /// Where each entry that was read begins; shorter than `entries` once some were added.
    places: Vec<Place>,
    /// How many entries of the file could not be read.
    unread: usize,
}

impl Default for Journal {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            version: VERSION.to_owned(),
            dialect: "postgresql".to_owned(),
            extra: Vec::new(),
            places: Vec::new(),
            unread: 0,
        }
    }
}

impl Journal {
    /// The number of the next migration: one more than the last entry's.
    pub fn next_idx(&self) -> u32 {
        self.entries.iter().map(|entry| entry.idx + 1).max().unwrap_or(0)
    }

    /// The `when` for an entry added at `now_ms` (milliseconds since 1970): later than every one
    /// that is there, also when clocks disagree.
    pub fn next_when(&self, now_ms: i64) -> i64 {
        self.entries.iter().map(|entry| entry.when.saturating_add(1)).fold(now_ms, i64::max)
    }

    /// The entry of this tag.
    pub fn entry(&self, tag: &Tag) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.tag == *tag)
    }

    /// Whether every entry of the file could be read; if not, nothing can be said of what is missing.
    pub fn is_whole(&self) -> bool {
        self.unread == 0
    }

    /// Where the entry at `position` stands in the file it was read from.
    pub fn place(&self, position: usize) -> Option<&Place> {
        self.places.get(position)
    }

    /// The file's text: one entry a line, so that two branches that each add one conflict in one
    /// place and a review shows one line; drizzle-kit reads it as its own.
    pub fn to_json(&self) -> String {
        let text = |text: &str| Value::from(text).to_string();
        let (version, dialect) = (text(&self.version), text(&self.dialect));
        let mut json = format!("{{\n  \"version\": {version},\n  \"dialect\": {dialect},\n");
        for (key, value) in &self.extra {
            // Writing to a `String` cannot fail.
            let _ = writeln!(json, "  {}: {value},", text(key));
        }
        json.push_str("  \"entries\": [");
        for (position, entry) in self.entries.iter().enumerate() {
            json.extend([if position == 0 { "\n    " } else { ",\n    " }, &entry.to_json()]);
        }
        json.push_str(if self.entries.is_empty() { "]\n}\n" } else { "\n  ]\n}\n" });
        json
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_has_one_entry_a_line_and_reads_back() {
        let mut journal = Journal::default();
        assert_eq!(
            journal.to_json(),
            "{\n  \"version\": \"7\",\n  \"dialect\": \"postgresql\",\n  \"entries\": []\n}\n"
        );
        let sum = Checksum::of("select 1");
        let tag = |text: &str| text.parse::<Tag>().unwrap();
        journal.entries.push(Entry::new(0, 5, tag("0000_a"), Hash::Sealed(sum)));
        journal.entries.push(Entry::new(1, journal.next_when(3), tag("0001_b"), Hash::Unsealed));
        let mut drizzle = Entry::new(2, 7, tag("0002_c"), Hash::Absent);
        assert!(!drizzle.ours());
        journal.entries.push(drizzle.clone());
        drizzle.seal(sum);
        assert!(!drizzle.ours() && drizzle.adopted, "drizzle's name and `when` stay drizzle's");
        let json = journal.to_json();
        assert_eq!(
            json.lines().skip(4).collect::<Vec<_>>(),
            [
                format!(
                    r#"    {{"idx":0,"version":"7","when":5,"tag":"0000_a","breakpoints":true,"hash":"{sum}"}},"#
                ),
                r#"    {"idx":1,"version":"7","when":6,"tag":"0001_b","breakpoints":true,"hash":null},"#
                    .into(),
                r#"    {"idx":2,"version":"7","when":7,"tag":"0002_c","breakpoints":true}"#.into(),
                "  ]".into(),
                "}".into(),
            ]
        );
        let (read, warnings) = Journal::parse(&json, "j.json".as_ref()).unwrap();
        assert_eq!((read.entries, warnings), (journal.entries, vec![]));
    }
}
