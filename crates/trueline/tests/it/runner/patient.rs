//! Others who are in the way, and statements that take too long.

use std::time::Duration;

use trueline::runner::MigrateOptions;
use trueline_driver::Connection;

use crate::workspace::{Bench, WHEN, on_every_server, shown};

const A: (&str, &str) = ("0000_a", "CREATE TABLE a (id int);");
const MANY: MigrateOptions = MigrateOptions { dry_run: false, attempts: 10 };
const FEW: MigrateOptions = MigrateOptions { dry_run: false, attempts: 2 };

/// Lets go of what `other` has locked, after a while.
async fn release(other: &Connection, after_ms: u64) {
    tokio::time::sleep(Duration::from_millis(after_ms)).await;
    other.batch_execute("commit").await.unwrap();
}

/// Applies [`A`], then has a second session lock its table.
async fn with_a_locked(bench: &mut Bench, migrations: &[(&str, &str)]) -> Connection {
    bench.write(&[A]);
    bench.migrate().await.unwrap();
    bench.write(&[&[A][..], migrations].concat());
    let other = bench.connect().await;
    other.batch_execute("begin; lock table a in access share mode").await.unwrap();
    other
}

fn retries(told: &[String]) -> Vec<&String> {
    told.iter().filter(|event| event.starts_with("Retry")).collect()
}

#[test]
fn a_lock_that_somebody_has_is_asked_for_again() {
    on_every_server(async |bench| {
        bench.settings.timeouts.lock_ms = 100;
        let other = with_a_locked(bench, &[("0001_alter", "ALTER TABLE a ADD b int;")]).await;
        let ((result, told), ()) = tokio::join!(bench.migrate_with(&MANY), release(&other, 1_000));
        assert_eq!(result.unwrap().applied.len(), 1);
        let retries = retries(&told);
        // Where time-outs do nothing, the statement just waits.
        assert_eq!(retries.is_empty(), !bench.has_timers, "{told:?}");
        if bench.has_timers {
            assert!(
                retries[0].contains("lock timeout") && retries[0].contains("lock table a"),
                "{retries:?}"
            );
            bench.write(&[
                A,
                ("0001_alter", "ALTER TABLE a ADD b int;"),
                ("0002_c", "ALTER TABLE a ADD c int;"),
            ]);
            other.batch_execute("begin; lock table a in access share mode").await.unwrap();
            let error = bench.migrate_with(&FEW).await.0.unwrap_err();
            let text = shown(&error.problems()[0]);
            for part in [
                "at migrations/0002_c.sql:1:1\n",
                "SQLSTATE 55P03\n",
                "nothing of `0002_c` was applied\n",
                "`lock-timeout` is 100ms, and 10min outside of transactions; a segment is tried 2 times",
                "idle in transaction, in its transaction for ",
            ] {
                assert!(text.contains(part), "{part}: {text}");
            }
        }
    });
}

#[test]
fn who_is_in_the_way_is_named_while_waiting() {
    on_every_server(async |bench| {
        let other = with_a_locked(bench, &[("0001_alter", "ALTER TABLE a ADD b int;")]).await;
        let ((result, told), ()) = tokio::join!(bench.migrate_with(&MANY), release(&other, 1_800));
        assert_eq!(result.unwrap().applied.len(), 1);
        let blocked: Vec<_> = told.iter().filter(|event| event.starts_with("Blocked")).collect();
        assert!(blocked.len() == 1 && blocked[0].contains("lock table a"), "{told:?}");
    });
}

#[test]
fn another_attempt_repeats_no_segment_that_was_applied() {
    on_every_server(async |bench| {
        bench.settings.timeouts.lock_ms = 100;
        let steps = "CREATE TABLE log (at int);\n-- trueline: segment\nINSERT INTO log VALUES (1);\n\
                     -- trueline: segment\nALTER TABLE a ADD b int;\n-- trueline: segment\nINSERT INTO log VALUES (2);";
        let other = with_a_locked(bench, &[("0001_steps", steps), ("0002_z", "CREATE TABLE z ();")]).await;
        let ((result, told), ()) = tokio::join!(bench.migrate_with(&MANY), release(&other, 1_000));
        assert_eq!(result.unwrap().applied.len(), 2);
        assert_eq!(retries(&told).is_empty(), !bench.has_timers, "{told:?}");
        assert_eq!(bench.texts("select at from log order by at").await, ["1", "2"]);
        assert_eq!(bench.whens().await.len(), 3);
        assert_eq!(bench.texts("select tag from trueline.progress").await, Vec::<String>::new());
    });
}

#[test]
fn an_index_that_waits_too_long_is_dropped_and_built_again() {
    on_every_server(async |bench| {
        bench.settings.timeouts.long_lock_ms = 300;
        let other = with_a_locked(bench, &[("0001_i", "CREATE INDEX CONCURRENTLY a_i ON a (id);")]).await;
        other.batch_execute("insert into a values (1)").await.unwrap();
        let ((result, told), ()) = tokio::join!(bench.migrate_with(&MANY), release(&other, 1_500));
        assert_eq!(result.unwrap().applied.len(), 1);
        assert_eq!(retries(&told).is_empty(), !bench.has_timers, "{told:?}");
        let indexes = "select indisvalid from pg_index where indrelid = 'a'::regclass";
        assert_eq!(bench.texts(indexes).await, ["true"]);
    });
}

#[test]
fn a_partition_that_is_half_detached_is_finished() {
    on_every_server(async |bench| {
        if !bench.has_timers {
            return;
        }
        let p = (
            "0000_p",
            "CREATE TABLE p (a int) PARTITION BY LIST (a);\nCREATE TABLE c PARTITION OF p FOR VALUES IN (1);",
        );
        bench.write(&[p]);
        bench.migrate().await.unwrap();
        bench.settings.timeouts.long_lock_ms = 300;
        let detach = "ALTER TABLE p DETACH PARTITION c CONCURRENTLY;\nCREATE TABLE after ();";
        bench.write(&[p, ("0001_detach", detach)]);
        let other = bench.connect().await;
        other.batch_execute("begin; select from p").await.unwrap();
        let (error, _) = bench.migrate_with(&FEW).await;
        let text = shown(&error.unwrap_err().problems()[0]);
        assert!(text.contains("55P03"), "{text}");
        assert_eq!(bench.texts("select inhdetachpending from pg_inherits").await, ["true"]);
        other.batch_execute("commit").await.unwrap();
        let (result, told) = bench.migrate_with(&FEW).await;
        assert_eq!(result.unwrap().applied.len(), 1);
        assert!(told.iter().any(|event| event.contains("is finished by `ALTER TABLE p DETACH")), "{told:?}");
        assert_eq!(bench.texts("select 1 from pg_inherits").await, Vec::<String>::new());
        assert_eq!(bench.tables().await, ["after", "c"]);
    });
}

#[test]
fn a_statement_without_end_is_ended() {
    on_every_server(async |bench| {
        if !bench.has_timers {
            return;
        }
        bench.settings.timeouts.statement_ms = 300;
        bench.write(&[A, ("0001_endless", "CREATE TABLE b ();\n  SELECT pg_sleep(60);\nCREATE TABLE c ();")]);
        let text = bench.problem().await;
        for part in [
            "at migrations/0001_endless.sql:2:3\nin statement 2 of `0001_endless`\nSQLSTATE 57014\n",
            "nothing of `0001_endless` was applied\n",
            "`statement-timeout` is 300ms, and 1h for index builds",
            "hint: if it needs that long, raise the time-out in Cargo.toml",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert_eq!(bench.tables().await, ["a"]);
        assert_eq!(bench.whens().await, [WHEN.to_string()]);

        // More time for statements that take long, and for those that say so.
        let slow = "CREATE FUNCTION slow(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.6); RETURN $1; END $$;\n\
            INSERT INTO a VALUES (1);\nCREATE INDEX a_slow ON a (slow(id));\nDROP INDEX a_slow;";
        bench.write(&[
            A,
            ("0001_slow", slow),
            ("0002_more", "SET LOCAL statement_timeout = '5s';\nSELECT slow(1);"),
        ]);
        assert_eq!(bench.migrate().await.unwrap().applied.len(), 2);
        bench.write(&[
            A,
            ("0001_slow", slow),
            ("0002_more", "SET LOCAL statement_timeout = '5s';\nSELECT slow(1);"),
            ("0003_again", "CREATE INDEX a_i ON a (id);\nSELECT slow(1);"),
        ]);
        let text = bench.problem().await;
        assert!(text.contains("at migrations/0003_again.sql:2:1\n"), "{text}");
    });
}

#[test]
fn a_new_enum_value_is_used_in_the_next_transaction() {
    on_every_server(async |bench| {
        bench.write(&[
            ("0000_e", "CREATE TYPE e AS ENUM ('a');\nCREATE TABLE t (e e);"),
            ("0001_b", "ALTER TYPE e ADD VALUE 'b';\nALTER TABLE t ALTER e SET DEFAULT 'b';\nINSERT INTO t DEFAULT VALUES;"),
        ]);
        assert_eq!(bench.migrate().await.unwrap().applied.len(), 2);
        assert_eq!(bench.texts("select e from t").await, ["b"]);
        assert_eq!(bench.texts("select tag from trueline.progress").await, Vec::<String>::new());
    });
}
