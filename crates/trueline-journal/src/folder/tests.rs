use std::cell::Cell;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;

use super::write::Step;
use super::*;
use crate::{Entry, Hash, Tag};

struct Workspace {
    root: tempfile::TempDir,
    folder: Folder,
}

impl Workspace {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let folder = Folder::new(root.path(), "migrations".as_ref());
        Self { root, folder }
    }

    fn write(&self, file: &str, bytes: impl AsRef<[u8]>) {
        let path = self.root.path().join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// A folder of these migrations, each of `select N;`, sealed.
    fn with(count: u32) -> Self {
        let workspace = Self::new();
        for _ in 0..count {
            let lock = workspace.folder.lock(|_| {}).unwrap();
            let contents = workspace.folder.read().unwrap();
            let change =
                Change::of(&contents).append(draft(contents.journal.next_idx(), "x")).snapshot("{}".into());
            workspace.folder.commit(&lock, &change).unwrap();
        }
        workspace
    }

    fn problems(&self) -> Vec<(&'static str, String)> {
        let problems = self.folder.load().problems;
        problems.iter().map(|found| (found.code, found.place.as_ref().unwrap().to_string())).collect()
    }

    /// Every file below the folder with its text.
    fn files(&self) -> BTreeMap<PathBuf, String> {
        let mut files = BTreeMap::new();
        let mut dirs = vec![self.folder.path()];
        while let Some(dir) = dirs.pop() {
            for entry in fs::read_dir(dir).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    dirs.push(path);
                } else {
                    files.insert(path.clone(), fs::read_to_string(path).unwrap());
                }
            }
        }
        files
    }
}

fn draft(idx: u32, name: &str) -> Draft {
    let sql = format!("select {idx};\n");
    Draft { tag: Tag::numbered(idx, name).unwrap(), when: i64::from(idx) + 1, sql, sealed: true }
}

fn places(expected: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    expected.iter().map(|(code, place)| (*code, (*place).to_owned())).collect()
}

#[test]
fn a_new_workspace_is_an_empty_folder() {
    let workspace = Workspace::new();
    assert_eq!(workspace.problems(), places(&[("journal-missing", "migrations/meta/_journal.json")]));
    let contents = workspace.folder.read().unwrap();
    assert_eq!((contents.migrations.len(), contents.base), (0, None));
    assert_eq!(workspace.files(), BTreeMap::new(), "reading creates nothing");
    workspace.write("migrations/0000_a.sql", "select 1");
    assert!(workspace.folder.read().is_err(), "SQL files without a journal are no new workspace");
}

#[test]
fn what_was_written_reads_back() {
    let workspace = Workspace::with(2);
    let contents = workspace.folder.read().unwrap();
    assert_eq!(contents.warnings, []);
    let tags: Vec<_> = contents.migrations.iter().map(|migration| migration.entry.tag.to_string()).collect();
    assert_eq!(tags, ["0000_x", "0001_x"]);
    assert_eq!(contents.migrations[1].file, PathBuf::from("migrations/0001_x.sql"));
    assert_eq!(contents.migrations[1].text, "select 1;\n");
    assert_eq!(fs::read_to_string(workspace.folder.snapshot_path()).unwrap(), "{}");
    workspace.write("migrations/0001_x.sql", "select 1;\r\n");
    let crlf = workspace.folder.read().unwrap();
    assert_eq!(crlf.migrations[1].text, "select 1;\n", "a checkout with other line ends is the same");
    assert_eq!(crlf.head(), contents.head());
}

#[test]
fn every_fault_is_found_in_one_run() {
    let workspace = Workspace::with(6);
    workspace.write("migrations/0000_x.sql", "select 0; -- edited\n");
    fs::remove_file(workspace.root.path().join("migrations/0001_x.sql")).unwrap();
    workspace.write("migrations/0002_x.sql", b"select '\xff';");
    fs::remove_file(workspace.root.path().join("migrations/0003_x.sql")).unwrap();
    symlink("/etc/hostname", workspace.root.path().join("migrations/0003_x.sql")).unwrap();
    workspace.write("migrations/0004_x.sql", "select 4;\n begin;\n\\connect x\ncopy t from stdin;\n");
    workspace.write("migrations/0005_x.sql", "select '\0';");
    workspace.write("migrations/0009_y.sql", "select 9;\n");
    workspace.write("migrations/.hidden.sql", "");
    workspace.write("migrations/notes.md", "");
    let expected = places(&[
        ("checksum-mismatch", "migrations/0000_x.sql"),
        ("migration-missing", "migrations/meta/_journal.json:6:5"),
        ("not-utf-8", "migrations/0002_x.sql:1:9"),
        ("symlink", "migrations/0003_x.sql"),
        ("checksum-mismatch", "migrations/0004_x.sql"),
        ("migration-transaction", "migrations/0004_x.sql:2:2"),
        ("migration-meta-command", "migrations/0004_x.sql:3:1"),
        ("migration-copy", "migrations/0004_x.sql:4:1"),
        ("checksum-mismatch", "migrations/0005_x.sql"),
        ("migration-nul", "migrations/0005_x.sql:1:9"),
        ("orphan", "migrations/0009_y.sql"),
    ]);
    assert_eq!(workspace.problems(), expected);
    let problems = workspace.folder.read().unwrap_err();
    assert!(problems.iter().all(|problem| problem.hint.is_some()), "each says how to fix it");
}

#[test]
fn a_journal_that_cannot_be_used_is_explained() {
    let journal = "migrations/meta/_journal.json";
    let workspace = Workspace::with(1);
    workspace.write(journal, "{\"entries\": [");
    assert_eq!(workspace.problems()[0].0, "journal-broken");
    workspace.write(journal, "<<<<<<< HEAD\n=======\n>>>>>>> x\n");
    assert_eq!(workspace.problems(), places(&[("journal-conflict", "migrations/meta/_journal.json:1:1")]));
    workspace.write(journal, b"{\"\xff\"}");
    assert_eq!(workspace.problems(), places(&[("not-utf-8", "migrations/meta/_journal.json:1:3")]));
    fs::remove_file(workspace.folder.journal_path()).unwrap();
    symlink("/dev/zero", workspace.folder.journal_path()).unwrap();
    assert_eq!(workspace.problems(), places(&[("symlink", journal)]));
    let v1 = Workspace::new();
    v1.write("migrations/20250101000000_x/migration.sql", "");
    assert_eq!(v1.problems(), places(&[("drizzle-v1", "migrations/20250101000000_x/migration.sql")]));
    assert!(v1.folder.read().is_err());
}

#[test]
fn an_unsealed_migration_is_refused_until_it_is_sealed() {
    let workspace = Workspace::with(1);
    let lock = workspace.folder.lock(|_| {}).unwrap();
    let custom = Draft { sealed: false, ..draft(1, "custom") };
    let change = Change::of(&workspace.folder.read().unwrap()).append(custom);
    workspace.folder.commit(&lock, &change).unwrap();
    assert_eq!(workspace.problems(), places(&[("unsealed", "migrations/0001_custom.sql")]));
    workspace.write("migrations/0001_custom.sql", "select 'by hand';\n");
    let loaded = workspace.folder.load();
    let journal = loaded.journal.unwrap();
    let change = Change::with(loaded.base, journal, &loaded.migrations).seal(&loaded.migrations[1]);
    workspace.folder.commit(&lock, &change).unwrap();
    assert_eq!(workspace.folder.read().unwrap().migrations[1].text, "select 'by hand';\n");
}

#[test]
fn drizzle_entries_are_taken_as_they_are_and_adopted_when_something_is_written() {
    let workspace = Workspace::new();
    workspace.write("migrations/1747760252_a.sql", "select 1;\r\n");
    let mut journal = Journal::default();
    journal.entries.push(Entry::new(0, 5, "1747760252_a".parse().unwrap(), Hash::Absent));
    workspace.write("migrations/meta/_journal.json", journal.to_json());
    let contents = workspace.folder.read().unwrap();
    assert_eq!(contents.warnings.len(), 1, "the ten-digit prefix");
    let lock = workspace.folder.lock(|_| {}).unwrap();
    let next = Draft { when: contents.journal.next_when(3), ..draft(contents.journal.next_idx(), "b") };
    workspace.folder.commit(&lock, &Change::of(&contents).append(next)).unwrap();
    let after = workspace.folder.read().unwrap();
    assert_eq!(after.warnings.len(), 1, "still a warning, not an error");
    assert_eq!(after.migrations[0].entry.hash, Hash::Sealed(Checksum::of("select 1;\n")));
    assert!(after.migrations[0].entry.adopted && !after.migrations[1].entry.adopted);
    assert_eq!(after.migrations[1].entry.when, 6);
}

#[test]
fn nothing_of_the_users_is_overwritten() {
    let workspace = Workspace::with(1);
    let contents = workspace.folder.read().unwrap();
    let lock = workspace.folder.lock(|_| {}).unwrap();
    workspace.write("migrations/0001_x.sql", "mine");
    let change = Change::of(&contents).append(draft(1, "x"));
    assert!(matches!(workspace.folder.commit(&lock, &change), Err(FolderError::Exists(_))));
    fs::remove_file(workspace.root.path().join("migrations/0001_x.sql")).unwrap();
    workspace.write("migrations/meta/_journal.json", contents.journal.to_json() + "\n");
    assert!(matches!(workspace.folder.commit(&lock, &change), Err(FolderError::Changed(_))));
}

const SORTS: [&str; 4] = ["first", "next", "custom", "renumbered"];

/// A folder and a change of it, of one of the [`SORTS`].
fn change(sort: &str) -> (Workspace, Change) {
    let workspace = Workspace::with(match sort {
        "first" => 0,
        "custom" => 1,
        _ => 2,
    });
    let contents = workspace.folder.read().unwrap();
    let change = Change::of(&contents);
    let change = match sort {
        "custom" => return (workspace, change.append(Draft { sealed: false, ..draft(1, "custom") })),
        "renumbered" => {
            change.remove(&contents.migrations[1]).append(draft(1, "upstream")).append(draft(2, "x"))
        }
        _ => change.append(draft(contents.journal.next_idx(), "x")),
    };
    (workspace, change.snapshot("new".into()))
}

/// The writer is killed before its step number `steps`, or half-way through writing that file.
fn kill_after(workspace: &Workspace, change: &Change, steps: usize, half: bool) -> bool {
    fs::create_dir_all(workspace.folder.path().join("meta")).unwrap();
    let all = workspace.folder.steps(change).unwrap();
    for step in &all[..steps.min(all.len())] {
        workspace.folder.run(step).unwrap();
    }
    match all.get(steps) {
        Some(Step::Write(path, bytes)) if half => fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
        _ => {}
    }
    steps <= all.len()
}

#[test]
fn a_killed_writer_leaves_a_folder_that_is_whole_for_the_next_reader() {
    for sort in SORTS {
        let (before, after) = {
            let (workspace, change) = change(sort);
            let before = workspace.files().into_values().collect::<Vec<_>>();
            let lock = workspace.folder.lock(|_| {}).unwrap();
            workspace.folder.commit(&lock, &change).unwrap();
            (before, workspace.files().into_values().collect::<Vec<_>>())
        };
        assert_ne!(before, after);
        let (mut went_back, mut went_on) = (0, 0);
        for steps in 0.. {
            let mut alive = false;
            for half in [false, true] {
                let (workspace, change) = change(sort);
                alive = kill_after(&workspace, &change, steps, half);
                let loaded = workspace.folder.load();
                assert!(
                    loaded.fresh || loaded.problems.iter().all(|problem| problem.code == "unsealed"),
                    "{:?}",
                    loaded.problems
                );
                let found: Vec<_> = workspace.files().into_values().collect();
                assert!(found == before || found == after, "{sort}, step {steps}, {half}: {found:#?}");
                if found == before {
                    went_back += 1;
                } else {
                    went_on += 1;
                }
            }
            if !alive {
                break;
            }
        }
        assert!(went_back > 0 && went_on > 0);
    }
}

#[test]
fn a_recovery_that_is_killed_itself_is_taken_up_again() {
    let (workspace, change) = change("renumbered");
    let before = workspace.files();
    let all = workspace.folder.steps(&change).unwrap();
    let commit = all
        .iter()
        .position(|step| matches!(step, Step::Move(_, to) if *to == workspace.folder.journal_path()));
    kill_after(&workspace, &change, commit.unwrap(), false);
    // Killed after the first removal and before the snapshot was put back.
    fs::remove_file(workspace.root.path().join("migrations/0001_upstream.sql")).unwrap();
    workspace.folder.load();
    assert_eq!(workspace.files(), before);
}

#[test]
fn a_recovery_touches_nothing_that_changed_since() {
    let (workspace, change) = change("next");
    let steps = workspace.folder.steps(&change).unwrap().len();
    kill_after(&workspace, &change, steps - 2, false);
    workspace.write("migrations/0002_x.sql", "edited since");
    workspace.write("migrations/meta/_snapshot.json", "of another branch");
    workspace.folder.load();
    let texts: Vec<_> = workspace.files().into_values().collect();
    assert!(texts.contains(&"edited since".to_owned()) && texts.contains(&"of another branch".to_owned()));
    assert_eq!(workspace.problems(), places(&[("orphan", "migrations/0002_x.sql")]));
}

#[test]
fn a_full_disk_is_a_clear_error_and_leaves_nothing() {
    for sort in SORTS {
        let (workspace, change) = change(sort);
        let before = workspace.files();
        let lock = workspace.folder.lock(|_| {}).unwrap();
        let steps = workspace.folder.steps(&change).unwrap();
        let commit = steps
            .iter()
            .position(|s| matches!(s, Step::Move(_, to) if *to == workspace.folder.journal_path()));
        for full in 0..=commit.unwrap() {
            let at = Cell::new(0);
            let fail = |_: &Step| {
                at.set(at.get() + 1);
                if at.get() > full { Err(io::Error::from(io::ErrorKind::StorageFull)) } else { Ok(()) }
            };
            let error = workspace.folder.commit_with(&lock, &change, &mut { fail }).unwrap_err();
            assert!(error.to_string().starts_with("failed to write `migrations/"), "{error}");
            assert!(Problem::from(error).hint.unwrap().starts_with("free some space"));
            assert_eq!(workspace.files(), before, "{sort}, step {full}");
        }
        workspace.folder.commit(&lock, &change).unwrap();
    }
}

#[test]
fn writers_take_turns_and_readers_see_a_whole_folder() {
    const EACH: u32 = 8;
    let workspace = Workspace::new();
    let writer = || {
        for _ in 0..EACH {
            let lock = workspace.folder.lock(|_| {}).unwrap();
            let contents = workspace.folder.read().unwrap();
            let change =
                Change::of(&contents).append(draft(contents.journal.next_idx(), "x")).snapshot("s".into());
            workspace.folder.commit(&lock, &change).unwrap();
        }
    };
    std::thread::scope(|scope| {
        let writers = [scope.spawn(writer), scope.spawn(writer), scope.spawn(writer)];
        while !writers.iter().all(std::thread::ScopedJoinHandle::is_finished) {
            workspace.folder.read().unwrap();
        }
    });
    assert_eq!(workspace.folder.read().unwrap().migrations.len(), 3 * EACH as usize);
}

#[test]
fn who_has_to_wait_is_told_for_whom() {
    let workspace = Workspace::with(1);
    let lock = workspace.folder.lock(|_| panic!("nobody else is here")).unwrap();
    let (said, told) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        let folder = &workspace.folder;
        let waits = scope.spawn(move || folder.lock(|waiting| said.send(waiting.clone()).unwrap()).map(drop));
        let waiting = told.recv().unwrap();
        assert_eq!(waiting.folder, PathBuf::from("migrations"));
        if cfg!(target_os = "linux") {
            assert_eq!(waiting.process, Some(std::process::id()));
            assert!(
                waiting
                    .to_string()
                    .contains("waiting for another command that writes `migrations` (process ")
            );
        }
        drop(lock);
        waits.join().unwrap().unwrap();
    });
}
