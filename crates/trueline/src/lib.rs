//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod baseline;
pub mod catalog;
pub mod commands;
pub mod diff;
pub mod elaborate;
pub mod embedded;
pub mod env;
pub mod gateway;
pub mod generate;
pub mod hazard;
pub mod introspect;
pub mod kinds;
pub mod ledger;
pub mod lint;
pub mod load;
pub mod nearest;
pub mod plan;
pub mod prove;
pub mod pull;
pub mod render;
pub mod replay;
pub mod runner;
pub mod server;
pub mod settings;
pub mod shadow;
pub mod snapshot;
pub mod sql;
pub mod status;
pub mod ui;
pub mod validate;
pub mod verify;
pub mod workspace;

pub use trueline_driver;
pub use trueline_journal;
