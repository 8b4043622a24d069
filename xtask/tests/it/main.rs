//! The tasks as a user runs them: the built binary in workspaces of its own.

mod bad_input;
mod cli;
mod generate;
mod ground_truth;
mod hooks;
mod interrupted;
mod run;
mod support;
