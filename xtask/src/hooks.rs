//! `hooks`: points git at the hooks in `.githooks/`, and at the merge driver there for `migrations/meta/`.
//!
//! Changes settings of the clone alone (`core.hooksPath`, `merge.trueline`, `info/attributes`), and never
//! another tool's.

use std::path::Path;

use trueline::commands::{Context, Failure};
use trueline::trueline_journal::Problem;
use trueline::ui::Outcome;
use xshell::{Shell, cmd};

const HOOKS: &str = ".githooks";

/// Sets `core.hooksPath`, unless another tool has set it.
pub fn run(context: &Context) -> Result<Outcome, Failure> {
    let shell = Shell::new().map_err(|error| failed("start git", &error))?;
    shell.change_dir(&context.settings.root);
    // Git runs hooks from the top of the working tree, which may be above the workspace.
    let prefix = cmd!(shell, "git rev-parse --show-prefix").quiet().ignore_stderr().read();
    let prefix = prefix.map_err(|error| failed("find the git repository", &error))?;
    let path = format!("{prefix}{HOOKS}");
    let current = cmd!(shell, "git config --get core.hooksPath").quiet().ignore_status().read();
    let current = current.map_err(|error| failed("read git's settings", &error))?;
    if !current.is_empty() && current != path {
        let problem = format!("git's `core.hooksPath` is `{current}` already");
        let hint = format!(
            "run `{path}/pre-commit` from the hooks there, or give them up with `git config --unset core.hooksPath`"
        );
        return Err(Failure::check([Problem::error("hooks", problem).hint(hint)]));
    }
    if current != path {
        let set = cmd!(shell, "git config --local core.hooksPath {path}").quiet().run();
        set.map_err(|error| failed("change git's settings", &error))?;
    }
    merge_driver(&shell, context, &prefix)?;
    Ok(Outcome::text(format!(
        "✅ git runs the hooks in {HOOKS}/: commits that touch schema or migrations are validated\n   \
         journals of two branches are merged by {HOOKS}/merge-meta; then run `cargo xtask db-generate`"
    )))
}

/// Has git merge the journal and the snapshot with our driver, in this clone.
fn merge_driver(shell: &Shell, context: &Context, prefix: &str) -> Result<(), Failure> {
    let quoted = format!("{prefix}{HOOKS}/merge-meta").replace('\'', r"'\''");
    let driver = format!("sh '{quoted}' %O %A %B %P");
    for (key, value) in
        [("name", "the journal and the snapshot of the migrations"), ("driver", driver.as_str())]
    {
        let key = format!("merge.trueline.{key}");
        let set = cmd!(shell, "git config --local {key} {value}").quiet().run();
        set.map_err(|error| failed("change git's settings", &error))?;
    }
    let file = cmd!(shell, "git rev-parse --git-path info/attributes").quiet().read();
    let file = file.map_err(|error| failed("find git's attributes", &error))?;
    let settings = &context.settings;
    let meta = settings.migrations.strip_prefix(&settings.root).unwrap_or(&settings.migrations);
    let line = format!("\"/{prefix}{}/meta/_*.json\" merge=trueline", meta.display());
    add_line(&settings.root.join(file), &line).map_err(|error| {
        Problem::error("hooks", format!("failed to write git's attributes: {error}"))
            .hint("make `.git/info` writable")
            .into()
    })
}

/// Adds a line to a file that may not be there, unless it has it.
fn add_line(file: &Path, line: &str) -> std::io::Result<()> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    if text.lines().any(|other| other == line) {
        return Ok(());
    }
    file.parent().map_or(Ok(()), std::fs::create_dir_all)?;
    let separator = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    std::fs::write(file, format!("{text}{separator}{line}\n"))
}

fn failed(what: &str, error: &xshell::Error) -> Problem {
    Problem::error("hooks", format!("failed to {what}: {error}"))
        .hint("run it in a clone, with git installed")
}
