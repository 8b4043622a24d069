//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod commands;
pub mod env;
pub mod nearest;
pub mod server;
pub mod settings;
pub mod shadow;
pub mod ui;
pub mod workspace;
