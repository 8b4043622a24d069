//! From a URL to a session: hosts in order, addresses in order, each within its time.
//!
//! `open` makes the bytes flow; this module decides where to try, when to give up and what to do about
//! `target_session_attrs`, with libpq's rules: the next host is tried when one cannot be reached or is
//! starting up, not when one was reached and refused.

mod open;
mod target;

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout, timeout_at};
use tokio_postgres::error::SqlState;

use crate::connection::Connection;
use crate::error::{ConnectError, ConnectFault, Failure};
use crate::url::settings::{Host, HostEntry, Settings, TargetSession};
use crate::url::{DatabaseUrl, Transport};
use crate::websocket::{ProxyClosed, UpgradeError};
#[cfg(feature = "gateway")]
pub(crate) use open::Encryption;
use target::Address;
pub(crate) use target::Target;

/// A connection that takes less than this needs no comment.
const QUIET: Duration = Duration::from_secs(2);
/// Between the first attempts; doubled each time.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// What is worth telling while a connection is being made.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// The proxy answers, the database behind it does not yet: one that scaled to zero takes a
    /// moment to wake.
    Waking {
        /// `host:port`.
        target: String,
    },
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Waking { target } => write!(f, "waiting for the database to wake ({target})"),
        }
    }
}

/// Connects, over the transport that follows from the URL.
///
/// Needs a tokio runtime with I/O and time, of either flavour.
pub async fn connect(url: &DatabaseUrl) -> Result<Connection, ConnectError> {
    connect_watched(url, &|_| {}).await
}

/// Like [`connect`], and tells of what takes long; each thing once.
pub async fn connect_watched(
    url: &DatabaseUrl,
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<Connection, ConnectError> {
    let settings = Arc::new(url.settings().clone());
    if settings.target_session != TargetSession::PreferStandby {
        return connect_any(&settings, settings.target_session, tell).await;
    }
    match connect_any(&settings, TargetSession::Standby, tell).await {
        Err(error) if error.failures.iter().any(wrong_session) => {
            connect_any(&settings, TargetSession::Any, tell).await
        }
        other => other,
    }
}

fn wrong_session(failure: &Failure) -> bool {
    matches!(failure.fault, ConnectFault::SessionAttributes { .. })
}

async fn connect_any(
    settings: &Arc<Settings>,
    wanted: TargetSession,
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<Connection, ConnectError> {
    let mut failures = Vec::new();
    let mut hosts: Vec<&HostEntry> = settings.hosts.iter().collect();
    if settings.shuffle_hosts {
        shuffle(&mut hosts);
    }
    for entry in hosts {
        let targets = match targets(settings, entry).await {
            Ok(mut targets) => {
                if settings.shuffle_hosts {
                    shuffle(&mut targets);
                }
                targets
            }
            Err(failure) => {
                failures.push(failure);
                continue;
            }
        };
        for target in targets {
            let fault = match patiently(&target, wanted, tell).await {
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

/// A random order, for `load_balance_hosts`: the keys of the standard library's hash maps are random
/// enough to spread clients.
fn shuffle<T>(list: &mut [T]) {
    let keys = RandomState::new();
    for last in (1..list.len()).rev() {
        let bound = u64::try_from(last + 1).unwrap_or(u64::MAX);
        let chosen = usize::try_from(keys.hash_one(last) % bound).unwrap_or(last);
        list.swap(last, chosen);
    }
}

/// One address, with patience for a database that wakes up behind its proxy: within the time of one
/// connection, what passes is tried again.
async fn patiently(
    target: &Target,
    wanted: TargetSession,
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<Connection, ConnectFault> {
    if target.transport() != Transport::WebSocket {
        return target.session(wanted).await;
    }
    let deadline = target.deadline();
    let mut told = false;
    let mut waking = || {
        if !std::mem::replace(&mut told, true) {
            tell(Progress::Waking { target: target.to_string() });
        }
    };
    let mut pause = FIRST_PAUSE;
    loop {
        let mut session = pin!(target.session(wanted));
        let result = if let Ok(result) = timeout(QUIET, session.as_mut()).await {
            result
        } else {
            waking();
            session.await
        };
        match result {
            Err(fault) if passes(&fault) && deadline.leaves(pause) => {
                waking();
                sleep(pause).await;
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
            other => return other,
        }
    }
}

/// Whether a proxy says that it is worth asking again.
fn passes(fault: &ConnectFault) -> bool {
    match fault {
        ConnectFault::Upgrade(UpgradeError::Status { status, .. }) => matches!(status, 429 | 502..=504),
        ConnectFault::Startup(error) if error.code().is_some() => {
            error.code() == Some(&SqlState::CANNOT_CONNECT_NOW)
        }
        // Service restart and "try again later" (RFC 6455's registry of close codes).
        ConnectFault::Startup(error) => {
            proxy_closed(error).is_some_and(|closed| matches!(closed.code, Some(1012 | 1013)))
        }
        _ => false,
    }
}

/// The proxy's close, if that is what ended a connection.
pub(crate) fn proxy_closed(error: &tokio_postgres::Error) -> Option<&ProxyClosed> {
    let source = std::error::Error::source(error)?;
    source.downcast_ref::<std::io::Error>()?.get_ref()?.downcast_ref()
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
    let port = settings.connect_port(entry);
    let addresses: Vec<Address> = match (&entry.host, entry.address) {
        (_, Some(address)) => vec![Address::Tcp(SocketAddr::new(address, port))],
        (Host::Directory(directory), None) => {
            vec![Address::Socket(directory.join(format!(".s.PGSQL.{port}")))]
        }
        (Host::Name(name), None) => match name.parse::<IpAddr>() {
            Ok(address) => vec![Address::Tcp(SocketAddr::new(address, port))],
            Err(_) => {
                resolve(name, port, Deadline::after(settings.connect_timeout)).await.map_err(|fault| {
                    Failure { target: format!("{name}:{port}"), transport: settings.transport(entry), fault }
                })?
            }
        },
    };
    Ok(addresses.into_iter().map(|address| Target::new(settings, entry, address)).collect())
}

async fn resolve(name: &str, port: u16, deadline: Deadline) -> Result<Vec<Address>, ConnectFault> {
    let lookup = tokio::net::lookup_host((name, port));
    let found = deadline.during("resolving the host name", lookup).await?.map_err(ConnectFault::Resolve)?;
    let addresses: Vec<Address> = found.map(Address::Tcp).collect();
    if addresses.is_empty() {
        let why = "the name has no address";
        return Err(ConnectFault::Resolve(std::io::Error::new(std::io::ErrorKind::NotFound, why)));
    }
    Ok(addresses)
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

    /// Whether there is time for something that long.
    fn leaves(self, pause: Duration) -> bool {
        self.at.is_none_or(|(at, _)| Instant::now() + pause < at)
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
