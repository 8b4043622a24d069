//! Behind a pooler that deals out server sessions anew for each transaction, nothing here may run.
//!
//! The lock would stay behind on a session that strangers get next, settings would leak to them, and the
//! lock that this run asks about would be another one's. So this is asked first, before anything is set
//! or locked: without a round trip where no pooler is.

use trueline_driver::{Connection, Pooling};
use trueline_journal::Problem;

use super::MigrateError;
use crate::ui;

/// Fails if transactions of this connection may run in different server sessions.
pub(crate) async fn refuse_pooler(connection: &Connection) -> Result<(), MigrateError> {
    if connection.may_be_pooled() { ask(connection).await } else { Ok(()) }
}

/// The same for one pooler in a thousand, whose invention looked like a process: `process` is the real one.
pub(crate) async fn refuse_disguised(connection: &Connection, process: i32) -> Result<(), MigrateError> {
    let is_new = !connection.may_be_pooled() && connection.is_not_announced(process);
    if is_new { ask(connection).await } else { Ok(()) }
}

async fn ask(connection: &Connection) -> Result<(), MigrateError> {
    match connection.pooling().await {
        Ok(Pooling::Transaction) => Err(MigrateError::Unusable(pooled())),
        Ok(_) => Ok(()),
        Err(error) => Err(MigrateError::Unusable(ui::problem("no-connection", &error, error.hint()))),
    }
}

fn pooled() -> Problem {
    let message = "a pooler in transaction mode (such as PgBouncer) stands between here and the server";
    Problem::error("pooled", message)
        .detail("it gives each transaction another session of the server: the lock that keeps other migrates out would")
        .detail("be left behind in one of them, and settings would leak to other clients; nothing was done")
        .hint("name the server itself in `DATABASE_URL`: its own port, or a port of the pooler in session mode")
}
