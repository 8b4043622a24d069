//! The session that makes and drops databases, on a server of our own or another's.

use std::fs;
use std::time::{Duration, Instant};

use tokio_postgres::error::SqlState;
use trueline_driver::{Connection, DatabaseUrl, QueryError, connect};

use super::ShadowError;
use crate::server::SESSION_SETTINGS;
use crate::server::checksum::sha256_hex;

/// How long a session that was closed may take to be gone from the server.
const SESSION_END_PATIENCE: Duration = Duration::from_secs(2);

/// What the server says about itself.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The major version.
    pub major: u32,
    /// `server_version`, the packager's words included.
    pub version: String,
    /// A checksum of the build and of the extensions beside it.
    pub identity: String,
}

/// A session that serves the whole shadow. It names databases that we named: they need no quotes.
#[derive(Debug)]
pub struct Admin {
    session: Connection,
    url: DatabaseUrl,
}

impl Admin {
    /// Connects to the database that `url` names.
    pub async fn connect(url: DatabaseUrl) -> Result<Self, ShadowError> {
        Ok(Self { session: connect(&url).await?, url })
    }

    /// How to reach another database of the server.
    pub fn url_of(&self, database: &str) -> DatabaseUrl {
        self.url.with_database(database)
    }

    /// Runs statements that give no rows.
    pub async fn run(&self, sql: &str) -> Result<(), ShadowError> {
        match self.session.batch_execute(sql).await {
            Ok(()) => Ok(()),
            Err(error) => Err(ShadowError::Sql(self.session.explain(error).await)),
        }
    }

    /// The one text that a query without parameters gives.
    pub async fn text(&self, sql: &str) -> Result<String, ShadowError> {
        let answer = self.session.query_typed(sql, &[]).await;
        match answer.and_then(|rows| rows.first().map_or_else(|| Ok(String::new()), |row| row.try_get(0))) {
            Ok(text) => Ok(text),
            Err(error) => Err(ShadowError::Sql(self.session.explain(error).await)),
        }
    }

    /// Asks the server what it is. The directory of the extensions' scripts is only told to
    /// superusers; its time of change stands for what is installed there.
    pub async fn facts(&self) -> Result<Facts, ShadowError> {
        let about = "select version() || chr(10) || current_setting('server_version') || chr(10)
             || current_setting('server_version_num')";
        let share = self.text("select setting from pg_config where name = 'SHAREDIR'");
        let (about, share) = tokio::join!(self.text(about), share);
        let about = about?;
        let mut lines = about.lines();
        let build = lines.next().unwrap_or_default();
        let version = lines.next().unwrap_or_default().to_owned();
        let number: u32 = lines.next().and_then(|number| number.parse().ok()).unwrap_or(0);
        let changed =
            share.ok().and_then(|dir| fs::metadata(format!("{dir}/extension")).ok()?.modified().ok());
        let identity = sha256_hex(format!("{build}\n{changed:?}\n{SESSION_SETTINGS:?}"));
        Ok(Facts { major: number / 10_000, version, identity })
    }

    /// Waits for sessions that were closed to be gone, and ends those that were not. PostgreSQL
    /// would wait too, but in naps of 100 ms (`CountOtherDBBackends` in procarray.c).
    pub async fn wait_until_idle(&self, database: &str) -> Result<(), ShadowError> {
        let count = format!("select count(*)::text from pg_stat_activity where datname = '{database}'");
        let since = Instant::now();
        while self.text(&count).await? != "0" {
            if since.elapsed() > SESSION_END_PATIENCE {
                let end = "select pg_terminate_backend(pid) from pg_stat_activity where datname =";
                return self.run(&format!("{end} '{database}'")).await;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    /// Drops a database; who is still connected to it is disconnected.
    pub async fn drop_database(&self, database: &str) -> Result<(), ShadowError> {
        self.wait_until_idle(database).await?;
        let drop = format!("drop database {database}");
        match self.run(&drop).await {
            Err(ShadowError::Sql(error)) if error.code() == Some(&SqlState::OBJECT_IN_USE) => {
                self.drop_subscriptions(database).await?;
                self.wait_until_idle(database).await?;
                self.run(&drop).await
            }
            outcome => outcome,
        }
    }

    /// Subscriptions keep their database from being dropped (`dropdb` in dbcommands.c). They go without
    /// asking the server that they name for its slot.
    async fn drop_subscriptions(&self, database: &str) -> Result<(), ShadowError> {
        let drop = "do $$ declare name text; begin
             for name in select quote_ident(subname) from pg_subscription s join pg_database d on d.oid = s.subdbid
             where d.datname = current_database() loop
               execute format('alter subscription %s disable', name);
               execute format('alter subscription %s set (slot_name = none)', name);
               execute format('drop subscription %s', name);
             end loop; end $$";
        let session = connect(&self.url_of(database)).await?;
        if let Err(error) = session.batch_execute(drop).await {
            return Err(ShadowError::Sql(session.explain(error).await));
        }
        let _ = session.close().await;
        Ok(())
    }

    /// Creates the roles that are not there, and gives back the names of the new ones as SQL. Another
    /// task or command may be creating the same ones.
    pub async fn ensure_roles(&self, roles: &[String]) -> Result<Vec<String>, ShadowError> {
        let missing = "select distinct quote_ident(name) from unnest($1::text[]) wanted(name)
             where not exists (select from pg_roles where rolname = name) order by 1";
        let rows = match self.session.query(missing, &[&roles]).await {
            Ok(rows) => rows,
            Err(error) => return Err(ShadowError::Sql(self.session.explain(error).await)),
        };
        let mut created = Vec::new();
        for row in &rows {
            let name: String = row.get(0);
            match self.run(&format!("create role {name}")).await {
                Ok(()) => created.push(name),
                Err(ShadowError::Sql(error)) if is_duplicate(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(created)
    }

    /// Ends the session; what it says at its end changes nothing any more.
    pub async fn close(self) {
        let _ = self.session.close().await;
    }
}

/// Whether something of that name was made by another session: seen before, or at the very same time.
fn is_duplicate(error: &QueryError) -> bool {
    matches!(error.code(), Some(&SqlState::DUPLICATE_OBJECT | &SqlState::UNIQUE_VIOLATION))
}
