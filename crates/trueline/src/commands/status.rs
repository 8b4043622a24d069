//! `db-status`: what is applied, pending, unknown, edited, in doubt.

use super::Listing;

/// Show which migrations are applied, pending, unknown, edited or in doubt
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}
