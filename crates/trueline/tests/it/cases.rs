//! Runs every case under `tests/cases/<kind>/<case>/` on every server, in every direction.
//!
//! A case is `before.sql` and `after.sql` (what both need first in `setup.sql`, roles in
//! `roles.sql`), rows for `before.sql` in `seed.sql`, and the statements that lead from one to the
//! other in `expected.sql`, byte for byte (`expected.15.sql` up to PostgreSQL 15, where that prints something
//! else); those of the way back in `backward.sql` where they matter.
//! `replaced` names objects that are replaced although an ALTER reaches what differs, each with the reason.
//! What is managed besides definitions stands in `manage`, the oldest major that has the feature in `major`.
//! `UPDATE_EXPECTED=1` writes these two anew, `CASE=table/` runs what has that in its name, `MAJOR=18` on that
//! major alone.
//! `observe` says what must hold after each way, `minimal` what a way may not do, `pulled` that
//! `db-pull` loses nothing, `script` how statements are written down.

mod minimal;
pub(crate) mod observe;
mod pulled;
mod script;

use std::fs;
use std::path::{Path, PathBuf};

use futures_util::{StreamExt, stream};
use trueline::catalog::Catalog;
use trueline::introspect::{Edges, Scope, introspect, schemas};
use trueline::load::{LoadOptions, Source, Sources, load};
use trueline::plan::{Plan, plan};
use trueline::prove::dump;
use trueline::settings::Manage;
use trueline::shadow::{Database, Shadow};
use trueline_driver::Connection;

use crate::support::{Scratch, block_on, servers};

/// As many cases at once as keep two processors busy.
const AT_ONCE: usize = 4;

struct Case {
    dir: PathBuf,
    name: String,
}

impl Case {
    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.dir.join(file)).ok()
    }

    fn manage(&self) -> Manage {
        let words = self.read("manage").unwrap_or_default();
        let named = |word: &str| words.split_whitespace().any(|named| named == word);
        Manage { owners: named("owners"), privileges: named("privileges") }
    }

    /// Whether a server of this major has what the case is about.
    fn runs_on(&self, major: u32) -> bool {
        self.read("major").is_none_or(|oldest| oldest.trim().parse().is_ok_and(|oldest: u32| oldest <= major))
    }

    fn sources(&self, side: &str) -> Sources {
        let files = ["setup.sql", side];
        let source = |file: &str| Some(Source { path: file.into(), text: self.read(file)? });
        Sources { files: files.into_iter().filter_map(source).collect() }
    }
}

/// A database of a case, with what was read from it.
pub(crate) struct Side {
    database: Database,
    pub(crate) session: Connection,
    pub(crate) schemas: Vec<String>,
    manage: Manage,
    pub(crate) catalog: Catalog,
    dump: Option<String>,
}

impl Side {
    /// Drops the database.
    pub(crate) async fn close(self, shadow: &Shadow) -> Outcome<()> {
        self.session.close().await.map_err(|error| describe(&error))?;
        shadow.drop_database(self.database).await.map_err(|error| error.to_string())
    }
}

pub(crate) type Outcome<T> = Result<T, String>;

fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let filter = std::env::var("CASE").unwrap_or_default();
    let folders = |dir: &Path| -> Vec<PathBuf> {
        let mut paths: Vec<PathBuf> = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths
    };
    folders(&root)
        .iter()
        .flat_map(|kind| folders(kind))
        .map(|dir| Case { name: dir.strip_prefix(&root).unwrap().display().to_string(), dir })
        .filter(|case| case.name.contains(&filter))
        .collect()
}

#[test]
fn every_case_is_proved_in_every_direction() {
    let all = cases();
    let mut failures = Vec::new();
    let mut servers = servers();
    servers.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    servers.dedup_by_key(|binaries| binaries.major);
    if let Ok(major) = std::env::var("MAJOR") {
        servers.retain(|binaries| binaries.major.to_string() == major);
        assert!(!servers.is_empty(), "there is no server of major {major} here");
    }
    for binaries in servers {
        let scratch = Scratch::new();
        block_on(async {
            let shadow = Shadow::start_on(&binaries, &scratch.dirs()).await.unwrap();
            let cases: Vec<&Case> = all.iter().filter(|case| case.runs_on(binaries.major)).collect();
            for case in &cases {
                make_roles(&shadow, case).await;
            }
            say(binaries.major, &all, &cases);
            let outcomes = stream::iter(&cases).map(|case| run(&shadow, case)).buffer_unordered(AT_ONCE);
            let failed = outcomes.filter_map(async |outcome| outcome.err()).collect::<Vec<_>>().await;
            failures
                .extend(failed.into_iter().map(|what| format!("PostgreSQL {}: {what}", binaries.version)));
            shadow.close().await.unwrap();
        });
    }
    failures.sort();
    assert!(failures.is_empty(), "{} of {} cases:\n\n{}", failures.len(), all.len(), failures.join("\n\n"));
}

/// How many cases run, and which do not because the major lacks what they are about.
fn say(major: u32, all: &[Case], run: &[&Case]) {
    let left: Vec<&str> =
        all.iter().filter(|case| !case.runs_on(major)).map(|case| case.name.as_str()).collect();
    let which = if left.is_empty() { String::new() } else { format!(", newer: {}", left.join(", ")) };
    eprintln!("PostgreSQL {major}: {} of {} cases{which}", run.len(), all.len());
}

/// Roles belong to the server: they are made before cases run side by side.
async fn make_roles(shadow: &Shadow, case: &Case) {
    let Some(sql) = case.read("roles.sql") else { return };
    let database = shadow.create_database().await.unwrap();
    let session = database.connect().await.unwrap();
    session.batch_execute(&sql).await.unwrap();
    session.close().await.unwrap();
    shadow.drop_database(database).await.unwrap();
}

async fn run(shadow: &Shadow, case: &Case) -> Outcome<()> {
    let named = |way: &'static str| move |error: String| format!("{} ({way}): {error}", case.name);
    let manage = case.manage();
    let before = side(shadow, &case.sources("before.sql"), &[], manage).await.map_err(named("before.sql"))?;
    let after = side(shadow, &case.sources("after.sql"), &before.schemas, manage)
        .await
        .map_err(named("after.sql"))?;
    // What is managed is the same on both sides, so the first is read again.
    let before = reread(before, &after.schemas).await.map_err(named("before.sql"))?;
    let before = dumped(shadow, before).await.map_err(named("before.sql"))?;
    let after = dumped(shadow, after).await.map_err(named("after.sql"))?;
    if let Some(seed) = case.read("seed.sql") {
        before.session.batch_execute(&seed).await.map_err(|error| named("seed.sql")(describe(&error)))?;
    }
    let empty = side(shadow, &Sources::default(), &after.schemas, manage).await.map_err(named("empty"))?;
    let empty = dumped(shadow, empty).await.map_err(named("empty"))?;

    let forward = way(&before.catalog, &after.catalog).map_err(named("forward"))?;
    script::compare(&case.dir, "expected", &forward, shadow.major()).map_err(named("forward"))?;
    let backward = way(&after.catalog, &before.catalog).map_err(named("backward"))?;
    if case.dir.join("backward.sql").exists() {
        script::compare(&case.dir, "backward", &backward, shadow.major()).map_err(named("backward"))?;
    }
    let build = way(&empty.catalog, &after.catalog).map_err(named("from nothing"))?;
    let remove = way(&after.catalog, &empty.catalog).map_err(named("to nothing"))?;
    pulled::check(shadow, &before).await.map_err(named("pull before.sql"))?;
    pulled::check(shadow, &after).await.map_err(named("pull after.sql"))?;
    let replaced = case.read("replaced").unwrap_or_default();
    minimal::check(&before, &forward, &after, &replaced).await.map_err(named("forward"))?;
    minimal::check(&after, &backward, &before, &replaced).await.map_err(named("backward"))?;
    observe::go(shadow, &before, &forward, &after).await.map_err(named("forward"))?;
    observe::go(shadow, &after, &backward, &before).await.map_err(named("backward"))?;
    observe::go(shadow, &empty, &build, &after).await.map_err(named("from nothing"))?;
    observe::go(shadow, &empty, &remove, &empty).await.map_err(named("to nothing"))?;
    for side in [before, after, empty] {
        side.close(shadow).await?;
    }
    Ok(())
}

pub(crate) fn way(from: &Catalog, to: &Catalog) -> Outcome<Plan> {
    plan(from, to).map_err(|cycle| cycle.to_string())
}

/// A database with the sources in it; `more` schemas are managed besides its own.
pub(crate) async fn side(
    shadow: &Shadow,
    sources: &Sources,
    more: &[String],
    manage: Manage,
) -> Outcome<Side> {
    let database = shadow.create_database().await.map_err(|error| error.to_string())?;
    let session = database.connect().await.map_err(|error| error.to_string())?;
    let options = LoadOptions { search_path: "public".into(), external: None, create_roles: false };
    if let Err(problems) = load(&session, sources, &options).await {
        session.close().await.map_err(|error| describe(&error))?;
        shadow.drop_database(database).await.map_err(|error| error.to_string())?;
        let lines: Vec<String> = problems.iter().map(|problem| format!("{problem:?}")).collect();
        return Err(lines.join("\n"));
    }
    let mut managed = schemas(&session).await.map_err(|error| describe(&error))?;
    managed.extend(more.iter().cloned());
    managed.sort();
    managed.dedup();
    let side = Side { database, session, schemas: managed, manage, catalog: Catalog::default(), dump: None };
    let schemas = side.schemas.clone();
    reread(side, &schemas).await
}

/// Reads it again with these schemas.
pub(crate) async fn reread(side: Side, schemas: &[String]) -> Outcome<Side> {
    let catalog = read(&side.session, schemas, side.manage).await?;
    Ok(Side { catalog, schemas: schemas.to_vec(), ..side })
}

/// Asks `pg_dump` what it sees there.
pub(crate) async fn dumped(shadow: &Shadow, side: Side) -> Outcome<Side> {
    let dump =
        dump::dump(shadow, &side.database, side.manage).await.map_err(|problem| format!("{problem:?}"))?;
    Ok(Side { dump, ..side })
}

async fn read(session: &Connection, schemas: &[String], manage: Manage) -> Outcome<Catalog> {
    let scope = Scope { schemas, manage };
    introspect(session, scope, Edges::Read).await.map_err(|error| format!("{error}: {error:?}"))
}

/// What the server said.
fn describe(error: &tokio_postgres::Error) -> String {
    let Some(said) = error.as_db_error() else { return error.to_string() };
    let more = [said.detail(), said.hint()].into_iter().flatten();
    more.fold(said.message().to_owned(), |text, line| format!("{text}\n  {line}"))
}
