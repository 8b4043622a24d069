//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod server;
pub mod shadow;
