//! The cluster as `initdb` makes it, from which every cluster of a shadow is copied.
//!
//! It is made once for a server's build and kept, synced, in the cache. It is never started again.

use std::fs;
use std::io;
use std::path::Path;

use trueline_driver::{DatabaseUrl, connect};

use super::ShadowError;
use super::own::SETTINGS;
use super::slots::Slots;
use crate::server::account::Account;
use crate::server::checksum::sha256_hex;
use crate::server::cluster::{self, Durability};
use crate::server::dirs;
use crate::server::process::{Site, Supervised};
use crate::server::{Binaries, SUPERUSER, ServerError};

/// Written last into the directory of a cluster that is complete.
const MARK: &str = "complete";

/// Names everything that a cluster's files depend on.
pub fn cluster_name(binaries: &Binaries, account: Account) -> String {
    let parts = format!("{}\n{}\n{account:?}\n{SETTINGS:?}", binaries.version, binaries.bin_dir.display());
    format!("{}-{}", binaries.major, &sha256_hex(parts)[..16])
}

/// Puts a copy of the base at `site`; makes the base first if it is not there yet.
pub async fn copy_base(binaries: &Binaries, slots: &Slots, site: &Site) -> Result<(), ShadowError> {
    let base = slots.base();
    if !base.join(MARK).is_file() {
        let held = slots.lock_base().await?;
        if !base.join(MARK).is_file() {
            make_base(binaries, slots).await?;
        }
        drop(held);
    }
    copy_cluster(&base.join("data"), &site.data(), slots.account())
        .map_err(|error| ServerError::io("copy the cluster to", &site.data(), error))?;
    Ok(())
}

/// Runs `initdb` and one session in `template1`, which leaves the relation cache's file there for
/// every copy: their first session starts faster.
async fn make_base(binaries: &Binaries, slots: &Slots) -> Result<(), ShadowError> {
    let (base, account) = (slots.base(), slots.account());
    let dir = base.with_extension("new");
    dirs::remove(&base)?;
    dirs::remove(&dir)?;
    dirs::create_closed(&dir, account)?;
    let site = Site::new(dir, account);
    site.make_socket_dir()?;
    cluster::init(binaries, account, &site.data(), Durability::Throwaway)?;
    let server = Supervised::start(binaries, site.clone(), SETTINGS).await?;
    let url = DatabaseUrl::socket(&site.socket_dir, crate::server::PORT, SUPERUSER, "template1");
    // The session is only there for the file that it leaves.
    let _ = connect(&url).await?.close().await;
    server.stop().await?;
    site.remove_socket_dir()?;
    sync(&site.dir).map_err(|error| ServerError::io("sync", &site.dir, error))?;
    let mark = site.dir.join(MARK);
    fs::write(&mark, "").map_err(|error| ServerError::io("write", &mark, error))?;
    fs::rename(&site.dir, &base).map_err(|error| ServerError::io("put in place", &base, error))?;
    Ok(())
}

/// Writes everything below `dir` to disk: the base outlives the machine's next crash.
fn sync(dir: &Path) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() {
            sync(&entry.path())?;
        } else if kind.is_file() {
            fs::File::open(entry.path())?.sync_all()?;
        }
    }
    fs::File::open(dir)?.sync_all()
}

/// Copies a stopped cluster; the copy belongs to `account`, readable by it alone.
fn copy_cluster(from: &Path, to: &Path, account: Account) -> io::Result<()> {
    fs::create_dir(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_cluster(&entry.path(), &target, account)?;
        } else {
            fs::copy(entry.path(), &target)?;
            account.own(&target)?;
        }
    }
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    account.own(to)
}
