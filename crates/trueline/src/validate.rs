//! Everything that is wrong with the committed files, without a database or a server.
//!
//! Runs before every build, so it reads each file once and parses only what no server has proved.
//! Fixed migrations ([`history`]) are not linted: nobody may change them any more. It writes
//! nothing, but for clearing away what an interrupted writer left. What SQL means it never judges:
//! parser findings are warnings.

pub(crate) mod git;
mod history;
mod second;
mod snapshot;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use trueline_journal::folder::Loaded;
use trueline_journal::migration;
use trueline_journal::{Checksum, Folder, Hash, Migration, Place, Problem, Severity};

use crate::lint;
use history::History;

/// How many notes of one sort are said one by one.
const NOTES: usize = 3;

/// What to look at.
#[derive(Clone, Debug)]
pub struct Input {
    /// The workspace's root.
    pub root: PathBuf,
    /// The folder of the schema, relative to the root.
    pub schema_dir: PathBuf,
    /// The folder of the migrations, relative to the root.
    pub migrations_dir: PathBuf,
    /// The checksum of the schema sources as they are now; `None` when they cannot be read, which
    /// the caller has reported then.
    pub schema_checksum: Option<Checksum>,
    /// The format of snapshots that this build writes.
    pub snapshot_format: u32,
}

/// All problems of the workspace's migrations, each with its place and the way to fix it.
pub fn validate(input: &Input) -> Vec<Problem> {
    let folder = Folder::new(&input.root, &input.migrations_dir);
    let (second, history) = (second::Search::start(&input.root), History::start(&input.root, &folder));
    let loaded = folder.load();
    let history = history.finish();
    let mut problems = loaded.problems.clone();
    history.fix_hints(&mut problems);
    problems.extend(history.check(&loaded));
    problems.extend(second.finish(&folder));
    let (stale, found) = check_snapshot(input, &folder, &loaded);
    problems.extend(found);
    if stale {
        problems.extend(schema_syntax(input));
    }
    problems.extend(lint_all(&loaded.migrations, &history.fixed()));
    problems
}

/// Whether the schema was edited since the snapshot, and the problems.
fn check_snapshot(input: &Input, folder: &Folder, loaded: &Loaded) -> (bool, Vec<Problem>) {
    let Some(journal) = loaded.journal.as_ref() else { return (false, Vec::new()) };
    // With a migration missing, edited or unsealed, the head says nothing that is not said already.
    let sound = loaded.problems.iter().all(|problem| problem.severity < Severity::Error);
    let expected = snapshot::Expected {
        format: input.snapshot_format,
        schema: input.schema_checksum,
        head: sound.then(|| migration::head(&loaded.migrations)),
        drizzle_only: journal.entries.iter().all(|entry| entry.hash == Hash::Absent),
    };
    snapshot::check(folder, &input.schema_dir, &expected)
}

/// What squawk does not understand in the schema files.
fn schema_syntax(input: &Input) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut dirs = vec![input.schema_dir.clone()];
    while let Some(dir) = dirs.pop() {
        let mut found: Vec<_> = fs::read_dir(input.root.join(&dir)).into_iter().flatten().flatten().collect();
        found.sort_by_key(fs::DirEntry::file_name);
        for entry in found {
            let file = dir.join(entry.file_name());
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => dirs.push(file),
                Ok(kind) if kind.is_file() && file.extension().is_some_and(|end| end == "sql") => {
                    let text = fs::read_to_string(entry.path());
                    problems.extend(text.into_iter().flat_map(|text| lint::syntax::check(&file, &text)));
                }
                _ => {}
            }
        }
    }
    problems
}

/// Lints what can still be changed; of notes of one sort, many become one.
fn lint_all(migrations: &[Migration], fixed: &BTreeSet<String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for migration in migrations.iter().filter(|migration| !fixed.contains(migration.entry.tag.as_ref())) {
        // A server has run a sealed text, drizzle's too when it was adopted: no parser knows better.
        let proved = migration.entry.hash == Hash::Sealed(migration.checksums.lf);
        if !proved {
            problems.extend(lint::syntax::check(&migration.file, &migration.text));
        }
        problems.extend(lint::lint(migration));
    }
    let (mut notes, mut rest): (Vec<_>, Vec<_>) =
        problems.into_iter().partition(|problem| problem.severity == Severity::Note);
    for code in ["not-idempotent", "not-transactional"] {
        let (same, others) = notes.into_iter().partition(|problem| problem.code == code);
        rest.extend(fold(same));
        notes = others;
    }
    rest.extend(notes);
    rest
}

/// Many notes of one sort as one: the last, since that migration is the one being worked on.
fn fold(mut notes: Vec<Problem>) -> Vec<Problem> {
    if notes.len() > NOTES
        && let Some(last) = notes.pop()
    {
        let files: Vec<_> =
            notes.iter().filter_map(|note| note.place.as_ref()).map(Place::to_string).collect();
        let more = format!("the same holds for {} more migrations, from {}", files.len(), files[0]);
        return vec![last.detail(more)];
    }
    notes
}

/// `path` as people read it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
