//! `db-pull`: a live catalog as schema files.
//!
//! The text is the plan from nothing to the catalog, cut into files, so that whatever the kinds can
//! create can be pulled. Reads no database and writes no file.

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::catalog::{Catalog, ObjectId};
use crate::plan::{Cycle, plan};

/// Schema files by their path below `schema/`, each with its text.
pub type Files = BTreeMap<PathBuf, String>;

/// The files that make `catalog`, which needs its edges.
///
/// # Errors
/// The catalog's dependencies form a circle, which is a bug.
pub fn files(catalog: &Catalog) -> Result<Files, Cycle> {
    let mut files = Files::new();
    for step in plan(&nothing(catalog), catalog)?.steps {
        let text = files.entry(file(catalog, &step.object)).or_default();
        if !text.is_empty() && !(same_subject(text, &step.statement.sql)) {
            text.push('\n');
        }
        text.push_str(step.statement.sql.trim_end());
        text.push_str(";\n");
    }
    Ok(files)
}

/// What a new database has of `catalog`.
pub fn nothing(catalog: &Catalog) -> Catalog {
    let mut nothing = Catalog { major: catalog.major, ..Catalog::default() };
    let public = ObjectId::new("schema", ["public"]);
    if let Some(object) = catalog.objects.get(&public) {
        nothing.objects.insert(public, object.clone());
    }
    nothing
}

/// One-line statements of one sort stand together without blank lines.
fn same_subject(text: &str, sql: &str) -> bool {
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    let last = text.trim_end().rsplit('\n').next().unwrap_or_default();
    !sql.contains('\n') && words(last) == words(sql)
}

/// A table's file holds all that belongs to it; functions of one name share one.
fn file(catalog: &Catalog, id: &ObjectId) -> PathBuf {
    let root = root(catalog, id);
    let folder = match root.path.as_slice() {
        [schema, ..] if root.path.len() > 1 && &**schema != "public" => PathBuf::from(safe(schema)),
        _ => PathBuf::new(),
    };
    let own = |below: &str| folder.join(below).join(format!("{}.sql", safe(root.name())));
    match root.kind {
        "table" | "foreign table" => own(""),
        "view" | "materialized view" => own("views"),
        "function" | "procedure" | "aggregate" => own("functions"),
        "enum" | "domain" | "composite type" | "range" | "shell type" | "base type" => {
            folder.join("types.sql")
        }
        other => folder.join(format!("{}.sql", plural(&other.replace(' ', "_")))),
    }
}

/// Several of a kind, in English.
fn plural(kind: &str) -> String {
    match kind.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None if kind.ends_with("ss") => format!("{kind}es"),
        None if kind.ends_with('s') => kind.to_owned(),
        None => format!("{kind}s"),
    }
}

/// The outermost object below the schema; what an owned sequence belongs to is its table.
fn root<'a>(catalog: &'a Catalog, id: &'a ObjectId) -> &'a ObjectId {
    let mut root = id;
    loop {
        let parent = catalog.objects.get(root).and_then(|object| object.parent.as_ref());
        let owner =
            catalog.dropped_with.get(root).and_then(|with| with.iter().find(|id| id.kind == "column"));
        match parent.filter(|id| id.kind != "schema").or(owner) {
            Some(next) => root = next,
            None => return root,
        }
    }
}

/// A name as part of a path: what file systems do not take or tell apart is written in hex.
fn safe(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        match character {
            'a'..='z' | '0'..='9' | '_' | '-' => out.push(character),
            _ if character.is_alphanumeric() && character.is_lowercase() => out.push(character),
            _ => out.push_str(&format!("%{:x}", u32::from(character))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_for_what_they_hold() {
        for (kind, file) in [
            ("sequence", "sequences"),
            ("text_search_dictionary", "text_search_dictionaries"),
            ("operator_class", "operator_classes"),
            ("default_privileges", "default_privileges"),
        ] {
            assert_eq!(plural(kind), file);
        }
    }
}
