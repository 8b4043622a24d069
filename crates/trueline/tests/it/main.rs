//! The engine on real PostgreSQL servers: every one that is found on this machine.

mod cases;
mod shadow;
mod support;
