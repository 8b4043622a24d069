//! Whether a session is one session of the server, or a pooler deals it out anew for each transaction.
//!
//! A pooler in transaction mode (PgBouncer's, which is what Neon's `-pooler` hosts are) breaks what
//! outlives a transaction: session locks stay behind on another backend, `SET` leaks to strangers,
//! prepared statements vanish. It does not say that it is there, so it is recognised by what it does.

use crate::connect::Target;
use crate::connection::Connection;
use crate::error::{ConnectError, ConnectFault};

/// What is between a client and its server process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pooling {
    /// Nothing that hides the server process.
    Direct,
    /// Something that hides it (a proxy, a pooler in session mode), and was not seen to change it.
    Session,
    /// A pooler that gives each transaction a server process of its own.
    Transaction,
}

/// How often the server processes of two sessions are compared. A pooler hands out the one that was used
/// last, so that the first round tells; under load it may take more.
const ROUNDS: usize = 5;

const PROCESS: &str = "select pg_backend_pid()";

/// No system that PostgreSQL runs on numbers its processes higher by default (Linux: `pid_max`, at most 2^22).
const HIGHEST_PROCESS: i32 = 1 << 22;

impl Connection {
    /// The server process that the server, or what is in between, announced during the startup.
    pub fn announced_process(&self) -> Option<i32> {
        self.heard().process()
    }

    /// Whether something may be in between, as far as the startup tells and without a round trip: a pooler makes
    /// the announced process up at random, and few numbers are small enough to be true. Neon's own proxy does
    /// so too, and is none.
    pub fn may_be_pooled(&self) -> bool {
        !self.target().is_neon()
            && self.announced_process().is_none_or(|process| !(1..=HIGHEST_PROCESS).contains(&process))
    }

    /// Whether `process`, which the session itself gave as its server process, is not the announced one, so that
    /// something must be in between.
    pub fn is_not_announced(&self, process: i32) -> bool {
        !self.target().is_neon() && self.announced_process() != Some(process)
    }

    /// Finds out whether a pooler is in between: one round trip where none is, else a second session for
    /// a moment. Ask outside a transaction.
    ///
    /// The number in the cancel key is the server process's own (PostgreSQL's manual, "Message Flow"), and
    /// a pooler makes up another. Two sessions that are open at once never have the same process
    /// unless transactions share it, and the process of one session never changes unless they do.
    pub async fn pooling(&self) -> Result<Pooling, ConnectError> {
        let target = self.target();
        self.find_pooling(target).await.map_err(|fault| ConnectError::one(target.failure(fault)))
    }

    async fn find_pooling(&self, target: &Target) -> Result<Pooling, ConnectFault> {
        let first = self.process().await?;
        if self.heard().process() == Some(first) {
            return Ok(Pooling::Direct);
        }
        let other = target.log_in_here().await?;
        let mut pooling = Pooling::Session;
        for _ in 0..ROUNDS {
            // The open transaction keeps its process, so that this session must find another.
            other.batch_execute("begin").await.map_err(ConnectFault::Startup)?;
            let (theirs, ours) = (other.process().await?, self.process().await?);
            other.batch_execute("rollback").await.map_err(ConnectFault::Startup)?;
            if theirs == first || ours != first {
                pooling = Pooling::Transaction;
                break;
            }
        }
        // It is of no more use, however it ends.
        let _ = other.close().await;
        Ok(pooling)
    }

    /// The server process that runs this transaction; with the simple protocol, because a pooler may not
    /// keep a prepared statement from its parsing to its execution.
    async fn process(&self) -> Result<i32, ConnectFault> {
        let messages = self.simple_query(PROCESS).await.map_err(ConnectFault::Startup)?;
        let number = messages.iter().find_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
            _ => None,
        });
        // PostgreSQL always answers with a number: what else answers is no PostgreSQL, and no pooler of one.
        Ok(number.unwrap_or(0))
    }
}
