//! The fingerprint of a database as a run left it, in `trueline.fingerprint`.
//!
//! It counts only on its own basis: the server's major, the format of catalogs, what is managed, the versions
//! of extensions, and the ledger's rows. It is written behind everything else and not waited for: without it
//! the next run compares in full, and nothing worse happens.

use sha2::{Digest, Sha256};
use tokio_postgres::Row;
use trueline_driver::Connection;

use crate::catalog::Catalog;
use crate::ledger::LedgerTable;
use crate::runner::pipeline::Pipeline;
use crate::runner::target::{Server, Target};
use crate::settings::Settings;
use crate::snapshot::FORMAT;
use crate::sql::Literal;

/// Made when first needed.
const CREATE: &str = "CREATE SCHEMA IF NOT EXISTS trueline; CREATE TABLE IF NOT EXISTS trueline.fingerprint (\
     ledger text PRIMARY KEY, server_major integer NOT NULL, format integer NOT NULL, managed text NOT NULL, \
     extensions text NOT NULL, ledger_rows text NOT NULL, schemas text[] NOT NULL, value text NOT NULL, \
     taken_at timestamptz NOT NULL DEFAULT now())";

/// The extensions and their versions.
pub(in crate::runner) const EXTENSIONS: &str = "coalesce((SELECT pg_catalog.string_agg(e.extname || ' ' || \
     e.extversion, ',' ORDER BY e.extname) FROM pg_catalog.pg_extension e), '')";

/// What was stored.
#[derive(Clone, Debug)]
pub(in crate::runner) struct Stored {
    major: i32,
    format: i32,
    managed: String,
    extensions: String,
    same_rows: bool,
    /// The schemas that were read for it.
    pub schemas: Vec<String>,
    /// The fingerprint itself.
    pub value: String,
}

impl Stored {
    /// Whether it was taken on the same basis.
    pub fn counts(&self, settings: &Settings, server: &Server) -> bool {
        u32::try_from(self.major) == Ok(server.major)
            && u32::try_from(self.format) == Ok(FORMAT)
            && self.managed == managed(settings)
            && self.extensions == server.extensions
            && self.same_rows
    }
}

/// The row of a ledger.
pub(in crate::runner) fn select(ledger: &LedgerTable) -> String {
    format!(
        "SELECT server_major, format, managed, extensions, ledger_rows = {}, schemas, value \
         FROM trueline.fingerprint WHERE ledger = {}",
        rows(ledger),
        Literal(&ledger.to_string())
    )
}

/// Reads a row of [`select`].
pub(in crate::runner) fn read_row(row: &Row) -> Result<Stored, tokio_postgres::Error> {
    Ok(Stored {
        major: row.try_get(0)?,
        format: row.try_get(1)?,
        managed: row.try_get(2)?,
        extensions: row.try_get(3)?,
        same_rows: row.try_get(4)?,
        schemas: row.try_get(5)?,
        value: row.try_get(6)?,
    })
}

/// The fingerprint of a catalog.
pub(super) fn of(catalog: &Catalog) -> String {
    let mut hash = Sha256::new();
    for (id, object) in &catalog.objects {
        hash.update(id.to_string());
        hash.update(b"\0");
        hash.update(object.definition.to_json().to_string());
        hash.update(b"\0");
    }
    hex(hash)
}

/// Sends the new fingerprint; whatever comes next in this session comes behind it.
pub(super) async fn store(
    connection: &Connection,
    settings: &Settings,
    target: &Target,
    schemas: &[String],
    value: &str,
) {
    let ledger = target.ledger().cloned().unwrap_or_else(|| LedgerTable::to_create(settings));
    let names: Vec<String> = schemas.iter().map(|schema| Literal(schema).to_string()).collect();
    let insert = format!(
        "INSERT INTO trueline.fingerprint (ledger, server_major, format, managed, extensions, ledger_rows, schemas, value) \
         VALUES ({}, {}, {FORMAT}, {}, {EXTENSIONS}, {}, ARRAY[{}]::text[], {}) ON CONFLICT (ledger) DO UPDATE SET \
         (server_major, format, managed, extensions, ledger_rows, schemas, value, taken_at) = \
         (excluded.server_major, excluded.format, excluded.managed, excluded.extensions, excluded.ledger_rows, \
         excluded.schemas, excluded.value, excluded.taken_at)",
        Literal(&ledger.to_string()),
        target.server.major,
        Literal(&managed(settings)),
        rows(&ledger),
        names.join(", "),
        Literal(value)
    );
    // What the last migration may have become, this may not be allowed to.
    let reset = "RESET SESSION AUTHORIZATION; RESET ROLE";
    let create = if target.has_fingerprint { "" } else { CREATE };
    let sql = format!("{reset}; {create}; {insert}");
    Pipeline::send(vec![Box::pin(async { connection.batch_execute(&sql).await })]).await;
}

/// What of the settings decides what is compared.
fn managed(settings: &Settings) -> String {
    let mut hash = Sha256::new();
    hash.update(format!("{:?}\0{:?}\0{:?}", settings.schemas, settings.manage, settings.ignore));
    hex(hash)
}

/// All of the ledger's rows in one text.
fn rows(ledger: &LedgerTable) -> String {
    format!(
        "(SELECT pg_catalog.md5(coalesce(pg_catalog.string_agg(hash || ' ' || coalesce(created_at::text, ''), ',' \
         ORDER BY id), '')) FROM {})",
        ledger.sql_name()
    )
}

fn hex(hash: Sha256) -> String {
    use std::fmt::Write as _;
    hash.finalize().iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
