//! Reading the ledger in the same round trip that looks for it.
//!
//! Which table the ledger is, is known only when the catalog has answered; to read it in a second round trip
//! doubles what a run costs that has nothing to do. So the server is asked to open cursors on whichever table
//! it finds, and what they give is used if that table is the one that we find, too. Where it finds none, it
//! says whether there is anything else. Where the server
//! refuses (a role that may not use plpgsql, a ledger that it may not read), the second round trip is made,
//! and says why in the usual words.

use futures_util::future::LocalBoxFuture;
use tokio_postgres::{Client, Error, Row as SqlRow};

use super::{Answer, HOLDS_OBJECTS};
use crate::ledger::{LedgerTable, Shape, candidates};
use crate::runner::gate::fingerprint::{self, Stored};
use crate::runner::pipeline::Pipeline;
use crate::runner::progress;
use crate::settings::Settings;
use crate::sql::Literal;

/// Which table was read; then the rows of it, of the progress, and of the fingerprint.
const FETCH: [&str; 4] = [
    "FETCH ALL FROM trueline_which",
    "FETCH ALL FROM trueline_ledger",
    "FETCH ALL FROM trueline_progress",
    "FETCH ALL FROM trueline_fingerprint",
];

/// What was read ahead.
#[derive(Debug)]
pub(super) enum Ahead {
    /// There is a ledger.
    Ledger {
        /// Its name as we print it.
        table: String,
        shape: Shape,
        rows: Vec<SqlRow>,
        progress: Vec<SqlRow>,
        fingerprint: Option<Stored>,
    },
    /// There is none.
    NoLedger { holds_objects: bool },
}

/// How many answers [`requests`] have.
const ANSWERS: usize = FETCH.len() + 2;

/// Takes the answers; none if the server refused anything, or it is not clear what the ledger is.
pub(super) async fn take(answers: &mut Pipeline<'_, Answer>) -> Option<Ahead> {
    // All are taken, whatever they are: what follows them is somebody else's.
    let mut taken = Vec::new();
    for _ in 0..ANSWERS {
        taken.push(answers.next().await?);
    }
    let mut taken = taken.into_iter().collect::<Result<Vec<_>, Error>>().ok()?.into_iter().skip(1);
    let (which, rows, progress) = (taken.next()?, taken.next()?, taken.next()?);
    // One that cannot be read does not count.
    let fingerprint = taken.next()?.first().and_then(|row| fingerprint::read_row(row).ok());
    let [which] = &which[..] else { return None };
    let Some(table) = which.try_get::<_, Option<String>>(0).ok()? else {
        return Some(Ahead::NoLedger { holds_objects: which.try_get(2).ok()? });
    };
    let shape = if which.try_get(1).ok()? { Shape::V1 } else { Shape::V0 };
    Some(Ahead::Ledger { table, shape, rows, progress, fingerprint })
}

/// The requests, to be sent in this order; `open` is [`open`]'s.
pub(super) fn requests<'a>(client: &'a Client, open: &'a str) -> Vec<LocalBoxFuture<'a, Answer>> {
    let mut requests: Vec<LocalBoxFuture<'a, Answer>> = Vec::new();
    requests.push(Box::pin(async move { client.batch_execute(open).await.map(|()| Vec::new()) }));
    for fetch in FETCH {
        requests.push(Box::pin(client.query_typed(fetch, &[])));
    }
    requests.push(Box::pin(async { client.batch_execute("COMMIT").await.map(|()| Vec::new()) }));
    requests
}

/// Begins a transaction and opens the cursors; on nothing, where it is not clear which table to read.
pub(super) fn open(settings: &Settings, managed: &[String]) -> String {
    let tables: Vec<String> = match &settings.ledger {
        Some((schema, name)) => vec![values(schema, name)],
        None => candidates(settings).iter().map(|(schema, name)| values(schema, name)).collect(),
    };
    let body = format!(
        "DECLARE one record; tables int4 := 0; which refcursor := 'trueline_which'; \
         ledger refcursor := 'trueline_ledger'; progress refcursor := 'trueline_progress'; \
         fingerprint refcursor := 'trueline_fingerprint'; \
         shown text; is_named bool; query text; stored text; \
         BEGIN \
         FOR one IN SELECT t.shown, t.plain, t.named, t.stored, \
           EXISTS (SELECT FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 \
             AND NOT a.attisdropped AND a.attname = 'name') AS has_name \
           FROM (VALUES {tables}) t(schema, name, shown, plain, named, stored) \
           JOIN pg_catalog.pg_namespace n ON n.nspname = t.schema \
           JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = t.name AND c.relkind IN ('r', 'p') \
           WHERE 3 = (SELECT pg_catalog.count(*) FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid \
             AND a.attnum > 0 AND NOT a.attisdropped AND a.attname IN ('id', 'hash', 'created_at')) \
         LOOP \
           tables := tables + 1; shown := one.shown; is_named := one.has_name; stored := one.stored; \
           query := CASE WHEN one.has_name THEN one.named ELSE one.plain END; \
         END LOOP; \
         IF tables = 1 THEN \
           OPEN which FOR SELECT shown, is_named, true; OPEN ledger FOR EXECUTE query; \
         ELSE \
           OPEN ledger FOR SELECT 1 WHERE false; \
           IF tables = 0 THEN OPEN which FOR EXECUTE {holds} USING ARRAY[{managed}]::text[]; \
           ELSE OPEN which FOR SELECT 1 WHERE false; END IF; \
         END IF; \
         IF tables = 1 AND pg_catalog.to_regclass('trueline.progress') IS NOT NULL THEN \
           OPEN progress FOR EXECUTE {progress} USING shown; \
         ELSE OPEN progress FOR SELECT 1 WHERE false; END IF; \
         IF tables = 1 AND pg_catalog.to_regclass('trueline.fingerprint') IS NOT NULL THEN \
           OPEN fingerprint FOR EXECUTE stored; \
         ELSE OPEN fingerprint FOR SELECT 1 WHERE false; END IF; \
         END",
        tables = tables.join(", "),
        holds = Literal(&format!("SELECT NULL::text, false, ({HOLDS_OBJECTS})")),
        managed = managed.iter().map(|schema| Literal(schema).to_string()).collect::<Vec<_>>().join(", "),
        progress = Literal(progress::SELECT),
    );
    format!("BEGIN READ ONLY; DO {}", Literal(&body))
}

/// A table that may be the ledger: its names, as it is printed, how it is read in either shape, and how its
/// fingerprint is.
fn values(schema: &str, name: &str) -> String {
    let table = |shape| LedgerTable { schema: schema.to_owned(), name: name.to_owned(), shape };
    let (plain, named) = (table(Shape::V0), table(Shape::V1));
    format!(
        "({}, {}, {}, {}, {}, {})",
        Literal(schema),
        Literal(name),
        Literal(&plain.to_string()),
        Literal(&plain.select()),
        Literal(&named.select()),
        Literal(&fingerprint::select(&plain))
    )
}
