//! What must hold after a plan has run: the catalog is the desired one, there is nothing left to do,
//! `pg_dump` agrees, and rows are still there.

use std::collections::BTreeMap;

use trueline::catalog::{Catalog, ObjectId};
use trueline::diff::{diff, fields};
use trueline::hazard::HazardKind;
use trueline::plan::{Plan, plan};
use trueline::shadow::{Database, Shadow};
use trueline_driver::Connection;

use super::{Outcome, Side, describe, read, script};

/// Runs the plan on one side, and compares what comes out with the other.
pub async fn go(shadow: &Shadow, from: &Side, way: &Plan, to: &Side) -> Outcome<()> {
    let with_script = |error: String| format!("{error}\nwith:\n{}", script::text(way));
    let rows = rows(&from.session, &from.catalog, &to.catalog).await?;
    apply(&from.session, way).await.map_err(with_script)?;
    let reached = read(&from.session, &from.schemas, from.manage).await?;
    let left = differences(&reached, &to.catalog);
    if !left.is_empty() {
        return Err(with_script(format!("not as desired:\n{left}")));
    }
    let again = plan(&reached, &to.catalog).map_err(|cycle| cycle.to_string())?;
    if !again.is_empty() {
        return Err(with_script(format!("the second plan is not empty:\n{}", script::text(&again))));
    }
    if let (Some(reached), Some(desired)) = (dump(shadow, &from.database).await?, &to.dump)
        && reached != *desired
    {
        return Err(with_script(format!("pg_dump differs:\n{}", line_differences(&reached, desired))));
    }
    let losing =
        way.steps.iter().flat_map(|step| &step.statement.hazards).any(|h| h.kind == HazardKind::DataLoss);
    if !losing && rows != self::rows(&from.session, &from.catalog, &to.catalog).await? {
        return Err(with_script("rows changed, and no data loss was declared".into()));
    }
    Ok(())
}

/// Each segment in a transaction of its own.
async fn apply(session: &Connection, plan: &Plan) -> Outcome<()> {
    let run = async |sql: &str| {
        session.batch_execute(sql).await.map_err(|error| format!("{}\n  in: {sql}", describe(&error)))
    };
    run("set search_path = public").await?;
    let mut open = false;
    for step in &plan.steps {
        let statement = &step.statement;
        if open && (statement.new_segment || !statement.transactional) {
            run("commit").await?;
            open = false;
        }
        if statement.transactional && !open {
            run("begin").await?;
            open = true;
        }
        if let Err(error) = run(&statement.sql).await {
            if open {
                run("rollback").await?;
            }
            return Err(error);
        }
    }
    if open { run("commit").await } else { Ok(()) }
}

fn differences(reached: &Catalog, desired: &Catalog) -> String {
    let mut lines = Vec::new();
    for change in diff(reached, desired) {
        lines.push(format!("  {change}"));
        for field in fields(change.id(), reached, desired) {
            lines.push(format!("    {}: expected {}, found {}", field.field, field.expected, field.found));
        }
    }
    lines.join("\n")
}

/// For each table of both catalogs the rows, as text, in the columns that do not change.
async fn rows(session: &Connection, from: &Catalog, to: &Catalog) -> Outcome<BTreeMap<String, Vec<String>>> {
    let mut all = BTreeMap::new();
    let tables = from.objects.keys().filter(|id| id.kind == "table" && to.objects.contains_key(id));
    for table in tables {
        let kept = |id: &ObjectId| match (from.objects.get(id), to.objects.get(id)) {
            (Some(old), Some(new)) => old.definition.equals(&*new.definition),
            _ => false,
        };
        let columns: Vec<String> = from
            .children(table)
            .filter(|(id, _)| id.kind == "column" && kept(id))
            .map(|(id, _)| id.sql_last())
            .collect();
        let sql = format!(
            "select row({})::text from {} order by row({0})::text collate \"C\"",
            columns.join(", "),
            table.sql_name()
        );
        let rows = session.query(&sql, &[]).await.map_err(|error| describe(&error))?;
        all.insert(table.to_string(), rows.iter().map(|row| row.get(0)).collect());
    }
    Ok(all)
}

/// `pg_dump` without what may differ: comments, the order of columns in a table, psql's commands.
pub async fn dump(shadow: &Shadow, database: &Database) -> Outcome<Option<String>> {
    let dump = shadow.pg_dump(database, &[], &[]).await.map_err(|error| format!("{error}: {error:?}"))?;
    Ok(dump.map(|text| normal(&text)))
}

fn normal(dump: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    // The lines between the parentheses of a CREATE TABLE or CREATE TYPE.
    let mut body: Option<Vec<String>> = None;
    for line in dump.lines() {
        let mut done = false;
        match &mut body {
            Some(inner) if !line.starts_with(')') => inner.push(line.trim_end_matches(',').to_owned()),
            Some(inner) => {
                inner.sort();
                lines.append(inner);
                lines.push(line.to_owned());
                done = true;
            }
            None if line.is_empty() || line.starts_with("--") || line.starts_with('\\') => {}
            None => {
                lines.push(line.to_owned());
                let table = line.starts_with("CREATE TABLE ") || line.starts_with("CREATE UNLOGGED TABLE ");
                if table && line.ends_with('(') {
                    body = Some(Vec::new());
                }
            }
        }
        if done {
            body = None;
        }
    }
    lines.join("\n")
}

fn line_differences(found: &str, expected: &str) -> String {
    let lines = |text: &str, other: &str, mark: char| -> Vec<String> {
        let other: Vec<&str> = other.lines().collect();
        text.lines().filter(|line| !other.contains(line)).map(|line| format!("  {mark} {line}")).collect()
    };
    let differing = [lines(expected, found, '-'), lines(found, expected, '+')].concat();
    if differing.is_empty() { "  the order of statements".into() } else { differing.join("\n") }
}
