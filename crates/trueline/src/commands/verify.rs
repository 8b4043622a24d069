//! `db-verify`: the live database is what the schema says.

use super::Listing;

/// Check that the target database is what schema/*.sql says
///
/// Names every difference as object, expected and found; an object that is not modelled is one too.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}
