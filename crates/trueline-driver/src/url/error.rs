//! What can be wrong with a connection string, named without showing what might be a secret.

use std::fmt;
use std::path::PathBuf;

/// The part of a connection string that is at fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// The string as a whole.
    Url,
    /// Before the `:` or `@`.
    User,
    /// Between `:` and `@`.
    Password,
    /// A host.
    Host,
    /// A port.
    Port,
    /// The path.
    Database,
    /// The list of parameters.
    Query,
    /// One parameter, by name.
    Parameter(String),
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url => f.write_str("the URL"),
            Self::User => f.write_str("the user"),
            Self::Password => f.write_str("the password"),
            Self::Host => f.write_str("the host"),
            Self::Port => f.write_str("the port"),
            Self::Database => f.write_str("the database"),
            Self::Query => f.write_str("the parameter list"),
            Self::Parameter(name) => write!(f, "the parameter `{}`", name.escape_debug()),
        }
    }
}

/// Why a connection string is not usable; names the part at fault and never shows a password.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum UrlError {
    /// There is nothing to read.
    #[error("the database URL is empty")]
    Empty,
    /// Neither a URL nor keywords and values.
    #[error("the database URL has no scheme")]
    NoScheme,
    /// A scheme that no transport speaks.
    #[error("the database URL has the unknown scheme `{scheme}`")]
    Scheme {
        /// As written.
        scheme: String,
    },
    /// A part breaks the rules of its notation.
    #[error("{part} {why}")]
    Malformed {
        /// The part at fault.
        part: Part,
        /// A predicate: `{part} {why}`.
        why: &'static str,
    },
    /// A parameter has a value outside those it may have.
    #[error("{part} is `{}`, not {expected}", value.escape_debug())]
    Value {
        /// The part at fault.
        part: Part,
        /// As written (never a secret).
        value: String,
        /// What it may be.
        expected: &'static str,
    },
    /// A parameter that neither libpq nor a program known to add its own has.
    #[error("unknown parameter `{}`", name.escape_debug())]
    Unknown {
        /// As written.
        name: String,
        /// The nearest one that exists.
        nearest: Option<&'static str>,
    },
    /// A parameter that cannot be honoured, where ignoring it would give up what it asks for.
    #[error("the parameter `{name}` cannot be honoured: {why}")]
    Unsupported {
        /// As written.
        name: &'static str,
        /// Why not, and what to do instead.
        why: &'static str,
    },
    /// Two lists of different length.
    #[error("the parameter `{name}` lists {listed} for {hosts} hosts")]
    Count {
        /// The parameter.
        name: &'static str,
        /// How many values it has.
        listed: usize,
        /// How many hosts there are.
        hosts: usize,
    },
    /// `ws://` to a host that is not local.
    #[error("`ws://` to `{}` would send the password in the clear", host.escape_debug())]
    PlainWebSocket {
        /// The host.
        host: String,
    },
    /// The service is in none of the files.
    #[error("the service `{}` is in none of {}", service.escape_debug(), list(files))]
    Service {
        /// As named by the URL or `PGSERVICE`.
        service: String,
        /// The files that were looked at.
        files: Vec<PathBuf>,
    },
    /// A line of a service file cannot be used.
    #[error("{}:{line}: the line {why}", file.display())]
    ServiceFile {
        /// The service file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// A predicate.
        why: String,
    },
    /// Neither the URL nor the environment says who connects.
    #[error("the database URL names no user")]
    NoUser,
}

impl UrlError {
    pub(super) fn malformed(part: Part, why: &'static str) -> Self {
        Self::Malformed { part, why }
    }

    /// How to fix it.
    pub fn hint(&self) -> Option<String> {
        const FORM: &str = "write it as `postgres://USER:PASSWORD@HOST:PORT/DATABASE`";
        Some(match self {
            Self::Empty | Self::NoScheme => FORM.to_owned(),
            Self::Scheme { .. } => format!("{FORM}, or with `wss://` for a server behind a WebSocket proxy"),
            Self::Malformed { part: Part::Parameter(_) | Part::Query, .. } => {
                "parameters are `?name=value&name=value`, percent-encoded".to_owned()
            }
            Self::Malformed { .. } => "percent-encode what is special in a user, password or database: \
                 `@` is %40, `:` is %3A, `/` is %2F, `?` is %3F, `#` is %23, `%` is %25"
                .to_owned(),
            Self::Value { expected, .. } => format!("use {expected}"),
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Unknown { nearest: None, .. } => {
                "remove it; server settings go into `options=-cNAME%3DVALUE`".to_owned()
            }
            Self::Unsupported { .. } => "remove the parameter if that is acceptable".to_owned(),
            Self::Count { .. } => "give one for all hosts, or one for each".to_owned(),
            Self::PlainWebSocket { .. } => "use `wss://`".to_owned(),
            Self::Service { .. } => "add the section to the file, or set PGSERVICEFILE".to_owned(),
            Self::ServiceFile { .. } => "correct the line".to_owned(),
            Self::NoUser => format!("{FORM}, or set PGUSER"),
        })
    }
}

fn list(files: &[PathBuf]) -> String {
    let names: Vec<String> = files.iter().map(|file| format!("`{}`", file.display())).collect();
    names.join(", ")
}
