//! A shadow on a server of our own.

use std::fs;
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use super::manifest::{Manifest, Template, now_s};
use super::session::{Connection, DatabaseUrl, connect};
use super::slots::{Claim, Slots, copy_cluster};
use super::{Database, ShadowError, TemplateKey};
use crate::server::account::Account;
use crate::server::cluster::{self, Durability};
use crate::server::dirs::{self, Dirs};
use crate::server::process::{Site, Supervised, neutral};
use crate::server::{Binaries, SUPERUSER, ServerError};

/// Nothing here must survive, so nothing is synced, and nothing runs beside the sessions.
/// `track_counts` stays on: proofs read the counters.
const SETTINGS: &[(&str, &str)] = &[
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
    ("log_checkpoints", "off"),
];
/// As many template bytes as one cluster keeps; the least recently used go first.
const TEMPLATE_BYTES_MAX: u64 = 1 << 30;
/// Shared catalogs are not vacuumed by themselves here; this often, we do it.
const USES_PER_VACUUM: u32 = 50;
/// How long a session that was closed may take to be gone from the server.
const SESSION_END_PATIENCE: Duration = Duration::from_secs(2);

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

/// What the server says about itself.
#[derive(Debug)]
pub struct Facts {
    pub version: String,
    pub identity: String,
}

/// A running server, its cluster, and what happened in it. The order of the fields is the order in
/// which they end when the shadow is dropped without [`Own::close`]: the lock goes last.
#[derive(Debug)]
pub struct Own {
    pub binaries: Binaries,
    pub facts: Facts,
    admin: Connection,
    url: DatabaseUrl,
    state: Mutex<State>,
    server: Supervised,
    claim: Claim,
}

#[derive(Debug)]
struct State {
    manifest: Manifest,
    /// The databases handed out and not dropped yet.
    databases: Vec<String>,
    count: u32,
}

impl Own {
    pub async fn start(binaries: &Binaries, dirs: &Dirs) -> Result<Self, ShadowError> {
        let account = Account::of(binaries.origin);
        let slots = Slots::open(&dirs.cache, cluster_name(binaries, account), account)?;
        let mut claim = slots.claim().await?;
        let manifest = std::mem::take(&mut claim.manifest);
        if manifest.boot.is_empty() {
            copy_base(binaries, &slots, &claim.site).await?;
        }
        let server = Supervised::start(binaries, claim.site.clone(), SETTINGS).await?;
        let url = DatabaseUrl::socket(&claim.site.socket_dir, 5432, SUPERUSER, "postgres");
        let admin = connect(&url).await?;
        let facts = facts(&admin).await?;
        let state = State { manifest, databases: Vec::new(), count: 0 };
        let own =
            Self { binaries: binaries.clone(), facts, admin, url, state: Mutex::new(state), server, claim };
        if own.state().manifest.shared_state.is_empty() {
            let shared_state = own.shared_state().await?;
            own.state().manifest.shared_state = shared_state;
        }
        Ok(own)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub async fn create_database(&self, template: &str) -> Result<Database, ShadowError> {
        let name = {
            let mut state = self.state();
            state.count += 1;
            let name = format!("shadow_{}", state.count);
            state.databases.push(name.clone());
            name
        };
        // Copying files is 5 times faster here than logging every page (PostgreSQL 15 and later).
        let strategy = if self.binaries.major >= 15 { " strategy file_copy" } else { "" };
        self.admin.batch_execute(&format!("create database {name} template {template}{strategy}")).await?;
        Ok(Database { url: self.url.with_database(&name), name })
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
        self.wait_until_idle(name).await?;
        let size = self.admin.query_one("select pg_database_size($1::text)", &[name]).await?;
        let bytes = u64::try_from(size.get::<_, i64>(0)).unwrap_or(0);
        self.admin
            .batch_execute(&format!("alter database {name} rename to {template}; alter database {template} allow_connections false"))
            .await?;
        let evicted = {
            let mut state = self.state();
            state.databases.retain(|known| known != name);
            state.manifest.templates.push(Template { key: key.clone(), bytes, last_used_s: now_s() });
            evict(&mut state.manifest.templates)
        };
        for key in evicted {
            self.admin.batch_execute(&format!("drop database {}", template_name(&key))).await?;
        }
        Ok(())
    }

    pub async fn drop_database(&self, name: &str) -> Result<(), ShadowError> {
        self.wait_until_idle(name).await?;
        self.admin.batch_execute(&format!("drop database {name}")).await?;
        self.state().databases.retain(|known| known != name);
        Ok(())
    }

    /// Waits for sessions that were closed to be gone, and ends those that were not. PostgreSQL
    /// would wait too, but in naps of 100 ms (`CountOtherDBBackends` in procarray.c).
    async fn wait_until_idle(&self, name: &str) -> Result<(), ShadowError> {
        let count = "select count(*) from pg_stat_activity where datname = $1";
        let since = Instant::now();
        while self.admin.query_one(count, &[&name]).await?.get::<_, i64>(0) > 0 {
            if since.elapsed() > SESSION_END_PATIENCE {
                let end = "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = $1";
                self.admin.execute(end, &[&name]).await?;
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(())
    }

    pub async fn ensure_roles(&self, roles: &[String]) -> Result<(), ShadowError> {
        let missing = "select format('create role %I', name) from unnest($1::text[]) with ordinality wanted(name, position)
             where not exists (select from pg_roles where rolname = name) group by name order by min(position)";
        for row in self.admin.query(missing, &[&roles]).await? {
            self.admin.batch_execute(row.get(0)).await?;
        }
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

    async fn shared_state(&self) -> Result<String, ShadowError> {
        Ok(self.admin.query_one(SHARED_STATE, &[]).await?.get(0))
    }

    /// Stops the server; the cluster goes back into the cache if it is as a later command needs it.
    pub async fn close(self) -> Result<(), ShadowError> {
        let clean = self.tidy().await?;
        let Self { admin, state, server, claim, .. } = self;
        admin.close().await?;
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
        let databases = self.state().databases.clone();
        for name in databases {
            self.drop_database(&name).await?;
        }
        let unneeded = "select format('drop role %I', rolname) from pg_roles r where oid >= 16384
             and not exists (select from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = r.oid)";
        for row in self.admin.query(unneeded, &[]).await? {
            self.admin.batch_execute(row.get(0)).await?;
        }
        if self.state().manifest.uses % USES_PER_VACUUM == USES_PER_VACUUM - 1 {
            self.admin.batch_execute("vacuum pg_database, pg_shdepend, pg_authid, pg_auth_members").await?;
        }
        let shared_state = self.shared_state().await?;
        Ok(shared_state == self.state().manifest.shared_state)
    }
}

/// Puts a copy of the cluster that `initdb` makes at `site`; makes it first if it is not there yet.
async fn copy_base(binaries: &Binaries, slots: &Slots, site: &Site) -> Result<(), ShadowError> {
    let base = slots.base();
    if !base.join("data/PG_VERSION").is_file() {
        let held = slots.lock_base().await?;
        if !base.join("data/PG_VERSION").is_file() {
            make_base(binaries, slots).await?;
        }
        drop(held);
    }
    copy_cluster(&base.join("data"), &site.data(), slots.account())
        .map_err(|error| ServerError::io("copy to", &site.data(), error))?;
    Ok(())
}

/// Runs `initdb` and one session in `template1`, which leaves the relation cache's file there for
/// every copy: their first session starts faster.
async fn make_base(binaries: &Binaries, slots: &Slots) -> Result<(), ShadowError> {
    let (base, account) = (slots.base(), slots.account());
    let dir = base.with_extension("new");
    dirs::remove(&dir)?;
    dirs::create_closed(&dir, account)?;
    let socket_dir =
        if dirs::fits_a_socket(&dir) { dir.clone() } else { dirs::short_socket_dir("base", account)? };
    let site = Site { dir, socket_dir, account };
    cluster::init(binaries, account, &site.data(), Durability::Throwaway)?;
    let server = Supervised::start(binaries, site.clone(), SETTINGS).await?;
    connect(&DatabaseUrl::socket(&site.socket_dir, 5432, SUPERUSER, "template1")).await?.close().await?;
    server.stop().await?;
    if site.socket_dir != site.dir {
        dirs::remove(&site.socket_dir)?;
    }
    fs::rename(&site.dir, &base).map_err(|error| ServerError::io("put in place", &base, error))?;
    Ok(())
}

/// Names everything that a cluster's files depend on.
fn cluster_name(binaries: &Binaries, account: Account) -> String {
    let parts = format!("{}\n{}\n{account:?}\n{SETTINGS:?}", binaries.version, binaries.bin_dir.display());
    format!("{}-{}", binaries.major, &hex(&Sha256::digest(parts))[..16])
}

async fn facts(admin: &Connection) -> Result<Facts, ShadowError> {
    let row = admin
        .query_one("select version(), current_setting('server_version'), (select setting from pg_config where name = 'SHAREDIR')", &[])
        .await?;
    let (build, version, share): (String, String, Option<String>) = (row.get(0), row.get(1), row.get(2));
    let extensions =
        share.and_then(|dir| fs::metadata(format!("{dir}/extension")).and_then(|meta| meta.modified()).ok());
    let identity =
        hex(&Sha256::digest(format!("{build}\n{extensions:?}\n{:?}", crate::server::SESSION_SETTINGS)));
    Ok(Facts { version, identity })
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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
