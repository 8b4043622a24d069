//! `db-generate`: from the schema to one proved migration on disk.
//!
//! Order of work: cheap questions first (is there anything to do at all?), then a shadow with both
//! sides, the renames, the plan, the hazards, the proof, and only then the folder is touched.

pub mod collide;
pub mod drift;
pub mod fixed;
mod hazards;
pub mod order;
mod rename;
pub mod revert;
mod rows;
mod touched;

use std::cell::Cell;
use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use trueline_journal::{Change, Contents, Draft, Entry, Folder, Hash, Migration, Problem, Severity, Tag};

use crate::catalog::{Catalog, ObjectId};
use crate::elaborate::{self, Inputs, Side, remembered};
use crate::hazard::{Hazard, HazardKind};
use crate::introspect::Edges;
use crate::load::LoadReport;
use crate::plan::{self, Plan};
use crate::prove::{self, Claim, Proof};
use crate::render;
use crate::settings::Settings;
use crate::shadow::Shadow;
use crate::snapshot::{FORMAT, Head, Snapshot};
use crate::verify;

pub use rename::Rename;

/// What the user asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// The migration's name, without its number.
    pub name: Option<String>,
    /// Hazards that are accepted.
    pub allow: BTreeSet<HazardKind>,
    /// Objects that keep what they hold under another name.
    pub renames: Vec<Rename>,
    /// Lead back to the state after so many migrations, rather than to the schema.
    pub back_to: Option<usize>,
}

/// Why nothing came of it.
#[derive(Debug)]
pub enum GenerateError {
    /// Something is wrong.
    Wrong(Vec<Problem>),
    /// Somebody has to say that it is meant.
    Refused(Refused),
}

/// Hazards that were not accepted.
#[derive(Debug)]
pub struct Refused {
    /// Each of them, with the flag that accepts it.
    pub problems: Vec<Problem>,
    /// What `--allow` would have to name.
    pub hazards: BTreeSet<HazardKind>,
    /// What `--rename` may have to name instead.
    pub renames: Vec<String>,
}

impl From<Vec<Problem>> for GenerateError {
    fn from(problems: Vec<Problem>) -> Self {
        Self::Wrong(problems)
    }
}

/// What came of it.
#[derive(Debug)]
pub enum Outcome {
    /// The migrations already lead to the schema.
    Refreshed(Box<Sides>),
    /// They do not, and this proved migration does.
    Written(Box<Sides>, Box<Written>),
}

/// A proved migration.
#[derive(Debug)]
pub struct Written {
    /// Its name.
    pub tag: Tag,
    /// Its text.
    pub sql: String,
    /// How many statements it has.
    pub statements: usize,
    /// Its statements' hazards.
    pub hazards: Vec<Hazard>,
    /// What the proof found.
    pub proof: Proof,
    /// Whether drizzle-orm's migrator can apply it.
    pub transactional: bool,
    /// What else is worth knowing.
    pub notes: Vec<Problem>,
}

/// Whether the snapshot says that there is nothing to do, without a server.
pub fn is_fresh(folder: &Folder, contents: &Contents, inputs: &Inputs) -> bool {
    let Ok(text) = std::fs::read_to_string(folder.snapshot_path()) else { return false };
    Head::parse(&text).is_ok_and(|head| is_head(&head, contents, inputs))
}

/// Whether a snapshot with this head is of these very sources and migrations.
pub fn is_head(head: &Head, contents: &Contents, inputs: &Inputs) -> bool {
    contents.migrations.iter().all(|migration| migration.entry.hash.sealed().is_some())
        && head.schema_checksum == inputs.checksum
        && head.journal_head == contents.head().to_string()
}

/// Both sides, elaborated in one shadow.
#[derive(Debug)]
pub struct Sides {
    /// The schema.
    pub desired: Side,
    /// The migrations.
    pub current: Side,
    /// In every shadow, and nobody's here.
    pub external: BTreeSet<ObjectId>,
    /// What loading said.
    pub notes: Vec<Problem>,
}

/// What of the schema is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// All of it, whatever is remembered.
    Everything,
    /// What changed since it was loaded last, where that is certain to come to the same.
    Changed,
}

enum Loaded {
    Whole(Box<(Side, LoadReport)>),
    Partial(Box<remembered::Partial>),
}

/// Elaborates both sides.
///
/// # Errors
/// Everything that is wrong with the schema, or the statement of a migration that fails.
pub async fn sides(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    migrations: &[Migration],
    what: What,
) -> Result<Sides, Vec<Problem>> {
    let external = elaborate::external_objects(shadow, settings, inputs).await?;
    let whole = async || {
        let whole = elaborate::desired(shadow, settings, inputs, &external).await;
        whole.map(|whole| Loaded::Whole(Box::new(whole)))
    };
    let desired = async {
        if what == What::Everything {
            return whole().await;
        }
        match remembered::again(shadow, settings, inputs, &external).await? {
            Some(partial) => Ok(Loaded::Partial(Box::new(partial))),
            None => whole().await,
        }
    };
    let current = async {
        let database = elaborate::replayed(shadow, settings, inputs, migrations).await?;
        let mut side = elaborate::current(database, &external, settings.manage, Edges::Read).await?;
        // A migration of old may have made its own ledger.
        side.catalog.retain(|id| !verify::is_bookkeeping(settings, id));
        Ok(side)
    };
    let (desired, current) = tokio::join!(desired, current);
    let desired = match desired {
        Ok(Loaded::Whole(whole)) => Ok(*whole),
        Ok(Loaded::Partial(partial))
            if current.as_ref().is_ok_and(|side: &Side| partial.is_confined(&side.catalog)) =>
        {
            Ok((partial.side, partial.report))
        }
        Ok(Loaded::Partial(_)) => elaborate::desired(shadow, settings, inputs, &external).await,
        Err(problems) => Err(problems),
    };
    // The schema's own faults come first: they are what was just edited.
    let ((desired, report), current) = match (desired, current) {
        (Ok(desired), Ok(current)) => (desired, current),
        (Err(mut problems), Err(more)) => {
            problems.extend(more);
            return Err(problems);
        }
        (Err(problems), Ok(_)) | (Ok(_), Err(problems)) => return Err(problems),
    };
    refuse_unmodelled(&desired)?;
    if what == What::Changed {
        remembered::keep(shadow, settings, inputs, &desired);
    }
    Ok(Sides { desired, current, external, notes: report.notes })
}

fn refuse_unmodelled(side: &Side) -> Result<(), Vec<Problem>> {
    let problems: Vec<Problem> = side
        .catalog
        .objects
        .keys()
        .filter(|id| id.kind == "unmodelled")
        .map(|id| {
            Problem::error(
                "unmodelled",
                format!("{} is of a kind that Trueline does not manage yet", id.name()),
            )
            .object(id.to_string())
            .hint("make it in a file that `external` in Cargo.toml names, or take it out of the schema")
        })
        .collect();
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// Plans and proves the next migration. The folder's lock is held by the caller. Meanwhile `ask` is asked
/// about the state before it, if there is a migration.
///
/// # Errors
/// Everything that keeps the migration from being written.
pub async fn generate<T>(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    contents: &Contents,
    request: &Request,
    ask: impl AsyncFn(&Catalog, &[String]) -> T,
) -> Result<(Outcome, Option<T>), GenerateError> {
    if let Some(stays) = request.back_to {
        return revert::revert(shadow, settings, inputs, contents, stays, request, ask).await;
    }
    let sides = sides(shadow, settings, inputs, &contents.migrations, What::Changed).await?;
    lead(shadow, settings, inputs, contents, request, sides, ask).await
}

/// Plans and proves the way from one side to the other.
async fn lead<T>(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    contents: &Contents,
    request: &Request,
    mut sides: Sides,
    ask: impl AsyncFn(&Catalog, &[String]) -> T,
) -> Result<(Outcome, Option<T>), GenerateError> {
    // The copies on which the proof works have the old names.
    let before = (!request.renames.is_empty()).then(|| sides.current.catalog.clone());
    let renamed = rename::apply(settings, &mut sides, &request.renames).await?;
    let mut plan = plan::plan(&sides.current.catalog, &sides.desired.catalog)
        .map_err(|cycle| vec![Problem::error("plan-cycle", cycle.to_string())])?;
    let possible = rename::possible(&sides);
    plan.steps.splice(0..0, renamed.steps);
    if plan.is_empty() {
        return Ok((Outcome::Refreshed(Box::new(sides)), None));
    }
    hazards::complete(&mut plan);
    hazards::refuse(&plan, &request.allow, &possible).map_err(GenerateError::Refused)?;
    let tag = tag(contents, request, &plan)?;
    let before = before.as_ref().unwrap_or(&sides.current.catalog);
    let before = (before, renamed.renames.as_slice());
    let proved = prove_and_render(shadow, settings, inputs, contents, &sides, before, plan, tag);
    let (proved, answer) = tokio::join!(proved, ask(before.0, &sides.current.schemas));
    let mut written = proved?;
    written.notes = possible
        .into_iter()
        .map(|possible| Problem { severity: Severity::Note, ..possible.problem })
        .collect();
    Ok((Outcome::Written(Box::new(sides), Box::new(written)), Some(answer)))
}

fn tag(contents: &Contents, request: &Request, plan: &Plan) -> Result<Tag, Vec<Problem>> {
    let name = request.name.clone().unwrap_or_else(|| render::name(plan));
    numbered(contents.journal.next_idx(), &name)
}

/// The tag `NNNN_name`.
///
/// # Errors
/// The name holds what a tag may not hold.
pub fn numbered(idx: u32, name: &str) -> Result<Tag, Vec<Problem>> {
    Tag::numbered(idx, name).map_err(|error| {
        vec![
            Problem::error("bad-name", format!("`{name}` cannot be a migration's name: {error}"))
                .hint("use letters, digits, `_`, `-` and `.`"),
        ]
    })
}

#[expect(clippy::too_many_arguments, reason = "the last step, where everything comes together")]
async fn prove_and_render(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    contents: &Contents,
    sides: &Sides,
    (before, renames): (&Catalog, &[(ObjectId, ObjectId)]),
    mut plan: Plan,
    tag: Tag,
) -> Result<Written, Vec<Problem>> {
    let declared: Vec<Hazard> =
        plan.steps.iter().flat_map(|step| step.statement.hazards.iter().cloned()).collect();
    let desired = &sides.desired.catalog;
    let mut tables = touched::touched(&plan, before, desired);
    if !renames.is_empty() {
        tables.extend(touched::touched(&plan, &sides.current.catalog, desired));
    }
    // What was only read is a copy as good as any.
    let first = Cell::new(renames.is_empty().then(|| sides.current.database.clone()));
    let copy = || {
        let first = first.take();
        async {
            match first {
                Some(database) => Ok(database),
                None => elaborate::replayed(shadow, settings, inputs, &contents.migrations).await,
            }
        }
    };
    let proof = {
        let migration = as_migration(settings, contents, &tag, &render::migration(&plan));
        let claim = Claim {
            current: before,
            desired: &sides.desired,
            migration: &migration,
            tables: &tables,
            hazards: &declared,
            renames,
            external: &sides.external,
            search_path: elaborate::first_schema(settings),
        };
        prove::prove(shadow, &claim, copy).await?
    };
    hazards::measured(&mut plan, &proof);
    let sql = render::migration(&plan);
    let hazards = plan.steps.iter().flat_map(|step| step.statement.hazards.iter().cloned()).collect();
    let transactional = plan.is_transactional();
    Ok(Written { tag, sql, statements: plan.steps.len(), hazards, proof, transactional, notes: Vec::new() })
}

/// A text as the migration that it will be.
fn as_migration(settings: &Settings, contents: &Contents, tag: &Tag, sql: &str) -> Migration {
    let entry = Entry::new(contents.journal.next_idx(), 0, tag.clone(), Hash::Unsealed);
    let file = settings.migrations.join(tag.file_name());
    Migration::new(entry, file, sql.as_bytes(), sql.to_owned())
}

/// The snapshot of the desired side, for a journal with this head.
pub fn snapshot(sides: &Sides, inputs: &Inputs, journal_head: String) -> Snapshot {
    let head = Head {
        format: FORMAT,
        server_major: sides.desired.catalog.major,
        schema_checksum: inputs.checksum.clone(),
        journal_head,
        schemas: sides.desired.schemas.clone(),
    };
    let Catalog { major, objects, .. } = &sides.desired.catalog;
    Snapshot { head, catalog: Catalog { major: *major, objects: objects.clone(), ..Catalog::default() } }
}

/// Milliseconds since 1970, for the journal.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The change of the folder that writes `written` too.
pub fn change(change: Change, contents: &Contents, written: &Written) -> Change {
    let draft = Draft {
        tag: written.tag.clone(),
        when: contents.journal.next_when(now_ms()),
        sql: written.sql.clone(),
        sealed: true,
    };
    change.append(draft)
}

/// The journal's head once `written` is appended.
pub fn head_after(contents: &Contents, written: Option<&Written>) -> String {
    let new = written.map(|written| {
        let entry = Entry::new(contents.journal.next_idx(), 0, written.tag.clone(), Hash::Unsealed);
        Migration::new(entry, written.tag.file_name().into(), written.sql.as_bytes(), written.sql.clone())
    });
    trueline_journal::migration::head(contents.migrations.iter().chain(&new)).to_string()
}
