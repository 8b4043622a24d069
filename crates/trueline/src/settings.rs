//! What the workspace's root `Cargo.toml` says about its database, under
//! `[workspace.metadata.trueline]`. Every key is optional.
//!
//! Reads that one file; opens no connection and reads no environment (`env.rs` does). Every fault
//! is reported in one run, each with its line; an unknown key is a fault. Read next:
//! `settings/variable.rs` for the declared environment, `settings/check.rs` for the values' rules.

mod check;
mod read;
mod timeouts;
mod variable;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use trueline_journal::{Place, Problem};

pub use timeouts::Timeouts;
pub(crate) use timeouts::in_words;
pub use variable::{EMBEDDED, Kind, Required, Variable, is_name};

use read::{Reader, Value};

/// The file that settings are in, as shown to people.
pub const FILE: &str = "Cargo.toml";

const KEYS: [&str; 15] = [
    "schema",
    "migrations",
    "schemas",
    "ledger",
    "manage",
    "ignore",
    "external",
    "postgres",
    "carrier",
    "lock-timeout",
    "long-lock-timeout",
    "statement-timeout",
    "long-statement-timeout",
    "wait-timeout",
    "env",
];

/// What is compared besides the definitions themselves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Manage {
    /// Who owns each object.
    pub owners: bool,
    /// Grants, default privileges.
    pub privileges: bool,
}

/// The settings of one workspace, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The workspace's root: absolute, the directory of its `Cargo.toml`.
    pub root: PathBuf,
    /// The directory of the desired state, relative to the root.
    pub schema: PathBuf,
    /// The directory of the migrations, relative to the root.
    pub migrations: PathBuf,
    /// The managed schemas, if the settings name them.
    pub schemas: Option<Vec<String>>,
    /// The ledger's schema and table, if the settings name it.
    pub ledger: Option<(String, String)>,
    /// What is compared besides definitions.
    pub manage: Manage,
    /// Patterns `KIND ADDRESS` of objects in the database that are not ours; `*` in an address
    /// stands for any characters. The form is checked, the kinds are not.
    pub ignore: Vec<String>,
    /// A file loaded first into every shadow and unmanaged, relative to the root.
    pub external: Option<PathBuf>,
    /// The shadow's PostgreSQL major, if the settings name it.
    pub postgres: Option<u32>,
    /// May a server be fetched through cargo?
    pub carrier: bool,
    /// How patient `db-migrate` is.
    pub timeouts: Timeouts,
    /// The environment variables that `env-check` checks, by name.
    pub env: BTreeMap<String, Variable>,
}

impl Settings {
    /// Reads the settings of the workspace at `root`, an absolute path.
    ///
    /// Fails with every problem that the file has, each with its line.
    pub fn load(root: &Path) -> Result<Self, Vec<Problem>> {
        let text = std::fs::read_to_string(root.join(FILE)).map_err(|error| {
            let problem = format!("failed to read `{FILE}`: {error}");
            vec![Problem::error("unreadable-file", problem).at(Place::file(FILE))]
        })?;
        Self::parse(root, &text)
    }

    /// The settings that every key's default gives, for the workspace at `root`.
    pub fn default_for(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
            schema: PathBuf::from("schema"),
            migrations: PathBuf::from("migrations"),
            schemas: None,
            ledger: None,
            manage: Manage::default(),
            ignore: Vec::new(),
            external: None,
            postgres: None,
            carrier: true,
            timeouts: Timeouts::default(),
            env: BTreeMap::new(),
        }
    }

    /// The directory of the desired state.
    pub fn schema_dir(&self) -> PathBuf {
        self.root.join(&self.schema)
    }

    /// The directory of the migrations.
    pub fn migrations_dir(&self) -> PathBuf {
        self.root.join(&self.migrations)
    }

    fn parse(root: &Path, text: &str) -> Result<Self, Vec<Problem>> {
        let (document, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(errors.iter().map(|error| syntax_problem(text, error)).collect());
        }
        let mut reader = Reader::new(Path::new(FILE), text);
        let mut settings = Self::default_for(root);
        if let Some(table) = trueline_table(&mut reader, document.get_ref()) {
            settings.read(&mut reader, table);
        }
        if reader.problems.is_empty() { Ok(settings) } else { Err(reader.problems) }
    }

    fn read<'a>(&mut self, reader: &mut Reader<'a>, table: &DeTable<'a>) {
        for (key, value) in table {
            let name = key.get_ref().as_ref();
            match name {
                "schema" => check::directory(reader, name, value, &mut self.schema),
                "migrations" => check::directory(reader, name, value, &mut self.migrations),
                "schemas" => self.schemas = check::schemas(reader, value),
                "ledger" => self.ledger = check::ledger(reader, value),
                "manage" => self.manage = check::manage(reader, value),
                "ignore" => self.ignore = check::ignore(reader, value),
                "external" => {
                    let mut file = PathBuf::new();
                    check::directory(reader, name, value, &mut file);
                    self.external = Some(file);
                }
                "postgres" => self.postgres = check::postgres(reader, value),
                "carrier" => self.carrier = reader.boolean(name, value).unwrap_or(true),
                "lock-timeout" => timeouts::set(reader, name, value, &mut self.timeouts.lock_ms),
                "long-lock-timeout" => timeouts::set(reader, name, value, &mut self.timeouts.long_lock_ms),
                "statement-timeout" => timeouts::set(reader, name, value, &mut self.timeouts.statement_ms),
                "long-statement-timeout" => {
                    timeouts::set(reader, name, value, &mut self.timeouts.long_statement_ms);
                }
                "wait-timeout" => timeouts::set(reader, name, value, &mut self.timeouts.wait_ms),
                "env" => self.env = variable::read(reader, value),
                _ => reader.unknown_key("setting", key, &KEYS),
            }
        }
        check::apart(reader, table, self);
    }
}

/// `[workspace.metadata.trueline]`, if there is one.
fn trueline_table<'v, 'a>(reader: &mut Reader<'a>, document: &'v DeTable<'a>) -> Option<&'v DeTable<'a>> {
    let mut table = document;
    for name in ["workspace", "metadata", "trueline"] {
        let value = get(table, name)?;
        table = reader.table(name, value)?;
    }
    Some(table)
}

/// The value of `name` in `table`.
fn get<'v, 'a>(table: &'v DeTable<'a>, name: &str) -> Option<&'v Value<'a>> {
    let entry = table.iter().find(|(key, _): &(&Spanned<_>, &Spanned<DeValue>)| key.get_ref() == name);
    entry.map(|(_, value)| value)
}

fn syntax_problem(text: &str, error: &toml::de::Error) -> Problem {
    let problem = Problem::error("toml-syntax", error.message().to_owned());
    match error.span() {
        Some(span) => problem.at(Place::of_offset(FILE, text, span.start)),
        None => problem.at(Place::file(FILE)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Settings, Vec<String>> {
        Settings::parse(Path::new("/w"), text).map_err(|problems| {
            let line = |problem: &Problem| {
                let place = problem.place.as_ref().expect("a settings problem has a place");
                let hint = problem.hint.as_deref().unwrap_or("-");
                format!("{place}: {} | {hint}", problem.message)
            };
            problems.iter().map(line).collect()
        })
    }

    fn problems(settings: &str) -> Vec<String> {
        parse(&format!("[workspace.metadata.trueline]\n{settings}")).expect_err("the settings are wrong")
    }

    #[test]
    fn without_a_table_every_default_holds() {
        let settings = parse("[workspace]\nmembers = []").unwrap();
        assert_eq!(settings, Settings::default_for(Path::new("/w")));
        assert_eq!(settings.schema_dir(), Path::new("/w/schema"));
        assert_eq!(settings.migrations_dir(), Path::new("/w/migrations"));
        assert!(settings.carrier);
    }

    #[test]
    fn every_key_is_read() {
        let settings = parse(
            r#"
            [workspace.metadata.trueline]
            schema = "db/schema"
            migrations = "db/migrations"
            schemas = ["public", "Sales"]
            ledger = '"My schema".log'
            manage = ["owners", "privileges"]
            ignore = ["table public.legacy_*", "extension pg_stat_statements", "event trigger x"]
            external = "db/external.sql"
            postgres = "17"
            carrier = false
            lock-timeout = "500ms"
            long-lock-timeout = "1d"
            statement-timeout = "0"
            long-statement-timeout = "2h"
            wait-timeout = "1 min"
            [workspace.metadata.trueline.env]
            DATABASE_URL = { kind = "postgres-url", default = "embedded", required-in = "release" }
            SESSION_KEY = { min-length = 32, required-in = "always" }
            "#,
        )
        .unwrap();
        assert_eq!(settings.schema, Path::new("db/schema"));
        assert_eq!(settings.schemas, Some(vec!["public".into(), "Sales".into()]));
        assert_eq!(settings.ledger, Some(("My schema".into(), "log".into())));
        assert_eq!(settings.manage, Manage { owners: true, privileges: true });
        assert_eq!(settings.ignore.len(), 3);
        assert_eq!(settings.external.as_deref(), Some(Path::new("db/external.sql")));
        assert_eq!(settings.postgres, Some(17));
        assert!(!settings.carrier);
        let timeouts = Timeouts {
            lock_ms: 500,
            long_lock_ms: 86_400_000,
            statement_ms: 0,
            long_statement_ms: 7_200_000,
            wait_ms: 60_000,
        };
        assert_eq!(settings.timeouts, timeouts);
        assert_eq!(settings.env["DATABASE_URL"].kind, Kind::PostgresUrl);
        assert_eq!(settings.env["DATABASE_URL"].required, Some(Required::InRelease));
        assert_eq!(settings.env["SESSION_KEY"].min_length, 32);
        assert_eq!(settings.env["SESSION_KEY"].required, Some(Required::Always));
    }

    #[test]
    fn all_faults_are_reported_at_once_each_with_its_place() {
        let found =
            problems("shcema = 'x'\nmigrations = 3\ncarrier = 'no'\npostgres = 17\nmanage = ['owner']\n");
        assert_eq!(
            found,
            [
                "Cargo.toml:4:11: `carrier` must be `true` or `false` | it is of type string now",
                "Cargo.toml:6:11: `manage` does not take `owner` | did you mean `owners`?",
                "Cargo.toml:3:14: `migrations` must be a string | it is of type integer now",
                "Cargo.toml:5:12: `postgres` must be a string | it is of type integer now",
                "Cargo.toml:2:1: unknown setting `shcema` | did you mean `schema`?",
            ]
        );
    }

    #[test]
    fn an_unknown_key_far_from_any_lists_the_known_ones() {
        let found = problems("database = 'x'");
        assert!(
            found[0].starts_with("Cargo.toml:2:1: unknown setting `database` | known are `schema`,"),
            "{found:?}"
        );
    }

    #[test]
    fn paths_stay_inside_the_workspace_and_apart() {
        for (settings, message) in [
            ("schema = '/etc'", "`schema` must be a path inside the workspace, relative to its root"),
            ("schema = '../x'", "`schema` must be a path inside the workspace, relative to its root"),
            ("migrations = ''", "`migrations` is empty"),
            ("schema = 'db'\nmigrations = 'db/migrations'", "`migrations` lies inside `schema`"),
            ("migrations = 'db'\nschema = './db'", "`migrations` lies inside `schema`"),
            ("external = 'schema/x.sql'", "`external` lies inside `schema`"),
        ] {
            let found = problems(settings);
            assert!(found.len() == 1 && found[0].contains(message), "{settings}: {found:?}");
        }
    }

    #[test]
    fn broken_values_are_refused() {
        for (settings, message) in [
            ("ledger = 'a.b.c'", "`ledger` names no table: `a.b.c`"),
            ("ledger = '\"open.b'", "`ledger` names no table"),
            ("schemas = []", "`schemas` is empty"),
            ("schemas = ['a', 'a']", "`schemas` lists `a` twice"),
            ("schemas = ['pg_catalog']", "`schemas` lists `pg_catalog`, which PostgreSQL keeps to itself"),
            ("ignore = ['legacy_*']", "`ignore` entry `legacy_*` does not name a kind and an address"),
            ("postgres = '9'", "`postgres` is not a major version: `9`"),
            ("postgres = '17.2'", "`postgres` is not a major version: `17.2`"),
            ("lock-timeout = '3 seconds'", "`lock-timeout` is not a time: `3 seconds`"),
            ("lock-timeout = '3'", "`lock-timeout` is not a time: `3`"),
            ("statement-timeout = '99999d'", "`statement-timeout` is not a time: `99999d`"),
            ("wait-timeout = 3", "`wait-timeout` must be a string"),
            ("lock_timeout = '3s'", "unknown setting `lock_timeout`"),
            ("env.A = { kind = 'int' }", "`kind` does not take `int`"),
            ("env.A = { kind = 'string', minlength = 3 }", "unknown key `minlength`"),
            ("env.'A-B' = {}", "`A-B` is not a variable's name"),
            ("env.A = { required-in = 'prod' }", "`required-in` does not take `prod`"),
            ("env.A = { default = 'x', required-in = 'always' }", "never used"),
            ("env.A = { default = 'abc', min-length = 4 }", "default of `A` is shorter than `min-length`"),
            ("env.A = { kind = 'postgres-url', min-length = 4 }", "`min-length` is for strings"),
            ("env.A = { kind = 'postgres-url', default = 'mysql://x' }", "default of `A` is not well formed"),
        ] {
            let found = problems(settings);
            assert!(found.len() == 1 && found[0].contains(message), "{settings}: {found:?}");
        }
    }

    #[test]
    fn broken_toml_points_at_its_line() {
        let found = parse("[workspace]\nmembers = [").expect_err("the array is open");
        assert!(found[0].starts_with("Cargo.toml:2:"), "{found:?}");
    }
}
