//! The engine of Trueline: keeps a PostgreSQL database true to `schema/*.sql`.

pub mod load;
pub mod server;
pub mod shadow;
pub mod sql;
