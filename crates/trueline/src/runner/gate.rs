//! Before and after applying: is the database what its ledger implies, and is it then what was proved?
//!
//! The fingerprint of the last run answers the first question in one round trip ([`fingerprint`]). Only
//! where there is none that counts here, or it differs, the whole catalog is compared, with what a shadow
//! builds from the applied migrations. Changes nothing but that fingerprint. With nothing pending nobody
//! comes here.

pub(super) mod fingerprint;

use std::collections::BTreeSet;

use futures_util::future::LocalBoxFuture;
use trueline_driver::Connection;
use trueline_journal::words::names_all;
use trueline_journal::{Contents, Migration, Problem, Severity};

use super::MigrateError;
use super::pipeline::Pipeline;
use super::target::Target;
use crate::catalog::{Catalog, ObjectId};
use crate::diff::{Change, diff};
use crate::introspect::{self, Edges, IntrospectError, Scope};
use crate::kinds::kind;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::verify::{self, Comparison, Desired};

/// What the gate has to ask of those who know the workspace.
pub trait Implied {
    /// The state that these migrations build on a server of this major; or why nobody can tell.
    fn state<'a>(
        &'a self,
        migrations: &'a [Migration],
        major: u32,
    ) -> LocalBoxFuture<'a, Result<Desired, String>>;

    /// What all migrations build, if that was written down.
    fn snapshot(&self) -> Option<Snapshot>;
}

/// The gate of one run.
#[derive(Clone, Copy)]
pub struct Gate<'g> {
    /// Who knows.
    pub implied: &'g dyn Implied,
    /// Go on although the database differs, as long as nothing pending touches what does.
    pub allow_drift: bool,
}

/// How the gate was passed.
#[derive(Debug, Default)]
pub(super) struct Passed {
    /// What is to be said.
    pub notes: Vec<Problem>,
    /// Whether the database was seen to be what its ledger implies.
    is_clean: bool,
    /// What differed and was allowed to.
    allowed: BTreeSet<String>,
}

/// What is asked for before it is known to be needed, so that it costs no round trip of its own.
#[derive(Debug, Default)]
pub(super) struct Foreseen {
    /// The catalog of these schemas.
    found: Option<(Vec<String>, Catalog)>,
    snapshot: Option<Snapshot>,
}

impl Foreseen {
    /// Without what the database said, when others were at work since.
    pub fn only_files(self) -> Self {
        Self { found: None, ..self }
    }
}

/// Foresees what the gate will ask for; `target` is as it was before the lock was asked for, so this is sent
/// behind that, and counts only if the lock was had at once.
pub(super) async fn foresee(
    connection: &Connection,
    settings: &Settings,
    target: &Target,
    gate: Option<Gate<'_>>,
) -> Foreseen {
    let Some(gate) = gate else { return Foreseen::default() };
    let found = async {
        let stored = stored(settings, target)?;
        let found = read(connection, settings, target.server.major, &stored.schemas).await;
        // An error comes again when this is asked for in earnest.
        Some((stored.schemas.clone(), found.ok()?))
    };
    // The file is read while the server works.
    let (found, snapshot) = futures_util::future::join(found, async { gate.implied.snapshot() }).await;
    Foreseen { found, snapshot }
}

/// The fingerprint, if it was taken on the basis that counts now.
fn stored<'t>(settings: &Settings, target: &'t Target) -> Option<&'t fingerprint::Stored> {
    target.fingerprint.as_ref().filter(|stored| stored.counts(settings, &target.server))
}

/// Compares the database with what its ledger implies.
pub(super) async fn before(
    connection: &Connection,
    settings: &Settings,
    target: &Target,
    (applied, pending): (&[Migration], &[Migration]),
    (gate, foreseen): (Gate<'_>, &mut Foreseen),
) -> Result<Passed, MigrateError> {
    let clean = Passed { is_clean: true, ..Passed::default() };
    if target.ledger().is_none() && !target.server.holds_objects {
        return Ok(clean);
    }
    if let Some(begun) = target.progress.first() {
        return Ok(not_checked(&format!("`{}` is applied in part", begun.tag)));
    }
    let major = target.server.major;
    let stored = stored(settings, target);
    if let Some(stored) = stored {
        let found = match foreseen.found.take().filter(|(schemas, _)| *schemas == stored.schemas) {
            Some((_, found)) => found,
            None => read(connection, settings, major, &stored.schemas)
                .await
                .map_err(|error| unreadable(&error))?,
        };
        if fingerprint::of(&found) == stored.value {
            return Ok(clean);
        }
    }
    let implied = match gate.implied.state(applied, major).await {
        Ok(implied) => implied,
        Err(why) if stored.is_some() => return Err(MigrateError::Refused(vec![unlisted(&why)])),
        Err(why) => return Ok(not_checked(&why)),
    };
    let found = verify::compare(connection, settings, &implied).await.map_err(|error| unreadable(&error))?;
    if found.differences.is_empty() {
        return Ok(clean);
    }
    if !gate.allow_drift {
        return Err(MigrateError::Refused(drifted(found.differences)));
    }
    allow(connection, settings, found, &implied, (applied, pending), gate).await
}

/// Goes on with differences that nothing pending touches.
async fn allow(
    connection: &Connection,
    settings: &Settings,
    mut found: Comparison,
    implied: &Desired,
    (applied, pending): (&[Migration], &[Migration]),
    gate: Gate<'_>,
) -> Result<Passed, MigrateError> {
    let all = [applied, pending].concat();
    let result = gate.implied.state(&all, implied.catalog.major).await.map_err(|why| {
        let message = format!("whether pending migrations touch what differs cannot be known: {why}");
        MigrateError::Refused(vec![Problem::error("drift", message)])
    })?;
    let changes = diff(&implied.catalog, &result.catalog);
    let expected = verify::as_connected(connection, settings, &mut found.found, &implied.catalog).await;
    let drift = diff(&found.found, &*expected.map_err(|error| unreadable(&error))?);
    let touched: Vec<Problem> = drift.iter().filter_map(|one| touched(one.id(), &changes, pending)).collect();
    if !touched.is_empty() {
        return Err(MigrateError::Refused([touched, drifted(found.differences)].concat()));
    }
    let message = match found.differences.len() {
        1 => "1 difference is left as it is (`--allow drift`)".to_owned(),
        count => format!("{count} differences are left as they are (`--allow drift`)"),
    };
    let mut notes = vec![Problem::warning("drift", message)];
    notes.extend(found.differences.into_iter().map(|one| Problem { severity: Severity::Warning, ..one }));
    let allowed = drift.iter().map(|one| one.id().to_string()).collect();
    Ok(Passed { notes, is_clean: false, allowed })
}

/// How something pending touches an object: by what it changes, or by its names in a statement that may
/// change rows.
fn touched(object: &ObjectId, changes: &[Change], pending: &[Migration]) -> Option<Problem> {
    let by_change = changes.iter().map(Change::id).find(|id| is_part(id, object));
    let why = match by_change {
        Some(id) => format!("a pending migration changes {id}"),
        None => format!("the statement at {} names it", naming(pending, object)?),
    };
    let message = format!("a pending migration touches what differs: {object}");
    Some(Problem::error("drift-touched", message).object(object.to_string()).detail(why))
}

/// Whether one is the other, or a part of it.
fn is_part(one: &ObjectId, other: &ObjectId) -> bool {
    one.path.starts_with(&other.path) || other.path.starts_with(&one.path)
}

/// The first statement that holds every name of an object's address but the schema's.
fn naming(pending: &[Migration], object: &ObjectId) -> Option<String> {
    let names: Vec<&str> = object.path.iter().map(|name| &**name).collect();
    let own = if names.len() > 1 { &names[1..] } else { &names[..] };
    pending.iter().find_map(|migration| {
        let statement = migration.statements().into_iter().find(|one| names_all(&one.sql, own))?;
        Some(migration.place(statement.offset).to_string())
    })
}

/// What a run should lead to: the snapshot, if it is one of these migrations.
#[derive(Debug)]
pub(super) struct Goal {
    snapshot: Snapshot,
    schemas: Vec<String>,
}

impl Goal {
    pub fn of(foreseen: Foreseen, settings: &Settings, contents: &Contents) -> Option<Self> {
        let snapshot =
            foreseen.snapshot.filter(|one| one.head.journal_head == contents.head().to_string())?;
        let schemas = settings.schemas.clone().unwrap_or_else(|| snapshot.head.schemas.clone());
        Some(Self { snapshot, schemas })
    }

    /// Asks for what there is when everything sent before is done; the answer is not waited for.
    pub async fn ask<'a>(
        &'a self,
        connection: &'a Connection,
        settings: &'a Settings,
        major: u32,
    ) -> Asked<'a> {
        Pipeline::send(vec![Box::pin(read(connection, settings, major, &self.schemas))]).await
    }
}

/// A catalog that was asked for.
pub(super) type Asked<'a> = Pipeline<'a, Result<Catalog, IntrospectError>>;

/// What came of it all: compared with the snapshot, and remembered for the next run.
pub(super) async fn after(
    connection: &Connection,
    settings: &Settings,
    target: &Target,
    goal: Option<&Goal>,
    (asked, passed): (Option<Asked<'_>>, Passed),
) -> Result<Vec<Problem>, MigrateError> {
    let Some(Goal { snapshot, schemas }) = goal else {
        let message = "the result was not compared: there is no snapshot of these migrations";
        let hint = "run `cargo xtask db-generate`: it writes one";
        return Ok(vec![Problem::note("result-not-checked", message).hint(hint)]);
    };
    let major = target.server.major;
    let answer = match asked {
        Some(mut asked) => asked.next().await,
        None => None,
    };
    let found = match answer {
        Some(found) => found,
        None => read(connection, settings, major, schemas).await,
    };
    let mut found = found.map_err(|error| unreadable(&error))?;
    let value = fingerprint::of(&found);
    let mut is_result = passed.is_clean;
    let mut problems = Vec::new();
    // On another major the same definitions have other texts.
    if snapshot.head.server_major == major {
        let expected = verify::as_connected(connection, settings, &mut found, &snapshot.catalog).await;
        let expected = expected.map_err(|error| unreadable(&error))?;
        // What was not managed yet when it was written is nothing that it could tell.
        let told = snapshot.told(settings.manage);
        found.retain(|id| kind(id.kind).is_managed(told));
        let mut differences = verify::differences(&found, &expected);
        differences.retain(|one| !one.object.as_ref().is_some_and(|object| passed.allowed.contains(object)));
        is_result = differences.is_empty() && passed.allowed.is_empty() && told == settings.manage;
        if !differences.is_empty() {
            let message = "every migration is applied and recorded, but the database is not what they build";
            let hint = "`cargo xtask db-verify` compares again; undo what was changed by hand, or bring it into schema/";
            problems.push(Problem::error("result-differs", message).hint(hint));
            problems.extend(differences);
        }
    }
    if is_result {
        fingerprint::store(connection, settings, target, schemas, &value).await;
    }
    Ok(problems)
}

/// The catalog of the managed schemas, without the ledger and what the settings ignore, in one round trip.
async fn read(
    connection: &Connection,
    settings: &Settings,
    major: u32,
    schemas: &[String],
) -> Result<Catalog, IntrospectError> {
    let mut schemas = schemas.to_vec();
    if settings.schemas.is_none() && !schemas.iter().any(|schema| schema == "public") {
        schemas.push("public".to_owned());
    }
    let scope = Scope { schemas: &schemas, manage: settings.manage };
    let mut found = introspect::introspect_on(connection, major, scope, Edges::Skip).await?;
    found.retain(|id| !verify::is_bookkeeping(settings, id) && !verify::is_ignored(settings, id));
    Ok(found)
}

fn unreadable(error: &IntrospectError) -> MigrateError {
    MigrateError::Unusable(Problem::error("introspect", crate::ui::chain(error)))
}

fn not_checked(why: &str) -> Passed {
    let problem = Problem::warning("drift-not-checked", format!("drift not checked: {why}"));
    Passed { notes: vec![problem], ..Passed::default() }
}

const WAYS_OUT: &str = "undo what was changed by hand; or bring it into schema/ (`cargo xtask db-pull`) and let \
    `db-generate` and `db-baseline` record it; or, if no pending migration touches it, pass `--allow drift`; the \
    embedded database is made anew by `cargo xtask db-reset`";

fn drifted(differences: Vec<Problem>) -> Vec<Problem> {
    let message = "the database is not what its ledger implies, so nothing was applied";
    let mut problems = vec![Problem::error("drift", message).hint(WAYS_OUT)];
    problems.extend(differences);
    problems
}

/// The fingerprint says that something changed, and nobody can say what.
fn unlisted(why: &str) -> Problem {
    let message = "the database is not what the last run left, so nothing was applied";
    Problem::error("drift", message)
        .detail(format!("what differs cannot be listed: {why}"))
        .hint("let a PostgreSQL server be found for the comparison (install one, or set `TRUELINE_PG_BIN`)")
}

#[cfg(test)]
mod tests {
    use super::{ObjectId, is_part};

    #[test]
    fn parts_and_wholes_touch_each_other() {
        let table = ObjectId::new("table", ["public", "t"]);
        let column = |name| ObjectId::new("column", ["public", "t", name]);
        assert!(is_part(&column("a"), &table) && is_part(&table, &column("a")) && is_part(&table, &table));
        assert!(!is_part(&column("b"), &column("a")));
        assert!(!is_part(&table, &ObjectId::new("table", ["public", "tt"])));
    }
}
