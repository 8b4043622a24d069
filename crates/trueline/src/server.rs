//! PostgreSQL programs on this machine: finding or fetching them, making clusters, starting and
//! stopping servers.
//!
//! A server of ours listens on a unix socket in a directory closed to others, never on TCP. What
//! it is used for is decided above: [`crate::shadow`] for throwaway servers, [`crate::embedded`]
//! for the development database. This module never looks inside a database.

pub mod account;
pub mod carrier;
pub mod checksum;
pub mod cluster;
pub mod detached;
pub mod dirs;
pub mod error;
pub mod extensions;
pub mod find;
pub mod lock;
pub mod process;

use std::path::PathBuf;

pub use error::ServerError;
pub use find::{find, find_all};

/// The superuser of every cluster that we make. Migrations often name it.
pub const SUPERUSER: &str = "postgres";

/// The number in the name of every socket of ours; nothing listens on a TCP port.
pub const PORT: u16 = 5432;

/// What every session sees unless it sets otherwise, so that the server deparses defaults and
/// bounds the same way everywhere (DESIGN, session settings). `search_path` is the caller's.
pub const SESSION_SETTINGS: &[(&str, &str)] = &[
    ("TimeZone", "UTC"),
    ("DateStyle", "ISO, MDY"),
    ("IntervalStyle", "postgres"),
    ("extra_float_digits", "1"),
    ("bytea_output", "hex"),
];

/// Which server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// PostgreSQL's major version; none takes the newest installed one.
    pub major: Option<u32>,
    /// Whether a server may be fetched through cargo when none is installed.
    pub carrier: bool,
}

impl Default for Wanted {
    fn default() -> Self {
        Self { major: None, carrier: true }
    }
}

/// Where a server's programs come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The directory that `TRUELINE_PG_BIN` names.
    Env,
    /// Installed on this machine.
    Installed,
    /// Unpacked from the carrier crate. Its timers are stubbed: `lock_timeout` and
    /// `statement_timeout` do nothing, and deadlocks are not found.
    Carrier,
}

/// A directory with `postgres` and `initdb` that run here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binaries {
    /// The directory that holds the programs.
    pub bin_dir: PathBuf,
    /// PostgreSQL's major version.
    pub major: u32,
    /// What `postgres --version` answers, the packager's words included.
    pub version: String,
    /// `pg_dump` of the same version, where there is one.
    pub pg_dump: Option<PathBuf>,
    /// Where they come from.
    pub origin: Origin,
}

impl Binaries {
    /// The path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}
