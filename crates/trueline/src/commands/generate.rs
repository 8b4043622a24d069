//! `db-generate`: the schema becomes one proved migration.

use super::Listing;

/// The ids of the hazards that `--allow` takes, and `all`.
const HAZARDS: [&str; 9] = [
    "data-loss",
    "rewrite",
    "blocks-writes",
    "blocks-reads",
    "data-dependent",
    "privileges-lost",
    "breaks-clients",
    "not-transactional",
    "all",
];

/// Write the migration that brings the migrations up to schema/*.sql, proved on a throwaway server
///
/// Compares what the migrations build with what the schema says. Nothing to do is said in
/// milliseconds, with no server started.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The migration's name [default: derived from the change]
    #[arg(required_if_eq("custom", "true"))]
    pub name: Option<String>,
    /// Write nothing: load and replay everything, exit 1 on any difference
    #[arg(long, conflicts_with_all = ["name", "custom", "allow", "rename"])]
    pub check: bool,
    /// Write an empty migration to fill in by hand; the next db-generate proves and seals it
    #[arg(long, conflicts_with_all = ["allow", "rename"])]
    pub custom: bool,
    /// Accept statements with these hazards
    #[arg(long, value_name = "HAZARD", value_delimiter = ',', value_parser = HAZARDS)]
    pub allow: Vec<String>,
    /// Keep an object under a new name, like `column public.requests.comment=public.requests.note`
    #[arg(long, value_name = "OLD=NEW")]
    pub rename: Vec<String>,
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}
