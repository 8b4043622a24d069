//! One migrate at a time: a session-level advisory lock, polled.
//!
//! A session that waits inside `pg_advisory_lock` holds a snapshot, for which the holder's CREATE INDEX
//! CONCURRENTLY waits in turn: a deadlock. So we try and sleep. That this very session has the lock
//! is confirmed by every transaction that relies on it ([`super::segment`]): behind a
//! pooler that hands statements to any backend, having asked for it proves nothing. The first of a run looks into
//! `pg_locks`; to plan and run that view takes longer than many a migration, so those after it give the lock back
//! once and take it again: it is taken twice to begin with, and only who has it can give it back.

use std::fmt;
use std::time::Duration;

use tokio_postgres::Client;

use crate::ledger::{self, LedgerTable};
use crate::settings::Settings;
use crate::sql::Literal;

/// The first of the lock's two keys: "trul" in ASCII, so that it collides with nobody by accident.
const NAMESPACE: i32 = 0x7472_756c;
/// Between the first two attempts; doubled each time.
pub(crate) const PAUSE_FIRST: Duration = Duration::from_millis(25);
pub(crate) const PAUSE_MAX: Duration = Duration::from_millis(200);

/// The lock of one ledger, as an expression of its second key.
#[derive(Clone, Debug)]
pub(crate) struct LockKey(String);

/// Who has the lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// The server's process.
    pub pid: i32,
    /// The role.
    pub user: String,
    /// What the session calls itself.
    pub application: String,
    /// Its address; none over a unix socket.
    pub address: Option<String>,
    /// How long ago it connected, in seconds.
    pub since_s: i64,
    /// What it is running or ran last.
    pub query: String,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pid, user, application, address, since_s, .. } = self;
        let address = address.as_deref().unwrap_or("a local socket");
        write!(f, "process {pid} (`{application}` as `{user}` from {address}, connected for {since_s} s)")
    }
}

impl LockKey {
    /// The key follows from the ledger that is there, else from the one to be made, so that two settings
    /// that lead to one ledger lead to one lock. `hashtext` is the server's: all its clients agree.
    fn new(candidates: &[(String, String)], named: bool, to_create: &LedgerTable) -> Self {
        let text = |schema: &str, name: &str| Literal(&format!("{schema}.{name}")).to_string();
        let fallback = text(&to_create.schema, &to_create.name);
        if named {
            return Self(format!("pg_catalog.hashtext({fallback})"));
        }
        let pair = |(schema, name): &(String, String)| format!("({}, {})", Literal(schema), Literal(name));
        let pairs: Vec<_> = candidates.iter().map(pair).collect();
        Self(format!(
            "pg_catalog.hashtext(coalesce((SELECT n.nspname || '.' || c.relname FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE (n.nspname, c.relname) IN ({}) \
             AND c.relkind IN ('r', 'p') ORDER BY n.nspname = 'public' DESC LIMIT 1), {fallback}))",
            pairs.join(", ")
        ))
    }

    /// The key under these settings.
    pub fn of(settings: &Settings) -> Self {
        let candidates = ledger::candidates(settings);
        Self::new(&candidates, settings.ledger.is_some(), &LedgerTable::to_create(settings))
    }

    /// Tries to take the lock, twice if it can be had: key and success.
    pub fn try_lock(&self) -> String {
        format!(
            "SELECT k, CASE WHEN pg_catalog.pg_try_advisory_lock({NAMESPACE}, k) \
             THEN pg_catalog.pg_try_advisory_lock({NAMESPACE}, k) ELSE false END FROM (SELECT {} AS k OFFSET 0) q",
            self.0
        )
    }
}

/// A condition: this session still has the lock `key`, which it took twice. Never without it in between.
pub(crate) fn is_still_held(key: i32) -> String {
    format!(
        "CASE WHEN pg_catalog.pg_advisory_unlock({NAMESPACE}, {key}) \
         THEN pg_catalog.pg_try_advisory_lock({NAMESPACE}, {key}) ELSE false END"
    )
}

/// A condition: this session has the lock `key`.
pub(crate) fn is_held(key: i32) -> String {
    format!(
        "EXISTS (SELECT FROM pg_catalog.pg_locks WHERE {} AND pid = pg_catalog.pg_backend_pid())",
        row(key)
    )
}

/// Gives the lock back.
pub(crate) fn unlock(key: i32) -> String {
    let once = format!("pg_catalog.pg_advisory_unlock({NAMESPACE}, {key})");
    format!("SELECT {once}, {once}")
}

fn row(key: i32) -> String {
    // `pg_locks` shows both keys as OIDs, which are unsigned.
    format!(
        "locktype = 'advisory' AND classid = {NAMESPACE} AND objid = {} AND objsubid = 2 AND granted \
         AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())",
        key.cast_unsigned()
    )
}

/// The migrate that is at work on the ledger of these settings.
pub(crate) async fn at_work(
    client: &Client,
    settings: &Settings,
) -> Result<Option<Holder>, tokio_postgres::Error> {
    let key = LockKey::of(settings);
    let rows = client.query_typed(&format!("SELECT {}", key.0), &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    holder(client, row.try_get(0)?).await
}

/// Who has the lock `key`; none if nobody has it any more.
pub(crate) async fn holder(client: &Client, key: i32) -> Result<Option<Holder>, tokio_postgres::Error> {
    let sql = format!(
        "SELECT l.pid, coalesce(a.usename, '')::text, coalesce(a.application_name, ''), host(a.client_addr), \
         coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.backend_start), 0)::int8, \
         coalesce(a.query, '') FROM (SELECT pid FROM pg_catalog.pg_locks WHERE {}) l \
         LEFT JOIN pg_catalog.pg_stat_activity a USING (pid) LIMIT 1",
        row(key)
    );
    let rows = client.query_typed(&sql, &[]).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    Ok(Some(Holder {
        pid: row.try_get(0)?,
        user: row.try_get(1)?,
        application: row.try_get(2)?,
        address: row.try_get(3)?,
        since_s: row.try_get(4)?,
        query: row.try_get(5)?,
    }))
}
