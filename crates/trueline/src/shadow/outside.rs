//! A shadow on the server that `TRUELINE_SHADOW_URL` names.
//!
//! It is somebody else's: databases are made beside the one that the URL names, dropped at the end,
//! and those of commands that died are dropped by the next command, told by an advisory lock that
//! each holds while it lives. Roles that we had to create are dropped again. Nothing is kept there,
//! so there are no templates, and no program of that server is here, so there is no `pg_dump`.
//!
//! Never touches a database that it did not make.

use std::sync::{Mutex, MutexGuard, PoisonError};

use trueline_driver::DatabaseUrl;

use super::admin::{Admin, Facts};
use super::{Database, ShadowError};
use crate::server::{SESSION_SETTINGS, Wanted};

/// The first half of our advisory locks' names; the second is the command's number.
const LOCK_CLASS: i32 = 0x5452_4c4e;

/// A server of somebody else's, with databases of ours in it.
#[derive(Debug)]
pub struct Outside {
    /// What the server is.
    pub facts: Facts,
    /// The session that holds our lock; its database is the one that the URL names.
    pub admin: Admin,
    prefix: String,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    databases: Vec<String>,
    /// Quoted names.
    roles: Vec<String>,
    count: u32,
}

impl Outside {
    /// Connects, checks that the server may be used, and drops what dead commands left.
    pub async fn start(
        url: &DatabaseUrl,
        target: Option<&DatabaseUrl>,
        wanted: &Wanted,
    ) -> Result<Self, ShadowError> {
        // A pooler in transaction mode would hand our lock to somebody else.
        let url = url.direct().unwrap_or_else(|| url.clone());
        if target.is_some_and(|target| is_same(&url, target)) {
            return Err(ShadowError::IsTarget { database: url.database().to_owned(), host: url.host_text() });
        }
        let admin = Admin::connect(url).await?;
        let facts = admin.facts().await?;
        if let Some(wanted) = wanted.major.filter(|&wanted| wanted != facts.major) {
            return Err(ShadowError::WrongMajor { wanted, found: facts.major });
        }
        let place =
            admin.text("select oid::text from pg_database where datname = current_database()").await?;
        let prefix = format!("trueline_shadow_{place}_");
        sweep(&admin, &prefix).await?;
        let number = take_number(&admin).await?;
        Ok(Self { facts, admin, prefix: format!("{prefix}{number}_"), state: Mutex::default() })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new database: UTF-8, C locale, our session settings.
    pub async fn create_database(&self) -> Result<Database, ShadowError> {
        let name = {
            let mut state = self.state();
            state.count += 1;
            format!("{}{}", self.prefix, state.count)
        };
        let provider = if self.facts.major >= 15 { " locale_provider libc" } else { "" };
        let locale = "template template0 encoding 'UTF8' lc_collate 'C' lc_ctype 'C'";
        self.admin.run(&format!("create database {name} {locale}{provider}")).await?;
        self.state().databases.push(name.clone());
        let settings = SESSION_SETTINGS.iter().map(|(setting, value)| {
            ["alter database ", &name, " set ", setting, " = '", value, "';"].concat()
        });
        self.admin.run(&settings.collect::<String>()).await?;
        Ok(Database { url: self.admin.url_of(&name), name })
    }

    /// Drops one of our databases.
    pub async fn drop_database(&self, name: &str) -> Result<(), ShadowError> {
        self.admin.drop_database(name).await?;
        self.state().databases.retain(|known| known != name);
        Ok(())
    }

    /// Creates the roles that are not there, to be dropped at the end.
    pub async fn ensure_roles(&self, roles: &[String]) -> Result<(), ShadowError> {
        let created = self.admin.ensure_roles(roles).await?;
        self.state().roles.extend(created);
        Ok(())
    }

    /// Drops everything that we made. A role that somebody else uses by now stays.
    pub async fn close(self) -> Result<(), ShadowError> {
        let databases = self.state().databases.clone();
        for name in databases {
            self.drop_database(&name).await?;
        }
        let roles = self.state().roles.clone();
        for role in roles {
            let _ = self.admin.run(&format!("drop role {role}")).await;
        }
        self.admin.close().await;
        Ok(())
    }
}

/// Locks a number that no living command has, until our session ends.
async fn take_number(admin: &Admin) -> Result<String, ShadowError> {
    loop {
        let number = admin.text("select (random() * 2147483646)::int::text").await?;
        if admin.text(&format!("select pg_try_advisory_lock({LOCK_CLASS}, {number})::text")).await? == "true"
        {
            return Ok(number);
        }
    }
}

/// Drops the databases of commands that are gone: nobody holds the lock of their number. Locks are
/// per database (PostgreSQL's manual, "Advisory Locks"), so only those made from the same one count.
async fn sweep(admin: &Admin, prefix: &str) -> Result<(), ShadowError> {
    let left = format!(
        "select coalesce(string_agg(datname, ' '), '') from pg_database where datname ~ '^{prefix}[0-9]+_[0-9]+$'"
    );
    for name in admin.text(&left).await?.split_whitespace() {
        let number = name[prefix.len()..].split('_').next().unwrap_or_default();
        let lock = format!("({LOCK_CLASS}, {number})");
        if admin.text(&format!("select pg_try_advisory_lock{lock}::text")).await? == "true" {
            // Another command may have swept it since we looked.
            admin.run(&format!("drop database if exists {name}")).await?;
            admin.text(&format!("select pg_advisory_unlock{lock}::text")).await?;
        }
    }
    Ok(())
}

/// Whether both name the same database of the same server, as far as their texts tell.
fn is_same(one: &DatabaseUrl, other: &DatabaseUrl) -> bool {
    let other = other.direct().unwrap_or_else(|| other.clone());
    let server = |url: &DatabaseUrl| {
        let host = url.host_text().to_lowercase();
        let host = if matches!(host.as_str(), "127.0.0.1" | "::1" | "[::1]") {
            "localhost".to_owned()
        } else {
            host
        };
        (host, url.port())
    };
    one.database() == other.database() && server(one) == server(&other)
}

#[cfg(test)]
mod tests {
    use trueline_driver::{DatabaseUrl, Environment};

    use super::is_same;

    fn url(text: &str) -> DatabaseUrl {
        DatabaseUrl::parse_in(text, &Environment::empty()).unwrap()
    }

    #[test]
    fn the_target_is_known_again_under_other_spellings() {
        let target = url("postgres://app:secret@localhost:5432/app");
        assert!(is_same(&url("postgresql://postgres@127.0.0.1/app"), &target));
        assert!(!is_same(&url("postgresql://postgres@127.0.0.1/postgres"), &target));
        assert!(!is_same(&url("postgresql://postgres@127.0.0.1:5433/app"), &target));
    }
}
