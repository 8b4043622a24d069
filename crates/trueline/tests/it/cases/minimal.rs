//! Nothing is replaced that PostgreSQL can alter.
//!
//! What is replaced although it is the same before and after must stand in the way of something: without its
//! DROP and CREATE, PostgreSQL refuses the rest. What is replaced because it differs must differ in a field
//! that no ALTER reaches: [`REPLACED_FOR`] names them all.

use std::collections::BTreeSet;

use trueline::catalog::{Catalog, ObjectId};
use trueline::diff::fields;
use trueline::plan::{Action, Plan, Step};
use trueline::replay::pin;

use super::{Outcome, Side, describe, script};

/// Kinds, fields, and why a difference there means that the object is made anew.
const REPLACED_FOR: &[(&str, &str, &str)] = &[
    ("aggregate", "clauses", "CREATE OR REPLACE keeps the result type"),
    ("cast", "create", "there is no ALTER CAST"),
    ("column", "computed_when_read", "a column is stored or computed for good"),
    ("column", "data_type", "one that is generated from a retyped column has to go first"),
    ("column", "generated", "ADD GENERATED is for identity only"),
    ("constraint", "deferrable", "ALTER CONSTRAINT is for foreign keys only"),
    ("constraint", "definition", "ALTER CONSTRAINT changes no expression and no columns"),
    ("constraint", "index_options", "ALTER INDEX sets no parameters of a partitioned table's index"),
    ("constraint", "inherited", "it goes with the one that it is a copy of"),
    ("constraint", "not_enforced", "ALTER CONSTRAINT changes it for foreign keys only"),
    ("constraint", "validated", "what is validated cannot be made NOT VALID"),
    ("conversion", "create", "ALTER CONVERSION changes names and owners only"),
    ("domain constraint", "definition", "there is no ALTER for it"),
    ("domain constraint", "validated", "what is validated cannot be made NOT VALID"),
    ("event trigger", "event", "ALTER EVENT TRIGGER changes neither event nor filter"),
    ("event trigger", "tags", "ALTER EVENT TRIGGER changes neither event nor filter"),
    ("foreign table", "server", "ALTER FOREIGN TABLE keeps the server"),
    ("function", "definition", "CREATE OR REPLACE keeps result type, argument names and defaults"),
    ("index attachment", "of", "an index is attached for good"),
    ("index", "definition", "ALTER INDEX changes no columns and no predicate"),
    ("index", "options", "ALTER INDEX sets no parameters of a partitioned table's index"),
    ("index", "valid", "no statement makes an index invalid"),
    ("inheritance", "after", "INHERIT appends"),
    ("materialized view", "columns", "there is no CREATE OR REPLACE"),
    ("materialized view", "query", "there is no CREATE OR REPLACE"),
    ("operator family member", "create", "a member is added or dropped"),
    ("operator", "function", "ALTER OPERATOR changes no function"),
    ("operator", "hashes", "before 17 it cannot be added, and never be taken back"),
    ("partition", "bound", "a table is detached and attached again, with its rows"),
    ("partition", "of", "a table is detached and attached again, with its rows"),
    ("policy", "check", "ALTER POLICY takes no expression away"),
    ("policy", "command", "ALTER POLICY keeps the command"),
    ("policy", "permissive", "ALTER POLICY keeps the sort"),
    ("policy", "using", "ALTER POLICY takes no expression away"),
    ("procedure", "definition", "CREATE OR REPLACE keeps argument names and outputs"),
    ("publication", "all_tables", "ALTER PUBLICATION does not reach FOR ALL TABLES"),
    ("publication table", "columns", "a member is dropped from its publication and added again"),
    ("range", "subtype", "there is no ALTER for it"),
    ("server", "server_type", "ALTER SERVER changes version and options only"),
    ("shell type", "delimiter", "a type's functions and delimiter are decided once"),
    ("statistics", "definition", "ALTER STATISTICS changes no columns"),
    ("table type", "attributes", "type and table change apart from each other"),
    ("table type", "of", "there is one OF at a time"),
    ("table", "partition_key", "there is no ALTER for it"),
    ("table", "partition_key_types", "ALTER COLUMN TYPE refuses a column of the key"),
    ("text search dictionary", "template", "ALTER TEXT SEARCH DICTIONARY changes options only"),
    ("text search parser", "create", "ALTER TEXT SEARCH PARSER changes names only"),
    ("transform", "create", "there is no ALTER TRANSFORM"),
    ("trigger", "definition", "CREATE OR REPLACE makes no constraint trigger of another, nor changes one"),
    ("view", "columns", "CREATE OR REPLACE can only append columns"),
];

/// What is set anew after what it belongs to is: COMMENT and SET DEFAULT are the ALTER of these.
const SET: &[&str] = &["comment", "default"];

/// Looks at everything that `plan` replaces but for what has its reason in `excused`, as `object: reason` a line; nothing
/// of it is left done.
pub async fn check(from: &Side, plan: &Plan, to: &Side, excused: &str) -> Outcome<()> {
    let is_excused = |id: &ObjectId| {
        excused.lines().any(|line| line.split_once(": ").is_some_and(|(name, _)| name == id.to_string()))
    };
    let mut wrong = Vec::new();
    for id in replaced(plan).into_iter().filter(|id| !SET.contains(&id.kind) && !is_excused(id)) {
        let differing: Vec<String> =
            fields(&id, &from.catalog, &to.catalog).into_iter().map(|field| field.field).collect();
        if differing.is_empty() {
            if works_without(from, plan, &id, &to.catalog).await? {
                wrong.push(format!("{id} is replaced, and nothing asks for it"));
            }
        } else if !REPLACED_FOR
            .iter()
            .any(|(kind, field, _)| id.kind == *kind && differing.iter().any(|f| f == field))
        {
            wrong.push(format!("{id} is replaced, although only {} differs", differing.join(", ")));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{}\nwith:\n{}", wrong.join("\n"), script::text(plan)))
    }
}

/// What a statement of its own drops and another makes.
fn replaced(plan: &Plan) -> Vec<ObjectId> {
    let of = |action: Action| -> BTreeSet<&ObjectId> {
        plan.steps.iter().filter(|step| step.action == action).map(|step| &step.object).collect()
    };
    of(Action::Drop).intersection(&of(Action::Create)).map(|id| (*id).clone()).collect()
}

/// Whether the plan runs without what it does to `id` and its parts. What a transaction cannot hold is not
/// tried.
async fn works_without(from: &Side, plan: &Plan, id: &ObjectId, desired: &Catalog) -> Outcome<bool> {
    let is_part = |step: &Step| {
        let mut object = Some(&step.object);
        while let Some(found) = object {
            if found == id {
                return step.action != Action::Alter;
            }
            object = desired.objects.get(found).and_then(|object| object.parent.as_ref());
        }
        false
    };
    let rest: Vec<&Step> = plan.steps.iter().filter(|step| !is_part(step)).collect();
    if rest.iter().any(|step| !step.statement.transactional || step.statement.new_segment) {
        return Ok(false);
    }
    let session = &from.session;
    let run = async |sql: &str| session.batch_execute(sql).await.map_err(|error| describe(&error));
    pin(session, "public").await.map_err(|error| describe(&error))?;
    run("begin").await?;
    let mut works = true;
    for step in rest {
        if session.batch_execute(&step.statement.sql).await.is_err() {
            works = false;
            break;
        }
    }
    run("rollback").await?;
    Ok(works)
}
