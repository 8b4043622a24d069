//! `env-check`: every declared variable is set and well formed.
//!
//! Looks at the process's environment and `.env` only; connects to nothing and shows no value.

use super::{Context, Failure, Listing};
use crate::env::Profile;
use crate::ui::Outcome;

/// The arguments of `env-check`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    /// Check what a release build requires
    #[arg(long)]
    pub release: bool,
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}

/// Reports every problem with the declared variables.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let profile = if args.release { Profile::Release } else { Profile::Debug };
    let problems = context.environment.check(&context.settings, profile);
    let text = match context.settings.env.len() {
        0 => "✅ no environment variables are declared".to_owned(),
        1 => "✅ the declared environment variable is fine".to_owned(),
        count => format!("✅ all {count} declared environment variables are fine"),
    };
    Ok(Outcome::checked(problems, text))
}
