//! What to do about a failure, one sentence for each usual one.

use std::io;

use rustls::CertificateError;
use tokio_postgres::error::{DbError, SqlState};

use crate::error::{ConnectFault, Failure, FileError, QueryError};
use crate::url::Transport;
use crate::websocket::UpgradeError;

/// How to get past `failure`.
pub(crate) fn for_failure(failure: &Failure) -> Option<String> {
    match &failure.fault {
        ConnectFault::Resolve(_) => {
            Some("check the host's spelling, and that this machine has a network and DNS".to_owned())
        }
        ConnectFault::Reach(error) => Some(reach(error, failure.transport)),
        ConnectFault::Timeout { .. } => Some(
            "check host and port, and that no firewall drops the packets; `connect_timeout=SECONDS` in the \
             URL allows more time"
                .to_owned(),
        ),
        ConnectFault::NoTls => Some(
            "switch `ssl` on in the server's configuration, or set `sslmode=disable` in the URL if the \
             network is trusted"
                .to_owned(),
        ),
        ConnectFault::NotPostgres(_) => Some("check the port: PostgreSQL's is 5432 by default".to_owned()),
        ConnectFault::TlsName(_) => Some("use the server's DNS name, or `sslmode=require`".to_owned()),
        ConnectFault::Tls(error) => tls(error, failure.transport),
        ConnectFault::TlsFile(error) => file(error),
        ConnectFault::Upgrade(error) => upgrade(error),
        ConnectFault::Startup(error) => match error.as_db_error() {
            Some(error) => state(error),
            None => Some(broke_off(error, failure.transport)),
        },
        ConnectFault::NoPassword => {
            Some("write the password into the URL, or set PGPASSWORD, or add a line to ~/.pgpass".to_owned())
        }
        ConnectFault::SessionAttributes { .. } => {
            Some("name a server of that kind, or leave out `target_session_attrs`".to_owned())
        }
    }
}

fn reach(error: &io::Error, transport: Transport) -> String {
    match (error.kind(), transport) {
        (io::ErrorKind::NotFound, Transport::Socket) => {
            "no server has its socket there: start PostgreSQL, or check the directory and the port"
        }
        (io::ErrorKind::PermissionDenied, _) => "the permissions of the socket do not admit this user",
        (io::ErrorKind::ConnectionRefused, _) => {
            "nothing listens there: start the server, or check host and port"
        }
        _ => "check that the host can be reached from here",
    }
    .to_owned()
}

fn tls(error: &io::Error, transport: Transport) -> Option<String> {
    let weaker =
        if transport == Transport::WebSocket { "" } else { "; `sslmode=require` encrypts without verifying" };
    let rustls = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(fault) = rustls else {
        return Some("check that the port speaks TLS, in version 1.2 or later".to_owned());
    };
    let text = match fault {
        CertificateError::NotValidForNameContext { presented, .. } if presented.is_empty() => {
            "the server's certificate has no subjectAltName, and its common name does not count: it needs a new \
             one; `sslmode=verify-ca` verifies all but the name"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "use a host name that the certificate is for (in its subjectAltName); `sslmode=verify-ca` verifies \
             all but the name"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "the server needs a new certificate (or this machine's clock is wrong)"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "this machine's clock may be wrong"
        }
        CertificateError::UnknownIssuer => {
            "name the certificate of the authority that signed it in `sslrootcert=FILE`"
        }
        CertificateError::UnknownRevocationStatus => {
            "`sslcrl` names a file without the revocation list of this certificate's authority"
        }
        CertificateError::Revoked => "the server needs a new certificate",
        CertificateError::Other(other) if format!("{other:?}").contains("CaUsedAsEndEntity") => {
            "the server's certificate is an authority's: it needs one of its own (`basicConstraints=CA:FALSE`)"
        }
        _ => "the server's certificate cannot be verified",
    };
    Some(format!("{text}{weaker}"))
}

fn upgrade(error: &UpgradeError) -> Option<String> {
    let text = match error {
        UpgradeError::Status { status: 401 | 403, .. } => {
            "the proxy refuses this client: check the host, and the project's list of allowed addresses"
        }
        UpgradeError::Status { status: 404, .. } => {
            "the proxy has no WebSocket at this path: check the host, and `websocket_path` in the URL"
        }
        UpgradeError::Status { status: 429, .. } => "there are too many connections: try again in a moment",
        UpgradeError::Status { status: 500..=599, .. } => {
            "the proxy cannot reach the database: check that it runs, and try again in a moment"
        }
        UpgradeError::Status { status: 300..=399, .. } => "use the host that the proxy redirects to",
        UpgradeError::Status { .. } | UpgradeError::NotWebSocket(_) | UpgradeError::NotHttp => {
            "check that host and port are those of a WebSocket proxy for PostgreSQL"
        }
        UpgradeError::Io(_) => return None,
    };
    Some(text.to_owned())
}

/// The startup ended without an answer in PostgreSQL's protocol.
fn broke_off(error: &tokio_postgres::Error, transport: Transport) -> String {
    let text = match transport {
        _ if error.to_string().contains("authentication") => {
            "the server and this client agree on no way to log in: check `channel_binding` in the URL, and the \
             method in the server's pg_hba.conf"
        }
        Transport::WebSocket => "the proxy accepted the connection, but the server behind it did not answer",
        _ => "check that host and port are those of a PostgreSQL server",
    };
    text.to_owned()
}

fn file(error: &FileError) -> Option<String> {
    match error {
        FileError::KeyTooOpen { file } => Some(format!("run `chmod 600 {}`", file.display())),
        FileError::NoNativeRoots { .. } => {
            Some("install the system's ca-certificates, or name a file in `sslrootcert=FILE`".to_owned())
        }
        FileError::Read { .. } | FileError::Nothing { .. } => {
            Some("`sslrootcert`, `sslcert`, `sslkey` and `sslcrl` name PEM files".to_owned())
        }
        _ => None,
    }
}

/// What the server's refusal asks for.
fn state(error: &DbError) -> Option<String> {
    let text = match *error.code() {
        SqlState::PROTOCOL_VIOLATION if error.message().contains("unsupported startup parameter") => {
            "a pooler is in between, which refuses the parameter: leave it out, or connect to the server itself"
        }
        SqlState::INVALID_PASSWORD => "check the password; special characters in a URL are percent-encoded",
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION => {
            "check the user, and that the server's pg_hba.conf admits this host, user and database"
        }
        SqlState::INVALID_CATALOG_NAME => "create the database, or correct the URL's last part",
        SqlState::TOO_MANY_CONNECTIONS => "close other sessions, or raise `max_connections`",
        SqlState::CANNOT_CONNECT_NOW => "the server is starting or stopping: try again in a moment",
        SqlState::INSUFFICIENT_PRIVILEGE => "ask for the privilege to connect to this database",
        _ => return None,
    };
    Some(text.to_owned())
}

/// How to get past a failed query.
pub(crate) fn for_query(error: &QueryError) -> Option<String> {
    let text = match error.code() {
        Some(&SqlState::ADMIN_SHUTDOWN) => "the server ended the session: connect again",
        Some(&SqlState::CRASH_SHUTDOWN) => {
            "another session crashed the server: see its log, and connect again"
        }
        Some(_) => return error.db_error()?.hint().map(str::to_owned),
        None if error.error.is_closed() => {
            "the connection was lost: connect again; an open transaction was rolled back"
        }
        None => return None,
    };
    Some(text.to_owned())
}
