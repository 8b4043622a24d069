//! `db-generate --revert`: the way back is a migration like any other.

use crate::run::Server;
use crate::support::Workspace;

const BEFORE: &str = "CREATE TABLE t (id integer PRIMARY KEY, comment text NOT NULL DEFAULT 'x');\n";
const AFTER: &str =
    "CREATE TABLE t (id integer PRIMARY KEY, n integer);\nCREATE VIEW v AS SELECT n FROM t;\n";

/// Two migrations: the first makes a table, the second drops a column and makes another and a view.
fn changed() -> Workspace {
    let workspace = Workspace::with(&[("schema/t.sql", BEFORE)]);
    workspace.done(&["db-generate", "start"]);
    workspace.write("schema/t.sql", AFTER);
    workspace.done(&["db-generate", "change", "--allow", "data-loss"]);
    workspace
}

#[test]
fn what_was_applied_is_taken_back_by_a_new_proved_migration() {
    let mut workspace = changed();
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-migrate"]);

    let (status, out, said) = workspace.xtask(&["db-generate", "--revert"]);
    assert_eq!((status, out.as_str()), (1, ""), "what is lost is said first");
    assert!(said.contains("error: column public.t.n: all its values are deleted (data-loss)"), "{said}");
    assert!(said.contains("pass `--allow data-loss`"), "{said}");
    assert_eq!(workspace.names("migrations").len(), 3);

    let (status, out, said) = workspace.xtask(&["db-generate", "--revert", "--allow", "data-loss"]);
    assert_eq!(status, 0, "{said}");
    assert!(out.starts_with("✅ wrote migrations/0002_revert_change.sql ("), "{out}");
    assert!(out.contains("   data-loss: column public.t.n: all its values are deleted\n"), "{out}");
    assert!(said.contains("warning: `schema` still says what was reverted"), "{said}");
    let sql = workspace.migration(2);
    assert!(sql.starts_with("-- trueline: allow=data-loss\n"), "{sql}");
    assert!(sql.contains("DROP VIEW public.v;") && sql.contains("ADD COLUMN comment"), "{sql}");

    // Until the schema follows, everybody says so; then nothing is left to do.
    assert!(
        workspace.xtask(&["db-validate"]).2.contains("`schema` was edited, but no migration was generated")
    );
    workspace.done(&["db-migrate"]);
    assert_eq!(workspace.xtask(&["db-verify"]).0, 1);
    workspace.write("schema/t.sql", BEFORE);
    assert_eq!(workspace.done(&["db-generate"]), "✅ nothing to do: the migrations lead to schema/\n");
    workspace.done(&["db-validate"]);
    workspace.done(&["db-verify"]);
    assert_eq!(workspace.done(&["db-generate", "--check"]), "✅ the migrations lead to schema/\n");
}

#[test]
fn several_migrations_are_taken_back_at_once_and_rows_are_not() {
    let workspace = changed();
    workspace.done(&["db-generate", "--custom", "fill"]);
    let sql = "INSERT INTO t VALUES (1, 2);\n";
    workspace.write("migrations/0002_fill.sql", sql);
    let (status, _, said) = workspace.xtask(&["db-generate", "--revert"]);
    assert_eq!(status, 1);
    assert!(said.starts_with("error: migration `0002_fill` is not sealed yet"), "{said}");
    workspace.done(&["db-generate"]);

    let (status, out, said) = workspace.xtask(&["db-generate", "--revert"]);
    assert_eq!((status, out.as_str()), (0, "✅ nothing to go back from: no object would change\n"));
    assert!(said.starts_with("warning: `0002_fill` may have changed rows"), "{said}");
    let (status, _, said) = workspace.xtask(&["db-generate", "--revert=0001_chang"]);
    assert_eq!(status, 1);
    assert!(said.ends_with("hint: did you mean `0001_change`?\n"), "{said}");

    // The schema went back first: then it agrees with the way back, and no warning is left.
    workspace.write("schema/t.sql", BEFORE);
    let args = ["db-generate", "back", "--revert=0001_change", "--allow", "data-loss"];
    let (status, out, said) = workspace.xtask(&args);
    assert_eq!(status, 0, "{said}");
    assert!(out.starts_with("✅ wrote migrations/0003_back.sql ("), "{out}");
    assert!(said.contains("warning: `0002_fill` may have changed rows (1 statement)"), "{said}");
    assert!(said.contains("at migrations/0002_fill.sql:1:1"), "{said}");
    assert!(!said.contains("still says"), "{said}");
    assert_eq!(workspace.done(&["db-generate"]), "✅ nothing to do: the migrations lead to schema/\n");
}
