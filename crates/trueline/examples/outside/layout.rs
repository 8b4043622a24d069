//! Cases as files.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use trueline::load::{Source, Sources};
use trueline::settings::Manage;
use trueline_journal::statement::{split, tokens};

/// One case: states in their order.
pub struct Case {
    /// Whose it is, such as `series/pagila`.
    pub source: String,
    /// The folder under `DIR`.
    pub name: String,
    /// Made before anything is loaded.
    pub roles: Option<String>,
    /// The states.
    pub states: Vec<State>,
    /// Whether the way back is a step, too.
    pub both_ways: bool,
}

impl Case {
    /// Owners and privileges are managed where a state says something of them.
    pub fn manage(&self) -> Manage {
        let mut manage = Manage::default();
        let texts = self.states.iter().flat_map(|state| &state.sources.files).map(|file| &file.text);
        for statement in texts.flat_map(|text| split(text)) {
            let words = tokens(statement.sql);
            let has = |run: &[&str]| {
                words.windows(run.len()).any(|found| found.iter().zip(run).all(|(a, b)| a.is_word(b)))
            };
            let starts = |word: &str| words.first().is_some_and(|first| first.is_word(word));
            manage.owners |= has(&["owner", "to"]) || (starts("create") && has(&["authorization"]));
            manage.privileges |= starts("grant") || starts("revoke") || has(&["default", "privileges"]);
        }
        manage
    }
}

/// One state: files, and rows for it.
#[derive(Clone, Default)]
pub struct State {
    /// The file's name without its extension.
    pub name: String,
    /// What is loaded.
    pub sources: Sources,
    /// Run once it is loaded.
    pub seed: Option<String>,
}

/// The cases under `dir` with `filter` in their names, sorted.
pub fn cases(dir: &Path, filter: &str) -> io::Result<Vec<Case>> {
    let mut cases = Vec::new();
    for project in folders(&dir.join("series"))? {
        let name = format!("series/{}", file_name(&project));
        let versions = files(&project, |name| {
            name.strip_prefix('v').is_some_and(|rest| rest.strip_suffix(".sql").is_some())
        })?;
        let states = versions.iter().map(|file| state(&[], file)).collect::<io::Result<_>>()?;
        let roles = read(&project.join("roles.sql"))?;
        cases.push(Case { source: name.clone(), name, roles, states, both_ways: false });
    }
    for source in folders(&dir.join("pairs"))? {
        for folder in folders(&source)? {
            let source = format!("pairs/{}", file_name(&source));
            let setup = [folder.join("setup.sql")];
            let mut a = state(&setup, &folder.join("a.sql"))?;
            a.seed = read(&folder.join("seed.sql"))?;
            let b = state(&setup, &folder.join("b.sql"))?;
            cases.push(Case {
                name: format!("{source}/{}", file_name(&folder)),
                source,
                roles: read(&folder.join("roles.sql"))?,
                states: vec![a, b],
                both_ways: true,
            });
        }
    }
    cases.retain(|case| case.name.contains(filter));
    Ok(cases)
}

fn state(before: &[PathBuf], file: &Path) -> io::Result<State> {
    let mut files = Vec::new();
    for path in before {
        files.extend(read(path)?.map(|text| source(path, text)));
    }
    files.push(source(file, fs::read_to_string(file)?));
    let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    Ok(State { name, sources: Sources { files }, seed: None })
}

fn source(path: &Path, text: String) -> Source {
    Source { path: file_name(path).into(), text }
}

fn read(path: &Path) -> io::Result<Option<String>> {
    if path.exists() { fs::read_to_string(path).map(Some) } else { Ok(None) }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn folders(dir: &Path) -> io::Result<Vec<PathBuf>> {
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = entries(dir)?;
    found.retain(|path| path.is_dir());
    Ok(found)
}

fn files(dir: &Path, keep: impl Fn(&str) -> bool) -> io::Result<Vec<PathBuf>> {
    let mut found = entries(dir)?;
    found.retain(|path| path.is_file() && keep(&file_name(path)));
    Ok(found)
}

fn entries(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths =
        fs::read_dir(dir)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<PathBuf>>>()?;
    paths.sort();
    Ok(paths)
}
