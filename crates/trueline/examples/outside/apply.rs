//! A plan, run as the migration that it would be, over rows that must still be there afterwards.

use std::collections::BTreeSet;

use trueline::catalog::ObjectId;
use trueline::hazard::{Hazard, HazardKind};
use trueline::plan::Plan;
use trueline::prove::Claim;
use trueline::prove::seed::{Rows, seed};
use trueline::replay;
use trueline::shadow::Shadow;
use trueline_journal::Migration;

use crate::layout::{Case, State};
use crate::side::{self, SEARCH_PATH, Side};
use crate::step::{Outcome, broken};

/// What came of it.
pub enum Applied {
    /// It ran.
    Done,
    /// A seeded row stands in the way, as the plan says that one may.
    RowInTheWay,
    /// A statement failed.
    Wrong(String),
    /// Rows or values are gone that the plan does not give up.
    Lost(String),
}

/// Runs it; where a row stands in the way, on a fresh state with other rows, in the end without any.
pub async fn with_rows(
    shadow: &Shadow,
    case: &Case,
    state: &State,
    mut from: Side,
    to: &Side,
    plan: &Plan,
    migration: &Migration,
) -> Outcome<(Applied, Side)> {
    for values in [Some(0), Some(1), None] {
        let applied = once(&from, state, to, plan, migration, values).await?;
        if !matches!(applied, Applied::RowInTheWay) {
            return Ok((applied, from));
        }
        let (schemas, catalog) = (from.state.schemas.clone(), from.state.catalog.clone());
        broken(from.close(shadow).await)?;
        from = broken(side::side(shadow, case, state).await)?;
        from.state = trueline::elaborate::Side { schemas, catalog, ..from.state };
    }
    Ok((Applied::Wrong("a row stands in the way where there is none".into()), from))
}

async fn once(
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
