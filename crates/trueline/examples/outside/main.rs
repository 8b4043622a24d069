//! Measures Trueline on schemas that were not written for it: every step from one state to the next
//! is planned, applied and compared with what `pg_dump` says of the wanted state.
//!
//! `cargo run -p trueline --example outside -- DIR [FILTER]` reads two layouts under `DIR`:
//!
//! - `pairs/<source>/<case>/{a,b}.sql`, with what both need in `setup.sql`, roles in `roles.sql` and rows
//!   for `a.sql` in `seed.sql`, all three optional. Both directions are steps.
//! - `series/<project>/vNNN.sql`, with roles in `roles.sql`. Steps lead from each version to the next,
//!   and from an empty database to each.
//!
//! `FILTER` keeps the cases with that in `pairs/<source>/<case>` or `series/<project>`. The server is the
//! one that the shadow finds; `TRUELINE_PG_BIN` names another. Failures go to stdout, one paragraph each,
//! and the table of figures comes last. Never a part of the product or of the test run. Read next: `layout`
//! for the files, `side` for a loaded state, `step` for what must hold.

mod dump;
mod layout;
mod report;
mod side;
mod step;

use std::path::PathBuf;
use std::process::ExitCode;

use futures_util::{StreamExt, stream};
use trueline::shadow::{Shadow, ShadowError, ShadowOptions};

use layout::{Case, State};
use report::{Line, Report, Verdict};
use side::Unloaded;

/// As many cases side by side as keep two processors busy.
const AT_ONCE: usize = 3;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(dir) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: outside DIR [FILTER]");
        return ExitCode::from(2);
    };
    let filter = arguments.next().map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
        .and_then(|runtime| runtime.block_on(run(&dir, &filter)));
    match outcome {
        Ok(report) => {
            print!("{report}");
            if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

async fn run(dir: &std::path::Path, filter: &str) -> Result<Report, String> {
    let cases = layout::cases(dir, filter).map_err(|error| format!("failed to read the cases: {error}"))?;
    if cases.is_empty() {
        return Err(format!("no case with `{filter}` in its name is in `{}`", dir.display()));
    }
    let shadow = Shadow::start(&ShadowOptions::default()).await.map_err(|error| describe(&error))?;
    eprintln!("PostgreSQL {}, {} cases", shadow.server_version(), cases.len());
    for case in &cases {
        side::make_roles(&shadow, case).await?;
    }
    let mut report = Report::default();
    let mut lines = stream::iter(&cases).map(|case| steps(&shadow, case)).buffer_unordered(AT_ONCE);
    while let Some(found) = lines.next().await {
        for line in found {
            report.add(line);
        }
    }
    drop(lines);
    shadow.close().await.map_err(|error| describe(&error))?;
    Ok(report)
}

fn describe(error: &ShadowError) -> String {
    trueline::ui::chain(error)
}

/// Every step of a case.
async fn steps(shadow: &Shadow, case: &Case) -> Vec<Line> {
    let mut lines = Vec::new();
    let line = |name: String, (verdict, took_ms): (Verdict, Option<u128>)| Line {
        source: case.source.clone(),
        name: format!("{} {name}", case.name),
        verdict,
        took_ms,
    };
    match case.states.as_slice() {
        [a, b] if case.both_ways => {
            lines.push(line("a → b".into(), between(shadow, a, b).await));
            lines.push(line("b → a".into(), between(shadow, b, a).await));
        }
        states => {
            let empty = State::default();
            for (index, state) in states.iter().enumerate() {
                lines.push(line(format!("∅ → {}", state.name), between(shadow, &empty, state).await));
                if let Some(before) = index.checked_sub(1).map(|index| &states[index]) {
                    let name = format!("{} → {}", before.name, state.name);
                    lines.push(line(name, between(shadow, before, state).await));
                }
            }
        }
    }
    lines
}

/// Loads both states, goes from one to the other, and drops both.
async fn between(shadow: &Shadow, from: &State, to: &State) -> (Verdict, Option<u128>) {
    let verdict = match step::load_both(shadow, from, to).await {
        Ok((from_side, to_side)) => step::go(shadow, from, from_side, to_side).await,
        Err(Unloaded::ByServer(why)) => Ok((Verdict::NotLoadable(why), None)),
        Err(Unloaded::ByUs(why)) => Ok((Verdict::Refused(why), None)),
        Err(Unloaded::Broken(why)) => Err(why),
    };
    verdict.unwrap_or_else(|why| (Verdict::Error(why), None))
}
