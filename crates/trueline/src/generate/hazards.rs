//! The hazards of a whole plan: those that follow from how it runs, those that the proof measured, and
//! those that nobody has accepted.

use std::collections::BTreeSet;

use trueline_journal::Problem;

use super::Refused;
use super::rename::Possible;
use crate::hazard::{Hazard, HazardKind};
use crate::plan::Plan;
use crate::prove::Proof;
use crate::prove::measure::Lock;

/// Adds what every statement outside a transaction has in common.
pub fn complete(plan: &mut Plan) {
    for step in &mut plan.steps {
        if !step.statement.transactional {
            step.statement.hazards.push(Hazard {
                kind: HazardKind::NotTransactional,
                object: step.object.clone(),
                effect: "runs outside a transaction; what came before it stays if it fails".into(),
            });
        }
    }
}

/// Refuses a plan whose hazards were not all accepted, naming each with the flag that accepts it.
///
/// # Errors
/// One problem per hazard, and what would settle them.
pub fn refuse(plan: &Plan, allow: &BTreeSet<HazardKind>, possible: &[Possible]) -> Result<(), Refused> {
    let mut problems: Vec<Problem> = Vec::new();
    for step in &plan.steps {
        for hazard in &step.statement.hazards {
            if hazard.kind.needs_allow() && !allow.contains(&hazard.kind) {
                let message = format!("{}: {} ({})", hazard.object, hazard.effect, hazard.kind);
                problems.push(
                    Problem::error("hazard-not-allowed", message)
                        .object(hazard.object.to_string())
                        .detail(step.statement.sql.clone())
                        .hint(format!("if that is meant, pass `--allow {}`", hazard.kind)),
                );
            }
        }
    }
    if problems.is_empty() {
        return Ok(());
    }
    problems.extend(possible.iter().map(|possible| possible.problem.clone()));
    let hazards = plan.needs_allow().difference(allow).copied().collect();
    let renames = possible.iter().map(|possible| possible.flag.clone()).collect();
    Err(Refused { problems, hazards, renames })
}

/// Adds what the proof saw: tables that were written anew, or read whole under a lock.
pub fn measured(plan: &mut Plan, proof: &Proof) {
    for (number, effect) in &proof.effects {
        let Some(step) = plan.steps.get_mut(*number as usize - 1) else { continue };
        let hazards = &mut step.statement.hazards;
        let mut add = |kind, object: &crate::catalog::ObjectId, effect: &str| {
            hazards.push(Hazard { kind, object: object.clone(), effect: effect.into() });
        };
        for table in &effect.rewritten {
            add(HazardKind::Rewrite, table, "all its rows are written anew");
        }
        for table in effect.scanned.union(&effect.rewritten) {
            match effect.locks.get(table) {
                Some(Lock::BlocksReads) => {
                    add(
                        HazardKind::BlocksReads,
                        table,
                        "reads and writes wait while its rows are gone through",
                    );
                }
                Some(Lock::BlocksWrites) => {
                    add(HazardKind::BlocksWrites, table, "writes wait while its rows are gone through");
                }
                _ => {}
            }
        }
    }
}
