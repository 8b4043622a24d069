//! What a cluster directory in the cache holds: `slot.json`.
//!
//! It is written only after the server on the directory has stopped cleanly, just before the
//! directory goes back into the cache. Read next: [`super::slots`].

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::TemplateKey;
use crate::server::ServerError;

const NAME: &str = "slot.json";

/// One template database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Template {
    /// What it holds.
    pub key: TemplateKey,
    /// Its size on disk when it was saved.
    pub bytes: u64,
    /// When it was last cloned or saved, in seconds since 1970.
    pub last_used_s: u64,
}

/// The content of `slot.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Identifies the run of the operating system that wrote the data. Nothing in a shadow is
    /// synced to disk, so what an earlier run left may be torn although its server stopped cleanly.
    pub boot: String,
    /// The state of what all databases of the cluster share, as [`super::own`] reads it.
    pub shared_state: String,
    /// How many commands have used the directory.
    pub uses: u32,
    /// When the last one did, in seconds since 1970.
    pub last_used_s: u64,
    /// The template databases in it.
    pub templates: Vec<Template>,
}

impl Manifest {
    /// The manifest in `dir`, if it is there, readable, and of this run of the operating system.
    pub fn read(dir: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&fs::read(dir.join(NAME)).ok()?).ok()?;
        (manifest.boot == boot_id()).then_some(manifest)
    }

    /// Writes it into `dir`.
    pub fn write(&self, dir: &Path) -> Result<(), ServerError> {
        let path = dir.join(NAME);
        let text = serde_json::to_vec(self).map_err(|error| ServerError::io("write", &path, error.into()))?;
        fs::write(&path, text).map_err(|error| ServerError::io("write", &path, error))
    }

    /// The size of all templates.
    pub fn template_bytes(&self) -> u64 {
        self.templates.iter().map(|template| template.bytes).sum()
    }
}

/// Seconds since 1970; 0 for a clock before that.
pub fn now_s() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Identifies this run of the operating system.
pub fn boot_id() -> String {
    if let Ok(id) = fs::read_to_string("/proc/sys/kernel/random/boot_id") {
        return id.trim().to_owned();
    }
    let asked = Command::new("sysctl").args(["-n", "kern.boottime"]).stdin(Stdio::null()).output();
    asked.map(|answer| String::from_utf8_lossy(&answer.stdout).trim().to_owned()).unwrap_or_default()
}
