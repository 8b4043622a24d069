//! What a target database says before anything is done to it: in one round trip, or in two.
//!
//! The first sets the session up, tries the lock, locates the ledger and, if the server can ([`ahead`]), reads
//! it; else the second reads the ledger and the progress. The lock is asked for before the ledger is read, so that what is read stays
//! true while the lock is held.

mod ahead;

use ahead::Ahead;
use futures_util::future::LocalBoxFuture;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row as SqlRow};
use trueline_journal::Problem;
use trueline_journal::ledger::Row;

use super::gate::fingerprint::{self, EXTENSIONS, Stored};
use super::lock::LockKey;
use super::pipeline::Pipeline;
use super::progress::{self, Record};
use super::session::{Extra, Session};
use crate::ledger::{self, LedgerTable, Located};
use crate::settings::Settings;

/// Who reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To look: nothing is locked.
    Look,
    /// To apply: the lock is tried.
    Apply,
}

/// The server and the session.
#[derive(Clone, Debug)]
pub struct Server {
    /// Such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub version: String,
    /// Its major version.
    pub major: u32,
    /// The database.
    pub database: String,
    /// The role of the session.
    pub user: String,
    /// The server's process of the session.
    pub(crate) pid: i32,
    /// Whether it takes no writes because it is a standby.
    pub in_recovery: bool,
    /// Whether its sessions take no writes unless they ask to.
    pub read_only: bool,
    /// Its extensions with their versions, in one text.
    pub(crate) extensions: String,
    /// Whether the managed schemas hold anything that is no extension's; asked only where there is no
    /// ledger.
    pub holds_objects: bool,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Target {
    /// The server and the session.
    pub server: Server,
    /// The ledger, if there is one.
    pub located: Located,
    /// Its rows.
    pub rows: Vec<Row>,
    /// How far migrations are that were begun and not finished.
    pub progress: Vec<Record>,
    /// Whether `trueline.progress` is there.
    pub has_progress: bool,
    /// Whether `trueline.fingerprint` is there.
    pub(crate) has_fingerprint: bool,
    /// What the last run left, if it is known.
    pub(super) fingerprint: Option<Stored>,
    pub(crate) lock: Lock,
    pub(crate) session: Session,
}

/// What became of the attempt to take the lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lock {
    pub key: i32,
    pub held: bool,
}

impl Target {
    /// The ledger, if there is one.
    pub fn ledger(&self) -> Option<&LedgerTable> {
        match &self.located {
            Located::One(table) => Some(table),
            Located::None { .. } => None,
        }
    }
}

impl Target {
    fn keep(&mut self, rows: &[SqlRow], progress: &[SqlRow]) -> Result<(), Error> {
        self.rows = rows.iter().map(ledger::read_row).collect::<Result<_, _>>()?;
        self.progress = progress.iter().map(progress::read_row).collect::<Result<_, _>>()?;
        Ok(())
    }
}

/// Why a target could not be read.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// A query failed.
    Query(Error),
    /// What was found is not usable.
    Problem(Problem),
}

impl From<Error> for ReadError {
    fn from(error: Error) -> Self {
        Self::Query(error)
    }
}

/// The schemas that this workspace manages, as far as no shadow is needed to know them.
pub(crate) fn managed(settings: &Settings) -> Vec<String> {
    settings.schemas.clone().unwrap_or_else(|| vec![ledger::SCHEMA.to_owned()])
}

type Answer = Result<Vec<SqlRow>, Error>;

/// Reads the target.
pub(crate) async fn read(
    client: &Client,
    settings: &Settings,
    purpose: Purpose,
) -> Result<Target, ReadError> {
    let managed = managed(settings);
    let search_path = managed.first().map_or(ledger::SCHEMA, String::as_str);
    let timeouts = settings.timeouts;
    let session = |connection_check| Session::new(search_path, Extra { connection_check, timeouts });
    let set_up =
        format!("{}SELECT pg_catalog.set_config('trueline.applied', '', false)", session(false).sql());
    let try_lock = LockKey::of(settings).try_lock();
    let locate = ledger::query(settings);
    let open = ahead::open(settings, &managed);
    let server =
        format!("{SERVER}, pg_catalog.to_regclass('trueline.fingerprint') IS NOT NULL, {EXTENSIONS}");

    let mut requests: Vec<LocalBoxFuture<'_, Answer>> = Vec::new();
    requests.push(Box::pin(async { client.batch_execute(&set_up).await.map(|()| Vec::new()) }));
    requests.push(Box::pin(client.query_typed(CONNECTION_CHECK, &[])));
    if purpose != Purpose::Look {
        requests.push(Box::pin(client.query_typed(&try_lock, &[])));
    }
    requests.push(Box::pin(client.query_typed(&locate, &[])));
    requests.push(Box::pin(client.query_typed(&server, &[])));
    requests.extend(ahead::requests(client, &open));
    let mut answers = Pipeline::send(requests).await;
    let mut next = async || answers.next().await.unwrap_or_else(|| Ok(Vec::new()));

    next().await?;
    // Systems without POLLRDHUP refuse the setting: then a lost client is noticed later, and no more.
    let connection_check = next()
        .await
        .is_ok_and(|rows| rows.first().is_some_and(|row| row.get::<_, Option<String>>(0).is_some()));
    let mut lock = Lock { key: 0, held: false };
    if purpose != Purpose::Look {
        for row in &next().await? {
            lock = Lock { key: row.try_get(0)?, held: row.try_get(1)? };
        }
    }
    let located = ledger::located(&next().await?, settings).map_err(ReadError::Problem)?;
    let (server, has_progress, has_fingerprint) = read_server(&next().await?)?;
    let mut target = Target {
        server,
        located,
        rows: Vec::new(),
        progress: Vec::new(),
        has_progress,
        has_fingerprint,
        fingerprint: None,
        lock,
        session: session(connection_check),
    };
    match (ahead::take(&mut answers).await, target.ledger()) {
        (Some(Ahead::Ledger { table, shape, rows, progress, fingerprint }), Some(ledger))
            if ledger.to_string() == table && ledger.shape == shape =>
        {
            target.keep(&rows, &progress)?;
            target.fingerprint = fingerprint;
        }
        (Some(Ahead::NoLedger { holds_objects }), None) => target.server.holds_objects = holds_objects,
        _ => read_rows(client, &mut target, &managed).await?,
    }
    Ok(target)
}

/// The second round trip.
async fn read_rows(client: &Client, target: &mut Target, managed: &[String]) -> Result<(), Error> {
    let Some(ledger) = target.ledger().cloned() else {
        let schemas: &(dyn ToSql + Sync) = &managed;
        let rows = client.query_typed(HOLDS_OBJECTS, &[(schemas, Type::TEXT_ARRAY)]).await?;
        target.server.holds_objects = rows.first().map_or(Ok(false), |row| row.try_get(0))?;
        return Ok(());
    };
    let select = ledger.select();
    let stored = fingerprint::select(&ledger);
    let name = ledger.to_string();
    let parameter: &(dyn ToSql + Sync) = &name;
    let parameters = [(parameter, Type::TEXT)];
    let mut requests: Vec<LocalBoxFuture<'_, Answer>> = vec![Box::pin(client.query_typed(&select, &[]))];
    if target.has_progress {
        requests.push(Box::pin(client.query_typed(progress::SELECT, &parameters)));
    }
    if target.has_fingerprint {
        requests.push(Box::pin(client.query_typed(&stored, &[])));
    }
    let mut answers = Pipeline::send(requests).await;
    let rows = answers.next().await.unwrap_or_else(|| Ok(Vec::new()))?;
    let progress = if target.has_progress {
        answers.next().await.unwrap_or_else(|| Ok(Vec::new()))?
    } else {
        Vec::new()
    };
    target.keep(&rows, &progress)?;
    // One that cannot be read does not count.
    let stored = answers.next().await.and_then(Result::ok).unwrap_or_default();
    target.fingerprint = stored.first().and_then(|row| fingerprint::read_row(row).ok());
    Ok(())
}

/// Switches the check on where the server has it.
const CONNECTION_CHECK: &str = "SELECT CASE WHEN pg_catalog.current_setting('server_version_num')::int4 >= 140000 \
     THEN pg_catalog.set_config('client_connection_check_interval', '1000', false) END";

const SERVER: &str = "SELECT pg_catalog.current_setting('server_version'), \
     pg_catalog.current_setting('server_version_num')::int4 / 10000, \
     pg_catalog.current_database()::text, current_user::text, pg_catalog.pg_is_in_recovery(), \
     pg_catalog.current_setting('default_transaction_read_only') = 'on', \
     pg_catalog.to_regclass('trueline.progress') IS NOT NULL, pg_catalog.pg_backend_pid()";

/// Whether the schemas `$1` hold anything that is no extension's.
const HOLDS_OBJECTS: &str = "WITH managed AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname = ANY ($1)), \
     extended AS (SELECT classid, objid FROM pg_catalog.pg_depend WHERE deptype = 'e') \
     SELECT EXISTS (SELECT FROM managed n, pg_catalog.pg_class c WHERE c.relnamespace = n.oid \
       AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_catalog.pg_class'::regclass AND e.objid = c.oid)) \
     OR EXISTS (SELECT FROM managed n, pg_catalog.pg_proc p WHERE p.pronamespace = n.oid \
       AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_catalog.pg_proc'::regclass AND e.objid = p.oid)) \
     OR EXISTS (SELECT FROM managed n, pg_catalog.pg_type t WHERE t.typnamespace = n.oid AND t.typtype IN ('e', 'd', 'r') \
       AND NOT EXISTS (SELECT FROM extended e WHERE e.classid = 'pg_catalog.pg_type'::regclass AND e.objid = t.oid))";

fn read_server(rows: &[SqlRow]) -> Result<(Server, bool, bool), ReadError> {
    let Some(row) = rows.first() else {
        let problem = Problem::error("server-silent", "the server did not answer which version it is");
        return Err(ReadError::Problem(problem));
    };
    let major: i32 = row.try_get(1)?;
    let server = Server {
        version: row.try_get(0)?,
        major: u32::try_from(major).unwrap_or(0),
        database: row.try_get(2)?,
        user: row.try_get(3)?,
        in_recovery: row.try_get(4)?,
        read_only: row.try_get(5)?,
        extensions: row.try_get(row.len() - 1)?,
        pid: row.try_get(7)?,
        holds_objects: false,
    };
    Ok((server, row.try_get(6)?, row.try_get(row.len() - 2)?))
}
