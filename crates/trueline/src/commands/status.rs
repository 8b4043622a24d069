//! `db-status`: what is applied, pending, unknown, edited, in doubt.

use std::fmt::Write as _;

use serde_json::{Value, json};
use trueline_driver::{DatabaseUrl, Transport};
use trueline_journal::{Folder, Migration, Problem, Severity};

use super::{Context, Failure, Listing, block_on, target};
use crate::server::{Wanted, find};
use crate::status::{Line, Standing, Status, status};
use crate::ui::{Outcome, escape};

/// Show which migrations are applied, pending, unknown, edited or in doubt
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}

/// Connects to the target and lists what it has.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let (migrations, mut problems) = migrations(context)?;
    block_on(async {
        let url = target::url(context, &target::target(context)?).await?;
        let connection = target::open_url(context, &url).await?;
        let found = status(&connection, &context.settings, &migrations).await?;
        // Nothing was changed: an error on the way out means nothing.
        let _ = connection.close().await;
        problems.extend(found.notes.iter().cloned());
        problems.extend(found.lines.iter().filter_map(in_doubt));
        let shadow = shadow(context);
        let outcome = Outcome::checked(problems, text(&found, &url, &shadow)).with("shadow", shadow.as_str());
        Ok(data(&found, &url).into_iter().fold(outcome, |outcome, (key, value)| outcome.with(key, value)))
    })?
}

/// The migrations of a folder that has no errors; one that is not sealed yet is none here.
fn migrations(context: &Context) -> Result<(Vec<Migration>, Vec<Problem>), Failure> {
    let settings = &context.settings;
    let mut loaded = Folder::new(&settings.root, &settings.migrations).load();
    if loaded.fresh {
        return Ok((Vec::new(), Vec::new()));
    }
    for problem in loaded.problems.iter_mut().filter(|problem| problem.code == "unsealed") {
        problem.severity = Severity::Warning;
    }
    if loaded.problems.iter().any(|problem| problem.severity == Severity::Error) {
        return Err(Failure::check(loaded.problems));
    }
    Ok((loaded.migrations, loaded.problems))
}

fn transport(url: &DatabaseUrl) -> &'static str {
    match url.transport() {
        Transport::Socket => "unix socket",
        Transport::Tcp => "TCP",
        Transport::Tls => "TLS",
        Transport::WebSocket => "WebSocket",
    }
}

/// What a standing adds to its word.
fn remark(line: &Line) -> Option<String> {
    match &line.standing {
        Standing::Applied => None,
        Standing::Edited => Some("the file is not the one that was applied".to_owned()),
        Standing::Pending { late, unsealed } => match (late, unsealed) {
            (_, true) => Some("not sealed yet".to_owned()),
            (true, false) => Some("older than others that are applied".to_owned()),
            (false, false) => None,
        },
        Standing::Begun { applied, error } => {
            let error = error.as_deref().map(|error| format!(", then: {error}")).unwrap_or_default();
            Some(format!("{applied} of {} statements applied{error}", line.statements))
        }
        Standing::Running { statement, since } => {
            Some(format!("statement {statement} of {} is running, sent at {since}", line.statements))
        }
        Standing::InDoubt { statement } => Some(format!(
            "statement {statement} of {} was sent, its outcome is not recorded",
            line.statements
        )),
    }
}

/// What becomes of a statement in doubt.
fn in_doubt(line: &Line) -> Option<Problem> {
    let Standing::InDoubt { statement } = &line.standing else { return None };
    let message =
        format!("statement {statement} of `{}` was sent, and its outcome is not recorded", line.tag);
    let hint = format!(
        "run `cargo xtask db-migrate`: it looks in the catalog and goes on, or says what to look at before \
         `--resolve {}:{statement}=done` or `=again`",
        line.tag
    );
    Some(Problem::warning("in-doubt", message).hint(hint))
}

/// The server that schemas and migrations would be tried on; nothing is started or fetched.
fn shadow(context: &Context) -> String {
    let Ok(options) = super::shadow_options(context) else {
        return "`TRUELINE_SHADOW_URL` is not well formed".to_owned();
    };
    if let Some(url) = &options.shadow_url {
        return format!("{} (TRUELINE_SHADOW_URL)", url.host_text());
    }
    let here = |major| find(&Wanted { major, carrier: false });
    match here(options.wanted.major).or_else(|error| here(None).map_err(|_| error)) {
        Ok(binaries) => format!("{} in {}", binaries.version, binaries.bin_dir.display()),
        Err(_) if options.wanted.carrier => {
            "none installed: one is fetched through cargo when needed".to_owned()
        }
        Err(error) => error.to_string(),
    }
}

fn text(status: &Status, url: &DatabaseUrl, shadow: &str) -> String {
    let server = &status.server;
    let mut text = String::new();
    let ledger = status.ledger.as_deref().unwrap_or("none yet");
    for (label, value) in [
        ("database", format!("{} on {} as {}", server.database, url.host_text(), server.user)),
        ("server", format!("PostgreSQL {} over {}", server.version, transport(url))),
        ("ledger", ledger.to_owned()),
        ("shadow", shadow.to_owned()),
    ] {
        let _ = writeln!(text, "{label:<9} {}", escape(&value));
    }
    if let Some(holder) = &status.at_work {
        let _ = writeln!(text, "{:<9} {}", "at work", escape(&holder.to_string()));
    }
    text.push('\n');
    let width = status.lines.iter().map(|line| line.tag.as_ref().len()).max().unwrap_or(0);
    for line in &status.lines {
        let row = match remark(line) {
            Some(remark) => format!("{:<8}  {:<width$}  {remark}", line.standing.word(), line.tag),
            None => format!("{:<8}  {}", line.standing.word(), line.tag),
        };
        let _ = writeln!(text, "{}", escape(&row));
    }
    for row in &status.unknown {
        let _ = writeln!(text, "{}", escape(&format!("{:<8}  {}", "unknown", crate::runner::describe(row))));
    }
    let count = |word: &str| status.lines.iter().filter(|line| line.standing.word() == word).count();
    let words = ["applied", "pending", "edited", "begun", "running", "in doubt"];
    let mut counts: Vec<_> = words
        .into_iter()
        .filter(|word| count(word) > 0)
        .map(|word| format!("{} {word}", count(word)))
        .collect();
    if !status.unknown.is_empty() {
        counts.push(format!("{} unknown", status.unknown.len()));
    }
    if counts.is_empty() {
        counts.push("no migrations".to_owned());
    }
    let _ = write!(text, "{}", counts.join(", "));
    text
}

fn data(status: &Status, url: &DatabaseUrl) -> Vec<(&'static str, Value)> {
    let server = &status.server;
    let lines: Vec<Value> = status
        .lines
        .iter()
        .map(|line| {
            json!({
                "tag": line.tag.as_ref(),
                "when": line.when,
                "statements": line.statements,
                "state": line.standing.word(),
                "remark": remark(line),
            })
        })
        .collect();
    let unknown: Vec<Value> = status
        .unknown
        .iter()
        .map(|row| json!({ "id": row.id, "hash": row.hash, "created_at": row.created_at, "name": row.name }))
        .collect();
    vec![
        ("database", server.database.as_str().into()),
        ("host", url.host_text().into()),
        ("user", server.user.as_str().into()),
        ("server", server.version.as_str().into()),
        ("transport", transport(url).into()),
        ("ledger", status.ledger.as_deref().into()),
        ("at_work", status.at_work.as_ref().map(ToString::to_string).into()),
        ("migrations", lines.into()),
        ("unknown", unknown.into()),
    ]
}
