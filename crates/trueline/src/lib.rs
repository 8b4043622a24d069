//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod catalog;
pub mod diff;
pub mod hazard;
pub mod introspect;
pub mod kinds;
pub mod plan;
pub mod sql;
