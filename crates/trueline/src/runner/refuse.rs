//! What is said before anything is applied: refusals, and what is worth knowing.
//!
//! Pure, but for the roles, which the server is asked for.

use std::collections::BTreeSet;

use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};
use trueline_journal::ledger::{Comparison, Row};
use trueline_journal::words::first;
use trueline_journal::{Hash, Migration, Place, Problem};

use super::target::Target;
use crate::ledger::{LedgerTable, Located};
use crate::load::roles_named;
use crate::settings::Settings;

/// Why nothing may be applied to this target; empty when it may. Without anything pending, only an
/// edited migration is refused.
pub(crate) fn refusals(target: &Target, comparison: &Comparison<'_>, settings: &Settings) -> Vec<Problem> {
    let mut problems: Vec<_> =
        comparison.edited.iter().map(|edited| edited_problem(edited.migration, edited.row)).collect();
    if comparison.pending.is_empty() {
        return problems;
    }
    if let (Located::None { others }, true) = (&target.located, target.server.holds_objects) {
        problems.push(no_ledger(target, others, settings));
    }
    problems.extend(
        comparison.pending.iter().filter(|migration| migration.entry.hash == Hash::Unsealed).map(
            |migration| {
                let message = format!("migration `{}` is not sealed yet", migration.entry.tag);
                let hint = "run `cargo xtask db-generate`: it proves and seals what was written by hand";
                Problem::error("unsealed", message).at(Place::file(&migration.file)).hint(hint)
            },
        ),
    );
    if let Some(unknown) = unknown_rows(comparison) {
        problems.push(unknown);
    }
    problems.extend(unknown_progress(target, comparison));
    problems
}

/// What is worth knowing although nothing is refused.
pub(crate) fn warnings(target: &Target, comparison: &Comparison<'_>) -> Vec<Problem> {
    let mut problems = Vec::new();
    if comparison.pending.is_empty()
        && let Some(mut unknown) = unknown_rows(comparison)
    {
        unknown.severity = trueline_journal::Severity::Warning;
        unknown.hint = Some(
            "usual after a rollback or on another branch; the migrations here are all applied".to_owned(),
        );
        problems.push(unknown);
    }
    problems.extend(comparison.late.iter().map(|migration| {
        let message =
            format!("migration `{}` is older than others that are applied already", migration.entry.tag);
        let hint = "it was merged late and runs after them; drizzle's own migrator would skip it";
        Problem::note("late", message).at(Place::file(&migration.file)).hint(hint)
    }));
    if comparison.pending.is_empty() {
        problems.extend(unknown_progress(target, comparison).map(|mut problem| {
            problem.severity = trueline_journal::Severity::Warning;
            problem
        }));
    }
    problems
}

fn edited_problem(migration: &Migration, row: &Row) -> Problem {
    let tag = &migration.entry.tag;
    let short: String = row.hash.chars().take(12).collect();
    Problem::error("migration-edited", format!("migration `{tag}` was edited after it was applied"))
        .at(Place::file(&migration.file))
        .detail(format!("the ledger has {short}, the file is {}", migration.checksums.lf.short()))
        .hint(format!(
            "restore it with `git restore {}`, then put the change in a new migration",
            migration.file.display()
        ))
}

fn no_ledger(target: &Target, others: &[LedgerTable], settings: &Settings) -> Problem {
    let database = &target.server.database;
    let wanted = LedgerTable::to_create(settings);
    let message =
        format!("database `{database}` holds objects but no ledger: what was applied to it is not known");
    let problem = Problem::error("no-ledger", message);
    match others.first() {
        Some(other) => problem
            .detail(format!("`ledger` in Cargo.toml names `{wanted}`, and there is `{other}`"))
            .hint(format!("set `ledger = \"{other}\"`, or remove the setting")),
        None => problem.hint(
            "if the database has the migrations already, record that with `cargo xtask db-baseline`; else migrate an \
             empty database",
        ),
    }
}

fn unknown_rows(comparison: &Comparison<'_>) -> Option<Problem> {
    if comparison.unknown.is_empty() {
        return None;
    }
    let count = comparison.unknown.len();
    let what =
        if count == 1 { "a migration that is".to_owned() } else { format!("{count} migrations that are") };
    let mut problem = Problem::error("unknown-rows", format!("the ledger has {what} not in the journal"));
    problem.details = comparison.unknown.iter().take(20).map(|row| describe(row)).collect();
    if count > 20 {
        problem = problem.detail(format!("and {} more", count - 20));
    }
    Some(problem.hint(
        "this checkout may be older than the database, or another branch was applied: update it (`git pull`) so that \
         the journal knows them; an embedded database is rebuilt with `cargo xtask db-reset`",
    ))
}

/// A row in words.
pub(crate) fn describe(row: &Row) -> String {
    let id = row.id.map_or_else(|| "?".to_owned(), |id| id.to_string());
    let when = row.created_at.map_or_else(|| "?".to_owned(), |when| when.to_string());
    let hash: String = row.hash.chars().take(12).collect();
    let name = row.name.as_deref().map(|name| format!(", name `{name}`")).unwrap_or_default();
    format!("row {id}: when {when}, hash {hash}{name}")
}

/// Something was begun that the journal does not know.
fn unknown_progress<'a>(
    target: &'a Target,
    comparison: &'a Comparison<'_>,
) -> impl Iterator<Item = Problem> + 'a {
    let tags: BTreeSet<&str> = target.progress.iter().map(|record| record.tag.as_str()).collect();
    let known = |tag: &str| {
        let applied = comparison.applied.iter().chain(&comparison.edited).map(|matched| matched.migration);
        comparison.pending.iter().copied().chain(applied).any(|migration| migration.entry.tag.as_ref() == tag)
    };
    tags.into_iter().filter(move |tag| !known(tag)).map(|tag| {
        let message = format!("migration `{tag}` is applied in part, and the journal does not know it");
        Problem::error("unknown-progress", message)
            .hint("update the checkout so that the journal has it, or settle by hand what it did and delete its rows from `trueline.progress`")
    })
}

/// Roles that the pending migrations name and the server lacks.
pub(crate) async fn missing_roles(
    client: &Client,
    pending: &[&Migration],
) -> Result<Vec<Problem>, tokio_postgres::Error> {
    let mut named: Vec<(String, &Migration)> = Vec::new();
    for migration in pending {
        let statements = migration.statements();
        // Rows name no roles, and there may be a hundred megabytes of them.
        let others =
            statements.iter().filter(|one| !["insert", "select"].contains(&first(&one.sql).as_str()));
        let roles: BTreeSet<_> = others.flat_map(|statement| roles_named(&statement.sql)).collect();
        let new = |role: &String| !role.starts_with("pg_") && named.iter().all(|(known, _)| known != role);
        let roles: Vec<_> = roles.into_iter().filter(new).collect();
        named.extend(roles.into_iter().map(|role| (role, *migration)));
    }
    if !named.is_empty() {
        let made: BTreeSet<_> = pending.iter().flat_map(|migration| roles_made(&migration.text)).collect();
        named.retain(|(role, _)| !made.contains(role));
    }
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<&str> = named.iter().map(|(role, _)| role.as_str()).collect();
    let parameter: &(dyn ToSql + Sync) = &asked;
    let sql = "SELECT rolname::text FROM pg_catalog.pg_roles WHERE rolname = ANY ($1)";
    let rows = client.query_typed(sql, &[(parameter, Type::TEXT_ARRAY)]).await?;
    let there: BTreeSet<String> = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    let missing = named.iter().filter(|(role, _)| !there.contains(role));
    Ok(missing
        .map(|(role, migration)| {
            let message = format!(
                "migration `{}` names role `{role}`, which the server does not have",
                migration.entry.tag
            );
            let hint = format!("create it first: `CREATE ROLE {};`", crate::sql::Ident(role));
            Problem::error("role-missing", message).at(Place::file(&migration.file)).hint(hint)
        })
        .collect())
}

/// The names after `CREATE ROLE`, `USER` and `GROUP`, wherever they stand: migrations make roles in
/// `DO` blocks too, whose bodies are strings.
fn roles_made(text: &str) -> BTreeSet<String> {
    let words: Vec<&str> = text
        .split(|c: char| c.is_whitespace() || matches!(c, ';' | '\'' | '(' | ')' | ','))
        .filter(|word| !word.is_empty())
        .collect();
    let is =
        |word: &str, expected: &[&str]| expected.iter().any(|expected| word.eq_ignore_ascii_case(expected));
    let found = words
        .windows(3)
        .filter(|three| is(three[0], &["create"]) && is(three[1], &["role", "user", "group"]));
    found
        .map(|three| match three[2].strip_prefix('"').and_then(|name| name.strip_suffix('"')) {
            Some(quoted) => quoted.replace("\"\"", "\""),
            None => three[2].to_ascii_lowercase(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_that_a_migration_makes_are_not_asked_for() {
        let made = roles_made(
            "do $$ begin create role App_user; exception when others then null; end $$; CREATE USER \"Web\" login",
        );
        assert_eq!(made, BTreeSet::from(["Web".to_owned(), "app_user".to_owned()]));
    }
}
