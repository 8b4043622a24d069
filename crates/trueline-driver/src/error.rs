//! Why a connection could not be made, and why a query failed; what to do about either is in `hint`.
//!
//! No error holds a password, nor text of which a password may be a part.

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio_postgres::error::{DbError, SqlState};

use crate::hint;
pub use crate::tls::FileError;
use crate::url::Transport;
use crate::watch::Farewell;
use crate::websocket::UpgradeError;

/// No host of the URL could be connected to: one failure for each that was tried.
#[derive(Debug, thiserror::Error)]
#[error("{}", summary(failures))]
pub struct ConnectError {
    /// Never empty; in the order of the attempts.
    pub failures: Vec<Failure>,
}

/// One address that was tried, and what went wrong there.
#[derive(Debug)]
pub struct Failure {
    /// `host:port`, `host:port (address)` or the socket's path.
    pub target: String,
    /// How it was to be reached.
    pub transport: Transport,
    /// What went wrong.
    pub fault: ConnectFault,
}

/// What can go wrong between a URL and a session.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectFault {
    /// DNS does not know the name, or does not answer.
    #[error("the host name cannot be resolved: {0}")]
    Resolve(io::Error),
    /// Nobody listens, no route, no such socket.
    #[error("{0}")]
    Reach(io::Error),
    /// The peer did not get to the end of the startup in time.
    #[error("no answer within {} s, while {phase}", after.as_secs())]
    Timeout {
        /// The limit.
        after: Duration,
        /// What was being waited for.
        phase: &'static str,
    },
    /// The server has TLS switched off, and the URL asks for it.
    #[error("the server does not support TLS")]
    NoTls,
    /// The answer to `SSLRequest` is not PostgreSQL's.
    #[error(
        "the server answered the request for TLS with byte 0x{0:02x}: it does not speak PostgreSQL's protocol"
    )]
    NotPostgres(u8),
    /// The name in the URL is not one that a certificate can be for.
    #[error("`{0}` is not a valid name for TLS")]
    TlsName(String),
    /// TLS was not agreed on, most often because the certificate was not accepted.
    #[error("TLS failed: {0}")]
    Tls(io::Error),
    /// The URL's certificates or keys cannot be used.
    #[error(transparent)]
    TlsFile(#[from] FileError),
    /// The proxy did not make a WebSocket of the connection.
    #[error(transparent)]
    Upgrade(#[from] UpgradeError),
    /// The server, or a pooler before it, refused; or the startup broke off.
    #[error("{}", query_text(.0))]
    Startup(tokio_postgres::Error),
    /// The server asks for a password and the URL has none.
    #[error("the server asks for a password, and none is given")]
    NoPassword,
    /// The session is not of the kind that `target_session_attrs` asks for.
    #[error("the session is not {wanted}")]
    SessionAttributes {
        /// As in the parameter.
        wanted: &'static str,
    },
}

impl ConnectError {
    pub(crate) fn one(failure: Failure) -> Self {
        Self { failures: vec![failure] }
    }

    /// How to fix it: the first failure that has a hint.
    pub fn hint(&self) -> Option<String> {
        self.failures.iter().rev().find_map(hint::for_failure)
    }

    /// PostgreSQL's code, when the server itself refused.
    pub fn code(&self) -> Option<&SqlState> {
        self.db_error().map(DbError::code)
    }

    /// PostgreSQL's message with all its fields, when the server itself refused.
    pub fn db_error(&self) -> Option<&DbError> {
        self.failures.iter().rev().find_map(|failure| match &failure.fault {
            ConnectFault::Startup(error) => error.as_db_error(),
            _ => None,
        })
    }
}

fn summary(failures: &[Failure]) -> String {
    let texts: Vec<String> = failures.iter().map(ToString::to_string).collect();
    match failures {
        [_] => format!("failed to connect to {}", texts.join("")),
        _ => format!("failed to connect to any of {}", texts.join("; ")),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.target, self.fault)
    }
}

/// A failed query, with the reason why its connection closed, if it did.
#[derive(Debug, thiserror::Error)]
#[error("{}{}", query_text(error), self.reason())]
pub struct QueryError {
    /// What the client saw.
    #[source]
    pub error: tokio_postgres::Error,
    /// What ended the connection, where that is why the query failed.
    pub cause: Option<Arc<tokio_postgres::Error>>,
    /// What the server said when it ended the session, where that is why the query failed.
    pub farewell: Option<Farewell>,
}

impl QueryError {
    /// PostgreSQL's code: the query's, else that of the message that ended the session.
    pub fn code(&self) -> Option<&SqlState> {
        let code = self.db_error().map(DbError::code);
        code.or_else(|| self.farewell.as_ref().map(|farewell| &farewell.code))
    }

    /// PostgreSQL's message with all its fields (position, detail, hint).
    pub fn db_error(&self) -> Option<&DbError> {
        self.error.as_db_error().or_else(|| self.cause.as_ref()?.as_db_error())
    }

    /// How to fix it: the server's own hint, else ours for a lost connection.
    pub fn hint(&self) -> Option<String> {
        hint::for_query(self)
    }

    /// What follows "connection closed".
    fn reason(&self) -> String {
        match (&self.farewell, &self.cause) {
            (Some(Farewell { severity, code, message }), _) => {
                format!(": {severity}: {message} (SQLSTATE {})", code.code())
            }
            (None, Some(cause)) if query_text(cause) != query_text(&self.error) => {
                format!(": {}", query_text(cause))
            }
            _ => String::new(),
        }
    }
}

/// What happened in words: the server's message, or the error with its cause.
pub(crate) fn query_text(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{}: {} (SQLSTATE {})", db.severity(), db.message(), db.code().code());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    text
}
