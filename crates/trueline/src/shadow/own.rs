//! A shadow on a server of our own.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};

use trueline_driver::DatabaseUrl;

use super::admin::{Admin, Facts};
use super::base::{cluster_name, copy_base};
use super::manifest::{Manifest, Template, now_s};
use super::slots::{Claim, Slots};
use super::{Database, ShadowError, TemplateKey};
use crate::server::account::Account;
use crate::server::cluster;
use crate::server::dirs::Dirs;
use crate::server::process::{Site, Supervised, neutral};
use crate::server::{Binaries, PORT, SUPERUSER, ServerError};

/// Nothing here must survive, so nothing is synced, and nothing runs beside the sessions.
/// `track_counts` stays on: proofs read the counters.
pub const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("fsync", "off"),
    ("full_page_writes", "off"),
    ("synchronous_commit", "off"),
    ("autovacuum", "off"),
    ("wal_level", "minimal"),
    ("max_wal_senders", "0"),
    ("max_wal_size", "4GB"),
    ("max_logical_replication_workers", "0"),
    ("max_connections", "30"),
    ("max_locks_per_transaction", "512"),
    ("shared_buffers", "128MB"),
    ("jit", "off"),
    ("dynamic_shared_memory_type", "mmap"),
    ("log_checkpoints", "off"),
];
/// As many template bytes as one cluster keeps; the least recently used go first.
const TEMPLATE_BYTES_MAX: u64 = 512 << 20;
/// Shared catalogs are not vacuumed by themselves here; this often, we do it.
const USES_PER_VACUUM: u32 = 50;

/// What the databases of a cluster share, apart from databases and roles made since `initdb`
/// (`FirstNormalObjectId`, 16384, in PostgreSQL's transam.h): when it changed, the cluster is spoiled for others.
const SHARED_STATE: &str = "
select md5(concat(
  (select string_agg(r::text, ';' order by r.oid) from pg_authid r where oid < 16384),
  (select string_agg(concat_ws(',', roleid, member, admin_option), ';' order by roleid, member) from pg_auth_members
   where roleid < 16384 and member < 16384),
  (select string_agg(d::text, ';' order by d.setdatabase, d.setrole) from pg_db_role_setting d),
  (select string_agg(t::text, ';' order by t.oid) from pg_tablespace t),
  (select string_agg(concat_ws(',', datname, datdba, datallowconn, datistemplate, datacl), ';' order by oid)
   from pg_database where oid < 16384),
  (select string_agg(d::text, ';' order by objoid, classoid) from pg_shdescription d),
  (select string_agg(slot_name, ';') from pg_replication_slots),
  (select string_agg(gid, ';') from pg_prepared_xacts)))";

/// Gives the statement that drops the roles that no object of a template belongs to or names.
const DROP_ROLES: &str = "
select coalesce('drop role ' || string_agg(quote_ident(rolname), ', '), '') from pg_roles r
where oid >= 16384 and not exists (
  select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = r.oid and dbid <> 0)";

/// A running server, its cluster, and what happened in it. The order of the fields is the order in
/// which they end when the shadow is dropped without [`Own::close`]: the lock goes last.
#[derive(Debug)]
pub struct Own {
    pub binaries: Binaries,
    pub facts: Facts,
    pub admin: Admin,
    state: Mutex<State>,
    server: Supervised,
    claim: Claim,
}

#[derive(Debug)]
struct State {
    manifest: Manifest,
    /// The databases handed out and not dropped yet.
    databases: Vec<String>,
    /// Those of them that become templates in the end.
    kept: Vec<(Database, TemplateKey)>,
    count: u32,
}

impl Own {
    pub async fn start(binaries: &Binaries, dirs: &Dirs) -> Result<Self, ShadowError> {
        let account = Account::of(binaries.origin);
        let slots = Slots::open(dirs, cluster_name(binaries, account), account)?;
        let mut claim = slots.claim().await?;
        let manifest = std::mem::take(&mut claim.manifest);
        if manifest.boot.is_empty() {
            copy_base(binaries, &slots, &claim.site).await?;
        }
        let server = Supervised::start(binaries, claim.site.clone(), SETTINGS).await?;
        let url = DatabaseUrl::socket(&claim.site.socket_dir, PORT, SUPERUSER, "postgres");
        let admin = Admin::connect(url).await?;
        let facts = admin.facts().await?;
        let state = State { manifest, databases: Vec::new(), kept: Vec::new(), count: 0 };
        let own = Self { binaries: binaries.clone(), facts, admin, state: Mutex::new(state), server, claim };
        if own.state().manifest.shared_state.is_empty() {
            let shared_state = own.admin.text(SHARED_STATE).await?;
            own.state().manifest.shared_state = shared_state;
        }
        Ok(own)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A name for a database that is handed out.
    fn new_name(&self) -> String {
        let mut state = self.state();
        state.count += 1;
        let name = format!("shadow_{}", state.count);
        state.databases.push(name.clone());
        name
    }

    pub async fn take_template(&self, key: &TemplateKey) -> Result<Option<Database>, ShadowError> {
        let count = self.state().manifest.templates.len();
        self.state().manifest.templates.retain(|template| template.key != *key);
        if self.state().manifest.templates.len() == count {
            return Ok(None);
        }
        let (name, template) = (self.new_name(), template_name(key));
        let allow = format!("alter database {template} allow_connections true");
        self.admin.run(&format!("{allow}; alter database {template} rename to {name}")).await?;
        Ok(Some(Database { url: self.admin.url_of(&name), name }))
    }

    pub fn keep_at_close(&self, database: &Database, key: TemplateKey) {
        self.state().kept.push((database.clone(), key));
    }

    pub async fn create_database(&self, template: &str) -> Result<Database, ShadowError> {
        let name = self.new_name();
        // Copying files is 5 times faster here than logging every page (PostgreSQL 15 and later).
        let strategy = if self.binaries.major >= 15 { " strategy file_copy" } else { "" };
        self.admin.run(&format!("create database {name} template {template}{strategy}")).await?;
        Ok(Database { url: self.admin.url_of(&name), name })
    }

    pub async fn clone_template(&self, key: &TemplateKey) -> Result<Option<Database>, ShadowError> {
        {
            let mut state = self.state();
            let known = state.manifest.templates.iter_mut().find(|template| template.key == *key);
            let Some(template) = known else { return Ok(None) };
            template.last_used_s = now_s();
        }
        self.create_database(&template_name(key)).await.map(Some)
    }

    pub async fn save_template(&self, database: Database, key: &TemplateKey) -> Result<(), ShadowError> {
        if self.state().manifest.templates.iter().any(|template| template.key == *key) {
            return self.drop_database(&database.name).await;
        }
        let (name, template) = (&database.name, template_name(key));
        self.admin.wait_until_idle(name).await?;
        let size = self.admin.text(&format!("select pg_database_size('{name}')::text")).await?;
        let bytes = size.parse().unwrap_or(0);
        let rename = format!("alter database {name} rename to {template}");
        self.admin.run(&format!("{rename}; alter database {template} allow_connections false")).await?;
        let evicted = {
            let mut state = self.state();
            state.databases.retain(|known| known != name);
            state.manifest.templates.push(Template { key: key.clone(), bytes, last_used_s: now_s() });
            evict(&mut state.manifest.templates)
        };
        for key in evicted {
            self.admin.run(&format!("drop database {}", template_name(&key))).await?;
        }
        Ok(())
    }

    pub async fn drop_database(&self, name: &str) -> Result<(), ShadowError> {
        self.admin.drop_database(name).await?;
        self.state().databases.retain(|known| known != name);
        Ok(())
    }

    pub async fn pg_dump(
        &self,
        name: &str,
        schemas: &[String],
        flags: &[&str],
    ) -> Result<Option<String>, ShadowError> {
        let Some(program) = &self.binaries.pg_dump else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(["--schema-only", "--no-password", "-U", SUPERUSER, "-d", name, "-h"]);
        command.arg(&self.claim.site.socket_dir).args(flags).stdin(Stdio::null());
        command.args(schemas.iter().map(|schema| format!("--schema={}", pattern(schema))));
        self.claim.site.account.apply(neutral(&mut command));
        let ended = tokio::task::spawn_blocking(move || cluster::run(&mut command, "pg_dump")).await;
        let output = ended.map_err(|error| ServerError::Stop { reason: error.to_string() })??;
        Ok(Some(String::from_utf8_lossy(&output).into_owned()))
    }

    /// Stops the server; the cluster goes back into the cache if it is as a later command needs it.
    pub async fn close(self) -> Result<(), ShadowError> {
        let clean = self.tidy().await.unwrap_or(false);
        let Self { admin, state, server, claim, .. } = self;
        admin.close().await;
        server.stop().await?;
        let manifest = state.into_inner().unwrap_or_else(PoisonError::into_inner).manifest;
        if clean && !has_own_settings(&claim.site) {
            claim.give_back(manifest).await?;
        } else {
            claim.discard()?;
        }
        Ok(())
    }

    /// Drops the databases handed out and the roles that no template needs; says whether what all
    /// databases share is as it was.
    async fn tidy(&self) -> Result<bool, ShadowError> {
        let kept = std::mem::take(&mut self.state().kept);
        for (database, key) in kept {
            self.save_template(database, &key).await?;
        }
        let databases = self.state().databases.clone();
        for name in databases {
            self.drop_database(&name).await?;
        }
        self.admin.run(&self.admin.text(DROP_ROLES).await?).await?;
        if self.state().manifest.uses % USES_PER_VACUUM == USES_PER_VACUUM - 1 {
            self.admin.run("vacuum pg_database, pg_shdepend, pg_authid, pg_auth_members").await?;
        }
        let shared_state = self.admin.text(SHARED_STATE).await?;
        Ok(shared_state == self.state().manifest.shared_state)
    }
}

/// Whether somebody used `ALTER SYSTEM`.
fn has_own_settings(site: &Site) -> bool {
    let path = site.data().join("postgresql.auto.conf");
    fs::read_to_string(path)
        .map_or(true, |text| text.lines().any(|line| !line.starts_with('#') && !line.trim().is_empty()))
}

/// Takes the least recently used templates out until the rest fits.
fn evict(templates: &mut Vec<Template>) -> Vec<TemplateKey> {
    templates.sort_by_key(|template| std::cmp::Reverse(template.last_used_s));
    let mut bytes = 0;
    let kept = templates.iter().take_while(|template| {
        bytes += template.bytes;
        bytes <= TEMPLATE_BYTES_MAX
    });
    let kept = kept.count().max(1);
    templates.split_off(kept.min(templates.len())).into_iter().map(|template| template.key).collect()
}

fn template_name(key: &TemplateKey) -> String {
    format!("template_{key}")
}

/// A schema's name as a pattern of `pg_dump` that matches nothing else.
fn pattern(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
