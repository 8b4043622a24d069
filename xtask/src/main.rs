//! The workspace's tasks: `cargo xtask TASK`.
//!
//! The `db-*` commands come from the engine; a task of this workspace's own is one file here.

#[cfg(test)]
mod docs;
mod hooks;

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
    /// Point git at .githooks/: commits that touch schema or migrations are validated
    Hooks,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let exit = match &cli.task {
        Task::Database(command) => command.run(&cli.global),
        Task::Hooks => commands::run(&cli.global, Format::Human, hooks::run),
    };
    exit.into()
}
