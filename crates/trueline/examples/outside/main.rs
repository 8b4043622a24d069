//! Measures Trueline on schemas that were not written for it: every step from one state to the next
//! is planned, applied and compared with what `pg_dump` says of the wanted state.
//!
//! `cargo run -p trueline --example outside -- DIR [FILTER]` reads two layouts under `DIR`:
//!
//! - `pairs/<source>/<case>/{a,b}.sql`, with what both need in `setup.sql`, roles in `roles.sql` and rows
//!   for `a.sql` in `seed.sql`, all three optional. Both directions are steps.
//! - `series/<project>/vNNN.sql`, with roles in `roles.sql`. Steps lead from each version to the next,
//!   and from an empty database to each; the last one is pulled, too, and what was pulled loaded again.
//!
//! `FILTER` keeps the cases with that in `pairs/<source>/<case>` or `series/<project>`. The server is the
//! one that the shadow finds; `TRUELINE_PG_BIN` names another. Rows are put into every table first: what is
//! lost without a hazard is a difference. Failures go to stdout, one paragraph each, and the table of
//! figures comes last; progress goes to stderr. A case that hangs or breaks is an error, and the rest goes
//! on. Never a part of the product or of the test run. Read next: `layout` for the files, `worker` for how
//! cases are run side by side, `walk` for the steps of one, `step` for what must hold.

mod apply;
mod dump;
mod layout;
mod report;
mod roles;
mod side;
mod step;
mod walk;
mod worker;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use report::Report;

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    let Some(dir) = arguments.next().map(PathBuf::from) else {
        eprintln!("usage: outside DIR [FILTER]");
        return ExitCode::from(2);
    };
    let filter = arguments.next().map(|text| text.to_string_lossy().into_owned()).unwrap_or_default();
    match run(&dir, &filter) {
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

fn run(dir: &Path, filter: &str) -> Result<Report, String> {
    let cases = layout::cases(dir, filter).map_err(|error| format!("failed to read the cases: {error}"))?;
    if cases.is_empty() {
        return Err(format!("no case with `{filter}` in its name is in `{}`", dir.display()));
    }
    let mut report = Report::default();
    let mut done = 0;
    worker::run(&cases, |case, lines| {
        done += 1;
        let words: Vec<&str> = lines.iter().map(|line| line.verdict.word()).collect();
        eprintln!("[{done}/{}] {}: {}", cases.len(), case.name, words.join(", "));
        for line in lines {
            report.add(line);
        }
    })?;
    Ok(report)
}
