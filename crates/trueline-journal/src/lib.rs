//! What a migrations folder says, and how it compares with what a database's ledger says.
//!
//! Pure: no driver, no database, no printing. The app links this crate to check at start-up that
//! the database holds the migrations it was built with ([`ledger::check`]); the engine builds on it.
//!
//! Reading order: [`journal`] (the committed list), [`migration`] (one SQL file: statements and
//! segments), [`folder`] (both, on disk: reading, locking, writing), [`ledger`] (the comparison).

pub mod checksum;
pub mod folder;
pub mod journal;
pub mod ledger;
pub mod migration;
pub mod problem;
pub mod statement;
pub mod tag;
pub mod words;

pub use checksum::{Checksum, FileChecksums};
pub use folder::{Change, Contents, Draft, Folder, FolderError, Lock};
pub use journal::{Entry, Hash, Journal};
pub use migration::{Header, Migration, MigrationStatement, Segment};
pub use problem::{Place, Problem, Severity};
pub use tag::Tag;
