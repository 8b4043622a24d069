//! Every way to the run's server.

use trueline_driver::{Connection, DatabaseUrl, Environment, Transport, connect};

use crate::gateways::{self, Front, Serving};
use crate::relay::{Frames, Relay};
use crate::server::Server;

/// A URL, and what keeps its way open.
pub struct Way {
    pub name: &'static str,
    pub url: DatabaseUrl,
    _relay: Option<Relay>,
    _gateway: Option<Serving>,
}

/// Reads a URL with nothing around it that could fill what it leaves open.
pub fn parse(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse_in(text, &Environment::empty()).unwrap_or_else(|error| panic!("{error}"))
}

/// Connects, or fails the test with the whole error.
pub async fn open(url: &DatabaseUrl) -> Connection {
    connect(url).await.unwrap_or_else(|error| panic!("{error}\nhint: {:?}", error.hint()))
}

/// All of them.
pub async fn all() -> Vec<Way> {
    let server = Server::get();
    let mut ways = Vec::new();
    let tls = if server.has_tls {
        server.tls_url()
    } else {
        let root = format!("sslrootcert={}", server.authority.certificate.display());
        let front = Front::start(&server.certificate).await;
        front.url("localhost", &format!("sslmode=verify-full&{root}"))
    };
    for (name, text, transport) in [
        ("socket", server.socket_url(), Transport::Socket),
        ("tcp", server.tcp_url(), Transport::Tcp),
        ("tls", tls, Transport::Tls),
    ] {
        let url = parse(&text);
        assert_eq!(url.transport(), transport, "{name}");
        ways.push(Way { name, url, _relay: None, _gateway: None });
    }
    for (name, frames) in [("websocket", Frames::AsRead), ("websocket, random frames", Frames::Random(7))] {
        let relay = Relay::plain(frames).await;
        let url = parse(&relay.url());
        assert_eq!(url.transport(), Transport::WebSocket, "{name}");
        ways.push(Way { name, url, _relay: Some(relay), _gateway: None });
    }
    let relay = Relay::tls(&server.certificate).await;
    ways.push(Way {
        name: "websocket in TLS",
        url: parse(&relay.tls_url()),
        _relay: Some(relay),
        _gateway: None,
    });
    let gateway = Serving::in_front_of_the_server().await;
    let front = gateways::in_tls(gateway.address.port()).await;
    let url = gateways::tls_url(&gateway.url, front);
    ways.push(Way { name: "gateway", url: gateway.url.clone(), _relay: None, _gateway: None });
    ways.push(Way { name: "gateway, TLS in front", url, _relay: None, _gateway: Some(gateway) });
    ways
}
