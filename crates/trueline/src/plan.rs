//! From changes to ordered statements.
//!
//! Purely a matter of graphs: which objects are touched (`scope`), what must come before what
//! (`graph`), which actions one statement can carry (`contract`), and one stable sort. What a
//! statement says is the kinds' knowledge. Reads no database.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, ObjectId};
use crate::diff::diff;
use crate::hazard::HazardKind;
use crate::kinds::{Context, Statement};

mod contract;
mod graph;
mod scope;
mod statements;

/// Ordered statements that lead from one catalog to another.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// In the order in which they run.
    pub steps: Vec<Step>,
}

/// One statement, and what it is about.
#[derive(Clone, Debug)]
pub struct Step {
    /// What runs.
    pub statement: Statement,
    /// The action that it belongs to.
    pub action: Action,
    /// The object.
    pub object: ObjectId,
}

/// What happens to an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// It is removed.
    Drop,
    /// It is changed in place.
    Alter,
    /// It is made.
    Create,
}

/// No order satisfies all dependencies: a bug in a rule, with the objects concerned.
#[derive(Debug, thiserror::Error)]
#[error("the changes depend on each other in a circle: {}", .0.join(", "))]
pub struct Cycle(pub Vec<String>);

/// Plans the way from `current` to `desired`; both need their edges.
///
/// # Errors
/// See [`Cycle`].
pub fn plan(current: &Catalog, desired: &Catalog) -> Result<Plan, Cycle> {
    let changes = diff(current, desired);
    if changes.is_empty() {
        return Ok(Plan::default());
    }
    let scope = scope::scope(current, desired, &changes);
    let cx = Context { current, desired, created: &scope.creates };
    let mut graph = graph::build(&cx, &scope);
    let folded = contract::contract(&cx, &mut graph);
    let order = graph.sort(&cx)?;
    Ok(Plan { steps: statements::statements(&cx, &graph, &folded, &order) })
}

impl Plan {
    /// Whether there is nothing to do.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The hazards that need `--allow`, each once.
    pub fn needs_allow(&self) -> BTreeSet<HazardKind> {
        self.steps
            .iter()
            .flat_map(|step| &step.statement.hazards)
            .map(|hazard| hazard.kind)
            .filter(|kind| kind.needs_allow())
            .collect()
    }

    /// Whether every statement may run in one transaction.
    pub fn is_transactional(&self) -> bool {
        self.steps.iter().all(|step| step.statement.transactional && !step.statement.new_segment)
    }
}
