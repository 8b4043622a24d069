//! The development server: one PostgreSQL per workspace, with durable data.
//!
//! It starts on demand, belongs to no command, and stays until `db-stop`. Its data is in the user's
//! data directory under the workspace's path, so `cargo clean` does not touch it. It listens on a
//! unix socket in a directory that only its owner (and root) can enter, so it asks for no password.
//!
//! Never loses data on its own: only [`reset`] removes any. Read next: `home` for the files,
//! [`crate::server::process`] for processes.

mod error;
mod home;

use std::path::Path;

use trueline_driver::DatabaseUrl;

pub use error::EmbeddedError;
pub use home::{About, Home};

use crate::server::Wanted;
use crate::server::dirs::Dirs;

/// The database of the workspace.
pub const DATABASE: &str = "app";

/// What the development server of a workspace is and does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// There is no data yet.
    Absent,
    /// There is data, and no server runs on it.
    Stopped(About),
    /// The server accepts connections, or will in a moment.
    Running(About),
}

impl Status {
    /// What people who work with this server should know: it is the carrier's.
    pub fn note(&self) -> Option<String> {
        let (Self::Stopped(about) | Self::Running(about)) = self else { return None };
        about.is_carrier.then(|| {
            format!(
                "the development server is the PostgreSQL {} that was fetched through cargo: `lock_timeout` and \
                 `statement_timeout` do nothing in it, deadlocks are not found, and most extensions are missing; \
                 install PostgreSQL and run `cargo xtask db-reset` to use a complete one",
                about.major
            )
        })
    }
}

/// Makes sure that the development server of the workspace at `root` runs, and gives its database.
/// `wanted` counts when the data is made; after that, the data's own major does.
pub async fn ensure_running(root: &Path, wanted: &Wanted) -> Result<DatabaseUrl, EmbeddedError> {
    Home::of(root, &Dirs::from_env()?)?.ensure_running(wanted).await
}

/// What the development server of the workspace is doing; starts nothing.
pub fn status(root: &Path) -> Result<Status, EmbeddedError> {
    Home::of(root, &Dirs::from_env()?)?.status()
}

/// Stops the development server of the workspace; says whether there was one. Its data stays.
pub async fn stop(root: &Path) -> Result<bool, EmbeddedError> {
    Home::of(root, &Dirs::from_env()?)?.stop().await
}

/// Removes the data of the workspace's development server and starts it anew with an empty database.
pub async fn reset(root: &Path, wanted: &Wanted) -> Result<DatabaseUrl, EmbeddedError> {
    let home = Home::of(root, &Dirs::from_env()?)?;
    home.remove().await?;
    home.ensure_running(wanted).await
}
