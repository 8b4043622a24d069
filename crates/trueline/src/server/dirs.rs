//! Where clusters, carriers and sockets live, and the checks that nobody else can reach them.
//!
//! The cache holds what can be made again; the data directory holds development databases. Both
//! are ours and closed to others. Under root they are open for passing through (mode 0711), because
//! the server's account (see [`super::account`]) must get to its own directory inside; that one is
//! closed. Never follows a symbolic link that somebody else could have put there.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::ServerError;
use super::account::{Account, is_root};
use super::checksum::sha256_hex;

/// The longest path of a unix socket that every system takes: `sun_path` has 104 bytes on BSD.
const SOCKET_PATH_MAX: usize = 100;
const SOCKET_NAME: &str = ".s.PGSQL.5432";
/// Below this much free memory, shadows run on disk.
const MEMORY_MIN: u64 = 2 << 30;

/// The two directories that outlive a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dirs {
    /// What can be made again: base clusters and carriers.
    pub cache: PathBuf,
    /// The clusters that shadows run on, with their templates: in memory where there is enough of
    /// it, because making and dropping databases creates and removes files by the hundred.
    pub clusters: PathBuf,
    /// Development databases.
    pub data: PathBuf,
}

impl Dirs {
    /// From the environment: `TRUELINE_CACHE_DIR` and `TRUELINE_DATA_DIR`, else the XDG base
    /// directories, else their defaults under `HOME`. Root's are under `/var`, because a server
    /// that must not run as root cannot enter root's home.
    pub fn from_env() -> Result<Self, ServerError> {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let pick = |ours: &str, xdg: &str, home: &str, root: &str| {
            if let Some(dir) = var(ours) {
                return std::path::absolute(&dir).map_err(|error| ServerError::io("resolve", &dir, error));
            }
            if is_root() {
                return Ok(PathBuf::from(root));
            }
            var(xdg)
                .filter(|dir| dir.is_absolute())
                .or_else(|| var("HOME").map(|dir| dir.join(home)))
                .map(|dir| dir.join("trueline"))
                .ok_or_else(|| ServerError::NoHome { variable: ours.to_owned() })
        };
        let cache = pick("TRUELINE_CACHE_DIR", "XDG_CACHE_HOME", ".cache", "/var/cache/trueline")?;
        let in_memory = if var("TRUELINE_CACHE_DIR").is_some() { None } else { memory_dir() };
        Ok(Self {
            clusters: in_memory.unwrap_or_else(|| cache.clone()),
            cache,
            data: pick("TRUELINE_DATA_DIR", "XDG_DATA_HOME", ".local/share", "/var/lib/trueline")?,
        })
    }
}

/// A directory of ours on a `tmpfs`, if there is one with room for large schemas. Its content is
/// gone after a reboot, which is when what shadows leave is worthless anyway.
fn memory_dir() -> Option<PathBuf> {
    let shm = Path::new("/dev/shm");
    let about = rustix::fs::statvfs(shm).ok()?;
    let is_memory = fs::read_to_string("/proc/mounts")
        .is_ok_and(|mounts| mounts.lines().any(|mount| mount.starts_with("tmpfs /dev/shm ")));
    if !is_memory || about.f_bavail.saturating_mul(about.f_frsize) < MEMORY_MIN {
        return None;
    }
    let dir = shm.join(format!("trueline-{}", Account::Ours.uid()));
    ensure_private(&dir).is_ok().then_some(dir)
}

/// Makes `dir` (and what is above it) if it is not there, and checks that it is ours and that
/// nobody else can write to it.
pub fn ensure_private(dir: &Path) -> Result<(), ServerError> {
    let mode = if is_root() { 0o711 } else { 0o700 };
    if let Some(parent) = dir.parent() {
        fs::create_dir_all(parent).map_err(|error| ServerError::io("create", parent, error))?;
    }
    match DirBuilder::new().mode(mode).create(dir) {
        Ok(()) => set_mode(dir, mode)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(ServerError::io("create", dir, error)),
    }
    check_owner(dir, Account::Ours, !mode & 0o077)
}

/// Makes `dir`, which must not exist, mode 0700 and owned by `account`.
pub fn create_closed(dir: &Path, account: Account) -> Result<(), ServerError> {
    DirBuilder::new().mode(0o700).create(dir).map_err(|error| ServerError::io("create", dir, error))?;
    account.own(dir).map_err(|error| ServerError::io("hand over", dir, error))
}

/// Makes `dir` closed if it is not there, else checks that it is what [`create_closed`] makes.
pub fn ensure_closed(dir: &Path, account: Account) -> Result<(), ServerError> {
    match create_closed(dir, account) {
        Err(ServerError::Io { source, .. }) if source.kind() == io::ErrorKind::AlreadyExists => {
            check_owner(dir, account, 0o077)
        }
        done => done,
    }
}

/// Fails unless `dir` is a directory (no symbolic link) of `account` without the mode bits `barred`.
fn check_owner(dir: &Path, account: Account, barred: u32) -> Result<(), ServerError> {
    let meta = fs::symlink_metadata(dir).map_err(|error| ServerError::io("inspect", dir, error))?;
    let fault = if !meta.is_dir() {
        "is not a directory".to_owned()
    } else if meta.uid() != account.uid() {
        format!("belongs to uid {}, not to uid {}", meta.uid(), account.uid())
    } else if meta.mode() & barred != 0 {
        format!("is open to others (mode {:o})", meta.mode() & 0o7777)
    } else {
        return Ok(());
    };
    Err(ServerError::Insecure { path: dir.to_path_buf(), fault })
}

fn set_mode(path: &Path, mode: u32) -> Result<(), ServerError> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
        .map_err(|error| ServerError::io("set the mode of", path, error))
}

/// Whether a server's socket may be in `dir`: longer paths cannot be bound.
pub fn fits_a_socket(dir: &Path) -> bool {
    dir.as_os_str().len() + 1 + SOCKET_NAME.len() < SOCKET_PATH_MAX
}

/// The socket of a server that listens in `dir`.
pub fn socket_in(dir: &Path) -> PathBuf {
    dir.join(SOCKET_NAME)
}

/// A short path for the socket of a server whose own directory has too long a one; the same for
/// the same server every time.
pub fn short_socket_dir(server_dir: &Path, account: Account) -> PathBuf {
    let name = sha256_hex(server_dir.as_os_str().as_encoded_bytes());
    Path::new("/tmp").join(format!("trueline-{}-{}", account.uid(), &name[..20]))
}

/// Removes a directory and all in it; one that is gone already is fine.
pub fn remove(dir: &Path) -> Result<(), ServerError> {
    match fs::remove_dir_all(dir) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(ServerError::io("remove", dir, error)),
        _ => Ok(()),
    }
}
