//! `db-reset`: recreates the embedded development database, and no other.

use trueline_journal::Problem;

use super::{Context, Failure, block_on, target};
use crate::embedded;
use crate::env::Target;
use crate::server::Wanted;
use crate::ui::{self, Outcome};

/// Recreate the embedded development database, empty (refuses any other)
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {}

/// Removes the data of the workspace's development server and starts it anew.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    if let Target::Url(url) = target::target(context)? {
        let message =
            format!("`DATABASE_URL` names {url}, and db-reset recreates the embedded database only");
        return Err(Failure::check([Problem::error("not-embedded", message)
            .hint("unset `DATABASE_URL`, or drop and create that database with its own tools")]));
    }
    let settings = &context.settings;
    let wanted = Wanted { major: settings.postgres, carrier: settings.carrier };
    let reset = block_on(embedded::reset(&settings.root, &wanted))?;
    reset.map_err(|error| Failure::unusable([ui::problem("embedded", &error, error.hint())]))?;
    Ok(Outcome::text("✅ the development database is new and empty\n   next: cargo xtask db-migrate"))
}
