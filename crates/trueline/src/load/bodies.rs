//! The bodies of functions written in SQL and PL/pgSQL, checked when everything that they name is
//! there: each language's validator says what is wrong.
//!
//! Bodies written as SQL (`RETURN`, `BEGIN ATOMIC`) were checked when they were made.

use std::collections::HashMap;

use tokio_postgres::Client;
use tokio_postgres::error::ErrorPosition;
use trueline_journal::statement::SqlTokenKind;
use trueline_journal::{Problem, Severity};

use super::explain::server_error;
use super::head::{self, Sort};
use super::item::{Items, Work};
use super::settings::{self, function_settings};

/// Functions with a string for a body that no extension brought.
const FUNCTIONS: &str = "SELECT p.oid, n.nspname, p.proname, p.prosrc, p.proconfig, l.lanname
  FROM pg_catalog.pg_proc p
  JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
  JOIN pg_catalog.pg_language l ON l.oid = p.prolang
 WHERE p.oid >= 16384 AND l.lanname IN ('sql', 'plpgsql') AND p.prokind <> 'a' AND p.prosrc <> ''
   AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
                    WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid
                      AND d.deptype = 'e')
 ORDER BY p.oid";

struct Function {
    oid: u32,
    schema: String,
    name: String,
    body: String,
    settings: Vec<String>,
    validator: &'static str,
}

impl Function {
    fn call(&self) -> String {
        format!("SELECT pg_catalog.{}({});\n", self.validator, self.oid)
    }
}

/// Checks the bodies of the functions that `items` made, in the transaction that made them. What is
/// wrong is an error, but a warning where the file itself says `SET check_function_bodies = off`, as
/// dumps do.
pub(super) async fn check(
    client: &Client,
    items: &Items<'_>,
    search_path: &str,
) -> Result<Vec<Problem>, tokio_postgres::Error> {
    let makers = makers(items);
    let mut functions = Vec::new();
    for row in client.query(FUNCTIONS, &[]).await? {
        let validator =
            if row.get::<_, &str>(5) == "sql" { "fmgr_sql_validator" } else { "plpgsql_validator" };
        let settings: Option<Vec<String>> = row.get(4);
        let settings = settings.unwrap_or_default();
        let (oid, schema, name, body) = (row.get(0), row.get(1), row.get(2), row.get(3));
        functions.push(Function { oid, schema, name, body, settings, validator });
    }
    functions.retain(|function| makers.contains_key(function.name.as_str()));
    if functions.is_empty() {
        return Ok(Vec::new());
    }
    let start = "SAVEPOINT trueline_bodies;\nSET LOCAL check_function_bodies = on;\n".to_owned();
    let plain = functions.iter().filter(|function| function.settings.is_empty());
    let all: String = plain.map(Function::call).collect();
    let is_good = attempt(client, &start, &all).await?.is_none();
    let mut problems = Vec::new();
    for function in functions.iter().filter(|function| !is_good || !function.settings.is_empty()) {
        let Some(item) = maker(items, &makers, function) else { continue };
        let environment = &items.environments[items.all[item].environment];
        let mut own = start.clone();
        for set in environment.enter() {
            own.push_str(&set.sql);
            own.push_str(";\n");
        }
        own.push_str(&function_settings(&function.settings));
        let Some(error) = attempt(client, &own, &function.call()).await? else { continue };
        // Dumps set an empty `search_path`; the body is for those who call the function.
        let is_path_fixed = function.settings.iter().any(|setting| setting.starts_with("search_path="));
        let usual =
            format!("{start}{}{}", settings::pins(search_path), function_settings(&function.settings));
        let usual = format!("{usual}SET LOCAL check_function_bodies = on;\n");
        if !is_path_fixed && attempt(client, &usual, &function.call()).await?.is_none() {
            continue;
        }
        let severity = if environment.unchecked_bodies { Severity::Warning } else { Severity::Error };
        problems.push(problem(items, item, function, &error, severity));
    }
    Ok(problems)
}

/// Runs `sql` after `settings` and undoes both; the server's error, if it has one.
async fn attempt(
    client: &Client,
    settings: &str,
    sql: &str,
) -> Result<Option<tokio_postgres::Error>, tokio_postgres::Error> {
    // A function may ask for a setting that the server refuses.
    let result = match client.batch_execute(settings).await {
        Ok(()) => client.batch_execute(sql).await,
        Err(error) => Err(error),
    };
    client.batch_execute("ROLLBACK TO SAVEPOINT trueline_bodies; RELEASE SAVEPOINT trueline_bodies").await?;
    match result {
        Ok(()) => Ok(None),
        Err(error) if error.as_db_error().is_some() => Ok(Some(error)),
        Err(error) => Err(error),
    }
}

/// The statements that make functions, by the function's name.
fn makers<'i>(items: &'i Items<'_>) -> HashMap<&'i str, Vec<usize>> {
    let mut makers: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, item) in items.all.iter().enumerate().filter(|(_, item)| item.work == Work::Run) {
        for (sort, name) in head::read(&item.tokens).defines {
            if sort == Sort::Function {
                makers.entry(name.name).or_default().push(at);
            }
        }
    }
    makers
}

/// The statement that made `function`: among those with its name, the one with its schema and body.
fn maker(items: &Items<'_>, makers: &HashMap<&str, Vec<usize>>, function: &Function) -> Option<usize> {
    let candidates = makers.get(function.name.as_str())?;
    let score = |item: usize| {
        let schema = head::read(&items.all[item].tokens).name.and_then(|name| name.schema);
        let is_same_schema = schema.is_none_or(|schema| schema == function.schema);
        (body_offset(items, item, function).is_some(), is_same_schema)
    };
    candidates.iter().copied().max_by_key(|&item| score(item))
}

/// Where the body begins in its file, if it is written there just as the server has it.
fn body_offset(items: &Items<'_>, item: usize, function: &Function) -> Option<usize> {
    let found = &items.all[item];
    let is_body = |kind: SqlTokenKind, value: &str| kind == SqlTokenKind::String && value == function.body;
    let token = found.tokens.iter().find(|token| is_body(token.kind, &token.value))?;
    let text = &found.statement.sql[token.offset..token.end];
    text.find(&function.body).map(|at| found.statement.offset + token.offset + at)
}

fn problem(
    items: &Items<'_>,
    item: usize,
    function: &Function,
    error: &tokio_postgres::Error,
    severity: Severity,
) -> Problem {
    let file = &items.files[items.all[item].file];
    let position = match error.as_db_error().and_then(|error| error.position()) {
        Some(ErrorPosition::Internal { position, query }) if *query == function.body => {
            usize::try_from(*position).ok()
        }
        _ => None,
    };
    let offset = position.zip(body_offset(items, item, function)).map_or(
        items.all[item].statement.offset,
        |(position, start)| {
            let bytes: usize =
                function.body.chars().take(position.saturating_sub(1)).map(char::len_utf8).sum();
            start + bytes
        },
    );
    let mut problem = server_error("schema-function-body", error);
    problem.severity = severity;
    problem
        .object(format!("function {}.{}", function.schema, function.name))
        .at(file.lines.place(file.source, offset))
}
