//! What must hold between the entries of a journal.
//!
//! Duplicate tags and numbers are errors in every entry, since they make the order or the file
//! ambiguous. The rules on names, `when` and version are errors in entries that Trueline wrote and
//! warnings in drizzle's: older drizzle journals mix versions 5 to 7 and ten-digit prefixes.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::{Entry, Journal, VERSION};
use crate::problem::{Place, Problem, Severity};

pub(super) fn check(journal: &Journal, file: &Path) -> Vec<Problem> {
    let mut problems = Vec::new();
    check_idx(journal, &mut problems);
    check_tags(journal, &mut problems);
    check_when(journal, &mut problems);
    check_names(journal, file, &mut problems);
    check_versions(journal, file, &mut problems);
    problems
}

fn at(journal: &Journal, position: usize, problem: Problem) -> Problem {
    match journal.place(position) {
        Some(place) => problem.at(place.clone()),
        None => problem,
    }
}

/// As written by Trueline: an error; by drizzle: a warning.
fn severity(entry: &Entry) -> Severity {
    if entry.ours() { Severity::Error } else { Severity::Warning }
}

fn check_idx(journal: &Journal, problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    let mut expected = 0;
    for (position, entry) in journal.entries.iter().enumerate() {
        let idx = entry.idx;
        if !seen.insert(idx) {
            let message = format!("idx {idx} of `{}` is taken by an earlier entry", entry.tag);
            let hint = "two branches each added a migration: run `cargo xtask db-generate`: it puts those that are merged \
                        first and numbers the others anew";
            problems.push(at(journal, position, Problem::error("journal-idx", message).hint(hint)));
        } else if idx != expected {
            let message = format!("`{}` has idx {idx} where {expected} is expected", entry.tag);
            let hint = "an entry was removed or moved: restore it with `git restore`, \
                        or number the entries from 0 without a gap";
            problems.push(at(journal, position, Problem::error("journal-idx", message).hint(hint)));
        }
        expected = idx.saturating_add(1);
    }
}

fn check_tags(journal: &Journal, problems: &mut Vec<Problem>) {
    let mut seen: BTreeMap<String, &Entry> = BTreeMap::new();
    for (position, entry) in journal.entries.iter().enumerate() {
        let Some(earlier) = seen.insert(entry.tag.as_ref().to_ascii_lowercase(), entry) else { continue };
        let problem = if earlier.tag == entry.tag {
            Problem::error("journal-duplicate-tag", format!("tag `{}` occurs twice", entry.tag))
                .hint(
                    "two branches gave a migration the same name: run `cargo xtask db-generate`, which gives the one \
                     that is not merged another number; or remove the entry that a merge left over",
                )
        } else {
            let message = format!("tags `{}` and `{}` differ only in case", earlier.tag, entry.tag);
            Problem::new(severity(entry), "journal-duplicate-tag", message)
                .hint("they are one file on macOS and Windows: rename one of the two and its file")
        };
        problems.push(at(journal, position, problem));
    }
}

fn check_when(journal: &Journal, problems: &mut Vec<Problem>) {
    let mut latest: Option<&Entry> = None;
    for (position, entry) in journal.entries.iter().enumerate() {
        match latest {
            Some(latest) if entry.when <= latest.when => {
                let message = format!(
                    "`when` of `{}` ({}) is not later than that of `{}` ({})",
                    entry.tag, entry.when, latest.tag, latest.when
                );
                let hint = if entry.ours() {
                    "two branches were merged: run `cargo xtask db-generate`: it puts the migrations in order"
                } else {
                    "drizzle skips such a migration where the later one was applied first; Trueline applies it"
                };
                let problem = Problem::new(severity(entry), "journal-when", message).hint(hint);
                problems.push(at(journal, position, problem));
            }
            _ => latest = Some(entry),
        }
    }
}

fn check_names(journal: &Journal, file: &Path, problems: &mut Vec<Problem>) {
    let mut drizzle = Vec::new();
    for (position, entry) in journal.entries.iter().enumerate() {
        if entry.tag.number() == Some(u64::from(entry.idx)) {
            continue;
        }
        if !entry.ours() {
            drizzle.push((position, entry));
            continue;
        }
        let message = format!("tag `{}` does not begin with its number, `{:04}_`", entry.tag, entry.idx);
        // A migration that is applied somewhere keeps its name when another one moves in before it.
        let numbered = entry.tag.number().is_some();
        let severity = if numbered { Severity::Warning } else { Severity::Error };
        let problem = Problem::new(severity, "journal-name", message)
            .hint("rename the entry's tag and its file, if the migration is not merged or applied yet");
        problems.push(at(journal, position, problem));
    }
    fold("journal-name", "do not begin with their idx in four digits", &drizzle, journal, file, problems);
}

fn check_versions(journal: &Journal, file: &Path, problems: &mut Vec<Problem>) {
    let mut drizzle = Vec::new();
    for (position, entry) in journal.entries.iter().enumerate() {
        if entry.version == VERSION {
            continue;
        }
        if !entry.ours() {
            drizzle.push((position, entry));
            continue;
        }
        let version = entry.version.escape_debug();
        let message = format!("`{}` has version `{version}`, not `{VERSION}`", entry.tag);
        let hint = "restore the journal with `git restore`: Trueline writes version 7 only";
        problems.push(at(journal, position, Problem::error("journal-version", message).hint(hint)));
    }
    fold("journal-version", "are not of version 7", &drizzle, journal, file, problems);
}

/// One warning for all of drizzle's entries that share a habit: nobody reads a hundred of them.
fn fold(
    code: &'static str,
    habit: &str,
    entries: &[(usize, &Entry)],
    journal: &Journal,
    file: &Path,
    problems: &mut Vec<Problem>,
) {
    let [(position, first), rest @ ..] = entries else { return };
    let message = match rest.len() {
        0 => format!("drizzle's entries {habit}: `{}`", first.tag),
        more => format!("drizzle's entries {habit}: `{}` and {more} more", first.tag),
    };
    let place = journal.place(*position).cloned().unwrap_or_else(|| Place::file(file));
    let hint = "nothing to do: they are applied as they are";
    problems.push(Problem::warning(code, message).at(place).hint(hint));
}

#[cfg(test)]
mod tests {
    use crate::{Checksum, Entry, Hash, Journal, Severity};

    fn check(entries: &[(u32, i64, &str, Hash)]) -> Vec<(&'static str, Severity, Option<u32>)> {
        let mut journal = Journal::default();
        for (idx, when, tag, hash) in entries {
            journal.entries.push(Entry::new(*idx, *when, tag.parse().unwrap(), *hash));
        }
        let (_, problems) = Journal::parse_leniently(&journal.to_json(), "j".as_ref());
        problems.iter().map(|p| (p.code, p.severity, p.place.as_ref().and_then(|at| at.line))).collect()
    }

    const OURS: Hash = Hash::Unsealed;
    const DRIZZLE: Hash = Hash::Absent;

    #[test]
    fn a_clean_journal_has_no_problems() {
        assert_eq!(check(&[]), []);
        assert_eq!(check(&[(0, 1, "0000_a", DRIZZLE), (1, 2, "0001_b", OURS)]), []);
    }

    #[test]
    fn numbers_count_up_from_0() {
        let error = |line| ("journal-idx", Severity::Error, Some(line));
        assert_eq!(check(&[(0, 1, "0000_a", OURS), (0, 2, "0000_b", OURS)]), [error(6)]);
        assert_eq!(check(&[(0, 1, "0000_a", DRIZZLE), (2, 2, "0002_b", DRIZZLE)]), [error(6)]);
        assert_eq!(
            check(&[(1, 1, "0001_a", OURS), (2, 2, "0002_b", OURS)]),
            [error(5)],
            "only where it breaks"
        );
    }

    #[test]
    fn tags_are_unique() {
        let found = check(&[(0, 1, "0000_a", OURS), (1, 2, "0000_a", OURS)]);
        assert_eq!(found[0], ("journal-duplicate-tag", Severity::Error, Some(6)));
        let found = check(&[(0, 1, "0000_a", OURS), (1, 2, "0000_A", DRIZZLE)]);
        assert_eq!(found[0], ("journal-duplicate-tag", Severity::Warning, Some(6)));
    }

    #[test]
    fn when_increases_and_only_our_entries_must() {
        let late = |hash| check(&[(0, 5, "0000_a", hash), (1, 5, "0001_b", hash), (2, 6, "0002_c", hash)]);
        assert_eq!(late(OURS), [("journal-when", Severity::Error, Some(6))]);
        assert_eq!(late(DRIZZLE), [("journal-when", Severity::Warning, Some(6))]);
    }

    #[test]
    fn names_carry_the_number() {
        assert_eq!(check(&[(0, 1, "init", OURS)]), [("journal-name", Severity::Error, Some(5))]);
        assert_eq!(check(&[(0, 1, "0005_init", OURS)]), [("journal-name", Severity::Warning, Some(5))]);
        let many = [(0, 1, "1747760252_a", DRIZZLE), (1, 2, "1747760253_b", DRIZZLE)];
        assert_eq!(check(&many), [("journal-name", Severity::Warning, Some(5))], "folded into one");
    }

    #[test]
    fn versions_are_7_in_our_entries() {
        let sealed = Checksum::of("");
        let text = format!(
            "{{\"version\":\"7\",\"dialect\":\"postgresql\",\"entries\":[\n\
             {{\"idx\":0,\"version\":\"5\",\"when\":1,\"tag\":\"0000_a\"}},\n\
             {{\"idx\":1,\"version\":\"6\",\"when\":2,\"tag\":\"0001_b\",\"hash\":\"{sealed}\",\"adopted\":true}},\n\
             {{\"idx\":2,\"version\":\"6\",\"when\":3,\"tag\":\"0002_c\",\"hash\":\"{sealed}\"}}]}}"
        );
        let (_, problems) = Journal::parse_leniently(&text, "j".as_ref());
        let found: Vec<_> =
            problems.iter().map(|p| (p.code, p.severity, p.place.clone().unwrap().line)).collect();
        assert_eq!(
            found,
            [("journal-version", Severity::Error, Some(4)), ("journal-version", Severity::Warning, Some(2))]
        );
    }
}
