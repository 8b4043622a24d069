//! One step: from one state to another, and what must hold then.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use trueline::catalog::{Catalog, ObjectId};
use trueline::diff::{diff, fields};
use trueline::hazard::{Hazard, HazardKind};
use trueline::plan::{Plan, plan};
use trueline::prove::Claim;
use trueline::prove::seed::{Rows, seed};
use trueline::render;
use trueline::replay;
use trueline::shadow::Shadow;
use trueline_journal::{Entry, Hash, Migration, Tag};

use crate::dump::{self, Same};
use crate::layout::{self, State};
use crate::report::Verdict;
use crate::side::{self, SEARCH_PATH, Side, Unloaded};

type Outcome<T> = Result<T, String>;

/// Both states loaded, and the same schemas read from both.
pub async fn load_both(shadow: &Shadow, from: &State, to: &State) -> Result<(Side, Side), Unloaded> {
    let manage = layout::manage(&[from, to]);
    let mut from = side::side(shadow, from, manage).await?;
    let mut to = match side::side(shadow, to, manage).await {
        Ok(to) => to,
        Err(error) => {
            from.close(shadow).await?;
            return Err(error);
        }
    };
    let schemas: BTreeSet<String> = from.state.schemas.iter().chain(&to.state.schemas).cloned().collect();
    let schemas: Vec<String> = schemas.into_iter().collect();
    from.read(&schemas).await?;
    to.read(&schemas).await?;
    to.dump(shadow).await?;
    Ok((from, to))
}

/// Goes from one to the other; the databases are dropped. The time is that of planning, applying and comparing.
pub async fn go(shadow: &Shadow, state: &State, from: Side, to: Side) -> Outcome<(Verdict, Option<u128>)> {
    let started = Instant::now();
    let outcome = match unmodelled(&from.state.catalog, &to.state.catalog) {
        Some(what) => Ok((Verdict::Refused(what), from)),
        None => reach(shadow, state, from, &to).await,
    };
    let took_ms = started.elapsed().as_millis();
    broken(to.close(shadow).await)?;
    let (verdict, from) = outcome?;
    broken(from.close(shadow).await)?;
    Ok((verdict, Some(took_ms)))
}

fn broken<T>(result: Result<T, Unloaded>) -> Outcome<T> {
    result.map_err(|error| match error {
        Unloaded::ByServer(why) | Unloaded::ByUs(why) | Unloaded::Broken(why) => why,
    })
}

fn unmodelled(from: &Catalog, to: &Catalog) -> Option<String> {
    let both = from.objects.keys().chain(to.objects.keys());
    let names: BTreeSet<String> =
        both.filter(|id| id.kind == "unmodelled").map(|id| id.path.join(" ")).collect();
    if names.is_empty() { None } else { Some(names.into_iter().collect::<Vec<_>>().join("\n")) }
}

async fn reach(shadow: &Shadow, state: &State, mut from: Side, to: &Side) -> Outcome<(Verdict, Side)> {
    let plan = match plan(&from.state.catalog, &to.state.catalog) {
        Ok(plan) => plan,
        Err(cycle) => return Ok((Verdict::Error(cycle.to_string()), from)),
    };
    let migration = migration(&plan)?;
    // Where a row stands in the way as the plan says that one may, other rows are tried, and none.
    for values in [Some(0), Some(1), None] {
        match apply(&from, state, to, &plan, &migration, values).await? {
            Applied::Done => break,
            Applied::RowInTheWay => {
                let (schemas, catalog) = (from.state.schemas.clone(), from.state.catalog.clone());
                broken(from.close(shadow).await)?;
                from = broken(side::side(shadow, state, to.state.manage).await)?;
                from.state = trueline::elaborate::Side { schemas, catalog, ..from.state };
            }
            Applied::Wrong(why) => {
                let why = format!("{why}\nwith:\n{}", migration.text);
                return Ok((Verdict::Error(why), from));
            }
            Applied::Lost(why) => {
                let why = format!("{why}\nwith:\n{}", migration.text);
                return Ok((Verdict::Differs(why), from));
            }
        }
    }
    let verdict = compare(shadow, &mut from, to, &migration).await?;
    Ok((verdict, from))
}

/// The plan as the file that it would be.
fn migration(plan: &Plan) -> Outcome<Migration> {
    let tag = Tag::numbered(1, "step").map_err(|error| error.to_string())?;
    let text = render::migration(plan);
    let entry = Entry::new(1, 0, tag, Hash::Unsealed);
    Ok(Migration::new(entry, PathBuf::from("0001_step.sql"), text.as_bytes(), text.clone()))
}

enum Applied {
    Done,
    RowInTheWay,
    Wrong(String),
    Lost(String),
}

async fn apply(
    from: &Side,
    state: &State,
    to: &Side,
    plan: &Plan,
    migration: &Migration,
    values: Option<usize>,
) -> Outcome<Applied> {
    let client = &from.session;
    let said = |error: tokio_postgres::Error| trueline::ui::chain(&error);
    let catalog = &from.state.catalog;
    let tables: BTreeSet<ObjectId> =
        catalog.objects.keys().filter(|id| id.kind == "table").cloned().collect();
    let hazards: Vec<Hazard> =
        plan.steps.iter().flat_map(|step| step.statement.hazards.iter().cloned()).collect();
    let mut rows = Rows::default();
    if let Some(first) = values {
        if let Some(sql) = &state.seed {
            client.batch_execute(sql).await.map_err(said)?;
        }
        rows = seed(client, catalog, &tables, first, SEARCH_PATH).await.map_err(said)?;
    }
    replay::pin(client, SEARCH_PATH).await.map_err(said)?;
    if let Err(problem) = replay::replay(client, std::slice::from_ref(migration), SEARCH_PATH).await {
        let text = side::lines(std::slice::from_ref(&problem));
        let declared = hazards.iter().any(|hazard| hazard.kind == HazardKind::DataDependent);
        let of_rows = problem
            .details
            .iter()
            .any(|line| line.starts_with("SQLSTATE 22") || line.starts_with("SQLSTATE 23"));
        let excused = declared && of_rows && values.is_some();
        return Ok(if excused { Applied::RowInTheWay } else { Applied::Wrong(text) });
    }
    let claim = Claim {
        current: catalog,
        desired: &to.state,
        migration,
        tables: &tables,
        hazards: &hazards,
        renames: &[],
        external: &BTreeSet::new(),
        search_path: SEARCH_PATH,
    };
    let lost = rows.check(client, &claim).await.map_err(said)?;
    Ok(if lost.is_empty() { Applied::Done } else { Applied::Lost(side::lines(&lost)) })
}

async fn compare(shadow: &Shadow, from: &mut Side, to: &Side, migration: &Migration) -> Outcome<Verdict> {
    let schemas = from.state.schemas.clone();
    broken(from.read(&schemas).await)?;
    let (reached, desired) = (&from.state.catalog, &to.state.catalog);
    let mut wrong = Vec::new();
    for change in diff(reached, desired) {
        wrong.push(format!("not as desired: {change}"));
        for field in fields(change.id(), reached, desired) {
            wrong.push(format!("  {}: expected {}, found {}", field.field, field.expected, field.found));
        }
    }
    broken(from.dump(shadow).await)?;
    let verdict = match dump::compare(&from.dump, &to.dump) {
        Same::Exactly => Verdict::Exact,
        Same::ButForColumnOrder => Verdict::ColumnOrder,
        Same::No(lines) => {
            wrong.push(format!("pg_dump differs:\n{lines}"));
            Verdict::Exact
        }
    };
    if wrong.is_empty() {
        return Ok(verdict);
    }
    Ok(Verdict::Differs(format!("{}\nwith:\n{}", wrong.join("\n"), migration.text)))
}
