//! The smallest states that still fail in the same way.

use std::collections::BTreeSet;

use super::state::State;

/// Takes things out of both states as long as what is left fails like `why`.
pub async fn shrink(
    mut before: State,
    mut after: State,
    why: &str,
    fails: impl AsyncFn(&State, &State) -> Option<String>,
) -> (State, State) {
    loop {
        let size = before.0.len() + after.0.len();
        let keys: BTreeSet<String> = before.0.keys().chain(after.0.keys()).cloned().collect();
        // Those that nothing needs come last, and go first.
        for key in keys.iter().rev() {
            let (mut smaller_before, mut smaller_after) = (before.clone(), after.clone());
            smaller_before.remove(key);
            smaller_after.remove(key);
            let candidates = [
                (smaller_before, smaller_after),
                // What changed no longer does.
                (before.clone(), kept(&before, &after, key)),
            ];
            for (smaller_before, smaller_after) in candidates {
                let is_other = smaller_before != before || smaller_after != after;
                let is_less = smaller_before.0.len() <= before.0.len();
                if is_other
                    && is_less
                    && fails(&smaller_before, &smaller_after).await.is_some_and(|how| is_alike(&how, why))
                {
                    (before, after) = (smaller_before, smaller_after);
                }
            }
        }
        if before.0.len() + after.0.len() == size {
            return (before, after);
        }
    }
}

/// `after` with the thing as it was before.
fn kept(before: &State, after: &State, key: &str) -> State {
    let mut state = after.clone();
    if let Some(thing) =
        before.0.get(key).filter(|thing| thing.needs.iter().all(|need| after.0.contains_key(need)))
    {
        state.0.insert(key.to_owned(), thing.clone());
    }
    state
}

/// Whether two failures are of one sort: the same first words, names apart.
fn is_alike(one: &str, other: &str) -> bool {
    let sort = |text: &str| {
        let line = text.lines().next().unwrap_or_default().to_owned();
        line.split_whitespace()
            .take(3)
            .filter(|word| !word.contains(['.', '"']))
            .collect::<Vec<_>>()
            .join(" ")
    };
    sort(one) == sort(other)
}
