//! Finding the ledger: one query over the tables that can be it.

use tokio_postgres::{Client, Row};
use trueline_journal::Problem;

use super::{DRIZZLE_SCHEMA, LedgerTable, NAME, SCHEMA, Shape, two_ledgers};
use crate::runner::fault::query_problem;
use crate::settings::Settings;
use crate::sql::Literal;

/// What was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Located {
    /// No ledger. Those that are there although the settings name another table are listed.
    None {
        /// Ledgers in drizzle's places.
        others: Vec<LedgerTable>,
    },
    /// This one.
    One(LedgerTable),
}

/// Looks for the ledger. Errors: there are two and the settings name none; a table of its name has other
/// columns; the query failed.
pub async fn locate(client: &Client, settings: &Settings) -> Result<Located, Problem> {
    let rows = client.query_typed(&query(settings), &[]).await;
    let rows =
        rows.map_err(|error| query_problem("ledger-unreadable", "failed to look for the ledger", &error))?;
    located(&rows, settings)
}

/// Schema and name of each table that can be a ledger.
pub(crate) fn candidates(settings: &Settings) -> Vec<(String, String)> {
    let mut all: Vec<_> = [SCHEMA, DRIZZLE_SCHEMA].map(|schema| (schema.to_owned(), NAME.to_owned())).into();
    all.extend(settings.ledger.iter().filter(|named| !all.contains(named)).cloned().collect::<Vec<_>>());
    all
}

/// Schema, name and columns of the candidates that exist.
pub(crate) fn query(settings: &Settings) -> String {
    let pair = |(schema, name): &(String, String)| format!("({}, {})", Literal(schema), Literal(name));
    let pairs: Vec<_> = candidates(settings).iter().map(pair).collect();
    format!(
        "SELECT n.nspname::text, c.relname::text, ARRAY(SELECT a.attname::text FROM pg_catalog.pg_attribute a \
         WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) \
         FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
         WHERE (n.nspname, c.relname) IN ({}) AND c.relkind IN ('r', 'p') ORDER BY n.nspname = 'public' DESC, 1, 2",
        pairs.join(", ")
    )
}

/// Reads the answer to [`query`].
pub(crate) fn located(rows: &[Row], settings: &Settings) -> Result<Located, Problem> {
    let unreadable = |error: tokio_postgres::Error| {
        query_problem("ledger-unreadable", "failed to look for the ledger", &error)
    };
    let mut found = Vec::new();
    for row in rows {
        let schema: String = row.try_get(0).map_err(unreadable)?;
        let name: String = row.try_get(1).map_err(unreadable)?;
        let columns: Vec<String> = row.try_get(2).map_err(unreadable)?;
        found.push((LedgerTable { schema, name, shape: shape(&columns) }, columns));
    }
    if let Some((schema, name)) = &settings.ledger {
        let (named, others): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(table, _)| table.schema == *schema && table.name == *name);
        return match named.into_iter().next() {
            Some((table, columns)) => usable(table, &columns),
            None => Ok(Located::None { others: others.into_iter().map(|(table, _)| table).collect() }),
        };
    }
    match found.len() {
        0 => Ok(Located::None { others: Vec::new() }),
        1 => {
            let (table, columns) = found.remove(0);
            usable(table, &columns)
        }
        _ => Err(two_ledgers(&found.into_iter().map(|(table, _)| table).collect::<Vec<_>>())),
    }
}

fn shape(columns: &[String]) -> Shape {
    if columns.iter().any(|column| column == "name") { Shape::V1 } else { Shape::V0 }
}

fn usable(table: LedgerTable, columns: &[String]) -> Result<Located, Problem> {
    let missing: Vec<_> = ["id", "hash", "created_at"]
        .into_iter()
        .filter(|name| !columns.iter().any(|column| column == name))
        .collect();
    if missing.is_empty() {
        return Ok(Located::One(table));
    }
    let lacks = missing.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let message = format!("table `{table}` is not a ledger: it lacks {lacks}");
    Err(Problem::error("ledger-shape", message).hint(
        "name another table in Cargo.toml, under [workspace.metadata.trueline]: `ledger = \"SCHEMA.TABLE\"`",
    ))
}
