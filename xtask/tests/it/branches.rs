//! Two branches that both generated, put together by git and then by `db-generate`.

use crate::run::Server;
use crate::support::{Workspace, git_is_here};

const START: &str = "CREATE TABLE t (id integer PRIMARY KEY, comment text);\n";
const A: &str = "CREATE TABLE a (id integer PRIMARY KEY);\n";
const B: &str = "CREATE TABLE b (id integer PRIMARY KEY);\n";
const LEAD: &str = "✅ the migrations lead to schema/\n";

/// A clone with one migration, pushed to a default branch that git knows.
fn started() -> Workspace {
    let workspace = Workspace::with(&[("schema/t.sql", START), (".gitignore", ".bin\n.origin\n")]);
    workspace.done(&["db-generate", "start"]);
    workspace.git(["init", "-q", "-b", "main"]);
    workspace.git(["config", "user.name", "n"]);
    workspace.git(["config", "user.email", "e@example.invalid"]);
    workspace.git(["init", "-q", "--bare", ".origin"]);
    workspace.git(["remote", "add", "origin", ".origin"]);
    commit(&workspace);
    workspace.git(["push", "-q", "origin", "main"]);
    workspace.git(["remote", "set-head", "origin", "main"]);
    workspace
}

fn commit(workspace: &Workspace) {
    workspace.git(["add", "-A"]);
    workspace.git(["commit", "-q", "-m", "x"]);
}

/// Both branches have a migration: `0001_up` on the default branch, `0001_own` on `own`, which is checked out.
pub fn forked(up: (&str, &str), own: (&str, &str)) -> Workspace {
    let workspace = started();
    workspace.git(["switch", "-q", "-c", "own"]);
    workspace.write(own.0, own.1);
    workspace.done(&["db-generate", "own", "--allow", "all"]);
    commit(&workspace);
    workspace.git(["switch", "-q", "main"]);
    workspace.write(up.0, up.1);
    workspace.done(&["db-generate", "up", "--allow", "all"]);
    commit(&workspace);
    workspace.git(["push", "-q", "origin", "main"]);
    workspace.git(["switch", "-q", "own"]);
    workspace
}

pub fn merge(workspace: &Workspace) -> bool {
    workspace.try_run("git", ["merge", "-q", "--no-edit", "main"]).status.success()
}

pub fn tags(workspace: &Workspace) -> Vec<String> {
    let journal = workspace.read("migrations/meta/_journal.json");
    journal
        .lines()
        .filter_map(|line| line.split_once("\"tag\":\"")?.1.split('"').next())
        .map(str::to_owned)
        .collect()
}

fn files(workspace: &Workspace) -> Vec<String> {
    let mut names = workspace.names("migrations");
    names.retain(|name| name != "meta");
    names
}

#[test]
fn a_conflict_is_explained_and_put_in_order() {
    if !git_is_here() {
        return;
    }
    let workspace = forked(("schema/a.sql", A), ("schema/b.sql", B));
    assert!(!merge(&workspace), "git cannot merge the journal");
    let (status, _, said) = workspace.xtask(&["db-validate"]);
    assert_eq!(status, 1);
    assert!(
        said.contains("the journal holds an unresolved merge conflict: both branches added migrations"),
        "{said}"
    );
    assert!(said.contains("HEAD (above `=======`) adds `0001_own`"), "{said}");
    assert!(said.contains("main (below `=======`) adds `0001_up`"), "{said}");
    assert!(
        said.contains("run `cargo xtask db-generate`: it puts the migrations that are merged already first"),
        "{said}"
    );
    assert_eq!(workspace.xtask(&["db-migrate"]).0, 1, "nothing is applied from it");

    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, said.as_str()), (0, ""));
    assert_eq!(out, format!("✅ 0001_own is now 0002_own, after what is merged\n{LEAD}"));
    assert_eq!(tags(&workspace), ["0000_start", "0001_up", "0002_own"]);
    assert_eq!(files(&workspace), ["0000_start.sql", "0001_up.sql", "0002_own.sql"]);
    workspace.done(&["db-validate"]);
    assert_eq!(workspace.done(&["db-generate", "--check"]), LEAD);
    assert_eq!(workspace.done(&["db-generate"]), "✅ nothing to do: the migrations lead to schema/\n");
    commit(&workspace);
    workspace.done(&["db-validate"]);
}

#[test]
fn a_journal_that_was_merged_by_hand_is_put_in_order_too() {
    if !git_is_here() {
        return;
    }
    let workspace = forked(("schema/a.sql", A), ("schema/b.sql", B));
    merge(&workspace);
    let journal = workspace.read("migrations/meta/_journal.json");
    let mut lines: Vec<&str> = journal.lines().collect();
    lines.retain(|line| !line.starts_with(['<', '=', '>']));
    let by_hand: Vec<String> = lines
        .iter()
        .map(|line| if line.contains("0001_own") { format!("{line},") } else { (*line).to_owned() })
        .collect();
    workspace.write("migrations/meta/_journal.json", &by_hand.join("\n"));
    commit(&workspace);
    let (status, _, said) = workspace.xtask(&["db-validate"]);
    assert_eq!(status, 1);
    assert!(said.contains("two branches each added a migration: run `cargo xtask db-generate`"), "{said}");
    workspace.done(&["db-generate"]);
    assert_eq!(tags(&workspace), ["0000_start", "0001_up", "0002_own"]);
    workspace.done(&["db-validate"]);
}

#[test]
fn a_database_that_ran_one_branch_runs_the_other() {
    if !git_is_here() {
        return;
    }
    let mut workspace = forked(("schema/a.sql", A), ("schema/b.sql", B));
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-migrate"]);
    merge(&workspace);
    let out = workspace.done(&["db-generate"]);
    // What a ledger holds keeps its name and its text.
    assert_eq!(out, LEAD);
    assert_eq!(tags(&workspace), ["0000_start", "0001_up", "0001_own"]);
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (0, "✅ 1 migration applied\n"), "{said}");
    workspace.done(&["db-verify"]);
    assert_eq!(workspace.xtask(&["db-validate"]).0, 0);
    assert_eq!(workspace.done(&["db-migrate"]), "✅ all 3 migrations are applied\n");
}

#[test]
fn statements_that_collide_are_named() {
    if !git_is_here() {
        return;
    }
    // Both add a column of the same name.
    let up = "CREATE TABLE t (id integer PRIMARY KEY, comment text, n integer);\n";
    let own = "CREATE TABLE t (id integer PRIMARY KEY, comment text, n bigint);\n";
    let workspace = forked(("schema/t.sql", up), ("schema/t.sql", own));
    merge(&workspace);
    workspace.write("schema/t.sql", own);
    let before = workspace.read("migrations/meta/_journal.json");
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("this branch's migration cannot run after those that are merged: column \"n\" of relation \"t\" already exists"), "{said}");
    assert!(said.contains("at migrations/0001_own.sql:1:1"), "{said}");
    assert!(
        said.contains("collides with migrations/0001_up.sql:1:1: ALTER TABLE public.t ADD COLUMN n integer"),
        "{said}"
    );
    assert!(
        said.contains("hint: delete `migrations/0001_own.sql` and run `cargo xtask db-generate`"),
        "{said}"
    );
    assert_eq!(workspace.read("migrations/meta/_journal.json"), before, "nothing was written");

    std::fs::remove_file(workspace.root.join("migrations/0001_own.sql")).unwrap();
    let (status, out, said) = workspace.xtask(&["db-generate", "again"]);
    assert_eq!(status, 0, "{said}");
    assert!(
        out.starts_with(
            "✅ the file of 0001_own is gone, and now its entry is\n✅ wrote migrations/0002_again.sql"
        ),
        "{out}"
    );
    assert_eq!(tags(&workspace), ["0000_start", "0001_up", "0002_again"]);
    workspace.done(&["db-validate"]);
}

#[test]
fn an_order_that_matters_is_said() {
    if !git_is_here() {
        return;
    }
    let up = "CREATE TABLE t (id integer PRIMARY KEY, comment varchar(9));\n";
    let own =
        "CREATE TABLE t (id integer PRIMARY KEY, comment text);\nCREATE VIEW v AS SELECT comment FROM t;\n";
    let mut workspace = forked(("schema/t.sql", up), ("schema/t.sql", own));
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-migrate"]);
    merge(&workspace);
    workspace.write("schema/t.sql", &format!("{up}CREATE VIEW v AS SELECT comment FROM t;\n"));
    let (status, _, said) = workspace.xtask(&["db-generate"]);
    assert_eq!(status, 1, "the target ran the view, and the column under it cannot be retyped there");
    assert!(said.starts_with("error: the target ran this branch's migrations already"), "{said}");
    assert!(
        said.contains("fails after this branch's migrations: cannot alter type of a column used by a view"),
        "{said}"
    );
    assert!(said.contains("cargo xtask db-reset"), "{said}");

    // Applied nowhere that can be seen: a warning for those who ran it.
    let other = Server::get().database();
    workspace.set("DATABASE_URL", &other.url());
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("warning: the order of the branches' migrations matters"), "{said}");
    assert!(out.starts_with("✅ 0001_own is now 0002_own, after what is merged\n"), "{out}");
    workspace.done(&["db-migrate"]);
    workspace.done(&["db-verify"]);
}

#[test]
fn one_name_on_two_branches_becomes_two_files() {
    if !git_is_here() {
        return;
    }
    let workspace = started();
    for (branch, file, sql) in [("own", "schema/b.sql", B), ("main", "schema/a.sql", A)] {
        if branch == "own" {
            workspace.git(["switch", "-q", "-c", "own"]);
        } else {
            workspace.git(["switch", "-q", "main"]);
        }
        workspace.write(file, sql);
        workspace.done(&["db-generate", "more"]);
        commit(&workspace);
    }
    workspace.git(["push", "-q", "origin", "main"]);
    workspace.git(["switch", "-q", "own"]);
    merge(&workspace);
    assert!(workspace.read("migrations/0001_more.sql").contains("<<<<<<<"));
    let (status, _, said) = workspace.xtask(&["db-validate"]);
    assert_eq!(status, 1);
    assert!(
        said.contains("two branches each have a migration `0001_more`, and its file holds both"),
        "{said}"
    );
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, said.as_str()), (0, ""), "{out}");
    assert_eq!(tags(&workspace), ["0000_start", "0001_more", "0002_more"]);
    assert!(workspace.migration(1).contains("public.a") && workspace.migration(2).contains("public.b"));
    workspace.done(&["db-validate"]);
    assert_eq!(workspace.done(&["db-generate", "--check"]), LEAD);
}

#[test]
fn what_is_merged_is_never_sealed_again_and_what_is_not_is() {
    if !git_is_here() {
        return;
    }
    let workspace = forked(("schema/a.sql", A), ("schema/b.sql", B));
    let own = workspace.read("migrations/0001_own.sql");
    workspace.write("migrations/0001_own.sql", &format!("-- a word\n{own}"));
    assert_eq!(workspace.xtask(&["db-validate"]).0, 1);
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!(status, 0, "{said}");
    assert_eq!(
        out,
        "✅ 0001_own was edited, and is proved and sealed again\n✅ 0001_own is proved and sealed\n"
    );
    workspace.done(&["db-validate"]);

    // What it is edited to must lead to the schema, or the rest becomes a migration.
    workspace.write("migrations/0001_own.sql", "CREATE TABLE b ();\n");
    let out = workspace.done(&["db-generate", "rest"]);
    assert!(out.contains("✅ wrote migrations/0002_rest.sql"), "{out}");

    let start = workspace.read("migrations/0000_start.sql");
    workspace.write("migrations/0000_start.sql", &format!("-- a word\n{start}"));
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(said.contains("migration `0000_start` was edited after it was sealed"), "{said}");
    assert!(
        said.contains(
            "it is merged, or in the target's ledger: restore it with `git restore migrations/0000_start.sql`"
        ),
        "{said}"
    );
}

#[test]
fn what_the_ledger_holds_is_fixed_without_git() {
    let mut workspace = Workspace::with(&[("schema/t.sql", START)]);
    workspace.done(&["db-generate", "start"]);
    let start = workspace.migration(0);
    workspace.write("migrations/0000_start.sql", &format!("-- a word\n{start}"));
    // Neither git nor a ledger: nobody knows.
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        said.starts_with("error: whether these migrations are merged or applied anywhere cannot be known"),
        "{said}"
    );

    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-generate"]);
    workspace.done(&["db-migrate"]);
    workspace.write("migrations/0000_start.sql", &start);
    let (status, _, said) = workspace.xtask(&["db-generate"]);
    assert_eq!(status, 1);
    assert!(said.contains("it is merged, or in the target's ledger"), "{said}");
}

#[test]
fn unknown_rows_warn_and_a_reset_rebuilds_the_development_database() {
    if !git_is_here() {
        return;
    }
    let workspace = forked(("schema/a.sql", A), ("schema/b.sql", B));
    workspace.done(&["db-migrate"]);
    workspace.git(["switch", "-q", "main"]);
    let (status, _, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!(status, 1, "the other branch's row is not known here");
    assert!(said.contains("an embedded database is rebuilt with `cargo xtask db-reset`"), "{said}");
    workspace.git(["switch", "-q", "--detach", "main~1"]);
    let (status, _, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!(status, 0);
    assert!(said.starts_with("warning: the ledger has a migration that is not in the journal"), "{said}");
    workspace.git(["switch", "-q", "main"]);
    workspace.done(&["db-reset"]);
    workspace.done(&["db-migrate"]);
    workspace.done(&["db-verify"]);
}

#[test]
fn the_merge_driver_leaves_no_conflict() {
    if !git_is_here() {
        return;
    }
    let workspace = forked(("schema/a.sql", A), ("schema/b.sql", B));
    let driver = std::fs::read_to_string(format!("{}/.githooks/merge-meta", crate::support::HERE)).unwrap();
    workspace.write(".githooks/merge-meta", &driver);
    let out = workspace.done(&["hooks"]);
    assert!(out.contains("run `cargo xtask db-generate`"), "{out}");
    workspace.done(&["hooks"]);
    let attributes = workspace.read(".git/info/attributes");
    assert_eq!(attributes, "\"/migrations/meta/_*.json\" merge=trueline\n", "once");

    let output = workspace.try_run("git", ["merge", "-q", "--no-edit", "main"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains(
            "migrations/meta/_journal.json: both branches added migrations; run `cargo xtask db-generate`"
        ),
        "{said}"
    );
    assert_eq!(tags(&workspace), ["0000_start", "0001_own", "0001_up"]);
    let (status, _, said) = workspace.xtask(&["db-validate"]);
    assert_eq!(status, 1);
    assert!(said.contains("two branches each added a migration"), "{said}");
    let out = workspace.done(&["db-generate"]);
    assert_eq!(out, format!("✅ 0001_own is now 0002_own, after what is merged\n{LEAD}"));
    assert_eq!(tags(&workspace), ["0000_start", "0001_up", "0002_own"]);
    workspace.done(&["db-validate"]);
}
