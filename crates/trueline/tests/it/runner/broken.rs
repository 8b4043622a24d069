//! Migrations that fail, and runs that break off: what is left, and how it goes on.

use std::time::{Duration, Instant};

use trueline::runner::{Finding, MigrateError, MigrateOptions, Resolution, State, migrate, settle};
use trueline::settings::Settings;
use trueline_driver::{DatabaseUrl, connect};
use trueline_journal::Folder;

use crate::support::{Other, block_on, role};
use crate::workspace::{Bench, WHEN, on_every_server};

#[test]
fn a_statement_that_fails_is_named_with_its_place_and_nothing_of_its_migration_stays() {
    on_every_server(async |bench| {
        bench.write(&[
            ("0000_a", "CREATE TABLE a (id int);"),
            (
                "0001_bad",
                "CREATE TABLE b (id int);\n-- ü\nSELECT 'ü', nonsense FROM a;\nCREATE TABLE c (id int);",
            ),
            ("0002_d", "CREATE TABLE d (id int);"),
        ]);
        let text = bench.problem().await;
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

        // A syntax error keeps the whole transaction from beginning; the place is the server's.
        let first = ("0000_a", "CREATE TABLE a (id int);");
        bench.write(&[
            first,
            ("0001_bad", "CREATE TABLE b (id int);\n  CREATE TABEL c ();"),
            ("0002_d", "CREATE TABLE d ();"),
        ]);
        let text = bench.problem().await;
        assert!(
            text.starts_with(
                "migration-sql: syntax error at or near \"TABEL\"\nat migrations/0001_bad.sql:2:10\n"
            ),
            "{text}"
        );
        // Without a position: the statement's start.
        bench.write(&[
            first,
            (
                "0001_bad",
                "CREATE TABLE b (id int);\n\n  INSERT INTO b VALUES (1);\n  SELECT 1/id - id/(id-1) FROM b;",
            ),
        ]);
        let text = bench.problem().await;
        assert!(
            text.starts_with(
                "migration-sql: division by zero\nat migrations/0001_bad.sql:4:3\nin statement 3"
            ),
            "{text}"
        );
        // What is checked at the end is checked before the ledger row is written.
        bench.write(&[
            first,
            (
                "0001_bad",
                "CREATE TABLE p (id int PRIMARY KEY);\n\
              CREATE TABLE c (p int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);",
            ),
            ("0002_d", "CREATE TABLE d ();"),
        ]);
        let text = bench.problem().await;
        assert!(
            text.contains("violates foreign key constraint")
                && text.contains("deferred constraints are checked"),
            "{text}"
        );
        assert_eq!(bench.tables().await, ["a"]);
        assert_eq!(bench.whens().await, [WHEN.to_string()]);

        // Larger than one message.
        let rows = "INSERT INTO b VALUES (1, 'some text of a row');\n".repeat(40_000);
        let bad = format!("CREATE TABLE b (id int, t text);\n{rows}INSERT INTO b VALUES ('x', '');");
        bench.write(&[first, ("0001_large", &bad)]);
        let text = bench.problem().await;
        assert!(text.contains("at migrations/0001_large.sql:40002:23\nin statement 40002"), "{text}");
        assert_eq!(bench.tables().await, ["a"]);
        bench.write(&[first, ("0001_large", &bad.replace("'x'", "0"))]);
        bench.migrate().await.unwrap();
        assert_eq!(bench.texts("select count(*) from b").await, ["40001"]);
        bench.write(&[first]);
    });
}

const STEPS: &str = "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);\n\
    CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);\nCREATE TABLE after (a int);";

#[test]
fn a_migration_of_several_segments_goes_on_where_it_stopped() {
    on_every_server(async |bench| {
        bench.write(&[("0000_steps", STEPS), ("0001_z", "CREATE TABLE z ();")]);
        let text = bench.problem().await;
        assert!(
            text.starts_with(
                "migration-sql: could not create unique index \"t_a\"\nat migrations/0000_steps.sql:3:1\n"
            ) && text.contains("statements 1-2 of `0000_steps` are applied and recorded")
                && text.contains("it goes on with statement 3"),
            "{text}"
        );
        let states = bench.texts("select statement || ' ' || state from trueline.progress order by 1").await;
        assert_eq!(states, ["1 done", "2 done", "3 failed"]);
        // An older version's table did not know what a statement builds.
        bench.execute("alter table trueline.progress drop builds").await;
        assert_eq!(bench.whens().await, Vec::<String>::new());

        // What is applied may not be edited any more; what is not applied may.
        bench.write(&[("0000_steps", &STEPS.replace("(1), (1)", "(1), (2)"))]);
        let text = bench.problem().await;
        assert!(
            text.starts_with("migration-edited: statement 2 of migration `0000_steps` was edited"),
            "{text}"
        );
        bench.execute("delete from t where ctid in (select max(ctid) from t)").await;
        bench.write(&[("0000_steps", &STEPS.replace("after", "later")), ("0001_z", "CREATE TABLE z ();")]);
        let (result, told) = bench.migrate_with(&MigrateOptions::default()).await;
        assert_eq!(result.unwrap().applied.len(), 2);
        assert!(
            told.iter()
                .any(|event| event.contains("its index `public.t_a` is not valid, and is built again")),
            "{told:?}"
        );
        assert_eq!(bench.tables().await, ["later", "t", "z"]);
        assert_eq!(
            bench.texts("select indisvalid from pg_index where indexrelid = 't_a'::regclass").await,
            ["true"]
        );
        assert_eq!(bench.texts("select tag from trueline.progress").await, Vec::<String>::new());
        assert_eq!(bench.whens().await.len(), 2);
        assert!(bench.migrate().await.unwrap().applied.is_empty());

        // An index that was there before is never touched, not even when it is invalid.
        bench.renew().await;
        bench.write(&[("0000_t", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);")]);
        bench.migrate().await.unwrap();
        let _ = bench.connect().await.batch_execute("create unique index concurrently t_a on t (a)").await;
        let before = bench.texts("select oid from pg_class where relname = 't_a'").await;
        bench.write(&[
            ("0000_t", "CREATE TABLE t (a int);\nINSERT INTO t VALUES (1), (1);"),
            ("0001_i", "CREATE UNIQUE INDEX CONCURRENTLY t_a ON t (a);"),
        ]);
        for _ in 0..2 {
            let text = bench.problem().await;
            assert!(text.starts_with("migration-sql: relation \"t_a\" already exists"), "{text}");
            assert_eq!(bench.texts("select oid from pg_class where relname = 't_a'").await, before);
        }
    });
}

/// What [`Other`] runs: migrates until it is killed.
#[test]
fn child() {
    let Some(role) = role() else { return };
    let (url, root) = role.split_once('\n').unwrap();
    block_on(async {
        let settings = Settings::default_for(root.as_ref());
        let contents = Folder::new(&settings.root, &settings.migrations).read().unwrap();
        let mut connection = connect(&DatabaseUrl::parse(url).unwrap()).await.unwrap();
        println!("ready ");
        let _ = migrate(&mut connection, &settings, &contents, &MigrateOptions::default(), &mut |_| {}).await;
    });
}

/// Waits until the query has rows, or none.
async fn happens(bench: &Bench, query: &str, rows: bool) {
    let since = Instant::now();
    while bench.texts(query).await.is_empty() == rows {
        assert!(since.elapsed() < Duration::from_mins(1), "did not happen: {query}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Starts a migrate in another process, waits until it runs a statement like `pattern`, and kills it.
async fn kill_during(bench: &Bench, pattern: &str) {
    let argument = format!("{}\n{}", bench.url.to_secret_string(), bench.settings.root.display());
    let (other, _) = Other::start("runner::broken::child", &argument);
    let running = format!(
        "select 1 from pg_stat_activity where state = 'active' and query like '{pattern}' and pid <> pg_backend_pid() \
         and datname = current_database()"
    );
    happens(bench, &running, true).await;
    other.kill();
}

async fn wait_for_idle(bench: &Bench) {
    let others =
        "select 1 from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()";
    happens(bench, others, false).await;
}

#[test]
fn a_killed_migrate_is_finished_by_the_next() {
    on_every_server(async |bench| {
        // In the middle of building an index.
        let steps = STEPS.replace("(1), (1)", "(1), (2)");
        let migrations = [
            ("0000_b", "CREATE TABLE b ();"),
            ("0001_steps", steps.as_str()),
            ("0002_z", "CREATE TABLE z ();"),
        ];
        bench.write(&migrations);
        let blocker = bench.connect().await;
        blocker
            .batch_execute("begin isolation level repeatable read; create table x (); drop table x")
            .await
            .unwrap();
        kill_during(bench, "CREATE UNIQUE INDEX CONCURRENTLY%").await;
        if bench.has_timers {
            // The server notices by itself that the client is gone.
            let builder = "select 1 from pg_stat_activity where query like 'CREATE UNIQUE%' and pid <> pg_backend_pid() \
                           and datname = current_database()";
            happens(bench, builder, false).await;
            assert_eq!(
                bench.texts("select state from trueline.progress where statement = 3").await,
                ["started"]
            );
        }
        blocker.batch_execute("commit").await.unwrap();
        blocker.close().await.unwrap();
        let report = bench.migrate().await.unwrap();
        assert_eq!(report.applied.len(), 2);
        finished(bench).await;

        // In the middle of a transaction: nothing of it is there.
        bench.renew().await;
        bench.write(&[
            ("0000_b", "CREATE TABLE b ();"),
            ("0001_slow", "CREATE TABLE t ();\nSELECT pg_sleep(1.5);"),
        ]);
        kill_during(bench, "BEGIN /* 0001_slow */%").await;
        let report = bench.migrate().await.unwrap();
        assert!(report.applied.len() <= 1, "{report:?}");
        assert_eq!(bench.tables().await, ["b", "t"]);
        assert_eq!(bench.whens().await, [WHEN.to_string(), (WHEN + 60_000).to_string()]);
    });
}

async fn finished(bench: &Bench) {
    assert_eq!(bench.tables().await, ["after", "b", "t", "z"]);
    assert_eq!(
        bench.texts("select indisvalid from pg_index where indexrelid = 't_a'::regclass").await,
        ["true"]
    );
    assert_eq!(bench.whens().await, [0, 1, 2].map(|at| (WHEN + at * 60_000).to_string()));
    assert_eq!(bench.texts("select tag from trueline.progress").await, Vec::<String>::new());
    assert!(bench.migrate().await.unwrap().applied.is_empty());
}

#[test]
fn what_nobody_can_know_is_in_doubt_until_it_is_settled() {
    on_every_server(async |bench| {
        let text = "CREATE TABLE t (a int);\n\
            CREATE PROCEDURE p() LANGUAGE plpgsql AS $$ BEGIN INSERT INTO t VALUES (1); COMMIT; PERFORM pg_sleep(1.5); END $$;\n\
            -- trueline: no-transaction\nCALL p();\nCREATE TABLE after (a int);";
        bench.write(&[("0000_call", text)]);
        kill_during(bench, "CALL p()%").await;
        wait_for_idle(bench).await;
        let error = bench.migrate().await.unwrap_err();
        assert!(matches!(error, MigrateError::Refused(_)));
        let text = bench.problem().await;
        assert!(
            text.starts_with("in-doubt: whether statement 3 of `0000_call` is applied is in doubt\nat migrations/0000_call.sql:4:1\n")
                && text.contains("--resolve 0000_call:3=done"),
            "{text}"
        );
        let connection = bench.connect().await;
        let resolution =
            |statement, finding| Resolution { tag: "0000_call".parse().unwrap(), statement, finding };
        let contents = bench.contents();
        let wrong = resolution(1, Finding::Done);
        let error = settle(&connection, &bench.settings, &contents, &wrong, &mut |_| {}).await.unwrap_err();
        assert_eq!(error.problems()[0].code, "not-in-doubt");
        let right = resolution(3, Finding::Done);
        settle(&connection, &bench.settings, &contents, &right, &mut |_| {}).await.unwrap();
        connection.close().await.unwrap();
        assert_eq!(
            bench.texts("select state from trueline.progress where statement = 3").await,
            [State::Done.as_str()]
        );
        bench.migrate().await.unwrap();
        assert_eq!(bench.tables().await, ["after", "t"]);
        assert_eq!(bench.texts("select count(*) from t").await, ["1"], "not run again");
    });
}
