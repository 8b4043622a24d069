//! The driver against real servers: PostgreSQL, relays that speak WebSocket, and `psql` as the judge
//! of what a URL means.
//!
//! One PostgreSQL serves all tests of a run (`server`); each test makes what it needs in it, under
//! names of its own.

mod certificates;
mod gateway;
mod gateways;
mod libpq;
mod neon;
mod peers;
mod pooler;
mod programs;
mod random;
mod relay;
mod scenarios;
mod server;
mod session;
mod tls;
mod transports;
mod url;
mod websockify;
