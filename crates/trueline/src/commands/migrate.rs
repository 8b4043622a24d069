//! `db-migrate`: applies what is pending to the target.

/// Apply the pending migrations to the target database
///
/// The target is `DATABASE_URL`, from the environment or .env; the embedded development database where
/// that is not set.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Show what would be applied and change nothing
    #[arg(long)]
    pub dry_run: bool,
}
