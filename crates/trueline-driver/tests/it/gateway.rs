//! The gateway by itself: whom it lets in, what it does for them, and how it ends.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use trueline_driver::gateway::{Gateway, GatewayError, random_password};
use trueline_driver::tokio_postgres::error::SqlState;
use trueline_driver::{DatabaseUrl, connect};

use crate::gateways::{PASSWORD, Serving};
use crate::random::Random;
use crate::server::{Server, free_port};
use crate::transports::{open, parse};

#[tokio::test]
async fn only_loopback_is_served() {
    let connection = open(&parse(&Server::get().socket_url())).await;
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:0"] {
        let address: SocketAddr = address.parse().unwrap();
        let error = Gateway::bind(address, &connection, PASSWORD).await.err().unwrap();
        assert!(matches!(error, GatewayError::NotLoopback(_)), "{error}");
        assert!(error.hint().unwrap().contains("127.0.0.1"));
    }
    let gateway = Gateway::bind("127.0.0.1:0".parse().unwrap(), &connection, PASSWORD).await.unwrap();
    let error = Gateway::bind(gateway.address(), &connection, PASSWORD).await.err().unwrap();
    assert!(error.hint().unwrap().contains("another program"), "{error}");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn only_who_knows_the_password_comes_in() {
    let serving = Serving::in_front_of_the_server().await;
    open(&serving.url).await.close().await.unwrap();
    for wrong in ["", "wrong", &PASSWORD[1..]] {
        let url = parse(&Server::get().socket_url()).through_gateway(serving.address, wrong);
        let error = connect(&url).await.unwrap_err();
        assert_eq!(error.code(), Some(&SqlState::INVALID_PASSWORD), "{error}");
        assert!(error.db_error().unwrap().hint().unwrap().contains("the gateway prints"));
    }
    let (one, two) = (random_password().unwrap(), random_password().unwrap());
    assert!(one.len() == 48 && one != two);
}

/// What the gateway answers to a request that is no WebSocket for it.
async fn answer(serving: &Serving, request: &str) -> String {
    let mut stream = TcpStream::connect(serving.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    timeout(Duration::from_secs(10), stream.read_to_string(&mut answer)).await.expect("it closes").unwrap();
    answer
}

#[tokio::test]
async fn pages_of_other_origins_are_refused() {
    let serving = Serving::in_front_of_the_server().await;
    let upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for (head, status) in [
        ("GET /v2 HTTP/1.1\r\nHost: localhost\r\nOrigin: https://example.com\r\n", "403"),
        ("GET /v2 HTTP/1.1\r\nHost: rebound.example.com\r\nOrigin: http://rebound.example.com\r\n", "403"),
        ("GET /v1?address=192.0.2.1:5432 HTTP/1.1\r\nHost: localhost\r\n", "404"),
        ("POST /v2 HTTP/1.1\r\nHost: localhost\r\n", "400"),
    ] {
        let answer = answer(&serving, &format!("{head}{upgrade}")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
    }
    let plain = answer(&serving, "GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(plain.starts_with("HTTP/1.1 426 "), "{plain}");
}

#[tokio::test]
async fn the_server_s_password_is_the_gateway_s_to_give() {
    let server = Server::get();
    let plain = format!("127.0.0.1:{}/postgres?sslmode=disable", server.port);
    let mut urls = vec![
        format!("postgres://with_clear:clear@{plain}"),
        format!("postgres://with_md5:old@{plain}"),
        format!("postgres://with_scram:it's%20a%20p%40ss%2Fword%3F@{plain}"),
        format!("postgres://only_plain@127.0.0.1:{}/postgres?sslmode=prefer", server.port),
    ];
    if let Some(server) = Server::with_tls() {
        let tls = server.tls_url().replace("postgres://postgres@", "");
        urls.push(format!("postgres://with_scram:it's%20a%20p%40ss%2Fword%3F@{tls}&channel_binding=require"));
        urls.push(format!("postgres://only_tls@127.0.0.1:{}/postgres?sslmode=allow", server.port));
    }
    for url in urls {
        let serving = Serving::start(&url).await;
        let connection = open(&serving.url).await;
        let user: String = connection.query_one("select current_user::text", &[]).await.unwrap().get(0);
        assert_eq!(user, parse(&url).user());
        connection.close().await.unwrap();
    }

    // For its own user only, and what the server refuses is passed on.
    let serving = Serving::start(&format!("postgres://with_clear:clear@{plain}")).await;
    let other = |user: &str, database: &str| {
        let url = format!("postgres://{user}@127.0.0.1/{database}");
        parse(&url).through_gateway(serving.address, PASSWORD)
    };
    let error = connect(&other("with_md5", "postgres")).await.unwrap_err();
    assert!(error.to_string().contains("a password of `with_md5`, and the gateway has none"), "{error}");
    let error = connect(&other("nobody", "postgres")).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INVALID_AUTHORIZATION_SPECIFICATION), "{error}");
    let error = connect(&other("with_clear", "nope")).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INVALID_CATALOG_NAME), "{error}");
}

#[tokio::test]
async fn a_server_that_is_gone_is_told() {
    let port = free_port();
    let forward = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let target = Server::get().port;
    let forwarding = tokio::spawn(async move {
        let (mut client, _) = forward.accept().await.unwrap();
        let mut server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    });
    let serving =
        Serving::start(&format!("postgres://postgres@127.0.0.1:{port}/postgres?sslmode=disable")).await;
    forwarding.await.unwrap();
    let error = connect(&serving.url).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::CONNECTION_FAILURE), "{error}");
    assert!(error.to_string().contains("refused"), "{error}");
    assert!(error.db_error().unwrap().hint().unwrap().contains("behind the gateway runs"));
}

#[tokio::test]
async fn stopping_ends_every_session_in_words() {
    let serving = Serving::in_front_of_the_server().await;
    let connection = open(&serving.url).await;
    let process: i32 = connection.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0);
    let running = tokio::spawn(async move {
        let error = connection.batch_execute("select pg_sleep(600)").await.unwrap_err();
        connection.explain(error).await
    });
    let active =
        format!("select count(*) from pg_stat_activity where pid = {process} and query ~ 'pg_sleep'");
    while Server::get().run(&active) == "0" {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    serving.stop().await;
    let error = running.await.unwrap();
    assert!(error.to_string().contains("with code 1001: the gateway was stopped"), "{error}");
    Server::get().run(&format!("select pg_terminate_backend({process})"));
}

#[tokio::test]
async fn nonsense_harms_nobody() {
    let serving = Serving::in_front_of_the_server().await;
    let mut random = Random::new(11);
    let upgrade = "GET /v2 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    for _ in 0..200 {
        let mut stream = TcpStream::connect(serving.address).await.unwrap();
        let mut sent = if random.below(4) > 0 { upgrade.as_bytes().to_vec() } else { Vec::new() };
        let mut payload = Vec::new();
        match random.below(3) {
            // A startup message that lies about its length, or a cancel request for nobody.
            0 => payload.extend_from_slice(&[0, 0, 0, u8::try_from(random.below(256)).unwrap(), 0, 3, 0, 0]),
            1 => payload.extend_from_slice(&[0, 0, 0, 16, 4, 210, 22, 46, 0, 0, 0, 1, 0, 0, 0, 1]),
            _ => {}
        }
        payload.extend((0..random.below(100)).map(|_| u8::try_from(random.below(256)).unwrap()));
        sent.extend([0x82, 0x80 | u8::try_from(payload.len().min(125)).unwrap(), 0, 0, 0, 0]);
        sent.extend(&payload);
        // It may be refused before all is sent.
        let _ = stream.write_all(&sent).await;
        let _ = stream.shutdown().await;
        let mut rest = Vec::new();
        let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        assert!(ended.is_ok(), "the gateway ends what makes no sense");
    }
    // Others are still served.
    open(&serving.url).await.close().await.unwrap();
}

#[test]
fn the_url_through_a_gateway_reads_back() {
    let server = parse("postgres://odd%20%40%3A%2F%3F%23%20name@localhost/d%2F%25");
    for address in ["127.0.0.1:5488", "[::1]:5488"] {
        let url = server.through_gateway(address.parse().unwrap(), "p w");
        let again =
            DatabaseUrl::parse_in(&url.to_secret_string(), &trueline_driver::Environment::empty()).unwrap();
        assert_eq!((again.user(), again.database(), again.port()), (server.user(), server.database(), 5488));
        assert!(again.is_loopback());
        assert!(!url.to_string().contains("p%20w"));
    }
}
