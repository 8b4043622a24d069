//! One address of one host: logging in there, asking what it is, cancelling what runs.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::io::AsyncReadExt;
use tokio_postgres::config::{SslMode as Negotiate, SslNegotiation};
use tokio_postgres::error::SqlState;
use tokio_postgres::{CancelToken, Config};

use super::Deadline;
use super::open::Encryption;
use crate::connection::Connection;
use crate::error::{ConnectFault, Failure};
#[cfg(feature = "gateway")]
use crate::secret::Secret;
use crate::stream::{Opened, Ready};
use crate::tls::SslMode;
use crate::url::Transport;
use crate::url::settings::{ChannelBinding, Host, HostEntry, Settings, TargetSession, is_neon};
use crate::watch::Heard;

/// One address of one host, with all that is needed to connect to it, once or again.
#[derive(Clone)]
pub(crate) struct Target {
    pub(super) settings: Arc<Settings>,
    pub(super) entry: HostEntry,
    pub(super) address: Address,
}

#[derive(Clone, Debug)]
pub(super) enum Address {
    /// The socket's file.
    Socket(PathBuf),
    Tcp(SocketAddr),
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.settings.connect_port(&self.entry);
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
    pub(super) fn new(settings: &Arc<Settings>, entry: &HostEntry, address: Address) -> Self {
        Self { settings: Arc::clone(settings), entry: entry.clone(), address }
    }

    /// The time that one connection may take, from now on.
    pub(super) fn deadline(&self) -> Deadline {
        Deadline::after(self.settings.connect_timeout)
    }

    pub(crate) fn failure(&self, fault: ConnectFault) -> Failure {
        Failure { target: self.to_string(), transport: self.transport(), fault }
    }

    pub(super) fn transport(&self) -> Transport {
        self.settings.transport(&self.entry)
    }

    /// Whether the host is Neon's, and not its pooler.
    pub(crate) fn is_neon(&self) -> bool {
        matches!(&self.entry.host, Host::Name(name)
            if is_neon(name) && !name.split('.').next().is_some_and(|first| first.ends_with("-pooler")))
    }

    /// Connects and checks `target_session_attrs`.
    pub(super) async fn session(&self, wanted: TargetSession) -> Result<Connection, ConnectFault> {
        let connection = self.log_in_here().await?;
        self.check_session(&connection, wanted).await?;
        Ok(connection)
    }

    /// The ways to try, as `sslmode` orders them; the second where the first is not admitted.
    pub(crate) fn encryptions(&self) -> &'static [Encryption] {
        let mode = self.settings.ssl_mode(&self.entry);
        match (&self.address, self.transport(), mode) {
            (Address::Socket(_), ..) | (_, Transport::WebSocket, _) | (_, _, SslMode::Disable) => {
                &[Encryption::Off]
            }
            (_, _, SslMode::Allow) => &[Encryption::Off, Encryption::On],
            (_, _, SslMode::Prefer) => &[Encryption::IfOffered, Encryption::Off],
            (_, _, SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull) => &[Encryption::On],
        }
    }

    /// What a connection without a login (a cancel request's) is made with: no `pg_hba.conf` is asked.
    fn first_encryption(&self) -> Encryption {
        self.encryptions().first().copied().unwrap_or(Encryption::On)
    }

    /// Another session at the same address.
    pub(crate) async fn log_in_here(&self) -> Result<Connection, ConnectFault> {
        let mut result = self.log_in(self.first_encryption()).await;
        for encryption in self.encryptions().iter().skip(1) {
            let again = match &result {
                Err(ConnectFault::Tls(_)) => *encryption == Encryption::Off,
                Err(fault) => not_admitted(fault),
                Ok(_) => false,
            };
            if again {
                result = self.log_in(*encryption).await;
            }
        }
        result
    }

    /// Opens the transport and goes through PostgreSQL's startup.
    async fn log_in(&self, encryption: Encryption) -> Result<Connection, ConnectFault> {
        let deadline = self.deadline();
        let Opened { bytes, end_point } = self.open(encryption, deadline).await?;
        let (startup, heard) = (self.config(), Heard::default());
        let startup = startup.connect_raw(bytes, Ready { end_point, heard: heard.clone() });
        let (client, driver) = deadline.during("logging in", startup).await?.map_err(startup_fault)?;
        Ok(Connection::start(client, driver, self.clone(), heard))
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
            _ if self.transport() == Transport::WebSocket => Binding::Disable,
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
        let deadline = self.deadline();
        let row =
            deadline.during("asking the session for its kind", connection.query_one(query, &[])).await?;
        row.and_then(|row| row.try_get(0)).map_err(startup_fault)
    }

    /// Sends a cancel request and waits until the server has closed its end: only then has it acted.
    pub(crate) async fn cancel(&self, token: &CancelToken) -> Result<(), ConnectFault> {
        let deadline = self.deadline();
        let Opened { mut bytes, .. } = self.open(self.first_encryption(), deadline).await?;
        let request = token.cancel_query_raw(&mut bytes, Ready { end_point: None, heard: Heard::default() });
        deadline.during("sending the request", request).await?.map_err(startup_fault)?;
        // Whatever the server says before it closes, and however it closes, the request was taken.
        let mut rest = [0; 64];
        while deadline.during("waiting for its end", bytes.read(&mut rest)).await?.is_ok_and(|read| read > 0)
        {
        }
        Ok(())
    }
}

/// What the gateway needs of a target: bytes that flow, and what to log in with.
#[cfg(feature = "gateway")]
impl Target {
    pub(crate) async fn open_with(&self, encryption: Encryption) -> Result<Opened, ConnectFault> {
        self.open(encryption, self.deadline()).await
    }

    /// For what needs no login.
    pub(crate) async fn open_first(&self) -> Result<Opened, ConnectFault> {
        self.open_with(self.first_encryption()).await
    }

    pub(crate) fn login(&self) -> Login<'_> {
        let password = self.entry.password.as_ref().map(Secret::expose);
        Login { user: &self.settings.user, password, channel_binding: self.settings.channel_binding }
    }
}

/// What the URL says of who logs in, and how.
#[cfg(feature = "gateway")]
pub(crate) struct Login<'a> {
    pub(crate) user: &'a str,
    pub(crate) password: Option<&'a str>,
    pub(crate) channel_binding: ChannelBinding,
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
