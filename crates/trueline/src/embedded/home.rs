//! The files of one workspace's development server, and what happens to them under their lock.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use trueline_driver::{DatabaseUrl, connect};

use super::{DATABASE, EmbeddedError, Status};
use crate::server::account::{Account, is_root};
use crate::server::checksum::sha256_hex;
use crate::server::cluster::{self, Durability};
use crate::server::detached;
use crate::server::dirs::{self, Dirs};
use crate::server::process::{Site, Supervised};
use crate::server::{Binaries, Origin, PORT, SUPERUSER, ServerError, Wanted, find, lock};

/// Development data is data: everything that makes PostgreSQL durable stays on.
const SETTINGS: &[(&str, &str)] = &[
    ("listen_addresses", ""),
    ("unix_socket_permissions", "0700"),
    ("fsync", "on"),
    ("full_page_writes", "on"),
    ("synchronous_commit", "on"),
];
/// Says what the directory is; written before the directory is put in place.
const ABOUT: &str = "about.json";
/// How long another command may be at making, starting or stopping the same server.
const PATIENCE: Duration = Duration::from_mins(2);

/// What a development server's directory says about itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The workspace that it belongs to.
    pub workspace: PathBuf,
    /// The server's major.
    pub major: u32,
    /// What `postgres --version` said when the server was last started.
    pub version: String,
    /// Whether the carrier's programs run it.
    pub is_carrier: bool,
}

/// Where the development server of one workspace lives.
#[derive(Clone, Debug)]
pub struct Home {
    workspace: PathBuf,
    dir: PathBuf,
    data_dir: PathBuf,
}

impl Home {
    /// The home for the workspace at `root`, by its real path.
    pub fn of(root: &Path, dirs: &Dirs) -> Result<Self, EmbeddedError> {
        let workspace = fs::canonicalize(root).map_err(|error| ServerError::io("find", root, error))?;
        let name: String =
            workspace.file_name().unwrap_or_default().to_string_lossy().chars().take(24).collect();
        let name = name.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        let checksum = sha256_hex(workspace.as_os_str().as_encoded_bytes());
        let dir = dirs.data.join(format!("{name}-{}", &checksum[..12]));
        Ok(Self { workspace, dir, data_dir: dirs.data.clone() })
    }

    /// Where its files are.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What the server is doing.
    pub fn status(&self) -> Result<Status, EmbeddedError> {
        let Some(about) = self.about()? else { return Ok(Status::Absent) };
        let running = lock::is_held(&self.site().server_lock());
        Ok(if running { Status::Running(about) } else { Status::Stopped(about) })
    }

    /// Makes and starts what is not there, and gives the database.
    pub async fn ensure_running(&self, wanted: &Wanted) -> Result<DatabaseUrl, EmbeddedError> {
        let site = self.site();
        if !(self.about()?.is_some() && lock::is_held(&site.server_lock()) && site.is_reachable()) {
            let held = self.lock().await?;
            if self.about()?.is_none() {
                self.make(&find(wanted)?).await?;
            }
            self.start().await?;
            drop(held);
        }
        Ok(DatabaseUrl::socket(&self.site().socket_dir, PORT, SUPERUSER, DATABASE))
    }

    /// Stops the server; says whether one ran.
    pub async fn stop(&self) -> Result<bool, EmbeddedError> {
        if self.about()?.is_none() {
            return Ok(false);
        }
        let held = self.lock().await?;
        let stopped = detached::stop(&self.site()).await?;
        drop(held);
        Ok(stopped)
    }

    /// Stops the server and removes its data.
    pub async fn remove(&self) -> Result<(), EmbeddedError> {
        if !self.dir.exists() {
            return Ok(());
        }
        let held = self.lock().await?;
        if self.about()?.is_none() {
            return Err(EmbeddedError::Unmarked { dir: self.dir.clone() });
        }
        let site = self.site();
        detached::stop(&site).await?;
        site.remove_socket_dir()?;
        dirs::remove(&self.dir)?;
        drop(held);
        Ok(())
    }

    /// The site in the directory as it is: the account is the one that owns the data.
    fn site(&self) -> Site {
        let owner = fs::metadata(self.dir.join("data")).map(|meta| meta.uid()).ok();
        let account = match owner {
            Some(owner) if is_root() && owner == Account::Nobody.uid() => Account::Nobody,
            _ => Account::Ours,
        };
        Site::new(self.dir.clone(), account)
    }

    async fn lock(&self) -> Result<File, EmbeddedError> {
        dirs::ensure_private(&self.data_dir)?;
        Ok(lock::wait(&self.dir.with_extension("lock"), PATIENCE).await?)
    }

    fn about(&self) -> Result<Option<About>, EmbeddedError> {
        let Ok(meta) = fs::symlink_metadata(&self.dir) else { return Ok(None) };
        let (owner, ours) = (meta.uid(), Account::Ours.uid());
        if owner != ours && !(is_root() && owner == Account::Nobody.uid()) {
            return Err(EmbeddedError::OtherUser { data: self.dir.clone(), owner, ours });
        }
        let text = fs::read(self.dir.join(ABOUT)).ok();
        let about: Option<About> = text.and_then(|text| serde_json::from_slice(&text).ok());
        about.map(Some).ok_or_else(|| EmbeddedError::Unmarked { dir: self.dir.clone() })
    }

    fn write_about(&self, dir: &Path, binaries: &Binaries) -> Result<(), ServerError> {
        let about = About {
            workspace: self.workspace.clone(),
            major: binaries.major,
            version: binaries.version.clone(),
            is_carrier: binaries.origin == Origin::Carrier,
        };
        let path = dir.join(ABOUT);
        let text =
            serde_json::to_vec(&about).map_err(|error| ServerError::io("write", &path, error.into()))?;
        let new = dir.join("about.new");
        fs::write(&new, text).map_err(|error| ServerError::io("write", &new, error))?;
        fs::rename(&new, &path).map_err(|error| ServerError::io("write", &path, error))
    }

    /// Makes the cluster with the workspace's database beside its place, then puts it there: what
    /// is in place is complete.
    async fn make(&self, binaries: &Binaries) -> Result<(), EmbeddedError> {
        let account = Account::of(binaries.origin);
        account.reaches(&self.data_dir)?;
        let new = self.dir.with_extension("new");
        dirs::remove(&new)?;
        dirs::create_closed(&new, account)?;
        let site = Site::new(new, account);
        site.make_socket_dir()?;
        cluster::init(binaries, account, &site.data(), Durability::Durable)?;
        let server = Supervised::start(binaries, site.clone(), SETTINGS).await?;
        let url = DatabaseUrl::socket(&site.socket_dir, PORT, SUPERUSER, "postgres");
        let session = connect(&url).await?;
        if let Err(error) = session.batch_execute(&format!("create database {DATABASE}")).await {
            return Err(EmbeddedError::Sql(session.explain(error).await));
        }
        // The session has done its work; what it says at its end changes nothing.
        let _ = session.close().await;
        server.stop().await?;
        site.remove_socket_dir()?;
        self.write_about(&site.dir, binaries)?;
        fs::rename(&site.dir, &self.dir)
            .map_err(|error| ServerError::io("put in place", &self.dir, error))?;
        Ok(())
    }

    /// Starts the server on data that is there, unless it runs. The caller holds the lock.
    async fn start(&self) -> Result<(), EmbeddedError> {
        let mut site = self.site();
        // It may run after all: started by another command a moment ago, or ending after a crash.
        if detached::wait_until_ready(&site).await? {
            return Ok(());
        }
        let binaries = Self::binaries(&site)?;
        let account = Account::of(binaries.origin);
        if account != site.account {
            // Root's carrier and the stock server run as different users; root may hand over.
            site.remove_socket_dir()?;
            account.own_all(&site.dir).map_err(|error| ServerError::io("hand over", &site.dir, error))?;
            site = self.site();
        }
        site.make_socket_dir()?;
        self.write_about(&site.dir, &binaries)?;
        Ok(detached::start(&binaries, &site, SETTINGS).await?)
    }

    /// The programs that can run the data: of its major, installed ones first.
    fn binaries(site: &Site) -> Result<Binaries, EmbeddedError> {
        let data = site.data();
        let path = data.join("PG_VERSION");
        let text = fs::read_to_string(&path).map_err(|error| ServerError::io("read", &path, error))?;
        let made_by = text.trim().parse().unwrap_or(0);
        match find(&Wanted { major: Some(made_by), carrier: true }) {
            Err(ServerError::NotFound { looked_at, .. }) => {
                Err(EmbeddedError::OtherMajor { data, made_by, looked_at })
            }
            found => Ok(found?),
        }
    }
}
