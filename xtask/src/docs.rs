//! What the documents say about the command line is what the command line takes.

use std::path::{Path, PathBuf};

use clap::CommandFactory;

use crate::Cli;

const COMMAND: &str = "cargo xtask ";

#[test]
fn every_command_and_flag_in_the_documents_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = 0;
    let mut faults = Vec::new();
    for file in documents(&root) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (number, line) in text.lines().enumerate() {
            for command in commands(line) {
                found += 1;
                let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
                if let Err(error) =
                    command_line().try_get_matches_from(["cargo xtask"].into_iter().chain(words))
                {
                    let error = error.to_string();
                    let why = error.lines().next().unwrap_or_default();
                    faults.push(format!("{}:{}: `{COMMAND}{command}`: {why}", file.display(), number + 1));
                }
            }
        }
    }
    assert!(found > 40, "only {found} commands were found: are the documents gone?");
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// The command line.
fn command_line() -> clap::Command {
    Cli::command()
}

/// The documents at the root, the rules for assistants, the workflows and the hooks.
fn documents(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for directory in ["", ".augment", ".augment/rules", ".github/workflows", ".githooks"] {
        for entry in std::fs::read_dir(root.join(directory)).unwrap() {
            let path = entry.unwrap().path();
            let extension = path.extension().and_then(|extension| extension.to_str());
            if path.is_file() && matches!(extension, Some("md" | "yml") | None) && !is_dotfile(&path) {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn is_dotfile(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'))
}

/// The command lines in a line of text: from `cargo xtask` to what ends a command in a shell or a document.
fn commands(line: &str) -> Vec<&str> {
    let rest = line.match_indices(COMMAND).map(|(at, _)| &line[at + COMMAND.len()..]);
    rest.filter_map(|rest| {
        let end = rest.find(['`', '\\', '#', '|', '&', ';', ')', '[', '…', '→']).unwrap_or(rest.len());
        let command = rest[..end].trim();
        command.starts_with(|first: char| first.is_ascii_lowercase() || first == '-').then_some(command)
    })
    .collect()
}
