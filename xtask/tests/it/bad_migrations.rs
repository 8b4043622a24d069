//! Migrations that cannot be applied: named with their place, nothing half done, and the ledger says so.

use crate::run::{Database, Server, has_timers};
use crate::support::Workspace;

const FIRST: &str = "CREATE TABLE a (id int);\n";

/// A workspace whose migrations are [`FIRST`] and the one given, with the first applied.
fn with_second(database: &Database, settings: &str, text: &str) -> Workspace {
    let mut workspace = Workspace::with(&[("migrations/0000_a.sql", FIRST)]);
    workspace.set("DATABASE_URL", &database.url());
    workspace.write("Cargo.toml", &format!("[workspace]\n[workspace.metadata.trueline]\n{settings}\n"));
    let journal = |tags: &[&str]| {
        let line = |(at, tag)| {
            format!(
                r#"{{"idx":{at},"version":"7","when":{},"tag":"{tag}","breakpoints":true}}"#,
                1_700_000_000_000_i64 + at
            )
        };
        let lines: Vec<String> = (0_i64..).zip(tags).map(line).collect();
        format!(r#"{{"version":"7","dialect":"postgresql","entries":[{}]}}"#, lines.join(","))
    };
    workspace.write("migrations/meta/_journal.json", &journal(&["0000_a"]));
    workspace.done(&["db-migrate"]);
    workspace.write("migrations/0001_b.sql", text);
    workspace.write("migrations/meta/_journal.json", &journal(&["0000_a", "0001_b"]));
    workspace
}

#[test]
fn a_migration_that_cannot_be_applied_leaves_nothing_and_has_its_place() {
    let database = Server::get().database();
    for (text, places) in [
        (
            "BEGIN;\nCREATE TABLE b ();\nCOMMIT;\n",
            &[
                "`BEGIN` controls a transaction of its own\n  at migrations/0001_b.sql:1:1",
                "migrations/0001_b.sql:3:1",
            ][..],
        ),
        (
            "CREATE TABLE b ();\n  \\connect x\n",
            &["`\\connect x` is a command of psql, not SQL\n  at migrations/0001_b.sql:2:3"],
        ),
        (
            "CREATE TABLE b ();\nCOPY b FROM STDIN;\n",
            &["copies from or to a client\n  at migrations/0001_b.sql:2:1"],
        ),
        (
            "CREATE TABLE b ();\nSELECT '\0';\n",
            &["NUL byte, which PostgreSQL takes in no text\n  at migrations/0001_b.sql:2:9"],
        ),
        (
            "CREATE TABLE b ();\nCREAT TABLE c ();\nCREATE TABLE d ();\n",
            &["syntax error at or near \"CREAT\"\n  at migrations/0001_b.sql:2:1"],
        ),
        (
            "CREATE TABLE b ();\nSELECT 'open;\nCREATE TABLE d ();\n",
            &["unterminated quoted string", "migrations/0001_b.sql:2:8"],
        ),
        ("CREATE TABLE b ();\n/* open\nCREATE TABLE d ();\n", &["migrations/0001_b.sql:2:1"]),
        (
            "CREATE TABLE b ();\nDO $$ BEGIN COMMIT; END $$;\n",
            &["invalid transaction termination\n  at migrations/0001_b.sql:2:1"],
        ),
        (
            "CREATE TABLE b ();\nSELECT * FROM nowhere;\n",
            &["relation \"nowhere\" does not exist\n  at migrations/0001_b.sql:2:15"],
        ),
        (
            "CREATE TABLE b ();\n SELECT pg_sleep(600);\n",
            &["canceling statement due to statement timeout\n  at migrations/0001_b.sql:2:2"],
        ),
    ] {
        if text.contains("pg_sleep") && !has_timers() {
            continue;
        }
        let workspace = with_second(&database, "statement-timeout = \"1s\"", text);
        let (status, out, said) = workspace.xtask(&["db-migrate"]);
        assert_eq!((status, out.as_str()), (1, ""), "{text}: {said}");
        for place in places {
            assert!(said.contains(place), "{text}: {place}: {said}");
        }
        assert!(said.contains("\n\nhint: "), "{text}: {said}");
        let tables = "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class \
                      WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace";
        assert_eq!(database.value(tables), "__drizzle_migrations a", "{text}");
        assert_eq!(database.value("SELECT count(*) FROM __drizzle_migrations"), "1", "{text}");
        if !text.contains('\0') {
            let state = workspace.xtask(&["db-status"]).1;
            assert!(state.is_empty() || state.contains("1 applied, 1 pending"), "{state}");
        }
    }
}

#[test]
fn a_hundred_megabytes_are_applied_and_an_error_at_their_end_has_its_place() {
    let database = Server::get().database();
    let value = "y".repeat(100 << 20);
    let text =
        format!("CREATE TABLE b (t text);\nINSERT INTO b VALUES (\n  '{value}');\n SELECT nonsense;\n");
    let workspace = with_second(&database, "", &text);
    let (status, _, said) = workspace.xtask(&["db-migrate"]);
    assert_eq!(status, 1, "{said}");
    assert!(said.contains("column \"nonsense\" does not exist\n  at migrations/0001_b.sql:4:9\n"), "{said}");
    assert_eq!(database.value("SELECT to_regclass('b')"), "");
    workspace.write("migrations/0001_b.sql", &text.replace("nonsense", "1"));
    workspace.done(&["db-migrate"]);
    assert_eq!(database.value("SELECT length(t) FROM b"), (100 << 20).to_string());
}

#[test]
fn status_says_what_is_in_doubt_and_how_to_settle_it() {
    let database = Server::get().database();
    let text = "CREATE TABLE b ();\n-- trueline: no-transaction\nSELECT nonsense;\n";
    let workspace = with_second(&database, "", text);
    assert_eq!(workspace.xtask(&["db-migrate"]).0, 1);
    let status = workspace.done(&["db-status"]);
    assert!(
        status.contains("begun     0001_b  1 of 2 statements applied, then: column \"nonsense\""),
        "{status}"
    );
    assert!(status.contains("\nshadow    "), "{status}");
    database.run("update trueline.progress set state = 'started', backend_pid = 1 where statement = 2");
    let (code, status, said) = workspace.xtask(&["db-status"]);
    assert_eq!(code, 0, "{said}");
    assert!(
        status.contains("in doubt  0001_b  statement 2 of 2 was sent")
            && status.contains("1 applied, 1 in doubt"),
        "{status}"
    );
    assert!(said.contains("--resolve 0001_b:2=done"), "{said}");
    let json = workspace.done(&["db-status", "--format", "json"]);
    assert!(json.contains(r#""state": "in doubt""#) || json.contains(r#""state":"in doubt""#), "{json}");
    let (code, _, said) = workspace.xtask(&["db-migrate"]);
    assert!(
        code == 1
            && said.contains(
                "whether statement 2 of `0001_b` is applied is in doubt\n  at migrations/0001_b.sql:3:1"
            ),
        "{said}"
    );
    let (code, _, said) = workspace.xtask(&["db-migrate", "--resolve", "0001_b:1=again"]);
    assert!(code == 1 && said.contains("statement 1 of `0001_b` is not in doubt"), "{said}");
    workspace.done(&["db-migrate", "--resolve", "0001_b:2=done"]);
    assert!(workspace.done(&["db-status"]).contains("2 applied"));
}
