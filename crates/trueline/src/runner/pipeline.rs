//! Requests that are all sent before the first answer is waited for.

use std::pin::Pin;
use std::task::Poll;

use futures_util::future::{LocalBoxFuture, MaybeDone, maybe_done};

/// Requests in the order in which they were sent.
pub(crate) struct Pipeline<'a, T> {
    requests: std::collections::VecDeque<Pin<Box<MaybeDone<LocalBoxFuture<'a, T>>>>>,
}

impl<'a, T> Pipeline<'a, T> {
    /// Sends every request, in order: tokio-postgres does so at the first poll.
    pub async fn send(requests: Vec<LocalBoxFuture<'a, T>>) -> Self {
        let mut requests: std::collections::VecDeque<_> =
            requests.into_iter().map(|request| Box::pin(maybe_done(request))).collect();
        std::future::poll_fn(|cx| {
            for request in &mut requests {
                // Whether an answer is there already is asked in `next`.
                let _ = Future::poll(request.as_mut(), cx);
            }
            Poll::Ready(())
        })
        .await;
        Self { requests }
    }

    /// The next answer.
    pub async fn next(&mut self) -> Option<T> {
        let mut request = self.requests.pop_front()?;
        request.as_mut().await;
        request.as_mut().take_output()
    }
}
