//! Rules of the house that no compiler checks.

use std::fs;
use std::path::{Path, PathBuf};

use crate::support::HERE;

/// The longest a file may be, in lines.
const LINES_MAX: usize = 400;
/// What only tests may contain.
const TESTS_ONLY: &str = ".unwrap()";
/// Written in parts, so that this file does not contain them.
const NOWHERE: [&str; 4] =
    [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("#[ign", "ore"), concat!("#[al", "low(")];
/// Parts of the engine that do no input or output, and what would be some.
const PURE: [&str; 6] = ["catalog", "kinds", "diff", "plan", "hazard", "render"];
const IMPURE: [&str; 9] = [
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "tokio::",
    "tokio_postgres::Client",
    "trueline_driver",
    "crate::shadow",
    "crate::server",
];

/// Every Rust file of the workspace, relative to its root, with its text.
fn sources() -> Vec<(String, String)> {
    let mut files = Vec::new();
    for folder in ["app", "crates", "xtask"] {
        walk(&Path::new(HERE).join(folder), &mut files);
    }
    files.sort();
    let root = Path::new(HERE);
    let read = |path: &PathBuf| {
        let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
        (name, fs::read_to_string(path).unwrap())
    };
    files.iter().map(read).collect()
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            walk(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Is the whole file a test's?
fn is_test(name: &str) -> bool {
    name.contains("/tests/")
        || name.contains("/benches/")
        || name.ends_with("/tests.rs")
        || name.ends_with("/docs.rs")
}

/// What is not compiled for tests alone: by our convention, what stands before `#[cfg(test)] mod tests {`.
fn code(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        let lines = text.lines().count();
        if lines > LINES_MAX {
            faults.push(format!("{name} has {lines} lines"));
        }
        if !text.starts_with("//!") && !is_test(&name) {
            faults.push(format!("{name} does not begin with `//!`"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn nothing_is_left_for_later_and_nothing_is_unwrapped() {
    let mut faults = Vec::new();
    for (name, text) in sources() {
        let product = if is_test(&name) { "" } else { code(&text) };
        let found = NOWHERE.iter().filter(|word| text.contains(**word));
        faults.extend(found.map(|word| format!("{name}: `{word}`")));
        if without_comments(product).contains(TESTS_ONLY) {
            faults.push(format!("{name}: `{TESTS_ONLY}` outside of tests"));
        }
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

fn without_comments(text: &str) -> String {
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn knowledge_and_planning_do_no_input_or_output() {
    let mut faults = Vec::new();
    let mut found = 0;
    for (name, text) in sources() {
        let Some(rest) = name.strip_prefix("crates/trueline/src/") else { continue };
        let module = rest.split(['/', '.']).next().unwrap_or_default();
        if !PURE.contains(&module) {
            continue;
        }
        found += 1;
        let product = without_comments(if is_test(&name) { "" } else { code(&text) });
        faults.extend(
            IMPURE.iter().filter(|word| product.contains(**word)).map(|word| format!("{name}: `{word}`")),
        );
    }
    assert!(found > 20, "only {found} files were found");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn the_generic_parts_name_no_kind() {
    let root = Path::new(HERE).join("crates/trueline/src");
    let kinds = fs::read_dir(root.join("kinds")).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let stem = path.file_stem()?.to_str()?.to_owned();
        (path.extension()? == "rs").then_some(stem)
    });
    let kinds: Vec<String> = kinds.filter(|kind| kind != "registry").collect();
    let mut faults = Vec::new();
    for name in ["diff.rs", "render.rs"] {
        let text = fs::read_to_string(root.join(name)).unwrap();
        let product = without_comments(code(&text));
        let named = kinds.iter().filter(|kind| product.contains(&format!("kinds::{kind}::")));
        faults.extend(named.map(|kind| format!("{name} names {kind}")));
    }
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}
