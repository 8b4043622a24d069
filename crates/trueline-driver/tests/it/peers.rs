//! Peers that misbehave: silent, gone, speaking another protocol, refusing.

use std::sync::Mutex;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use trueline_driver::tokio_postgres::error::SqlState;
use trueline_driver::{ConnectFault, Progress, connect, connect_watched};

use crate::relay::{End, Frames, Relay};
use crate::server::{Server, free_port};
use crate::transports::{open, parse};

/// Accepts, reads, and answers each connection with the next of these; then stays open.
async fn answering(answers: Vec<&'static str>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        let mut open = Vec::new();
        let mut answers = answers.into_iter().cycle();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = [0; 1024];
            let _ = stream.read(&mut request).await;
            if let Some(answer) = answers.next() {
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
            open.push(stream);
        }
    });
    port
}

#[tokio::test]
async fn a_peer_that_never_answers() {
    let port = answering(Vec::new()).await;
    for (text, phase) in [
        (format!("postgres://u@127.0.0.1:{port}/d?sslmode=disable"), "logging in"),
        (format!("postgres://u@127.0.0.1:{port}/d?sslmode=require"), "asking for TLS"),
        (format!("postgres://u@127.0.0.1:{port}/d?sslmode=require&sslnegotiation=direct"), "agreeing on TLS"),
        (format!("ws://u@127.0.0.1:{port}/d?"), "asking the proxy for a WebSocket"),
        (format!("wss://u@127.0.0.1:{port}/d?"), "agreeing on TLS"),
    ] {
        let url = parse(&format!("{text}&connect_timeout=2").replace("?&", "?"));
        let error = connect(&url).await.unwrap_err();
        match &error.failures[0].fault {
            ConnectFault::Timeout { after, phase: during } => {
                assert_eq!((*after, *during), (Duration::from_secs(2), phase), "{text}");
            }
            other => panic!("{text}: {other}"),
        }
        assert!(error.hint().unwrap().contains("connect_timeout"));
    }
}

#[tokio::test]
async fn nobody_listens() {
    let port = free_port();
    for scheme in ["postgres", "ws", "wss"] {
        let error = connect(&parse(&format!("{scheme}://u@127.0.0.1:{port}/d"))).await.unwrap_err();
        assert!(matches!(error.failures[0].fault, ConnectFault::Reach(_)), "{error}");
        assert!(error.hint().unwrap().contains("nothing listens"), "{:?}", error.hint());
    }
    let error = connect(&parse("postgres://u@%2Fnowhere/d")).await.unwrap_err();
    assert!(error.to_string().contains("/nowhere/.s.PGSQL.5432"), "{error}");
    assert!(error.hint().unwrap().contains("start PostgreSQL"));
    let error = connect(&parse("postgres://u@no-such-host.invalid/d")).await.unwrap_err();
    assert!(matches!(error.failures[0].fault, ConnectFault::Resolve(_)), "{error}");
    assert!(error.hint().unwrap().contains("spelling"));
}

#[tokio::test]
async fn no_such_database() {
    let url = parse(&Server::get().socket_url()).with_database("nope");
    let error = connect(&url).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::INVALID_CATALOG_NAME));
    assert!(error.to_string().contains("database \"nope\" does not exist"), "{error}");
    assert!(error.hint().unwrap().contains("create the database"));
}

#[tokio::test]
async fn other_protocols() {
    let port = answering(vec!["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"]).await;
    for mode in ["disable", "require"] {
        let url = format!("postgres://u@127.0.0.1:{port}/d?connect_timeout=5&sslmode={mode}");
        let error = connect(&parse(&url)).await.unwrap_err();
        assert!(error.hint().unwrap().contains("port"), "{mode}: {error}: {:?}", error.hint());
    }
    let port = answering(vec!["SSH-2.0-OpenSSH_9.2\r\n"]).await;
    let error = connect(&parse(&format!("ws://u@127.0.0.1:{port}/d"))).await.unwrap_err();
    assert!(error.to_string().contains("not HTTP/1.1"), "{error}");
    // PostgreSQL itself, mistaken for a proxy.
    let port = Server::get().port;
    let error = connect(&parse(&format!("ws://u@127.0.0.1:{port}/d"))).await.unwrap_err();
    assert!(matches!(error.failures[0].fault, ConnectFault::Upgrade(_)), "{error}");
}

#[tokio::test]
async fn a_proxy_that_refuses() {
    for (answer, text, hint) in [
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 26\r\n\r\nthis address is not listed",
            "HTTP 403: this address is not listed",
            "allowed addresses",
        ),
        ("HTTP/1.1 404 Not Found\r\n\r\n", "HTTP 404: Not Found", "websocket_path"),
        ("HTTP/1.1 301 Moved\r\nLocation: https://elsewhere/\r\n\r\n", "HTTP 301", "redirects"),
        ("HTTP/1.1 426 Upgrade Required\r\nContent-Length: 99999999\r\n\r\n", "HTTP 426", "WebSocket proxy"),
        (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n\r\n",
            "the key is not confirmed",
            "WebSocket proxy",
        ),
    ] {
        let port = answering(vec![answer]).await;
        let url = format!("ws://u:secret@127.0.0.1:{port}/d?connect_timeout=3");
        let error = connect(&parse(&url)).await.unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert!(error.hint().unwrap().contains(hint), "{:?}", error.hint());
        assert!(!format!("{error} {error:?}").contains("secret"));
    }
}

#[tokio::test]
async fn a_proxy_that_is_busy_is_asked_again() {
    let port =
        answering(vec!["HTTP/1.1 502 Bad Gateway\r\nContent-Length: 19\r\n\r\ncompute is starting\r\n"])
            .await;
    let told = Mutex::new(Vec::new());
    let url = parse(&format!("ws://u@127.0.0.1:{port}/d?connect_timeout=2"));
    let error = connect_watched(&url, &|progress| told.lock().unwrap().push(progress)).await.unwrap_err();
    assert!(error.to_string().contains("HTTP 502: compute is starting"), "{error}");
    assert!(error.hint().unwrap().contains("cannot reach the database"));
    let target = format!("127.0.0.1:{port}");
    assert_eq!(*told.lock().unwrap(), [Progress::Waking { target }]);
}

#[tokio::test]
async fn a_proxy_killed_in_a_transaction() {
    for (end, text) in [
        (End::Abruptly, "without closing the WebSocket"),
        (End::Close(1011, "compute was stopped"), "with code 1011: compute was stopped"),
    ] {
        let relay = Relay::plain(Frames::AsRead).await;
        let mut connection = open(&parse(&relay.url())).await;
        let transaction = connection.transaction().await.unwrap();
        transaction.batch_execute("create table never_committed (n int)").await.unwrap();
        relay.end(end);
        let error = transaction.batch_execute("select pg_sleep(600)").await.unwrap_err();
        drop(transaction);
        let error = connection.explain(error).await;
        assert!(error.to_string().contains(text), "{error}");
        assert!(error.hint().unwrap().contains("rolled back"), "{:?}", error.hint());
        assert!(connection.is_closed());
        // Every later query knows it too.
        let again = connection.explain(connection.batch_execute("select 1").await.unwrap_err()).await;
        assert!(again.to_string().contains(text), "{again}");
        assert_eq!(relay.accepted.load(Ordering::SeqCst), 1);
        assert_eq!(Server::get().run("select to_regclass('never_committed') is null"), "t");
    }
}
