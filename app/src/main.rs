//! The service: requests and site visits over HTTP, kept in PostgreSQL.
//!
//! Serves only on a database that holds this build's migrations (`startup.rs`). Read in this order:
//! `config.rs`, `startup.rs`, `database.rs`, `routes.rs`, `resource.rs`, `error.rs`.

mod config;
mod database;
mod error;
mod resource;
mod routes;
mod startup;

use std::process::ExitCode;

use anyhow::Context;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

use config::Config;
use database::Database;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> anyhow::Result<()> {
    let config = Config::from_env(|name| std::env::var(name).ok())?;
    startup::check(&config.database).await?;
    let database = Database::new(config.database);
    let listener = TcpListener::bind(config.address)
        .await
        .with_context(|| format!("failed to listen on `{}`", config.address))?;
    let address = listener.local_addr().context("failed to find the address listened on")?;
    let stop = stop_signal().context("failed to watch for signals")?;
    println!("listening on http://{address}");
    axum::serve(listener, routes::router(database))
        .with_graceful_shutdown(stop)
        .await
        .context("failed to serve")
}

/// Resolves when the process is asked to stop: SIGTERM from a supervisor, or Ctrl-C.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}
