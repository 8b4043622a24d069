//! `--revert`: the way back from what the last migrations did, as a new migration.
//!
//! Nothing is undone behind anybody's back: the state before them becomes the desired side, and the way
//! there is planned, proved and written like any other, with its hazards. Rows do not come back; which
//! statements changed some is said.

use std::path::Path;

use trueline_journal::{Contents, Hash, Migration, Problem, Tag};

use super::{GenerateError, Outcome, Request, Sides, lead, rows};
use crate::catalog::Catalog;
use crate::diff::diff;
use crate::elaborate::{self, Inputs};
use crate::introspect::Edges;
use crate::settings::Settings;
use crate::shadow::Shadow;
use crate::verify;

/// How many migrations stay: those before `tag`, or before the last one.
///
/// # Errors
/// There is no such migration, or one that is not sealed yet.
pub fn stays(contents: &Contents, tag: Option<&Tag>) -> Result<usize, Vec<Problem>> {
    let migrations = &contents.migrations;
    if let Some(open) = migrations.iter().find(|one| one.entry.hash == Hash::Unsealed) {
        let message =
            format!("migration `{}` is not sealed yet, so there is nothing to go back from", open.entry.tag);
        let hint = "edit it, or remove its file and its line in the journal: nothing was applied from it";
        return Err(vec![Problem::error("unsealed", message).hint(hint)]);
    }
    let at = match tag {
        None => migrations.len().checked_sub(1),
        Some(tag) => migrations.iter().position(|migration| migration.entry.tag == *tag),
    };
    at.ok_or_else(|| {
        let problem = match tag {
            None => Problem::error("no-such-migration", "there is no migration to revert"),
            Some(tag) => Problem::error("no-such-migration", format!("the journal has no migration `{tag}`")),
        };
        let known = migrations.iter().map(|migration| migration.entry.tag.as_ref());
        let nearest = tag.and_then(|tag| crate::nearest::nearest(tag.as_ref(), known));
        vec![match nearest {
            Some(meant) => problem.hint(format!("did you mean `{meant}`?")),
            None => problem.hint("`cargo xtask db-status` lists them"),
        }]
    })
}

/// The name of the migration that reverts these.
pub fn name(reverted: &[Migration]) -> String {
    let first = reverted.first().map_or("nothing", |migration| migration.entry.tag.as_ref());
    let own = first.split_once('_').map_or(first, |(_, own)| own);
    let more = reverted.len().saturating_sub(1);
    if more == 0 { format!("revert_{own}") } else { format!("revert_{own}_and_{more}_more") }
}

/// Plans and proves the way back to the state after the first `stays` migrations.
///
/// # Errors
/// Everything that keeps the migration from being written.
pub async fn revert<T>(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    contents: &Contents,
    stays: usize,
    request: &Request,
    ask: impl AsyncFn(&Catalog, &[String]) -> T,
) -> Result<(Outcome, Option<T>), GenerateError> {
    let external = elaborate::external_objects(shadow, settings, inputs).await?;
    let mut built = Vec::new();
    for migrations in [&contents.migrations[..stays], &contents.migrations] {
        let database = elaborate::replayed(shadow, settings, inputs, migrations).await?;
        let mut side = elaborate::current(database, &external, settings.manage, Edges::Read).await?;
        side.catalog.retain(|id| !verify::is_bookkeeping(settings, id));
        built.push(side);
    }
    let (Some(current), Some(desired)) = (built.pop(), built.pop()) else { return Err(Vec::new().into()) };
    let notes = remaining(&contents.migrations[stays..]);
    let sides = Sides { desired, current, external, notes };
    lead(shadow, settings, inputs, contents, request, sides, ask).await
}

/// Whether the schema says already what the migrations build once they are reverted. A schema that cannot
/// be loaded does not.
pub async fn is_in_schema(shadow: &Shadow, settings: &Settings, inputs: &Inputs, sides: &Sides) -> bool {
    match elaborate::desired(shadow, settings, inputs, &sides.external).await {
        Ok((side, _)) => diff(&sides.desired.catalog, &side.catalog).is_empty(),
        Err(_) => false,
    }
}

/// What no migration brings back.
fn remaining(reverted: &[Migration]) -> Vec<Problem> {
    let of = |migration: &Migration| {
        let statements = rows::statements(migration);
        let first = statements.first()?;
        let message = format!(
            "`{}` may have changed rows ({} statement{}), and rows are not brought back",
            migration.entry.tag,
            statements.len(),
            if statements.len() == 1 { "" } else { "s" }
        );
        let hint = "write what undoes it by hand: `cargo xtask db-generate --custom NAME`";
        Some(Problem::warning("rows-not-reverted", message).at(migration.place(first.offset)).hint(hint))
    };
    reverted.iter().filter_map(of).collect()
}

/// The schema has to follow, or the next `db-generate` brings back what was reverted.
pub fn schema_follows(schema: &Path) -> Problem {
    let schema = schema.display();
    let message = format!("`{schema}` still says what was reverted");
    Problem::warning("schema-not-reverted", message).hint(format!(
        "take it out of `{schema}` too (`git revert` or an editor), then run `cargo xtask db-generate`: until then \
         `db-verify` reports the difference, and `db-generate` would write the change again"
    ))
}
