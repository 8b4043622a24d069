//! `db-stop`: stops the embedded development server.

use trueline_journal::Problem;

use super::{Context, Failure, block_on};
use crate::embedded;
use crate::ui::Outcome;

/// Stop the embedded development server; its data stays
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Stops the server of this workspace, if it runs.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let stopped = block_on(embedded::stop(&context.settings.root))?;
    let was_running = stopped.map_err(|error| {
        let problem = Problem::error("embedded", crate::ui::chain(&error));
        Failure::unusable([match error.hint() {
            Some(hint) => problem.hint(hint),
            None => problem,
        }])
    })?;
    Ok(Outcome::text(if was_running {
        "✅ stopped the development server; its data stays"
    } else {
        "✅ the development server is not running"
    }))
}
