//! `db-stop`: stops the embedded development server.

use super::{Context, Failure, block_on};
use crate::embedded;
use crate::ui::{self, Outcome};

/// Stop the embedded development server; its data stays
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Stops the server of this workspace, if it runs.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let stopped = block_on(embedded::stop(&context.settings.root))?;
    let was_running =
        stopped.map_err(|error| Failure::unusable([ui::problem("embedded", &error, error.hint())]))?;
    Ok(Outcome::text(if was_running {
        "✅ stopped the development server; its data stays"
    } else {
        "✅ the development server is not running"
    }))
}
