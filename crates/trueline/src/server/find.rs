//! Finding PostgreSQL's programs on this machine.
//!
//! Order: `TRUELINE_PG_BIN`, then what is installed, newest first, then the carrier. A directory counts when its
//! `postgres --version` answers; nothing is guessed from a path. Never starts a server.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cluster::run;
use super::dirs::Dirs;
use super::{Binaries, Origin, ServerError, Wanted, carrier};

/// The variable that names a directory with PostgreSQL's programs.
const PG_BIN: &str = "TRUELINE_PG_BIN";

/// The server to use: the one that `TRUELINE_PG_BIN` names, else an installed one of the wanted
/// major, newest first, else the carrier's, which may take a few seconds when it is not here yet.
pub fn find(wanted: &Wanted) -> Result<Binaries, ServerError> {
    if let Some(dir) = std::env::var_os(PG_BIN).filter(|value| !value.is_empty()) {
        return named(Path::new(&dir), wanted.major);
    }
    let mut looked_at = Vec::new();
    let fits = |binaries: &Binaries| wanted.major.is_none_or(|major| major == binaries.major);
    if let Some(found) = installed(&mut looked_at, &fits).into_iter().find(fits) {
        return Ok(found);
    }
    if !wanted.carrier {
        looked_at.push("the carrier crate: the settings say `carrier = false`".to_owned());
    } else if wanted.major.is_none_or(|major| major == carrier::MAJOR) {
        return carrier::get(&Dirs::from_env()?.cache);
    } else {
        looked_at.push(format!("the carrier crate: PostgreSQL {}", carrier::MAJOR));
    }
    Err(ServerError::NotFound { major: wanted.major, looked_at })
}

/// Every server on this machine, the carrier's last: what tests run on.
pub fn find_all() -> Vec<Binaries> {
    let named = std::env::var_os(PG_BIN).and_then(|dir| named(Path::new(&dir), None).ok());
    let carried = Dirs::from_env().and_then(|dirs| carrier::get(&dirs.cache)).ok();
    named.into_iter().chain(installed(&mut Vec::new(), &|_| false)).chain(carried).collect()
}

/// The directory that `TRUELINE_PG_BIN` names: it must do, as nobody sets it by accident.
fn named(dir: &Path, major: Option<u32>) -> Result<Binaries, ServerError> {
    let fault = match inspect(dir, Origin::Env) {
        Ok(binaries) => match major {
            Some(major) if major != binaries.major => {
                format!("holds PostgreSQL {}, but {major} is wanted", binaries.major)
            }
            _ => return Ok(binaries),
        },
        Err(fault) => fault,
    };
    Err(ServerError::BadBinDir { path: dir.to_path_buf(), fault })
}

/// Installed servers, newest first; `looked_at` gets a line for each place. `pg_config` is asked
/// only when no other server fits: it takes longer than all the rest.
fn installed(looked_at: &mut Vec<String>, fits: &dyn Fn(&Binaries) -> bool) -> Vec<Binaries> {
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    let mut look = |dirs: Vec<PathBuf>, looked_at: &mut Vec<String>| {
        for dir in dirs.iter().filter_map(|dir| real_dir(dir)) {
            if !seen.insert(dir.clone()) {
                continue;
            }
            match inspect(&dir, Origin::Installed) {
                Ok(binaries) => {
                    looked_at.push(format!("{}: PostgreSQL {}", dir.display(), binaries.major));
                    found.push(binaries);
                }
                Err(fault) => looked_at.push(format!("{}: {fault}", dir.display())),
            }
        }
        found.iter().any(fits)
    };
    let dirs = candidates(looked_at);
    if !look(dirs, looked_at) {
        match run(Command::new("pg_config").arg("--bindir").stdin(Stdio::null()), "pg_config") {
            Ok(answer) => {
                look(vec![PathBuf::from(String::from_utf8_lossy(&answer).trim())], looked_at);
            }
            Err(_) => looked_at.push("pg_config: not found".to_owned()),
        }
    }
    found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
    found
}

/// The directory that a link to `postgres` leads to, if `initdb` is there too, so that the same
/// server under two names counts once; else the directory itself.
fn real_dir(dir: &Path) -> Option<PathBuf> {
    let target = fs::canonicalize(dir.join("postgres")).ok();
    let target = target.and_then(|program| program.parent().map(Path::to_path_buf));
    target.filter(|dir| dir.join("initdb").is_file()).or_else(|| fs::canonicalize(dir).ok())
}

/// Directories where packagers put the programs.
fn candidates(looked_at: &mut Vec<String>) -> Vec<PathBuf> {
    let mut dirs = Vec::new();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path: Vec<PathBuf> =
        std::env::split_paths(&path).filter(|dir| dir.join("postgres").is_file()).collect();
    if on_path.is_empty() {
        looked_at.push("PATH: no `postgres`".to_owned());
    }
    dirs.extend(on_path);
    for (parent, prefix, below) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/home/linuxbrew/.linuxbrew/opt", "postgresql", "bin"),
        ("/Applications/Postgres.app/Contents/Versions", "", "bin"),
    ] {
        let below = children(Path::new(parent), prefix).into_iter().map(|dir| dir.join(below));
        let below: Vec<PathBuf> = below.filter(|dir| dir.join("postgres").is_file()).collect();
        if below.is_empty() {
            looked_at.push(format!("{parent}/{prefix}*/bin: no `postgres`"));
        }
        dirs.extend(below);
    }
    dirs
}

fn children(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(parent) else { return Vec::new() };
    let mut dirs: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| entry.path())
        .collect();
    dirs.sort();
    dirs
}

/// Asks the programs in `dir` what they are; the error says in words why they do not do.
pub fn inspect(dir: &Path, origin: Origin) -> Result<Binaries, String> {
    for program in ["postgres", "initdb"] {
        if !dir.join(program).is_file() {
            return Err(format!("holds no `{program}`"));
        }
    }
    let version = version_of(&dir.join("postgres")).map_err(|error| error.to_string())?;
    let Some(major) = major_in(&version) else {
        return Err(format!("holds a `postgres` that answers `{version}` when asked for its version"));
    };
    let pg_dump = dir.join("pg_dump");
    let pg_dump = pg_dump.is_file().then_some(pg_dump);
    Ok(Binaries { bin_dir: dir.to_path_buf(), major, version, pg_dump, origin })
}

fn version_of(program: &Path) -> Result<String, ServerError> {
    let answer = run(Command::new(program).arg("--version").stdin(Stdio::null()), "postgres --version")?;
    Ok(String::from_utf8_lossy(&answer).trim().to_owned())
}

/// The major in `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`; `18beta1` and `19devel`
/// count as 18 and 19. Majors before 10 had two parts and are not supported.
fn major_in(version: &str) -> Option<u32> {
    let (_, rest) = version.split_once("(PostgreSQL) ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok().filter(|&major| major >= 10)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{major_in, named};

    #[test]
    fn a_named_directory_that_does_not_do_is_an_error() {
        let error = named(Path::new("/nonexistent"), None).unwrap_err();
        assert_eq!(error.to_string(), "`TRUELINE_PG_BIN` names `/nonexistent`, which holds no `postgres`");
        assert!(error.hint().is_some_and(|hint| hint.contains("unset it")));
    }

    #[test]
    fn majors_are_read_from_what_postgres_answers() {
        assert_eq!(major_in("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"), Some(15));
        assert_eq!(major_in("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major_in("postgres (PostgreSQL) 9.6.24"), None);
        assert_eq!(major_in("postgres (EnterpriseDB) 15.1"), None);
    }
}
