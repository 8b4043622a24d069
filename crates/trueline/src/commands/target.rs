//! The database that a command works on: from its URL to an open connection.

use trueline_driver::{ConnectError, Connection, DatabaseUrl, Progress, connect_watched};
use trueline_journal::Problem;

use super::{Context, Failure};
use crate::elaborate::Inputs;
use crate::embedded;
use crate::env::{Profile, Target};
use crate::server::{ServerError, Wanted};
use crate::shadow::{Shadow, ShadowError};
use crate::ui;

/// The target of a command that is part of no build.
///
/// # Errors
/// `DATABASE_URL` is not well formed.
pub fn target(context: &Context) -> Result<Target, Failure> {
    Ok(context.environment.database_url(&context.settings, Profile::Debug)?)
}

/// Where the target is: the embedded server is started for it, and a pooler that shares sessions is
/// passed by.
///
/// # Errors
/// There is no server to start.
pub async fn url(context: &Context, target: &Target) -> Result<DatabaseUrl, Failure> {
    match target {
        Target::Embedded => {
            let settings = &context.settings;
            let wanted = Wanted { major: settings.postgres, carrier: settings.carrier };
            embedded::ensure_running(&settings.root, &wanted)
                .await
                .map_err(|error| Failure::unusable([ui::problem("embedded", &error, error.hint())]))
        }
        Target::Url(url) => {
            for warning in url.warnings() {
                context.ui.say(&format!("warning: DATABASE_URL: {warning}"));
            }
            let Some(direct) = url.direct() else { return Ok(url.clone()) };
            context.ui.say(&format!(
                "connecting to {} rather than to its pooler, which cannot hold locks",
                direct.host_text()
            ));
            Ok(direct)
        }
    }
}

/// A connection to the target.
///
/// # Errors
/// No server, no connection, or not let in: each with what to do.
pub async fn open(context: &Context, target: &Target) -> Result<Connection, Failure> {
    open_url(context, &url(context, target).await?).await
}

/// A connection to where the target is.
///
/// # Errors
/// No connection, or not let in: each with what to do.
pub async fn open_url(context: &Context, url: &DatabaseUrl) -> Result<Connection, Failure> {
    let tell = |progress: Progress| context.ui.say(&progress.to_string());
    connect_watched(url, &tell).await.map_err(|error| refused(&error))
}

fn refused(error: &ConnectError) -> Failure {
    Failure::unusable([ui::problem("no-connection", error, error.hint())])
}

/// A running shadow, as the settings and the environment want it.
///
/// # Errors
/// No server was found or could be fetched.
pub async fn shadow(context: &Context) -> Result<Shadow, Failure> {
    let mut options = super::shadow_options(context)?;
    let mut started = Shadow::start(&options).await;
    let unfit = |error: &ShadowError| {
        matches!(
            error,
            ShadowError::Server(ServerError::NotFound { .. } | ServerError::BadBinDir { .. })
                | ShadowError::WrongMajor { .. }
        )
    };
    if started.as_ref().is_err_and(unfit) && context.settings.postgres.is_none() {
        // The snapshot's major is a preference; what is here will do.
        options.wanted.major = None;
        started = Shadow::start(&options).await;
    }
    started.map_err(|error| Failure::unusable([ui::problem("shadow", &error, error.hint())]))
}

/// Stops the shadow, whatever came of the work in it.
///
/// # Errors
/// The work's problems, else that the shadow could not be stopped.
pub async fn close<T>(shadow: Shadow, result: Result<T, Vec<Problem>>) -> Result<T, Failure> {
    let closed = shadow.close().await;
    let value = result.map_err(Failure::check)?;
    closed.map_err(|error| Failure::unusable([ui::problem("shadow", &error, error.hint())]))?;
    Ok(value)
}

/// The schema's files, read.
///
/// # Errors
/// Every file that cannot be read.
pub fn inputs(context: &Context) -> Result<Inputs, Failure> {
    Inputs::read(&context.settings).map_err(Failure::check)
}
