//! One connection's bytes, whatever carries them.
//!
//! tokio-postgres is given a stream on which everything below PostgreSQL's protocol is done already;
//! [`Ready`] tells it so, and carries the certificate's hash for SCRAM.

use std::convert::Infallible;
use std::future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, TlsConnect, TlsStream};

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
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsConnect<S> for Ready {
    type Stream = Bound<S>;
    type Error = Infallible;
    type Future = future::Ready<Result<Bound<S>, Infallible>>;

    fn connect(self, stream: S) -> Self::Future {
        future::ready(Ok(Bound { stream, end_point: self.end_point }))
    }
}

/// A stream with the channel binding data of the TLS below it.
pub(crate) struct Bound<S> {
    stream: S,
    end_point: Option<Vec<u8>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Bound<S> {
    fn channel_binding(&self) -> ChannelBinding {
        match &self.end_point {
            Some(hash) => ChannelBinding::tls_server_end_point(hash.clone()),
            None => ChannelBinding::none(),
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bound<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bound<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
