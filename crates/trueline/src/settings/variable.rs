//! The declarations of environment variables, `[workspace.metadata.trueline.env]`.
//!
//! Says what each must look like. Their values are `env.rs`' matter and never come here.

use std::collections::BTreeMap;

use trueline_driver::DatabaseUrl;

use super::read::{Reader, Value, list};

const KEYS: [&str; 4] = ["kind", "default", "required-in", "min-length"];
const KINDS: [(&str, Kind); 2] = [("string", Kind::String), ("postgres-url", Kind::PostgresUrl)];
const REQUIRED: [(&str, Required); 2] = [("release", Required::InRelease), ("always", Required::Always)];

/// The word that stands for the workspace's own development server where a URL is expected.
pub const EMBEDDED: &str = "embedded";

/// What a variable's value must look like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    #[default]
    String,
    /// A URL that the driver takes, or `embedded`.
    PostgresUrl,
}

/// When a variable must be set by the environment or `.env`, its default not counting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// In a release build only.
    InRelease,
    /// In every build.
    Always,
}

/// One declared variable.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variable {
    /// What its value must look like.
    pub kind: Kind,
    /// The least number of characters; 0 when any number will do.
    pub min_length: u32,
    /// Its value where it is neither set nor required.
    pub default: Option<String>,
    /// When it must be set.
    pub required: Option<Required>,
    /// The line of its declaration in `Cargo.toml`, from 1.
    pub line: u32,
}

impl Variable {
    /// What is wrong with `value`, in words that never repeat it, and how to fix it.
    pub fn fault(&self, value: &str) -> Option<(String, String)> {
        match self.kind {
            Kind::String if value.chars().count() < self.min_length as usize => Some((
                format!("is shorter than `min-length`, {} characters", self.min_length),
                format!("give it a value of at least {} characters", self.min_length),
            )),
            Kind::PostgresUrl if value != EMBEDDED => DatabaseUrl::parse(value).err().map(|error| {
                let hint = error.hint().unwrap_or_else(|| "correct it, or write `embedded`".to_owned());
                (format!("is not well formed: {error}"), hint)
            }),
            Kind::String | Kind::PostgresUrl => None,
        }
    }
}

/// Every declared variable.
pub fn read<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> BTreeMap<String, Variable> {
    let mut variables = BTreeMap::new();
    let Some(table) = reader.table("env", value) else { return variables };
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        if !is_name(name) {
            let message = format!("`{name}` is not a variable's name");
            reader.problem(
                &key.span(),
                message,
                "names have letters, digits and `_`, and begin with no digit",
            );
            continue;
        }
        let variable = read_one(reader, name, value);
        variables.insert(name.to_owned(), Variable { line: reader.line(&key.span()), ..variable });
    }
    variables
}

/// Is this what POSIX calls a name? <https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap03.html>
pub fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.bytes().all(plain) && text.bytes().next().is_some_and(|first| !first.is_ascii_digit())
}

fn read_one<'a>(reader: &mut Reader<'a>, name: &str, value: &Value<'a>) -> Variable {
    let before = reader.problems.len();
    let mut variable = Variable::default();
    let Some(table) = reader.table(name, value) else { return variable };
    for (key, value) in table {
        match key.get_ref().as_ref() {
            "kind" => variable.kind = one_of(reader, "kind", value, &KINDS).unwrap_or_default(),
            "default" => variable.default = reader.string("default", value).map(str::to_owned),
            "required-in" => variable.required = one_of(reader, "required-in", value, &REQUIRED),
            "min-length" => variable.min_length = reader.number("min-length", value).unwrap_or_default(),
            _ => reader.unknown_key("key", key, &KEYS),
        }
    }
    if reader.problems.len() == before {
        check_together(reader, name, value, &variable);
    }
    variable
}

fn check_together<'a>(reader: &mut Reader<'a>, name: &str, value: &Value<'a>, variable: &Variable) {
    let span = value.span();
    if variable.kind != Kind::String && variable.min_length > 0 {
        reader.problem(&span, "`min-length` is for strings", "leave it out, or declare `kind = \"string\"`");
        return;
    }
    let Some(default) = &variable.default else { return };
    if variable.required == Some(Required::Always) {
        let message = format!("the default of `{name}` is never used: it is required always");
        reader.problem(&span, message, "leave `default` out, or declare `required-in = \"release\"`");
    } else if let Some((fault, hint)) = variable.fault(default) {
        reader.problem(&span, format!("the default of `{name}` {fault}"), hint);
    }
}

/// The value of a key that takes one of a few words.
fn one_of<'a, T: Copy>(
    reader: &mut Reader<'a>,
    name: &str,
    value: &Value<'a>,
    words: &[(&str, T)],
) -> Option<T> {
    let text = reader.string(name, value)?;
    let found = words.iter().find(|(word, _)| *word == text).map(|(_, meaning)| *meaning);
    if found.is_none() {
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let message = format!("`{name}` does not take `{text}`");
        reader.problem(&value.span(), message, format!("it takes {}", list(&known)));
    }
    found
}
