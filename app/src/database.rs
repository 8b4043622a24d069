//! A few connections, shared by all requests and made anew when they break.
//!
//! Statements are single and typed, so that each travels in one round trip, keeps no state in the
//! session, and works behind a pooler in transaction mode too. A request that meets a broken
//! connection fails (503); the next one reconnects.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::timeout;
use trueline_driver::tokio_postgres::Row;
use trueline_driver::tokio_postgres::types::{ToSql, Type};
use trueline_driver::{ConnectError, Connection, DatabaseUrl, QueryError};

/// How many statements may be under way at once; the rest wait in line.
const CONNECTIONS: usize = 4;
/// How long a connection may take; a database that scales to zero needs some seconds to wake.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a statement may take before it is cancelled.
const QUERY_TIMEOUT: Duration = Duration::from_secs(10);

/// Why a statement has no result.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// No connection could be made.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The statement failed, or its connection broke.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Connecting or the statement took too long.
    #[error("no answer from the database within {} s", .0.as_secs())]
    Timeout(Duration),
}

/// A slot for one connection; empty until it is first used and after it broke.
type Slot = Mutex<Option<Arc<Connection>>>;

/// The database of the service.
#[derive(Debug)]
pub struct Database {
    url: DatabaseUrl,
    slots: [Slot; CONNECTIONS],
    next: AtomicUsize,
}

impl Database {
    /// Connects when first used.
    pub fn new(url: DatabaseUrl) -> Self {
        Self { url, slots: [const { Mutex::const_new(None) }; CONNECTIONS], next: AtomicUsize::new(0) }
    }

    /// Runs one statement and returns its rows.
    pub async fn query(
        &self,
        statement: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let slot = &self.slots[self.next.fetch_add(1, Ordering::Relaxed) % CONNECTIONS];
        let connection = self.connection(slot).await?;
        match timeout(QUERY_TIMEOUT, connection.query_typed(statement, parameters)).await {
            Ok(Ok(rows)) => Ok(rows),
            Ok(Err(error)) => Err(connection.explain(error).await.into()),
            Err(_) => {
                abandon(slot, &connection).await;
                Err(DatabaseError::Timeout(QUERY_TIMEOUT))
            }
        }
    }

    /// The slot's connection, made anew if it has none that is open.
    async fn connection(&self, slot: &Slot) -> Result<Arc<Connection>, DatabaseError> {
        let mut current = slot.lock().await;
        if let Some(connection) = current.as_ref().filter(|connection| !connection.is_closed()) {
            return Ok(Arc::clone(connection));
        }
        let connecting = timeout(CONNECT_TIMEOUT, trueline_driver::connect(&self.url));
        let connection = connecting.await.map_err(|_| DatabaseError::Timeout(CONNECT_TIMEOUT))??;
        let connection = Arc::new(connection);
        *current = Some(Arc::clone(&connection));
        Ok(connection)
    }
}

/// Empties the slot of a connection that gives no answer, and asks the server to stop working on
/// what nobody waits for. Does not wait for that: the connection may be dead.
async fn abandon(slot: &Slot, connection: &Arc<Connection>) {
    let mut current = slot.lock().await;
    if current.as_ref().is_some_and(|known| Arc::ptr_eq(known, connection)) {
        *current = None;
    }
    let cancel = connection.cancel_handle();
    tokio::spawn(async move { timeout(CONNECT_TIMEOUT, cancel.cancel()).await });
}
