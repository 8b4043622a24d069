//! `db-validate`: the journal, the files and the schema agree, with no database.

use super::Listing;

/// Check journal, migration files, checksums and schema, without a database
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}
