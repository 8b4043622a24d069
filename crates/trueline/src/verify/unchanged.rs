//! Whether a database is still the very one that a comparison found equal: then a build need not
//! compare again.
//!
//! Every change of a catalog is made by a transaction with a number, and a snapshot of PostgreSQL says
//! which numbers are taken and done (`pg_snapshot`, documentation section "Transaction ID and Snapshot
//! Information Functions"). While that is the same, in the same run of the same server, nothing in the
//! database was changed. Anything else (a row written, a restart, another build of ours, a setting) means
//! that nobody knows, and the caller compares. What is remembered is kept beside the shadows' cache and is
//! worth nothing elsewhere. `db-verify` never asks here: who asks for a comparison gets one.

use std::fs;
use std::path::PathBuf;
use std::time::UNIX_EPOCH;

use tokio_postgres::Client;
use trueline_journal::Folder;

use crate::server::checksum::sha256_hex;
use crate::server::dirs::{self, Dirs};
use crate::settings::Settings;

/// The server, its run, the database, who asks, and which transactions are done.
const STATE: &str = "select concat_ws(' ', s.system_identifier, pg_postmaster_start_time()::text, d.oid, \
     current_user, txid_current_snapshot()) \
     from pg_control_system() s, pg_database d where d.datname = current_database()";

/// A database at one moment, and what it was or will be compared with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    path: PathBuf,
    text: String,
}

impl Moment {
    /// The moment of the database that `client` is connected to; none where it cannot be known. The
    /// comparison must come after it: what changes in between is seen as a later change then.
    pub async fn now(client: &Client, settings: &Settings, folder: &Folder) -> Option<Self> {
        let rows = client.query_typed(STATE, &[]).await.ok()?;
        let state: String = rows.first()?.try_get(0).ok()?;
        let snapshot = fs::read(folder.snapshot_path()).ok()?;
        let text = format!("{state}\n{}\n{}\n", sha256_hex(snapshot), sha256_hex(ourselves(settings)?));
        let name = sha256_hex(settings.root.as_os_str().as_encoded_bytes());
        Some(Self { path: Dirs::from_env().ok()?.cache.join("verified-1").join(&name[..32]), text })
    }

    /// Whether the comparison at this moment was made before, and found nothing.
    pub fn is_known(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|known| known == self.text)
    }

    /// Remembers that the comparison found nothing. Where that cannot be written, the next build compares.
    pub fn remember(&self) {
        let Some(dir) = self.path.parent() else { return };
        let made = dir.parent().is_some_and(|cache| dirs::ensure_private(cache).is_ok());
        if made && dirs::ensure_private(dir).is_ok() {
            let new = self.path.with_extension(std::process::id().to_string());
            if fs::write(&new, &self.text).and_then(|()| fs::rename(&new, &self.path)).is_err() {
                let _ = fs::remove_file(&new);
            }
        }
    }
}

/// What decides a comparison on our side: the settings, and which build of ours makes it.
fn ourselves(settings: &Settings) -> Option<String> {
    let program = std::env::current_exe().ok()?;
    let about = fs::metadata(&program).ok()?;
    let built = about.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(format!("{}\n{}\n{built:?}\n{settings:?}", program.display(), about.len()))
}
