//! Two branches' journals as one list, whatever order and numbers it has then.
//!
//! Which of the migrations come first is not decided here: that depends on what is merged or applied.

use std::path::Path;

use super::conflict::sides;
use super::{Entry, Journal};
use crate::problem::{Problem, Severity};

/// Problems of order and numbers, which putting the entries in order solves.
const OF_ORDER: [&str; 4] = ["journal-idx", "journal-when", "journal-duplicate-tag", "journal-name"];

impl Journal {
    /// The journal in `text` with the entries of both sides of git's conflicts, each once, in the order of
    /// the first side and then the second. `None` where the text holds no conflict.
    ///
    /// Errors: what is wrong with a side besides order and numbers.
    pub fn of_both_sides(text: &str, file: &Path) -> Option<Result<Self, Vec<Problem>>> {
        let [ours, theirs] = sides(text)?;
        Some(read(&ours, file).and_then(|ours| {
            let theirs = read(&theirs, file)?;
            let mut all = ours;
            for entry in theirs.entries {
                if !all.entries.iter().any(|other| is_same(other, &entry)) {
                    all.entries.push(entry);
                }
            }
            all.places.clear();
            Ok(all)
        }))
    }

    /// The same journal with other entries.
    #[must_use]
    pub fn with_entries(&self, entries: Vec<Entry>) -> Self {
        Self { entries, places: Vec::new(), ..self.clone() }
    }
}

/// Whether the two are one migration: its text may have been sealed anew on one side.
pub fn is_same(one: &Entry, other: &Entry) -> bool {
    one.tag == other.tag && (one.when == other.when || one.hash == other.hash)
}

fn read(text: &str, file: &Path) -> Result<Journal, Vec<Problem>> {
    let (journal, problems) = Journal::parse_leniently(text, file);
    let wrong: Vec<Problem> = problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error && !OF_ORDER.contains(&problem.code))
        .collect();
    match journal {
        Some(journal) if wrong.is_empty() => Ok(journal),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use crate::{Entry, Hash, Journal};

    fn entry(idx: u32, when: i64, tag: &str) -> Entry {
        Entry::new(idx, when, tag.parse().unwrap(), Hash::Unsealed)
    }

    fn journal(entries: &[Entry]) -> Journal {
        Journal { entries: entries.to_vec(), ..Journal::default() }
    }

    #[test]
    fn the_entries_of_both_sides_are_there_once() {
        let base = entry(0, 1, "0000_a");
        let (b, c) = (entry(1, 2, "0001_b"), entry(1, 3, "0001_c"));
        let ours = journal(&[base.clone(), b.clone()]).to_json();
        let theirs = journal(&[base.clone(), c.clone()]).to_json();
        let ours_line = ours.lines().nth(5).unwrap();
        let theirs_line = theirs.lines().nth(5).unwrap();
        let text = ours
            .replace(ours_line, &format!("<<<<<<< HEAD\n{ours_line}\n=======\n{theirs_line}\n>>>>>>> other"));
        let both = Journal::of_both_sides(&text, "j".as_ref()).unwrap().unwrap();
        assert_eq!(both.entries, [base, b, c]);
        assert!(Journal::of_both_sides(&ours, "j".as_ref()).is_none());
        let broken = text.replace("0001_c", "../c");
        let problems = Journal::of_both_sides(&broken, "j".as_ref()).unwrap().unwrap_err();
        assert_eq!(problems[0].code, "tag-path");
    }
}
