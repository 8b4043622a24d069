//! The steps of one case. Every state is loaded once as the aim of a step, and is then where the next one starts.

use trueline::shadow::Shadow;

use crate::layout::{Case, State};
use crate::report::{Line, Verdict};
use crate::roles::Roles;
use crate::side::{self, Side, Unloaded};
use crate::step::{self, Outcome, broken};

/// Goes through the case's states; a line for each step.
pub async fn walk(shadow: &Shadow, case: &Case, lines: &mut Vec<Line>) -> Outcome<()> {
    let roles = Roles::make(shadow, case).await?;
    let mut add = |name: String, (verdict, took_ms): (Verdict, Option<u128>)| {
        let name = format!("{} {name}", case.name);
        lines.push(Line { source: case.source.clone(), name, verdict, took_ms });
    };
    let back = case.both_ways.then(|| &case.states[0]);
    let states: Vec<&State> = case.states.iter().chain(back).collect();
    let mut before: Option<(&State, Result<Side, Verdict>)> = None;
    for (index, &state) in states.iter().enumerate() {
        let mut here = load(shadow, case, state).await?;
        if !case.both_ways {
            let empty = State::default();
            let nothing = load(shadow, case, &empty).await?;
            add(format!("∅ → {}", state.name), between(shadow, case, (&empty, nothing), &mut here).await?);
        }
        if let Some((from, side)) = before.take() {
            let name = format!("{} → {}", from.name, state.name);
            add(name, between(shadow, case, (from, side), &mut here).await?);
        }
        let is_last = index + 1 == states.len();
        if is_last
            && !case.both_ways
            && let Ok(side) = &mut here
        {
            add(format!("pull {}", state.name), step::pull(shadow, case, side).await?);
        }
        before = Some((state, here));
    }
    if let Some((_, Ok(side))) = before {
        broken(side.close(shadow).await)?;
    }
    roles.drop(shadow).await
}

async fn load(shadow: &Shadow, case: &Case, state: &State) -> Outcome<Result<Side, Verdict>> {
    match side::side(shadow, case, state).await {
        Ok(side) => Ok(Ok(side)),
        Err(Unloaded::ByServer(why)) => Ok(Err(Verdict::NotLoadable(why))),
        Err(Unloaded::ByUs(why)) => Ok(Err(Verdict::Refused(why))),
        Err(Unloaded::Broken(why)) => Err(why),
    }
}

async fn between(
    shadow: &Shadow,
    case: &Case,
    (state, from): (&State, Result<Side, Verdict>),
    to: &mut Result<Side, Verdict>,
) -> Outcome<(Verdict, Option<u128>)> {
    match (from, to) {
        (Ok(from), Ok(to)) => step::go(shadow, case, state, from, to).await,
        (Ok(from), Err(why)) => {
            broken(from.close(shadow).await)?;
            Ok((why.clone(), None))
        }
        (Err(why), _) => Ok((why, None)),
    }
}
