//! `db-gateway`: the target over WebSocket on loopback, for clients that know no other way.

use std::net::SocketAddr;

use trueline_driver::DatabaseUrl;
use trueline_driver::gateway::Gateway;
use trueline_journal::Problem;

use super::{Context, Failure, block_on, target};
use crate::env::Target;
use crate::gateway;
use crate::ui::{self, Outcome};

/// Serve the target database over WebSocket on loopback, as Neon's proxy does
///
/// Prints what clients need to know, then serves until Ctrl-C. Clients log in with a random password
/// that only you can read; the database's own password is given to nobody.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The database to serve [default: what `DATABASE_URL` names, else the embedded development server]
    pub url: Option<String>,
    /// Where to listen: a loopback address; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:5488")]
    pub listen: String,
}

/// Serves until it is interrupted.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let address = address(&args.listen)?;
    let target = match &args.url {
        Some(url) => Target::Url(
            DatabaseUrl::parse(url)
                .map_err(|error| Failure::unusable([ui::problem("database-url", &error, error.hint())]))?,
        ),
        None => target::target(context)?,
    };
    block_on(serve(context, &target, address))?
}

async fn serve(context: &Context, target: &Target, address: SocketAddr) -> Result<Outcome, Failure> {
    let unusable =
        |error: &dyn std::error::Error, hint| Failure::unusable([ui::problem("gateway", error, hint)]);
    if let Target::Url(url) = target
        && url.is_loopback()
        && url.port() == address.port()
    {
        let message = format!("{url} is where the gateway itself would listen");
        return Err(Failure::unusable([Problem::error("gateway", message)
            .hint("name the database itself: `cargo xtask db-gateway URL`, or unset `DATABASE_URL`")]));
    }
    // Whoever is told that it serves may stop it at once.
    let interrupt = interrupted().map_err(|error| unusable(&error, None))?;
    let url = target::url(context, target).await?;
    let connection = target::open_url(context, &url).await?;
    let password = gateway::password(&context.settings.root)?;
    let gateway = Gateway::bind(address, &connection, &password.text)
        .await
        .map_err(|error| unusable(&error, error.hint()))?;
    // It was to see that the server is there.
    let _ = connection.close().await;
    let server = match target {
        Target::Embedded => format!("database `{}` of the embedded development server", url.database()),
        Target::Url(_) => ui::escape(&url.to_string()).into_owned(),
    };
    context.ui.print(&gateway::settings(&server, &url, gateway.address(), &password));
    context.ui.say("press Ctrl-C to stop it");
    gateway.serve(interrupt).await;
    Ok(Outcome::text("✅ the gateway is stopped"))
}

/// Ready when the user or the system asks this process to end.
fn interrupted() -> std::io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

fn address(text: &str) -> Result<SocketAddr, Failure> {
    let numeric = text.replacen("localhost:", "127.0.0.1:", 1);
    let address: SocketAddr = numeric.parse().map_err(|_| {
        let message = format!("`--listen {text}` is not an address with a port");
        Failure::unusable([
            Problem::error("gateway", message).hint("write it as 127.0.0.1:5488 or [::1]:5488")
        ])
    })?;
    if !address.ip().is_loopback() {
        let error = trueline_driver::gateway::GatewayError::NotLoopback(address);
        return Err(Failure::unusable([ui::problem("gateway", &error, error.hint())]));
    }
    Ok(address)
}
