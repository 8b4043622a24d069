//! What can go wrong with the development server.

use std::path::PathBuf;

use thiserror::Error;
use trueline_driver::{ConnectError, QueryError};

use crate::server::ServerError;

/// A failure to make, start, stop or remove the development server.
#[derive(Debug, Error)]
pub enum EmbeddedError {
    /// The server's programs, directories or process.
    #[error(transparent)]
    Server(#[from] ServerError),
    /// No session in the new cluster.
    #[error("failed to connect to the new development server: {0}")]
    Connect(#[from] ConnectError),
    /// The database could not be made.
    #[error("failed to create the development database: {0}")]
    Sql(#[source] QueryError),
    /// The data was made by a server of a major that is not here.
    #[error("the development database in `{}` was made by PostgreSQL {made_by}, which was not found", .data.display())]
    OtherMajor {
        /// The directory.
        data: PathBuf,
        /// The major that it needs.
        made_by: u32,
        /// Where one was looked for.
        looked_at: Vec<String>,
    },
    /// The data belongs to another user.
    #[error("the development database in `{}` belongs to uid {owner}, and this command runs servers as uid {ours}", .data.display())]
    OtherUser {
        /// The directory.
        data: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who would run the server.
        ours: u32,
    },
    /// The directory is not one that was made for this workspace.
    #[error("`{}` does not say which workspace it belongs to", .dir.display())]
    Unmarked {
        /// The directory.
        dir: PathBuf,
    },
}

impl EmbeddedError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Server(error) => error.hint(),
            Self::Connect(error) => error.hint(),
            Self::Sql(error) => error.hint(),
            Self::OtherMajor { made_by, looked_at, .. } => Some(format!(
                "install PostgreSQL {made_by}, or start anew with `cargo xtask db-reset`, which removes the data; looked at:\n  {}",
                looked_at.join("\n  ")
            )),
            Self::OtherUser { owner, .. } => Some(format!(
                "run the command as the user with uid {owner}, or set `TRUELINE_DATA_DIR` to a directory of your own"
            )),
            Self::Unmarked { dir } => {
                Some(format!("look at what is in it, then remove it with `rm -r {}`", dir.display()))
            }
        }
    }
}
