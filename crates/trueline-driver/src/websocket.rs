//! PostgreSQL's bytes in binary WebSocket frames, as Neon's proxy and its like speak them.
//!
//! `frame` knows how frames look; `upgrade` does the HTTP before them. This module is the adapter
//! that makes a byte stream of frames: a message may be split anywhere across frames and a frame
//! may hold many messages, so nothing here knows PostgreSQL's protocol. A frame is passed on as it
//! comes, never collected: however large it is, it costs no memory.
//!
//! Proxies between here and the server drop what is idle, so a ping goes out now and then; an answer
//! that is late proves nothing (it waits its turn behind a stalled COPY), so none is waited for: a
//! peer that vanished is found by TCP keepalive.

mod frame;
mod output;
mod upgrade;

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Interval, MissedTickBehavior, Sleep, interval_at, sleep};

use frame::{CONTROL_BYTES, Head, Opcode, Side, apply_mask};
use output::Output;

pub use upgrade::UpgradeError;
pub(crate) use upgrade::upgrade;
#[cfg(feature = "gateway")]
pub(crate) use upgrade::{accept_key, read_head};

/// Well below the minute after which common proxies drop an idle connection.
const PING_EVERY: Duration = Duration::from_secs(25);
/// How long a proxy may take to answer our close; the server has our `Terminate` already.
const CLOSE_GRACE: Duration = Duration::from_secs(2);
/// One frame holds at most this much of what is sent: some proxies refuse large ones.
const FRAME_BYTES: usize = 64 * 1024;
/// What is read from the socket at once.
const INPUT_BYTES: usize = 64 * 1024;
/// RFC 6455's code for "no code was given", which is never sent.
const NO_CODE: u16 = 1005;
const NORMAL_CLOSURE: u16 = 1000;

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
    stream: S,
    side: Side,
    input: Input,
    output: Output,
    state: State,
    /// The client's; a server only answers.
    ping: Option<Interval>,
    /// Set while closing.
    grace: Option<Pin<Box<Sleep>>>,
}

/// Bytes that came and were not looked at yet.
struct Input {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

/// Where in the peer's frames we are.
#[derive(Clone, Copy)]
enum State {
    /// A head comes next; `continued` inside a message of several frames.
    Head { continued: bool },
    /// In a data frame.
    Data { left: u64, mask: Option<[u8; 4]>, phase: usize, fin: bool },
    /// Nothing more will come.
    Ended,
}

impl Input {
    fn unread(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Reads what is there, behind what is kept. Zero bytes are the end.
    fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        let mut free = ReadBuf::new(&mut self.bytes[self.end..]);
        ready!(Pin::new(stream).poll_read(cx, &mut free))?;
        let read = free.filled().len();
        self.end += read;
        Poll::Ready(Ok(read))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> WebSocket<S> {
    /// The client's end of a stream whose upgrade is done.
    pub(crate) fn client(stream: S) -> Self {
        let mut ping = interval_at(Instant::now() + PING_EVERY, PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ping: Some(ping), ..Self::new(stream, Side::Client) }
    }

    /// The server's end of a stream whose upgrade is done.
    #[cfg(feature = "gateway")]
    pub(crate) fn server(stream: S) -> Self {
        Self::new(stream, Side::Server)
    }

    fn new(stream: S, side: Side) -> Self {
        Self {
            stream,
            side,
            input: Input { bytes: vec![0; INPUT_BYTES].into_boxed_slice(), start: 0, end: 0 },
            output: Output::new(side),
            state: State::Head { continued: false },
            ping: None,
            grace: None,
        }
    }

    /// Begins to close; what is written after it goes nowhere.
    #[cfg(feature = "gateway")]
    pub(crate) fn close(&mut self, code: u16, reason: &str) {
        self.output.close(code, reason);
    }

    /// Puts a ping into the queue when it is time, and hands what is queued to the socket; the rest
    /// follows when the socket wakes this task, with the next read or write.
    ///
    /// A failure to send is kept for the next write: what the peer said before it left is still to be read.
    fn keep_alive(&mut self, cx: &mut Context<'_>) {
        while self.ping.as_mut().is_some_and(|ping| ping.poll_tick(cx).is_ready()) {
            self.output.ping();
        }
        self.output.drive(&mut self.stream, cx);
    }

    /// Reads heads and control frames until data is next.
    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            self.keep_alive(cx);
            let continued = match self.state {
                State::Data { left: 1.., .. } | State::Ended => return Poll::Ready(Ok(())),
                State::Data { fin, .. } => {
                    self.state = State::Head { continued: !fin };
                    continue;
                }
                State::Head { continued } => continued,
            };
            let unread = self.input.unread();
            match Head::read(unread, self.side).map_err(invalid)? {
                Some((head, taken)) if is_control(head) => {
                    let length = usize::try_from(head.length).unwrap_or(CONTROL_BYTES);
                    if let Some(body) = unread.get(taken..taken + length) {
                        let mut body = body.to_vec();
                        apply_mask(&mut body, head.mask.unwrap_or_default(), 0);
                        self.input.start += taken + length;
                        self.control(head.opcode, &body)?;
                        continue;
                    }
                }
                Some((head, taken)) => {
                    self.state = data(head, continued)?;
                    self.input.start += taken;
                    continue;
                }
                None => {}
            }
            ready!(self.poll_fill(cx))?;
        }
    }

    /// Waits for bytes of a data frame.
    fn poll_bytes(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_data(cx))?;
        if self.input.unread().is_empty() && !matches!(self.state, State::Ended) {
            ready!(self.poll_fill(cx))?;
        }
        Poll::Ready(Ok(()))
    }

    /// Reads what is there; the end is an error, because nothing announced it.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if ready!(self.input.poll_fill(&mut self.stream, cx))? == 0 {
            let why = match self.side {
                Side::Client => "the proxy ended the connection without closing the WebSocket",
                Side::Server => "the client ended the connection without closing the WebSocket",
            };
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::UnexpectedEof, why)));
        }
        Poll::Ready(Ok(()))
    }

    fn control(&mut self, opcode: Opcode, body: &[u8]) -> io::Result<()> {
        match opcode {
            Opcode::Ping => self.output.pong(body),
            Opcode::Close => {
                let (code, reason) = match body {
                    [a, b, reason @ ..] => (u16::from_be_bytes([*a, *b]), String::from_utf8_lossy(reason)),
                    _ => (NO_CODE, String::new().into()),
                };
                let closed =
                    ProxyClosed { code: (code != NO_CODE).then_some(code), reason: reason.into_owned() };
                self.output.close(code, "");
                return Err(io::Error::new(io::ErrorKind::ConnectionAborted, closed));
            }
            _ => {}
        }
        Ok(())
    }

    /// Gives what there is of the frame that is being read.
    fn give(&mut self, buf: &mut ReadBuf<'_>) {
        let State::Data { left, mask, phase, fin } = self.state else { return };
        let unread = self.input.unread();
        let wanted = usize::try_from(left).unwrap_or(usize::MAX);
        let length = unread.len().min(buf.remaining()).min(wanted);
        let before = buf.filled().len();
        buf.put_slice(&unread[..length]);
        if let Some(mask) = mask {
            apply_mask(&mut buf.filled_mut()[before..], mask, phase);
        }
        self.input.start += length;
        self.state = State::Data { left: left - length as u64, mask, phase: (phase + length) % 4, fin };
    }
}

fn is_control(head: Head) -> bool {
    matches!(head.opcode, Opcode::Close | Opcode::Ping | Opcode::Pong)
}

/// The state in a data frame.
fn data(head: Head, continued: bool) -> io::Result<State> {
    match (head.opcode, continued) {
        (Opcode::Binary, false) | (Opcode::Continuation, true) => {
            Ok(State::Data { left: head.length, mask: head.mask, phase: 0, fin: head.fin })
        }
        (Opcode::Text, _) => Err(invalid("the peer sent text where PostgreSQL's bytes were expected")),
        _ => Err(invalid("the peer's frames are not in order")),
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for WebSocket<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        if let Err(error) = ready!(this.poll_bytes(cx)) {
            this.state = State::Ended;
            // The answer to a close leaves with it.
            this.output.drive(&mut this.stream, cx);
            return Poll::Ready(Err(error));
        }
        this.give(buf);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for WebSocket<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = &mut *self;
        ready!(this.output.poll_drain(&mut this.stream, cx))?;
        let taken = buf.len().min(FRAME_BYTES);
        if taken > 0 {
            this.output.data(&buf[..taken])?;
            // At once: who writes need not flush.
            this.output.drive(&mut this.stream, cx);
        }
        Poll::Ready(Ok(taken))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        ready!(this.output.poll_drain(&mut this.stream, cx))?;
        Pin::new(&mut this.stream).poll_flush(cx)
    }

    /// Closes the WebSocket and waits, though not for ever, until the proxy has done so too.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        this.output.close(NORMAL_CLOSURE, "");
        let grace = this.grace.get_or_insert_with(|| Box::pin(sleep(CLOSE_GRACE)));
        if grace.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Ok(()));
        }
        loop {
            match ready!(this.poll_bytes(cx)) {
                // What comes now is for nobody.
                Ok(()) if !matches!(this.state, State::Ended) => this.give(&mut ReadBuf::new(&mut [0; 4096])),
                // A proxy that is gone already is closed as well.
                _ => break,
            }
        }
        this.state = State::Ended;
        this.output.drive(&mut this.stream, cx);
        Pin::new(&mut this.stream).poll_shutdown(cx).map(|_| Ok(()))
    }
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

#[cfg(test)]
mod tests;
