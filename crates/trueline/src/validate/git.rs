//! Asking git, where there is one.
//!
//! A missing git, repository or ref is no fault: then there is no answer.

use std::path::Path;
use std::process::{Child, Command, Stdio};

/// A question that git is working on while we read files.
pub(crate) struct Question(Option<Child>);

/// Starts `git ARGS` in `root`.
pub(crate) fn ask<'a>(root: &Path, args: impl IntoIterator<Item = &'a str>) -> Question {
    let mut git = Command::new("git");
    // A hook sets these for the repository's own root; paths here are the workspace's.
    git.env_remove("GIT_DIR").env_remove("GIT_WORK_TREE").env_remove("GIT_INDEX_FILE");
    git.arg("-C").arg(root).args(args);
    git.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    Question(git.spawn().ok())
}

impl Question {
    /// What it printed, if it succeeded.
    pub fn answer(self) -> Option<String> {
        let output = self.0?.wait_with_output().ok()?;
        output.status.success().then(|| String::from_utf8(output.stdout).ok()).flatten()
    }
}
