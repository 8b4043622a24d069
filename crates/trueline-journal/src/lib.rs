//! What a migrations folder says, and how it compares with what a database's ledger says.
//!
//! Pure: no driver, no database, no printing. The app links this crate to check at start-up that
//! the database holds the migrations it was built with; the engine builds on it.

pub mod problem;
pub mod statement;

pub use problem::{Place, Problem, Severity};
