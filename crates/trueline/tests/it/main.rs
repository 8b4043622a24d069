//! The engine on real PostgreSQL servers: every one that is found on this machine.

mod cases;
mod coverage;
mod embedded;
mod faults;
mod labels;
mod load;
mod majors;
#[path = "../../../trueline-driver/tests/it/programs.rs"]
mod programs;
mod property;
mod runner;
mod server;
mod shadow;
mod sources;
mod sql;
mod status;
mod support;
mod unmodelled;
mod workspace;
