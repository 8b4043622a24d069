//! What a WebSocket costs: the same bytes over it and over a plain relay, on loopback.
//!
//! `cargo bench -p trueline-driver` prints latency (simple queries, one after the other), throughput (a COPY
//! of 1 GB out, and one in), and how much the process grew meanwhile. Both relays run in this process.

#[path = "../tests/it/certificates.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod certificates;
#[path = "../tests/it/random.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod random;
#[path = "../tests/it/relay.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod relay;
#[path = "../tests/it/server.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod server;

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, TryStreamExt};
use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::{TcpListener, TcpStream};
use trueline_driver::{DatabaseUrl, connect};

use relay::{Frames, Relay};
use server::Server;

const QUERIES: u32 = 5_000;
const LINES: usize = 1_000_000;
const LINE_BYTES: usize = 1_000;
const ROUNDS: usize = 3;

/// The best of all rounds.
#[derive(Clone, Copy)]
struct Figures {
    latency: Duration,
    copy_out: Duration,
    copy_in: Duration,
}

#[tokio::main]
async fn main() {
    let plain = DatabaseUrl::parse(&format!(
        "postgres://postgres@127.0.0.1:{}/postgres?sslmode=disable",
        plain_relay().await
    ))
    .unwrap();
    let relay = Relay::plain(Frames::AsRead).await;
    let websocket = DatabaseUrl::parse(&relay.url()).unwrap();
    let before = resident_kib();
    let (mut best_plain, mut best_websocket): (Option<Figures>, Option<Figures>) = (None, None);
    for _ in 0..ROUNDS {
        best_plain = Some(best(best_plain, measure(&plain).await));
        best_websocket = Some(best(best_websocket, measure(&websocket).await));
    }
    let (plain, websocket) = (best_plain.unwrap(), best_websocket.unwrap());
    for (name, plain, websocket) in [
        ("one query", plain.latency / QUERIES, websocket.latency / QUERIES),
        ("1 GB out", plain.copy_out, websocket.copy_out),
        ("1 GB in", plain.copy_in, websocket.copy_in),
    ] {
        let ratio = websocket.as_secs_f64() / plain.as_secs_f64();
        println!("{name}: plain relay {plain:.2?}, WebSocket {websocket:.2?}, ratio {ratio:.2}");
    }
    println!("resident memory: {before} KiB before, {} KiB at its highest", highest_kib());
}

fn best(best: Option<Figures>, now: Figures) -> Figures {
    best.map_or(now, |best| Figures {
        latency: best.latency.min(now.latency),
        copy_out: best.copy_out.min(now.copy_out),
        copy_in: best.copy_in.min(now.copy_in),
    })
}

async fn measure(url: &DatabaseUrl) -> Figures {
    let connection = connect(url).await.unwrap();
    let start = Instant::now();
    for _ in 0..QUERIES {
        connection.simple_query("select 1").await.unwrap();
    }
    let latency = start.elapsed();

    let query =
        format!("copy (select repeat('x', {LINE_BYTES} - 1) from generate_series(1, {LINES})) to stdout");
    let start = Instant::now();
    let mut stream = pin!(connection.copy_out(&query).await.unwrap());
    let mut received = 0;
    while let Some(chunk) = stream.try_next().await.unwrap() {
        received += chunk.len();
    }
    assert_eq!(received, LINES * LINE_BYTES);
    let copy_out = start.elapsed();

    // A filter that keeps nothing: what is measured is the way, not the disk.
    connection.batch_execute("create temp table if not exists sink (line text)").await.unwrap();
    let start = Instant::now();
    let mut sink = pin!(connection.copy_in("copy sink from stdin where line = ''").await.unwrap());
    let chunk = bytes::Bytes::from(format!("{}\n", "x".repeat(LINE_BYTES - 1)).repeat(64));
    for _ in 0..LINES / 64 {
        sink.send(chunk.clone()).await.unwrap();
    }
    sink.finish().await.unwrap();
    let copy_in = start.elapsed();
    connection.close().await.unwrap();
    Figures { latency, copy_out, copy_in }
}

/// Bytes to the run's server and back, and nothing else.
async fn plain_relay() -> u16 {
    const BUFFER: usize = 64 * 1024;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = Server::get().port;
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
                client.set_nodelay(true)?;
                server.set_nodelay(true)?;
                copy_bidirectional_with_sizes(&mut client, &mut server, BUFFER, BUFFER).await
            });
        }
    });
    port
}

fn status(key: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap_or("0");
    line.trim_start_matches(':').trim().trim_end_matches(" kB").parse().unwrap_or(0)
}

fn resident_kib() -> u64 {
    status("VmRSS")
}

fn highest_kib() -> u64 {
    status("VmHWM")
}
