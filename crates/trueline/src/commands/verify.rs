//! `db-verify`: the live database is what the schema says.
//!
//! What differs is [`crate::verify`]'s to find; this finds the two sides and says what came of it.

use trueline_driver::Connection;
use trueline_journal::{Contents, Folder, Problem, Severity};

use super::{Context, Failure, Listing, block_on, target};
use crate::elaborate::Inputs;
use crate::ui::Outcome;
use crate::verify::{self, Comparison, Desired, across};

/// Check that the target database is what schema/*.sql says
///
/// Names every difference as object, expected and found; an object that is not modelled is one too.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}

/// Connects to the target and compares it.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    block_on(async {
        let desired = desired(context).await?;
        let target = target::target(context)?;
        let connection = target::open(context, &target).await?;
        let outcome = compare(context, &connection, &desired).await?;
        // Everything was read; how the connection ends no longer matters.
        let _ = connection.close().await;
        Ok(outcome)
    })?
}

/// What the schema says: from the snapshot while it is fresh, else as a shadow elaborates it.
pub async fn desired(context: &Context) -> Result<Desired, Failure> {
    let settings = &context.settings;
    let contents = Folder::new(&settings.root, &settings.migrations).read();
    desired_with(context, &target::inputs(context)?, contents.as_ref().ok()).await
}

/// The same with the files read, as far as they could be.
pub async fn desired_with(
    context: &Context,
    inputs: &Inputs,
    contents: Option<&Contents>,
) -> Result<Desired, Failure> {
    let settings = &context.settings;
    let folder = Folder::new(&settings.root, &settings.migrations);
    if let Some(contents) = contents
        && let Some(desired) = verify::from_snapshot(&folder, contents, inputs)
    {
        return Ok(desired);
    }
    let shadow = target::shadow(context).await?;
    let desired = verify::from_shadow(&shadow, settings, inputs).await;
    target::close(shadow, desired).await
}

/// Compares an open target; texts that differ because two majors printed them are settled on a shadow.
pub async fn compared(
    context: &Context,
    connection: &Connection,
    desired: &Desired,
) -> Result<Comparison, Failure> {
    let settings = &context.settings;
    let comparison = verify::compare(connection, settings, desired)
        .await
        .map_err(|error| Failure::unusable([Problem::error("introspect", crate::ui::chain(&error))]))?;
    let Some((expected, found)) = comparison.majors else { return Ok(comparison) };
    let shadow = match target::shadow(context).await {
        Ok(shadow) => shadow,
        Err(failure) => return Ok(unsettled(comparison, expected, found, &failure.into_problems())),
    };
    let inputs = target::inputs(context)?;
    let settled = async {
        let elaborated = if desired.catalog.major == shadow.major() {
            None
        } else {
            // The schema's major is not at hand: another one elaborates it anew.
            Some(verify::from_shadow(&shadow, settings, &inputs).await?)
        };
        across::compare(connection, settings, &inputs, elaborated.as_ref().unwrap_or(desired), &shadow).await
    };
    let settled = settled.await;
    target::close(shadow, settled).await
}

/// Without a shadow, texts of two majors are differences, with a word on why they may be none.
fn unsettled(mut comparison: Comparison, expected: u32, found: u32, why: &[Problem]) -> Comparison {
    let message = format!(
        "texts may differ only because PostgreSQL {expected} printed the schema's and PostgreSQL {found} the \
         database's, and there is no server to settle it"
    );
    let note = Problem::new(Severity::Note, "majors", message);
    comparison.notes.push(why.iter().fold(note, |note, problem| note.detail(problem.message.clone())));
    comparison
}

/// Compares an open target.
pub async fn compare(
    context: &Context,
    connection: &Connection,
    desired: &Desired,
) -> Result<Outcome, Failure> {
    let comparison = compared(context, connection, desired).await?;
    let mut problems = comparison.differences;
    problems.extend(comparison.notes);
    let mut text = matches(context);
    if !comparison.ignored.is_empty() {
        let names: Vec<String> = comparison.ignored.iter().map(ToString::to_string).collect();
        text.push_str(&format!("\n   ignored, as the settings say: {}", names.join(", ")));
    }
    let ignored: Vec<String> = comparison.ignored.iter().map(ToString::to_string).collect();
    Ok(Outcome::checked(problems, text).with("objects", comparison.objects).with("ignored", ignored))
}

/// The words for it.
pub fn matches(context: &Context) -> String {
    format!("✅ database matches {}/", context.settings.schema.display())
}
