//! Who is in the way of a statement that waits for a lock.
//!
//! The session that waits cannot ask, and once its time-out has struck nobody waits any more: a second session
//! looks on, opened only when an answer takes long. It never changes anything, and that it cannot be
//! had is no error: then nobody is named.

use std::fmt;
use std::pin::pin;
use std::time::Duration;

use tokio::time::sleep;
use tokio_postgres::types::{ToSql, Type};
use trueline_driver::Connection;

use super::{Event, Watch};

/// An answer that takes longer may be waiting for a lock.
const FIRST_LOOK: Duration = Duration::from_secs(1);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);

/// A session that has locked something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blocker {
    /// The server's process.
    pub pid: i32,
    /// What the session calls itself, else its role.
    pub name: String,
    /// Such as `active` or `idle in transaction`.
    pub state: String,
    /// How long its transaction is open, in seconds.
    pub since_s: i64,
    /// What it is running or ran last: the beginning, on one line.
    pub query: String,
}

impl fmt::Display for Blocker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, name, state, since_s, query } = self;
        write!(f, "process {pid} (`{name}`, {state}, in its transaction for {since_s} s): {query}")
    }
}

/// Waits for `request`, made in the session `connection` whose process is `pid`; tells who blocks it. The
/// blockers seen last are left in `seen`.
pub(super) async fn watched<T>(
    connection: &Connection,
    pid: i32,
    lock_timeout_ms: Option<u32>,
    request: impl Future<Output = T>,
    seen: &mut Vec<Blocker>,
    watch: &mut Watch<'_>,
) -> T {
    seen.clear();
    let mut request = pin!(request);
    // So early that the time-out does not strike first.
    let third = lock_timeout_ms.map(|time_ms| Duration::from_millis(time_ms.into()) / 3);
    let mut pause = third.unwrap_or(FIRST_LOOK).min(FIRST_LOOK);
    let mut observer: Option<Connection> = None;
    loop {
        tokio::select! {
            biased;
            answer = &mut request => return answer,
            () = sleep(pause) => {}
        }
        pause = pause.max(PAUSE);
        let look = async {
            if observer.is_none() {
                observer = connection.another().await.ok();
            }
            let parameters: [(&(dyn ToSql + Sync), Type); 1] = [(&pid, Type::INT4)];
            read(observer.as_ref()?.query_typed(BLOCKERS, &parameters).await).ok()
        };
        let found = tokio::select! {
            biased;
            answer = &mut request => return answer,
            found = look => found.unwrap_or_default(),
        };
        let pids = |blockers: &[Blocker]| blockers.iter().map(|blocker| blocker.pid).collect::<Vec<_>>();
        if !found.is_empty() && pids(&found) != pids(seen) {
            watch(Event::Blocked(&found));
            *seen = found;
        }
    }
}

/// The sessions of this database that have open transactions, the oldest first.
pub(super) async fn open_transactions(
    connection: &Connection,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    read(connection.query_typed(OPEN, &[]).await)
}

macro_rules! blocker {
    () => {
        "SELECT pid, coalesce(nullif(application_name, ''), usename::text, backend_type, '?'), \
         coalesce(state, backend_type, '?'), \
         coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - xact_start), 0)::int8, \
         pg_catalog.left(pg_catalog.regexp_replace(coalesce(query, ''), '\\s+', ' ', 'g'), 120) \
         FROM pg_catalog.pg_stat_activity "
    };
}

const BLOCKERS: &str =
    concat!(blocker!(), "WHERE pid = ANY (pg_catalog.pg_blocking_pids($1)) ORDER BY xact_start, pid LIMIT 5");

const OPEN: &str = concat!(
    blocker!(),
    "WHERE datname = pg_catalog.current_database() AND xact_start IS NOT NULL \
     AND pid <> pg_catalog.pg_backend_pid() ORDER BY xact_start LIMIT 3"
);

fn read(
    rows: Result<Vec<tokio_postgres::Row>, tokio_postgres::Error>,
) -> Result<Vec<Blocker>, tokio_postgres::Error> {
    let read = |row: &tokio_postgres::Row| {
        Ok(Blocker {
            pid: row.try_get(0)?,
            name: row.try_get(1)?,
            state: row.try_get(2)?,
            since_s: row.try_get(3)?,
            query: row.try_get(4)?,
        })
    };
    rows?.iter().map(read).collect()
}
