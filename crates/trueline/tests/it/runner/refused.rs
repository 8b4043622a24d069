//! What is refused before anything is applied.

use trueline::runner::MigrateError;

use crate::workspace::{Bench, WHEN, on_every_server, shown};

/// Refused, or not usable; nothing was applied.
async fn untouched(bench: &Bench, begin: &str) {
    let before = bench.tables().await;
    let text = bench.problem().await;
    assert!(text.starts_with(begin), "{text}");
    assert!(text.contains("\nhint: "), "{text}");
    assert_eq!(bench.tables().await, before);
}

#[test]
fn edited_and_unknown_migrations_are_refused() {
    on_every_server(async |bench| {
        bench.write(&[("0000_a", "CREATE TABLE a ();"), ("0001_b", "CREATE TABLE b ();")]);
        bench.migrate().await.unwrap();
        bench.write(&[("0000_a", "CREATE TABLE a (id int);"), ("0001_b", "CREATE TABLE b ();")]);
        untouched(
            bench,
            "migration-edited: migration `0000_a` was edited after it was applied\nat migrations/0000_a.sql\n",
        )
        .await;

        // Unknown rows only warn while nothing is pending.
        bench.write(&[("0000_a", "CREATE TABLE a ();")]);
        let report = bench.migrate().await.unwrap();
        let notes: Vec<_> = report.notes.iter().map(shown).collect();
        assert!(
            notes.len() == 1 && notes[0].starts_with("unknown-rows: the ledger has a migration that is not"),
            "{notes:?}"
        );
        bench.write_entries(
            &[("0000_a", WHEN, "CREATE TABLE a ();"), ("0001_c", WHEN + 9, "CREATE TABLE c ();")],
            true,
        );
        untouched(bench, "unknown-rows: the ledger has a migration that is not in the journal\nrow 2: when ")
            .await;
    });
}

#[test]
fn which_ledger_counts_must_be_clear() {
    on_every_server(async |bench| {
        bench.write(&[("0000_a", "CREATE TABLE a ();")]);
        bench.execute("create table legacy (id int)").await;
        untouched(bench, "no-ledger: database `").await;
        bench.execute("drop table legacy; create extension if not exists pgcrypto").await;
        bench.migrate().await.unwrap();
        bench.execute("create schema drizzle; create table drizzle.__drizzle_migrations (like public.__drizzle_migrations including all)").await;
        untouched(
            bench,
            "two-ledgers: the database has two ledgers: `public.__drizzle_migrations` and `drizzle.__drizzle_migrations`",
        )
        .await;
        bench.settings.ledger = Some(("public".into(), "__drizzle_migrations".into()));
        assert!(bench.migrate().await.unwrap().applied.is_empty());
        bench.settings.ledger = Some(("own".into(), "Ledger".into()));
        untouched(bench, "no-ledger: ").await;

        // Of its own name, in a schema of its own.
        bench.renew().await;
        bench.settings.ledger = Some(("own".into(), "Ledger".into()));
        bench.write(&[("0000_a", "CREATE TABLE a ();")]);
        assert_eq!(bench.migrate().await.unwrap().ledger, "own.\"Ledger\"");
        assert!(bench.migrate().await.unwrap().applied.is_empty());
        assert_eq!(bench.texts("select created_at from own.\"Ledger\"").await, [WHEN.to_string()]);

        bench.renew().await;
        bench.write(&[("0000_a", "CREATE TABLE a ();")]);
        bench.execute("create table __drizzle_migrations (id int, note text)").await;
        untouched(bench, "ledger-shape: table `public.__drizzle_migrations` is not a ledger: it lacks `hash`, `created_at`").await;
    });
}

#[test]
fn roles_must_be_there() {
    on_every_server(async |bench| {
        bench.write(&[("0000_a", "CREATE TABLE a ();\nGRANT SELECT ON a TO \"Reader\", PUBLIC;")]);
        untouched(
            bench,
            "role-missing: migration `0000_a` names role `Reader`, which the server does not have",
        )
        .await;
        bench.write(&[(
            "0000_a",
            "CREATE TABLE a ();\nDO $$ BEGIN CREATE ROLE \"Reader\"; END $$;\nGRANT SELECT ON a TO \"Reader\", pg_monitor;",
        )]);
        bench.migrate().await.unwrap();
        bench.execute("drop table a; drop role \"Reader\"").await;
    });
}

#[test]
fn a_database_that_cannot_be_written_to_is_named() {
    on_every_server(async |bench| {
        let name = bench.url.database().to_owned();
        bench.write(&[("0000_a", "CREATE TABLE a ();")]);
        bench.execute(&format!("alter database {name} set default_transaction_read_only = on")).await;
        untouched(
            bench,
            &format!("read-only: database `{name}` takes no writes: `default_transaction_read_only` is on"),
        )
        .await;
        let error = bench.migrate().await.unwrap_err();
        assert!(matches!(error, MigrateError::Unusable(_)));
        bench
            .execute(&format!(
                "begin read write; alter database {name} reset default_transaction_read_only; commit"
            ))
            .await;

        // Somebody who may not write the ledger.
        bench.execute(&format!("create role limited login; revoke create on schema public from public; alter database {name} set role = limited")).await;
        untouched(bench, "database-query: failed to create the ledger `public.__drizzle_migrations`: permission denied for schema public").await;
        bench
            .execute(&format!("set role postgres; alter database {name} reset role; drop role limited"))
            .await;
    });
}
