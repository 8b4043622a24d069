//! What a session must be able to do, over every transport and on both kinds of runtime.

use std::fmt::Write;
use std::pin::pin;

use futures_util::{SinkExt, TryStreamExt};
use trueline_driver::tokio_postgres::{self, error::SqlState};
use trueline_driver::tokio_postgres::{AsyncMessage, SimpleQueryMessage};
use trueline_driver::{Connection, DatabaseUrl, connect};

use crate::transports::{self, open};

/// Runs a scenario over each transport.
macro_rules! over_every_transport {
    ($($scenario:ident),* $(,)?) => {
        mod one_thread {
            $(#[tokio::test(flavor = "current_thread")]
            async fn $scenario() {
                for way in crate::transports::all().await {
                    eprintln!("over {}", way.name);
                    super::$scenario(&way.url).await;
                }
            })*
        }
        mod several_threads {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $scenario() {
                for way in crate::transports::all().await {
                    eprintln!("over {}", way.name);
                    super::$scenario(&way.url).await;
                }
            })*
        }
    };
}

over_every_transport!(
    batch_of_statements,
    extended_queries,
    transaction,
    copy_both_ways,
    listen_and_notify,
    index_concurrently,
    advisory_locks,
    cancel,
    ended_by_the_server,
    session_options,
);

pub async fn batch_of_statements(url: &DatabaseUrl) {
    let connection = open(url).await;
    let messages = connection
        .simple_query("create temp table t (n int); insert into t values (1), (2); select n from t order by n; select 'ü'")
        .await
        .unwrap();
    let rows: Vec<&str> = messages
        .iter()
        .filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0),
            _ => None,
        })
        .collect();
    assert_eq!(rows, ["1", "2", "ü"]);

    let error = connection.batch_execute("select 1; select wrong; select 2").await.unwrap_err();
    let error = connection.explain(error).await;
    assert_eq!(error.code(), Some(&SqlState::UNDEFINED_COLUMN));
    assert_eq!(error.to_string(), "ERROR: column \"wrong\" does not exist (SQLSTATE 42703)");
    connection.close().await.unwrap();
}

pub async fn extended_queries(url: &DatabaseUrl) {
    let connection = open(url).await;
    let statement = connection.prepare("select $1::int + $2::int, $3::text").await.unwrap();
    // Pipelined: all are sent before the first answer is awaited.
    let queries = (0..50_i32).map(|n| {
        let (connection, statement) = (&connection, &statement);
        async move { connection.query_one(statement, &[&n, &1_i32, &"text"]).await.unwrap().get::<_, i32>(0) }
    });
    let sums = futures_util::future::join_all(queries).await;
    assert_eq!(sums, (1..=50).collect::<Vec<i32>>());
    connection.close().await.unwrap();
}

pub async fn transaction(url: &DatabaseUrl) {
    let mut connection = open(url).await;
    connection.batch_execute("create temp table t (n int primary key)").await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    transaction.execute("insert into t values (1)", &[]).await.unwrap();
    transaction.rollback().await.unwrap();
    let transaction = connection.transaction().await.unwrap();
    transaction.execute("insert into t values (2)", &[]).await.unwrap();
    let error = transaction.execute("insert into t values (2)", &[]).await.unwrap_err();
    assert_eq!(error.code(), Some(&SqlState::UNIQUE_VIOLATION));
    drop(transaction);
    let count: i64 = connection.query_one("select count(*) from t", &[]).await.unwrap().get(0);
    assert_eq!(count, 0);
    connection.close().await.unwrap();
}

pub async fn copy_both_ways(url: &DatabaseUrl) {
    const LINES: u32 = 200_000;
    let connection = open(url).await;
    connection.batch_execute("create temp table t (n int, padding text)").await.unwrap();
    let mut sink = pin!(connection.copy_in::<_, bytes::Bytes>("copy t from stdin").await.unwrap());
    for chunk in (0..LINES).collect::<Vec<_>>().chunks(1_000) {
        let mut lines = String::new();
        for n in chunk {
            writeln!(lines, "{n}\tsome padding for line {n}").unwrap();
        }
        sink.feed(bytes::Bytes::from(lines)).await.unwrap();
    }
    assert_eq!(sink.finish().await.unwrap(), u64::from(LINES));

    let mut stream = pin!(connection.copy_out("copy (select * from t order by n) to stdout").await.unwrap());
    let (mut lines, mut length) = (0, 0);
    while let Some(chunk) = stream.try_next().await.unwrap() {
        lines += chunk.split(|&byte| byte == b'\n').count() - 1;
        length += chunk.len();
    }
    assert_eq!(lines, usize::try_from(LINES).unwrap());
    let expected: i64 = connection
        .query_one("select sum(length(n::text) + length(padding) + 2) from t", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(i64::try_from(length).unwrap(), expected);
    connection.close().await.unwrap();
}

pub async fn listen_and_notify(url: &DatabaseUrl) {
    let mut listener = open(url).await;
    let sender = open(url).await;
    let mut messages = listener.notices();
    listener.batch_execute("listen driver_test; do $$ begin raise notice 'told'; end $$").await.unwrap();
    let notice = messages.recv().await.unwrap();
    assert!(matches!(notice, AsyncMessage::Notice(notice) if notice.message() == "told"));

    // Idle, as a listener is: nothing else moves the bytes.
    let payload = format!("for {}", std::process::id());
    sender.execute("select pg_notify('driver_test', $1)", &[&payload]).await.unwrap();
    loop {
        match messages.recv().await.unwrap() {
            AsyncMessage::Notification(notification) if notification.payload() == payload => break,
            _ => {}
        }
    }
    listener.close().await.unwrap();
    sender.close().await.unwrap();
}

pub async fn index_concurrently(url: &DatabaseUrl) {
    let connection = open(url).await;
    let table = format!("concurrent_{}", backend(&connection).await);
    connection
        .batch_execute(&format!("create table {table} as select n from generate_series(1, 1000) n"))
        .await
        .unwrap();
    connection.batch_execute(&format!("create index concurrently on {table} (n)")).await.unwrap();
    let valid: bool = connection
        .query_one("select bool_and(indisvalid) from pg_index where indrelid = $1::text::regclass", &[&table])
        .await
        .unwrap()
        .get(0);
    assert!(valid);
    connection.batch_execute(&format!("drop table {table}")).await.unwrap();
    connection.close().await.unwrap();
}

pub async fn advisory_locks(url: &DatabaseUrl) {
    let (holder, other) = (open(url).await, open(url).await);
    let key = i64::from(backend(&holder).await);
    let attempt = "select pg_try_advisory_lock($1)";
    assert!(holder.query_one(attempt, &[&key]).await.unwrap().get::<_, bool>(0));
    assert!(!other.query_one(attempt, &[&key]).await.unwrap().get::<_, bool>(0));
    holder.close().await.unwrap();
    // The server frees it when it has noticed the end of the session, a moment after `close`.
    other.query_one("select pg_advisory_lock($1)", &[&key]).await.unwrap();
    other.close().await.unwrap();
}

pub async fn cancel(url: &DatabaseUrl) {
    let connection = open(url).await;
    let handle = connection.cancel_handle();
    let process = backend(&connection).await;
    let observer = open(url).await;
    let sleeping = connection.batch_execute("select pg_sleep(600)");
    let canceller = async {
        loop {
            let active =
                "select state = 'active' and query ~ 'pg_sleep' from pg_stat_activity where pid = $1";
            if observer.query_one(active, &[&process]).await.unwrap().get(0) {
                break;
            }
            tokio::task::yield_now().await;
        }
        handle.cancel().await.unwrap();
    };
    let (result, ()) = tokio::join!(sleeping, canceller);
    assert_eq!(result.unwrap_err().code(), Some(&SqlState::QUERY_CANCELED));
    connection.batch_execute("select 1").await.unwrap();
    connection.close().await.unwrap();
}

pub async fn ended_by_the_server(url: &DatabaseUrl) {
    // While it waits for an answer.
    let (connection, observer) = (open(url).await, open(url).await);
    let process = backend(&connection).await;
    let terminate: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&process];
    let (result, terminated) = tokio::join!(
        connection.batch_execute("select pg_sleep(600)"),
        observer.execute("select pg_terminate_backend($1)", &terminate)
    );
    terminated.unwrap();
    let error = connection.explain(result.unwrap_err()).await;
    assert_eq!(error.code(), Some(&SqlState::ADMIN_SHUTDOWN), "{error}");
    assert_eq!(error.hint().unwrap(), "the server ended the session: connect again");
    let _ = connection.close().await;

    // While it is idle: only the task has seen the reason.
    let connection = open(url).await;
    let process = backend(&connection).await;
    observer.execute("select pg_terminate_backend($1)", &[&process]).await.unwrap();
    while !connection.is_closed() {
        tokio::task::yield_now().await;
    }
    let error = connection.explain(connection.batch_execute("select 1").await.unwrap_err()).await;
    assert_eq!(error.code(), Some(&SqlState::ADMIN_SHUTDOWN), "{error}");
    let closed = connection.close().await;
    drop(error);
    drop(closed);
    observer.close().await.unwrap();
}

pub async fn session_options(url: &DatabaseUrl) {
    let text = url.to_secret_string();
    let mark = if text.contains('?') { '&' } else { '?' };
    let url = transports::parse(&format!(
        "{text}{mark}application_name=caf%C3%A9%20bar&options=-c%20search_path%3Da%2Cb%20-cwork_mem%3D7MB"
    ));
    let connection = open(&url).await;
    let row = connection
        .query_one(
            "select current_setting('search_path'), current_setting('work_mem'), current_setting('client_encoding')",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, &str>(0), row.get::<_, &str>(1), row.get::<_, &str>(2)), ("a,b", "7MB", "UTF8"));
    let name = connection.query_one("select current_setting('application_name')", &[]).await.unwrap();
    // The server keeps only ASCII of it.
    assert!(name.get::<_, &str>(0).starts_with("caf"));
    connection.close().await.unwrap();

    let other = connect(&url.with_database("odd @:/?# name")).await.unwrap();
    let database = other.query_one("select current_database()::text", &[]).await.unwrap();
    assert_eq!(database.get::<_, &str>(0), "odd @:/?# name");
    other.close().await.unwrap();
}

async fn backend(connection: &Connection) -> i32 {
    connection.query_one("select pg_backend_pid()", &[]).await.unwrap().get(0)
}

pub async fn large_value(url: &DatabaseUrl) {
    const LENGTH: usize = 50_000_000;
    let sent = "x".repeat(LENGTH);
    let connection = open(url).await;
    let row = connection.query_one("select length($1), $1", &[&sent]).await.unwrap();
    assert_eq!(usize::try_from(row.get::<_, i32>(0)).unwrap(), LENGTH);
    assert!(row.get::<_, &str>(1) == sent, "the value comes back as it was");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn large_values() {
    for way in transports::all().await {
        eprintln!("over {}", way.name);
        large_value(&way.url).await;
    }
}

#[tokio::test]
async fn bytes_that_come_one_by_one() {
    let relay = crate::relay::Relay::plain(crate::relay::Frames::OneByte).await;
    let url = transports::parse(&relay.url());
    let connection = open(&url).await;
    let rows =
        connection.query("select n, repeat('x', n) from generate_series(1, 100) n", &[]).await.unwrap();
    assert_eq!(rows.len(), 100);
    assert_eq!(rows[99].get::<_, &str>(1).len(), 100);
    connection.close().await.unwrap();
}
