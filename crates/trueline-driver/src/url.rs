//! [`DatabaseUrl`]: where a database is, who connects, and how.
//!
//! A connection string goes through the stages of libpq, each in its file: `syntax` and `conninfo`
//! split it into keywords and values, `service` and `environment` fill what it leaves open,
//! `settings` gives the values their types (naming those that have no effect in `vocabulary`), and
//! `pgpass` adds the password. Nothing here connects or resolves a name.

mod conninfo;
mod environment;
mod error;
mod pgpass;
mod render;
mod service;
pub(crate) mod settings;
pub(crate) mod syntax;
mod vocabulary;

use std::fmt;
use std::path::Path;

pub use environment::Environment;
pub use error::{Part, UrlError};
use settings::{Host, Settings};
use syntax::{Keywords, Scheme};

/// A connection string, understood: `postgres://`, `postgresql://`, `wss://`, `ws://`, or libpq's
/// `keyword=value` form.
///
/// Everything that `psql` takes means the same here (PostgreSQL's manual, "Connection Strings" and
/// "Parameter Key Words"), with one deviation: to a host that is not local, `sslmode` is `verify-full`
/// unless said otherwise. What only other programs know (`schema=`, `pgbouncer=true`) is listed in
/// [`warnings`](Self::warnings).
///
/// | what | parameters that are honoured |
/// |---|---|
/// | where | `host` (several, separated by commas), `hostaddr`, `port`, `load_balance_hosts`, `target_session_attrs` |
/// | who | `user`, `password`, `passfile`, `dbname`, `service`, `servicefile` |
/// | session | `application_name`, `fallback_application_name`, `options` |
/// | patience | `connect_timeout` (seconds, for one address from the first packet to the end of the login; 30 when not set), `keepalives`, `keepalives_idle`, `keepalives_interval`, `keepalives_count`, `tcp_user_timeout` |
/// | TLS | `sslmode`, `sslrootcert` (a file, or `system`), `sslcert`, `sslkey`, `sslcrl`, `sslsni`, `sslcertmode`, `ssl_min_protocol_version`, `ssl_max_protocol_version`, `sslnegotiation`, `channel_binding` |
/// | WebSocket | `websocket_path`, the path that the proxy serves; `/v2` when not set |
///
/// Over WebSocket the password travels in the clear inside TLS, so that the server's certificate is
/// always verified in full, whatever `sslmode` says, and `ws://` goes to loopback only.
///
/// Neither `Debug` nor `Display` shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    scheme: Scheme,
    /// What the string, the service file and the environment said, with the defaults for host, port,
    /// user, database and password filled in.
    keywords: Keywords,
    settings: Settings,
    warnings: Vec<String>,
}

/// How the bytes travel, which follows from the URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// A unix socket.
    Socket,
    /// TCP without TLS, or with TLS only if the server offers it (`sslmode` up to `prefer`).
    Tcp,
    /// TCP with TLS (`sslmode` from `require` on).
    Tls,
    /// WebSocket: in verified TLS, or bare to loopback (`ws://`).
    WebSocket,
}

impl DatabaseUrl {
    /// Reads a connection string, in the environment of this process: `PG*` variables, `.pgpass` and
    /// service files fill what the string leaves open, as with libpq.
    pub fn parse(text: &str) -> Result<Self, UrlError> {
        Self::parse_in(text, &Environment::process())
    }

    /// Reads a connection string in the environment given.
    pub fn parse_in(text: &str, environment: &Environment) -> Result<Self, UrlError> {
        let (scheme, mut keywords) = syntax::parse(text)?;
        service::fill(&mut keywords, environment)?;
        environment.fill(&mut keywords);
        let mut warnings = vocabulary::check(&keywords)?;
        let settings = Settings::new(scheme, &mut keywords, environment, &mut warnings)?;
        Ok(Self { scheme, keywords, settings, warnings })
    }

    /// The server that listens in `directory` on `port`, without looking at the environment.
    pub fn socket(directory: &Path, port: u16, user: &str, database: &str) -> Self {
        let mut keywords = Keywords::new();
        for (key, value) in [
            ("host", directory.to_string_lossy().as_ref()),
            ("port", &port.to_string()),
            ("user", user),
            ("dbname", database),
        ] {
            keywords.insert(key.to_owned(), value.to_owned());
        }
        let settings = Settings::socket(directory, port, user, database);
        Self { scheme: Scheme::Postgres, keywords, settings, warnings: Vec::new() }
    }

    /// The same server and user, another database.
    #[must_use]
    pub fn with_database(&self, name: &str) -> Self {
        let mut other = self.clone();
        name.clone_into(&mut other.settings.database);
        other.keywords.insert("dbname".to_owned(), name.to_owned());
        other
    }

    /// The hosts as written, without ports: a name, an address or a socket's directory; several are
    /// separated by commas.
    pub fn host_text(&self) -> String {
        let hosts: Vec<String> = self.settings.hosts.iter().map(|entry| entry.host.to_string()).collect();
        hosts.join(",")
    }

    /// The (first) port.
    pub fn port(&self) -> u16 {
        self.settings.hosts[0].port
    }

    /// The database.
    pub fn database(&self) -> &str {
        &self.settings.database
    }

    /// The role.
    pub fn user(&self) -> &str {
        &self.settings.user
    }

    /// Whether every host is a unix socket or a loopback address.
    pub fn is_loopback(&self) -> bool {
        self.settings.hosts.iter().all(settings::HostEntry::is_local)
    }

    /// How the (first) host is reached.
    pub fn transport(&self) -> Transport {
        self.settings.transport(&self.settings.hosts[0])
    }

    /// Parameters that were understood and have no effect, or another one than elsewhere; one
    /// sentence each.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The URL with its password, for the environment of a child process; never for a message.
    pub fn to_secret_string(&self) -> String {
        render::url(self.scheme, &self.keywords, render::Password::Shown)
    }

    /// The URL of the server behind Neon's pooler; `None` when the URL names no pooler.
    ///
    /// Neon's `ENDPOINT-pooler.REGION...` hosts are PgBouncer in transaction mode; without the suffix
    /// the same name is the server itself.
    pub fn direct(&self) -> Option<Self> {
        let mut direct = self.clone();
        let mut changed = false;
        for entry in &mut direct.settings.hosts {
            if let Host::Name(name) = &mut entry.host
                && let Some(without) = without_pooler(name)
            {
                *name = without;
                changed = true;
            }
        }
        direct.keywords.insert("host".to_owned(), direct.host_text());
        changed.then_some(direct)
    }

    /// The same user and database through a gateway at `address`, with the gateway's password.
    #[cfg(feature = "gateway")]
    #[must_use]
    pub fn through_gateway(&self, address: std::net::SocketAddr, password: &str) -> Self {
        let mut keywords = Keywords::new();
        for (key, value) in [
            ("host", address.ip().to_string().as_str()),
            ("port", &address.port().to_string()),
            ("user", self.user()),
            ("password", password),
            ("dbname", self.database()),
        ] {
            keywords.insert(key.to_owned(), value.to_owned());
        }
        let settings = self.settings.through_gateway(address, password);
        Self { scheme: Scheme::Ws, keywords, settings, warnings: Vec::new() }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }
}

/// `ep-cool-pooler.eu.neon.tech` → `ep-cool.eu.neon.tech`.
fn without_pooler(host: &str) -> Option<String> {
    if !settings::is_neon(host) {
        return None;
    }
    let (endpoint, region) = host.split_once('.')?;
    Some(format!("{}.{region}", endpoint.strip_suffix("-pooler")?))
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render::url(self.scheme, &self.keywords, render::Password::Hidden))
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl std::str::FromStr for DatabaseUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        Self::parse(text)
    }
}
