//! `db-stop`: stops the embedded development server.

/// Stop the embedded development server; its data stays
#[derive(Clone, Debug, clap::Args)]
pub struct Args {}
