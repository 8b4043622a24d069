//! Random schemas, randomly changed: whatever PostgreSQL loads, there is a way from each to the other, and
//! what must hold after a case (`cases/observe`) holds after it, rows included.
//!
//! Seeds count up from `PROPERTY_SEED` (1), so many rounds as `PROPERTY_ROUNDS` says (12); a failure is
//! shrunk, and names its seed and the folder that holds `before.sql` and `after.sql`, to become a case. For a
//! long run: `PROPERTY_ROUNDS=2000 cargo test -p trueline --test it property`. Read next: `state`.

mod dice;
mod roll;
mod shrink;
mod state;

use std::collections::BTreeSet;
use std::path::PathBuf;

use futures_util::{StreamExt, stream};
use trueline::catalog::ObjectId;
use trueline::load::{Source, Sources};
use trueline::prove::seed::seed;
use trueline::settings::Manage;
use trueline::shadow::Shadow;

use crate::cases::{Outcome, Side, dumped, observe, reread, side, way};
use crate::support::{Scratch, block_on, servers};
use dice::Dice;
use state::State;

const AT_ONCE: usize = 3;

/// What came of one round.
enum Round {
    Held,
    /// PostgreSQL does not take one of the states.
    NoStates,
    Failed(String),
}

#[test]
fn there_is_a_way_between_any_two_schemas() {
    let number = |name: &str, default| {
        std::env::var(name)
            .map_or(default, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a number")))
    };
    let (first, rounds) = (number("PROPERTY_SEED", 1), number("PROPERTY_ROUNDS", 12));
    let servers = servers();
    let scratches: Vec<Scratch> = servers.iter().map(|_| Scratch::new()).collect();
    block_on(async {
        let mut shadows = Vec::new();
        for (binaries, scratch) in servers.iter().zip(&scratches) {
            shadows.push(Shadow::start_on(binaries, &scratch.dirs()).await.unwrap());
        }
        // Each server in its turn.
        let seeds = stream::iter((first..first + rounds).zip(shadows.iter().cycle()));
        let mut failures = Vec::new();
        let mut without = 0;
        let mut outcomes = seeds.map(|(seed, shadow)| round(shadow, seed)).buffer_unordered(AT_ONCE);
        while let Some((seed, outcome)) = outcomes.next().await {
            match outcome {
                Round::Held => {}
                Round::NoStates => without += 1,
                Round::Failed(why) => {
                    eprintln!("seed {seed} failed");
                    failures.push(why);
                }
            }
        }
        drop(outcomes);
        for shadow in shadows {
            shadow.close().await.unwrap();
        }
        let on = format!("seeds {first} to {}", first + rounds - 1);
        eprintln!("{on}: {} failed, {without} were no schemas", failures.len());
        assert!(failures.is_empty(), "{on}:\n\n{}", failures.join("\n\n"));
        assert!(
            without * 2 <= rounds,
            "too few of the states are schemas: {without} of {rounds} rounds had none"
        );
    });
}

async fn round(shadow: &Shadow, seed: u64) -> (u64, Round) {
    let (before, after) = states(seed);
    let why = match attempt(shadow, &before, &after).await {
        Ok(true) => return (seed, Round::Held),
        Ok(false) => return (seed, Round::NoStates),
        Err(why) => why,
    };
    let (before, after) =
        shrink::shrink(before, after, &why, async |before, after| attempt(shadow, before, after).await.err())
            .await;
    let why = attempt(shadow, &before, &after).await.err().unwrap_or(why);
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("property-{seed}"));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("before.sql"), before.sql()).unwrap();
    std::fs::write(folder.join("after.sql"), after.sql()).unwrap();
    let text = format!(
        "seed {seed}, {}, kept in {}:\n-- before.sql\n{}-- after.sql\n{}-- {why}",
        shadow.server_version(),
        folder.display(),
        before.sql(),
        after.sql()
    );
    (seed, Round::Failed(text))
}

/// The states of a seed.
fn states(seed: u64) -> (State, State) {
    let mut dice = Dice::new(seed);
    let size = 10 + dice.below(60);
    let before = State::random(&mut dice, size);
    let changes = 1 + dice.below(8);
    let after = before.mutated(&mut dice, changes);
    (before, after)
}

/// Goes from one to the other and back; false where one of them does not load.
async fn attempt(shadow: &Shadow, before: &State, after: &State) -> Outcome<bool> {
    for (from, to) in [(before, after), (after, before)] {
        let Some((from, to)) = sides(shadow, from, to).await? else { return Ok(false) };
        let outcome = go(shadow, &from, &to).await;
        for side in [from, to] {
            side.close(shadow).await?;
        }
        outcome?;
    }
    Ok(true)
}

async fn sides(shadow: &Shadow, from: &State, to: &State) -> Outcome<Option<(Side, Side)>> {
    let load = async |state: &State| {
        let sources = Sources { files: vec![Source { path: "state.sql".into(), text: state.sql() }] };
        side(shadow, &sources, &[], Manage::default()).await
    };
    let Ok(from) = load(from).await else { return Ok(None) };
    let Ok(to) = load(to).await else {
        from.close(shadow).await?;
        return Ok(None);
    };
    let schemas: BTreeSet<String> = from.schemas.iter().chain(&to.schemas).cloned().collect();
    let schemas: Vec<String> = schemas.into_iter().collect();
    let to = dumped(shadow, reread(to, &schemas).await?).await?;
    Ok(Some((reread(from, &schemas).await?, to)))
}

async fn go(shadow: &Shadow, from: &Side, to: &Side) -> Outcome<()> {
    let plan = way(&from.catalog, &to.catalog)?;
    // Rows may stand in the way of a plan that says so.
    let may_fail = plan
        .steps
        .iter()
        .flat_map(|step| &step.statement.hazards)
        .any(|hazard| hazard.kind == trueline::hazard::HazardKind::DataDependent);
    if !may_fail {
        let tables: BTreeSet<ObjectId> =
            from.catalog.objects.keys().filter(|id| id.kind == "table").cloned().collect();
        seed(&from.session, &from.catalog, &tables, 0, "public").await.map_err(|error| error.to_string())?;
    }
    observe::go(shadow, from, &plan, to).await
}
