//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod catalog;
pub mod commands;
pub mod diff;
pub mod env;
pub mod hazard;
pub mod introspect;
pub mod kinds;
pub mod load;
pub mod nearest;
pub mod plan;
pub mod server;
pub mod settings;
pub mod shadow;
pub mod sql;
pub mod ui;
pub mod workspace;
