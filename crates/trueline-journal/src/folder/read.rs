//! Reading the folder, with every problem that needs no database to be seen.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, FileType};
use std::io;
use std::path::Path;

use super::{Folder, Loaded};
use crate::journal::{Entry, Hash, Journal, sides};
use crate::problem::{Place, Problem};
use crate::{Checksum, Migration, checksum};

/// How often reading starts over when a writer was at work meanwhile.
const ATTEMPTS: usize = 5;

impl Folder {
    /// The folder as it is, and everything that is wrong with it.
    ///
    /// What an interrupted writer left is cleared away first; a writer at work is waited for.
    pub fn load(&self) -> Loaded {
        for _ in 1..ATTEMPTS {
            let loaded = self.load_once();
            if self.stage().exists() {
                match self.lock(|_| {}) {
                    Ok(_lock) => continue,
                    // A folder that is not ours to write: say what is there.
                    Err(_) => return loaded,
                }
            }
            if self.journal_checksum() == loaded.base {
                return loaded;
            }
        }
        self.load_once()
    }

    /// The checksum of the journal's text as it is on disk; `None` when there is none.
    pub(super) fn journal_checksum(&self) -> Option<Checksum> {
        self.journal_bytes().ok().map(|bytes| Checksum::of_bytes(&bytes))
    }

    /// Only of a file: a link may lead anywhere, and reading a pipe or device never ends.
    fn journal_bytes(&self) -> io::Result<Vec<u8>> {
        let path = self.journal_path();
        if !fs::symlink_metadata(&path)?.is_file() {
            return Err(io::Error::other("it is not a file"));
        }
        fs::read(path)
    }

    fn load_once(&self) -> Loaded {
        let mut reader = Reader { folder: self, files: BTreeMap::new(), loaded: Loaded::default() };
        reader.list();
        reader.read();
        reader.loaded
    }
}

struct Reader<'a> {
    folder: &'a Folder,
    /// What stands in the folder, by name.
    files: BTreeMap<String, FileType>,
    loaded: Loaded,
}

impl Reader<'_> {
    fn problem(&mut self, problem: Problem) {
        self.loaded.problems.push(problem);
    }

    /// Listing once is cheaper than asking for each file, and shows what no entry names.
    fn list(&mut self) {
        let entries = match fs::read_dir(self.folder.path()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return,
            Err(error) => return self.problem(unreadable(&self.folder.dir, &error)),
        };
        for entry in entries.flatten() {
            if let (Ok(name), Ok(kind)) = (entry.file_name().into_string(), entry.file_type()) {
                self.files.insert(name, kind);
            }
        }
    }

    fn read(&mut self) {
        let Some(text) = self.journal_text() else { return };
        let (journal, problems) = Journal::parse_leniently(&text, &self.folder.journal_file());
        self.loaded.problems.extend(problems);
        // Two branches' journals are understood, though nothing may be applied from them.
        let both = || Journal::of_both_sides(&text, &self.folder.journal_file())?.ok();
        let Some(journal) = journal.or_else(both) else { return };
        for (position, entry) in journal.entries.iter().enumerate() {
            if let Some(migration) = self.migration(entry, journal.place(position)) {
                self.loaded.migrations.push(migration);
            }
        }
        // An entry that could not be read still has its file.
        if journal.is_whole() {
            self.orphans(&journal);
        }
        self.loaded.journal = Some(journal);
    }

    fn journal_text(&mut self) -> Option<String> {
        let file = self.folder.journal_file();
        for path in [file.parent().unwrap_or(&file), &file] {
            if fs::symlink_metadata(self.folder.root.join(path)).is_ok_and(|meta| meta.is_symlink()) {
                self.problem(symlink(path));
                return None;
            }
        }
        match self.folder.journal_bytes() {
            Ok(bytes) => {
                self.loaded.base = Some(Checksum::of_bytes(&bytes));
                String::from_utf8(bytes).map_err(|error| self.problem(not_utf8(&file, error.as_bytes()))).ok()
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.without_journal(&file);
                None
            }
            Err(error) => {
                self.problem(unreadable(&file, &error));
                None
            }
        }
    }

    fn without_journal(&mut self, file: &Path) {
        let directories = self.files.iter().filter(|(_, kind)| kind.is_dir());
        let mut v1 = directories.map(|(name, _)| self.folder.dir.join(name).join("migration.sql"));
        if let Some(first) = v1.find(|path| self.folder.root.join(path).is_file()) {
            let message = "the folder is drizzle v1's: one folder for each migration, and no journal";
            let hint = "set `migrations` under `[workspace.metadata.trueline]` to a new folder, then run \
                        `cargo xtask db-pull`, `db-generate` and `db-baseline`: the database keeps its ledger";
            let place = Place::file(first);
            return self.problem(Problem::error("drizzle-v1", message).at(place).hint(hint));
        }
        let sql = self.files.keys().filter(|name| is_sql(name)).count();
        self.loaded.fresh = sql == 0;
        let (message, hint) = if sql == 0 {
            ("there is no journal: no migration was generated yet".into(), "run `cargo xtask db-generate`")
        } else {
            (
                format!("the journal is missing, but there are {sql} SQL files"),
                "restore it with `git restore`: without it nobody knows which files to apply in which order",
            )
        };
        self.problem(Problem::error("journal-missing", message).at(Place::file(file)).hint(hint));
    }

    fn migration(&mut self, entry: &Entry, in_journal: Option<&Place>) -> Option<Migration> {
        let name = entry.tag.file_name();
        let file = self.folder.dir.join(&name);
        match self.files.get(&name) {
            Some(kind) if kind.is_file() => {}
            Some(kind) if kind.is_symlink() => {
                self.problem(symlink(&file));
                return None;
            }
            other => {
                let what = if other.is_some() { "is not a file" } else { "is missing" };
                let message = format!("`{}` of migration `{}` {what}", file.display(), entry.tag);
                let hint = "restore it with `git restore`; if the migration was never merged or applied anywhere, \
                            its entry may be removed instead";
                let place = in_journal.cloned().unwrap_or_else(|| Place::file(&file));
                self.problem(Problem::error("migration-missing", message).at(place).hint(hint));
                return None;
            }
        }
        let bytes = match fs::read(self.folder.root.join(&file)) {
            Ok(bytes) => bytes,
            Err(error) => {
                self.problem(unreadable(&file, &error));
                return None;
            }
        };
        let Ok(text) = str::from_utf8(&bytes) else {
            self.problem(not_utf8(&file, &bytes));
            return None;
        };
        let text = checksum::lf(text).into_owned();
        let migration = match own_side(entry, &text) {
            Some(side) => {
                self.problem(same_name(entry, &file, &text));
                Migration::new(entry.clone(), file, side.clone().as_bytes(), side)
            }
            None => Migration::new(entry.clone(), file, &bytes, text),
        };
        self.loaded.problems.extend(hash_problem(&migration));
        self.loaded.problems.extend(migration.problems());
        Some(migration)
    }

    fn orphans(&mut self, journal: &Journal) {
        let known: BTreeSet<_> = journal.entries.iter().map(|entry| entry.tag.file_name()).collect();
        for name in self.files.keys().filter(|name| is_sql(name) && !known.contains(*name)) {
            let file = self.folder.dir.join(name);
            let message = format!("`{}` is in no entry of the journal: it is never applied", file.display());
            let hint = "remove it, or restore its entry with `git restore`; a migration to write by hand begins with \
                        `cargo xtask db-generate --custom NAME`";
            self.loaded.problems.push(Problem::error("orphan", message).at(Place::file(file)).hint(hint));
        }
    }
}

/// The side of git's conflict in a file that is the text of this entry.
fn own_side(entry: &Entry, text: &str) -> Option<String> {
    let sealed = entry.hash.sealed()?;
    sides(text)?.into_iter().find(|side| Checksum::of(side) == sealed)
}

/// Two branches gave a migration the same name, and git made one file of both.
fn same_name(entry: &Entry, file: &Path, text: &str) -> Problem {
    let message = format!("two branches each have a migration `{}`, and its file holds both", entry.tag);
    let hint = "run `cargo xtask db-generate`: it gives the one that is not merged another number and a file of its own";
    let at = text.find("<<<<<<<").unwrap_or(0);
    Problem::error("migration-conflict", message).at(Place::of_offset(file, text, at)).hint(hint)
}

/// What the journal's hash says against the file.
fn hash_problem(migration: &Migration) -> Option<Problem> {
    let tag = &migration.entry.tag;
    let (file, problem) = (migration.file.display(), Place::file(&migration.file));
    let problem = |code, message: String| Problem::error(code, message).at(problem);
    match migration.entry.hash {
        Hash::Absent => None,
        Hash::Unsealed => {
            let hint = "run `cargo xtask db-generate` when it is written: that proves and seals it";
            let message = format!("migration `{tag}` is unsealed: it was never proved");
            Some(problem("unsealed", message).hint(hint))
        }
        Hash::Sealed(sealed) if sealed == migration.checksums.lf => None,
        Hash::Sealed(sealed) => {
            let sums = format!("journal {}…, file {}…", sealed.short(), migration.checksums.lf.short());
            let hint = format!(
                "restore it with `git restore {file}` and put the change in a new migration; if it is neither merged \
                 nor applied anywhere, `cargo xtask db-generate` proves and seals it again"
            );
            let message = format!("migration `{tag}` was edited after it was sealed");
            Some(problem("checksum-mismatch", message).detail(sums).hint(hint))
        }
    }
}

/// Editors' and systems' hidden files are nobody's migrations.
fn is_sql(name: &str) -> bool {
    !name.starts_with('.') && Path::new(name).extension().is_some_and(|end| end.eq_ignore_ascii_case("sql"))
}

fn unreadable(file: &Path, error: &io::Error) -> Problem {
    let message = format!("failed to read `{}`: {error}", file.display());
    Problem::error("unreadable", message).at(Place::file(file)).hint("check the file's permissions")
}

fn symlink(file: &Path) -> Problem {
    let message = format!("`{}` is a symbolic link", file.display());
    Problem::error("symlink", message)
        .at(Place::file(file))
        .hint("replace it with the file that it points to: what is committed must be what is applied")
}

/// At the first byte that is not UTF-8.
fn not_utf8(file: &Path, bytes: &[u8]) -> Problem {
    let valid = str::from_utf8(bytes).map_or_else(|error| error.valid_up_to(), str::len);
    let before = String::from_utf8_lossy(&bytes[..valid]);
    Problem::error("not-utf-8", format!("`{}` is not UTF-8", file.display()))
        .at(Place::of_offset(file, &before, valid))
        .hint("save it as UTF-8")
}
