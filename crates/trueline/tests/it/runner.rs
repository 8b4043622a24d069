//! Applying migrations: what is applied, in which transactions, and what the ledger says afterwards.

use crate::workspace::{Bench, WHEN, on_every_server, shown};

#[test]
fn pending_migrations_are_applied_once_and_recorded_as_drizzle_does() {
    on_every_server(async |bench: Bench| {
        bench.write(&[
            (
                "0000_a",
                "CREATE TABLE a (id int PRIMARY KEY);\n--> statement-breakpoint\nCREATE INDEX a_i ON a (id);",
            ),
            ("0001_b", "CREATE TABLE b (a int REFERENCES a);"),
        ]);
        let report = bench.migrate().await.unwrap();
        let tags: Vec<_> = report.applied.iter().map(|(tag, _)| tag.to_string()).collect();
        assert_eq!(tags, ["0000_a", "0001_b"]);
        assert_eq!(report.ledger, "public.__drizzle_migrations");
        assert_eq!(bench.tables().await, ["a", "b"]);
        assert_eq!(bench.whens().await, [WHEN.to_string(), (WHEN + 60_000).to_string()]);
        let hashes = bench.texts("select hash from public.__drizzle_migrations order by id").await;
        assert_eq!(
            hashes[1],
            trueline_journal::Checksum::of("CREATE TABLE b (a int REFERENCES a);").to_string()
        );
        assert_eq!(
            bench.texts("select 1 from pg_namespace where nspname = 'trueline'").await,
            Vec::<String>::new()
        );

        let again = bench.migrate().await.unwrap();
        assert!(again.applied.is_empty() && again.notes.is_empty(), "{again:?}");
        assert_eq!(bench.whens().await.len(), 2);
        bench.stop().await;
    });
}

#[test]
fn a_statement_that_fails_is_named_with_its_place_and_nothing_of_its_migration_stays() {
    on_every_server(async |bench: Bench| {
        bench.write(&[
            ("0000_a", "CREATE TABLE a (id int);"),
            (
                "0001_bad",
                "CREATE TABLE b (id int);\n-- ü\nSELECT 'ü', nonsense FROM a;\nCREATE TABLE c (id int);",
            ),
            ("0002_d", "CREATE TABLE d (id int);"),
        ]);
        let problems = bench.problems().await;
        assert_eq!(problems.len(), 1);
        let text = shown(&problems[0]);
        assert!(
            text.starts_with(
                "migration-sql: column \"nonsense\" does not exist\nat migrations/0001_bad.sql:3:13\n\
                 in statement 2 of `0001_bad`\nSQLSTATE 42703\nnothing of `0001_bad` was applied\n\
                 of 3 pending migrations, 1 were applied before it\nhint: correct the data"
            ),
            "{text}"
        );
        assert_eq!(bench.tables().await, ["a"]);
        assert_eq!(bench.whens().await, [WHEN.to_string()]);
        bench.stop().await;
    });
}
