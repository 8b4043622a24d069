//! A WebSocket proxy in front of the run's PostgreSQL, with faults to order.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_websockets::{CloseCode, Message, ServerBuilder, WebSocketStream};

use crate::certificates::Signed;
use crate::random::Random;
use crate::server::Server;

/// How the server's bytes are put into frames.
#[derive(Clone, Copy, Debug)]
pub enum Frames {
    /// One for each read, as real proxies do.
    AsRead,
    /// One for each byte.
    OneByte,
    /// Anywhere, with empty frames, pings and fragments among them.
    Random(u64),
}

/// How the proxy ends what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Goes on.
    Never,
    /// As if killed.
    Abruptly,
    /// With this code and reason.
    Close(u16, &'static str),
}

/// A running proxy; it stops with the test's runtime.
pub struct Relay {
    pub port: u16,
    end: watch::Sender<End>,
    pub accepted: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Settings {
    frames: Frames,
    tls: Option<TlsAcceptor>,
    end: watch::Receiver<End>,
    accepted: Arc<AtomicUsize>,
}

impl Relay {
    /// Without TLS.
    pub async fn plain(frames: Frames) -> Self {
        Self::start(frames, None).await
    }

    /// In TLS with this certificate. It would rather speak HTTP/2, as Neon's does.
    pub async fn tls(certificate: &Signed) -> Self {
        let acceptor = acceptor(&certificate.certificate, &certificate.key, &[b"h2", b"http/1.1"]);
        Self::start(Frames::AsRead, Some(acceptor)).await
    }

    async fn start(frames: Frames, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (end, receiver) = watch::channel(End::Never);
        let accepted = Arc::default();
        let settings = Settings { frames, tls, end: receiver, accepted: Arc::clone(&accepted) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, settings.clone()));
            }
        });
        Self { port, end, accepted }
    }

    /// Ends all that it carries, and what is yet to come.
    pub fn end(&self, how: End) {
        self.end.send_replace(how);
    }

    /// The URL of the run's server through a proxy without TLS.
    pub fn url(&self) -> String {
        format!("ws://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// The URL of the run's server through a proxy in TLS.
    pub fn tls_url(&self) -> String {
        let authority = Server::get().authority.certificate.display();
        format!("wss://postgres@localhost:{}/postgres?sslrootcert={authority}", self.port)
    }
}

/// TLS for a server.
pub fn acceptor(certificate: &Path, key: &Path, protocols: &[&[u8]]) -> TlsAcceptor {
    let chain: Vec<_> =
        CertificateDer::pem_file_iter(certificate).unwrap().collect::<Result<_, _>>().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|protocol| protocol.to_vec()).collect();
    TlsAcceptor::from(Arc::new(config))
}

async fn serve(stream: TcpStream, settings: Settings) -> io::Result<()> {
    stream.set_nodelay(true)?;
    settings.accepted.fetch_add(1, Ordering::SeqCst);
    match settings.tls.clone() {
        Some(acceptor) => relay(acceptor.accept(stream).await?, settings).await,
        None => relay(stream, settings).await,
    }
}

async fn relay<S: AsyncRead + AsyncWrite + Unpin>(stream: S, mut settings: Settings) -> io::Result<()> {
    let (request, mut client) = ServerBuilder::new().accept(stream).await.map_err(io::Error::other)?;
    assert_eq!(request.uri().path(), "/v2");
    let address = SocketAddr::from(([127, 0, 0, 1], Server::get().port));
    let mut server = TcpStream::connect(address).await?;
    server.set_nodelay(true)?;
    let mut random = Random::new(match settings.frames {
        Frames::Random(seed) => seed,
        _ => 0,
    });
    let mut buffer = vec![0; 64 * 1024];
    loop {
        tokio::select! {
            read = server.read(&mut buffer) => match read? {
                0 => {
                    let close = Message::close(Some(CloseCode::NORMAL_CLOSURE), "");
                    client.send(close).await.map_err(io::Error::other)?;
                    return client.close().await.map_err(io::Error::other);
                }
                read => send(&mut client, &buffer[..read], settings.frames, &mut random).await?,
            },
            message = client.next() => match message {
                Some(Ok(message)) if message.is_binary() => server.write_all(message.as_payload()).await?,
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return Ok(()),
            },
            end = async { settings.end.wait_for(|&end| end != End::Never).await.map(|end| *end) } => {
                let end = end.unwrap_or(End::Abruptly);
                if let End::Close(code, reason) = end {
                    let close = Message::close(Some(CloseCode::try_from(code).unwrap()), reason);
                    client.send(close).await.map_err(io::Error::other)?;
                    // The client may still be sending: what it sends is not answered any more.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
                return Ok(());
            }
        }
    }
}

async fn send<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut WebSocketStream<S>,
    mut bytes: &[u8],
    frames: Frames,
    random: &mut Random,
) -> io::Result<()> {
    while !bytes.is_empty() {
        let length = match frames {
            Frames::AsRead => bytes.len(),
            Frames::OneByte => 1,
            Frames::Random(_) => (1 + random.below(5_000)).min(bytes.len()),
        };
        let (now, later) = bytes.split_at(length);
        bytes = later;
        if matches!(frames, Frames::Random(_)) && random.below(8) == 0 {
            let extra =
                if random.below(2) == 0 { Message::ping("are you there") } else { Message::binary("") };
            client.feed(extra).await.map_err(io::Error::other)?;
        }
        client.feed(Message::binary(now.to_vec())).await.map_err(io::Error::other)?;
    }
    client.flush().await.map_err(io::Error::other)
}
