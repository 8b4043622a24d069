//! What `db-status` reads, and what `db-baseline` records.

use trueline::baseline::baseline;
use trueline::status::{Standing, status};
use trueline_journal::{Migration, Problem};

use crate::workspace::{WHEN, on_every_server};

#[test]
fn every_standing_is_told_apart() {
    on_every_server(async |bench| {
        let steps = "CREATE TABLE s (a int);\nCREATE INDEX CONCURRENTLY s_a ON s (b);";
        bench.write_entries(
            &[
                ("0000_a", WHEN, "SELECT 1;"),
                ("0002_c", WHEN + 2, "SELECT 3;"),
                ("0003_d", WHEN + 3, "SELECT 4;"),
            ],
            true,
        );
        bench.migrate().await.unwrap();
        bench.write_entries(
            &[
                ("0000_a", WHEN, "SELECT 1;"),
                ("0002_c", WHEN + 2, "SELECT 3;"),
                ("0003_d", WHEN + 3, "SELECT 4;"),
                ("0004_s", WHEN + 4, steps),
            ],
            true,
        );
        bench.problem().await;
        bench.write_entries(
            &[
                ("0000_a", WHEN, "SELECT 1;"),
                ("0001_b", WHEN + 1, "SELECT 2;"),
                ("0002_c", WHEN + 2, "SELECT 33;"),
                ("0004_s", WHEN + 4, steps),
                ("0005_e", WHEN + 5, "SELECT 6;"),
            ],
            true,
        );
        let connection = bench.connect().await;
        let found = status(&connection, &bench.settings, &bench.contents().migrations).await.unwrap();
        let standings: Vec<_> =
            found.lines.iter().map(|line| (line.tag.as_ref(), line.standing.clone())).collect();
        let begun = Standing::Begun { applied: 1, error: Some("column \"b\" does not exist".into()) };
        let expected = [
            ("0000_a", Standing::Applied),
            ("0001_b", Standing::Pending { late: true, unsealed: false }),
            ("0002_c", Standing::Edited),
            ("0004_s", begun),
            ("0005_e", Standing::Pending { late: false, unsealed: false }),
        ];
        assert_eq!(standings, expected);
        assert_eq!(found.unknown.iter().map(|row| row.created_at).collect::<Vec<_>>(), [Some(WHEN + 3)]);
        assert_eq!(found.ledger.as_deref(), Some("public.__drizzle_migrations"));
        connection
            .batch_execute("update trueline.progress set state = 'started' where statement = 2")
            .await
            .unwrap();
        let found = status(&connection, &bench.settings, &bench.contents().migrations).await.unwrap();
        assert_eq!(found.lines[3].standing, Standing::InDoubt { statement: 2 });
        connection.close().await.unwrap();
    });
}

#[test]
fn a_baseline_records_what_was_proved_and_nothing_else() {
    on_every_server(async |bench| {
        bench.execute("create table a ()").await;
        bench.write(&[("0000_a", "CREATE TABLE a ();"), ("0001_b", "CREATE TABLE b ();")]);
        let contents = bench.contents();
        let mut connection = bench.connect().await;
        let refuse =
            async |_: &mut _, _: &[Migration]| Err(vec![Problem::error("differs", "table b is missing")]);
        let error = baseline(&mut connection, &bench.settings, &contents, None, refuse).await.unwrap_err();
        assert_eq!(error.problems()[0].code, "differs");
        assert_eq!(bench.tables().await, ["a"]);
        assert_eq!(bench.texts("select to_regclass('public.__drizzle_migrations')").await, ["NULL"]);

        let first = "0000_a".parse().unwrap();
        let mut seen = Vec::new();
        let prove = async |_: &mut _, migrations: &[Migration]| {
            seen.extend(migrations.iter().map(|migration| migration.entry.tag.to_string()));
            Ok(())
        };
        let report =
            baseline(&mut connection, &bench.settings, &contents, Some(&first), prove).await.unwrap();
        assert_eq!((seen, report.recorded, report.already), (vec!["0000_a".to_owned()], vec![first], 0));
        assert_eq!(bench.whens().await, [WHEN.to_string()]);
        assert_eq!(bench.migrate().await.unwrap().applied.len(), 1);
        assert_eq!(bench.tables().await, ["a", "b"]);

        let unknown = "0000_x".parse().unwrap();
        let never = async |_: &mut _, _: &[Migration]| panic!("there is nothing to prove");
        let error =
            baseline(&mut connection, &bench.settings, &contents, Some(&unknown), never).await.unwrap_err();
        assert_eq!(error.problems()[0].hint.as_deref(), Some("did you mean `0000_a`?"));
        let report = baseline(&mut connection, &bench.settings, &contents, None, never).await.unwrap();
        assert!(report.recorded.is_empty());
        connection.close().await.unwrap();
    });
}
