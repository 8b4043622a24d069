//! What the environment says: `DATABASE_URL`, and where to listen (`BIND`, `PORT`).
//!
//! Listens on loopback unless told otherwise.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use anyhow::{Context, anyhow};
use trueline_driver::DatabaseUrl;

const PORT: u16 = 8080;

/// What the service runs with.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub address: SocketAddr,
    /// Where the data is.
    pub database: DatabaseUrl,
}

impl Config {
    /// Reads the variables through `get`.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let get = |name| get(name).filter(|value| !value.is_empty());
        let url = get("DATABASE_URL").ok_or_else(|| {
            anyhow!("`DATABASE_URL` is not set\n\nhint: start it with `cargo xtask run`, or set the variable")
        })?;
        let database = DatabaseUrl::parse(&url).map_err(|error| match error.hint() {
            Some(hint) => anyhow!("`DATABASE_URL` is not well formed: {error}\n\nhint: {hint}"),
            None => anyhow!("`DATABASE_URL` is not well formed: {error}"),
        })?;
        let host = match get("BIND") {
            Some(text) => text.parse().with_context(|| format!("`BIND` is not an IP address: `{text}`"))?,
            None => IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let port = match get("PORT") {
            Some(text) => text.parse().with_context(|| format!("`PORT` is not a port: `{text}`"))?,
            None => PORT,
        };
        Ok(Self { address: SocketAddr::new(host, port), database })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(variables: &[(&str, &str)]) -> Result<String, String> {
        let get = |name: &str| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let config = Config::from_env(get).map_err(|error| format!("{error:#}"))?;
        Ok(config.address.to_string())
    }

    #[test]
    fn it_listens_on_loopback_unless_told_otherwise() {
        let url = ("DATABASE_URL", "postgres://u@localhost/d");
        assert_eq!(config(&[url]).unwrap(), "127.0.0.1:8080");
        assert_eq!(config(&[url, ("BIND", "::"), ("PORT", "80")]).unwrap(), "[::]:80");
        assert_eq!(config(&[url, ("BIND", ""), ("PORT", "")]).unwrap(), "127.0.0.1:8080");
    }

    #[test]
    fn what_is_wrong_is_named_and_no_secret_shown() {
        let url = ("DATABASE_URL", "postgres://u@localhost/d");
        assert!(config(&[]).unwrap_err().starts_with("`DATABASE_URL` is not set"));
        assert!(config(&[url, ("PORT", "x")]).unwrap_err().starts_with("`PORT` is not a port: `x`"));
        assert!(config(&[url, ("BIND", "x")]).unwrap_err().starts_with("`BIND` is not an IP address: `x`"));
        let error = config(&[("DATABASE_URL", "mysql://u:s3cret@h/d")]).unwrap_err();
        assert!(
            error.starts_with("`DATABASE_URL` is not well formed") && !error.contains("s3cret"),
            "{error}"
        );
    }
}
