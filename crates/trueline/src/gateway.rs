//! What `db-gateway` keeps and says: the file with its password, and the settings for clients.
//!
//! The gateway itself is the driver's ([`trueline_driver::gateway`]).

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use trueline_driver::DatabaseUrl;
use trueline_driver::gateway::{PATH, random_password};
use trueline_journal::{Place, Problem};

use crate::embedded::Home;
use crate::server::account::Account;
use crate::server::dirs::{self, Dirs};
use crate::ui;

/// A shorter one would have been written by hand.
const PASSWORD_MIN: usize = 16;

/// A gateway's password, and the file that holds it.
#[derive(Clone, Debug)]
pub struct Password {
    /// The password; printed with the settings, and nowhere else.
    pub text: String,
    /// Mode 0600, beside the workspace's development data.
    pub file: PathBuf,
}

/// The password of the workspace at `root`: the same in every run, so that clients keep their settings;
/// made at random when there is none.
///
/// # Errors
/// The file cannot be written or read, or others can read it.
pub fn password(root: &Path) -> Result<Password, Problem> {
    let unusable = |error: &dyn std::error::Error| ui::problem("gateway-password", error, None);
    let dirs = Dirs::from_env().map_err(|error| unusable(&error))?;
    let home = Home::of(root, &dirs).map_err(|error| unusable(&error))?;
    dirs::ensure_private(&dirs.data).map_err(|error| unusable(&error))?;
    let file = home.dir().with_extension("gateway-password");
    let failed = |error: io::Error| {
        let message = format!("failed to keep the gateway's password: {error}");
        Problem::error("gateway-password", message).at(Place::file(&file))
    };
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(&file) {
        Ok(mut new) => {
            let text = random_password().map_err(failed)?;
            new.write_all(format!("{text}\n").as_bytes()).map_err(failed)?;
            Ok(Password { text, file })
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => read(file),
        Err(error) => Err(failed(error)),
    }
}

/// One that was made by another run, if nobody else can have read or replaced it.
fn read(file: PathBuf) -> Result<Password, Problem> {
    let refused = |why: &str| {
        let message = format!("the file with the gateway's password {why}");
        let remove = format!("remove it: `rm {}`; the next run makes a new one", file.display());
        Problem::error("gateway-password", message).at(Place::file(&file)).hint(remove)
    };
    let meta = fs::symlink_metadata(&file).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    if !meta.is_file() || meta.uid() != Account::Ours.uid() {
        return Err(refused("is not this user's"));
    }
    if meta.mode() & 0o077 != 0 {
        return Err(refused(&format!("is open to others (mode {:o})", meta.mode() & 0o7777)));
    }
    let text = fs::read_to_string(&file).map_err(|error| refused(&format!("cannot be read: {error}")))?;
    let text = text.trim().to_owned();
    if text.len() < PASSWORD_MIN || text.contains(char::is_control) {
        return Err(refused("holds no password"));
    }
    Ok(Password { text, file })
}

/// What clients need to know, ready to be copied; `server` says what is behind the gateway.
pub fn settings(server: &str, database: &DatabaseUrl, address: SocketAddr, password: &Password) -> String {
    let url = database.through_gateway(address, &password.text).to_secret_string();
    let javascript = url.replacen("ws://", "postgres://", 1);
    format!(
        "✅ the gateway serves ws://{address}{PATH} in front of {server}\n\
         \x20  its password is in {}, readable by you alone\n\
         \n\
         for @neondatabase/serverless:\n\
         \n\
         \x20  import {{ neonConfig, Pool }} from '@neondatabase/serverless'\n\
         \x20  import ws from 'ws'\n\
         \n\
         \x20  neonConfig.webSocketConstructor = ws\n\
         \x20  neonConfig.wsProxy = '{address}{PATH}'\n\
         \x20  neonConfig.useSecureWebSocket = false\n\
         \x20  neonConfig.pipelineConnect = false\n\
         \x20  const pool = new Pool({{ connectionString: '{javascript}' }})\n\
         \n\
         for Trueline and programs with its driver:\n\
         \n\
         \x20  DATABASE_URL={url}\n",
        ui::escape(&password.file.display().to_string())
    )
}
