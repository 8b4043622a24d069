//! What surrounds a URL: the `PG*` variables, the home directory and the user's name.
//!
//! Read once, into a value, so that parsing is a function of its arguments. Which variable stands for
//! which keyword is libpq's table (PostgreSQL's manual, "Environment Variables").

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::syntax::Keywords;

/// The variables and files that libpq reads beside the URL.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// The `PG*` variables. Holds `PGPASSWORD`: never printed.
    variables: Variables,
    /// Where `.pgpass`, `.pg_service.conf` and `.postgresql/` are.
    home: Option<PathBuf>,
    /// The operating system's user, the default for `user`.
    user: Option<String>,
}

#[derive(Clone, Default)]
struct Variables(BTreeMap<String, String>);

impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Environment {
    /// The environment of this process.
    pub fn process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| name.starts_with("PG"));
        let home = std::env::var_os(if cfg!(windows) { "APPDATA" } else { "HOME" });
        Self {
            variables: Variables(variables.collect()),
            home: home.filter(|home| !home.is_empty()).map(PathBuf::from),
            user: whoami::username().ok(),
        }
    }

    /// No variables, no home directory, no user: only what the URL says counts.
    pub fn empty() -> Self {
        Self::default()
    }

    /// Sets one `PG*` variable.
    #[must_use]
    pub fn variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.0.insert(name.into(), value.into());
        self
    }

    /// Sets the home directory.
    #[must_use]
    pub fn home(mut self, home: impl Into<PathBuf>) -> Self {
        self.home = Some(home.into());
        self
    }

    /// Sets the operating system's user.
    #[must_use]
    pub fn user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.variables.0.get(name).map(String::as_str)
    }

    pub(super) fn user_name(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// A file that users keep in their home directory: `dot_name` on Unix, `postgresql/name` elsewhere.
    pub(super) fn home_file(&self, unix: &str, windows: &str) -> Option<PathBuf> {
        Some(self.home.as_ref()?.join(if cfg!(windows) { windows } else { unix }))
    }

    /// Fills the keywords that are not set from their variables. An empty variable counts as unset,
    /// except that libpq takes it as it is for nothing that matters here.
    pub(super) fn fill(&self, keywords: &mut Keywords) {
        for (variable, keyword) in VARIABLES {
            if let Some(value) = self.get(variable)
                && !value.is_empty()
                && !keywords.contains_key(*keyword)
            {
                keywords.insert((*keyword).to_owned(), value.to_owned());
            }
        }
    }
}

/// Variable, keyword. `PGSERVICE` and `PGSERVICEFILE` are read before, by `service`.
const VARIABLES: &[(&str, &str)] = &[
    ("PGAPPNAME", "application_name"),
    ("PGCHANNELBINDING", "channel_binding"),
    ("PGCLIENTENCODING", "client_encoding"),
    ("PGCONNECT_TIMEOUT", "connect_timeout"),
    ("PGDATABASE", "dbname"),
    ("PGGSSENCMODE", "gssencmode"),
    ("PGHOST", "host"),
    ("PGHOSTADDR", "hostaddr"),
    ("PGLOADBALANCEHOSTS", "load_balance_hosts"),
    ("PGOPTIONS", "options"),
    ("PGPASSFILE", "passfile"),
    ("PGPASSWORD", "password"),
    ("PGPORT", "port"),
    ("PGREQUIREAUTH", "require_auth"),
    ("PGREQUIREPEER", "requirepeer"),
    ("PGSSLCERT", "sslcert"),
    ("PGSSLCERTMODE", "sslcertmode"),
    ("PGSSLCRL", "sslcrl"),
    ("PGSSLCRLDIR", "sslcrldir"),
    ("PGSSLKEY", "sslkey"),
    ("PGSSLMAXPROTOCOLVERSION", "ssl_max_protocol_version"),
    ("PGSSLMINPROTOCOLVERSION", "ssl_min_protocol_version"),
    ("PGSSLMODE", "sslmode"),
    ("PGSSLNEGOTIATION", "sslnegotiation"),
    ("PGSSLROOTCERT", "sslrootcert"),
    ("PGSSLSNI", "sslsni"),
    ("PGTARGETSESSIONATTRS", "target_session_attrs"),
    ("PGUSER", "user"),
];
