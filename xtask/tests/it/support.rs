//! A workspace in a git repository, and the programs run in it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;
use trueline::trueline_journal::Checksum;

/// The workspace that this test belongs to.
pub const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A workspace with a schema, a migration and a journal; removed when dropped.
pub struct Workspace {
    directory: TempDir,
    /// Its root: the repository's, or a directory below.
    pub root: PathBuf,
}

impl Workspace {
    /// In `below` of a new repository, with everything committed.
    pub fn new(below: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join(below);
        let workspace = Self { directory, root };
        let sql = "CREATE TABLE t (id integer PRIMARY KEY);\n";
        workspace.write("Cargo.toml", "[workspace]\n");
        workspace.write("schema/t.sql", sql);
        workspace.write("migrations/0000_t.sql", sql);
        workspace.write("migrations/meta/_journal.json", &journal(sql));
        let hook = std::fs::read_to_string(format!("{HERE}/.githooks/pre-commit")).unwrap();
        workspace.write(".githooks/pre-commit", &hook);
        workspace.run("chmod", ["+x", ".githooks/pre-commit"]);
        workspace.git(["init", "-q", "-b", "main"]);
        workspace.git(["config", "user.name", "n"]);
        workspace.git(["config", "user.email", "e@example.invalid"]);
        workspace.git(["add", "."]);
        workspace.git(["commit", "-q", "-m", "start"]);
        workspace
    }

    /// Writes a file of the workspace.
    pub fn write(&self, file: &str, text: &str) {
        let file = self.root.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Runs a program in the root, with a `cargo` in its path that starts the tasks without building.
    pub fn try_run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, program: &str, args: I) -> Output {
        let bin = self.directory.path().join(".bin");
        let cargo = bin.join("cargo");
        if !cargo.exists() {
            std::fs::create_dir_all(&bin).unwrap();
            let script = format!("#!/bin/sh\nshift\nexec '{}' \"$@\"\n", env!("CARGO_BIN_EXE_xtask"));
            std::fs::write(&cargo, script).unwrap();
            make_executable(&cargo);
        }
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.root).env("PATH", format!("{}:{path}", bin.display()));
        for variable in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE", "DATABASE_URL", "GITHUB_WORKSPACE"] {
            command.env_remove(variable);
        }
        command.output().unwrap()
    }

    /// Like [`Workspace::try_run`], and it must succeed.
    pub fn run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, program: &str, args: I) -> String {
        let output = self.try_run(program, args);
        assert!(output.status.success(), "{program}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// Runs git, which must succeed.
    pub fn git<I: IntoIterator<Item: AsRef<OsStr>>>(&self, args: I) -> String {
        self.run("git", args)
    }

    /// Runs `cargo xtask`; the exit status, stdout and stderr.
    pub fn xtask(&self, args: &[&str]) -> (i32, String, String) {
        let output = self.try_run(env!("CARGO_BIN_EXE_xtask"), args);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

fn make_executable(file: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
}

/// A journal with the one migration `0000_t`, whose text is `sql`.
pub fn journal(sql: &str) -> String {
    let hash = Checksum::of(sql);
    format!(
        r#"{{
  "version": "7",
  "dialect": "postgresql",
  "entries": [
    {{"idx":0,"version":"7","when":1,"tag":"0000_t","breakpoints":true,"hash":"{hash}"}}
  ]
}}
"#
    )
}
