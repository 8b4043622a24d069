//! What the tests share: directories, servers, and other processes to kill.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use trueline::server::dirs::Dirs;
use trueline::server::{self, Binaries, Origin};

/// Every server here; on machines that the carrier is for, it is one of them. PostgreSQL 18 is, too, where npm is.
pub fn servers() -> Vec<Binaries> {
    static SERVERS: OnceLock<Vec<Binaries>> = OnceLock::new();
    let servers = SERVERS.get_or_init(|| {
        let mut found = server::find_all();
        assert!(!found.is_empty(), "no PostgreSQL found: install one");
        if cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu")) {
            let carried = found.iter().any(|binaries| binaries.origin == Origin::Carrier);
            assert!(
                carried,
                "cargo could not bring the carrier: is there a registry, mirror or vendored copy?"
            );
        }
        if found.iter().all(|binaries| binaries.major < 18) {
            match postgres_18() {
                Ok(binaries) => found.push(binaries),
                Err(reason) => eprintln!("server: none of the newest major: {reason}"),
            }
        }
        for binaries in &found {
            eprintln!("server: {} in {}", binaries.version, binaries.bin_dir.display());
        }
        found
    });
    servers.clone()
}

/// The programs that the script brings, else what it says.
fn postgres_18() -> Result<Binaries, String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../.ci/postgres-18");
    let output = Command::new(script).output().map_err(|error| format!("{script}: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_owned());
    }
    server::find::inspect(Path::new(String::from_utf8_lossy(&output.stdout).trim()), Origin::Installed)
}

/// Runs the future on a runtime like the tool's own.
pub fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// A directory of one test, removed with it, that every user may pass through; in memory if possible.
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
        dirs_in(&self.path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.path);
    }
}

/// The directories that [`Scratch::dirs`] gives for this path.
pub fn dirs_in(path: &Path) -> Dirs {
    Dirs { cache: path.join("cache"), clusters: path.join("clusters"), data: path.join("data") }
}

/// The names in a directory, sorted; none when it is not there.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// Waits for something that happens on its own soon; fails when it does not happen at all.
pub fn eventually(what: &str, mut done: impl FnMut() -> bool) {
    let since = Instant::now();
    while !done() {
        assert!(since.elapsed() < Duration::from_mins(1), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process with this id exists and is no zombie.
pub fn is_alive(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| stat.rsplit(')').next().is_some_and(|rest| !rest.trim_start().starts_with('Z')))
}

/// The parent of a process; none when it has ended.
pub fn parent_of(pid: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    stat.rsplit(')').next()?.split_whitespace().nth(1)?.parse().ok()
}

/// Sends a signal by its name. The shell does it: a program called `kill` is not everywhere.
pub fn signal(pid: u32, name: &str) {
    let line = format!("kill -{name} {pid}");
    let status = Command::new("sh").args(["-c", &line]).status().unwrap();
    assert!(status.success(), "process {pid} could not be sent SIG{name}");
}

/// Ends a process that a test started, as `kill -9` does.
pub fn kill(pid: u32) {
    signal(pid, "KILL");
}

/// This test binary again, running only the test `name` with `argument` in `TRUELINE_TEST_ROLE`;
/// killed when dropped.
pub struct Other {
    child: Child,
    output: Lines<BufReader<ChildStdout>>,
}

impl Other {
    /// Starts it and waits for the line that starts with `ready`; gives the rest of that line.
    pub fn start(name: &str, argument: &str) -> (Self, String) {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", name, "--nocapture"])
            .env("TRUELINE_TEST_ROLE", argument)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut other = Self { child, output };
        while let Some(line) = other.output.next() {
            if let Some((_, rest)) = line.unwrap().split_once("ready ") {
                return (other, rest.to_owned());
            }
        }
        panic!("the other process ended early");
    }

    /// As `kill -9` does; waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&self) -> bool {
        !is_alive(self.child.id())
    }

    /// Waits until it ends by itself.
    pub fn wait(mut self) {
        self.output.by_ref().for_each(drop);
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The argument of [`Other::start`] in the other process; none in an ordinary run.
pub fn role() -> Option<String> {
    std::env::var("TRUELINE_TEST_ROLE").ok()
}
