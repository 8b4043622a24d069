//! Loads `schema/` into a database, whatever the order of its files and statements.
//!
//! PostgreSQL is the only judge of what SQL means (DESIGN §1.1): tokens are read only to guess an
//! order that loads at the first attempt. Where the guess is wrong, statements are tried until no
//! more of them succeed. Reading goes: `sources` (files) → `item` (statements, refusals, settings)
//! → `mention`, `order` (the guess) → `run` → `code`, `bodies` (what ran, functions) → `explain` (what went wrong).
//! Never starts a server and never keeps half a schema: all of it is one transaction.

mod accept;
mod again;
mod alone;
mod bodies;
mod code;
mod explain;
mod head;
mod item;
mod lift;
mod mention;
mod order;
mod place;
mod roles;
mod run;
mod settings;
mod sources;
mod step;
mod versions;

pub use again::{Again, again};
pub use roles::roles_named;
pub use sources::{Source, Sources};

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Client;
use trueline_journal::{Place, Problem, Severity};

use crate::sql::Ident;
use item::{Item, Items, Work};
use run::{Runner, Stopped};

/// How SQL is loaded.
#[derive(Clone, Debug)]
pub struct LoadOptions {
    /// The schema that unqualified names are in: the first managed one.
    pub search_path: String,
    /// Loaded first, as written: stand-ins for what the platform brings.
    pub external: Option<Source>,
    /// Whether roles that statements name and the server lacks are made (`NOLOGIN`).
    pub create_roles: bool,
}

/// What was loaded.
#[derive(Clone, Debug)]
pub struct LoadReport {
    /// Every role that a statement names, but for PostgreSQL's own (`pg_…`).
    pub roles_named: BTreeSet<String>,
    /// Those of them that the server lacked.
    pub roles_missing: BTreeSet<String>,
    /// The extensions for which a file of the schema states a version.
    pub extension_versions: BTreeMap<String, String>,
    /// The statements of the files, in the order in which they are written.
    pub statements: Vec<Loaded>,
    /// What is worth knowing: bodies of functions that fail where the file turns the check off.
    pub notes: Vec<Problem>,
    /// Whether the first attempt succeeded; otherwise the order was found by trying.
    pub at_once: bool,
}

/// One statement that was loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// Where it begins.
    pub place: Place,
    /// Its text, without the `;`.
    pub sql: String,
}

/// Loads `sources` into the database that `client` is connected to, and commits; on any error,
/// nothing is left there.
///
/// Errors are all that was found: statements that have no place in schema/ (`schema-dml`,
/// `schema-transaction`, …), what the server refused (`schema-sql`, with its own message, SQLSTATE and
/// position), statements that need each other (`schema-circle`), bodies of functions that are wrong
/// (`schema-function-body`).
pub async fn load(
    client: &Client,
    sources: &Sources,
    options: &LoadOptions,
) -> Result<LoadReport, Vec<Problem>> {
    let items = Items::read(options.external.as_ref(), &sources.files)?;
    let order = order::order(&items.all);
    let mut steps = run::steps(&items, &order);
    let mut runner = Runner::new(client, &items, &options.search_path);
    let mut report = report(&items);

    let outcome = async {
        let roles = existing_roles(client).await?;
        let made = |item: &Item<'_>| roles::made_by(&item.tokens).is_some_and(|role| roles.contains(role));
        // Roles outlive databases: another load on this server may have made the stand-ins' roles.
        steps.retain(|step| !made(&items.all[step.item]));
        report.roles_missing = report.roles_named.difference(&roles).cloned().collect();
        let make_roles =
            if options.create_roles { make_roles(&items, &report.roles_missing) } else { String::new() };

        runner.begin().await?;
        client.batch_execute(&make_roles).await?;
        if let Err(error) = runner.all_at_once(&steps).await {
            if error.as_db_error().is_none() {
                return Err(Stopped::Broken(error));
            }
            report.at_once = false;
            client.batch_execute("ROLLBACK").await?;
            runner.begin().await?;
            client.batch_execute(&make_roles).await?;
            runner.as_they_load(&order, steps).await?;
        }
        let mut problems = code::check(client, &items).await?;
        problems.extend(bodies::check(client, &items, &options.search_path).await?);
        Ok(problems)
    };
    let problems = match outcome.await {
        Ok(found) => {
            let (errors, notes): (Vec<_>, Vec<_>) =
                found.into_iter().partition(|problem| problem.severity == Severity::Error);
            report.notes = notes;
            errors
        }
        Err(Stopped::Refused(failures)) => explain::explain(&items, &order.edges, &failures),
        Err(Stopped::Broken(error)) => vec![explain::server_error("shadow-sql", &error)],
    };
    let end = if problems.is_empty() { "COMMIT" } else { "ROLLBACK" };
    match client.batch_execute(end).await {
        Ok(()) if problems.is_empty() => Ok(report),
        Err(error) if problems.is_empty() => Err(vec![explain::server_error("shadow-sql", &error)]),
        _ => Err(problems),
    }
}

fn report(items: &Items<'_>) -> LoadReport {
    let mut roles_named = BTreeSet::new();
    let mut statements = Vec::new();
    let mut extension_versions = BTreeMap::new();
    for item in &items.all {
        extension_versions.extend(versions::stated(&item.tokens));
        roles_named.extend(roles::in_statement(&item.tokens));
        if item.work == Work::Run {
            let file = &items.files[item.file];
            let place = file.lines.place(file.source, item.statement.offset);
            statements.push(Loaded { place, sql: item.statement.sql.to_owned() });
        }
    }
    roles_named.retain(|role| !role.starts_with("pg_"));
    LoadReport {
        roles_named,
        roles_missing: BTreeSet::new(),
        extension_versions,
        statements,
        notes: Vec::new(),
        at_once: true,
    }
}

async fn existing_roles(client: &Client) -> Result<BTreeSet<String>, tokio_postgres::Error> {
    let rows = client.query("SELECT rolname::text FROM pg_catalog.pg_roles", &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// SQL that makes the roles that are `missing` and that no stand-in makes.
fn make_roles(items: &Items<'_>, missing: &BTreeSet<String>) -> String {
    let made: BTreeSet<_> = items.all.iter().filter_map(|item| roles::made_by(&item.tokens)).collect();
    let missing = missing.iter().filter(|role| !made.contains(role.as_str()));
    // Roles belong to the server: another load may be making the same one at this very moment.
    let statement = |role: &String| {
        let role = Ident(role);
        format!(
            "DO $trueline$ BEGIN CREATE ROLE {role} NOLOGIN; \
             EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $trueline$;\n"
        )
    };
    missing.map(statement).collect()
}
