//! Applies migrations to a database of the shadow, with no ledger.

use tokio_postgres::Client;
use trueline_journal::{Migration, MigrationStatement, Problem};

/// Pins the session's settings (DESIGN §4), so that a statement means the same everywhere.
pub async fn pin(client: &Client, search_path: &str) -> Result<(), tokio_postgres::Error> {
    let path = crate::sql::Ident(search_path);
    client
        .batch_execute(&format!(
            "SET search_path = {path}; SET TimeZone = 'UTC'; SET DateStyle = 'ISO, MDY'; \
             SET IntervalStyle = 'postgres'; SET extra_float_digits = 1; SET bytea_output = 'hex'; \
             SET check_function_bodies = off; SET client_min_messages = warning"
        ))
        .await
}

/// Applies `migrations` in order, each as the runner would.
///
/// # Errors
/// The statement that failed, with its place and PostgreSQL's own words.
pub async fn replay(client: &Client, migrations: &[Migration], search_path: &str) -> Result<(), Problem> {
    pin(client, search_path).await.map_err(|error| Problem::error("shadow-sql", crate::ui::chain(&error)))?;
    for migration in migrations {
        for segment in migration.segments() {
            let first = &segment.statements[0];
            let last = &segment.statements[segment.statements.len() - 1];
            if segment.transactional {
                client
                    .batch_execute("BEGIN")
                    .await
                    .map_err(|error| statement_problem(migration, first, &error))?;
            }
            for statement in &segment.statements {
                client
                    .batch_execute(&statement.sql)
                    .await
                    .map_err(|error| statement_problem(migration, statement, &error))?;
            }
            if segment.transactional {
                client
                    .batch_execute("COMMIT")
                    .await
                    .map_err(|error| statement_problem(migration, last, &error))?;
            }
        }
    }
    Ok(())
}

/// A statement of a migration failed: PostgreSQL's words at the place that it means.
pub fn statement_problem(
    migration: &Migration,
    statement: &MigrationStatement,
    error: &tokio_postgres::Error,
) -> Problem {
    let Some(db) = error.as_db_error() else {
        return Problem::error("migration-failed", crate::ui::chain(error))
            .at(migration.place(statement.offset));
    };
    let offset = match db.position() {
        Some(tokio_postgres::error::ErrorPosition::Original(position)) => {
            let characters = usize::try_from(*position).unwrap_or(1).saturating_sub(1);
            statement.sql.char_indices().nth(characters).map_or(0, |(at, _)| at)
        }
        _ => 0,
    };
    let mut problem = Problem::error("migration-failed", db.message())
        .at(migration.place(statement.offset + offset))
        .detail(format!("SQLSTATE {}", db.code().code()));
    if let Some(detail) = db.detail() {
        problem = problem.detail(format!("detail: {detail}"));
    }
    match db.hint() {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}
