//! What can go wrong with a shadow.

use thiserror::Error;

use crate::server::ServerError;

/// A failure to start, use or stop a shadow.
#[derive(Debug, Error)]
pub enum ShadowError {
    /// The server's programs, directories or process.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// A statement of ours failed in the shadow.
    #[error("the shadow refused a statement: {0}")]
    Sql(#[from] tokio_postgres::Error),
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
            Self::Sql(_) | Self::BadKey { .. } => None,
        }
    }
}
