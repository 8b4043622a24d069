//! Commands that are killed, interrupted, run at once or out of space: nothing is lost, and the next
//! command finds a whole folder.

use std::time::Duration;

use crate::run::{self, Server};
use crate::support::{Workspace, said};

const WHOLE: &str = "✅ migrations/ and schema/ agree\n";

fn table(columns: usize) -> String {
    let columns: Vec<String> = (0..columns).map(|number| format!(", c{number} integer")).collect();
    format!("CREATE TABLE t (id integer PRIMARY KEY{});\n", columns.concat())
}

/// A workspace with a cache of its own, so that its servers can be told from others.
fn workspace() -> Workspace {
    let mut workspace = Workspace::with(&[("schema/t.sql", &table(0))]);
    let cache = run::directory().join(run::unique("cache"));
    workspace.set("TRUELINE_CACHE_DIR", cache.to_str().unwrap());
    workspace.done(&["db-generate", "start"]);
    workspace
}

/// The processes that name `text` in their command line.
fn processes(text: &str) -> Vec<String> {
    let processes = std::fs::read_dir("/proc").unwrap().map(|entry| entry.unwrap().path().join("cmdline"));
    // One that has ended meanwhile has no command line.
    processes
        .filter_map(|path| std::fs::read(path).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(text) && line.contains("postgres"))
        .collect()
}

/// Waits for servers of this workspace to be gone: they are told by the system, not by us.
fn assert_no_server_is_left(workspace: &Workspace) {
    let cache = workspace.variable("TRUELINE_CACHE_DIR");
    for _ in 0..3000 {
        if processes(&cache).is_empty() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("a server was left running: {:?}", processes(&cache));
}

/// What the next commands must find, however the one before ended.
fn assert_the_next_command_finds_a_whole_folder(workspace: &Workspace) {
    assert_eq!(workspace.xtask(&["db-generate"]).0, 0);
    let (status, out, said) = workspace.xtask(&["db-validate"]);
    assert_eq!((status, out.as_str()), (0, WHOLE), "{said}");
    let entries = workspace.read("migrations/meta/_journal.json").matches("\"tag\"").count();
    assert_eq!(workspace.names("migrations").len(), entries + 1, "nothing but migrations and meta/");
    assert_eq!(workspace.names("migrations/meta"), ["_journal.json", "_snapshot.json"]);
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
}

#[test]
fn a_killed_generate_leaves_a_whole_folder_and_no_server() {
    let workspace = workspace();
    // At points that are spread over the whole run, and once as soon as something new is written.
    for (columns, delay_ms) in
        [(1, Some(0)), (2, Some(60)), (3, Some(250)), (4, Some(600)), (5, None), (6, None)]
    {
        workspace.write("schema/t.sql", &table(columns));
        let before = workspace.names("migrations");
        let mut running = workspace.start(&["db-generate"]);
        match delay_ms {
            Some(delay_ms) => std::thread::sleep(Duration::from_millis(delay_ms)),
            None => {
                while !running.ended() && workspace.names("migrations") == before {
                    std::thread::yield_now();
                }
            }
        }
        if !running.ended() {
            running.signal("KILL");
        }
        drop(running);
        assert_no_server_is_left(&workspace);
        assert_the_next_command_finds_a_whole_folder(&workspace);
    }
}

#[test]
fn an_interrupted_generate_leaves_a_whole_folder_and_no_server() {
    let workspace = workspace();
    for (columns, delay_ms) in [(1, 20), (2, 300)] {
        workspace.write("schema/t.sql", &table(columns));
        let mut running = workspace.start(&["db-generate"]);
        std::thread::sleep(Duration::from_millis(delay_ms));
        if !running.ended() {
            running.signal("INT");
        }
        running.output();
        assert_no_server_is_left(&workspace);
        assert_the_next_command_finds_a_whole_folder(&workspace);
    }
}

#[test]
fn two_generates_at_once_write_one_migration() {
    let workspace = workspace();
    workspace.write("schema/t.sql", &table(1));
    let both = [workspace.start(&["db-generate"]), workspace.start(&["db-generate"])];
    let mut outs: Vec<String> = both
        .into_iter()
        .map(|running| {
            let (status, out, err) = said(running.output());
            assert_eq!(status, 0, "{err}");
            out.lines().next().unwrap().to_owned()
        })
        .collect();
    outs.sort();
    assert_eq!(
        outs,
        [
            "✅ nothing to do: the migrations lead to schema/",
            "✅ wrote migrations/0001_add_c0_to_t.sql (1 statement)"
        ]
    );
    assert_the_next_command_finds_a_whole_folder(&workspace);
}

#[test]
fn two_migrates_at_once_apply_each_migration_once() {
    let mut workspace = workspace();
    for columns in 1..4 {
        workspace.write("schema/t.sql", &table(columns));
        workspace.done(&["db-generate"]);
    }
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    let both = [workspace.start(&["db-migrate"]), workspace.start(&["db-migrate"])];
    let mut outs: Vec<String> = both
        .into_iter()
        .map(|running| {
            let (status, out, err) = said(running.output());
            assert_eq!(status, 0, "{err}");
            out
        })
        .collect();
    outs.sort();
    assert_eq!(outs, ["✅ 4 migrations applied\n", "✅ all 4 migrations are applied\n"]);
    assert_eq!(database.value("SELECT count(*) FROM __drizzle_migrations"), "4");
    assert_eq!(
        workspace.xtask(&["db-verify"]),
        (0, "✅ database matches schema/\n".to_owned(), String::new())
    );
}

/// Runs `db-generate` with `mount` in place of `migrations/`, which holds what it held, seen by it
/// alone. `None` where this system lets us mount nothing.
fn generate_on(workspace: &Workspace, mount: &str) -> Option<(i32, String, String, String)> {
    let script = format!(
        "cp -r migrations kept && {mount} && cp -r kept/. migrations && rm -r kept && {{ {then} '{xtask}' db-generate >out 2>err; \
         echo $? >status; (cd migrations && find . -type f -exec sha256sum {{}} + | sort) >left; }}",
        then = if mount.contains("size=") { "" } else { "mount -o remount,ro migrations &&" },
        xtask = env!("CARGO_BIN_EXE_xtask"),
    );
    let flags = if run::is_root() { "-m" } else { "-mr" };
    let output = workspace.try_run("unshare", [flags, "sh", "-c", &script]);
    if !output.status.success() {
        eprintln!("not run: this system lets us mount nothing: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let status = workspace.read("status").trim().parse().unwrap();
    Some((status, workspace.read("out"), workspace.read("err"), workspace.read("left")))
}

/// The migrations folder's files with their checksums.
fn files(workspace: &Workspace) -> String {
    let script = "cd migrations && find . -type f -exec sha256sum {} + | sort";
    workspace.run("sh", ["-c", script])
}

#[test]
fn a_full_disk_while_writing_leaves_the_folder_as_it_was() {
    let mut workspace = workspace();
    workspace.set("TRUELINE_SHADOW_URL", &Server::get().url_of("postgres", "postgres"));
    let long = format!("COMMENT ON TABLE t IS '{}';\n", "long ".repeat(20_000));
    let function = long
        .replace("COMMENT ON TABLE t IS '", "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT '");
    workspace.write("schema/t.sql", &(table(1) + &function.replace("';", "' $$;")));
    let before = files(&workspace);
    let Some((status, out, err, left)) =
        generate_on(&workspace, "mount -t tmpfs -o size=64k none migrations")
    else {
        return;
    };
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(err.starts_with("error: ") && err.contains("No space left on device"), "{err}");
    assert!(err.contains("\n\nhint: "), "{err}");
    assert_eq!(left, before);
}

#[test]
fn a_read_only_folder_is_an_error_that_changes_nothing() {
    let mut workspace = workspace();
    workspace.set("TRUELINE_SHADOW_URL", &Server::get().url_of("postgres", "postgres"));
    workspace.write("schema/t.sql", &table(1));
    let before = files(&workspace);
    let Some((status, out, err, left)) = generate_on(&workspace, "mount -t tmpfs none migrations") else {
        return;
    };
    assert_eq!((status, out.as_str()), (2, ""), "{err}");
    assert!(err.starts_with("error: ") && err.contains("Read-only file system"), "{err}");
    assert!(err.contains("\n\nhint: "), "{err}");
    assert_eq!(left, before);
}
