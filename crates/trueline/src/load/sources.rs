//! The files of `schema/`: reading them, and their checksum.
//!
//! Never looks at what the SQL says, but for whether there is any. Next: [`super::item`].

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use trueline_journal::{Place, Problem, statement};

/// One file of SQL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Relative to the workspace's root.
    pub path: PathBuf,
    /// Its text, without a byte order mark and with `\n` as line ends.
    pub text: String,
}

/// The files of a folder of SQL, sorted by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// Sorted by path, so that everybody loads them in the same order.
    pub files: Vec<Source>,
}

impl Source {
    /// Reads the file at `path`, which is relative to `root`.
    pub fn read(root: &Path, path: &Path) -> Result<Self, Vec<Problem>> {
        let bytes = fs::read(root.join(path)).map_err(|err| vec![unreadable(path, &err)])?;
        let text = String::from_utf8(bytes).map_err(|err| {
            let valid = &err.as_bytes()[..err.utf8_error().valid_up_to()];
            let place = Place::of_offset(path, &String::from_utf8_lossy(valid), valid.len());
            let message = format!("`{}` is not UTF-8", path.display());
            vec![Problem::error("schema-encoding", message).at(place).hint("save the file as UTF-8")]
        })?;
        if let Some(at) = text.find('\0') {
            let message = format!("`{}` has a zero byte, which PostgreSQL cannot read", path.display());
            let place = Place::of_offset(path, &text, at);
            let hint = "save the file as UTF-8 text";
            return Err(vec![Problem::error("schema-encoding", message).at(place).hint(hint)]);
        }
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
        Ok(Self { path: path.to_path_buf(), text })
    }
}

impl Sources {
    /// Reads `**/*.sql` under `dir`, which is relative to `root`. Symbolic links are followed;
    /// names that begin with a dot are not read (editors keep their own files there).
    ///
    /// All that is wrong is reported at once: a folder that is missing or holds no statement, files
    /// that cannot be read or are not UTF-8, links that lead back to a folder above them.
    pub fn read(root: &Path, dir: &Path) -> Result<Self, Vec<Problem>> {
        let shown = dir.display();
        if !root.join(dir).is_dir() {
            return Err(vec![
                Problem::error("schema-missing", format!("there is no folder `{shown}`"))
                    .at(Place::file(dir))
                    .hint(format!(
                        "create `{shown}` and describe the database in it, or run `cargo xtask db-pull`"
                    )),
            ]);
        }
        let mut paths = Vec::new();
        let mut problems = Vec::new();
        walk(root, dir, &mut Vec::new(), &mut paths, &mut problems);
        paths.sort();
        let mut files = Vec::new();
        for path in &paths {
            match Source::read(root, path) {
                Ok(source) => files.push(source),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() && files.iter().all(|file| statement::split(&file.text).is_empty()) {
            problems.push(
                Problem::error("schema-empty", format!("no file in `{shown}` holds an SQL statement"))
                    .at(Place::file(dir))
                    .hint(format!("describe the database in `{shown}/*.sql`, or run `cargo xtask db-pull`")),
            );
        }
        if problems.is_empty() { Ok(Self { files }) } else { Err(problems) }
    }

    /// The lower-case hex SHA-256 over all paths and texts: equal when, and only when, the same
    /// files say the same.
    pub fn checksum(&self) -> String {
        let mut hash = Sha256::new();
        for Source { path, text } in &self.files {
            for part in path.components() {
                hash.update(part.as_os_str().as_encoded_bytes());
                hash.update(b"/");
            }
            hash.update(b"\0");
            hash.update(text);
            hash.update(b"\0");
        }
        hash.finalize().iter().fold(String::new(), |mut hex, byte| {
            // Writing to a string cannot fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// Collects the SQL files under `dir`; `above` holds the real paths of the folders that lead here.
fn walk(
    root: &Path,
    dir: &Path,
    above: &mut Vec<PathBuf>,
    found: &mut Vec<PathBuf>,
    problems: &mut Vec<Problem>,
) {
    let real = match root.join(dir).canonicalize() {
        Ok(real) => real,
        Err(err) => return problems.push(unreadable(dir, &err)),
    };
    if above.contains(&real) {
        let message = format!("the link `{}` leads back to a folder that it is in", dir.display());
        return problems
            .push(Problem::error("schema-unreadable", message).at(Place::file(dir)).hint("remove the link"));
    }
    let mut entries = match fs::read_dir(&real).and_then(Iterator::collect::<Result<Vec<_>, _>>) {
        Ok(entries) => entries,
        Err(err) => return problems.push(unreadable(dir, &err)),
    };
    // So that problems come in the same order everywhere.
    entries.sort_by_key(fs::DirEntry::file_name);
    above.push(real);
    for entry in entries {
        let name = entry.file_name();
        if name.as_encoded_bytes().starts_with(b".") {
            continue;
        }
        let path = dir.join(&name);
        let is_sql = path.extension() == Some(OsStr::new("sql"));
        match fs::metadata(root.join(&path)) {
            Ok(metadata) if metadata.is_dir() => walk(root, &path, above, found, problems),
            Ok(_) if is_sql => found.push(path),
            Err(err) if is_sql => problems.push(unreadable(&path, &err)),
            Ok(_) | Err(_) => {}
        }
    }
    above.pop();
}

fn unreadable(path: &Path, err: &std::io::Error) -> Problem {
    Problem::error("schema-unreadable", format!("failed to read `{}`: {err}", path.display()))
        .at(Place::file(path))
}
