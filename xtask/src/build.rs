//! `build` and `run`: prebuild, then cargo on the app with the database's URL set.
//!
//! cargo's own messages pass through, and its exit status becomes ours.

use std::process::{Command, ExitCode};

use trueline::commands::{self, Context, Exit, Failure, Global};
use trueline::env::{DATABASE_URL, Profile};
use trueline::trueline_journal::Problem;
use trueline::ui::{Format, Ui};

use crate::prebuild;

/// The arguments of `build` and `run`.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Passed on to cargo, like `--release`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    pub args: Vec<String>,
}

/// Prebuild, then `cargo VERB --package app ARGS`.
pub fn run(verb: &str, args: &Args, global: &Global) -> ExitCode {
    let ui = Ui::default();
    let result = Context::open(global, Format::Human).and_then(|context| {
        let url = prebuild::chain(&context, profile(&args.args))?;
        cargo(verb, args, &context, &url.to_secret_string())
    });
    match result {
        Ok(exit) => exit,
        Err(failure) => commands::conclude(&ui, Err(failure)).into(),
    }
}

fn cargo(verb: &str, args: &Args, context: &Context, url: &str) -> Result<ExitCode, Failure> {
    // Set by cargo for the programs that it runs: the same one builds.
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(&cargo)
        .args([verb, "--package", "app"])
        .args(&args.args)
        .current_dir(&context.settings.root)
        .env(DATABASE_URL, url)
        .status()
        .map_err(|error| Problem::error("cargo", format!("failed to run `{}`: {error}", cargo.display())))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or_else(|| Exit::Failed.into(), ExitCode::from))
}

/// What cargo will build: a release for `--release`, `-r`, and every profile but its development ones.
fn profile(args: &[String]) -> Profile {
    let mut args = args.iter().take_while(|arg| *arg != "--");
    while let Some(arg) = args.next() {
        let name = match arg.as_str() {
            "--release" | "-r" => return Profile::Release,
            "--profile" => args.next().map(String::as_str),
            other => other.strip_prefix("--profile="),
        };
        if name.is_some_and(|name| !["dev", "test"].contains(&name)) {
            return Profile::Release;
        }
    }
    Profile::Debug
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profile_is_read_as_cargo_reads_it() {
        let of = |args: &str| profile(&args.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
        for args in ["--release", "-r", "--locked --release", "--profile release", "--profile=dist --locked"]
        {
            assert_eq!(of(args), Profile::Release, "{args}");
        }
        for args in ["", "--locked", "--profile dev", "--profile=test", "-- --release"] {
            assert_eq!(of(args), Profile::Debug, "{args}");
        }
    }
}
