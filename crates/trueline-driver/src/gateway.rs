//! A WebSocket gateway for local work: `/v2` on loopback, in front of any PostgreSQL.
//!
//! What Neon's proxy does in the cloud, as far as a client can tell: JavaScript's `@neondatabase/serverless`
//! and this crate's own `ws://` URLs reach a local server through it. In reading order: `request` (the HTTP
//! before the frames, and whom it refuses), `session` (PostgreSQL's startup, the password, the bytes),
//! `login` (the gateway as a client of the server behind it).
//!
//! It keeps others out: it binds to loopback only, answers no page of another origin and no host name but
//! loopback's (a page could have DNS point its own name here), and asks for a password of its own, since
//! every user of this machine can reach loopback. The server's password is given to nobody.

mod login;
mod request;
mod session;

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::connect::Target;
use crate::connection::Connection;

/// The path that it serves, as Neon's proxy does.
pub const PATH: &str = "/v2";
/// How long sessions may take to end when the gateway stops.
const FAREWELL: Duration = Duration::from_secs(3);
/// After a failed accept: the system is short of something.
const BREATH: Duration = Duration::from_millis(100);

/// Why a gateway cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GatewayError {
    /// Others than this machine could reach it.
    #[error("the gateway listens on loopback only, and `{0}` is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The port is taken, or not ours to take.
    #[error("failed to listen on `{address}`: {source}")]
    Bind {
        /// Where it should have listened.
        address: SocketAddr,
        /// Why it cannot.
        source: io::Error,
    },
}

impl GatewayError {
    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        let text = match self {
            Self::NotLoopback(_) => "listen on 127.0.0.1 or [::1]; other machines need a real proxy with TLS",
            Self::Bind { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                "another program (or another gateway) has this port: choose another one; port 0 takes a free one"
            }
            Self::Bind { .. } => "choose another address or port",
        };
        Some(text.to_owned())
    }
}

/// A gateway that listens.
pub struct Gateway {
    listener: TcpListener,
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// What every session needs to know.
struct Shared {
    /// The server behind the gateway.
    target: Target,
    /// SHA-256 of the gateway's password: comparing hashes tells nothing by its time.
    password: [u8; 32],
}

impl Gateway {
    /// Listens on `address`, in front of the server that `connection` leads to, with the same user's
    /// password. Clients log in with `password`.
    pub async fn bind(
        address: SocketAddr,
        connection: &Connection,
        password: &str,
    ) -> Result<Self, GatewayError> {
        if !address.ip().is_loopback() {
            return Err(GatewayError::NotLoopback(address));
        }
        let bind = |source| GatewayError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        let target = connection.target().clone();
        Ok(Self {
            listener,
            address,
            shared: Arc::new(Shared { target, password: hash(password.as_bytes()) }),
        })
    }

    /// Where it listens, with the port that the system chose.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until `stop` is ready; then every session is told so and ended.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = watch::channel(false);
        let mut sessions = JoinSet::new();
        let mut stop = pin!(stop);
        loop {
            tokio::select! {
                () = &mut stop => break,
                Some(_) = sessions.join_next() => {}
                accepted = self.listener.accept() => match accepted {
                    Ok((stream, _)) => {
                        let (shared, stopped) = (Arc::clone(&self.shared), stopped.clone());
                        // A session's errors are its client's, which was told.
                        sessions.spawn(async move { session::serve(stream, &shared, stopped).await.is_ok() });
                    }
                    Err(_) => sleep(BREATH).await,
                },
            }
        }
        drop(self.listener);
        stopping.send_replace(true);
        // Who does not end in time is ended by the drop.
        let _ = timeout(FAREWELL, async { while sessions.join_next().await.is_some() {} }).await;
    }
}

/// A password that nobody guesses: 192 bits from the system, in hexadecimal.
pub fn random_password() -> io::Result<String> {
    let mut bytes = [0_u8; 24];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("the system has no random numbers"))?;
    let digit = |nibble: u8| char::from(b"0123456789abcdef"[usize::from(nibble)]);
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}

fn hash(bytes: &[u8]) -> [u8; 32] {
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}
