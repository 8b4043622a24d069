//! Migrations applied to a shadow's database: no ledger, no lock, nothing to resume.
//!
//! What is built here is what the migrations mean: generating and proving compare it with the schema.
//! The transactions are those that a target gets ([`crate::runner`]).

use futures_util::future::LocalBoxFuture;
use tokio_postgres::Client;
use trueline_journal::{Migration, MigrationStatement, Problem, Segment};

use crate::runner::fault;
use crate::runner::pipeline::Pipeline;
use crate::runner::script::{self, Fault, Part, Script};
use crate::runner::segment::{Frame, Transaction};
use crate::runner::session::{Extra, Session};
use crate::settings::Timeouts;

/// As many bytes are sent before the first answer is waited for.
const WINDOW_BYTES: usize = 1 << 20;

fn session(search_path: &str) -> Session {
    Session::new(search_path, Extra { connection_check: false, timeouts: Timeouts::NONE })
}

/// Gives a session the settings that migrations are applied with (DESIGN §4).
pub async fn pin(client: &Client, search_path: &str) -> Result<(), tokio_postgres::Error> {
    client.batch_execute(&session(search_path).sql()).await
}

/// The problem that an error of a migration's statement, run alone, is.
pub fn statement_problem(
    migration: &Migration,
    statement: &MigrationStatement,
    error: &tokio_postgres::Error,
) -> Problem {
    let position = script::position(&statement.sql, error);
    fault::statement_problem(migration, Some(Part::Migration(statement)), position, error)
}

/// Applies `migrations` in their order. Errors: the statement that failed with file, line and column,
/// and what PostgreSQL says about it; what came before it stays applied.
pub async fn replay(client: &Client, migrations: &[Migration], search_path: &str) -> Result<(), Problem> {
    let session = session(search_path);
    let segments: Vec<(&Migration, Segment)> = migrations
        .iter()
        .flat_map(|migration| migration.segments().into_iter().map(move |segment| (migration, segment)))
        .collect();
    let mut rest = segments.as_slice();
    while let Some(((migration, segment), later)) = rest.split_first() {
        if !segment.transactional {
            alone(client, migration, segment, &session).await?;
            rest = later;
            continue;
        }
        let mut window = Vec::new();
        let mut bytes = 0;
        for (migration, segment) in rest.iter().take_while(|(_, segment)| segment.transactional) {
            if bytes >= WINDOW_BYTES {
                break;
            }
            let frame =
                Frame { tag: &migration.entry.tag, session: &session, reset: true, guard: None, record: &[] };
            let transaction = Transaction::new(segment, frame);
            bytes += transaction.len();
            let large = !transaction.first.is_empty();
            if large && !window.is_empty() {
                break;
            }
            window.push((*migration, transaction));
            if large {
                break;
            }
        }
        rest = &rest[window.len()..];
        together(client, &window).await?;
    }
    Ok(())
}

/// Sends transactions in one go. After one that failed, the others fail or do no harm: the database
/// is of no use then.
async fn together(client: &Client, window: &[(&Migration, Transaction<'_>)]) -> Result<(), Problem> {
    let mut requests: Vec<LocalBoxFuture<'_, Result<(), Fault<'_>>>> = Vec::new();
    let mut owners = Vec::new();
    for (migration, transaction) in window {
        for script in &transaction.first {
            let ran = script.run(client).await;
            failed(client, migration, ran).await?;
        }
        for script in [&transaction.last, &transaction.end] {
            requests.push(Box::pin(script.run(client)));
            owners.push(*migration);
        }
    }
    let mut answers = Pipeline::send(requests).await;
    for migration in owners {
        if let Some(answer) = answers.next().await {
            failed(client, migration, answer).await?;
        }
    }
    Ok(())
}

async fn alone(
    client: &Client,
    migration: &Migration,
    segment: &Segment,
    session: &Session,
) -> Result<(), Problem> {
    client
        .batch_execute(&session.sql())
        .await
        .map_err(|error| fault::query_problem("shadow-sql", "failed to set up the session", &error))?;
    for statement in &segment.statements {
        let mut script = Script::default();
        let ran = script.statement(statement).run(client).await;
        failed(client, migration, ran).await?;
    }
    Ok(())
}

/// The problem that a fault is; the transaction is closed.
async fn failed(client: &Client, migration: &Migration, ran: Result<(), Fault<'_>>) -> Result<(), Problem> {
    let Err(Fault { part, position, error }) = ran else { return Ok(()) };
    let problem = fault::statement_problem(migration, part, position, &error);
    // It fails where the connection did, which is what the problem says.
    let _ = client.batch_execute("ROLLBACK").await;
    Err(problem)
}
