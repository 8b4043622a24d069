//! Code in `schema/` (`DO`, `CALL`, `SELECT f()`) may make objects, and must not change rows: which of
//! the two it did, PostgreSQL itself has counted.

use tokio_postgres::Client;
use trueline_journal::Problem;

use super::head::{self, Verb};
use super::item::{Item, Items, Work};

/// Tables in which this transaction has written rows. A materialized view is filled when it is made.
const CHANGED: &str = "SELECT t.schemaname::text, t.relname::text
  FROM pg_catalog.pg_stat_xact_user_tables t
  JOIN pg_catalog.pg_class c ON c.oid = t.relid AND c.relkind <> 'm'
 WHERE t.n_tup_ins + t.n_tup_upd + t.n_tup_del > 0
 ORDER BY 1, 2";

/// The rows that code of `items` changed in this transaction; `external` may.
pub(super) async fn check(client: &Client, items: &Items<'_>) -> Result<Vec<Problem>, tokio_postgres::Error> {
    let is_code = |item: &&Item<'_>| item.work == Work::Run && head::read(&item.tokens).verb == Verb::Code;
    let code: Vec<&Item<'_>> = items.all.iter().filter(is_code).collect();
    let Some(first) = code.first() else { return Ok(Vec::new()) };
    if items.all.iter().any(|item| item.work == Work::External) {
        // What a platform brings may come with rows.
        return Ok(Vec::new());
    }
    let mut problems = Vec::new();
    for row in client.query(CHANGED, &[]).await? {
        let (schema, table): (String, String) = (row.get(0), row.get(1));
        let names = |item: &&&Item<'_>| {
            let mut tokens = item.tokens.iter().chain(&item.code);
            tokens.any(|token| token.name() == Some(table.as_str()))
        };
        let item = code.iter().find(names).unwrap_or(first);
        let file = &items.files[item.file];
        let message = format!("code changes rows of {schema}.{table} (DML in schema/)");
        let hint = "schema/ says what exists; write what to do with rows into a migration: \
                    `cargo xtask db-generate --custom NAME`";
        let place = file.lines.place(file.source, item.statement.offset);
        problems.push(Problem::error("schema-dml", message).at(place).hint(hint));
    }
    Ok(problems)
}
