//! PostgreSQL's bytes in binary WebSocket frames, as Neon's proxy and its like speak them.
//!
//! The frames are tokio-websockets' work; `upgrade` does the HTTP before them. This module is the adapter
//! that makes a byte stream of frames: a message may be split anywhere across frames and a frame
//! may hold many messages, so nothing here knows PostgreSQL's protocol.
//!
//! Proxies between here and the server drop what is idle, so a ping goes out now and then; an answer
//! that is late proves nothing (it waits its turn behind a stalled COPY), so none is waited for: a
//! peer that vanished is found by TCP keepalive.

mod upgrade;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_util::{Sink, Stream};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep};
use tokio_websockets::{ClientBuilder, Config, Limits, Message, Payload, WebSocketStream};

pub use upgrade::UpgradeError;
pub(crate) use upgrade::upgrade;

/// Well below the minute after which common proxies drop an idle connection.
const PING_EVERY: Duration = Duration::from_secs(25);
/// How long a proxy may take to answer our close; the server has our `Terminate` already.
const CLOSE_GRACE: Duration = Duration::from_secs(2);
/// One frame holds at most this much of what is sent: some proxies refuse large ones.
const FRAME_BYTES: usize = 64 * 1024;
/// One frame may hold at most this much of what is received; a proxy sends what one read gave it.
const MAX_FRAME_BYTES: usize = 256 * 1024 * 1024;

/// The proxy ended the WebSocket.
#[derive(Debug, thiserror::Error)]
#[error("the proxy closed the WebSocket{}{}", code_text(*code), reason_text(reason))]
pub struct ProxyClosed {
    /// RFC 6455's close code, or one of the proxy's own; `None` when it gave none.
    pub code: Option<u16>,
    /// The proxy's words.
    pub reason: String,
}

fn code_text(code: Option<u16>) -> String {
    code.map_or_else(String::new, |code| format!(" with code {code}"))
}

fn reason_text(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {}", reason.escape_debug()) }
}

/// A byte stream over a WebSocket.
pub(crate) struct WebSocket<S> {
    frames: WebSocketStream<S>,
    /// The frame being read, and how much of it has been.
    unread: Payload,
    read: usize,
    /// Nothing more will come.
    ended: bool,
    ping: Interval,
    /// Set while closing.
    grace: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// Takes over a stream whose upgrade is done.
    pub(crate) fn new(stream: S) -> Self {
        // What is sent is written at once, and nothing is taken while some of it still waits.
        let config = Config::default().frame_size(FRAME_BYTES).flush_threshold(1);
        let limits = Limits::default().max_payload_len(Some(MAX_FRAME_BYTES));
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            frames: ClientBuilder::new().config(config).limits(limits).take_over(stream),
            unread: nothing(),
            read: 0,
            ended: false,
            ping,
            grace: None,
        }
    }

    /// Sends a ping when it is time and nothing else waits to be sent.
    fn keep_alive(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.ping.poll_tick(cx).is_ready() {
            if let Poll::Ready(ready) = Pin::new(&mut self.frames).poll_ready(cx) {
                ready.map_err(io_error)?;
                let ping = Message::ping(nothing());
                Pin::new(&mut self.frames).start_send(ping).map_err(io_error)?;
                self.write_what_fits(cx)?;
            }
        }
        Ok(())
    }

    /// Hands queued frames to the socket; the rest follows when the socket wakes this task, with the next
    /// read or write.
    fn write_what_fits(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        match Pin::new(&mut self.frames).poll_flush(cx) {
            Poll::Ready(result) => result.map_err(io_error),
            Poll::Pending => Ok(()),
        }
    }

    /// The next frame with bytes in it becomes `unread`.
    fn poll_frame(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.keep_alive(cx)?;
            let message = match ready!(Pin::new(&mut self.frames).poll_next(cx)) {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Poll::Ready(Err(io_error(error))),
                None => {
                    let why = "the proxy ended the connection without closing the WebSocket";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, why)));
                }
            };
            if message.is_text() {
                let why = "the proxy sent text where PostgreSQL's bytes were expected";
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::InvalidData, why)));
            }
            if message.is_close() {
                let (code, reason) = match message.as_close() {
                    Some((code, reason)) => (Some(u16::from(code)), reason.to_owned()),
                    None => (None, String::new()),
                };
                // 1005 stands for "no code given" and is never sent.
                let code = code.filter(|&code| code != 1005);
                let closed = ProxyClosed { code, reason };
                return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, closed)));
            }
            if message.is_binary() && !message.as_payload().is_empty() {
                self.unread = message.into_payload();
                self.read = 0;
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.ended || buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if this.read == this.unread.len()
            && let Err(error) = ready!(this.poll_frame(cx))
        {
            this.ended = true;
            return Poll::Ready(Err(error));
        }
        let rest = &this.unread[this.read..];
        let taken = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..taken]);
        this.read += taken;
        if this.read == this.unread.len() {
            // A large frame's memory is given back at once, not with the next frame.
            this.unread = nothing();
            this.read = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        if buf.is_empty() {
            return Poll::Ready(Ok(0));
        }
        ready!(Pin::new(&mut this.frames).poll_ready(cx)).map_err(io_error)?;
        let taken = buf.len().min(FRAME_BYTES);
        let message = Message::binary(buf[..taken].to_vec());
        Pin::new(&mut this.frames).start_send(message).map_err(io_error)?;
        this.write_what_fits(cx)?;
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.frames).poll_flush(cx).map_err(io_error)
    }

    /// Closes the WebSocket and waits, though not for ever, until the proxy has done so too.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let grace = this.grace.get_or_insert_with(|| Box::pin(sleep(CLOSE_GRACE)));
        if grace.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        // A proxy that is gone already is closed as well.
        Pin::new(&mut this.frames).poll_close(cx).map(|_| Ok(()))
    }
}

fn nothing() -> Payload {
    Payload::from("")
}

fn io_error(error: tokio_websockets::Error) -> io::Error {
    match error {
        tokio_websockets::Error::Io(error) => error,
        tokio_websockets::Error::AlreadyClosed => {
            io::Error::new(io::ErrorKind::BrokenPipe, "the WebSocket is closed")
        }
        other => io::Error::new(io::ErrorKind::InvalidData, other),
    }
}

#[cfg(test)]
mod tests;
