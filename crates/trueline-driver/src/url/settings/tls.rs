//! The parameters that concern TLS, and the files that libpq looks for when they are not set.

use std::path::PathBuf;

use super::super::syntax::Keywords;
use super::super::{Environment, UrlError};
use super::values::{choice, text};
use crate::tls::{RootCert, SslMode, TlsSettings};

/// Reads them all.
pub(super) fn read(keywords: &Keywords, environment: &Environment) -> Result<TlsSettings, UrlError> {
    let mode = choice(
        keywords,
        "sslmode",
        "`disable`, `allow`, `prefer`, `require`, `verify-ca` or `verify-full`",
        &[
            ("", None),
            ("disable", Some(SslMode::Disable)),
            ("allow", Some(SslMode::Allow)),
            ("prefer", Some(SslMode::Prefer)),
            ("require", Some(SslMode::Require)),
            ("no-verify", Some(SslMode::Require)),
            ("verify-ca", Some(SslMode::VerifyCa)),
            ("verify-full", Some(SslMode::VerifyFull)),
        ],
    )?;
    let path = |key| text(keywords, key).map(PathBuf::from);
    let or_home = |named: Option<PathBuf>, name: &str| {
        named.or_else(|| {
            let unix = format!(".postgresql/{name}");
            environment.home_file(&unix, &format!("postgresql/{name}")).filter(|file| file.exists())
        })
    };
    let root = match text(keywords, "sslrootcert") {
        Some(system) if system == "system" => RootCert::System,
        Some(file) => RootCert::File(file.into()),
        None => or_home(None, "root.crt").map_or(RootCert::Native, RootCert::File),
    };
    if root == RootCert::System && !matches!(mode, None | Some(SslMode::VerifyFull)) {
        return Err(UrlError::Unsupported {
            name: "sslrootcert",
            why: "with `system`, any owner of a certificate would be trusted; use `sslmode=verify-full`",
        });
    }
    let certificates = text(keywords, "sslcertmode").is_none_or(|mode| mode != "disable");
    let direct = choice(
        keywords,
        "sslnegotiation",
        "`postgres` or `direct`",
        &[("postgres", false), ("direct", true)],
    )?;
    if direct && matches!(mode, Some(SslMode::Disable | SslMode::Allow | SslMode::Prefer)) {
        return Err(UrlError::Unsupported {
            name: "sslnegotiation",
            why: "`direct` needs `sslmode=require` or more",
        });
    }
    Ok(TlsSettings {
        mode: if root == RootCert::System { Some(SslMode::VerifyFull) } else { mode },
        root,
        certificate: or_home(path("sslcert"), "postgresql.crt").filter(|_| certificates),
        key: or_home(path("sslkey"), "postgresql.key").filter(|_| certificates),
        revocations: or_home(path("sslcrl"), "root.crl"),
        direct,
        sni: choice(keywords, "sslsni", "`0` or `1`", &[("1", true), ("0", false)])?,
    })
}
