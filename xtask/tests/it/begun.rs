//! A migration that the target has begun is fixed as one that it has applied: what is applied of it stays.

use crate::branches::{forked, merge, tags};
use crate::run::{Database, Server};
use crate::support::{Workspace, git_is_here};

const OWN: &str = "CREATE TABLE b (id integer PRIMARY KEY);\nCREATE UNIQUE INDEX i ON t (comment);\n";

/// Two branches, and a database on which the second statement of `0001_own` failed.
fn begun() -> (Workspace, Database) {
    let mut workspace =
        forked(("schema/a.sql", "CREATE TABLE a (id integer PRIMARY KEY);\n"), ("schema/own.sql", OWN));
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.git(["switch", "-q", "--detach", "main~1"]);
    workspace.done(&["db-migrate"]);
    database.run("INSERT INTO t VALUES (1, 'twice'), (2, 'twice')");
    workspace.git(["switch", "-q", "own"]);
    let (status, _, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!(status, 1);
    assert!(said.contains("could not create unique index"), "{said}");
    let progress =
        "SELECT string_agg(statement || ' ' || state, ', ' ORDER BY statement) FROM trueline.progress";
    assert_eq!(database.value(progress), "1 done, 2 failed");
    (workspace, database)
}

#[test]
fn what_is_begun_is_not_renumbered() {
    if !git_is_here() {
        return;
    }
    let (workspace, database) = begun();
    merge(&workspace);
    workspace.done(&["db-generate"]);
    assert_eq!(tags(&workspace), ["0000_start", "0001_up", "0001_own"]);
    workspace.done(&["db-validate"]);
    database.run("DELETE FROM t WHERE id = 2");
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (0, "✅ 2 migrations applied\n"), "{said}");
    let built_again = "statement 2 of `0001_own` broke off in an earlier run: its index `public.i` is not valid, and is built again";
    assert!(said.contains(built_again), "{said}");
    workspace.done(&["db-verify"]);
    assert_eq!(database.value("SELECT count(*) FROM trueline.progress"), "0");
}

#[test]
fn what_is_applied_of_it_is_never_edited_and_the_rest_may_be() {
    if !git_is_here() {
        return;
    }
    let (workspace, database) = begun();
    let file = "migrations/0001_own.sql";
    let own = workspace.read(file);
    workspace.write(file, &own.replace("CREATE TABLE public.b (", "CREATE TABLE public.b ( /* a word */"));
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""), "{said}");
    assert!(
        said.starts_with(&format!(
            "error: statement 1 of migration `0001_own` was edited after it was applied\n  at {file}:"
        )),
        "{said}"
    );

    workspace.run("rm", [file]);
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!((status, out.as_str()), (1, ""), "{said}");
    assert!(said.contains("0001_own"), "{said}");

    // The index is no longer to be unique; what the first attempt left of it is in nobody's way.
    workspace.write("schema/own.sql", &OWN.replace("UNIQUE ", ""));
    workspace.write(file, &own.replace("UNIQUE ", ""));
    let (status, out, said) = workspace.xtask(&["db-generate"]);
    assert_eq!(status, 0, "{said}");
    assert!(out.starts_with("✅ 0001_own was edited, and is proved and sealed again\n"), "{out}");
    workspace.done(&["db-migrate"]);
    workspace.done(&["db-verify"]);
    assert_eq!(database.value("SELECT count(*) FROM trueline.progress"), "0");
}
