//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod lint;
pub mod validate;
