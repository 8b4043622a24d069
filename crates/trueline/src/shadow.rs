//! The shadow: a throwaway PostgreSQL in which SQL is elaborated and migrations are proved.
//!
//! [`Shadow::start`] takes a cluster from the cache, starts a server on it and hands out databases;
//! [`Shadow::close`] stops it and gives the cluster back with the templates that were saved in it.
//! However we end, the server ends with us, and what it worked on is never used again unless it
//! was closed. `TRUELINE_SHADOW_URL` names a server to use instead; see `outside`.
//!
//! Never reads schema files or catalogs: that is the loader's and the introspection's. Read next:
//! `own` for the server, `slots` for the cache, [`crate::server`] for processes.

mod error;
mod manifest;
mod own;
pub mod session;
mod slots;
mod sweep;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use error::ShadowError;
use own::Own;
use session::{Connection, DatabaseUrl};

use crate::server::dirs::Dirs;
use crate::server::{self, Binaries, Wanted};

/// What a shadow is started with.
#[derive(Clone, Debug, Default)]
pub struct ShadowOptions {
    /// Which server.
    pub wanted: Wanted,
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
    own: Own,
}

/// A database of a shadow.
#[derive(Debug)]
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
        session::connect(&self.url).await
    }
}

impl Shadow {
    /// Starts a shadow as the options say.
    pub async fn start(options: &ShadowOptions) -> Result<Self, ShadowError> {
        let binaries = server::find(&options.wanted)?;
        Self::start_on(&binaries, &Dirs::from_env()?).await
    }

    /// Starts a shadow with these programs, its cluster in this cache.
    pub async fn start_on(binaries: &Binaries, dirs: &Dirs) -> Result<Self, ShadowError> {
        Ok(Self { own: Own::start(binaries, dirs).await? })
    }

    /// The server's major version.
    pub fn major(&self) -> u32 {
        self.own.binaries.major
    }

    /// The server's version in its own words, such as `15.18 (Debian 15.18-0+deb12u1)`.
    pub fn server_version(&self) -> &str {
        &self.own.facts.version
    }

    /// Whether [`Shadow::pg_dump`] can answer.
    pub fn has_pg_dump(&self) -> bool {
        self.own.binaries.pg_dump.is_some()
    }

    /// Names the server's build and the extensions installed beside it: two shadows with the same
    /// identity elaborate SQL alike. Part of every [`TemplateKey`].
    pub fn identity(&self) -> String {
        self.own.facts.identity.clone()
    }

    /// A fresh, empty database: UTF-8, C locale, [`server::SESSION_SETTINGS`].
    pub async fn create_database(&self) -> Result<Database, ShadowError> {
        self.own.create_database("template1").await
    }

    /// A copy of the template `key`; none if it is not in the cluster at hand.
    pub async fn clone_template(&self, key: &TemplateKey) -> Result<Option<Database>, ShadowError> {
        self.own.clone_template(key).await
    }

    /// Makes the database the template `key`. All connections to it must have been closed.
    pub async fn save_template(&self, database: Database, key: &TemplateKey) -> Result<(), ShadowError> {
        self.own.save_template(database, key).await
    }

    /// Drops the database, whoever is connected to it.
    pub async fn drop_database(&self, database: Database) -> Result<(), ShadowError> {
        self.own.drop_database(&database.name).await
    }

    /// What `pg_dump --schema-only` prints for these schemas (all when empty), as it prints it;
    /// none when the server brings no `pg_dump`.
    pub async fn pg_dump(
        &self,
        database: &Database,
        schemas: &[String],
        flags: &[&str],
    ) -> Result<Option<String>, ShadowError> {
        self.own.pg_dump(&database.name, schemas, flags).await
    }

    /// Creates the roles that the server lacks, without any rights.
    pub async fn ensure_roles(&self, roles: &[String]) -> Result<(), ShadowError> {
        self.own.ensure_roles(roles).await
    }

    /// Drops the databases handed out, stops the server and gives its cluster back to the cache.
    pub async fn close(self) -> Result<(), ShadowError> {
        self.own.close().await
    }
}
