//! A workspace in a git repository, and the programs run in it.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use tempfile::TempDir;
use trueline::trueline_journal::Checksum;

use crate::{programs, run};

/// The workspace that this test belongs to.
pub const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// What a program of a test must not take from the shell that the tests were started in.
const FOREIGN: [&str; 8] = [
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_WORK_TREE",
    "DATABASE_URL",
    "GITHUB_WORKSPACE",
    "GITHUB_EVENT_NAME",
    "TRUELINE_SHADOW_URL",
    "NO_COLOR",
];

/// Whether git is here; else that is said, and the test is over.
pub fn git_is_here() -> bool {
    programs::present(programs::find("git")).is_some()
}

/// What a program did: exit status, stdout and stderr.
pub type Said = (i32, String, String);

/// A workspace, with a development server of its own that is stopped when this is dropped.
pub struct Workspace {
    directory: TempDir,
    /// Its root: the repository's, or a directory below.
    pub root: PathBuf,
    /// Where its development server's data is.
    pub data: PathBuf,
    /// The environment of the programs run in it.
    environment: Vec<(String, String)>,
}

impl Workspace {
    /// With these files and no repository; `Cargo.toml` is there unless it is one of them.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("");
        let data = run::directory().join("data").join(run::unique("w"));
        std::fs::create_dir_all(data.parent().unwrap()).unwrap();
        let mut workspace = Self { directory, root, data, environment: Vec::new() };
        workspace.write("Cargo.toml", "[workspace]\n");
        for (file, text) in files {
            workspace.write(file, text);
        }
        workspace.set("TRUELINE_CACHE_DIR", run::directory().join("cache").to_str().unwrap());
        workspace.set("TRUELINE_DATA_DIR", workspace.data.to_str().unwrap().to_owned().as_str());
        workspace
    }

    /// With a copy of this repository's schema, migrations and settings.
    pub fn of_this_repository() -> Self {
        let workspace = Self::with(&[]);
        let manifest = read(&Path::new(HERE).join("Cargo.toml"));
        workspace.write("Cargo.toml", &manifest);
        for folder in ["schema", "migrations", "migrations/meta"] {
            for entry in std::fs::read_dir(Path::new(HERE).join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    workspace.write(&format!("{folder}/{name}"), &read(&path));
                }
            }
        }
        workspace
    }

    /// Sets a variable for every program run here from now on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(other, _)| other != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// In `below` of a new repository, with everything committed.
    pub fn new(below: &str) -> Self {
        let mut workspace = Self::with(&[]);
        if !below.is_empty() {
            std::fs::remove_file(workspace.root.join("Cargo.toml")).unwrap();
            workspace.root = workspace.root.join(below);
        }
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

    /// A variable that was set.
    pub fn variable(&self, name: &str) -> String {
        self.environment.iter().find(|(other, _)| other == name).unwrap().1.clone()
    }

    /// Writes a file of the workspace.
    pub fn write(&self, file: &str, text: &str) {
        let file = self.root.join(file);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }

    /// Runs a program in the root, with a `cargo` in its path that starts the tasks without building.
    pub fn try_run<I: IntoIterator<Item: AsRef<OsStr>>>(&self, program: &str, args: I) -> Output {
        self.command(program, args).output().unwrap()
    }

    /// The command that [`Workspace::try_run`] runs.
    pub fn command<I: IntoIterator<Item: AsRef<OsStr>>>(&self, program: &str, args: I) -> Command {
        let bin = self.directory.path().join(".bin");
        let cargo = bin.join("cargo");
        if !cargo.exists() {
            std::fs::create_dir_all(&bin).unwrap();
            // `cargo xtask TASK`, and `cargo run … -- TASK` with which another workspace is served.
            let script = format!(
                "#!/bin/sh\nif [ \"$1\" = run ]; then while [ \"$1\" != -- ]; do shift; done; fi\nshift\nexec '{}' \"$@\"\n",
                env!("CARGO_BIN_EXE_xtask")
            );
            std::fs::write(&cargo, script).unwrap();
            make_executable(&cargo);
        }
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new(program);
        command.args(args).current_dir(&self.root).env("PATH", format!("{}:{path}", bin.display()));
        for variable in FOREIGN {
            command.env_remove(variable);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value))).stdin(Stdio::null());
        command
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
    pub fn xtask(&self, args: &[&str]) -> Said {
        said(self.try_run(env!("CARGO_BIN_EXE_xtask"), args))
    }

    /// Starts `cargo xtask` and does not wait for it; killed when dropped.
    pub fn start(&self, args: &[&str]) -> Running {
        let mut command = self.command(env!("CARGO_BIN_EXE_xtask"), args);
        Running(Some(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()))
    }

    /// Starts `db-gateway` in front of a database, and waits until it serves.
    pub fn gateway(&self, url: &str) -> Gateway {
        let mut running = self.start(&["db-gateway", url, "--listen", "127.0.0.1:0"]);
        let mut output = BufReader::new(running.0.as_mut().unwrap().stdout.take().unwrap());
        let mut settings = String::new();
        while output.read_line(&mut settings).unwrap() > 0 {
            if let Some((_, url)) = settings.trim_end().rsplit_once("DATABASE_URL=") {
                return Gateway { url: url.to_owned(), settings, output, running };
            }
        }
        panic!("{:?}", running.output())
    }

    /// Runs `cargo xtask`, which must succeed; its stdout.
    pub fn done(&self, args: &[&str]) -> String {
        let (status, out, err) = self.xtask(args);
        assert_eq!(status, 0, "{args:?}\n{out}\n{err}");
        out
    }

    /// The text of a file of the workspace.
    pub fn read(&self, file: &str) -> String {
        read(&self.root.join(file))
    }

    /// The names in a folder of the workspace, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.root.join(folder)) else { return Vec::new() };
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.unwrap().file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// The one migration with this number.
    pub fn migration(&self, number: u32) -> String {
        let prefix = format!("{number:04}_");
        let names = self.names("migrations");
        let name = names.iter().find(|name| name.starts_with(&prefix));
        self.read(&format!("migrations/{}", name.unwrap_or_else(|| panic!("no {prefix} in {names:?}"))))
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        if self.data.exists() {
            let _ =
                self.command(env!("CARGO_BIN_EXE_xtask"), ["db-stop"]).env_remove("DATABASE_URL").output();
        }
    }
}

/// A program that runs beside the test.
pub struct Running(Option<Child>);

impl Running {
    pub fn pid(&self) -> u32 {
        self.0.as_ref().unwrap().id()
    }

    /// Sends a signal by its name.
    pub fn signal(&self, name: &str) {
        // The shell's own: a program called `kill` is not everywhere.
        let line = format!("kill -{name} {}", self.pid());
        assert!(Command::new("sh").args(["-c", &line]).status().unwrap().success());
    }

    /// Has it ended?
    pub fn ended(&mut self) -> bool {
        self.0.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    /// Waits for its end.
    pub fn output(mut self) -> Output {
        self.0.take().unwrap().wait_with_output().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// A gateway that serves; killed when dropped.
pub struct Gateway {
    /// What it printed.
    pub settings: String,
    /// The database's URL, through it.
    pub url: String,
    output: BufReader<ChildStdout>,
    running: Running,
}

impl Gateway {
    /// Stops it as Ctrl-C does; the exit status, and what it printed since.
    pub fn interrupt(mut self) -> Said {
        self.running.signal("INT");
        let mut rest = String::new();
        self.output.read_to_string(&mut rest).unwrap();
        let (status, _, err) = said(self.running.output());
        (status, rest, err)
    }
}

/// What a program that ended by itself did.
pub fn said(output: Output) -> Said {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let status = output.status.code().unwrap_or_else(|| panic!("{output:?}"));
    (status, text(output.stdout), text(output.stderr))
}

fn read(file: &Path) -> String {
    std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
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
