//! Several migrates at once.

use std::time::Duration;

use trueline::runner::{Event, MigrateError, MigrateOptions, migrate};

use crate::workspace::{WHEN, on_every_server, shown};

#[test]
fn several_migrates_at_once_apply_everything_once() {
    on_every_server(async |bench| {
        let texts: Vec<(String, String)> = (0..40)
            .map(|at| {
                let concurrently = if at % 10 == 3 {
                    format!("\nCREATE INDEX CONCURRENTLY i{at} ON t{at} (a);")
                } else {
                    String::new()
                };
                (format!("{at:04}_t"), format!("CREATE TABLE t{at} (a int);{concurrently}"))
            })
            .collect();
        let migrations: Vec<_> = texts.iter().map(|(tag, sql)| (tag.as_str(), sql.as_str())).collect();
        bench.write(&migrations);
        let runs = (0..6).map(|_| async {
            let (result, told) = bench.migrate_with(&MigrateOptions::default()).await;
            (result.unwrap().applied.len(), told.iter().any(|event| event.starts_with("Waiting")))
        });
        let outcomes = futures_util::future::join_all(runs).await;
        let applied: Vec<_> =
            outcomes.iter().map(|(applied, _)| *applied).filter(|applied| *applied > 0).collect();
        assert_eq!(applied, [40], "{outcomes:?}");
        assert!(outcomes.iter().any(|(_, waited)| *waited), "{outcomes:?}");
        let expected: Vec<_> = (0..40).map(|at| (WHEN + at * 60_000).to_string()).collect();
        assert_eq!(bench.whens().await, expected);
        assert_eq!(bench.tables().await.len(), 40);
    });
}

#[test]
fn who_waits_too_long_is_told_for_whom() {
    on_every_server(async |bench| {
        bench.write(&[("0000_slow", "CREATE TABLE t (a int);\nSELECT pg_sleep(2);")]);
        bench.settings.timeouts.wait_ms = 300;
        let contents = bench.contents();
        let mut first = bench.connect().await;
        let mut second = bench.connect().await;
        let slow = async {
            migrate(&mut first, &bench.settings, &contents, &MigrateOptions::default(), &mut |_| {})
                .await
                .unwrap()
        };
        let mut told = Vec::new();
        let hasty = async {
            tokio::time::sleep(Duration::from_millis(500)).await;
            let options = MigrateOptions::default();
            let mut watch = |event: Event<'_>| told.push(format!("{event:?}"));
            migrate(&mut second, &bench.settings, &contents, &options, &mut watch).await.unwrap_err()
        };
        let (report, error) = tokio::join!(slow, hasty);
        assert_eq!(report.applied.len(), 1);
        let MigrateError::Unusable(problem) = &error else { panic!("{error:?}") };
        let text = shown(problem);
        assert!(
            text.starts_with(
                "locked: another migrate is still at work after 0 s of waiting\nthe lock is held by process "
            ) && text.contains("(`trueline db-migrate` as `postgres` from a local socket, connected for "),
            "{text}"
        );
        assert!(told.len() == 1 && told[0].starts_with("Waiting("), "{told:?}");

        // The lock was given back with the session still open.
        let report =
            migrate(&mut second, &bench.settings, &contents, &MigrateOptions::default(), &mut |_| {}).await;
        assert!(report.unwrap().applied.is_empty());
        let locks = "select 1 from pg_locks where locktype = 'advisory' and granted";
        assert_eq!(bench.texts(locks).await, Vec::<String>::new());
    });
}

#[test]
fn a_lock_that_is_lost_on_the_way_stops_what_comes_after() {
    on_every_server(async |bench| {
        bench.write(&[
            ("0000_a", "CREATE TABLE a ();"),
            ("0001_b", "CREATE TABLE b ();\nSELECT pg_advisory_unlock_all();"),
            ("0002_c", "CREATE TABLE c ();"),
        ]);
        let text = bench.problem().await;
        assert!(
            text.starts_with(
                "lock-lost: this session does not hold the lock any more: `0002_c` was not begun"
            ),
            "{text}"
        );
        assert_eq!(bench.tables().await, ["a", "b"]);
        assert_eq!(bench.migrate().await.unwrap().applied.len(), 1);
        assert_eq!(bench.tables().await, ["a", "b", "c"]);
        // It is given back as often as it was taken.
        let locks = "select 1 from pg_locks where locktype = 'advisory'";
        assert_eq!(bench.texts(locks).await, Vec::<String>::new());
    });
}
