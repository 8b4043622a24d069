//! The tasks as a user runs them: the built binary in workspaces of its own.

mod bad_input;
mod bad_migrations;
mod begun;
mod branches;
mod build;
mod cli;
mod documents;
mod drift;
mod drizzle;
mod gateway;
mod generate;
mod ground_truth;
mod hooks;
mod interrupted;
mod majors;
#[path = "../../../crates/trueline-driver/tests/it/programs.rs"]
mod programs;
mod pull;
mod revert;
mod round_trips;
mod run;
mod support;
mod tidy;
