//! `hooks` and the pre-commit hook, with real commits.

use crate::support::{Workspace, git_is_here, journal};

const EDITED: &str = "CREATE TABLE t (id bigint PRIMARY KEY);\n";

#[test]
fn a_commit_of_an_edited_migration_is_stopped() {
    if !git_is_here() {
        return;
    }
    for below in ["", "sub/work space"] {
        let workspace = Workspace::new(below);
        let (status, out, _) = workspace.xtask(&["hooks"]);
        assert_eq!(status, 0);
        assert!(out.starts_with("✅ git runs the hooks in .githooks/"), "{out}");

        workspace.write("migrations/0000_t.sql", EDITED);
        let output = workspace.try_run("git", ["commit", "-q", "-a", "-m", "edit"]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success() && said.contains("at migrations/0000_t.sql"), "{said}");
        assert!(
            said.ends_with("the commit was stopped: what is staged is not valid (see above)\n"),
            "{said}"
        );

        workspace.write("migrations/meta/_journal.json", &journal(EDITED));
        workspace.git(["commit", "-q", "-a", "-m", "edit, sealed again"]);
        assert_eq!(workspace.git(["log", "--format=%s"]), "edit, sealed again\nstart\n");
    }
}

#[test]
fn what_is_staged_counts_not_what_lies_in_the_working_tree() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    workspace.xtask(&["hooks"]);
    // The fault is staged and then undone in the working tree only.
    let sound = std::fs::read_to_string(workspace.root.join("migrations/0000_t.sql")).unwrap();
    workspace.write("migrations/0000_t.sql", EDITED);
    workspace.git(["add", "migrations"]);
    workspace.write("migrations/0000_t.sql", &sound);
    assert!(!workspace.try_run("git", ["commit", "-q", "-m", "x"]).status.success());
    // The other way round: the fault is in the working tree only.
    workspace.git(["add", "migrations"]);
    workspace.write("schema/u.sql", "CREATE TABLE u (id integer);\n");
    workspace.git(["add", "schema"]);
    workspace.write("migrations/0000_t.sql", EDITED);
    workspace.git(["commit", "-q", "-m", "x"]);
}

#[test]
fn a_commit_of_other_files_starts_nothing() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    workspace.xtask(&["hooks"]);
    workspace.write("migrations/0000_t.sql", EDITED);
    workspace.write("notes.txt", "x");
    workspace.git(["add", "notes.txt"]);
    let output = workspace.try_run("git", ["commit", "-q", "-m", "notes"]);
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn another_tools_hooks_are_left_alone() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    workspace.git(["config", "core.hooksPath", ".husky"]);
    let (status, out, said) = workspace.xtask(&["hooks"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.starts_with("error: git's `core.hooksPath` is `.husky` already\n\nhint: "), "{said}");
    assert_eq!(workspace.git(["config", "core.hooksPath"]), ".husky\n");
    workspace.git(["config", "core.hooksPath", ".githooks"]);
    assert_eq!(workspace.xtask(&["hooks"]).0, 0, "set already");
}
