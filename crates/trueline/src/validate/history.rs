//! What is *fixed*: the migrations at the merge base with the default branch (`origin/HEAD`).
//!
//! Someone else may have applied them, so they must be as they were. Where git cannot say (no
//! repository, no `origin/HEAD`) nothing is known to be fixed and nothing is checked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use trueline_journal::folder::Loaded;
use trueline_journal::{Entry, Folder, Hash, Journal, Place, Problem};

use super::git::{self, Question};

/// Asking for the merge base.
pub(super) struct Search {
    root: PathBuf,
    journal: PathBuf,
    commit: Question,
}

/// What is known of the merge base; empty when git could not say.
pub(super) struct History {
    base: Option<Base>,
    /// The journal's path relative to the root.
    file: PathBuf,
}

struct Base {
    commit: String,
    journal: Journal,
    /// SQL files that differ from the merge base or are gone; asked only where the journal at the
    /// merge base holds no checksums.
    edited: Vec<PathBuf>,
}

impl History {
    pub fn start(root: &Path, folder: &Folder) -> Search {
        let commit = git::ask(root, ["merge-base", "HEAD", "origin/HEAD"]);
        Search { root: root.to_path_buf(), journal: folder.journal_file(), commit }
    }
}

impl Search {
    pub fn finish(self) -> History {
        let Self { root, journal, commit } = self;
        let base = commit.answer().and_then(|commit| Base::read(&root, &journal, commit.trim()));
        History { base, file: journal }
    }
}

impl Base {
    fn read(root: &Path, file: &Path, commit: &str) -> Option<Self> {
        let text = git::ask(root, ["show", &format!("{commit}:./{}", file.to_str()?)]).answer()?;
        let (journal, _) = Journal::parse_leniently(&text, file);
        let journal = journal?;
        let mut edited = Vec::new();
        if journal.entries.iter().any(|entry| entry.hash == Hash::Absent) {
            let dir = file.ancestors().nth(2)?.to_str()?;
            let args = ["diff", "--name-only", "--relative", "--no-renames", "-z", commit, "--", dir];
            let answer = git::ask(root, args).answer().unwrap_or_default();
            edited = answer.split_terminator('\0').map(PathBuf::from).collect();
        }
        Some(Self { commit: commit.chars().take(12).collect(), journal, edited })
    }

    /// What changed in an entry that must not.
    fn difference(&self, old: &Entry, new: &Entry, sql: &Path) -> Option<String> {
        let text_changed = match (old.hash, new.hash) {
            (Hash::Sealed(old), Hash::Sealed(new)) => old != new,
            (Hash::Sealed(_), _) => true,
            (Hash::Absent, _) => self.edited.iter().any(|file| file == sql),
            // Never proved, so never applied: it may still be written.
            (Hash::Unsealed, _) => false,
        };
        let mut parts = Vec::new();
        if text_changed {
            parts.push("its text".to_owned());
        }
        if old.when != new.when {
            parts.push(format!("`when` ({} then, {} now)", old.when, new.when));
        }
        if old.idx != new.idx {
            parts.push(format!("idx ({} then, {} now)", old.idx, new.idx));
        }
        (!parts.is_empty()).then(|| parts.join(", "))
    }
}

impl History {
    /// The tags of all migrations that may not change.
    pub fn fixed(&self) -> BTreeSet<String> {
        let entries = self.base.iter().flat_map(|base| &base.journal.entries);
        entries.filter(|entry| entry.hash != Hash::Unsealed).map(|entry| entry.tag.to_string()).collect()
    }

    /// Every fixed entry that is no longer as it was.
    pub fn check(&self, loaded: &Loaded) -> Vec<Problem> {
        let (Some(base), Some(journal)) = (&self.base, &loaded.journal) else { return Vec::new() };
        let mut problems = Vec::new();
        for old in base.journal.entries.iter().filter(|entry| entry.hash != Hash::Unsealed) {
            let sql = self.sql_file(old);
            let position = journal.entries.iter().position(|entry| entry.tag == old.tag);
            let Some(position) = position else {
                if !journal.is_whole() {
                    continue;
                }
                let message = format!("migration `{}` is merged, but gone from the journal", old.tag);
                let place = Place::file(&self.file);
                problems
                    .push(Problem::error("fixed-removed", message).at(place).hint(self.restore_entry(&sql)));
                continue;
            };
            let Some(difference) = base.difference(old, &journal.entries[position], &sql) else { continue };
            let message = format!("migration `{}` is merged, but was changed: {difference}", old.tag);
            let place = journal.place(position).cloned().unwrap_or_else(|| Place::file(&self.file));
            problems.push(Problem::error("fixed-changed", message).at(place).hint(self.restore_entry(&sql)));
        }
        problems
    }

    /// An edited migration that is fixed has one way out only.
    pub fn fix_hints(&self, problems: &mut [Problem]) {
        let fixed: BTreeSet<_> =
            self.base.iter().flat_map(|base| &base.journal.entries).map(|e| self.sql_file(e)).collect();
        for problem in problems.iter_mut().filter(|problem| problem.code == "checksum-mismatch") {
            if let Some(file) =
                problem.place.as_ref().map(|place| &place.file).filter(|file| fixed.contains(*file))
            {
                problem.hint = Some(self.restore_file(file));
            }
        }
    }

    fn sql_file(&self, entry: &Entry) -> PathBuf {
        self.file.ancestors().nth(2).unwrap_or(&self.file).join(entry.tag.file_name())
    }

    /// The way out where the journal still holds the checksum: the file alone is wrong.
    fn restore_file(&self, file: &Path) -> String {
        let file = file.display();
        format!(
            "others may have applied it: restore it with `git restore --source {} {file}`; `cargo xtask db-generate` \
             puts the change in a new migration",
            self.commit()
        )
    }

    /// The way out where the journal was changed too, which may hold new entries that must stay.
    fn restore_entry(&self, sql: &Path) -> String {
        let (commit, journal, sql) = (self.commit(), self.file.display(), sql.display());
        format!(
            "others may have applied it: put its line back as `git show {commit}:./{journal}` prints it, restore its file \
             with `git restore --source {commit} {sql}`, then run `cargo xtask db-generate`"
        )
    }

    fn commit(&self) -> &str {
        self.base.as_ref().map_or("HEAD", |base| &base.commit)
    }
}
