//! The dangers that a statement can declare.
//!
//! Ids are stable: they stand in migrations, in `--allow` and in CI's output.

use std::fmt;
use std::str::FromStr;

use crate::catalog::ObjectId;

/// What kind of danger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HazardKind {
    /// Rows or values are lost.
    DataLoss,
    /// An object is replaced whose privileges are not managed, so they are lost.
    PrivilegesLost,
    /// The table's rows are all written anew.
    Rewrite,
    /// Writes to the table wait until the statement is done.
    BlocksWrites,
    /// Reads of the table wait until the statement is done.
    BlocksReads,
    /// Fails if existing rows do not fit.
    DataDependent,
    /// Programs that use the old name, type or signature fail.
    BreaksClients,
    /// Runs outside a transaction: a failure leaves what was done before it.
    NotTransactional,
}

impl HazardKind {
    /// Every kind, in the order in which they are listed.
    pub const ALL: [Self; 8] = [
        Self::DataLoss,
        Self::PrivilegesLost,
        Self::Rewrite,
        Self::BlocksWrites,
        Self::BlocksReads,
        Self::DataDependent,
        Self::BreaksClients,
        Self::NotTransactional,
    ];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::DataLoss => "data-loss",
            Self::PrivilegesLost => "privileges-lost",
            Self::Rewrite => "rewrite",
            Self::BlocksWrites => "blocks-writes",
            Self::BlocksReads => "blocks-reads",
            Self::DataDependent => "data-dependent",
            Self::BreaksClients => "breaks-clients",
            Self::NotTransactional => "not-transactional",
        }
    }

    /// Whether a migration with it is written only when `--allow` names it.
    pub fn needs_allow(self) -> bool {
        matches!(self, Self::DataLoss | Self::PrivilegesLost)
    }
}

impl fmt::Display for HazardKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl FromStr for HazardKind {
    type Err = UnknownHazard;

    fn from_str(text: &str) -> Result<Self, UnknownHazard> {
        Self::ALL.into_iter().find(|kind| kind.id() == text).ok_or_else(|| UnknownHazard(text.into()))
    }
}

/// `--allow` or a header named a hazard that does not exist.
#[derive(Debug, thiserror::Error)]
#[error(
    "unknown hazard `{0}`; the hazards are data-loss, privileges-lost, rewrite, blocks-writes, blocks-reads, data-dependent, breaks-clients, not-transactional"
)]
pub struct UnknownHazard(pub String);

/// A danger of one statement.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hazard {
    /// What kind of danger.
    pub kind: HazardKind,
    /// The object in danger.
    pub object: ObjectId,
    /// What happens, in a few words.
    pub effect: String,
}
