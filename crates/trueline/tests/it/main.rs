//! The engine on real PostgreSQL servers: every one that is found on this machine.

mod cases;
mod embedded;
mod runner;
mod server;
mod shadow;
mod status;
mod support;
mod workspace;
