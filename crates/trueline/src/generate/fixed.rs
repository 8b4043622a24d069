//! What may not be changed any more: migrations that are merged into the default branch, or that the
//! target's ledger holds, or of which the target has begun the first statements (DESIGN §4, *fixed*).
//!
//! Only asks: git, for the journals at the merge bases with `origin/HEAD`; what the target holds is handed in.

use std::collections::BTreeSet;
use std::path::Path;

use trueline_journal::journal::is_same;
use trueline_journal::ledger::{Row, compare};
use trueline_journal::{Entry, Folder, Hash, Journal, Migration, Problem, Tag};

use crate::runner::Record;
use crate::runner::resume::first_open;
use crate::validate::git;

/// What is known to be fixed. Where neither is known, nothing may be changed.
#[derive(Clone, Debug, Default)]
pub struct Fixed {
    /// The default branch's entries, in its order; `None` where git cannot say.
    pub merged: Option<Vec<Entry>>,
    /// The rows of the target's ledger; `None` where it cannot be reached.
    pub rows: Option<Vec<Row>>,
    /// What the target has of migrations that are begun and not finished.
    pub progress: Vec<Record>,
}

/// Commits that are being worked on besides `HEAD`: a merge, rebase or cherry-pick that has stopped.
const HEADS: [&str; 4] = ["HEAD", "MERGE_HEAD", "REBASE_HEAD", "CHERRY_PICK_HEAD"];

/// The entries of the journal at the merge bases with the default branch, of all heads at hand; `None` where
/// git cannot say.
pub fn merged(root: &Path, folder: &Folder) -> Option<Vec<Entry>> {
    let questions: Vec<_> =
        HEADS.iter().map(|head| git::ask(root, ["merge-base", head, "origin/HEAD"])).collect();
    let bases: BTreeSet<String> = questions
        .into_iter()
        .filter_map(git::Question::answer)
        .map(|commit| commit.trim().to_owned())
        .filter(|commit| !commit.is_empty())
        .collect();
    if bases.is_empty() {
        return None;
    }
    let mut journals: Vec<Vec<Entry>> = bases.iter().map(|commit| at(root, folder, commit)).collect();
    journals.sort_by_key(|entries| std::cmp::Reverse(entries.len()));
    let mut all: Vec<Entry> = Vec::new();
    for entry in journals.into_iter().flatten() {
        if !all.iter().any(|other| is_same(other, &entry)) {
            all.push(entry);
        }
    }
    Some(all)
}

/// The sealed entries of the journal at a commit; none where it has no journal.
fn at(root: &Path, folder: &Folder, commit: &str) -> Vec<Entry> {
    let file = folder.journal_file();
    let Some(path) = file.to_str() else { return Vec::new() };
    let text = git::ask(root, ["show", &format!("{commit}:./{path}")]).answer().unwrap_or_default();
    let (journal, _) = Journal::parse_leniently(&text, &file);
    let entries = journal.map(|journal| journal.entries).unwrap_or_default();
    entries.into_iter().filter(|entry| entry.hash != Hash::Unsealed).collect()
}

impl Fixed {
    /// Whether anything is known.
    pub fn is_known(&self) -> bool {
        self.merged.is_some() || self.rows.is_some()
    }

    /// Where an entry stands among the merged ones.
    pub fn merged_at(&self, entry: &Entry) -> Option<usize> {
        self.merged.iter().flatten().position(|merged| is_same(merged, entry))
    }

    /// Which of the migrations are in the ledger.
    pub fn applied(&self, migrations: &[Migration]) -> Vec<bool> {
        let rows = self.rows.as_deref().unwrap_or_default();
        let comparison = compare(migrations, rows);
        let matched: Vec<&Migration> =
            comparison.applied.iter().chain(&comparison.edited).map(|matched| matched.migration).collect();
        migrations.iter().map(|one| matched.iter().any(|other| std::ptr::eq(*other, one))).collect()
    }

    /// Whether the target has begun a migration of this name.
    pub fn is_begun(&self, tag: &Tag) -> bool {
        self.progress.iter().any(|record| record.tag == tag.as_ref())
    }

    /// Which of the migrations the target has begun. Where two have one name, it is the one whose statements
    /// those are.
    pub fn begun(&self, migrations: &[Migration]) -> Vec<bool> {
        let named = |one: &Migration| self.is_begun(&one.entry.tag);
        let is_alone =
            |one: &Migration| migrations.iter().filter(|other| other.entry.tag == one.entry.tag).count() == 1;
        migrations.iter().map(|one| named(one) && (is_alone(one) || self.keeps(one).is_ok())).collect()
    }

    /// Fails if a statement of the migration was edited that the target has applied.
    pub fn keeps(&self, migration: &Migration) -> Result<(), Problem> {
        let tag = migration.entry.tag.as_ref();
        let records: Vec<&Record> = self.progress.iter().filter(|record| record.tag == tag).collect();
        first_open(migration, &migration.statements(), &records).map(|_| ())
    }
}
