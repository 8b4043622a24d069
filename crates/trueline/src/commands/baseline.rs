//! `db-baseline`: records migrations as applied on a database that already has them.

use trueline_driver::Connection;
use trueline_journal::{Migration, Problem, Tag};

use super::{Context, Failure, block_on, migrate, target};
use crate::baseline::{BaselineReport, baseline};
use crate::ui::Outcome;
use crate::verify::{self, Desired};

/// Record the migrations as applied on a target database that already has them
///
/// Proves first that it does; nothing else in the database changes.
#[derive(Clone, Debug, clap::Args)]
pub struct Args {
    /// The last migration that the database has [default: all of them]
    #[arg(value_name = "TAG")]
    pub tag: Option<String>,
}

/// Connects to the target, compares it with what the migrations build, and records them.
pub fn run(args: &Args, context: &Context) -> Result<Outcome, Failure> {
    let contents = migrate::contents(context)?;
    let tag = args.tag.as_deref().map(str::parse::<Tag>).transpose();
    let tag = tag.map_err(|error| Problem::error("not-a-tag", error.to_string()))?;
    block_on(async {
        let target = target::target(context)?;
        let mut connection = target::open(context, &target).await?;
        let proven = async |connection: &mut Connection, migrations: &[Migration]| {
            prove(context, connection, migrations).await
        };
        let report = baseline(&mut connection, &context.settings, &contents, tag.as_ref(), proven).await?;
        // All is committed: an error on the way out changes nothing.
        let _ = connection.close().await;
        let recorded: Vec<&str> = report.recorded.iter().map(AsRef::as_ref).collect();
        Ok(Outcome::text(summary(&report)).with("ledger", report.ledger.as_str()).with("recorded", recorded))
    })?
}

/// The database has what these migrations build, and nothing else.
async fn prove(
    context: &Context,
    connection: &Connection,
    migrations: &[Migration],
) -> Result<(), Vec<Problem>> {
    let built = built(context, migrations).await.map_err(Failure::into_problems)?;
    let comparison =
        super::verify::compared(context, connection, &built).await.map_err(Failure::into_problems)?;
    if comparison.differences.is_empty() {
        return Ok(());
    }
    let message = "the database is not what the migrations build, so they are not recorded";
    let mut problems = vec![
        Problem::error("not-baseline", message)
            .hint("bring the two together: `cargo xtask db-pull` takes the database's side"),
    ];
    problems.extend(comparison.differences);
    Err(problems)
}

/// What the migrations build, as a shadow shows it.
async fn built(context: &Context, migrations: &[Migration]) -> Result<Desired, Failure> {
    let inputs = target::inputs(context)?;
    let shadow = target::shadow(context).await?;
    let built = verify::from_migrations(&shadow, &context.settings, &inputs, migrations).await;
    target::close(shadow, built).await
}

fn summary(report: &BaselineReport) -> String {
    let BaselineReport { recorded, already, ledger } = report;
    match (recorded.len(), already) {
        (0, _) => format!("✅ every migration is recorded already in {ledger}"),
        (count, 0) => format!("✅ {count} migrations recorded as applied in {ledger}"),
        (count, already) => {
            format!("✅ {count} migrations recorded as applied in {ledger}, {already} were already")
        }
    }
}
