//! Whether two branches' migrations can be applied in either order.
//!
//! Tried on the shadow, never guessed. Where both orders build the same catalog and no statement changes
//! rows, a database that already ran the one branch simply runs the other. Else the statements that stand
//! in each other's way are named; which those are is read from names, for the message alone.

use trueline_journal::words::names_all;
use trueline_journal::{Migration, MigrationStatement, Problem};

use super::rows;
use crate::catalog::{Catalog, ObjectId};
use crate::diff::diff;
use crate::elaborate::{self, Inputs};
use crate::introspect::Edges;
use crate::settings::Settings;
use crate::shadow::Shadow;

/// The migrations of two branches, in the order in which they stand in the journal.
#[derive(Clone, Copy, Debug)]
pub struct Fork<'a> {
    /// What both have.
    pub base: &'a [Migration],
    /// What is merged.
    pub upstream: &'a [Migration],
    /// What is not.
    pub local: &'a [Migration],
}

/// What stands in the way of the other order; nothing when the order makes no difference.
///
/// # Errors
/// The journal's own order fails: then the branches cannot be put together as they are.
pub async fn collisions(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    fork: Fork<'_>,
) -> Result<Vec<Problem>, Vec<Problem>> {
    let Fork { base, upstream, local } = fork;
    let ordered = match built(shadow, settings, inputs, &[base, upstream, local]).await {
        Ok(catalog) => catalog,
        Err(problems) => return Err(problems.into_iter().map(|problem| in_order(problem, fork)).collect()),
    };
    let mut found: Vec<Problem> = [upstream, local].into_iter().flatten().filter_map(changes_rows).collect();
    match built(shadow, settings, inputs, &[base, local, upstream]).await {
        Ok(other) => found.extend(differences(&ordered, &other, fork)),
        Err(problems) => found.extend(problems.into_iter().map(|problem| {
            let said = problem.message.clone();
            let problem = with_partners(problem, &said, fork);
            Problem { message: format!("fails after this branch's migrations: {said}"), ..problem }
        })),
    }
    Ok(found)
}

async fn built(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    parts: &[&[Migration]],
) -> Result<Catalog, Vec<Problem>> {
    let external = elaborate::external_objects(shadow, settings, inputs).await?;
    let database = elaborate::replayed(shadow, settings, inputs, &parts.concat()).await?;
    let side = elaborate::current(database, &external, settings.manage, Edges::Skip).await?;
    let dropped = shadow.drop_database(side.database).await;
    dropped.map_err(|error| vec![Problem::error("shadow", crate::ui::chain(&error))])?;
    Ok(side.catalog)
}

/// The failure of a statement in the journal's own order.
fn in_order(problem: Problem, fork: Fork<'_>) -> Problem {
    let said = problem.message.clone();
    let is_local = fork.local.iter().any(|one| problem.place.as_ref().is_some_and(|at| at.file == one.file));
    if !is_local {
        return problem;
    }
    let file = problem.place.as_ref().map(|at| at.file.display().to_string()).unwrap_or_default();
    let problem = with_partners(problem, &said, fork);
    Problem {
        code: "branches-collide",
        message: format!("this branch's migration cannot run after those that are merged: {said}"),
        hint: Some(format!(
            "delete `{file}` and run `cargo xtask db-generate`: it takes the entry out and writes anew what the schema \
             still needs"
        )),
        ..problem
    }
}

/// Adds the statements of the other branch that name what the server's message names.
fn with_partners(mut problem: Problem, said: &str, fork: Fork<'_>) -> Problem {
    let file = problem.place.as_ref().map(|at| at.file.clone());
    let is_local = fork.local.iter().any(|one| Some(&one.file) == file.as_ref());
    let others = if is_local { fork.upstream } else { fork.local };
    let names: Vec<&str> = said.split('"').skip(1).step_by(2).collect();
    for (migration, statement) in naming(others, &names) {
        problem = problem.detail(format!("collides with {}", shown(migration, &statement)));
    }
    problem
}

/// What the two orders build differently, with the statements of both branches that name it.
fn differences(ordered: &Catalog, other: &Catalog, fork: Fork<'_>) -> Vec<Problem> {
    let changes = diff(ordered, other);
    let of = |id: &ObjectId| {
        let message = format!("{id} depends on the order in which the branches' migrations run");
        let mut problem = Problem::error("branches-collide", message).object(id.to_string());
        let names: Vec<&str> = match id.path.as_slice() {
            [_, own @ ..] if !own.is_empty() => own.iter().map(|name| &**name).collect(),
            path => path.iter().map(|name| &**name).collect(),
        };
        for (migration, statement) in
            [fork.upstream, fork.local].into_iter().flat_map(|branch| naming(branch, &names))
        {
            problem = problem.detail(format!("named by {}", shown(migration, &statement)));
        }
        problem
    };
    changes.iter().map(|change| of(change.id())).collect()
}

fn changes_rows(migration: &Migration) -> Option<Problem> {
    let statements = rows::statements(migration);
    let first = statements.first()?;
    let message =
        format!("`{}` may change rows, and what it finds depends on the order", migration.entry.tag);
    let problem = Problem::error("branches-collide", message).at(migration.place(first.offset));
    Some(statements.iter().fold(problem, |problem, one| problem.detail(shown(migration, one))))
}

/// The statements that hold all of the names; none when there are no names.
fn naming<'m>(migrations: &'m [Migration], names: &[&str]) -> Vec<(&'m Migration, MigrationStatement)> {
    if names.is_empty() {
        return Vec::new();
    }
    let mut found = Vec::new();
    for migration in migrations {
        let all = migration.statements().into_iter().filter(|one| names_all(&one.sql, names));
        found.extend(all.map(|one| (migration, one)));
    }
    found
}

fn shown(migration: &Migration, statement: &MigrationStatement) -> String {
    let line = statement.sql.lines().next().unwrap_or_default();
    format!("{}: {}", migration.place(statement.offset), line)
}
