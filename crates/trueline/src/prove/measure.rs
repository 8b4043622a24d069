//! What a statement does to the tables that were there before: locks, rewrites, scans.
//!
//! Locks are read from `pg_locks` inside the transaction, rewrites seen by `relfilenode`, scans by the
//! transaction's own counters (`pg_stat_xact_all_tables`).

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, Error};

use crate::catalog::ObjectId;

/// Tables that were there before, by OID, each with its file.
type Existing = BTreeMap<u32, (ObjectId, u32)>;

/// What one statement did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The strongest lock that it took first, per table.
    pub locks: BTreeMap<ObjectId, Lock>,
    /// Tables whose rows were written anew.
    pub rewritten: BTreeSet<ObjectId>,
    /// Tables whose rows were all read.
    pub scanned: BTreeSet<ObjectId>,
    /// Nothing was measured, since it ran outside a transaction: PostgreSQL's documentation counts.
    pub documented: bool,
}

/// Table locks by strength (documentation, section "Table-Level Locks").
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lock {
    /// Reads and writes pass.
    Weak,
    /// Writes wait.
    BlocksWrites,
    /// Reads wait, too.
    BlocksReads,
}

fn lock(mode: &str) -> Lock {
    match mode {
        "AccessExclusiveLock" => Lock::BlocksReads,
        "ShareLock" | "ShareRowExclusiveLock" | "ExclusiveLock" => Lock::BlocksWrites,
        _ => Lock::Weak,
    }
}

/// The tables and materialized views that are there now.
async fn existing(client: &Client) -> Result<Existing, Error> {
    let sql = "select c.oid, case c.relkind when 'm' then 'materialized view' else 'table' end, n.nspname::text, \
               c.relname::text, c.relfilenode from pg_catalog.pg_class c \
               join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
               where c.relkind in ('r', 'p', 'm') and c.oid >= 16384 and n.nspname !~ '^pg_'";
    let mut tables = Existing::new();
    for row in client.query_typed(sql, &[]).await? {
        let (kind, schema, name): (&str, &str, &str) = (row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let kind = if kind == "table" { "table" } else { "materialized view" };
        tables.insert(row.try_get(0)?, (ObjectId::new(kind, [schema, name]), row.try_get(4)?));
    }
    Ok(tables)
}

/// What was already seen.
#[derive(Debug, Default)]
pub struct Watch {
    existing: Existing,
    /// In this transaction.
    locks: BTreeMap<u32, Lock>,
    /// Counters as last seen.
    scans: BTreeMap<u32, i64>,
}

impl Watch {
    /// Watches the tables that are there now.
    pub async fn start(client: &Client) -> Result<Self, Error> {
        Ok(Self { existing: existing(client).await?, ..Self::default() })
    }

    /// A transaction has begun: its locks are its own, while the counters go on from what the session has
    /// not reported yet.
    pub async fn begin(&mut self, client: &Client) -> Result<(), Error> {
        self.locks.clear();
        self.scans.clear();
        let sql = "select relid, seq_scan from pg_catalog.pg_stat_xact_all_tables where seq_scan > 0";
        for row in client.query_typed(sql, &[]).await? {
            self.scans.insert(row.try_get(0)?, row.try_get(1)?);
        }
        Ok(())
    }

    /// What has happened since the last look.
    pub async fn look(&mut self, client: &Client) -> Result<Effect, Error> {
        if self.existing.is_empty() {
            // A transaction that makes a large schema holds so many locks that each look is slow.
            return Ok(Effect::default());
        }
        let sql = "select c.oid, l.mode, c.relfilenode, coalesce(s.seq_scan, 0) \
                   from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid = l.relation \
                   left join pg_catalog.pg_stat_xact_all_tables s on s.relid = c.oid \
                   where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and c.oid >= 16384 \
                   and c.relkind in ('r', 'p', 'm')";
        let mut effect = Effect::default();
        for row in client.query_typed(sql, &[]).await? {
            let oid: u32 = row.try_get(0)?;
            let Some((id, file)) = self.existing.get_mut(&oid) else { continue };
            let lock = lock(row.try_get(1)?);
            if self.locks.get(&oid).is_none_or(|before| *before < lock) {
                self.locks.insert(oid, lock);
                effect.locks.insert(id.clone(), lock);
            }
            let now: u32 = row.try_get(2)?;
            if std::mem::replace(file, now) != now {
                effect.rewritten.insert(id.clone());
            }
            let scans: i64 = row.try_get(3)?;
            if self.scans.insert(oid, scans).unwrap_or(0) < scans {
                effect.scanned.insert(id.clone());
            }
        }
        Ok(effect)
    }
}
