//! A PostgreSQL server fetched through cargo, for machines that have none.
//!
//! A published crate carries a built server. A tiny workspace of ours depends on exactly that
//! crate, with a lock file that holds its checksum, and `cargo metadata --locked` brings it: from
//! the registry, a mirror, a vendored directory or cargo's own cache, as cargo is set up here. Its
//! archives are unpacked once into our cache, each checked against the SHA-256 below; the unpacked
//! files are hashed again before every use, and unpacked anew if one differs.
//!
//! Never runs anything of the crate but the two programs, and builds none of it.

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::checksum::sha256_hex;
use super::cluster::run;
use super::find::inspect;
use super::{Binaries, Origin, ServerError, dirs, lock};

/// The major that the carrier brings.
pub const MAJOR: u32 = 17;
const VERSION: &str = "0.2.7";
/// What the unpacked tree holds: a line `SHA-256  path` for each file.
const MANIFEST: &str = "MANIFEST";

/// The crate for one kind of machine.
struct Carrier {
    name: &'static str,
    /// The crate's SHA-256 in the registry's index, for the lock file.
    checksum: &'static str,
    /// Archives in its directory, with their SHA-256.
    archives: &'static [(&'static str, &'static str)],
}

/// The carrier for the machine that we were built for.
const CARRIER: Option<Carrier> = if cfg!(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))
{
    Some(Carrier {
        name: "pglite-rs-lib-x86_64-unknown-linux-gnu",
        checksum: "32f15e7c780aba8873afdb1db6b1cd741f2f03ece5a7996cb83f7d7814e64606",
        archives: &[
            (
                "lib/pglite-runtime.tar.zst",
                "e3fb68210df2e40e534a5db9886a4af5d56d4ef9ca30adeefd437069bda95073",
            ),
            (
                "lib/pglite-ext-pgcrypto-x86_64-unknown-linux-gnu.tar.gz",
                "31cf1cc4408f527c5883d35401c9225d6f470bebb23cb7d7a9aa72ad89d73f1d",
            ),
            (
                "lib/pglite-ext-pgvector-x86_64-unknown-linux-gnu.tar.gz",
                "4c6fbd256eca2667ec5079c6834403cf86cb4e8fb624a79783c11f06d1c701e3",
            ),
        ],
    })
} else {
    None
};

/// The carrier's server, fetched and unpacked into `cache` if it is not there yet.
pub fn get(cache: &Path) -> Result<Binaries, ServerError> {
    let Some(carrier) = CARRIER else {
        let reason = format!("there is none for {} on {}", std::env::consts::OS, std::env::consts::ARCH);
        return Err(ServerError::Carrier { reason });
    };
    dirs::ensure_private(cache)?;
    let home = cache.join("carrier-1");
    dirs::ensure_private(&home)?;
    let tree = home.join(format!("{}-{VERSION}", carrier.name));
    if !is_intact(&tree) {
        let held = lock::block(&home.join("lock"))?;
        if !is_intact(&tree) {
            unpack(&carrier, &home, &tree)?;
        }
        drop(held);
    }
    inspect(&tree.join("bin"), Origin::Carrier).map_err(|fault| {
        let reason = format!("`{}` {fault}; it needs glibc 2.34 or newer and zlib", tree.display());
        ServerError::Carrier { reason }
    })
}

/// Whether every file of the tree is as it was unpacked.
fn is_intact(tree: &Path) -> bool {
    let Ok(manifest) = fs::read_to_string(tree.join(MANIFEST)) else { return false };
    manifest.lines().all(|line| {
        line.split_once("  ").is_some_and(|(checksum, path)| {
            fs::read(tree.join(path)).is_ok_and(|content| sha256_hex(content) == checksum)
        })
    })
}

fn unpack(carrier: &Carrier, home: &Path, tree: &Path) -> Result<(), ServerError> {
    let source = fetch(carrier, home)?;
    let new = home.join("new");
    dirs::remove(&new)?;
    fs::create_dir(&new).map_err(|error| ServerError::io("create", &new, error))?;
    for (name, checksum) in carrier.archives {
        let path = source.join(name);
        let archive = fs::read(&path).map_err(|error| ServerError::io("read", &path, error))?;
        if sha256_hex(&archive) != *checksum {
            let reason = format!("`{}` is not the archive that was published", path.display());
            return Err(ServerError::Carrier { reason });
        }
        extract(name, &archive, &new).map_err(|error| ServerError::io("unpack", &path, error))?;
    }
    let mut lines = Vec::new();
    list(&new, Path::new(""), &mut lines).map_err(|error| ServerError::io("read", &new, error))?;
    lines.sort();
    let manifest = new.join(MANIFEST);
    fs::write(&manifest, lines.concat()).map_err(|error| ServerError::io("write", &manifest, error))?;
    dirs::remove(tree)?;
    fs::rename(&new, tree).map_err(|error| ServerError::io("put in place", tree, error))
}

/// Unpacks a `.tar.zst` or `.tar.gz`, headers for C compilers aside.
fn extract(name: &str, archive: &[u8], into: &Path) -> io::Result<()> {
    let mut tar = Vec::new();
    if Path::new(name).extension().is_some_and(|kind| kind == "zst") {
        let mut decoder = ruzstd::decoding::StreamingDecoder::new(archive).map_err(io::Error::other)?;
        decoder.read_to_end(&mut tar)?;
    } else {
        // RFC 1952: these archives, whose checksums are known, have the plain header of 10 bytes; the
        // trailer of 8 bytes is a weaker checksum than the one checked.
        let body = archive.get(10..archive.len().saturating_sub(8)).unwrap_or_default();
        tar = miniz_oxide::inflate::decompress_to_vec(body)
            .map_err(|error| io::Error::other(error.to_string()))?;
    }
    let mut archive = tar::Archive::new(tar.as_slice());
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !entry.path()?.components().any(|part| part.as_os_str() == "include") {
            entry.unpack_in(into)?;
        }
    }
    Ok(())
}

/// The manifest's lines for every regular file below `root/below`.
fn list(root: &Path, below: &Path, lines: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(root.join(below))? {
        let entry = entry?;
        let path = below.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            list(root, &path, lines)?;
        } else if kind.is_file() {
            lines.push(format!("{}  {}\n", sha256_hex(fs::read(root.join(&path))?), path.display()));
        }
    }
    Ok(())
}

/// Has cargo bring the crate, and gives the directory that it is in.
fn fetch(carrier: &Carrier, home: &Path) -> Result<PathBuf, ServerError> {
    let workspace = home.join("fetch");
    for (name, text) in workspace_files(carrier) {
        let path = workspace.join(name);
        let dir = path.parent().unwrap_or(&workspace);
        fs::create_dir_all(dir).map_err(|error| ServerError::io("create", dir, error))?;
        fs::write(&path, text).map_err(|error| ServerError::io("write", &path, error))?;
    }
    let cargo = std::env::var_os("CARGO").filter(|cargo| !cargo.is_empty()).unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    // Run where we are, so that cargo finds the configuration of the workspace that we serve.
    command.args(["metadata", "--locked", "--format-version", "1", "--manifest-path"]);
    command.arg(workspace.join("Cargo.toml")).stdin(Stdio::null());
    let answer = run(&mut command, "cargo metadata").map_err(|error| {
        let reason = error.to_string();
        ServerError::Carrier { reason }
    })?;
    let manifest = manifest_path(&answer, carrier.name);
    manifest.and_then(|path| path.parent().map(Path::to_path_buf)).ok_or_else(|| {
        let reason = format!("`cargo metadata` did not name the crate `{}`", carrier.name);
        ServerError::Carrier { reason }
    })
}

/// Where the crate's manifest is, in what `cargo metadata` printed.
fn manifest_path(answer: &[u8], name: &str) -> Option<PathBuf> {
    let answer: Value = serde_json::from_slice(answer).ok()?;
    let package = answer.get("packages")?.as_array()?.iter().find(|package| package["name"] == name)?;
    package["manifest_path"].as_str().map(PathBuf::from)
}

fn workspace_files(carrier: &Carrier) -> [(&'static str, String); 3] {
    let Carrier { name, checksum, .. } = carrier;
    let package = "name = \"trueline-carrier\"\nversion = \"0.0.0\"\n";
    [
        (
            "Cargo.toml",
            format!(
                "[package]\n{package}edition = \"2021\"\n\n[workspace]\n\n[dependencies]\n{name} = \"={VERSION}\"\n"
            ),
        ),
        (
            "Cargo.lock",
            format!(
                "version = 4\n\n[[package]]\nname = \"{name}\"\nversion = \"{VERSION}\"\n\
                 source = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"{checksum}\"\n\n\
                 [[package]]\n{package}dependencies = [\n \"{name}\",\n]\n"
            ),
        ),
        ("src/lib.rs", String::new()),
    ]
}
