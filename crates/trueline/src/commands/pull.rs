//! `db-pull`: the live database becomes schema files.

/// Write schema/*.sql from the target database
#[derive(Clone, Debug, clap::Args)]
pub struct Args {}
