//! `db-baseline`: records migrations as applied on a database that already has them.

/// Record the migrations as applied on a target database that already has them
///
/// Proves first that it does; nothing else in the database changes.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {}
