//! Shadows: databases, templates, what stays behind.

use std::fs;
use std::path::{Path, PathBuf};

use trueline::server::dirs::Dirs;
use trueline::shadow::{Database, Shadow, ShadowError, ShadowOptions, TemplateKey};

use crate::support::{
    Other, Scratch, block_on, dirs_in, eventually, is_alive, kill, names, parent_of, role, servers,
};

fn key(digit: char) -> TemplateKey {
    TemplateKey::parse(&digit.to_string().repeat(64)).unwrap()
}

fn runs(dirs: &Dirs) -> PathBuf {
    dirs.clusters.join("shadow-1/runs")
}

/// Neither a run nor anything to remove is left.
fn assert_tidy(dirs: &Dirs) {
    for dir in ["runs", "trash"] {
        assert_eq!(names(&dirs.clusters.join("shadow-1").join(dir)), Vec::<String>::new(), "{dir}");
    }
}

/// The number of clusters that the next shadow may take.
fn idle(dirs: &Dirs) -> usize {
    let idle = dirs.clusters.join("shadow-1/idle");
    names(&idle).iter().map(|cluster| names(&idle.join(cluster)).len()).sum()
}

async fn run(database: &Database, sql: &str) {
    let session = database.connect().await.unwrap();
    session.batch_execute(sql).await.unwrap();
    session.close().await.unwrap();
}

async fn ask(database: &Database, sql: &str) -> String {
    let session = database.connect().await.unwrap();
    let answer = session.query_one(sql, &[]).await.unwrap().get(0);
    session.close().await.unwrap();
    answer
}

#[test]
fn a_template_saved_in_one_shadow_is_cloned_in_the_next() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            assert_eq!(shadow.major(), binaries.major);
            assert!(shadow.clone_template(&key('a')).await.unwrap().is_none());
            let database = shadow.create_database().await.unwrap();
            run(&database, "create table t(a text); insert into t values ('kept')").await;
            shadow.save_template(database, &key('a')).await.unwrap();
            let identity = shadow.identity();
            shadow.close().await.unwrap();

            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            assert_eq!(shadow.identity(), identity);
            let one = shadow.clone_template(&key('a')).await.unwrap().unwrap();
            let other = shadow.clone_template(&key('a')).await.unwrap().unwrap();
            run(&one, "drop table t").await;
            assert_eq!(ask(&other, "select a from t").await, "kept");
            shadow.close().await.unwrap();
        });
        assert_tidy(&scratch.dirs());
        assert_eq!(idle(&scratch.dirs()), 1);
    }
}

#[test]
fn a_database_has_the_session_settings_that_deparsing_depends_on() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            let settings = "select concat_ws('|', current_setting('TimeZone'), current_setting('DateStyle'),
                current_setting('IntervalStyle'), current_setting('extra_float_digits'), current_setting('bytea_output'),
                current_setting('server_encoding'), datcollate, datctype, current_setting('listen_addresses'))
                from pg_database where datname = current_database()";
            assert_eq!(ask(&database, settings).await, "UTC|ISO, MDY|postgres|1|hex|UTF8|C|C|");
            shadow.close().await.unwrap();
        });
    }
}

#[test]
fn two_at_once_use_two_clusters() {
    for binaries in servers() {
        let scratch = Scratch::new();
        let dirs = scratch.dirs();
        block_on(async {
            let (one, other) =
                tokio::join!(Shadow::start_on(&binaries, &dirs), Shadow::start_on(&binaries, &dirs));
            let (one, other) = (one.unwrap(), other.unwrap());
            let (a, b) = tokio::join!(one.create_database(), other.create_database());
            let (a, b) = (a.unwrap(), b.unwrap());
            run(&a, "create table only_here()").await;
            assert_eq!(ask(&b, "select count(*)::text from pg_class where relname = 'only_here'").await, "0");
            let (one, other) = tokio::join!(one.close(), other.close());
            one.and(other).unwrap();
        });
        assert_tidy(&dirs);
        assert_eq!(idle(&dirs), 2);
    }
}

#[test]
fn what_all_databases_share_does_not_leak_into_the_next_shadow() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let roles = ["app reader".to_owned(), "app_writer".to_owned()];
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let (one, other) = tokio::join!(shadow.ensure_roles(&roles), shadow.ensure_roles(&roles));
            one.and(other).unwrap();
            shadow.ensure_roles(&roles).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            run(&database, "create table t(); grant select on t to \"app reader\"").await;
            run(&database, "create role made_by_migration; grant app_writer to made_by_migration").await;
            shadow.close().await.unwrap();
            assert_eq!(idle(&scratch.dirs()), 1);

            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            let left = "select count(*)::text from pg_roles where oid >= 16384";
            assert_eq!(ask(&database, left).await, "0");
            run(&database, "create table t(); create role kept; grant select on t to kept").await;
            shadow.save_template(database, &key('c')).await.unwrap();
            shadow.close().await.unwrap();

            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.clone_template(&key('c')).await.unwrap().unwrap();
            assert_eq!(
                ask(&database, "select has_table_privilege('kept', 't', 'select')::text").await,
                "true"
            );
            run(&database, "alter role postgres set work_mem = '5MB'").await;
            shadow.close().await.unwrap();
            assert_eq!(idle(&scratch.dirs()), 0, "a cluster that was changed for all is not kept");
        });
        assert_tidy(&scratch.dirs());
    }
}

#[test]
fn pg_dump_answers_where_the_server_brings_it() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            run(
                &database,
                "create schema \"Od\"\"d\"; create table \"Od\"\"d\".t(a int); create table public.u()",
            )
            .await;
            let dump = shadow.pg_dump(&database, &["Od\"d".to_owned()], &["--no-owner"]).await.unwrap();
            assert_eq!(dump.is_some(), shadow.has_pg_dump());
            assert_eq!(shadow.has_pg_dump(), binaries.program("pg_dump").is_file());
            if let Some(dump) = dump {
                assert!(dump.contains("CREATE TABLE \"Od\"\"d\".t"), "{dump}");
                assert!(!dump.contains("public.u"), "{dump}");
            }
            shadow.close().await.unwrap();
        });
    }
}

#[test]
fn a_missing_extension_says_how_to_get_it() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            run(&database, "create extension pgcrypto").await;
            let session = database.connect().await.unwrap();
            let error = session.batch_execute("create extension no_such_thing").await.unwrap_err();
            let hint = shadow.missing_part_hint(error.as_db_error().unwrap()).unwrap();
            assert!(hint.contains("install"), "{hint}");
            let error = session.batch_execute("select nonsense").await.unwrap_err();
            assert_eq!(shadow.missing_part_hint(error.as_db_error().unwrap()), None);
            shadow.close().await.unwrap();
        });
    }
}

#[test]
fn a_shadow_that_is_only_dropped_leaves_no_server() {
    for binaries in servers() {
        let scratch = Scratch::new();
        let dirs = scratch.dirs();
        let pid = block_on(async {
            let shadow = Shadow::start_on(&binaries, &dirs).await.unwrap();
            shadow.create_database().await.unwrap();
            postmaster(&dirs)
        });
        assert!(!is_alive(pid));
        block_on(async { Shadow::start_on(&binaries, &dirs).await.unwrap().close().await.unwrap() });
        assert_tidy(&dirs);
    }
}

/// The process id of the only server of a shadow that runs.
fn postmaster(dirs: &Dirs) -> u32 {
    let run = names(&runs(dirs)).pop().unwrap();
    let pid = fs::read_to_string(runs(dirs).join(run).join("data/postmaster.pid")).unwrap();
    pid.lines().next().unwrap().parse().unwrap()
}

/// The part of the tests below that runs in a process of its own: holds a shadow until it is killed.
#[test]
fn holds_a_shadow() {
    let Some(role) = role() else { return };
    let (place, bin_dir) = role.split_once('|').unwrap();
    let binaries = servers().into_iter().find(|binaries| binaries.bin_dir == Path::new(bin_dir)).unwrap();
    let dirs = dirs_in(Path::new(place));
    block_on(async {
        let shadow = Shadow::start_on(&binaries, &dirs).await.unwrap();
        let database = shadow.create_database().await.unwrap();
        let session = database.connect().await.unwrap();
        println!("\nready {}", postmaster(&dirs));
        session.batch_execute("select pg_sleep(600)").await.unwrap();
    });
}

#[test]
fn killing_a_command_ends_its_server_and_the_next_sweeps_the_rest() {
    for binaries in servers() {
        for kills_the_shell in [false, true] {
            let scratch = Scratch::new();
            let dirs = scratch.dirs();
            let role = format!("{}|{}", scratch.path.display(), binaries.bin_dir.display());
            let (other, pid) = Other::start("shadow::holds_a_shadow", &role);
            let pid: u32 = pid.trim().parse().unwrap();
            assert!(is_alive(pid));
            if kills_the_shell {
                kill(parent_of(pid).unwrap());
            }
            other.kill();
            if !kills_the_shell {
                eventually("the end of the server", || !is_alive(pid));
            }
            block_on(async { Shadow::start_on(&binaries, &dirs).await.unwrap().close().await.unwrap() });
            assert!(!is_alive(pid));
            assert_tidy(&dirs);
        }
    }
}

#[test]
fn a_server_of_somebody_else_is_left_as_it_was() {
    for binaries in servers() {
        let scratch = Scratch::new();
        block_on(async {
            let host = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let theirs = host.create_database().await.unwrap();
            let state = "select (select string_agg(datname, ' ' order by datname) from pg_database) || '|' ||
                (select string_agg(rolname, ' ' order by rolname) from pg_roles)";
            let before = ask(&theirs, state).await;
            let dead = "select 'trueline_shadow_' || oid || '_77_1' from pg_database where datname = current_database()";
            let dead = ask(&theirs, dead).await;
            run(&theirs, &format!("create database {dead}")).await;

            let url = theirs.url().clone();
            let options =
                ShadowOptions { shadow_url: Some(url.clone()), target: Some(url), ..Default::default() };
            assert!(matches!(Shadow::start(&options).await, Err(ShadowError::IsTarget { .. })));
            let options = ShadowOptions { target: None, ..options };
            let shadow = Shadow::start(&options).await.unwrap();
            assert!(!ask(&theirs, state).await.contains(&dead), "what a dead command left is swept");
            let second = Shadow::start(&options).await.unwrap();
            let database = shadow.create_database().await.unwrap();
            second.close().await.unwrap();
            assert_eq!(ask(&database, "select current_setting('TimeZone')").await, "UTC");
            shadow.ensure_roles(&["visitor".to_owned()]).await.unwrap();
            assert!(shadow.clone_template(&key('d')).await.unwrap().is_none());
            shadow.save_template(database, &key('d')).await.unwrap();
            shadow.create_database().await.unwrap();
            shadow.close().await.unwrap();
            assert_eq!(ask(&theirs, state).await, before);
            host.close().await.unwrap();
        });
    }
}

#[test]
fn a_key_is_a_checksum() {
    assert!(TemplateKey::parse(&"A".repeat(64)).is_err());
    assert!(TemplateKey::parse("ab").is_err());
    assert_eq!(key('e').to_string(), "e".repeat(48));
}
