//! The gate of `db-migrate`: a database that is not what its ledger implies gets nothing.

use crate::run::{Database, Server};
use crate::support::Workspace;

const T: &str = "CREATE TABLE t (id integer PRIMARY KEY, comment text);\n";

/// A database with the first migration, and a second one that is pending.
fn pending(second: &str) -> (Workspace, Database) {
    let mut workspace = Workspace::with(&[("schema/t.sql", T)]);
    let database = Server::get().database();
    workspace.set("DATABASE_URL", &database.url());
    workspace.done(&["db-generate", "start"]);
    workspace.done(&["db-migrate"]);
    workspace.write("schema/t.sql", second);
    workspace.done(&["db-generate", "second", "--allow", "all"]);
    (workspace, database)
}

const STORED: &str = "SELECT count(*) FROM trueline.fingerprint";

#[test]
fn a_fingerprint_answers_without_a_shadow() {
    let (mut workspace, database) = pending(&format!("{T}CREATE TABLE u ();\n"));
    assert_eq!(database.value(STORED), "1");
    // No server can be found, fetched or started here.
    workspace.set("TRUELINE_PG_BIN", "/nonexistent");
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (0, "✅ 1 migration applied\n"), "{said}");
    assert!(!said.contains("drift"), "{said}");
    assert_eq!(database.value(STORED), "1");
}

#[test]
fn what_was_changed_by_hand_stops_it_with_every_difference() {
    let (mut workspace, database) = pending(&format!("{T}CREATE TABLE u ();\n"));
    database.run("ALTER TABLE t ADD COLUMN by_hand integer; DROP TABLE IF EXISTS u; CREATE TABLE other ()");
    let (status, out, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!((status, out.as_str()), (1, ""));
    assert!(
        said.starts_with("error: the database is not what its ledger implies, so nothing was applied"),
        "{said}"
    );
    assert!(said.contains("column public.t.by_hand is not in the schema"), "{said}");
    assert!(said.contains("table public.other is not in the schema"), "{said}");
    assert!(said.contains("`--allow drift`") && said.contains("cargo xtask db-pull"), "{said}");
    assert_eq!(database.value("SELECT count(*) FROM __drizzle_migrations"), "1");

    // A dry run and a run with nothing pending ask nobody.
    workspace.done(&["db-migrate", "--dry-run"]);

    // Where nobody can list the differences, the fingerprint still stops it.
    let bin = workspace.variable("DATABASE_URL");
    workspace.set("TRUELINE_PG_BIN", "/nonexistent");
    let (status, _, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!(status, 1, "{bin}");
    assert!(said.starts_with("error: the database is not what the last run left"), "{said}");

    // Undone, it goes on.
    database.run("ALTER TABLE t DROP COLUMN by_hand; DROP TABLE other");
    workspace.done(&["db-migrate"]);
    workspace.done(&["db-verify"]);
}

#[test]
fn drift_is_allowed_where_nothing_pending_touches_it() {
    let (workspace, database) = pending(&format!("{T}CREATE TABLE u ();\n"));
    database.run("ALTER TABLE t ADD COLUMN by_hand integer");
    let (status, out, said) = workspace.xtask(&["db-migrate", "--allow", "drift"]);
    assert_eq!((status, out.as_str()), (0, "✅ 1 migration applied\n"), "{said}");
    assert!(said.contains("warning: 1 difference is left as it is (`--allow drift`)"), "{said}");
    assert!(said.contains("warning: column public.t.by_hand is not in the schema"), "{said}");
    assert_eq!(database.value("SELECT count(*) FROM __drizzle_migrations"), "2");

    // It is not forgotten: the next pending migration meets it again.
    workspace.write("schema/t.sql", &format!("{T}CREATE TABLE u ();\nCREATE TABLE w ();\n"));
    assert_eq!(workspace.xtask(&["db-generate", "third"]).0, 1, "db-generate sees it, too");
    database.run("ALTER TABLE t DROP COLUMN by_hand");
    workspace.done(&["db-generate", "third"]);
    database.run("ALTER TABLE t ADD COLUMN by_hand integer");
    assert_eq!(workspace.xtask(&["db-migrate"]).0, 1);

    for (second, touches) in [
        ("CREATE TABLE v ();\n", "a pending migration changes column public.t.comment"),
        (
            "CREATE TABLE t (id integer PRIMARY KEY, comment varchar(9));\n",
            "a pending migration changes column public.t.comment",
        ),
    ] {
        let (workspace, database) = pending(second);
        database.run("ALTER TABLE t ALTER COLUMN comment SET DEFAULT 'x', ALTER COLUMN comment SET NOT NULL");
        let (status, _, said) = workspace.xtask(&["db-migrate", "--allow", "drift"]);
        assert_eq!(status, 1, "{said}");
        assert!(said.contains("a pending migration touches what differs: "), "{said}");
        assert!(said.contains(touches), "{said}");
    }
    let (workspace, database) = pending(&format!("{T}CREATE TABLE u ();\n"));
    workspace.done(&["db-generate", "--custom", "rows"]);
    workspace.write("migrations/0002_rows.sql", "UPDATE t SET comment = 'x';\n");
    workspace.done(&["db-generate"]);
    database.run("ALTER TABLE t ALTER COLUMN comment SET NOT NULL");
    let (status, _, said) = workspace.xtask(&["db-migrate", "--allow", "drift"]);
    assert_eq!(status, 1);
    assert!(said.contains("the statement at migrations/0002_rows.sql:1:1 names it"), "{said}");
}

#[test]
fn another_basis_needs_a_shadow_or_says_so() {
    let (mut workspace, database) = pending(&format!("{T}CREATE TABLE u ();\n"));
    let bases = [
        "server_major = server_major + 1",
        "format = format + 1",
        "managed = 'x'",
        "extensions = 'x 1'",
        "ledger_rows = 'x'",
    ];
    workspace.write("schema/t.sql", T);
    for (number, basis) in bases.iter().enumerate() {
        database.run(&format!("UPDATE trueline.fingerprint SET value = 'wrong', {basis}"));
        workspace.write("schema/t.sql", &format!("{T}CREATE TABLE u ();\nCREATE TABLE w{number} ();\n"));
        workspace.done(&["db-generate", "--allow", "all"]);
        let (status, _, said) = workspace.xtask(&["db-migrate"]);
        assert_eq!((status, said.contains("drift")), (0, false), "{basis}: {said}");
    }
    database.run("DROP TABLE trueline.fingerprint");
    workspace.write("schema/t.sql", &format!("{T}CREATE TABLE u ();\n"));
    workspace.done(&["db-generate", "--allow", "all"]);
    workspace.set("TRUELINE_PG_BIN", "/nonexistent");
    let (status, _, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!(status, 0, "{said}");
    assert!(said.contains("warning: drift not checked: no PostgreSQL "), "{said}");
    workspace.done(&["db-verify"]);
}

#[test]
fn the_result_is_compared_with_the_snapshot() {
    let (workspace, database) = pending(&format!("{T}CREATE TABLE u ();\n"));
    // Something in the database makes more of a statement than the shadow saw.
    database.run(
        "CREATE SCHEMA unmanaged; CREATE FUNCTION unmanaged.more() RETURNS event_trigger LANGUAGE plpgsql AS $$ \
         BEGIN IF to_regclass('public.u') IS NOT NULL AND to_regclass('public.extra') IS NULL THEN \
         CREATE TABLE public.extra (); END IF; END $$; \
         CREATE EVENT TRIGGER more ON ddl_command_end EXECUTE FUNCTION unmanaged.more()",
    );
    let (status, _, said) = workspace.xtask(&["db-migrate", "--allow", "drift"]);
    assert_eq!(status, 1, "{said}");
    assert!(
        said.contains(
            "error: every migration is applied and recorded, but the database is not what they build"
        ),
        "{said}"
    );
    assert!(said.contains("error: table public.extra is not in the schema"), "{said}");
    assert_eq!(database.value("SELECT count(*) FROM __drizzle_migrations"), "2");
}
