//! Proves a migration before it is written (DESIGN §1.3).
//!
//! On a copy of the current state: rows are seeded, the migration's own text is applied segment by
//! segment while locks, rewrites and scans are watched, and the result is read back. It must equal the
//! desired catalog, `pg_dump` must agree, and the rows must still be there, unless the migration declares
//! their loss. Decides nothing about what to do with a failed proof: it lists what is wrong.

pub mod dump;
pub mod measure;
pub mod seed;

use std::collections::BTreeSet;

use tokio_postgres::Client;
use tokio_postgres::error::SqlState;
use trueline_journal::{Migration, Problem, Segment};

use crate::catalog::{Catalog, ObjectId};
use crate::diff::{self, Change};
use crate::elaborate::{self, Side};
use crate::hazard::{Hazard, HazardKind};
use crate::introspect::Edges;
use crate::replay;
use crate::shadow::{Database, Shadow};

pub use measure::Effect;

/// What is to be proved.
#[derive(Debug)]
pub struct Claim<'a> {
    /// The state before; its catalog is of the copies that are handed out.
    pub current: &'a Catalog,
    /// The state that must come out.
    pub desired: &'a Side,
    /// The migration, as its file will be.
    pub migration: &'a Migration,
    /// The tables whose rows are watched.
    pub tables: &'a BTreeSet<ObjectId>,
    /// What the migration declares, object by object.
    pub hazards: &'a [Hazard],
    /// Objects that get another name, in the order of their renaming.
    pub renames: &'a [(ObjectId, ObjectId)],
    /// In every shadow, and nobody's here.
    pub external: &'a BTreeSet<ObjectId>,
    /// Where unqualified names are.
    pub search_path: &'a str,
}

/// What a proof found besides.
#[derive(Debug, Default)]
pub struct Proof {
    /// What each statement did, by its number from 1.
    pub effects: Vec<(u32, Effect)>,
    /// What a reader should know: a missing observer, tables without rows to watch, the order of columns.
    pub notes: Vec<Problem>,
    /// How many rows were followed.
    pub rows_followed: usize,
    /// The state that came out.
    pub result: Catalog,
}

/// Proves `claim` on copies of the current state, which `copy` makes.
///
/// # Errors
/// Everything that disproves it.
pub async fn prove<F>(shadow: &Shadow, claim: &Claim<'_>, copy: impl Fn() -> F) -> Result<Proof, Vec<Problem>>
where
    F: Future<Output = Result<Database, Vec<Problem>>>,
{
    let mut proof = Proof::default();
    let reached = reach(shadow, claim, &mut proof, copy);
    let (desired, reached) =
        tokio::join!(dump::dump(shadow, &claim.desired.database, claim.desired.manage), reached);
    let (result, reached) = reached?;
    let mut problems = compare_states(&result.catalog, &claim.desired.catalog);
    if problems.is_empty() {
        match (desired.map_err(|problem| vec![problem])?, reached) {
            (Some(desired), Some(reached)) => problems.extend(dump::compare(&desired, &reached)),
            _ => proof.notes.push(
                Problem::note("no-pg-dump", "pg_dump did not watch: the server at hand does not bring it")
                    .hint("install PostgreSQL's client programs to have it watch too"),
            ),
        }
    }
    for table in diff::reordered(&result.catalog, &claim.desired.catalog) {
        let message = format!("the columns of {table} stand in another order than in the schema");
        let hint = "nothing to do: PostgreSQL can only append columns, and the order is not compared";
        proof.notes.push(Problem::note("column-order", message).object(table.to_string()).hint(hint));
    }
    proof.result = result.catalog;
    shadow.drop_database(result.database).await.map_err(|error| failure(&error))?;
    if problems.is_empty() { Ok(proof) } else { Err(problems) }
}

/// Runs the migration on a copy; the state that it leads to, and what `pg_dump` says of that.
async fn reach<F>(
    shadow: &Shadow,
    claim: &Claim<'_>,
    proof: &mut Proof,
    copy: impl Fn() -> F,
) -> Result<(Side, Option<String>), Vec<Problem>>
where
    F: Future<Output = Result<Database, Vec<Problem>>>,
{
    let mut database = copy().await?;
    // Where a row stands in the way, as the migration says that one may, other rows are tried, and in the
    // end the state is proved without any.
    for rows in [Some(0), Some(1), Some(2), None] {
        if run(&database, claim, proof, rows).await? {
            break;
        }
        shadow.drop_database(database).await.map_err(|error| failure(&error))?;
        database = copy().await?;
    }
    let dumped = database.clone();
    let (result, dump) = tokio::join!(
        elaborate::current(database, claim.external, claim.desired.manage, Edges::Skip),
        dump::dump(shadow, &dumped, claim.desired.manage)
    );
    Ok((result?, dump.map_err(|problem| vec![problem])?))
}

fn failure(error: &crate::shadow::ShadowError) -> Vec<Problem> {
    vec![Problem::error("shadow", crate::ui::chain(error))]
}

/// Applies the migration; false if a seeded row made it fail in a way that it declares.
async fn run(
    database: &Database,
    claim: &Claim<'_>,
    proof: &mut Proof,
    values: Option<usize>,
) -> Result<bool, Vec<Problem>> {
    let client = database.connect().await.map_err(|error| failure(&error))?;
    let broken = |error: tokio_postgres::Error| vec![Problem::error("shadow-sql", crate::ui::chain(&error))];
    replay::pin(&client, claim.search_path).await.map_err(broken)?;
    let mut rows = seed::Rows::default();
    proof.notes.clear();
    if let Some(first) = values {
        rows = seed::seed(&client, claim.current, claim.tables, first, claim.search_path)
            .await
            .map_err(broken)?;
        proof.notes.extend(rows.notes());
    } else {
        let message = "the rows of the proof could not be followed: one of them is of the sort that makes \
                       a statement fail, as the migration declares";
        proof.notes.push(Problem::note("rows-not-followed", message));
    }
    let mut watch = measure::Watch::start(&client).await.map_err(broken)?;
    proof.effects.clear();
    for segment in claim.migration.segments() {
        match apply(&client, claim.migration, &segment, &mut watch).await {
            Ok(effects) => proof.effects.extend(effects),
            Err(error) if values.is_some() && excused(&error, claim) => {
                client.close().await.map_err(broken)?;
                return Ok(false);
            }
            Err(error) => return Err(vec![error.problem]),
        }
    }
    if values.is_some() {
        let lost = rows.check(&client, claim).await.map_err(broken)?;
        proof.rows_followed = rows.count();
        if !lost.is_empty() {
            return Err(lost);
        }
    }
    client.close().await.map_err(broken)?;
    Ok(true)
}

/// A statement failed.
struct Failed {
    code: Option<SqlState>,
    problem: Problem,
}

/// Whether rows may make the migration fail in this way: it declares so, or changes data by hand.
fn excused(failed: &Failed, claim: &Claim<'_>) -> bool {
    // Class 22 is data exceptions, class 23 integrity constraints (appendix A of the documentation).
    let of_rows = failed
        .code
        .as_ref()
        .is_some_and(|code| code.code().starts_with("22") || code.code().starts_with("23"));
    let declared = claim.hazards.iter().any(|hazard| hazard.kind == HazardKind::DataDependent);
    let by_hand = claim.hazards.is_empty();
    of_rows && (declared || by_hand)
}

async fn apply(
    client: &Client,
    migration: &Migration,
    segment: &Segment,
    watch: &mut measure::Watch,
) -> Result<Vec<(u32, Effect)>, Failed> {
    let place = |statement, error: tokio_postgres::Error| Failed {
        code: error.code().cloned(),
        problem: replay::statement_problem(migration, statement, &error),
    };
    let mut effects = Vec::new();
    let first = &segment.statements[0];
    if segment.transactional {
        client.batch_execute("BEGIN").await.map_err(|error| place(first, error))?;
        watch.begin(client).await.map_err(|error| place(first, error))?;
    }
    for statement in &segment.statements {
        client.batch_execute(&statement.sql).await.map_err(|error| place(statement, error))?;
        let effect = if segment.transactional {
            watch.look(client).await.map_err(|error| place(statement, error))?
        } else {
            Effect { documented: true, ..Effect::default() }
        };
        effects.push((statement.number, effect));
    }
    if segment.transactional {
        let last = &segment.statements[segment.statements.len() - 1];
        let end = "SET CONSTRAINTS ALL IMMEDIATE; COMMIT";
        client.batch_execute(end).await.map_err(|error| place(last, error))?;
    }
    Ok(effects)
}

/// What is left to do after the migration, which is a fault of the plan.
fn compare_states(result: &Catalog, desired: &Catalog) -> Vec<Problem> {
    diff::diff(result, desired)
        .iter()
        .map(|change| {
            let id = change.id().to_string();
            let what = match change {
                Change::Create(_) => "is missing after the migration",
                Change::Drop(_) => "is left over after the migration",
                Change::Alter(_) => "differs after the migration",
            };
            let mut problem = Problem::error("not-proved", format!("{id} {what}")).object(id);
            for field in diff::fields(change.id(), result, desired) {
                problem = problem
                    .detail(format!("{}: expected {}, found {}", field.field, field.expected, field.found));
            }
            problem.hint("nothing was written; this is a fault of Trueline: please report it with the schema")
        })
        .collect()
}
