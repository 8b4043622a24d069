//! One schema on several majors: the same catalog but for what they print differently, and comparing across them.

use std::fs;
use std::path::Path;

use trueline::catalog::Catalog;
use trueline::diff::{diff, fields};
use trueline::elaborate::Inputs;
use trueline::load::{LoadOptions, Source, Sources, load};
use trueline::server::Binaries;
use trueline::settings::Settings;
use trueline::shadow::{Database, Shadow};
use trueline::verify::{self, Desired, across};

use crate::support::{Scratch, block_on, servers};

/// What majors print differently although it is the same: the field of the object, and the oldest major that
/// prints it as the newest does. From 16 on, `get_variable` in `ruleutils.c` leaves out a column's table where a
/// query has but one.
const PRINTED_ANEW: &[(&str, u32)] = &[
    ("materialized view app.counts: query", 16),
    ("view app.checked: query", 16),
    ("view app.plain_view: query", 16),
    ("view app.sets: query", 16),
    ("view app.view_on_view: query", 16),
];

/// One server for each major, with a shadow on it.
struct Server {
    shadow: Shadow,
    _scratch: Scratch,
}

async fn start(binaries: &Binaries) -> Server {
    let scratch = Scratch::new();
    Server { shadow: Shadow::start_on(binaries, &scratch.dirs()).await.unwrap(), _scratch: scratch }
}

fn one_of_each_major() -> Vec<Binaries> {
    let mut servers = servers();
    servers.sort_by_key(|binaries| binaries.major);
    servers.dedup_by_key(|binaries| binaries.major);
    servers
}

fn data(file: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(file)).unwrap()
}

fn rich() -> Sources {
    Sources { files: vec![Source { path: "majors.sql".into(), text: data("majors.sql") }] }
}

fn production() -> Sources {
    Sources::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../.."), Path::new("schema")).unwrap()
}

fn settings() -> Settings {
    Settings::default_for(Path::new("/nowhere"))
}

/// The schema on this server's major.
async fn elaborated(server: &Server, sources: &Sources) -> Desired {
    let inputs = Inputs::of(&settings(), sources.clone()).unwrap();
    verify::from_shadow(&server.shadow, &settings(), &inputs).await.unwrap()
}

/// A target that somebody built from these sources.
async fn built(server: &Server, sources: &Sources) -> Database {
    let database = server.shadow.create_database().await.unwrap();
    let session = database.connect().await.unwrap();
    let options = LoadOptions { search_path: "public".into(), external: None, create_roles: true };
    load(&session, sources, &options).await.unwrap();
    session.close().await.unwrap();
    database
}

/// `object.field` of everything that differs.
fn differing(one: &Catalog, other: &Catalog) -> Vec<String> {
    let field = |id: &trueline::catalog::ObjectId| {
        let fields = fields(id, one, other);
        let names: Vec<&str> = fields.iter().map(|field| field.field.as_str()).collect();
        format!("{id}: {}", names.join(", "))
    };
    diff(one, other).iter().map(|change| field(change.id())).collect()
}

#[test]
fn one_schema_is_one_catalog_on_every_major() {
    block_on(async {
        let mut catalogs = Vec::new();
        for binaries in one_of_each_major() {
            let server = start(&binaries).await;
            for sources in [production(), rich()] {
                catalogs.push((binaries.major, elaborated(&server, &sources).await.catalog));
            }
            server.shadow.close().await.unwrap();
        }
        let (newest, newest_rich) = (&catalogs[catalogs.len() - 2].1, &catalogs[catalogs.len() - 1].1);
        for pair in catalogs.chunks(2) {
            let (major, production) = &pair[0];
            assert_eq!(differing(production, newest), Vec::<String>::new(), "production on {major}");
            let listed: Vec<&str> =
                PRINTED_ANEW.iter().filter(|(_, since)| major < since).map(|(what, _)| *what).collect();
            assert_eq!(differing(&pair[1].1, newest_rich), listed, "majors.sql on {major}");
        }
    });
}

/// Each change, what differs then, and how it is taken back.
fn changes() -> Vec<(String, String, String)> {
    let text = data("majors_changes.sql");
    let part = |part: &str| {
        let (object, rest) = part.split_once('\n').unwrap();
        let (sql, undo) = rest.split_once("-- undo\n").unwrap();
        (object.to_owned(), sql.to_owned(), undo.to_owned())
    };
    text.split("-- change: ").skip(1).map(part).collect()
}

async fn differences(
    database: &Database,
    sources: &Sources,
    desired: &Desired,
    shadow: &Shadow,
) -> Vec<String> {
    let session = database.connect().await.unwrap();
    let inputs = Inputs::of(&settings(), sources.clone()).unwrap();
    let plain = verify::compare(&session, &settings(), desired).await.unwrap();
    // As the commands do: a shadow is asked only where two majors printed what differs.
    let comparison = match plain.majors {
        Some(_) => across::compare(&session, &settings(), &inputs, desired, shadow).await.unwrap(),
        None => plain,
    };
    session.close().await.unwrap();
    comparison.differences.into_iter().map(|problem| problem.object.unwrap_or_default()).collect()
}

#[test]
fn another_major_raises_no_false_alarm_and_hides_nothing() {
    block_on(async {
        let mut servers = Vec::new();
        for binaries in one_of_each_major() {
            servers.push(start(&binaries).await);
        }
        for (at, target) in servers.iter().enumerate() {
            for (other_at, other) in servers.iter().enumerate().filter(|(other_at, _)| *other_at != at) {
                // Every major is a target once, and once the schema's.
                let changes = if other_at == (at + 1) % servers.len() { changes() } else { Vec::new() };
                compare_pair(target, other, changes).await;
            }
        }
        for server in servers {
            server.shadow.close().await.unwrap();
        }
    });
}

async fn compare_pair(target: &Server, other: &Server, changes: Vec<(String, String, String)>) {
    let pair = format!("target on {}, schema on {}", target.shadow.major(), other.shadow.major());
    let desired = elaborated(other, &production()).await;
    let database = built(target, &production()).await;
    assert_eq!(differences(&database, &production(), &desired, &other.shadow).await, [""; 0], "{pair}");

    let desired = elaborated(other, &rich()).await;
    let database = built(target, &rich()).await;
    assert_eq!(differences(&database, &rich(), &desired, &other.shadow).await, [""; 0], "{pair}");
    let session = database.connect().await.unwrap();
    for (object, sql, undo) in changes {
        session.batch_execute(&sql).await.unwrap();
        let found = differences(&database, &rich(), &desired, &other.shadow).await;
        assert_eq!(found, [object], "{pair}: {sql}");
        session.batch_execute(&undo).await.unwrap();
    }
    assert_eq!(differences(&database, &rich(), &desired, &other.shadow).await, [""; 0], "{pair}");
    session.close().await.unwrap();
}
