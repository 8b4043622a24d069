//! What waits to be sent: at most one frame of data, and the control frames that are due.
//!
//! Memory stays bounded whatever the peer does: nothing is taken while something waits, and of many
//! pings only the last is answered (RFC 6455, section 5.5.3, allows that).

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::AsyncWrite;

use super::NO_CODE;
use super::frame::{self, CONTROL_BYTES, Opcode, Side};

/// Random bytes are fetched from the system for so many frames at once.
const MASKS: usize = 128;

pub(super) struct Output {
    /// The client's; a server does not mask.
    masks: Option<Masks>,
    /// Frames, as they go to the socket.
    queue: Vec<u8>,
    /// How much of the queue is there already.
    sent: usize,
    ping: bool,
    pong: Option<Vec<u8>>,
    /// The close frame's body, once closing has begun.
    close: Option<Vec<u8>>,
    /// The close frame is in the queue: nothing may follow it.
    closed: bool,
    /// Nothing can be sent any more; told to the next who tries.
    failed: Option<io::Error>,
    dead: bool,
    /// A writer that waits, where the task that reads hands the bytes to the socket.
    writer: Option<Waker>,
}

impl Output {
    pub(super) fn new(side: Side) -> Self {
        Self {
            masks: (side == Side::Client).then(Masks::new),
            queue: Vec::new(),
            sent: 0,
            ping: false,
            pong: None,
            close: None,
            closed: false,
            failed: None,
            dead: false,
            writer: None,
        }
    }

    pub(super) fn ping(&mut self) {
        self.ping = true;
    }

    pub(super) fn pong(&mut self, body: &[u8]) {
        self.pong = Some(body.to_vec());
    }

    /// Begins to close; only the first call counts.
    pub(super) fn close(&mut self, code: u16, reason: &str) {
        if self.close.is_none() {
            let mut body = Vec::new();
            if code != NO_CODE {
                body.extend_from_slice(&code.to_be_bytes());
                body.extend_from_slice(&reason.as_bytes()[..reason.floor_char_boundary(CONTROL_BYTES - 2)]);
            }
            self.close = Some(body);
        }
    }

    /// Queues one frame of data; only when [`poll_drain`](Self::poll_drain) is done.
    pub(super) fn data(&mut self, payload: &[u8]) -> io::Result<()> {
        if self.close.is_some() {
            return Err(closed());
        }
        self.frame(Opcode::Binary, payload)
    }

    /// Waits until everything is with the socket.
    pub(super) fn poll_drain<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let result = self.poll_queue(stream, cx);
        if result.is_pending() {
            self.writer = Some(cx.waker().clone());
        }
        result
    }

    /// Hands the socket what it takes now, without waiting; a failure is kept for who waits.
    pub(super) fn drive<S: AsyncWrite + Unpin>(&mut self, stream: &mut S, cx: &mut Context<'_>) {
        let drained = match self.poll_queue(stream, cx) {
            // TLS holds back what the socket did not take.
            Poll::Ready(Ok(())) => Pin::new(stream).poll_flush(cx),
            other => other,
        };
        match drained {
            Poll::Pending => return,
            Poll::Ready(Err(error)) => {
                self.failed.get_or_insert(error);
                self.dead = true;
            }
            Poll::Ready(Ok(())) => {}
        }
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }

    fn poll_queue<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            if self.dead {
                return Poll::Ready(Err(self.failed.take().unwrap_or_else(closed)));
            }
            if self.sent < self.queue.len() {
                match ready!(Pin::new(&mut *stream).poll_write(cx, &self.queue[self.sent..])) {
                    Ok(0) => {
                        self.dead = true;
                        return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                    }
                    Ok(written) => self.sent += written,
                    Err(error) => {
                        self.dead = true;
                        return Poll::Ready(Err(error));
                    }
                }
                continue;
            }
            self.queue.clear();
            self.sent = 0;
            if !self.queue_control()? {
                return Poll::Ready(Ok(()));
            }
        }
    }

    /// Queues a control frame that is due, if there is one.
    fn queue_control(&mut self) -> io::Result<bool> {
        if self.closed {
            return Ok(false);
        }
        if std::mem::take(&mut self.ping) {
            self.frame(Opcode::Ping, b"")?;
        } else if let Some(body) = self.pong.take() {
            self.frame(Opcode::Pong, &body)?;
        } else if let Some(body) = self.close.clone() {
            self.frame(Opcode::Close, &body)?;
            self.closed = true;
        } else {
            return Ok(false);
        }
        Ok(true)
    }

    fn frame(&mut self, opcode: Opcode, payload: &[u8]) -> io::Result<()> {
        let mask = self.masks.as_mut().map(Masks::next).transpose()?;
        frame::write(&mut self.queue, opcode, payload, mask);
        Ok(())
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::BrokenPipe, "the WebSocket is closed")
}

/// Masks that nobody can foresee.
struct Masks {
    random: SystemRandom,
    bytes: [[u8; 4]; MASKS],
    used: usize,
}

impl Masks {
    fn new() -> Self {
        Self { random: SystemRandom::new(), bytes: [[0; 4]; MASKS], used: MASKS }
    }

    fn next(&mut self) -> io::Result<[u8; 4]> {
        if self.used == MASKS {
            let bytes = self.bytes.as_flattened_mut();
            self.random.fill(bytes).map_err(|_| io::Error::other("the system has no random numbers"))?;
            self.used = 0;
        }
        self.used += 1;
        Ok(self.bytes[self.used - 1])
    }
}
