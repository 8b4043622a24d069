//! From a URL to a session: hosts in order, addresses in order, each within its time.
//!
//! `open` makes the bytes flow; this module decides where to try, when to give up and what to do about
//! `target_session_attrs`, with libpq's rules: the next host is tried when one cannot be reached or is
//! starting up, not when one was reached and refused.

mod open;

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::{Instant, timeout_at};
use tokio_postgres::config::{SslMode as Negotiate, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Config};

use crate::connection::Connection;
use crate::error::{ConnectError, ConnectFault, Failure};
use crate::stream::{Opened, Ready};
use crate::tls::SslMode;
use crate::url::settings::{ChannelBinding, Host, HostEntry, Settings, TargetSession};
use crate::url::{DatabaseUrl, Transport};
use open::Encryption;

/// Connects, over the transport that follows from the URL.
///
/// Needs a tokio runtime with I/O and time, of either flavour.
pub async fn connect(url: &DatabaseUrl) -> Result<Connection, ConnectError> {
    let settings = Arc::new(url.settings().clone());
    if settings.target_session != TargetSession::PreferStandby {
        return connect_any(&settings, settings.target_session).await;
    }
    match connect_any(&settings, TargetSession::Standby).await {
        Err(error) if error.failures.iter().any(wrong_session) => {
            connect_any(&settings, TargetSession::Any).await
        }
        other => other,
    }
}

fn wrong_session(failure: &Failure) -> bool {
    matches!(failure.fault, ConnectFault::SessionAttributes { .. })
}

async fn connect_any(settings: &Arc<Settings>, wanted: TargetSession) -> Result<Connection, ConnectError> {
    let mut failures = Vec::new();
    for entry in &settings.hosts {
        let targets = match targets(settings, entry).await {
            Ok(targets) => targets,
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        for target in targets {
            let fault = match target.session(wanted).await {
                Ok(connection) => return Ok(connection),
                Err(fault) => fault,
            };
            let next = tries_next(&fault);
            failures.push(target.failure(fault));
            if !next {
                return Err(ConnectError { failures });
            }
        }
    }
    Err(ConnectError { failures })
}

/// Whether another address may do better. A server that was reached and refused has spoken for all.
fn tries_next(fault: &ConnectFault) -> bool {
    match fault {
        ConnectFault::Reach(_)
        | ConnectFault::Resolve(_)
        | ConnectFault::Timeout { .. }
        | ConnectFault::SessionAttributes { .. } => true,
        ConnectFault::Startup(error) => error.code().is_none_or(|code| *code == SqlState::CANNOT_CONNECT_NOW),
        _ => false,
    }
}

/// The addresses of one host.
async fn targets(settings: &Arc<Settings>, entry: &HostEntry) -> Result<Vec<Target>, Failure> {
    let target = |address| Target { settings: Arc::clone(settings), entry: entry.clone(), address };
    let port = entry.port;
    let addresses: Vec<Address> = match (&entry.host, entry.address) {
        (_, Some(address)) => vec![Address::Tcp(SocketAddr::new(address, port))],
        (Host::Directory(directory), None) => {
            vec![Address::Socket(directory.join(format!(".s.PGSQL.{port}")))]
        }
        (Host::Name(name), None) => match name.parse::<IpAddr>() {
            Ok(address) => vec![Address::Tcp(SocketAddr::new(address, port))],
            Err(_) => resolve(name, port).await.map_err(|fault| Failure {
                target: format!("{name}:{port}"),
                transport: settings.transport(entry),
                fault,
            })?,
        },
    };
    Ok(addresses.into_iter().map(target).collect())
}

async fn resolve(name: &str, port: u16) -> Result<Vec<Address>, ConnectFault> {
    let found = tokio::net::lookup_host((name, port)).await.map_err(ConnectFault::Resolve)?;
    Ok(found.map(Address::Tcp).collect())
}

/// One address of one host, with all that is needed to connect to it, once or again.
#[derive(Clone)]
pub(crate) struct Target {
    settings: Arc<Settings>,
    entry: HostEntry,
    address: Address,
}

#[derive(Clone, Debug)]
enum Address {
    /// The socket's file.
    Socket(PathBuf),
    Tcp(SocketAddr),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.entry.port;
        match (&self.address, &self.entry.host) {
            (Address::Socket(file), _) => write!(f, "{}", file.display()),
            (Address::Tcp(address), Host::Name(name)) if *name != address.ip().to_string() => {
                write!(f, "{name}:{port} ({})", address.ip())
            }
            (Address::Tcp(address), _) => write!(f, "{address}"),
        }
    }
}

impl Target {
    pub(crate) fn failure(&self, fault: ConnectFault) -> Failure {
        Failure { target: self.to_string(), transport: self.settings.transport(&self.entry), fault }
    }

    /// Connects and checks `target_session_attrs`.
    async fn session(&self, wanted: TargetSession) -> Result<Connection, ConnectFault> {
        let mode = self.settings.ssl_mode(&self.entry);
        let connection = match (&self.address, self.settings.transport(&self.entry), mode) {
            (Address::Socket(_), ..) | (_, Transport::WebSocket, _) | (_, _, SslMode::Disable) => {
                self.log_in(Encryption::Off).await?
            }
            (_, _, SslMode::Allow) => match self.log_in(Encryption::Off).await {
                Err(fault) if not_admitted(&fault) => self.log_in(Encryption::On).await?,
                other => other?,
            },
            (_, _, SslMode::Prefer) => match self.log_in(Encryption::IfOffered).await {
                Err(fault) if not_admitted(&fault) || matches!(fault, ConnectFault::Tls(_)) => {
                    self.log_in(Encryption::Off).await?
                }
                other => other?,
            },
            (_, _, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => {
                self.log_in(Encryption::On).await?
            }
        };
        self.check_session(&connection, wanted).await?;
        Ok(connection)
    }

    /// Opens the transport and goes through PostgreSQL's startup.
    async fn log_in(&self, encryption: Encryption) -> Result<Connection, ConnectFault> {
        let deadline = Deadline::after(self.settings.connect_timeout);
        let Opened { bytes, end_point } = self.open(encryption, deadline).await?;
        let startup = self.config();
        let startup = startup.connect_raw(bytes, Ready { end_point });
        let (client, driver) = deadline.during("logging in", startup).await?.map_err(startup_fault)?;
        Ok(Connection::start(client, driver, self.clone()))
    }

    /// What tokio-postgres needs to know; the transport and its TLS are not its business: it is told to
    /// use its TLS at once, which is [`Ready`].
    fn config(&self) -> Config {
        use tokio_postgres::config::ChannelBinding as Binding;
        let settings = &self.settings;
        let mut config = Config::new();
        config.user(&settings.user).dbname(&settings.database);
        config.ssl_mode(Negotiate::Require).ssl_negotiation(SslNegotiation::Direct);
        if let Some(name) = &settings.application_name {
            config.application_name(name);
        }
        if let Some(options) = &settings.options {
            config.options(options);
        }
        if let Some(password) = &self.entry.password {
            config.password(password.expose());
        }
        config.channel_binding(match settings.channel_binding {
            // Verified TLS stands in for it; `DatabaseUrl::warnings` says so.
            _ if settings.transport(&self.entry) == Transport::WebSocket => Binding::Disable,
            ChannelBinding::Disable => Binding::Disable,
            ChannelBinding::Prefer => Binding::Prefer,
            ChannelBinding::Require => Binding::Require,
        });
        config
    }

    async fn check_session(
        &self,
        connection: &Connection,
        wanted: TargetSession,
    ) -> Result<(), ConnectFault> {
        let (fits, wanted) = match wanted {
            TargetSession::Any | TargetSession::PreferStandby => return Ok(()),
            TargetSession::ReadWrite => (!self.is_read_only(connection).await?, "read-write"),
            TargetSession::ReadOnly => (self.is_read_only(connection).await?, "read-only"),
            TargetSession::Primary => (!self.is_standby(connection).await?, "on a primary"),
            TargetSession::Standby => (self.is_standby(connection).await?, "on a standby"),
        };
        if fits { Ok(()) } else { Err(ConnectFault::SessionAttributes { wanted }) }
    }

    /// From version 14 on the server says so itself during startup; older ones are asked.
    async fn is_standby(&self, connection: &Connection) -> Result<bool, ConnectFault> {
        match connection.parameters().in_hot_standby {
            Some(known) => Ok(known),
            None => self.ask(connection, "select pg_is_in_recovery()").await,
        }
    }

    async fn is_read_only(&self, connection: &Connection) -> Result<bool, ConnectFault> {
        if self.is_standby(connection).await? {
            return Ok(true);
        }
        match connection.parameters().default_read_only {
            Some(known) => Ok(known),
            None => {
                self.ask(connection, "select current_setting('default_transaction_read_only')::bool").await
            }
        }
    }

    async fn ask(&self, connection: &Connection, query: &str) -> Result<bool, ConnectFault> {
        let deadline = Deadline::after(self.settings.connect_timeout);
        let row =
            deadline.during("asking the session for its kind", connection.query_one(query, &[])).await?;
        row.and_then(|row| row.try_get(0)).map_err(startup_fault)
    }

    /// Sends a cancel request and waits until the server has closed its end: only then has it acted.
    pub(crate) async fn cancel(&self, token: &CancelToken) -> Result<(), ConnectFault> {
        let deadline = Deadline::after(self.settings.connect_timeout);
        let encryption = match self.settings.ssl_mode(&self.entry) {
            SslMode::Disable | SslMode::Allow => Encryption::Off,
            SslMode::Prefer => Encryption::IfOffered,
            SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => Encryption::On,
        };
        let Opened { mut bytes, .. } = self.open(encryption, deadline).await?;
        let request = token.cancel_query_raw(&mut bytes, Ready { end_point: None });
        deadline.during("sending the request", request).await?.map_err(startup_fault)?;
        // Whatever the server says before it closes, and however it closes, the request was taken.
        let mut rest = [0; 64];
        while deadline.during("waiting for its end", bytes.read(&mut rest)).await?.is_ok_and(|read| read > 0)
        {
        }
        Ok(())
    }
}

/// The server's `pg_hba.conf` has no line for this combination of user, database, address and encryption.
fn not_admitted(fault: &ConnectFault) -> bool {
    matches!(fault, ConnectFault::Startup(error)
        if error.code() == Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION))
}

fn startup_fault(error: tokio_postgres::Error) -> ConnectFault {
    // tokio-postgres has no other mark for it than this text.
    let no_password =
        std::error::Error::source(&error).is_some_and(|source| source.to_string() == "password missing");
    if no_password { ConnectFault::NoPassword } else { ConnectFault::Startup(error) }
}

/// The end of one attempt's time.
#[derive(Clone, Copy, Debug)]
struct Deadline {
    at: Option<(Instant, Duration)>,
}

impl Deadline {
    fn after(limit: Option<Duration>) -> Self {
        Self { at: limit.map(|limit| (Instant::now() + limit, limit)) }
    }

    async fn during<T>(self, phase: &'static str, work: impl Future<Output = T>) -> Result<T, ConnectFault> {
        match self.at {
            None => Ok(work.await),
            Some((at, after)) => {
                timeout_at(at, work).await.map_err(|_| ConnectFault::Timeout { after, phase })
            }
        }
    }
}
