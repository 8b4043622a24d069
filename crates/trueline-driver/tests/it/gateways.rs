//! The gateway, started in the test's own process, and what stands in front of it.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use trueline_driver::DatabaseUrl;
use trueline_driver::gateway::Gateway;

use crate::certificates::Signed;
use crate::relay::acceptor;
use crate::server::Server;
use crate::transports::{open, parse};

/// A running gateway; it stops with the test's runtime at the latest.
pub struct Serving {
    pub address: SocketAddr,
    /// The server's URL, through the gateway.
    pub url: DatabaseUrl,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

pub const PASSWORD: &str = "the gateway's own: 0123456789";

impl Serving {
    /// In front of a server.
    pub async fn start(server: &str) -> Self {
        let server = parse(server);
        let connection = open(&server).await;
        let gateway = Gateway::bind(([127, 0, 0, 1], 0).into(), &connection, PASSWORD).await.unwrap();
        connection.close().await.unwrap();
        let (stop, stopped) = oneshot::channel();
        let (address, url) = (gateway.address(), server.through_gateway(gateway.address(), PASSWORD));
        let task = tokio::spawn(gateway.serve(async move {
            // Dropping the sender is not meant to stop it.
            if stopped.await.is_err() {
                std::future::pending::<()>().await;
            }
        }));
        Self { address, url, stop, task }
    }

    /// In front of the run's server.
    pub async fn in_front_of_the_server() -> Self {
        Self::start(&Server::get().socket_url()).await
    }

    /// Stops it, and waits until it has stopped.
    pub async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

/// TLS in front of `port`, with the server's certificate; the port where it listens.
pub async fn in_tls(port: u16) -> u16 {
    let certificate = &Server::get().certificate;
    let acceptor = acceptor(&certificate.certificate, &certificate.key, &[b"http/1.1"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let listening = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                stream.set_nodelay(true)?;
                let mut outside = acceptor.accept(stream).await?;
                let mut inside = TcpStream::connect(("127.0.0.1", port)).await?;
                inside.set_nodelay(true)?;
                copy_bidirectional(&mut outside, &mut inside).await
            });
        }
    });
    listening
}

/// A `ws://` URL, through TLS at `port`.
pub fn tls_url(url: &DatabaseUrl, port: u16) -> DatabaseUrl {
    let authority = Server::get().authority.certificate.display();
    let text = url.to_secret_string();
    let rest = text.strip_prefix("ws://").unwrap();
    let (login, database) = (rest.split('@').next().unwrap(), rest.rsplit('/').next().unwrap());
    parse(&format!("wss://{login}@localhost:{port}/{database}?sslrootcert={authority}"))
}

/// A TLS front with a certificate of one's own before the run's server: it takes `SSLRequest` or TLS
/// at once, as PostgreSQL 17 does.
pub struct Front {
    port: u16,
}

impl Front {
    pub async fn start(certificate: &Signed) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let acceptor = acceptor(&certificate.certificate, &certificate.key, &[b"postgresql"]);
        let server = SocketAddr::from(([127, 0, 0, 1], Server::get().port));
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut first = [0; 1];
                    client.peek(&mut first).await?;
                    if first == [0] {
                        client.read_exact(&mut [0; 8]).await?;
                        client.write_all(b"S").await?;
                    }
                    let mut client = acceptor.accept(client).await?;
                    let mut server = TcpStream::connect(server).await?;
                    copy_bidirectional(&mut client, &mut server).await
                });
            }
        });
        Self { port }
    }

    pub fn url(&self, host: &str, parameters: &str) -> String {
        format!("postgres://postgres@{host}:{}/postgres?{parameters}", self.port)
    }
}
