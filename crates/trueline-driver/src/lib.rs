//! One way to connect to PostgreSQL: a URL in, a connected `tokio-postgres` client out.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let url = trueline_driver::DatabaseUrl::parse("postgres://app@ep-cool-name.eu-central-1.aws.neon.tech/app")?;
//! let connection = trueline_driver::connect(&url).await?;
//! let row = connection.query_one("select 1", &[]).await?;
//! # let _: i32 = row.get(0);
//! connection.close().await?;
//! # Ok(())
//! # }
//! ```
//!
//! The transport follows from the URL and is never a choice of the caller: `wss://`, `ws://` and
//! Neon's hosts go over WebSocket, directories over their unix socket, the rest over TCP, with TLS as
//! libpq's parameters say. Once connected there is one kind of [`Connection`], and every statement
//! that PostgreSQL knows works over each transport.
//!
//! Where to read next: [`DatabaseUrl`] for what a URL may hold, `connect` for the order of hosts,
//! time-outs and retries, `tls` for what is verified, `websocket` for the frames.
//!
//! What this crate never does: print or log, read a terminal, pool connections, or leave the host
//! that the URL names (a pooler is left only when the caller asks, with [`DatabaseUrl::direct`]).

mod connect;
mod connection;
mod error;
#[cfg(feature = "gateway")]
pub mod gateway;
mod hint;
mod pooling;
mod secret;
mod stream;
mod tls;
mod url;
mod watch;
mod websocket;

pub use connect::{Progress, connect, connect_watched};
pub use connection::{CancelHandle, Connection};
pub use error::{ConnectError, ConnectFault, Failure, FileError, QueryError};
pub use pooling::Pooling;
pub use tokio_postgres;
pub use url::{DatabaseUrl, Environment, Part, Transport, UrlError};
pub use watch::Farewell;
pub use websocket::{ProxyClosed, UpgradeError};
