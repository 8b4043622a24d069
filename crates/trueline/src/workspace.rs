//! Where the workspace is: the directory whose `Cargo.toml` has a `[workspace]` table.
//!
//! Reads `Cargo.toml` files upwards and nothing else; what the settings in it say is
//! `settings.rs`' matter.

use std::path::{Path, PathBuf};

use toml::de::DeTable;
use trueline_journal::Problem;

/// The nearest directory at or above `start` whose `Cargo.toml` has a `[workspace]` table.
pub fn find_root(start: &Path) -> Result<PathBuf, Problem> {
    for directory in start.ancestors() {
        if is_root(directory)? {
            return Ok(directory.to_path_buf());
        }
    }
    let problem = format!("no Cargo.toml with a `[workspace]` at or above `{}`", start.display());
    Err(Problem::error("no-workspace", problem).hint("run it inside a Cargo workspace, or pass `--root DIR`"))
}

/// What `--root` names, checked to be a workspace's root and made absolute.
pub fn named_root(directory: &Path) -> Result<PathBuf, Problem> {
    let absolute = directory.canonicalize().map_err(|error| {
        let problem = format!("failed to open directory `{}`: {error}", directory.display());
        Problem::error("no-workspace", problem)
            .hint("`--root` takes the directory of the workspace's Cargo.toml")
    })?;
    if is_root(&absolute)? {
        return Ok(absolute);
    }
    let problem = format!("`{}` has no Cargo.toml with a `[workspace]`", directory.display());
    Err(Problem::error("no-workspace", problem).hint(
        "`--root` takes the directory of the workspace's Cargo.toml; without it, it is searched upwards",
    ))
}

fn is_root(directory: &Path) -> Result<bool, Problem> {
    let manifest = directory.join("Cargo.toml");
    let text = match std::fs::read_to_string(&manifest) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
        Err(error) => {
            let problem = format!("failed to read `{}`: {error}", manifest.display());
            return Err(Problem::error("unreadable-file", problem));
        }
    };
    // A manifest that does not parse may still be the root: settings report the fault with its line.
    let (document, _) = DeTable::parse_recoverable(&text);
    Ok(document.get_ref().keys().any(|key| key.get_ref() == "workspace"))
}
