//! The ledger: the table in the target database of what was applied, compared with the journal.
//!
//! Rows and entries are matched one to one: by (hash, `when`), then by hash alone (of the text with
//! `\n`, with `\r\n`, or of the file's bytes: drizzle records the last), then by `when` alone, which
//! means that the file was edited after it was applied. Never by a high-water mark: drizzle's skips
//! migrations that were merged late. Reading the table is the engine's or the app's work.

mod pairing;

use std::cell::OnceCell;
use std::fmt;

use crate::journal::{Hash, Journal};
use crate::{Checksum, Migration, Problem, Tag, checksum};
use pairing::Pairing;

/// A row of `__drizzle_migrations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// The serial number that the database gave it.
    pub id: Option<i64>,
    /// The SHA-256 of the file, lower-case hex; a text of any kind in tables of other origin.
    pub hash: String,
    /// The entry's `when`, milliseconds since 1970 (not the time of applying).
    pub created_at: Option<i64>,
    /// The tag; only in tables that drizzle v1 made or upgraded.
    pub name: Option<String>,
}

impl Row {
    /// The row that applying `migration` writes.
    pub fn of(migration: &Migration) -> Self {
        Self {
            id: None,
            hash: migration.checksums.lf.to_string(),
            created_at: Some(migration.entry.when),
            name: Some(migration.entry.tag.to_string()),
        }
    }
}

/// A migration and the row that stands for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match<'a> {
    /// The migration as it is in the folder.
    pub migration: &'a Migration,
    /// What the ledger says of it.
    pub row: &'a Row,
}

/// What the folder and the ledger say of each other. Each migration is in exactly one of `applied`,
/// `edited` and `pending`, each row in exactly one of `applied`, `edited` and `unknown`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison<'a> {
    /// In both, with the same text; in the journal's order, as all lists of migrations.
    pub applied: Vec<Match<'a>>,
    /// In both by `when`, with another text.
    pub edited: Vec<Match<'a>>,
    /// Not in the ledger.
    pub pending: Vec<&'a Migration>,
    /// Rows that no migration accounts for, by id.
    pub unknown: Vec<&'a Row>,
    /// Those of `pending` that are older than one that is applied: merged late. Worth a note, since
    /// they run after what the journal puts behind them (and drizzle would skip them).
    pub late: Vec<&'a Migration>,
}

/// Compares the migrations of a folder, in the journal's order, with the rows of a ledger.
pub fn compare<'a>(migrations: &'a [Migration], rows: &'a [Row]) -> Comparison<'a> {
    let crlf: Vec<OnceCell<Checksum>> = vec![OnceCell::new(); migrations.len()];
    let crlf = |at: usize| *crlf[at].get_or_init(|| checksum::crlf(&migrations[at].text));
    let when = |at: usize| migrations[at].entry.when;
    let files = |at: usize| [migrations[at].checksums.lf, migrations[at].checksums.raw];

    let mut pairing = Pairing::new(migrations.len(), rows);
    pairing.by_hash_and_when(|at| files(at).map(|hash| (hash, when(at))).to_vec());
    pairing.by_hash_and_when(|at| vec![(crlf(at), when(at))]);
    pairing.by_hash(|at| files(at).to_vec());
    pairing.by_hash(|at| vec![crlf(at)]);
    let same_text = pairing.rows().to_vec();
    pairing.by_when(when);

    let mut comparison = Comparison::default();
    for ((migration, same_text), row) in migrations.iter().zip(same_text).zip(pairing.rows()) {
        match (same_text, row) {
            (Some(row), _) => comparison.applied.push(Match { migration, row: &rows[row] }),
            (None, Some(row)) => comparison.edited.push(Match { migration, row: &rows[*row] }),
            (None, None) => comparison.pending.push(migration),
        }
    }
    let last = pairing.rows().iter().rposition(Option::is_some);
    let latest = pairing.rows().iter().flatten().filter_map(|&row| rows[row].created_at).max();
    let is_late = |at: usize| Some(at) < last || Some(when(at)) < latest;
    let pending = (0..migrations.len()).filter(|&at| pairing.rows()[at].is_none());
    comparison.late = pending.filter(|&at| is_late(at)).map(|at| &migrations[at]).collect();
    comparison.unknown = pairing.free_rows().map(|row| &rows[row]).collect();
    comparison
}

/// What an app finds at start-up when it compares the journal that it was built with (through
/// `include_str!`) with the ledger of its database.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Check {
    /// Migrations that the database lacks: run `cargo xtask db-migrate`.
    pub missing: Vec<Tag>,
    /// Migrations that were applied with another text.
    pub edited: Vec<Tag>,
    /// Rows of a newer build, or of another branch; usual while a new version is rolled out.
    pub newer: Vec<Row>,
}

impl Check {
    /// Whether the database holds everything that the app was built with.
    pub fn is_current(&self) -> bool {
        self.missing.is_empty() && self.edited.is_empty()
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = |tags: &[Tag]| tags.iter().map(|tag| format!("`{tag}`")).collect::<Vec<_>>().join(", ");
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("the database lacks {}", tags(&self.missing)));
        }
        if !self.edited.is_empty() {
            parts.push(format!("edited after they were applied: {}", tags(&self.edited)));
        }
        if !self.newer.is_empty() {
            parts.push(format!(
                "the database has {} migrations that this build does not know",
                self.newer.len()
            ));
        }
        let current = || "the database has all migrations of this build".to_owned();
        f.write_str(&if parts.is_empty() { current() } else { parts.join("; ") })
    }
}

/// Compares a journal's text alone, without the SQL files, with the rows of a ledger.
///
/// Entries without a checksum (drizzle's) and those that Trueline sealed later are matched by
/// `when` too without calling them edited: their rows may hold the checksum of a file with other
/// line ends. Errors: the journal's problems, if it cannot be used.
pub fn check(journal: &str, rows: &[Row]) -> Result<Check, Vec<Problem>> {
    let (journal, _) = Journal::parse(journal, "_journal.json".as_ref())?;
    let entries = &journal.entries;
    let hashes = |at: usize| entries[at].hash.sealed().into_iter();
    let mut pairing = Pairing::new(entries.len(), rows);
    pairing.by_hash_and_when(|at| hashes(at).map(|hash| (hash, entries[at].when)).collect());
    pairing.by_hash(|at| hashes(at).collect());
    let same_text = pairing.rows().to_vec();
    pairing.by_when(|at| entries[at].when);

    let mut check = Check::default();
    for ((entry, same_text), row) in entries.iter().zip(same_text).zip(pairing.rows()) {
        let by_when_alone = entry.adopted || entry.hash == Hash::Absent;
        if row.is_none() {
            check.missing.push(entry.tag.clone());
        } else if same_text.is_none() && !by_when_alone {
            check.edited.push(entry.tag.clone());
        }
    }
    check.newer = pairing.free_rows().map(|row| rows[row].clone()).collect();
    Ok(check)
}

#[cfg(test)]
mod tests;
