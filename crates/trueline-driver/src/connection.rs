//! A session: the client, the task that moves its bytes, and what the task has to say.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{mpsc, watch};
use tokio_postgres::{AsyncMessage, CancelToken, Client, Error};

use crate::connect::Target;
use crate::error::{ConnectError, QueryError};
use crate::stream::{Bound, Bytes};
use crate::watch::Heard;

/// Startup notices kept for whoever asks first (a collation version mismatch is told only there).
const KEPT_MESSAGES: usize = 64;

/// A session on one server: a [`tokio_postgres::Client`] and the task behind it.
///
/// The task runs on the runtime that [`connect`](crate::connect) was called on, and ends with the
/// connection; dropping a `Connection` closes it without waiting.
pub struct Connection {
    client: Client,
    cancel: CancelHandle,
    messages: Arc<Mutex<Messages>>,
    outcome: watch::Receiver<Outcome>,
    parameters: Parameters,
    heard: Heard,
}

/// How the task ended; `None` while it runs.
type Outcome = Option<Result<(), Arc<Error>>>;
type Driver = tokio_postgres::Connection<Box<dyn Bytes>, Bound<Box<dyn Bytes>>>;

/// What the server said of itself during startup.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    pub(crate) in_hot_standby: Option<bool>,
    pub(crate) default_read_only: Option<bool>,
}

/// Where notices and notifications go.
enum Messages {
    /// Nobody listened yet: the first few, so that memory stays bounded.
    Kept(VecDeque<AsyncMessage>),
    /// Somebody listens: all of them.
    Sent(mpsc::UnboundedSender<AsyncMessage>),
}

impl Connection {
    /// Starts the task.
    pub(crate) fn start(client: Client, driver: Driver, target: Target, heard: Heard) -> Self {
        let flag = |name| driver.parameter(name).map(|value| value == "on");
        let parameters = Parameters {
            in_hot_standby: flag("in_hot_standby"),
            default_read_only: flag("default_transaction_read_only"),
        };
        let messages = Arc::new(Mutex::new(Messages::Kept(VecDeque::new())));
        let (ended, outcome) = watch::channel(None);
        tokio::spawn(drive(driver, Arc::clone(&messages), ended));
        let cancel = CancelHandle { token: client.cancel_token(), target: Arc::new(target) };
        Self { client, cancel, messages, outcome, parameters, heard }
    }

    pub(crate) fn target(&self) -> &Target {
        &self.cancel.target
    }

    pub(crate) fn heard(&self) -> &Heard {
        &self.heard
    }

    pub(crate) fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Ends the session in an orderly way, and tells what had gone wrong in it. An error that
    /// [`explain`](Self::explain) has given away already is not told again.
    pub async fn close(self) -> Result<(), Error> {
        let Self { client, mut outcome, .. } = self;
        drop(client);
        let result = match outcome.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone(),
            // The runtime was shut down under the task.
            Err(_) => None,
        };
        drop(outcome);
        match result {
            Some(Err(error)) => Arc::try_unwrap(error).map_or(Ok(()), Err),
            _ => Ok(()),
        }
    }

    /// Another session at the same address, as the same user in the same database: to look on while this
    /// one waits.
    pub async fn another(&self) -> Result<Self, ConnectError> {
        let target = self.target();
        target.log_in_here().await.map_err(|fault| ConnectError::one(target.failure(fault)))
    }

    /// Cancels what runs in this session, from anywhere and over the same transport.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// Everything that the server sends unasked, from now on: notices and `NOTIFY`'s notifications,
    /// preceded by the first of those that came before. A second call takes over from the first.
    ///
    /// While somebody listens, what is not received yet is kept without limit; nothing is kept once the
    /// receiver is dropped.
    pub fn notices(&mut self) -> mpsc::UnboundedReceiver<AsyncMessage> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Messages::Kept(kept) = &mut *messages {
            for message in kept.drain(..) {
                // The receiver is in this function's hand: it takes all.
                let _ = sender.send(message);
            }
        }
        *messages = Messages::Sent(sender);
        receiver
    }

    /// The whole reason why a query failed. tokio-postgres says only "connection closed" when the
    /// connection broke; why it did is known to the task, which this waits for.
    pub async fn explain(&self, error: Error) -> QueryError {
        if !error.is_closed() {
            return QueryError { error, cause: None, farewell: None };
        }
        let mut outcome = self.outcome.clone();
        let cause = match outcome.wait_for(Option::is_some).await {
            Ok(ended) => ended.clone().and_then(Result::err),
            Err(_) => None,
        };
        QueryError { error, cause, farewell: self.heard.farewell() }
    }
}

impl Deref for Connection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl DerefMut for Connection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.client
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("target", &self.cancel.target.to_string()).finish_non_exhaustive()
    }
}

/// Moves the bytes until the session ends.
async fn drive(mut driver: Driver, messages: Arc<Mutex<Messages>>, ended: watch::Sender<Outcome>) {
    let result = loop {
        match poll_fn(|cx| driver.poll_message(cx)).await {
            Some(Ok(message)) => deliver(&messages, message),
            Some(Err(error)) => break Err(Arc::new(error)),
            None => break Ok(()),
        }
    };
    // Dropping the driver is what tells waiting queries "connection closed": the reason comes first.
    ended.send_replace(Some(result));
}

fn deliver(messages: &Mutex<Messages>, message: AsyncMessage) {
    match &mut *messages.lock().unwrap_or_else(PoisonError::into_inner) {
        Messages::Kept(kept) if kept.len() < KEPT_MESSAGES => kept.push_back(message),
        Messages::Kept(_) => {}
        // Nobody listens any more: as if nobody ever had, but nothing is kept.
        Messages::Sent(sender) => drop(sender.send(message)),
    }
}

/// Cancels what runs in the session that it came from.
#[derive(Clone)]
pub struct CancelHandle {
    token: CancelToken,
    target: Arc<Target>,
}

impl CancelHandle {
    /// Asks the server to cancel the running statement, over a connection of its own to the same
    /// address, and waits until the server has taken the request. Whether there was something to cancel is not said
    /// by PostgreSQL: the statement itself ends with SQLSTATE 57014.
    pub async fn cancel(&self) -> Result<(), ConnectError> {
        self.target.cancel(&self.token).await.map_err(|fault| ConnectError::one(self.target.failure(fault)))
    }
}

impl fmt::Debug for CancelHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancelHandle").field("target", &self.target.to_string()).finish_non_exhaustive()
    }
}
