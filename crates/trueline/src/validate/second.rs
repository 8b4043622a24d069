//! A second migrations folder: two of them mean that nobody knows which one the database follows.

use std::fs;
use std::path::{Path, PathBuf};

use trueline_journal::{Folder, Place, Problem};

use super::git::{self, Question};
use super::shown;

const JOURNAL: &str = "meta/_journal.json";

/// Looking for journals: in git's index, or in a workspace without git in the folders themselves.
pub(super) struct Search {
    root: PathBuf,
    tracked: Question,
}

impl Search {
    pub fn start(root: &Path) -> Self {
        let tracked = git::ask(root, ["ls-files", "-z", "--", ":(glob)**/meta/_journal.json"]);
        Self { root: root.to_path_buf(), tracked }
    }

    pub fn finish(self, own: &Folder) -> Vec<Problem> {
        let mut journals: Vec<PathBuf> = match self.tracked.answer() {
            // What is tracked may be deleted by now: then it is being cleaned up.
            Some(paths) => paths
                .split_terminator('\0')
                .map(PathBuf::from)
                .filter(|path| self.root.join(path).is_file())
                .collect(),
            None => walk(&self.root),
        };
        journals.sort();
        let own = own.journal_file();
        journals.into_iter().filter(|path| *path != own).map(|path| problem(&path, &own)).collect()
    }
}

fn problem(second: &Path, own: &Path) -> Problem {
    let folder = |journal: &Path| shown(journal.ancestors().nth(2).unwrap_or(journal));
    let message = format!(
        "`{}` is a second migrations folder; `{}` is the one that is applied",
        folder(second),
        folder(own)
    );
    let hint = format!(
        "remove one of them (`git rm -r {}`), or point `migrations` under `[workspace.metadata.trueline]` at the right one",
        folder(second)
    );
    Problem::error("second-folder", message).at(Place::file(second)).hint(hint)
}

/// All journals below `root`, but for what is built, downloaded or hidden.
fn walk(root: &Path) -> Vec<PathBuf> {
    let mut journals = Vec::new();
    let mut dirs = vec![PathBuf::new()];
    while let Some(dir) = dirs.pop() {
        if root.join(&dir).join(JOURNAL).is_file() {
            journals.push(dir.join(JOURNAL));
        }
        for entry in fs::read_dir(root.join(&dir)).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let skipped =
                name == "target" || name == "node_modules" || name.as_encoded_bytes().starts_with(b".");
            if !skipped && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                dirs.push(dir.join(name));
            }
        }
    }
    journals
}
