//! The lists of hosts, addresses and ports, and the password for each host.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::super::pgpass::{self, Found, Wanted};
use super::super::syntax::{Keywords, Scheme};
use super::super::{Environment, Part, UrlError};
use super::values::{list, text};
use super::{HTTPS_PORT, Host, HostEntry};
use crate::secret::Secret;

const DEFAULT_PORT: u16 = 5432;

/// One entry for each host, without its password.
pub(super) fn read(scheme: Scheme, keywords: &Keywords) -> Result<Vec<HostEntry>, UrlError> {
    let (names, addresses, ports) =
        (list(keywords, "host"), list(keywords, "hostaddr"), list(keywords, "port"));
    let count = names.len().max(addresses.len()).max(1);
    for (name, listed) in [("host", names.len()), ("hostaddr", addresses.len())] {
        if listed > 0 && listed != count {
            return Err(UrlError::Count { name, listed, hosts: count });
        }
    }
    if ports.len() > 1 && ports.len() != count {
        return Err(UrlError::Count { name: "port", listed: ports.len(), hosts: count });
    }
    let mut hosts = Vec::with_capacity(count);
    for at in 0..count {
        let address = match addresses.get(at) {
            None | Some(&"") => None,
            Some(address) => Some(address.parse::<IpAddr>().map_err(|_| UrlError::Value {
                part: Part::Parameter("hostaddr".to_owned()),
                value: (*address).to_owned(),
                expected: "an IP address",
            })?),
        };
        let name = names.get(at).copied().unwrap_or("");
        let port = match (ports.get(at).or(ports.first().filter(|_| ports.len() == 1)), scheme) {
            (None | Some(&""), Scheme::Wss) => HTTPS_PORT,
            (None | Some(&""), Scheme::Ws) => 80,
            (None | Some(&""), Scheme::Postgres) => DEFAULT_PORT,
            // The text is not shown: after a password with a bare `/` it would be a piece of it.
            (Some(port), _) => port
                .trim()
                .parse::<u16>()
                .ok()
                .filter(|&port| port > 0)
                .ok_or_else(|| UrlError::malformed(Part::Port, "is not a number from 1 to 65535"))?,
        };
        let host = match (name, address) {
            ("", Some(address)) => Host::Name(address.to_string()),
            ("", None) if scheme != Scheme::Postgres => {
                return Err(UrlError::malformed(Part::Host, "is missing"));
            }
            ("", None) => default_host(port),
            (name, _) if name.starts_with('/') => Host::Directory(PathBuf::from(name)),
            (name, _) if name.chars().any(|char| char.is_whitespace() || char.is_control()) => {
                return Err(UrlError::malformed(Part::Host, "holds a space or a control character"));
            }
            (name, _) => Host::Name(name.to_owned()),
        };
        hosts.push(HostEntry { host, address, port, password: None });
    }
    Ok(hosts)
}

/// The socket's directory that the packager chose is compiled into libpq; here the usual two are
/// looked at, and where neither has a socket for this port, `localhost` is left.
fn default_host(port: u16) -> Host {
    ["/var/run/postgresql", "/tmp"]
        .iter()
        .map(Path::new)
        .find(|directory| cfg!(unix) && directory.join(format!(".s.PGSQL.{port}")).exists())
        .map_or_else(
            || Host::Name("localhost".to_owned()),
            |directory| Host::Directory(directory.to_path_buf()),
        )
}

/// The password of the URL or of `PGPASSWORD` is for every host; `.pgpass` is asked for each.
pub(super) fn fill_passwords(
    hosts: &mut [HostEntry],
    user: &str,
    database: &str,
    keywords: &Keywords,
    environment: &Environment,
    warnings: &mut Vec<String>,
) {
    if let Some(password) = text(keywords, "password") {
        for entry in hosts {
            entry.password = Some(Secret::new(password.clone()));
        }
        return;
    }
    let file = text(keywords, "passfile")
        .map(PathBuf::from)
        .or_else(|| environment.home_file(".pgpass", "postgresql/pgpass.conf"));
    let Some(file) = file else { return };
    for entry in hosts {
        let host = match &entry.host {
            Host::Directory(directory) if is_default_directory(directory) => "localhost".to_owned(),
            other => other.to_string(),
        };
        match pgpass::look_up(&file, &Wanted { host: &host, port: entry.port, database, user }) {
            Found::Nothing => {}
            Found::Password(password) => entry.password = Some(Secret::new(password)),
            Found::TooOpen => {
                let warning = format!(
                    "the password file `{}` is not used: others may read it; run `chmod 600` on it",
                    file.display()
                );
                if !warnings.contains(&warning) {
                    warnings.push(warning);
                }
            }
        }
    }
}

fn is_default_directory(directory: &Path) -> bool {
    ["/var/run/postgresql", "/tmp"].iter().any(|default| directory == Path::new(default))
}
