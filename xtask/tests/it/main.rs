//! The tasks as a user runs them: the built binary in workspaces of its own.

mod cli;
mod ground_truth;
mod hooks;
mod run;
mod support;
