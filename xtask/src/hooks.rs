//! `hooks`: points git at the hooks in `.githooks/`.
//!
//! Changes one setting of the clone, `core.hooksPath`, and never another tool's.

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
    Ok(Outcome::text(format!(
        "✅ git runs the hooks in {HOOKS}/: commits that touch schema or migrations are validated"
    )))
}

fn failed(what: &str, error: &xshell::Error) -> Problem {
    Problem::error("hooks", format!("failed to {what}: {error}"))
        .hint("run it in a clone, with git installed")
}
