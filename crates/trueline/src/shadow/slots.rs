//! Cluster directories in the cache: taken by one command at a time, given back after a clean
//! stop, swept when their command died.
//!
//! ```text
//! base-1/<cluster>/            as initdb made it, synced; copied, never started; on disk
//! shadow-1/lock                held for a moment, while directories change their place
//!          idle/<cluster>/<id> a directory that the next command may take
//!          runs/<id>           a directory that a living command holds (owner.lock)
//!          trash/<id>          about to be removed
//! ```
//!
//! A directory moves by rename, so it is always in exactly one place. Only [`Claim::give_back`]
//! makes a directory idle. All but the bases may be in memory (see [`Dirs`]). Never connects to a server.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use super::manifest::{Manifest, boot_id, now_s};
use super::sweep;
use crate::server::account::Account;
use crate::server::dirs::{self, Dirs};
use crate::server::process::Site;
use crate::server::{ServerError, lock};

/// The format of everything in the cache: part of its path, so that versions never meet.
const FORMAT: &str = "shadow-1";
/// All idle clusters together; the least recently used go first.
const IDLE_BYTES_MAX: u64 = 1 << 30;
/// A cluster without templates.
const BARE_BYTES: u64 = 32 << 20;

/// The part of the cache that holds clusters of one kind.
#[derive(Clone, Debug)]
pub struct Slots {
    bases: PathBuf,
    root: PathBuf,
    cluster: String,
    account: Account,
}

/// A cluster directory that this process holds.
#[derive(Debug)]
pub struct Claim {
    /// Where its server runs.
    pub site: Site,
    /// What was in it when it was taken; default for a new one.
    pub manifest: Manifest,
    slots: Slots,
    owner: File,
}

impl Slots {
    /// The clusters named `cluster` in this cache.
    pub fn open(dirs: &Dirs, cluster: String, account: Account) -> Result<Self, ServerError> {
        for dir in [&dirs.cache, &dirs.clusters] {
            dirs::ensure_private(dir)?;
            account.reaches(dir)?;
        }
        let (bases, root) = (dirs.cache.join("base-1"), dirs.clusters.join(FORMAT));
        let slots = Self { bases, root, cluster, account };
        for dir in [
            slots.root.clone(),
            slots.bases.clone(),
            slots.runs(),
            slots.trash(),
            slots.root.join("idle"),
            slots.idle(),
        ] {
            dirs::ensure_private(&dir)?;
        }
        Ok(slots)
    }

    /// Where the cluster as initdb made it is, or belongs.
    pub fn base(&self) -> PathBuf {
        self.bases.join(&self.cluster)
    }

    fn idle(&self) -> PathBuf {
        self.root.join("idle").join(&self.cluster)
    }

    fn runs(&self) -> PathBuf {
        self.root.join("runs")
    }

    fn trash(&self) -> PathBuf {
        self.root.join("trash")
    }

    /// The account that owns the clusters.
    pub fn account(&self) -> Account {
        self.account
    }

    async fn lock(&self) -> Result<File, ServerError> {
        lock::wait_briefly(&self.root.join("lock")).await
    }

    /// The lock under which one command makes the base.
    pub async fn lock_base(&self) -> Result<File, ServerError> {
        lock::wait(&self.bases.join(format!("{}.lock", self.cluster)), std::time::Duration::from_mins(2))
            .await
    }

    /// Takes the idle cluster that was used last, or makes an empty directory for a new one; sweeps
    /// what dead commands left.
    pub async fn claim(&self) -> Result<Claim, ServerError> {
        let held = self.lock().await?;
        let orphans = sweep::bury(&self.runs(), &self.trash(), self.account)?;
        let id = unique_id();
        let dir = self.runs().join(&id);
        let mut manifest = None;
        for candidate in by_last_use(&self.idle()) {
            fs::rename(&candidate, &dir).map_err(|error| ServerError::io("take", &candidate, error))?;
            manifest = Manifest::read(&dir);
            if manifest.is_some() {
                break;
            }
            sweep::discard(&dir, &self.trash())?;
        }
        if manifest.is_none() {
            dirs::create_closed(&dir, self.account)?;
        }
        let owner = own(&dir)?;
        drop(held);
        sweep::finish(&orphans, &self.trash()).await;
        let site = Site::new(dir, self.account);
        site.make_socket_dir()?;
        Ok(Claim { site, manifest: manifest.unwrap_or_default(), slots: self.clone(), owner })
    }
}

impl Claim {
    /// Puts the directory back for the next command. The server on it must have stopped cleanly.
    pub async fn give_back(self, mut manifest: Manifest) -> Result<(), ServerError> {
        manifest.boot = boot_id();
        manifest.last_used_s = now_s();
        manifest.uses += 1;
        manifest.write(&self.site.dir)?;
        let log = self.site.log();
        fs::remove_file(&log).map_err(|error| ServerError::io("remove", &log, error))?;
        self.site.remove_socket_dir()?;
        let held = self.slots.lock().await?;
        let name = self.site.dir.file_name().unwrap_or_default();
        let home = self.slots.idle().join(name);
        fs::rename(&self.site.dir, &home)
            .map_err(|error| ServerError::io("put back", &self.site.dir, error))?;
        let removed = self.slots.prune()?;
        drop((held, self.owner));
        if removed {
            sweep::finish(&[], &self.slots.trash()).await;
        }
        Ok(())
    }

    /// Removes the directory. The server on it must be gone.
    pub fn discard(self) -> Result<(), ServerError> {
        self.site.remove_socket_dir()?;
        dirs::remove(&self.site.dir)
    }
}

impl Slots {
    /// Moves idle clusters to the trash until the rest is below the cap; says whether it moved any.
    fn prune(&self) -> Result<bool, ServerError> {
        let mut idle: Vec<PathBuf> =
            children(&self.root.join("idle")).iter().flat_map(|dir| children(dir)).collect();
        idle.sort_by_cached_key(|dir| std::cmp::Reverse(last_use(dir)));
        let mut bytes = 0;
        let mut removed = false;
        for dir in idle {
            bytes += BARE_BYTES + Manifest::read(&dir).map_or(0, |manifest| manifest.template_bytes());
            if bytes > IDLE_BYTES_MAX {
                sweep::discard(&dir, &self.trash())?;
                removed = true;
            }
        }
        Ok(removed)
    }
}

/// Locks the directory for this process.
fn own(dir: &Path) -> Result<File, ServerError> {
    let path = dir.join(sweep::OWNER_LOCK);
    let file = lock::open(&path).map_err(|error| ServerError::io("open", &path, error))?;
    match lock::try_lock(&file) {
        Ok(true) => Ok(file),
        Ok(false) => Err(ServerError::Locked { path }),
        Err(error) => Err(ServerError::io("lock", &path, error)),
    }
}

/// A name that no other claim on this machine has had since it started.
fn unique_id() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let nanos = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .map_or(0, |since| since.as_nanos() & 0xffff_ffff_ffff);
    format!("{}-{:x}-{}", std::process::id(), nanos, COUNT.fetch_add(1, Ordering::Relaxed))
}

fn by_last_use(dir: &Path) -> Vec<PathBuf> {
    let mut slots = children(dir);
    slots.sort_by_cached_key(|slot| std::cmp::Reverse(last_use(slot)));
    slots
}

fn last_use(slot: &Path) -> u64 {
    Manifest::read(slot).map_or(0, |manifest| manifest.last_used_s)
}

/// The directories in `dir`, sorted by name; none when it is not there.
pub(super) fn children(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut dirs: Vec<PathBuf> = entries.filter(is_dir).map(|entry| entry.path()).collect();
    dirs.sort();
    dirs
}

fn is_dir(entry: &fs::DirEntry) -> bool {
    entry.file_type().is_ok_and(|kind| kind.is_dir())
}
