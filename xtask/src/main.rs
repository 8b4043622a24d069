//! The workspace's tasks: `cargo xtask TASK`.
//!
//! The `db-*` commands come from the engine; a task of this workspace's own is one file here.

mod build;
#[cfg(test)]
mod docs;
mod hooks;
mod prebuild;

use std::process::ExitCode;

use clap::Parser;
use trueline::commands::{self, Command, Global};
use trueline::ui::Format;

/// Keeps the workspace's database true to schema/*.sql
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, clap::Subcommand)]
enum Task {
    #[command(flatten)]
    Database(Command),
    /// Check the environment and the migrations, bring the database up to date, and verify it
    Prebuild(prebuild::Args),
    /// Prebuild, then `cargo build` the app with the database's URL set
    Build(build::Args),
    /// Prebuild, then `cargo run` the app with the database's URL set
    Run(build::Args),
    /// Point git at .githooks/: commits that touch schema or migrations are validated
    Hooks,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let global = &cli.global;
    match &cli.task {
        Task::Database(command) => command.run(global).into(),
        Task::Prebuild(args) => {
            commands::run(global, Format::Human, |context| prebuild::run(args, context)).into()
        }
        Task::Build(args) => build::run("build", args, global),
        Task::Run(args) => build::run("run", args, global),
        Task::Hooks => commands::run(global, Format::Human, hooks::run).into(),
    }
}
