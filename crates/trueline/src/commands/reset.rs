//! `db-reset`: recreates the embedded development database.

/// Recreate the embedded development database; refuses any other
#[derive(Clone, Debug, clap::Args)]
pub struct Args {}
