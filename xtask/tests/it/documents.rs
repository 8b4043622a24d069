//! The documents are in step with the code: the tour runs as it is written, and what they name exists.

use std::fs;
use std::path::Path;

use crate::support::{HERE, Workspace};

fn document(name: &str) -> String {
    fs::read_to_string(Path::new(HERE).join(name)).unwrap()
}

/// The lines of the shell in the fenced blocks of a section.
fn shell(text: &str, heading: &str) -> String {
    let (_, section) = text.split_once(heading).unwrap_or_else(|| panic!("no section `{heading}`"));
    let section = section.split("\n## ").next().unwrap();
    let blocks = section.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.collect()
}

#[test]
fn the_tour_runs_as_it_is_written() {
    let script = shell(&document("README.md"), "## A tour in 60 seconds");
    let commands = script.lines().filter(|line| !line.trim().is_empty()).count();
    assert!(commands >= 8, "{script}");
    let workspace = Workspace::of_this_repository();
    let output = workspace.try_run("sh", ["-e", "-c", &script]);
    let (out, said) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert!(output.status.success(), "{out}{said}");
    for promise in script.lines().filter_map(|line| line.split_once("# ✅ ")) {
        assert!(out.contains(&format!("✅ {}", promise.1)), "promised: {}\n{out}", promise.1);
    }
}

#[test]
fn the_two_commands_stand_at_the_top() {
    let readme = document("README.md");
    let top = readme.split("\n## ").next().unwrap();
    assert!(top.contains("cargo xtask build") && top.contains("cargo test --workspace"), "{top}");
}

#[test]
fn every_task_is_in_the_readme() {
    let workspace = Workspace::with(&[]);
    let help = workspace.done(&["--help"]);
    let (_, list) = help.split_once("Commands:\n").unwrap();
    let tasks =
        list.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    let readme = document("README.md");
    let mut found = 0;
    for task in tasks.filter(|task| *task != "help") {
        found += 1;
        assert!(readme.contains(&format!("| `{task}")), "`{task}` is not in the table of commands");
    }
    assert!(found > 10, "{help}");
}

#[test]
fn every_path_that_the_architecture_names_exists() {
    let text = document("ARCHITECTURE.md");
    let mut found = 0;
    for part in text.split('`').skip(1).step_by(2) {
        let is_path = part.contains('/') || [".rs", ".md", ".toml"].iter().any(|end| part.ends_with(end));
        if !is_path || part.contains([' ', '*', '<', '(']) || part.contains("::") || part.contains("NNNN") {
            continue;
        }
        found += 1;
        let below = [
            "",
            "crates/trueline/src",
            "crates/trueline",
            "crates/trueline-journal/src",
            "crates/trueline-driver/src",
        ];
        let exists = below.iter().any(|folder| Path::new(HERE).join(folder).join(part).exists());
        assert!(exists, "ARCHITECTURE.md names `{part}`, which is not there");
    }
    assert!(found > 25, "only {found} paths");
}

#[test]
fn every_module_of_the_engine_is_on_the_map() {
    let text = document("ARCHITECTURE.md");
    for entry in fs::read_dir(Path::new(HERE).join("crates/trueline/src")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.extension().is_some_and(|extension| extension == "rs") && name != "lib.rs" {
            assert!(text.contains(&format!("`{name}`")), "`{name}` is not on the map");
        }
    }
}
