//! The environment that commands run in: the process's variables, and under them the `.env` file in
//! the workspace's root.
//!
//! Values are secrets: nothing here prints one, and no error repeats one. What each variable must
//! look like is declared in the settings (`settings/variable.rs`). Read next: `env/dotenv.rs`.

mod dotenv;

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use trueline_driver::DatabaseUrl;
use trueline_journal::{Place, Problem};

use crate::nearest::nearest;
use crate::settings::{self, EMBEDDED, Required, Settings, Variable};

/// The file of variables for this machine alone, in the workspace's root.
pub const FILE: &str = ".env";

/// The variable that names the target database.
pub const DATABASE_URL: &str = "DATABASE_URL";

/// What kind of build an environment is checked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// For this machine: defaults count.
    Debug,
    /// For others: what is required must be set.
    Release,
}

/// The database that commands work on.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "a command holds one")]
pub enum Target {
    /// The workspace's own development server.
    Embedded,
    /// Another one.
    Url(DatabaseUrl),
}

/// Where a variable's value comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Process,
    /// A line of `.env`, from 1.
    File(u32),
}

/// Every variable of the process and of `.env`. The process wins; a variable set to nothing counts
/// as not set, as CI systems hand out secrets that a run may not see.
pub struct Environment {
    values: BTreeMap<String, (String, Source)>,
    problems: Vec<Problem>,
}

impl Environment {
    /// Reads the process's environment and `.env` in `root`. Faults of the file are kept for
    /// [`Environment::check`]; its sound lines count.
    pub fn read(root: &Path) -> Self {
        let process = std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            Some((name, value.to_string_lossy().into_owned()))
        });
        Self::of(root, process)
    }

    /// Like [`Environment::read`] with the process's variables given.
    pub fn of(root: &Path, process: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut values = BTreeMap::new();
        let mut problems = Vec::new();
        match std::fs::read(root.join(FILE)) {
            Ok(bytes) => {
                let file = dotenv::parse(&bytes);
                problems.extend(file.problems);
                for (name, value, line) in file.lines {
                    values.insert(name, (value, Source::File(line)));
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => {
                let problem = format!("failed to read `{FILE}`: {error}");
                problems.push(Problem::error("unreadable-file", problem).at(Place::file(FILE)));
            }
        }
        for (name, value) in process {
            values.insert(name, (value, Source::Process));
        }
        Self { values, problems }
    }

    /// The value of `name`, if it is set to something.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(value, _)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// Everything that is wrong with the declared variables and with `.env`, for a build of the
    /// given profile. Never repeats a value.
    pub fn check(&self, settings: &Settings, profile: Profile) -> Vec<Problem> {
        let declared = &settings.env;
        let mut problems = self.problems.clone();
        problems
            .extend(declared.iter().filter_map(|(name, variable)| self.check_one(name, variable, profile)));
        for (name, (_, source)) in &self.values {
            let Source::File(line) = *source else { continue };
            let Some(meant) = nearest(name, declared.keys().map(String::as_str)) else { continue };
            if !declared.contains_key(name) && self.get(meant).is_none() {
                let message = format!("`{name}` is not declared");
                let problem = Problem::warning("variable-unknown", message).at(Place::at(FILE, line, 1));
                problems.push(problem.hint(format!("did you mean `{meant}`?")));
            }
        }
        problems
    }

    /// The target database: what `DATABASE_URL` says, else its default. In a release build the
    /// embedded server is the target only where the variable says so itself.
    pub fn database_url(&self, settings: &Settings, profile: Profile) -> Result<Target, Problem> {
        let declared = settings.env.get(DATABASE_URL);
        let default = declared.and_then(|variable| variable.default.as_deref());
        let fallback = match profile {
            Profile::Debug => Some(default.unwrap_or(EMBEDDED)),
            Profile::Release if declared.is_some_and(|variable| variable.required.is_some()) => None,
            Profile::Release => default.filter(|default| *default != EMBEDDED),
        };
        let Some(value) = self.get(DATABASE_URL).or(fallback) else {
            let message = format!("`{DATABASE_URL}` is not set, and a release build requires it");
            let hint = format!("set `{DATABASE_URL}` in the environment or in `{FILE}`");
            return Err(Problem::error("variable-missing", message).hint(hint));
        };
        if value == EMBEDDED {
            return Ok(Target::Embedded);
        }
        DatabaseUrl::parse(value).map(Target::Url).map_err(|error| {
            let problem = format!("`{DATABASE_URL}` is not well formed: {error}");
            let problem = Problem::error("variable-malformed", problem);
            match error.hint() {
                Some(hint) => problem.hint(hint),
                None => problem,
            }
        })
    }

    fn check_one(&self, name: &str, variable: &Variable, profile: Profile) -> Option<Problem> {
        let Some(value) = self.get(name) else { return self.check_unset(name, variable, profile) };
        let (fault, hint) = variable.fault(value)?;
        let problem = Problem::error("variable-malformed", format!("`{name}` {fault}")).hint(hint);
        Some(match self.values.get(name) {
            Some((_, Source::File(line))) => problem.at(Place::at(FILE, *line, 1)),
            _ => problem.detail("it is set in the environment"),
        })
    }

    fn check_unset(&self, name: &str, variable: &Variable, profile: Profile) -> Option<Problem> {
        let when = match variable.required {
            Some(Required::Always) => "",
            Some(Required::InRelease) if profile == Profile::Release => ", and a release build requires it",
            _ => return None,
        };
        let state = if self.values.contains_key(name) { "is set to nothing" } else { "is not set" };
        let place = Place { file: settings::FILE.into(), line: Some(variable.line), column: Some(1) };
        let problem = Problem::error("variable-missing", format!("`{name}` {state}{when}")).at(place);
        Some(problem.hint(format!("set `{name}` in the environment or in `{FILE}`")))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.values.keys().collect();
        f.debug_struct("Environment").field("names", &names).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = r#"
        [workspace.metadata.trueline.env]
        DATABASE_URL = { kind = "postgres-url", default = "embedded", required-in = "release" }
        SESSION_KEY = { min-length = 8, required-in = "always" }
    "#;

    fn check(dotenv: &[u8], process: &[(&str, &str)], profile: Profile) -> Vec<String> {
        let root = tempfile::tempdir().unwrap();
        std::fs::write(root.path().join("Cargo.toml"), MANIFEST).unwrap();
        std::fs::write(root.path().join(FILE), dotenv).unwrap();
        let settings = Settings::load(root.path()).unwrap();
        let process = process.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::of(root.path(), process);
        assert!(!format!("{environment:?}").contains("s3cret"));
        let problems = environment.check(&settings, profile);
        let line = |problem: &Problem| {
            let place = problem.place.as_ref().map(ToString::to_string).unwrap_or_default();
            format!("{} {place}: {}", problem.severity, problem.message)
        };
        let lines: Vec<String> = problems.iter().map(line).collect();
        assert!(!lines.concat().contains("s3cret"), "{lines:?}");
        lines
    }

    #[test]
    fn what_is_set_well_formed_passes_wherever_it_is_set() {
        let key = [("SESSION_KEY", "s3cret-s3cret")];
        assert!(check(b"", &key, Profile::Debug).is_empty());
        assert!(check(b"SESSION_KEY=s3cret-s3cret", &[], Profile::Debug).is_empty());
        assert!(check(b"DATABASE_URL=postgres://u:s3cret@h/d", &key, Profile::Release).is_empty());
    }

    #[test]
    fn everything_missing_or_malformed_is_listed() {
        assert_eq!(
            check(b"", &[("SESSION_KEY", "")], Profile::Release),
            [
                "error Cargo.toml:3:1: `DATABASE_URL` is not set, and a release build requires it",
                "error Cargo.toml:4:1: `SESSION_KEY` is set to nothing",
            ]
        );
        assert_eq!(
            check(b"\nSESSION_KEY=s3cret", &[("DATABASE_URL", "mysql://s3cret")], Profile::Debug),
            [
                "error : `DATABASE_URL` is not well formed: the database URL has the unknown scheme `mysql`",
                "error .env:2:1: `SESSION_KEY` is shorter than `min-length`, 8 characters",
            ]
        );
    }

    #[test]
    fn the_environment_beats_the_file() {
        let found = check(b"SESSION_KEY=s3cret-s3cret", &[("SESSION_KEY", "s3cret")], Profile::Debug);
        assert_eq!(found, ["error : `SESSION_KEY` is shorter than `min-length`, 8 characters"]);
    }

    #[test]
    fn a_slip_in_the_file_is_pointed_at() {
        let found = check(b"SESION_KEY=s3cret-s3cret", &[], Profile::Debug);
        assert_eq!(
            found,
            [
                "error Cargo.toml:4:1: `SESSION_KEY` is not set",
                "warning .env:1:1: `SESION_KEY` is not declared"
            ]
        );
    }

    fn target(env: &str, value: Option<&str>, profile: Profile) -> Result<String, String> {
        let root = tempfile::tempdir().unwrap();
        let manifest = format!("[workspace.metadata.trueline.env]\n{env}");
        std::fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
        let settings = Settings::load(root.path()).unwrap();
        let process = value.map(|value| (DATABASE_URL.to_owned(), value.to_owned()));
        match Environment::of(root.path(), process).database_url(&settings, profile) {
            Ok(Target::Embedded) => Ok("embedded".to_owned()),
            Ok(Target::Url(url)) => Ok(url.to_string()),
            Err(problem) => Err(problem.message),
        }
    }

    #[test]
    fn a_release_never_falls_back_to_the_embedded_server() {
        let missing = Err("`DATABASE_URL` is not set, and a release build requires it".to_owned());
        for env in [
            "",
            "DATABASE_URL = { kind = 'postgres-url' }",
            "DATABASE_URL = { kind = 'postgres-url', default = 'embedded' }",
            "DATABASE_URL = { kind = 'postgres-url', default = 'embedded', required-in = 'release' }",
        ] {
            assert_eq!(target(env, None, Profile::Debug), Ok("embedded".to_owned()), "{env}");
            assert_eq!(target(env, Some(""), Profile::Release), missing, "{env}");
            assert_eq!(target(env, Some("embedded"), Profile::Release), Ok("embedded".to_owned()), "{env}");
        }
        let local = "DATABASE_URL = { kind = 'postgres-url', default = 'postgres://u@localhost/d' }";
        assert!(target(local, None, Profile::Debug).unwrap().contains("localhost"));
        let set = target(local, Some("postgres://u:s3cret@db.example/d"), Profile::Release).unwrap();
        assert!(set.contains("db.example") && !set.contains("s3cret"), "{set}");
        let bad = target(local, Some("mysql://u:s3cret@h/d"), Profile::Debug).unwrap_err();
        assert!(bad.contains("`mysql`") && !bad.contains("s3cret"), "{bad}");
    }
}
