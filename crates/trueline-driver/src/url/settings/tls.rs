//! The parameters that concern TLS, and the files that libpq looks for when they are not set.

use std::path::PathBuf;

use super::super::syntax::Keywords;
use super::super::{Environment, UrlError};
use super::values::{choice, text};
use crate::tls::{RootCert, SslMode, TlsSettings, Versions};

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
            // node-postgres's word for it.
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
        versions: versions(keywords)?,
        direct,
        sni: choice(keywords, "sslsni", "`0` or `1`", &[("1", true), ("0", false)])?,
    })
}

/// The versions between `ssl_min_protocol_version` and `ssl_max_protocol_version`; before 1.2 there is none
/// that rustls would speak.
fn versions(keywords: &Keywords) -> Result<Versions, UrlError> {
    const NAMES: &str = "`TLSv1`, `TLSv1.1`, `TLSv1.2` or `TLSv1.3`";
    let known = [("TLSv1.2", 2), ("TLSv1", 0), ("TLSv1.1", 1), ("TLSv1.3", 3)];
    let oldest = choice(keywords, "ssl_min_protocol_version", NAMES, &known)?;
    let newest = choice(keywords, "ssl_max_protocol_version", NAMES, &[&[("", 3)], &known[..]].concat())?;
    match (oldest, newest) {
        (0..=2, 3) => Ok(Versions::Any),
        (0..=2, 2) => Ok(Versions::Only12),
        (3, 3) => Ok(Versions::Only13),
        _ => Err(UrlError::Unsupported {
            name: "ssl_max_protocol_version",
            why: "no version of TLS from 1.2 on is left",
        }),
    }
}
