//! Keywords with their types, checked: what `connect` works from.
//!
//! The meaning of each value is libpq's (PostgreSQL's manual, "Parameter Key Words"); where ours
//! differs, the comment says so.

mod hosts;
mod tls;
mod values;

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::syntax::{Keywords, Scheme};
use super::{Environment, Transport, UrlError};
use crate::secret::Secret;
use crate::tls::{SslMode, TlsSettings};
use values::{choice, number, text};

/// Everything that a connection needs to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) scheme: Scheme,
    /// Never empty; tried in order.
    pub(crate) hosts: Vec<HostEntry>,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) application_name: Option<String>,
    pub(crate) options: Option<String>,
    pub(crate) channel_binding: ChannelBinding,
    pub(crate) target_session: TargetSession,
    pub(crate) shuffle_hosts: bool,
    /// For one address, from the first packet to the first `ReadyForQuery`; `None` waits for ever.
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) keepalive: Option<Keepalive>,
    pub(crate) tcp_user_timeout: Option<Duration>,
    pub(crate) tls: TlsSettings,
    /// The path (and query) of the WebSocket's URL.
    pub(crate) websocket_path: String,
}

/// One host of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostEntry {
    pub(crate) host: Host,
    /// Connects here without resolving the name, which is then only verified.
    pub(crate) address: Option<IpAddr>,
    /// As the URL says; see [`Settings::connect_port`].
    pub(crate) port: u16,
    pub(crate) password: Option<Secret>,
}

/// Where a server is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Host {
    /// The directory of its socket.
    Directory(PathBuf),
    /// A DNS name or an IP address.
    Name(String),
}

/// `channel_binding`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChannelBinding {
    Disable,
    Prefer,
    Require,
}

/// `target_session_attrs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TargetSession {
    Any,
    ReadWrite,
    ReadOnly,
    Primary,
    Standby,
    PreferStandby,
}

/// TCP keepalive; `None` leaves the system's default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Keepalive {
    pub(crate) idle: Option<Duration>,
    pub(crate) interval: Option<Duration>,
    pub(crate) count: Option<u32>,
}

/// libpq waits for ever by default; a command that hangs helps nobody, and 30 s spans the cold start of
/// a database that scaled to zero.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(30);
const HTTPS_PORT: u16 = 443;

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(directory) => write!(f, "{}", directory.display()),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl HostEntry {
    /// A unix socket or a loopback address.
    pub(crate) fn is_local(&self) -> bool {
        match (&self.host, self.address) {
            (_, Some(address)) => address.is_loopback(),
            (Host::Directory(_), None) => true,
            (Host::Name(name), None) => {
                let name = name.trim_end_matches('.');
                name.eq_ignore_ascii_case("localhost")
                    || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
            }
        }
    }
}

/// Neon's hosts, which speak PostgreSQL over WebSocket at `/v2`.
pub(crate) fn is_neon(host: &str) -> bool {
    host.trim_end_matches('.').to_ascii_lowercase().ends_with(".neon.tech")
}

impl Settings {
    /// Gives the keywords their types, and writes the defaults for host, port, user, database and
    /// password back into them.
    pub(super) fn new(
        scheme: Scheme,
        keywords: &mut Keywords,
        environment: &Environment,
        warnings: &mut Vec<String>,
    ) -> Result<Self, UrlError> {
        let mut hosts = hosts::read(scheme, keywords)?;
        let user = text(keywords, "user")
            .or_else(|| environment.user_name().map(str::to_owned))
            .ok_or(UrlError::NoUser)?;
        let database = text(keywords, "dbname").unwrap_or_else(|| user.clone());
        hosts::fill_passwords(&mut hosts, &user, &database, keywords, environment, warnings);
        write_back(keywords, &hosts, &user, &database);

        let settings = Self {
            scheme,
            hosts,
            user,
            database,
            application_name: text(keywords, "application_name")
                .or_else(|| text(keywords, "fallback_application_name")),
            options: text(keywords, "options"),
            channel_binding: choice(
                keywords,
                "channel_binding",
                "`disable`, `prefer` or `require`",
                &[
                    ("prefer", ChannelBinding::Prefer),
                    ("disable", ChannelBinding::Disable),
                    ("require", ChannelBinding::Require),
                ],
            )?,
            target_session: choice(
                keywords,
                "target_session_attrs",
                "`any`, `read-write`, `read-only`, `primary`, `standby` or `prefer-standby`",
                &[
                    ("any", TargetSession::Any),
                    ("read-write", TargetSession::ReadWrite),
                    ("read-only", TargetSession::ReadOnly),
                    ("primary", TargetSession::Primary),
                    ("standby", TargetSession::Standby),
                    ("prefer-standby", TargetSession::PreferStandby),
                ],
            )?,
            shuffle_hosts: choice(
                keywords,
                "load_balance_hosts",
                "`disable` or `random`",
                &[("disable", false), ("random", true)],
            )?,
            connect_timeout: values::connect_timeout(keywords)?,
            keepalive: values::keepalive(keywords)?,
            tcp_user_timeout: number(keywords, "tcp_user_timeout")?
                .and_then(|millis| u64::try_from(millis).ok())
                .filter(|&millis| millis > 0)
                .map(Duration::from_millis),
            tls: tls::read(keywords, environment)?,
            websocket_path: text(keywords, "websocket_path").unwrap_or_else(|| "/v2".to_owned()),
        };
        settings.check(keywords, warnings)?;
        Ok(settings)
    }

    /// A socket's directory, and the defaults for all else.
    pub(super) fn socket(directory: &Path, port: u16, user: &str, database: &str) -> Self {
        Self {
            scheme: Scheme::Postgres,
            hosts: vec![HostEntry {
                host: Host::Directory(directory.to_path_buf()),
                address: None,
                port,
                password: None,
            }],
            user: user.to_owned(),
            database: database.to_owned(),
            application_name: None,
            options: None,
            channel_binding: ChannelBinding::Prefer,
            target_session: TargetSession::Any,
            shuffle_hosts: false,
            connect_timeout: Some(CONNECT_TIMEOUT),
            keepalive: Some(Keepalive::default()),
            tcp_user_timeout: None,
            tls: TlsSettings::default(),
            websocket_path: "/v2".to_owned(),
        }
    }

    /// The same user and database behind a gateway on loopback.
    #[cfg(feature = "gateway")]
    pub(super) fn through_gateway(&self, address: std::net::SocketAddr, password: &str) -> Self {
        let host = HostEntry {
            host: Host::Name(address.ip().to_string()),
            address: None,
            port: address.port(),
            password: Some(Secret::new(password)),
        };
        let defaults = Self::socket(Path::new(""), address.port(), &self.user, &self.database);
        Self { scheme: Scheme::Ws, hosts: vec![host], ..defaults }
    }

    /// How `entry` is reached.
    pub(crate) fn transport(&self, entry: &HostEntry) -> Transport {
        match (&entry.host, self.scheme) {
            (_, Scheme::Ws | Scheme::Wss) => Transport::WebSocket,
            (Host::Name(name), Scheme::Postgres) if is_neon(name) => Transport::WebSocket,
            (Host::Directory(_), Scheme::Postgres) => Transport::Socket,
            (Host::Name(_), Scheme::Postgres) => {
                if self.ssl_mode(entry) >= SslMode::Require {
                    Transport::Tls
                } else {
                    Transport::Tcp
                }
            }
        }
    }

    /// Where `entry` is connected to: Neon's WebSocket is on 443, whatever port of its other listener
    /// the URL names.
    pub(crate) fn connect_port(&self, entry: &HostEntry) -> u16 {
        match (self.transport(entry), self.scheme) {
            (Transport::WebSocket, Scheme::Postgres) => HTTPS_PORT,
            _ => entry.port,
        }
    }

    /// `sslmode`, whose default depends on the host: what stays on this machine is not encrypted unless
    /// the server offers it, as in libpq; what leaves it goes to a server that proved its name.
    pub(crate) fn ssl_mode(&self, entry: &HostEntry) -> SslMode {
        let default = match (entry.is_local(), self.tls.direct) {
            (true, false) => SslMode::Prefer,
            // TLS from the first byte leaves the server no choice.
            (true, true) => SslMode::Require,
            (false, _) => SslMode::VerifyFull,
        };
        self.tls.mode.unwrap_or(default)
    }

    /// Contradictions between the parameters.
    fn check(&self, keywords: &Keywords, warnings: &mut Vec<String>) -> Result<(), UrlError> {
        let websocket = self.hosts.iter().any(|entry| self.transport(entry) == Transport::WebSocket);
        if self.scheme == Scheme::Ws
            && let Some(entry) = self.hosts.iter().find(|entry| !entry.is_local())
        {
            return Err(UrlError::PlainWebSocket { host: entry.host.to_string() });
        }
        if websocket && self.channel_binding == ChannelBinding::Require {
            warnings.push(
                "`channel_binding=require` is replaced by full verification of the server's certificate: \
                 there is no channel binding over WebSocket"
                    .to_owned(),
            );
        }
        if websocket && matches!(self.tls.mode, Some(SslMode::Disable | SslMode::Allow)) {
            warnings.push(format!(
                "`sslmode={}` has no effect here: the WebSocket is in verified TLS",
                keywords.get("sslmode").map_or("", String::as_str)
            ));
        }
        if let Some(encoding) = text(keywords, "client_encoding")
            && !["utf8", "utf-8", "unicode", "auto"].contains(&encoding.to_ascii_lowercase().as_str())
        {
            warnings
                .push("the parameter `client_encoding` has no effect here: it is always UTF-8".to_owned());
        }
        if text(keywords, "gssencmode").is_some_and(|mode| mode == "require") {
            return Err(UrlError::Unsupported { name: "gssencmode", why: "GSSAPI is not implemented" });
        }
        if text(keywords, "sslcertmode").is_some_and(|mode| mode == "require") {
            let why = "whether the server asked for a certificate is not known";
            return Err(UrlError::Unsupported { name: "sslcertmode", why });
        }
        if text(keywords, "replication")
            .is_some_and(|mode| !["false", "off", "no", "0"].contains(&mode.as_str()))
        {
            let why = "replication commands have another protocol";
            return Err(UrlError::Unsupported { name: "replication", why });
        }
        let lowest = text(keywords, "min_protocol_version");
        if lowest.is_some_and(|version| version != "3.0") {
            return Err(UrlError::Unsupported {
                name: "min_protocol_version",
                why: "only protocol version 3.0 is spoken",
            });
        }
        Ok(())
    }
}

/// Makes the defaults explicit, so that the rendered URL means the same in another environment.
fn write_back(keywords: &mut Keywords, hosts: &[HostEntry], user: &str, database: &str) {
    let names: Vec<String> = hosts.iter().map(|entry| entry.host.to_string()).collect();
    let ports: Vec<String> = hosts.iter().map(|entry| entry.port.to_string()).collect();
    keywords.insert("host".to_owned(), names.join(","));
    keywords.insert("port".to_owned(), ports.join(","));
    keywords.insert("user".to_owned(), user.to_owned());
    keywords.insert("dbname".to_owned(), database.to_owned());
    // Hosts with passwords of their own keep them in their file.
    if let Some(password) = &hosts[0].password
        && hosts.iter().all(|entry| entry.password.as_ref() == Some(password))
    {
        keywords.insert("password".to_owned(), password.expose().to_owned());
    } else {
        keywords.remove("password");
    }
}
