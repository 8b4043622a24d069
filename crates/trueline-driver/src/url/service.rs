//! Service files: `service=name` stands for the keywords of a section of `pg_service.conf`.
//!
//! The per-user file is looked at first, then the system's, as libpq does (PostgreSQL's manual, "The
//! Connection Service File"). What the URL sets itself is never replaced.

use std::path::{Path, PathBuf};

use super::syntax::Keywords;
use super::{Environment, UrlError};

/// Fills the keywords that are not set from the service that the URL or `PGSERVICE` names, if any.
pub(super) fn fill(keywords: &mut Keywords, environment: &Environment) -> Result<(), UrlError> {
    let named_file = keywords.remove("servicefile");
    let service = keywords.remove("service").or_else(|| environment.get("PGSERVICE").map(str::to_owned));
    let Some(service) = service.filter(|service| !service.is_empty()) else { return Ok(()) };

    let mut files: Vec<PathBuf> = Vec::new();
    match named_file.or_else(|| environment.get("PGSERVICEFILE").map(str::to_owned)) {
        Some(file) => files.push(file.into()),
        None => files.extend(environment.home_file(".pg_service.conf", "postgresql/.pg_service.conf")),
    }
    files.push(match environment.get("PGSYSCONFDIR") {
        Some(directory) => Path::new(directory).join("pg_service.conf"),
        None => PathBuf::from("/etc/postgresql-common/pg_service.conf"),
    });
    for file in &files {
        let Ok(text) = std::fs::read_to_string(file) else { continue };
        if let Some(section) = section(&text, &service, file)? {
            for (key, value) in section {
                keywords.entry(key).or_insert(value);
            }
            return Ok(());
        }
    }
    Err(UrlError::Service { service, files })
}

/// The settings under `[service]`, the first one of a name winning; `None` when there is no such section.
fn section(text: &str, service: &str, file: &Path) -> Result<Option<Keywords>, UrlError> {
    let mut found: Option<Keywords> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix('[') {
            if found.is_some() {
                break;
            }
            if name.split(']').next() == Some(service) {
                found = Some(Keywords::new());
            }
            continue;
        }
        let Some(settings) = &mut found else { continue };
        let malformed =
            |why: &str| UrlError::ServiceFile { file: file.to_path_buf(), line: number, why: why.to_owned() };
        let (key, value) = line.split_once('=').ok_or_else(|| malformed("is not `keyword=value`"))?;
        if key == "service" || key.starts_with("ldap:") {
            return Err(malformed("names another service or LDAP, which is not followed"));
        }
        settings.entry(key.trim_end().to_owned()).or_insert_with(|| value.to_owned());
    }
    Ok(found)
}
