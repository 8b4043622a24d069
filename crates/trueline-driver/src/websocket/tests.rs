//! The adapter alone, against bytes that a proxy could send: split anywhere, or plainly wrong.

use std::future::poll_fn;
use std::time::Duration;

use futures_util::{SinkExt, Stream, StreamExt};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, duplex, split};
use tokio::time::timeout;
use tokio_websockets::{ClientBuilder, Message, ServerBuilder, WebSocketStream};

use super::*;

/// xorshift64*: random enough, and the same in every run.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        eprintln!("random bytes from seed {seed}");
        Self(seed)
    }

    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % bound
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| u8::try_from(self.below(256)).unwrap()).collect()
    }
}

/// A server's frame: unmasked, in the shortest notation.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..=125 => frame.push(u8::try_from(length).unwrap()),
        length @ 126..=0xffff => {
            frame.push(126);
            frame.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend_from_slice(&u64::try_from(length).unwrap().to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

const BINARY: u8 = 0x82;

async fn read_to_end(mut reader: ReadHalf<WebSocket<DuplexStream>>) -> (Vec<u8>, io::Error) {
    let mut read = Vec::new();
    loop {
        let mut buffer = [0; 3_000];
        match reader.read(&mut buffer).await {
            Ok(0) => panic!("the end is always an error with a reason"),
            Ok(count) => read.extend_from_slice(&buffer[..count]),
            Err(error) => return (read, error),
        }
    }
}

#[tokio::test]
async fn frames_split_anywhere_give_the_same_bytes() {
    let mut random = Random::new(1);
    for round in 0..60 {
        let length = 1 + random.below(200_000);
        let sent = random.bytes(length);
        let mut wire = Vec::new();
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let (payload, later) = rest.split_at((1 + random.below(70_000)).min(rest.len()));
            rest = later;
            match random.below(6) {
                0 => wire.extend(frame(0x89, b"ping")),
                1 => wire.extend(frame(0x8a, b"")),
                2 => wire.extend(frame(BINARY, b"")),
                // One message in fragments, with a ping between them.
                3 => {
                    let (first, last) = payload.split_at(payload.len() / 2);
                    wire.extend(frame(0x02, first));
                    wire.extend(frame(0x89, b""));
                    wire.extend(frame(0x80, last));
                    continue;
                }
                _ => {}
            }
            wire.extend(frame(BINARY, payload));
        }
        wire.extend(frame(0x88, b"\x03\xe9gone"));
        // Small buffers split what is on the wire as well.
        let (client, mut proxy) = duplex(1 + random.below(5_000));
        let (reader, _writer) = split(WebSocket::client(client));
        let chunk = 1 + random.below(9_000);
        let writing = async move {
            for bytes in wire.chunks(chunk) {
                proxy.write_all(bytes).await.unwrap();
            }
            // Pongs have to go somewhere.
            tokio::io::copy(&mut proxy, &mut tokio::io::sink()).await
        };
        let writing = tokio::spawn(writing);
        let (read, error) = read_to_end(reader).await;
        assert!(read == sent, "round {round}");
        assert_eq!(error.to_string(), "the proxy closed the WebSocket with code 1001: gone");
        writing.abort();
    }
}

#[tokio::test]
async fn nonsense_ends_in_an_error() {
    let mut random = Random::new(2);
    for _ in 0..2_000 {
        let length = random.below(400);
        let mut wire = random.bytes(length);
        // Half of them begin like frames.
        if random.below(2) == 0 {
            wire.splice(0..0, frame(BINARY, b"start"));
        }
        let (client, mut proxy) = duplex(1_000);
        let (reader, _writer) = split(WebSocket::client(client));
        proxy.write_all(&wire).await.unwrap();
        drop(proxy);
        let ended = timeout(Duration::from_secs(20), read_to_end(reader)).await;
        ended.expect("reading comes to an end");
    }
}

#[tokio::test]
async fn a_frame_that_claims_to_be_huge_costs_no_memory() {
    let (client, mut proxy) = duplex(1_000);
    let (reader, _writer) = split(WebSocket::client(client));
    proxy.write_all(&[BINARY, 127, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]).await.unwrap();
    proxy.write_all(b"begin").await.unwrap();
    drop(proxy);
    let (read, error) = read_to_end(reader).await;
    assert_eq!((&read[..], error.kind()), (&b"begin"[..], io::ErrorKind::UnexpectedEof), "{error}");
}

/// The gateway's side, against a client that somebody else wrote.
#[tokio::test]
async fn a_server_reads_masked_frames_and_answers_without_masks() {
    let mut random = Random::new(5);
    for _ in 0..20 {
        let (client, server) = duplex(1 + random.below(3_000));
        let (mut sink, mut stream) = ClientBuilder::new().take_over(client).split();
        let (mut reader, mut writer) = split(WebSocket::server(server));
        let echo = tokio::spawn(async move { tokio::io::copy(&mut reader, &mut writer).await });
        let length = 1 + random.below(200_000);
        let sent = random.bytes(length);
        let (writing, piece) = (sent.clone(), 1 + random.below(70_000));
        let writing = tokio::spawn(async move {
            for piece in writing.chunks(piece) {
                sink.send(Message::binary(piece.to_vec())).await.unwrap();
            }
            sink
        });
        let mut read = Vec::new();
        while read.len() < sent.len() {
            read.extend_from_slice(stream.next().await.unwrap().unwrap().as_payload());
        }
        assert!(read == sent);
        drop((stream, writing.await.unwrap()));
        assert!(echo.await.unwrap().is_err(), "the end without a close is told");
    }
}

#[tokio::test]
async fn text_is_refused() {
    let (client, mut proxy) = duplex(1_000);
    let (reader, _writer) = split(WebSocket::client(client));
    proxy.write_all(&frame(0x81, b"hello")).await.unwrap();
    let (_, error) = read_to_end(reader).await;
    assert!(error.to_string().contains("text"), "{error}");
}

async fn next(proxy: &mut WebSocketStream<DuplexStream>) -> Option<Message> {
    poll_fn(|cx| Pin::new(&mut *proxy).poll_next(cx)).await.map(Result::unwrap)
}

#[tokio::test]
async fn what_is_written_arrives_without_a_flush() {
    let mut random = Random::new(3);
    let sent = random.bytes(1_000_000);
    let (client, proxy) = duplex(777);
    let mut proxy = ServerBuilder::new().serve(proxy);
    let mut client = WebSocket::client(client);
    let mut expected = sent.clone();
    let writing = tokio::spawn(async move {
        client.write_all(&sent).await.unwrap();
        // Only reading from here on: what is still queued must leave nevertheless.
        let _ = client.read(&mut [0; 1]).await;
    });
    let mut read = Vec::new();
    while read.len() < expected.len() {
        let message = next(&mut proxy).await.unwrap();
        assert!(message.as_payload().len() <= FRAME_BYTES);
        read.extend_from_slice(message.as_payload());
    }
    assert!(read == std::mem::take(&mut expected));
    writing.abort();
}

#[tokio::test(start_paused = true)]
async fn an_idle_connection_pings() {
    let (client, proxy) = duplex(1_000);
    let mut proxy = ServerBuilder::new().serve(proxy);
    let (mut reader, _writer) = split(WebSocket::client(client));
    let reading = tokio::spawn(async move { reader.read(&mut [0; 1]).await });
    for _ in 0..3 {
        let before = Instant::now();
        assert!(next(&mut proxy).await.unwrap().is_ping());
        assert!(before.elapsed() <= PING_EVERY);
    }
    reading.abort();
}

#[tokio::test(start_paused = true)]
async fn closing_does_not_wait_for_ever() {
    let (client, proxy) = duplex(1_000);
    let mut client = WebSocket::client(client);
    let before = Instant::now();
    client.shutdown().await.unwrap();
    assert_eq!(before.elapsed(), CLOSE_GRACE);
    // The proxy, which never answered, was told.
    let mut proxy = ServerBuilder::new().serve(proxy);
    assert!(next(&mut proxy).await.unwrap().is_close());
}
