//! What a WebSocket costs: the same bytes over it and over a plain relay, on loopback.
//!
//! `cargo bench -p trueline-driver [-- MEGABYTES [ROUNDS]]` prints latency (simple queries, one after the other) and
//! throughput (a COPY of 1 GB out, and one in) as medians of interleaved rounds, and how much this process
//! grew meanwhile. Relay and gateway run in this process too, so that its memory holds both ends.

#[path = "../tests/it/certificates.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod certificates;
#[path = "../tests/it/gateways.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod gateways;
#[path = "../tests/it/programs.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod programs;
#[path = "../tests/it/random.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod random;
#[path = "../tests/it/relay.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod relay;
#[path = "../tests/it/server.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod server;
#[path = "../tests/it/transports.rs"]
#[expect(dead_code, reason = "the tests use more of it")]
mod transports;

use std::pin::pin;
use std::time::{Duration, Instant};

use futures_util::{SinkExt, TryStreamExt};
use tokio::io::copy_bidirectional_with_sizes;
use tokio::net::{TcpListener, TcpStream};
use trueline_driver::{DatabaseUrl, connect};

use gateways::Serving;
use server::Server;

const QUERIES: u32 = 2_000;
const LINE_BYTES: usize = 1_000;

/// What one round took.
#[derive(Clone, Copy)]
struct Figures {
    latency: Duration,
    copy_out: Duration,
    copy_in: Duration,
}

#[tokio::main]
async fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<usize>().ok());
    let (megabytes, rounds) = (numbers.next().unwrap_or(1_000), numbers.next().unwrap_or(5));
    let server = Server::get();
    let relay = plain_relay().await;
    let plain = transports::parse(&server.tcp_url().replace(&server.port.to_string(), &relay.to_string()));
    let tls =
        transports::parse(&server.tls_url().replace(&format!(":{}/", server.port), &format!(":{relay}/")));
    // In front of TCP, as the relay is.
    let gateway = Serving::start(&server.tcp_url()).await;
    let front = gateways::in_tls(gateway.address.port()).await;
    let ways = [
        ("plain relay", plain),
        ("WebSocket through the gateway", gateway.url.clone()),
        ("TLS through the plain relay", tls),
        ("WebSocket in TLS", gateways::tls_url(&gateway.url, front)),
    ];
    // Everything that is made once is made before memory is looked at.
    for (_, url) in &ways {
        measure(url, 1).await;
    }
    let before = status("VmRSS");
    let mut rows: Vec<Vec<Figures>> = vec![Vec::new(); ways.len()];
    for _ in 0..rounds {
        for ((_, url), row) in ways.iter().zip(&mut rows) {
            row.push(measure(url, megabytes).await);
        }
    }
    println!(
        "medians of {rounds} rounds, {megabytes} MB each way; the ratio is to the same without WebSocket"
    );
    for (at, (name, _)) in ways.iter().enumerate() {
        let base = &rows[at / 2 * 2];
        let column = |of: fn(&Figures) -> Duration| {
            let (ours, theirs) = (median(&rows[at], of), median(base, of));
            format!("{ours:>10.2?} ({:.2})", ours.as_secs_f64() / theirs.as_secs_f64())
        };
        println!(
            "{name:30} one query {}  out {}  in {}",
            column(|figures| figures.latency / QUERIES),
            column(|figures| figures.copy_out),
            column(|figures| figures.copy_in)
        );
    }
    println!("resident memory: {before} KiB before, {} KiB at its highest", status("VmHWM"));
}

fn median(rounds: &[Figures], of: fn(&Figures) -> Duration) -> Duration {
    let mut values: Vec<Duration> = rounds.iter().map(of).collect();
    values.sort();
    values[values.len() / 2]
}

async fn measure(url: &DatabaseUrl, megabytes: usize) -> Figures {
    let lines = megabytes * 1_000_000 / LINE_BYTES;
    let connection = connect(url).await.unwrap();
    let start = Instant::now();
    for _ in 0..QUERIES {
        connection.simple_query("select 1").await.unwrap();
    }
    let latency = start.elapsed();

    let query =
        format!("copy (select repeat('x', {LINE_BYTES} - 1) from generate_series(1, {lines})) to stdout");
    let start = Instant::now();
    let mut stream = pin!(connection.copy_out(&query).await.unwrap());
    let mut received = 0;
    while let Some(chunk) = stream.try_next().await.unwrap() {
        received += chunk.len();
    }
    assert_eq!(received, lines * LINE_BYTES);
    let copy_out = start.elapsed();

    // A filter that keeps nothing: what is measured is the way, not the disk.
    connection.batch_execute("create temp table if not exists sink (line text)").await.unwrap();
    let start = Instant::now();
    let mut sink = pin!(connection.copy_in("copy sink from stdin where line = ''").await.unwrap());
    let chunk = bytes::Bytes::from(format!("{}\n", "x".repeat(LINE_BYTES - 1)).repeat(64));
    for _ in 0..lines / 64 {
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
