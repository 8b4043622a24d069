//! The check before serving: the database holds the migrations that this build was made with.
//!
//! A missing or edited migration means that the queries may not fit the tables: the service refuses
//! to start. Newer ones only warn: an old build keeps serving while a new one is rolled out, or after
//! it was rolled back. Changes nothing.

use anyhow::{Context, anyhow, bail};
use trueline_driver::tokio_postgres::types::Type;
use trueline_driver::{Connection, DatabaseUrl};
use trueline_journal::ledger::{self, Row};

/// The migrations that this build was made with.
const JOURNAL: &str = include_str!("../../migrations/meta/_journal.json");

/// Where ledgers are: drizzle's table, in either of the schemas it is made in.
const FIND_LEDGER: &str = "\
    SELECT n.nspname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relname = '__drizzle_migrations' AND n.nspname = ANY ($1) AND c.relkind IN ('r', 'p') ORDER BY 1";

/// Fails, with the way to fix it, when a migration of this build is missing or was edited.
pub async fn check(url: &DatabaseUrl) -> anyhow::Result<()> {
    let connection = trueline_driver::connect(url).await.map_err(|error| match error.hint() {
        Some(hint) => anyhow!("{error}\n\nhint: {hint}"),
        None => anyhow!("{error}"),
    })?;
    let rows = read_ledger(&connection).await?;
    connection.close().await.context("failed to close the connection of the start-up check")?;
    let check = ledger::check(JOURNAL, &rows).map_err(|problems| {
        let messages: Vec<String> = problems.into_iter().map(|problem| problem.message).collect();
        anyhow!("this build's journal is not usable: {}", messages.join("; "))
    })?;
    if !check.edited.is_empty() {
        bail!(
            "{check}\n\nhint: `cargo xtask db-status` shows what differs; deploy the build whose migrations were applied"
        );
    }
    if !check.missing.is_empty() {
        bail!("{check}\n\nhint: `cargo xtask db-migrate` applies what is missing");
    }
    if !check.newer.is_empty() {
        eprintln!("warning: {check}");
    }
    Ok(())
}

/// Every row of every ledger: which of two is the right one is for the tools to settle; no row may be missed
/// here.
async fn read_ledger(connection: &Connection) -> anyhow::Result<Vec<Row>> {
    const FAILED: &str = "failed to read the ledger of migrations";
    let schemas: &[&str] = &["public", "drizzle"];
    let found = connection.query_typed(FIND_LEDGER, &[(&schemas, Type::TEXT_ARRAY)]).await.context(FAILED)?;
    let mut rows = Vec::new();
    for schema in found {
        let table = match schema.try_get(0).context(FAILED)? {
            "drizzle" => "drizzle.__drizzle_migrations",
            _ => "public.__drizzle_migrations",
        };
        let query = format!("SELECT id::bigint, hash, created_at FROM {table} ORDER BY id");
        for row in connection.query_typed(&query, &[]).await.context(FAILED)? {
            rows.push(Row {
                id: row.try_get(0).context(FAILED)?,
                hash: row.try_get(1).context(FAILED)?,
                created_at: row.try_get(2).context(FAILED)?,
                name: None,
            });
        }
    }
    Ok(rows)
}
