//! The engine on real PostgreSQL servers: every one that is found on this machine.

mod cases;
mod embedded;
mod faults;
mod load;
mod majors;
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
