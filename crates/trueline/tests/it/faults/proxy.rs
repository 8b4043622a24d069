//! A proxy that knows where PostgreSQL's messages end, and stops at one of them.

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::spawn_local;
use trueline::server::dirs::socket_in;
use trueline_driver::DatabaseUrl;

/// What becomes of the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gate {
    Open,
    /// The message to stop at has come: nothing goes on in either direction.
    Reached,
    /// The connections are closed.
    Cut,
}

/// Stands in a directory of its own as a server does.
pub struct Proxy {
    /// The way through it.
    pub url: DatabaseUrl,
    gate: Rc<Counter>,
}

struct Counter {
    messages: Cell<usize>,
    /// Once.
    stop_at: Cell<Option<usize>>,
    gate: watch::Sender<Gate>,
}

impl Proxy {
    /// In front of the server whose socket is in `server`; stops when `stop_at` messages have passed.
    pub fn start(
        dir: &Path,
        server: &Path,
        database: &DatabaseUrl,
        user: &str,
        stop_at: Option<usize>,
    ) -> Self {
        std::fs::create_dir(dir).unwrap();
        let listener = UnixListener::bind(socket_in(dir)).unwrap();
        let gate = Counter {
            messages: Cell::new(0),
            stop_at: Cell::new(stop_at),
            gate: watch::channel(Gate::Open).0,
        };
        let gate = Rc::new(gate);
        let (server, counter) = (socket_in(server), Rc::clone(&gate));
        spawn_local(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A server that is being restarted: the client sees that as it would without a proxy.
                let Ok(server) = UnixStream::connect(&server).await else { continue };
                let ((from_client, to_client), (from_server, to_server)) =
                    (client.into_split(), server.into_split());
                spawn_local(pump(from_client, to_server, false, Rc::clone(&counter)));
                spawn_local(pump(from_server, to_client, true, Rc::clone(&counter)));
            }
        });
        let url = DatabaseUrl::socket(dir, 5432, user, database.database());
        Self { url, gate }
    }

    /// Waits until it has stopped.
    pub async fn reached(&self) {
        let mut gate = self.gate.gate.subscribe();
        gate.wait_for(|gate| *gate != Gate::Open).await.unwrap();
    }

    /// Lets everything go on.
    pub fn go_on(&self) {
        self.gate.gate.send_replace(Gate::Open);
    }

    /// Closes every connection.
    pub fn cut(&self) {
        self.gate.gate.send_replace(Gate::Cut);
    }

    /// How many messages have passed, in both directions.
    pub fn messages(&self) -> usize {
        self.gate.messages.get()
    }
}

impl Counter {
    /// Counts a message; whether it may go on.
    async fn pass(&self) -> bool {
        let mut gate = self.gate.subscribe();
        let open = |gate: &Gate| *gate != Gate::Reached;
        if *gate.wait_for(open).await.unwrap() == Gate::Cut {
            return false;
        }
        if self.stop_at.get() == Some(self.messages.get()) {
            self.stop_at.set(None);
            self.gate.send_replace(Gate::Reached);
            if *gate.wait_for(open).await.unwrap() == Gate::Cut {
                return false;
            }
        }
        self.messages.set(self.messages.get() + 1);
        true
    }
}

/// Hands messages on until one side is gone or the connections are cut.
async fn pump(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut typed: bool, counter: Rc<Counter>) {
    let mut gate = counter.gate.subscribe();
    loop {
        let message = tokio::select! {
            message = message(&mut from, typed) => message,
            _ = gate.wait_for(|gate| *gate == Gate::Cut) => None,
        };
        // Only the first message of a client, which names the user, has no type before its length.
        typed = true;
        let Some(message) = message else { return };
        if !counter.pass().await || to.write_all(&message).await.is_err() {
            return;
        }
    }
}

/// One message: its type, its length in four bytes, which count themselves, and what it says.
async fn message(from: &mut OwnedReadHalf, typed: bool) -> Option<Vec<u8>> {
    let head = if typed { 5 } else { 4 };
    let mut message = vec![0; head];
    from.read_exact(&mut message).await.ok()?;
    let length = u32::from_be_bytes(message[head - 4..].try_into().unwrap());
    message.resize(head - 4 + usize::try_from(length).unwrap(), 0);
    from.read_exact(&mut message[head..]).await.ok()?;
    Some(message)
}
