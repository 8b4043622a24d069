//! What can go wrong with a shadow.

use thiserror::Error;
use trueline_driver::{ConnectError, QueryError};

use crate::server::ServerError;

/// A failure to start, use or stop a shadow.
#[derive(Debug, Error)]
pub enum ShadowError {
    /// The server's programs, directories or process.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// No session in the shadow.
    #[error("failed to connect to the shadow: {0}")]
    Connect(#[from] ConnectError),
    /// A statement of ours failed in the shadow.
    #[error("the shadow refused a statement: {0}")]
    Sql(#[source] QueryError),
    /// `TRUELINE_SHADOW_URL` names the target.
    #[error("`TRUELINE_SHADOW_URL` names the target database itself, `{database}` on `{host}`")]
    IsTarget {
        /// The database.
        database: String,
        /// Its server, without a password.
        host: String,
    },
    /// `TRUELINE_SHADOW_URL` names a server of another major than the one wanted.
    #[error("`TRUELINE_SHADOW_URL` names a PostgreSQL {found}, but {wanted} is wanted")]
    WrongMajor {
        /// What the settings or the snapshot ask for.
        wanted: u32,
        /// What the server is.
        found: u32,
    },
    /// Not a checksum.
    #[error("`{text}` is not a template's key: 32 to 64 lower-case hex digits")]
    BadKey {
        /// What was given.
        text: String,
    },
}

impl ShadowError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Server(error) => error.hint(),
            Self::Connect(error) => error.hint(),
            Self::Sql(error) => error.hint(),
            Self::IsTarget { .. } => Some(
                "name another server, or another database on it: shadow databases are made beside the one named there".to_owned(),
            ),
            Self::WrongMajor { wanted, .. } => {
                Some(format!("name a PostgreSQL {wanted}, or unset `TRUELINE_SHADOW_URL` to use one of this machine"))
            }
            Self::BadKey { .. } => None,
        }
    }
}
