//! `db-validate`: the journal, the files and the schema agree, with no database.
//!
//! What is checked is [`crate::validate`]'s matter; this adds what reading `schema/` finds.

use super::{Context, Failure, Listing};
use crate::elaborate::Inputs;
use crate::ui::Outcome;
use crate::validate::{Input, validate};

/// The arguments of `db-validate`.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct Args {
    #[command(flatten)]
    /// How to print
    pub listing: Listing,
}

/// Reports everything that is wrong with the committed files.
pub fn run(_: &Args, context: &Context) -> Result<Outcome, Failure> {
    let settings = &context.settings;
    let (mut problems, schema_checksum) = match Inputs::read(settings) {
        Ok(inputs) => (Vec::new(), inputs.checksum.parse().ok()),
        Err(problems) => (problems, None),
    };
    problems.extend(validate(&Input {
        root: settings.root.clone(),
        schema_dir: settings.schema.clone(),
        migrations_dir: settings.migrations.clone(),
        schema_checksum,
        snapshot_format: crate::snapshot::FORMAT,
    }));
    let text = format!("✅ {}/ and {}/ agree", settings.migrations.display(), settings.schema.display());
    Ok(Outcome::checked(problems, text))
}
