//! One address → bytes that flow: the socket, and what is wrapped around it.

use std::io;
use std::net::Ipv6Addr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use super::Deadline;
use super::target::{Address, Target};
use crate::error::ConnectFault;
use crate::stream::{Bytes, Opened};
use crate::tls::{self, Inside, SslMode};
use crate::url::Transport;
use crate::url::settings::Host;
use crate::url::syntax::Scheme;
use crate::websocket::{WebSocket, upgrade};

/// Whether a PostgreSQL connection over TCP is to be encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encryption {
    Off,
    IfOffered,
    On,
}

/// Over WebSocket, where the URL does not say: when to ask a silent peer, how often, and how long to wait
/// for the confirmation of what was sent.
const KEEPALIVE_IDLE: Duration = Duration::from_mins(1);
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);
const UNCONFIRMED: Duration = Duration::from_mins(2);

/// `SSLRequest`: length 8 and the code 1234.5679 (PostgreSQL's manual, "Message Formats").
const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

impl Target {
    /// Opens the transport up to where PostgreSQL's startup message goes.
    pub(super) async fn open(
        &self,
        encryption: Encryption,
        deadline: Deadline,
    ) -> Result<Opened, ConnectFault> {
        let address = match &self.address {
            Address::Socket(file) => return open_socket(file, deadline).await,
            Address::Tcp(address) => *address,
        };
        let socket = TcpStream::connect(address);
        let mut socket = deadline.during("connecting", socket).await?.map_err(ConnectFault::Reach)?;
        self.tune(&socket).map_err(ConnectFault::Reach)?;
        if self.transport() == Transport::WebSocket {
            return self.open_websocket(socket, deadline).await;
        }
        if encryption == Encryption::Off {
            return Ok(Opened { bytes: Box::new(socket), end_point: None });
        }
        if !self.settings.tls.direct && !deadline.during("asking for TLS", ask_for_tls(&mut socket)).await?? {
            return match encryption {
                Encryption::On => Err(ConnectFault::NoTls),
                _ => Ok(Opened { bytes: Box::new(socket), end_point: None }),
            };
        }
        let stream = self.handshake(socket, Inside::Postgres, deadline).await?;
        let certificates = stream.get_ref().1.peer_certificates();
        let end_point = certificates.and_then(|chain| tls::end_point(chain.first()?));
        Ok(Opened { bytes: Box::new(stream), end_point })
    }

    /// TLS (but for `ws://`), HTTP's upgrade, frames.
    async fn open_websocket(
        &self,
        mut socket: TcpStream,
        deadline: Deadline,
    ) -> Result<Opened, ConnectFault> {
        let plain = self.settings.scheme == Scheme::Ws;
        let name = match &self.entry.host {
            Host::Name(name) if name.parse::<Ipv6Addr>().is_ok() => format!("[{name}]"),
            other => other.to_string(),
        };
        let usual_port = if plain { 80 } else { 443 };
        let host = match self.settings.connect_port(&self.entry) {
            port if port == usual_port => name,
            port => format!("{name}:{port}"),
        };
        let path = &self.settings.websocket_path;
        let phase = "asking the proxy for a WebSocket";
        let bytes: Box<dyn Bytes> = if plain {
            deadline.during(phase, upgrade(&mut socket, &host, path)).await??;
            Box::new(WebSocket::client(socket))
        } else {
            let mut stream = self.handshake(socket, Inside::Http, deadline).await?;
            deadline.during(phase, upgrade(&mut stream, &host, path)).await??;
            Box::new(WebSocket::client(stream))
        };
        Ok(Opened { bytes, end_point: None })
    }

    async fn handshake(
        &self,
        socket: TcpStream,
        inside: Inside,
        deadline: Deadline,
    ) -> Result<TlsStream<TcpStream>, ConnectFault> {
        let mode = match self.transport() {
            // The password goes over it in the clear: nothing less would do.
            Transport::WebSocket => SslMode::VerifyFull,
            _ => self.settings.ssl_mode(&self.entry),
        };
        let config = tls::client_config(&self.settings.tls, mode, inside)?;
        let name = match (&self.entry.host, self.entry.address) {
            // `hostaddr` with a directory for a name: nothing but the address is left to verify.
            (Host::Directory(_), Some(address)) => address.to_string(),
            (host, _) => host.to_string(),
        };
        let name = ServerName::try_from(name.trim_end_matches('.').to_owned())
            .map_err(|_| ConnectFault::TlsName(name))?;
        let handshake = TlsConnector::from(Arc::new(config)).connect(name, socket);
        deadline.during("agreeing on TLS", handshake).await?.map_err(ConnectFault::Tls)
    }

    /// No delay for small packets; keepalive finds a peer that vanished. Over WebSocket within two minutes
    /// unless the URL says otherwise: the system's two hours are for those who do not wait.
    fn tune(&self, socket: &TcpStream) -> io::Result<()> {
        socket.set_nodelay(true)?;
        let reference = SockRef::from(socket);
        let usual = |usual| (self.transport() == Transport::WebSocket).then_some(usual);
        if let Some(keepalive) = &self.settings.keepalive {
            let mut parameters = TcpKeepalive::new();
            if let Some(idle) = keepalive.idle.or(usual(KEEPALIVE_IDLE)) {
                parameters = parameters.with_time(idle);
            }
            if let Some(interval) = keepalive.interval.or(usual(KEEPALIVE_INTERVAL)) {
                parameters = parameters.with_interval(interval);
            }
            if let Some(count) = keepalive.count {
                parameters = parameters.with_retries(count);
            }
            reference.set_tcp_keepalive(&parameters)?;
        }
        // Pings that nobody confirms are not what keepalive looks at.
        #[cfg(target_os = "linux")]
        if let Some(timeout) = self.settings.tcp_user_timeout.or(usual(UNCONFIRMED)) {
            reference.set_tcp_user_timeout(Some(timeout))?;
        }
        Ok(())
    }
}

#[cfg(unix)]
async fn open_socket(file: &Path, deadline: Deadline) -> Result<Opened, ConnectFault> {
    let socket = tokio::net::UnixStream::connect(file);
    let socket = deadline.during("connecting", socket).await?.map_err(ConnectFault::Reach)?;
    Ok(Opened { bytes: Box::new(socket), end_point: None })
}

#[cfg(not(unix))]
async fn open_socket(_: &Path, _: Deadline) -> Result<Opened, ConnectFault> {
    let why = "this system has no unix sockets";
    Err(ConnectFault::Reach(io::Error::new(io::ErrorKind::Unsupported, why)))
}

/// Whether the server is willing.
async fn ask_for_tls(socket: &mut TcpStream) -> Result<bool, ConnectFault> {
    socket.write_all(&SSL_REQUEST).await.map_err(ConnectFault::Reach)?;
    // One byte and no more: what follows an `S` belongs to TLS (CVE-2021-23222).
    match socket.read_u8().await.map_err(ConnectFault::Reach)? {
        b'S' => Ok(true),
        b'N' => Ok(false),
        other => Err(ConnectFault::NotPostgres(other)),
    }
}
