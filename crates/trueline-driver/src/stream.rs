//! One connection's bytes, whatever carries them.
//!
//! tokio-postgres is given a stream on which everything below PostgreSQL's protocol is done already;
//! [`Ready`] tells it so, and carries the certificate's hash for SCRAM.
//!
//! A server that ends a session says why, and then resets the connection if bytes of ours were on
//! their way. tokio-postgres gives up at the first failed write, with the reason unread; so, as in
//! libpq, a failed write is kept to itself here until everything the server said has been read.

use std::convert::Infallible;
use std::future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

use crate::watch::{Heard, Watch};

/// What a transport gives: bytes in, bytes out.
pub(crate) trait Bytes: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Bytes for T {}

/// A transport that is connected, and the channel binding data of its TLS, if it has any.
pub(crate) struct Opened {
    pub(crate) bytes: Box<dyn Bytes>,
    pub(crate) end_point: Option<Vec<u8>>,
}

/// A "TLS connector" for a stream that needs nothing more.
pub(crate) struct Ready {
    pub(crate) end_point: Option<Vec<u8>>,
    pub(crate) heard: Heard,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Ready {
    type Stream = Bound<S>;
    type Error = Infallible;
    type Future = future::Ready<Result<Bound<S>, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        let watch = Watch::new(self.heard);
        future::ready(Ok(Bound { stream, end_point: self.end_point, watch, failed_write: None }))
    }
}

/// A stream with the channel binding data of the TLS below it.
pub(crate) struct Bound<S> {
    stream: S,
    end_point: Option<Vec<u8>>,
    watch: Watch,
    /// Told when there is nothing more to read.
    failed_write: Option<io::Error>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Bound<S> {
    /// Takes what is written for sent, once the peer takes no more.
    fn unless_failed<T>(&mut self, result: Poll<io::Result<T>>, sent: T) -> Poll<io::Result<T>> {
        match result {
            Poll::Ready(Err(error)) if is_gone(&error) => {
                self.failed_write = Some(error);
                Poll::Ready(Ok(sent))
            }
            other => other,
        }
    }
}

/// The peer has ended the connection.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected)
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Bound<S> {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.end_point {
            Some(hash) => ChannelBinding::tls_server_end_point(hash.clone()),
            None => ChannelBinding::none(),
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Bound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.watch.see(&buf.filled()[before..]);
        match self.failed_write.take() {
            Some(error) if buf.filled().len() == before => Poll::Ready(Err(error)),
            failed_write => {
                self.failed_write = failed_write;
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Bound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.failed_write.is_some() {
            return Poll::Ready(Ok(buf.len()));
        }
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.unless_failed(result, buf.len())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.failed_write.is_some() {
            return Poll::Ready(Ok(()));
        }
        let result = Pin::new(&mut self.stream).poll_flush(cx);
        self.unless_failed(result, ())
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
