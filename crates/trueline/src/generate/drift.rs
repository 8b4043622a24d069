//! Whether the target still is what its ledger implies, asked before a migration is written for it.

use trueline_driver::Connection;
use trueline_journal::ledger::{Row, compare};
use trueline_journal::{Contents, Migration, Problem};

use crate::catalog::Catalog;
use crate::elaborate::Inputs;
use crate::ledger::{self, Located};
use crate::settings::Settings;
use crate::shadow::Shadow;
use crate::verify::{self, Desired, across};

/// What the question came to.
#[derive(Debug)]
pub enum Drift {
    /// The target is what its ledger implies.
    None,
    /// It is not; every difference.
    Found(Vec<Problem>),
    /// Nobody could tell, and why.
    NotChecked(String),
}

/// Compares the target with what the migrations in its ledger build. `all` is what all of them build, with
/// its schemas: where the ledger has them all, nothing is replayed again.
///
/// # Errors
/// A migration that is applied cannot be replayed.
pub async fn drift(
    connection: &Connection,
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    contents: &Contents,
    all: (&Catalog, &[String]),
) -> Result<Drift, Vec<Problem>> {
    let table = match ledger::locate(connection, settings).await {
        Ok(Located::One(table)) => table,
        Ok(Located::None { .. }) => return Ok(Drift::NotChecked("the target has no ledger yet".into())),
        Err(problem) => return Ok(Drift::NotChecked(problem.message)),
    };
    let rows = match connection.query_typed(&table.select(), &[]).await {
        Ok(rows) => rows.iter().map(ledger::read_row).collect::<Result<Vec<Row>, _>>(),
        Err(error) => Err(error),
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(error) => return Ok(Drift::NotChecked(crate::ui::chain(&error))),
    };
    let comparison = compare(&contents.migrations, &rows);
    if !comparison.unknown.is_empty() {
        let why = "its ledger has rows that this journal does not know (another branch?)";
        return Ok(Drift::NotChecked(why.into()));
    }
    let pending = |one: &Migration| comparison.pending.iter().any(|open| open.entry.tag == one.entry.tag);
    let applied: Vec<Migration> = contents.migrations.iter().filter(|one| !pending(one)).cloned().collect();
    let implied = if applied.len() == contents.migrations.len() {
        Desired { catalog: all.0.clone(), schemas: all.1.to_vec() }
    } else {
        verify::from_migrations(shadow, settings, inputs, &applied).await?
    };
    match verify::compare(connection, settings, &implied).await {
        Ok(found) if found.differences.is_empty() => Ok(Drift::None),
        Ok(found) if found.majors.is_some() => {
            let settled = across::compare(connection, settings, inputs, &implied, shadow).await?;
            let drifted = !settled.differences.is_empty();
            Ok(if drifted { Drift::Found(settled.differences) } else { Drift::None })
        }
        Ok(found) => Ok(Drift::Found(found.differences)),
        Err(error) => Ok(Drift::NotChecked(crate::ui::chain(&error))),
    }
}
