//! `db-migrate`: applies what is pending to the target.

mod shadowed;

use std::fmt::Write as _;

use trueline_driver::Connection;
use trueline_journal::{Contents, Folder};

use super::{Context, Failure, block_on, target};
use crate::runner::{
    Event, Gate, MigrateError, MigrateOptions, MigrateReport, Pending, Resolution, migrate_gated, settle,
};
use crate::ui::{Outcome, Progress, escape};
use shadowed::Shadowed;

/// Apply the pending migrations to the target database
///
/// The target is `DATABASE_URL`, from the environment or .env; the embedded development database where
/// that is not set.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// Show what would be applied and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Settle a statement whose outcome is in doubt, before going on
    #[arg(long, value_name = "TAG:N=done|again", conflicts_with = "dry_run")]
    pub resolve: Option<Resolution>,
    /// Go on although the database differs from what its ledger implies, where nothing pending touches it
    #[arg(long, value_name = "drift", value_parser = ["drift"])]
    pub allow: Option<String>,
}

impl From<MigrateError> for Failure {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Refused(problems) => Self::check(problems),
            MigrateError::Failed(problem) => Self::check([problem]),
            MigrateError::Unusable(problem) => Self::unusable([problem]),
        }
    }
}

/// Connects to the target and applies what is pending.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let contents = contents(context)?;
    block_on(async {
        let target = target::target(context)?;
        let mut connection = target::open(context, &target).await?;
        if let Some(resolution) = &args.resolve {
            let mut show = Show { context, progress: None };
            let mut watch = |event: Event<'_>| show.event(&event);
            settle(&connection, &context.settings, &contents, resolution, &mut watch).await?;
        }
        let options = MigrateOptions { dry_run: args.dry_run, ..MigrateOptions::default() };
        let outcome = with(context, &mut connection, &contents, &options, args.allow.is_some()).await?;
        // All is committed: an error on the way out changes nothing.
        let _ = connection.close().await;
        Ok(outcome)
    })?
}

/// The migrations folder, with nothing in it that keeps it from being applied.
pub fn contents(context: &Context) -> Result<Contents, Failure> {
    let settings = &context.settings;
    Folder::new(&settings.root, &settings.migrations).read().map_err(Failure::check)
}

/// Applies what is pending over a session that is there, and shows how far it is.
pub async fn with(
    context: &Context,
    connection: &mut Connection,
    contents: &Contents,
    options: &MigrateOptions,
    allow_drift: bool,
) -> Result<Outcome, Failure> {
    let mut show = Show { context, progress: None };
    let implied = Shadowed { context };
    let gate = Gate { implied: &implied, allow_drift };
    let mut watch = |event: Event<'_>| show.event(&event);
    let report =
        migrate_gated(connection, &context.settings, contents, options, Some(gate), &mut watch).await?;
    drop(show);
    let problems = contents.warnings.iter().cloned().chain(report.notes.iter().cloned()).collect();
    let text = if options.dry_run { preview(&report) } else { summary(&report, contents) };
    let tags = |tags: Vec<&str>| serde_json::Value::from(tags);
    Ok(Outcome::checked(problems, text)
        .with("ledger", report.ledger.as_str())
        .with("applied", tags(report.applied.iter().map(|(tag, _)| tag.as_ref()).collect()))
        .with(
            "pending",
            tags(report.pending.iter().map(|pending| pending.migration.entry.tag.as_ref()).collect()),
        ))
}

/// Shows events: a bar in a terminal, lines elsewhere.
struct Show<'a> {
    context: &'a Context,
    progress: Option<Progress>,
}

impl Show<'_> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Pending(count) => self.progress = Some(self.context.ui.progress(*count)),
            Event::Begins(tag) => {
                if let Some(progress) = &self.progress {
                    progress.begin(tag.as_ref());
                }
            }
            Event::Applied(tag, took) => {
                if let Some(progress) = &self.progress {
                    progress.done(&format!("applied {tag}"), *took);
                }
            }
            Event::Waiting(holder) => self.line(&format!("waiting for another migrate: {holder}")),
            Event::Retry { tag, reason, others, pause } => {
                self.line(&format!("{tag}: {reason}; trying again in {:.1} s", pause.as_secs_f64()));
                for other in *others {
                    self.line(&format!("  open transaction: {other}"));
                }
            }
            Event::Blocked(blockers) => {
                for blocker in *blockers {
                    self.line(&format!("waiting for {blocker}"));
                }
            }
            Event::Note(text) => self.line(&format!("note: {text}")),
        }
    }

    fn line(&self, text: &str) {
        match &self.progress {
            Some(progress) => progress.line(text),
            None => self.context.ui.say(text),
        }
    }
}

fn summary(report: &MigrateReport, contents: &Contents) -> String {
    match (report.applied.len(), contents.migrations.len()) {
        (0, 0) => "✅ there are no migrations".to_owned(),
        (0, 1) => "✅ the migration is applied".to_owned(),
        (0, all) => format!("✅ all {all} migrations are applied"),
        (1, _) => "✅ 1 migration applied".to_owned(),
        (count, _) => format!("✅ {count} migrations applied"),
    }
}

/// What would run, as SQL with comments.
fn preview(report: &MigrateReport) -> String {
    if report.pending.is_empty() {
        return "✅ nothing to apply".to_owned();
    }
    let mut text = String::new();
    for pending in &report.pending {
        preview_one(&mut text, pending, &report.ledger);
    }
    text
}

fn preview_one(text: &mut String, pending: &Pending, ledger: &str) {
    let migration = &pending.migration;
    let _ = writeln!(text, "-- {} ({})", migration.entry.tag, migration.file.display());
    let allow = migration.header().allow;
    if !allow.is_empty() {
        let _ = writeln!(text, "-- accepted hazards: {}", escape(&allow.join(", ")));
    }
    let segments = migration.segments();
    let left = |number: u32| number >= pending.from;
    for segment in &segments {
        let statements: Vec<_> =
            segment.statements.iter().filter(|statement| left(statement.number)).collect();
        if statements.is_empty() {
            continue;
        }
        let _ = writeln!(
            text,
            "-- {}",
            if segment.transactional { "in one transaction:" } else { "outside of transactions:" }
        );
        for statement in statements {
            let lines: Vec<_> = statement.sql.lines().map(escape).collect();
            let _ = writeln!(text, "{};", lines.join("\n"));
        }
    }
    let _ = writeln!(text, "-- then its row in {}\n", escape(ledger));
}
