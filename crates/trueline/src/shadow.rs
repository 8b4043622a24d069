//! The shadow: a throwaway PostgreSQL in which SQL is elaborated and migrations are proved.
//!
//! [`Shadow::start`] takes a cluster from the cache, starts a server on it and hands out databases;
//! [`Shadow::close`] stops it and gives the cluster back with the templates that were saved in it.
//! However we end, the server ends with us, and what it worked on is never used again unless it
//! was closed. `TRUELINE_SHADOW_URL` names a server to use instead; see `outside`.
//!
//! Never reads schema files or catalogs: that is the loader's and the introspection's. Read next:
//! `own` for the server, `slots` for the cache, [`crate::server`] for processes.

mod admin;
mod base;
mod error;
mod manifest;
mod outside;
mod own;
mod slots;
mod sweep;

use std::fmt;

use serde::{Deserialize, Serialize};

use admin::Facts;
pub use error::ShadowError;
use outside::Outside;
use own::Own;
use trueline_driver::tokio_postgres::error::DbError;
use trueline_driver::{Connection, DatabaseUrl, connect};

use crate::server::dirs::Dirs;
use crate::server::extensions::missing_part_hint;
use crate::server::{self, Binaries, Origin, Wanted};

/// What a shadow is started with.
#[derive(Clone, Debug, Default)]
pub struct ShadowOptions {
    /// Which server.
    pub wanted: Wanted,
    /// `TRUELINE_SHADOW_URL`: a server where databases may be made and dropped, to use instead.
    pub shadow_url: Option<DatabaseUrl>,
    /// The database that migrations are for, which must not be the one that `shadow_url` names.
    pub target: Option<DatabaseUrl>,
}

/// Names what a template database holds: a lower-case hex checksum of everything that went into
/// it, [`Shadow::identity`] included.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemplateKey(String);

impl TemplateKey {
    /// A key from 32 to 64 lower-case hex digits; of longer checksums than 48 digits, the first 48
    /// count, because they are part of a database's name.
    pub fn parse(text: &str) -> Result<Self, ShadowError> {
        let is_hex = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if is_hex && (32..=64).contains(&text.len()) {
            Ok(Self(text[..text.len().min(48)].to_owned()))
        } else {
            Err(ShadowError::BadKey { text: text.to_owned() })
        }
    }
}

impl TryFrom<String> for TemplateKey {
    type Error = ShadowError;

    fn try_from(text: String) -> Result<Self, ShadowError> {
        Self::parse(&text)
    }
}

impl From<TemplateKey> for String {
    fn from(key: TemplateKey) -> Self {
        key.0
    }
}

impl fmt::Display for TemplateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A running shadow.
#[derive(Debug)]
pub struct Shadow {
    server: Server,
}

#[derive(Debug)]
enum Server {
    Own(Box<Own>),
    Outside(Box<Outside>),
}

/// A database of a shadow.
#[derive(Clone, Debug)]
pub struct Database {
    /// Its name.
    pub name: String,
    url: DatabaseUrl,
}

impl Database {
    /// How to reach it.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// A new session in it.
    pub async fn connect(&self) -> Result<Connection, ShadowError> {
        Ok(connect(&self.url).await?)
    }
}

impl Shadow {
    /// Starts a shadow as the options say.
    pub async fn start(options: &ShadowOptions) -> Result<Self, ShadowError> {
        if let Some(url) = &options.shadow_url {
            let outside = Outside::start(url, options.target.as_ref(), &options.wanted).await?;
            return Ok(Self { server: Server::Outside(Box::new(outside)) });
        }
        let dirs = Dirs::from_env()?;
        let binaries = server::find(&options.wanted)?;
        Self::start_on(&binaries, &dirs).await
    }

    /// Starts a shadow with these programs, its cluster in this cache.
    pub async fn start_on(binaries: &Binaries, dirs: &Dirs) -> Result<Self, ShadowError> {
        Ok(Self { server: Server::Own(Box::new(Own::start(binaries, dirs).await?)) })
    }

    fn facts(&self) -> &Facts {
        match &self.server {
            Server::Own(own) => &own.facts,
            Server::Outside(outside) => &outside.facts,
        }
    }

    /// The server's major version.
    pub fn major(&self) -> u32 {
        self.facts().major
    }

    /// The server's version in its own words, such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub fn server_version(&self) -> &str {
        &self.facts().version
    }

    /// Names the server's build and the extensions installed beside it: two shadows with the same
    /// identity elaborate SQL alike. Part of what every [`TemplateKey`] is made of.
    pub fn identity(&self) -> String {
        self.facts().identity.clone()
    }

    /// Whether [`Shadow::pg_dump`] can answer.
    pub fn has_pg_dump(&self) -> bool {
        match &self.server {
            Server::Own(own) => own.binaries.pg_dump.is_some(),
            Server::Outside(_) => false,
        }
    }

    /// Where the server's programs come from; none for `TRUELINE_SHADOW_URL`.
    pub fn origin(&self) -> Option<Origin> {
        match &self.server {
            Server::Own(own) => Some(own.binaries.origin),
            Server::Outside(_) => None,
        }
    }

    /// How to get an extension or a library that the server lacks; none for other errors.
    pub fn missing_part_hint(&self, error: &DbError) -> Option<String> {
        missing_part_hint(self.origin().unwrap_or(Origin::Installed), error)
    }

    /// A fresh, empty database: UTF-8, C locale, [`server::SESSION_SETTINGS`].
    pub async fn create_database(&self) -> Result<Database, ShadowError> {
        match &self.server {
            Server::Own(own) => own.create_database("template1").await,
            Server::Outside(outside) => outside.create_database().await,
        }
    }

    /// Whether [`Shadow::save_template`] keeps anything: not on a server that is not ours.
    pub fn keeps_templates(&self) -> bool {
        matches!(self.server, Server::Own(_))
    }

    /// A copy of the template `key`; none if it is not in the cluster at hand.
    pub async fn clone_template(&self, key: &TemplateKey) -> Result<Option<Database>, ShadowError> {
        match &self.server {
            Server::Own(own) => own.clone_template(key).await,
            Server::Outside(_) => Ok(None),
        }
    }

    /// The template `key` itself, which is no template any more; none if it is not in the cluster at hand.
    pub async fn take_template(&self, key: &TemplateKey) -> Result<Option<Database>, ShadowError> {
        match &self.server {
            Server::Own(own) => own.take_template(key).await,
            Server::Outside(_) => Ok(None),
        }
    }

    /// Makes the database the template `key` when the shadow is closed.
    pub fn keep_at_close(&self, database: &Database, key: TemplateKey) {
        if let Server::Own(own) = &self.server {
            own.keep_at_close(database, key);
        }
    }

    /// Makes the database the template `key`; where nothing is kept, only drops it. Sessions in it
    /// should have been closed.
    pub async fn save_template(&self, database: Database, key: &TemplateKey) -> Result<(), ShadowError> {
        match &self.server {
            Server::Own(own) => own.save_template(database, key).await,
            Server::Outside(outside) => outside.drop_database(&database.name).await,
        }
    }

    /// Drops the database; whoever is still connected to it is disconnected.
    pub async fn drop_database(&self, database: Database) -> Result<(), ShadowError> {
        match &self.server {
            Server::Own(own) => own.drop_database(&database.name).await,
            Server::Outside(outside) => outside.drop_database(&database.name).await,
        }
    }

    /// What `pg_dump --schema-only` prints for these schemas (all when empty), as it prints it;
    /// none when the server brings no `pg_dump`.
    pub async fn pg_dump(
        &self,
        database: &Database,
        schemas: &[String],
        flags: &[&str],
    ) -> Result<Option<String>, ShadowError> {
        match &self.server {
            Server::Own(own) => own.pg_dump(&database.name, schemas, flags).await,
            Server::Outside(_) => Ok(None),
        }
    }

    /// Creates the roles that the server lacks, without any rights. They last as long as the shadow,
    /// or as a template that names them.
    pub async fn ensure_roles(&self, roles: &[String]) -> Result<(), ShadowError> {
        match &self.server {
            Server::Own(own) => own.admin.ensure_roles(roles).await.map(drop),
            Server::Outside(outside) => outside.ensure_roles(roles).await,
        }
    }

    /// Drops the databases handed out, stops the server and gives its cluster back to the cache.
    pub async fn close(self) -> Result<(), ShadowError> {
        match self.server {
            Server::Own(own) => own.close().await,
            Server::Outside(outside) => outside.close().await,
        }
    }
}
