//! What must hold after a plan has run: the catalog is the desired one, there is nothing left to do,
//! `pg_dump` agrees, and rows are still there.

use std::collections::BTreeMap;

use trueline::catalog::{Catalog, ObjectId};
use trueline::diff::{diff, fields};
use trueline::hazard::HazardKind;
use trueline::plan::{Plan, plan};
use trueline::prove::dump;
use trueline::replay::pin;
use trueline::shadow::Shadow;
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
    let reached =
        dump::dump(shadow, &from.database, from.manage).await.map_err(|problem| format!("{problem:?}"))?;
    if let (Some(reached), Some(desired)) = (reached, &to.dump) {
        let problems = dump::compare(desired, &reached);
        let lines: Vec<String> = problems
            .iter()
            .map(|problem| format!("  {}: {}", problem.message, problem.details.join(" ")))
            .collect();
        if !lines.is_empty() {
            return Err(with_script(format!("pg_dump differs:\n{}", lines.join("\n"))));
        }
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
    pin(session, "public").await.map_err(|error| describe(&error))?;
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
            "select row({})::text from only {} order by row({0})::text collate \"C\"",
            columns.join(", "),
            table.sql_name()
        );
        let rows = session.query(&sql, &[]).await.map_err(|error| describe(&error))?;
        all.insert(table.to_string(), rows.iter().map(|row| row.get(0)).collect());
    }
    Ok(all)
}
