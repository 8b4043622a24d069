//! What a `Connection` adds to its client: the server's messages, the kind of session, hosts in a row.

use std::sync::atomic::Ordering;

use trueline_driver::tokio_postgres::AsyncMessage;
use trueline_driver::{ConnectFault, connect};

use crate::relay::{Frames, Relay};
use crate::server::{Server, free_port};
use crate::transports::{open, parse};

const TELL: &str = "do $$ begin for n in 1..1000 loop raise notice 'number %', n; end loop; end $$";

#[tokio::test]
async fn notices_are_kept_within_bounds_until_somebody_listens() {
    let mut connection = open(&parse(&Server::get().socket_url())).await;
    connection.batch_execute(TELL).await.unwrap();
    let mut messages = connection.notices();
    let mut kept = 0;
    while messages.try_recv().is_ok() {
        kept += 1;
    }
    assert_eq!(kept, 64);

    // From now on, all of them.
    connection.batch_execute(TELL).await.unwrap();
    let mut heard = Vec::new();
    while let Ok(message) = messages.try_recv() {
        let AsyncMessage::Notice(notice) = message else { panic!("only notices are sent") };
        heard.push(notice.message().to_owned());
    }
    assert_eq!(heard.len(), 1000);
    assert_eq!(heard[999], "number 1000");

    // And none, once the listener is gone.
    drop(messages);
    connection.batch_execute(TELL).await.unwrap();
    assert!(connection.notices().try_recv().is_err());
    connection.close().await.unwrap();
}

#[tokio::test]
async fn hosts_are_tried_in_their_order() {
    let (server, dead) = (Server::get(), free_port());
    let text =
        format!("postgres://postgres@127.0.0.1:{dead},127.0.0.1:{}/postgres?sslmode=disable", server.port);
    open(&parse(&text)).await.close().await.unwrap();
    for order in ["disable", "random"] {
        let url = parse(&format!("{text}&load_balance_hosts={order}"));
        open(&url).await.close().await.unwrap();
    }

    // A server that was reached and refused has spoken for all.
    let refused = text.replace("postgres@", "nobody@").replace(&format!("127.0.0.1:{dead},"), "");
    let relay = Relay::plain(Frames::AsRead).await;
    let error = connect(&parse(&refused)).await.unwrap_err();
    assert_eq!(error.failures.len(), 1);
    assert_eq!(relay.accepted.load(Ordering::SeqCst), 0);

    // All failures are told.
    let error =
        connect(&parse(&format!("postgres://u@127.0.0.1:{dead},127.0.0.1:{dead}/d"))).await.unwrap_err();
    assert_eq!(error.failures.len(), 2);
    assert!(error.to_string().contains("failed to connect to any of"), "{error}");
}

#[tokio::test]
async fn the_session_is_of_the_kind_asked_for() {
    let server = Server::get();
    server.run("create database read_only_by_default");
    server.run("alter database read_only_by_default set default_transaction_read_only = on");
    for (database, wanted, found) in [
        ("postgres", "read-write", true),
        ("postgres", "read-only", false),
        ("postgres", "primary", true),
        ("postgres", "standby", false),
        ("postgres", "prefer-standby", true),
        ("read_only_by_default", "read-write", false),
        ("read_only_by_default", "read-only", true),
        ("read_only_by_default", "primary", true),
    ] {
        let url = format!("{}?target_session_attrs={wanted}", server.socket_url());
        match connect(&parse(&url).with_database(database)).await {
            Ok(connection) => {
                assert!(found, "{database} {wanted}");
                connection.close().await.unwrap();
            }
            Err(error) => {
                assert!(!found, "{database} {wanted}: {error}");
                assert!(matches!(error.failures[0].fault, ConnectFault::SessionAttributes { .. }));
                assert!(error.hint().is_some());
            }
        }
    }
}

#[tokio::test]
async fn a_connection_may_be_made_and_used_in_a_spawned_task() {
    let url = parse(&Server::get().socket_url());
    let task = tokio::spawn(async move {
        let connection = connect(&url).await.unwrap();
        assert_eq!(connection.pooling().await.unwrap(), trueline_driver::Pooling::Direct);
        let error = connection.batch_execute("nonsense").await.unwrap_err();
        assert!(connection.explain(error).await.code().is_some());
        connection.cancel_handle().cancel().await.unwrap();
        connection.close().await
    });
    task.await.unwrap().unwrap();
}
