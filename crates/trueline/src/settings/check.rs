//! The rules that each setting's value must keep.
//!
//! Pure: looks at values, never at the file system; a directory that does not exist is the
//! command's finding, not the settings'.

use std::path::{Component, Path, PathBuf};

use toml::de::DeTable;

use super::read::{Reader, Value, list};
use super::{Manage, Settings, get};
use crate::nearest::nearest;

const MANAGEABLE: [&str; 2] = ["owners", "privileges"];

/// A path inside the workspace, put into `path`, without `.` components.
pub fn directory<'a>(reader: &mut Reader<'a>, name: &str, value: &Value<'a>, path: &mut PathBuf) {
    let Some(text) = reader.string(name, value) else { return };
    let inside = |component: Component| matches!(component, Component::Normal(_) | Component::CurDir);
    if !Path::new(text).components().all(inside) {
        let message = format!("`{name}` must be a path inside the workspace, relative to its root");
        reader.problem(&value.span(), message, "use a path without a leading `/` and without `..`");
        return;
    }
    *path = Path::new(text).components().filter(|component| *component != Component::CurDir).collect();
}

/// What is loaded as schema must hold neither the migrations nor the external file: they would be
/// loaded as part of the desired state.
pub fn apart<'a>(reader: &mut Reader<'a>, table: &DeTable<'a>, settings: &Settings) {
    let others = [("migrations", Some(&settings.migrations)), ("external", settings.external.as_ref())];
    for (name, path) in others {
        if !path.is_some_and(|path| path.starts_with(&settings.schema)) {
            continue;
        }
        let Some(value) = get(table, name).or_else(|| get(table, "schema")) else { continue };
        let message = format!("`{name}` lies inside `schema`");
        reader.problem(
            &value.span(),
            message,
            "every `.sql` file below `schema` is desired state: move one of them",
        );
    }
}

/// The managed schemas: at least one, none twice, none of PostgreSQL's own.
pub fn schemas<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<Vec<String>> {
    let found = reader.strings("schemas", value)?;
    if found.is_empty() && value.get_ref().as_array().is_some_and(|array| array.is_empty()) {
        reader.problem(
            &value.span(),
            "`schemas` is empty",
            "leave the line out to manage `public` and what the files create",
        );
    }
    let mut schemas: Vec<String> = Vec::new();
    for (name, span) in found {
        if schemas.iter().any(|schema| schema == name) {
            reader.problem(&span, format!("`schemas` lists `{name}` twice"), "leave one out");
        } else if name.starts_with("pg_") || name == "information_schema" {
            let message = format!("`schemas` lists `{name}`, which PostgreSQL keeps to itself");
            reader.problem(&span, message, "leave it out");
        } else {
            schemas.push(name.to_owned());
        }
    }
    Some(schemas)
}

/// `table` or `schema.table`, each part as SQL writes it: folded to lower case unless quoted.
pub fn ledger<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<(String, String)> {
    let text = reader.string("ledger", value)?;
    match identifiers(text).as_deref() {
        Some([table]) => Some(("public".to_owned(), table.clone())),
        Some([schema, table]) => Some((schema.clone(), table.clone())),
        _ => {
            let message = format!("`ledger` names no table: `{text}`");
            reader.problem(
                &value.span(),
                message,
                "write it as SQL does: `schema.table`, quoted where SQL needs quotes",
            );
            None
        }
    }
}

/// The identifiers of a dotted name, as PostgreSQL reads it.
fn identifiers(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_identifier(quoted)?
        } else {
            let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let (name, after) = rest.split_at(rest.find(|c| !plain(c)).unwrap_or(rest.len()));
            (name.to_lowercase(), after)
        };
        if name.is_empty() {
            return None;
        }
        names.push(name);
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => return after.is_empty().then_some(names),
        }
    }
}

/// The identifier after an opening quote, and what follows its closing one.
fn quoted_identifier(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (part, after) = rest.split_once('"')?;
        name.push_str(part);
        match after.strip_prefix('"') {
            Some(next) => {
                name.push('"');
                rest = next;
            }
            None => return Some((name, after)),
        }
    }
}

/// What is compared besides definitions.
pub fn manage<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Manage {
    let mut manage = Manage::default();
    for (name, span) in reader.strings("manage", value).unwrap_or_default() {
        match name {
            "owners" => manage.owners = true,
            "privileges" => manage.privileges = true,
            _ => {
                let hint = nearest(name, MANAGEABLE).map_or_else(
                    || format!("it takes {}", list(&MANAGEABLE)),
                    |near| format!("did you mean `{near}`?"),
                );
                reader.problem(&span, format!("`manage` does not take `{name}`"), hint);
            }
        }
    }
    manage
}

/// Patterns `KIND ADDRESS`. The kind may have several words and the address spaces inside quotes
/// or parentheses, so the two are told apart at the last space outside of those.
pub fn ignore<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Vec<String> {
    let mut patterns = Vec::new();
    for (text, span) in reader.strings("ignore", value).unwrap_or_default() {
        if is_pattern(text) {
            patterns.push(text.to_owned());
            continue;
        }
        let message = format!("`ignore` entry `{text}` does not name a kind and an address");
        reader.problem(
            &span,
            message,
            "write it like `table public.legacy_*` or `extension pg_stat_statements`",
        );
    }
    patterns
}

fn is_pattern(text: &str) -> bool {
    let (mut quoted, mut depth, mut split) = (false, 0_u32, None);
    for (at, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth = depth.saturating_sub(1),
            ' ' if !quoted && depth == 0 => split = Some(at),
            _ => {}
        }
    }
    let Some((kind, address)) = split.map(|at| text.split_at(at)) else { return false };
    let word =
        |word: &str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    kind.split(' ').all(word) && address.len() > 1 && !quoted && depth == 0
}

/// A major version: since PostgreSQL 10 one number. <https://www.postgresql.org/support/versioning/>
pub fn postgres<'a>(reader: &mut Reader<'a>, value: &Value<'a>) -> Option<u32> {
    let text = reader.string("postgres", value)?;
    let major = text.parse().ok().filter(|major| (10..100).contains(major));
    if major.is_none() {
        let message = format!("`postgres` is not a major version: `{text}`");
        reader.problem(&value.span(), message, "write the major alone, like `postgres = \"17\"`");
    }
    major
}
