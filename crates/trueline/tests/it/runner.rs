//! Applying migrations: what is applied, in which transactions, and what the ledger says afterwards.

mod broken;
mod patient;
mod pooled;
mod refused;
mod together;

use trueline::ledger::{Located, Shape, locate};
use trueline::runner::MigrateOptions;
use trueline_journal::Checksum;

use crate::workspace::{WHEN, on_every_server, shown};

const TWO: [(&str, &str); 2] = [
    ("0000_a", "CREATE TABLE a (id int PRIMARY KEY);\n--> statement-breakpoint\nCREATE INDEX a_i ON a (id);"),
    ("0001_b", "CREATE TABLE b (a int REFERENCES a);"),
];

#[test]
fn pending_migrations_are_applied_once_and_recorded_as_drizzle_does() {
    on_every_server(async |bench| {
        bench.write(&TWO);
        let report = bench.migrate().await.unwrap();
        let tags: Vec<_> = report.applied.iter().map(|(tag, _)| tag.to_string()).collect();
        assert_eq!(tags, ["0000_a", "0001_b"]);
        assert_eq!(report.ledger, "public.__drizzle_migrations");
        assert_eq!(bench.tables().await, ["a", "b"]);
        assert_eq!(bench.whens().await, [WHEN.to_string(), (WHEN + 60_000).to_string()]);
        let hashes = bench.texts("select hash from public.__drizzle_migrations order by id").await;
        assert_eq!(hashes, TWO.map(|(_, sql)| Checksum::of(sql).to_string()));
        let own = bench.texts("select nspname from pg_namespace where nspname = 'trueline'").await;
        assert!(own.is_empty(), "one transaction needs no record of progress");

        let again = bench.migrate().await.unwrap();
        assert!(again.applied.is_empty() && again.notes.is_empty(), "{again:?}");
        assert_eq!(bench.whens().await.len(), 2);
    });
}

#[test]
fn ledgers_that_drizzle_wrote_are_taken_as_they_are() {
    on_every_server(async |bench| {
        // Recorded in drizzle's schema, from a checkout with CRLF line ends; v1 added its columns.
        bench.write_entries(&[("0000_a", WHEN, TWO[0].1), ("0001_b", WHEN + 1, TWO[1].1)], false);
        let crlf = Checksum::of_bytes(TWO[0].1.replace('\n', "\r\n").as_bytes());
        bench
            .execute(&format!(
                "create schema drizzle; create table drizzle.__drizzle_migrations (id serial primary key, \
                 hash text not null, created_at bigint, name text, applied_at timestamptz default now()); \
                 insert into drizzle.__drizzle_migrations (hash, created_at) values ('{crlf}', {WHEN}); \
                 create table a (id int primary key)"
            ))
            .await;
        let connection = bench.connect().await;
        let Located::One(ledger) = locate(&connection, &bench.settings).await.unwrap() else { panic!() };
        assert_eq!((ledger.to_string().as_str(), ledger.shape), ("drizzle.__drizzle_migrations", Shape::V1));
        let report = bench.migrate().await.unwrap();
        assert_eq!(report.applied.len(), 1);
        let rows = bench
            .texts("select (created_at, name, applied_at is null) from drizzle.__drizzle_migrations")
            .await;
        assert_eq!(rows, [format!("({WHEN},,f)"), format!("({},0001_b,f)", WHEN + 1)]);

        // A file with CRLF line ends is executed, and recorded, with LF.
        bench.renew().await;
        let text = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'a\r\nb' $$;\r\n";
        bench.write_entries(&[("0000_f", WHEN, text)], false);
        bench.migrate().await.unwrap();
        assert_eq!(bench.texts("select f()").await, ["a\nb"]);
        let hash = bench.texts("select hash from public.__drizzle_migrations").await;
        assert_eq!(hash, [Checksum::of(text).to_string()]);
        assert!(bench.migrate().await.unwrap().applied.is_empty());

        // Merged late: applied, and said.
        bench.renew().await;
        bench.write_entries(&[("0000_a", WHEN, "select 1"), ("0002_c", WHEN + 2, "select 3")], false);
        bench.migrate().await.unwrap();
        bench.write_entries(
            &[
                ("0000_a", WHEN, "select 1"),
                ("0001_b", WHEN + 1, "select 2"),
                ("0002_c", WHEN + 2, "select 3"),
            ],
            false,
        );
        let report = bench.migrate().await.unwrap();
        assert_eq!(report.applied.len(), 1);
        let notes: Vec<_> = report.notes.iter().map(shown).collect();
        assert!(notes.len() == 1 && notes[0].starts_with("late: migration `0001_b` is older"), "{notes:?}");
    });
}

#[test]
fn a_dry_run_changes_nothing() {
    on_every_server(async |bench| {
        bench.write(&TWO);
        let options = MigrateOptions { dry_run: true, ..MigrateOptions::default() };
        let report = bench.migrate_with(&options).await.0.unwrap();
        let pending: Vec<_> =
            report.pending.iter().map(|one| (one.migration.entry.tag.as_ref(), one.from)).collect();
        assert_eq!(pending, [("0000_a", 1), ("0001_b", 1)]);
        assert!(report.applied.is_empty());
        assert_eq!(
            bench
                .texts("select relname from pg_class where relnamespace = 'public'::regnamespace")
                .await
                .len(),
            0
        );
    });
}

#[test]
fn what_one_migration_sets_reaches_no_other() {
    on_every_server(async |bench| {
        bench.write(&[
            ("0000_set", "CREATE SCHEMA other;\nCREATE ROLE limited;\nGRANT CREATE, USAGE ON SCHEMA other TO limited;\n\
                          SET search_path = other;\nSET TimeZone = 'Asia/Tokyo';\nSET ROLE limited;\nCREATE TABLE t (a int);"),
            ("0001_use", "CREATE TABLE u (at timestamptz DEFAULT '2024-01-01 00:00:00');\n\
                          -- trueline: segment\nSET search_path = other;\n-- trueline: segment\nCREATE TABLE v (a int);"),
        ]);
        bench.migrate().await.unwrap();
        assert_eq!(bench.tables().await, ["u", "v"]);
        assert_eq!(
            bench
                .texts("select pg_get_expr(adbin, adrelid) from pg_attrdef where adrelid = 'u'::regclass")
                .await,
            ["'2024-01-01 00:00:00+00'::timestamp with time zone"]
        );
        assert_eq!(
            bench.texts("select tableowner from pg_tables where schemaname = 'other'").await,
            ["limited"]
        );
        bench.execute("drop schema other cascade; drop role limited").await;
    });
}
