use std::process::Command;

use trueline_journal::folder::{Change, Draft};
use trueline_journal::{Entry, Journal, Tag};

use super::*;

#[path = "../../../trueline-driver/tests/it/programs.rs"]
mod programs;

struct Workspace {
    repository: tempfile::TempDir,
    root: PathBuf,
    folder: Folder,
}

impl Workspace {
    /// One sealed migration, a schema, and the snapshot that belongs to both.
    fn new() -> Self {
        Self::below("")
    }

    /// In this directory of the repository.
    fn below(directory: &str) -> Self {
        let repository = tempfile::tempdir().unwrap();
        let root = repository.path().join(directory);
        let folder = Folder::new(&root, "migrations".as_ref());
        let workspace = Self { repository, root, folder };
        workspace.write("schema/a.sql", "create table a ();\n");
        workspace.generate("create table if not exists a ();\n");
        workspace
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn schema(&self) -> Checksum {
        Checksum::of(&fs::read_to_string(self.root.join("schema/a.sql")).unwrap())
    }

    /// What `db-generate` does, with this migration.
    fn generate(&self, sql: &str) {
        let lock = self.folder.lock(|_| {}).unwrap();
        let contents = self.folder.read().unwrap();
        let (idx, when) = (contents.journal.next_idx(), contents.journal.next_when(1));
        let draft = Draft { tag: Tag::numbered(idx, "x").unwrap(), when, sql: sql.into(), sealed: true };
        self.folder.commit(&lock, &Change::of(&contents).append(draft)).unwrap();
        self.snapshot(1);
    }

    fn snapshot(&self, format: u32) {
        let head = self.folder.read().unwrap().head();
        let text = format!(
            "{{\n\"format\": {format},\n\"server_major\": 15,\n\"schema_checksum\": \"{}\",\n\"journal_head\": \"{head}\",\n",
            self.schema()
        );
        self.write("migrations/meta/_snapshot.json", &(text + "\"catalog\": []\n}\n"));
    }

    fn validate(&self) -> Vec<Problem> {
        validate(&Input {
            root: self.root.clone(),
            schema_dir: "schema".into(),
            migrations_dir: "migrations".into(),
            schema_checksum: Some(self.schema()),
            snapshot_format: 1,
        })
    }

    fn found(&self) -> Vec<(Severity, &'static str, String)> {
        let problems = self.validate();
        assert!(
            problems.iter().all(|problem| problem.hint.is_some()),
            "each says how to fix it: {problems:#?}"
        );
        let place = |problem: &Problem| problem.place.as_ref().unwrap().to_string();
        problems.iter().map(|problem| (problem.severity, problem.code, place(problem))).collect()
    }

    fn git(&self, args: &[&str]) {
        let config = ["-c", "user.name=t", "-c", "user.email=t@localhost", "-c", "commit.gpgsign=false"];
        let output = Command::new("git")
            .arg("-C")
            .arg(self.repository.path())
            .args(config)
            .args(args)
            .output()
            .unwrap();
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// All of it committed, and on the default branch of a remote.
    fn merged(&self) {
        self.git(&["init", "--quiet"]);
        self.commit();
        self.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        self.git(&["symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"]);
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", "x"]);
    }
}

fn expect(expected: &[(Severity, &'static str, &str)]) -> Vec<(Severity, &'static str, String)> {
    expected.iter().map(|(severity, code, place)| (*severity, *code, (*place).to_owned())).collect()
}

use Severity::{Error, Note, Warning};

#[test]
fn a_whole_workspace_has_no_problems() {
    if programs::present(programs::find("git")).is_none() {
        return;
    }
    let workspace = Workspace::new();
    assert_eq!(workspace.found(), []);
    workspace.merged();
    assert_eq!(workspace.found(), []);
}

#[test]
fn a_schema_without_its_migration_is_an_error() {
    let workspace = Workspace::new();
    workspace.write("schema/a.sql", "create table a ();\ncreate tabel b ();\n");
    let found = workspace.found();
    assert_eq!(found[0], (Error, "schema-not-generated", "schema".into()));
    assert_eq!(found[1].0, Warning);
    assert_eq!((found[1].1, found[1].2.starts_with("schema/a.sql:2:")), ("syntax", true), "{found:?}");
}

#[test]
fn the_snapshot_belongs_to_the_journal() {
    let snapshot = "migrations/meta/_snapshot.json";
    let workspace = Workspace::new();
    workspace.generate("select 1;\n");
    let newer = fs::read_to_string(workspace.folder.snapshot_path()).unwrap();
    workspace.snapshot(0);
    assert_eq!(workspace.found(), expect(&[(Warning, "snapshot-stale", snapshot)]));
    workspace.snapshot(2);
    assert_eq!(workspace.found(), expect(&[(Error, "snapshot-newer", snapshot)]));
    fs::remove_file(workspace.folder.snapshot_path()).unwrap();
    assert_eq!(workspace.found(), expect(&[(Warning, "snapshot-missing", snapshot)]));
    workspace.write(snapshot, "{\n<<<<<<< HEAD\n");
    assert_eq!(workspace.found(), expect(&[(Error, "snapshot-broken", snapshot)]));
    workspace.generate("select 2;\n");
    workspace.write(snapshot, &newer);
    assert_eq!(workspace.found(), expect(&[(Error, "snapshot-stale", snapshot)]));
}

#[test]
fn no_journal_is_an_error_and_says_what_to_run() {
    let workspace = Workspace::new();
    fs::remove_dir_all(workspace.folder.path()).unwrap();
    assert_eq!(workspace.found(), expect(&[(Error, "journal-missing", "migrations/meta/_journal.json")]));
    assert!(workspace.validate()[0].hint.as_ref().unwrap().contains("db-generate"));
}

#[test]
fn a_second_folder_is_found_with_and_without_git() {
    if programs::present(programs::find("git")).is_none() {
        return;
    }
    let workspace = Workspace::new();
    for journal in
        ["old/db/meta/_journal.json", "target/x/meta/_journal.json", "node_modules/x/meta/_journal.json"]
    {
        workspace.write(journal, "{}");
    }
    let second = expect(&[(Error, "second-folder", "old/db/meta/_journal.json")]);
    assert_eq!(workspace.found(), second);
    workspace.write(".gitignore", "target\nnode_modules\n");
    workspace.git(&["init", "--quiet"]);
    assert_eq!(workspace.found(), [], "not tracked");
    workspace.commit();
    assert_eq!(workspace.found(), second);
    fs::remove_dir_all(workspace.root.join("old")).unwrap();
    assert_eq!(workspace.found(), []);
}

#[test]
fn what_is_merged_may_not_change() {
    if programs::present(programs::find("git")).is_none() {
        return;
    }
    let workspace = Workspace::new();
    workspace.generate("create table if not exists b ();\n");
    workspace.merged();
    let sql = "migrations/0001_x.sql";
    workspace.write(sql, "create table if not exists c ();\n");
    assert_eq!(workspace.found(), expect(&[(Error, "checksum-mismatch", sql)]));
    let hint = workspace.validate()[0].hint.clone().unwrap();
    assert!(hint.contains("git restore --source") && !hint.contains("seals"), "one way out only: {hint}");

    // Re-sealed, later and in another place.
    let (mut journal, _) =
        Journal::parse(&fs::read_to_string(workspace.folder.journal_path()).unwrap(), "j".as_ref()).unwrap();
    journal.entries[1].hash = Hash::Sealed(Checksum::of("create table if not exists c ();\n"));
    journal.entries[1].when += 1;
    workspace.write("migrations/meta/_journal.json", &journal.to_json());
    workspace.snapshot(1);
    assert_eq!(workspace.found(), expect(&[(Error, "fixed-changed", "migrations/meta/_journal.json:6:5")]));
    let message = &workspace.validate()[0].message;
    assert!(message.contains("its text, `when` (2 then, 3 now)"), "{message}");
    journal.entries.pop();
    workspace.write("migrations/meta/_journal.json", &journal.to_json());
    fs::remove_file(workspace.root.join(sql)).unwrap();
    workspace.snapshot(1);
    assert_eq!(workspace.found(), expect(&[(Error, "fixed-removed", "migrations/meta/_journal.json")]));
}

#[test]
fn the_workspace_may_lie_below_the_repository() {
    if programs::present(programs::find("git")).is_none() {
        return;
    }
    let workspace = Workspace::below("backend");
    workspace.merged();
    workspace.generate("select 1;\n");
    assert_eq!(workspace.found(), [], "what is not merged may come");
    let journal = fs::read_to_string(workspace.folder.journal_path()).unwrap();
    workspace.write("migrations/meta/_journal.json", &journal.replace("\"when\":1,", "\"when\":0,"));
    assert_eq!(workspace.found(), expect(&[(Error, "fixed-changed", "migrations/meta/_journal.json:5:5")]));
}

#[test]
fn drizzle_files_that_are_merged_are_held_to_their_text() {
    if programs::present(programs::find("git")).is_none() {
        return;
    }
    let workspace = Workspace::new();
    let mut journal = Journal::default();
    journal.entries.push(Entry::new(0, 1, "0000_x".parse().unwrap(), Hash::Absent));
    workspace.write("migrations/meta/_journal.json", &journal.to_json());
    fs::remove_file(workspace.folder.snapshot_path()).unwrap();
    workspace.merged();
    let missing = (Warning, "snapshot-missing", "migrations/meta/_snapshot.json");
    assert_eq!(workspace.found(), expect(&[missing]));
    workspace.write("migrations/0000_x.sql", "create table if not exists edited ();\n");
    let changed = (Error, "fixed-changed", "migrations/meta/_journal.json:5:5");
    assert_eq!(workspace.found(), expect(&[changed, missing]));
    workspace.write("migrations/0000_x.sql", "create table if not exists a ();\n");
    workspace.generate("create table if not exists b ();\n");
    assert_eq!(workspace.found(), [], "that drizzle's entries get their checksums is no change");
}

#[test]
fn only_what_can_still_change_is_linted() {
    if programs::present(programs::find("git")).is_none() {
        return;
    }
    let workspace = Workspace::new();
    workspace.generate("create table b ();\nvacuum;\n");
    let notes = [
        (Note, "not-idempotent", "migrations/0001_x.sql:1:1"),
        (Note, "not-transactional", "migrations/0001_x.sql:2:1"),
    ];
    assert_eq!(workspace.found(), expect(&notes));
    workspace.generate("create index concurrently i on b (x);\n");
    let found = workspace.found();
    assert_eq!(found[0], (Warning, "not-idempotent", "migrations/0002_x.sql:1:1".into()));
    workspace.merged();
    assert_eq!(workspace.found(), []);
    for number in 3..8 {
        workspace.generate(&format!("create table t{number} ();\n"));
    }
    let problems = workspace.validate();
    assert_eq!(problems.len(), 1, "many notes are one");
    assert_eq!(problems[0].details, ["the same holds for 4 more migrations, from migrations/0003_x.sql:1:1"]);
}

#[test]
fn all_problems_are_found_in_one_run() {
    let workspace = Workspace::new();
    workspace.generate("create table if not exists b ();\n");
    workspace.write("migrations/0000_x.sql", "create tabel a ();\n");
    workspace.write("migrations/0001_x.sql", "begin;\n");
    workspace.write("migrations/9999_z.sql", "select 1;");
    workspace.write("schema/a.sql", "create table other ();\n");
    workspace.write("old/meta/_journal.json", "{}");
    let mut codes: Vec<_> = workspace.found().into_iter().map(|(_, code, _)| code).collect();
    codes.dedup();
    assert_eq!(
        codes,
        [
            "checksum-mismatch",
            "migration-transaction",
            "orphan",
            "second-folder",
            "schema-not-generated",
            "syntax",
            "not-idempotent",
        ]
    );
}
