//! `db-verify`: the live database is what the schema says.
//!
//! Compares catalogs; changes nothing. What the schema says comes from the snapshot while that is fresh,
//! else from a shadow.

pub mod unchanged;

use std::borrow::Cow;

use trueline_journal::{Contents, Folder, Migration, Problem, Severity};

use crate::catalog::{Catalog, ObjectId};
use crate::diff::{self, Change};
use crate::elaborate::{self, Inputs};
use crate::generate;
use crate::introspect::{self, Edges, IntrospectError, Scope};
use crate::kinds::owner;
use crate::ledger;
use crate::settings::Settings;
use crate::shadow::Shadow;
use crate::snapshot::Snapshot;

pub mod across;

/// The desired state, without edges.
#[derive(Debug, Default)]
pub struct Desired {
    /// Its objects.
    pub catalog: Catalog,
    /// The managed schemas, sorted.
    pub schemas: Vec<String>,
}

/// The desired state from the snapshot, if that is of these very sources and migrations.
pub fn from_snapshot(folder: &Folder, contents: &Contents, inputs: &Inputs) -> Option<Desired> {
    let text = std::fs::read_to_string(folder.snapshot_path()).ok()?;
    let Snapshot { head, catalog } = Snapshot::parse(&text).ok()?;
    generate::is_head(&head, contents, inputs).then_some(Desired { schemas: head.schemas, catalog })
}

/// The desired state as a shadow elaborates it.
///
/// # Errors
/// Everything that is wrong with the schema.
pub async fn from_shadow(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
) -> Result<Desired, Vec<Problem>> {
    let external = elaborate::external_objects(shadow, settings, inputs).await?;
    let (side, _) = elaborate::desired(shadow, settings, inputs, &external).await?;
    shadow
        .drop_database(side.database)
        .await
        .map_err(|error| vec![Problem::error("shadow", crate::ui::chain(&error))])?;
    Ok(Desired { catalog: side.catalog, schemas: side.schemas })
}

/// The state that the migrations build, as a shadow shows it.
///
/// # Errors
/// The statement of a migration that fails.
pub async fn from_migrations(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    migrations: &[Migration],
) -> Result<Desired, Vec<Problem>> {
    let external = elaborate::external_objects(shadow, settings, inputs).await?;
    let database = elaborate::replayed(shadow, settings, inputs, migrations).await?;
    let side = elaborate::current(database, &external, settings.manage, Edges::Skip).await?;
    Ok(Desired { catalog: side.catalog, schemas: side.schemas })
}

/// What a comparison with a live database found.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Every difference, as object, expected and found.
    pub differences: Vec<Problem>,
    /// Objects that the settings ignore.
    pub ignored: Vec<ObjectId>,
    /// What is worth knowing.
    pub notes: Vec<Problem>,
    /// How many objects were compared.
    pub objects: usize,
    /// The database's catalog, without the ledger and what is ignored.
    pub found: Catalog,
    /// The majors of schema and target, where both printed texts that differ: [`across`] tells whether they
    /// mean the same.
    pub majors: Option<(u32, u32)>,
}

/// What was read of a target.
struct Target {
    catalog: Catalog,
    /// The managed schemas.
    schemas: Vec<String>,
    ignored: Vec<ObjectId>,
}

/// Compares the database that `client` is connected to with `desired`.
///
/// # Errors
/// The catalog could not be read.
pub async fn compare(
    client: &tokio_postgres::Client,
    settings: &Settings,
    desired: &Desired,
) -> Result<Comparison, IntrospectError> {
    let target = read(client, settings, desired, Edges::Skip).await?;
    compare_read(client, settings, target, desired).await
}

/// Reads what is compared of a target.
async fn read(
    client: &tokio_postgres::Client,
    settings: &Settings,
    desired: &Desired,
    edges: Edges,
) -> Result<Target, IntrospectError> {
    let mut schemas = settings.schemas.clone().unwrap_or_else(|| desired.schemas.clone());
    if !schemas.iter().any(|schema| schema == "public") && settings.schemas.is_none() {
        schemas.push("public".into());
    }
    let scope = Scope { schemas: &schemas, manage: settings.manage };
    let mut catalog = introspect::introspect(client, scope, edges).await?;
    let ledgers = ledger::possible(settings);
    let mut ignored = Vec::new();
    catalog.retain(|id| {
        if ledgers.iter().any(|table| ledger::is_ledger_object(id, table)) {
            return false;
        }
        let is_ignored = !desired.catalog.objects.contains_key(id) && is_ignored(settings, id);
        if is_ignored {
            ignored.push(id.clone());
        }
        !is_ignored
    });
    Ok(Target { catalog, schemas, ignored })
}

async fn compare_read(
    client: &tokio_postgres::Client,
    settings: &Settings,
    target: Target,
    desired: &Desired,
) -> Result<Comparison, IntrospectError> {
    let Target { catalog: mut found, schemas: _, ignored } = target;
    let mut comparison = Comparison { ignored, ..Comparison::default() };
    comparison.differences.extend(ledger::locate(client, settings).await.err());
    let desired = &as_connected(client, settings, &mut found, &desired.catalog).await?;
    comparison.objects = desired.objects.len();
    if !across::in_question(&found, desired).is_empty() {
        comparison.majors = Some((desired.major, found.major));
    }
    comparison.differences.extend(differences(&found, desired));
    for table in diff::reordered(&found, desired) {
        let message = format!("the columns of {table} stand in another order than in the schema");
        comparison
            .notes
            .push(Problem::new(Severity::Note, "column-order", message).object(table.to_string()));
    }
    comparison.found = found;
    Ok(comparison)
}

/// Every difference between two catalogs, as object, expected and found.
pub fn differences(found: &Catalog, desired: &Catalog) -> Vec<Problem> {
    let changes = diff::diff(found, desired);
    let news = changes.iter().filter(|change| is_news(change, &changes, found, desired));
    news.map(|change| difference(change, found, desired)).collect()
}

/// The desired catalog for the role that is connected, where roles matter.
///
/// # Errors
/// The role cannot be asked for.
pub async fn as_connected<'a>(
    client: &tokio_postgres::Client,
    settings: &Settings,
    found: &mut Catalog,
    desired: &'a Catalog,
) -> Result<Cow<'a, Catalog>, IntrospectError> {
    if !settings.manage.owners && !settings.manage.privileges {
        return Ok(Cow::Borrowed(desired));
    }
    let role: String = client.query_typed_one("select current_user::text", &[]).await?.try_get(0)?;
    let mut desired = desired.clone();
    owner::seen_by(&mut desired, &role);
    owner::seen_by(found, &role);
    Ok(Cow::Owned(desired))
}

/// A table that is missing is one difference, not one per column.
fn is_news(change: &Change, changes: &[Change], found: &Catalog, desired: &Catalog) -> bool {
    let (catalog, same): (_, fn(&Change) -> bool) = match change {
        Change::Create(_) => (desired, |change| matches!(change, Change::Create(_))),
        Change::Drop(_) => (found, |change| matches!(change, Change::Drop(_))),
        Change::Alter(_) => return true,
    };
    let parent = catalog.objects.get(change.id()).and_then(|object| object.parent.as_ref());
    parent.is_none_or(|parent| {
        let at = changes.binary_search_by(|other| other.id().cmp(parent));
        !at.is_ok_and(|at| same(&changes[at]))
    })
}

fn difference(change: &Change, found: &Catalog, desired: &Catalog) -> Problem {
    let id = change.id();
    let object = id.to_string();
    let summary = |catalog: &Catalog| diff::summary(id, catalog);
    match change {
        Change::Create(_) => Problem::error("missing", format!("{id} is missing"))
            .object(object)
            .detail(format!("expected: {}", summary(desired)))
            .detail("found: nothing"),
        Change::Drop(_) => Problem::error("extra", format!("{id} is not in the schema"))
            .object(object)
            .detail("expected: nothing")
            .detail(format!("found: {}", summary(found))),
        Change::Alter(_) => {
            let mut problem = Problem::error("different", format!("{id} differs")).object(object);
            for field in diff::fields(id, found, desired) {
                let name = field.field.replace('_', " ");
                problem =
                    problem.detail(format!("{name}: expected {}, found {}", field.expected, field.found));
            }
            problem
        }
    }
}

/// The ledger and the record of progress, wherever they may be here: never compared.
pub fn is_bookkeeping(settings: &Settings, id: &ObjectId) -> bool {
    ledger::possible(settings).iter().any(|table| ledger::is_ledger_object(id, table))
}

/// Whether the settings say that an object of the database is not ours.
pub fn is_ignored(settings: &Settings, id: &ObjectId) -> bool {
    settings.ignore.iter().any(|pattern| matches(pattern, &id.to_string()))
}

/// Whether `text` matches a pattern in which `*` stands for any characters.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_anything() {
        assert!(matches("table public.legacy_*", "table public.legacy_users"));
        assert!(matches("extension pg_stat_statements", "extension pg_stat_statements"));
        assert!(matches("* public.*_tmp", "table public.a_tmp"));
        assert!(!matches("table public.legacy_*", "table public.users"));
        assert!(!matches("table public.a", "table public.ab"));
        assert!(!matches("*ab*ab", "drab"));
    }
}
