//! Comparing a database with a schema that another major elaborated.
//!
//! Majors print the same view, expression or body differently, so that texts that differ need not mean different
//! things. They are settled by one server: the shadow makes the target's objects from the target's own
//! definitions, and what it prints of them is compared. Only what differs as text is looked at so, and only
//! what the shadow prints just as the schema's is taken as equal; all else stays the difference that it is.

use std::collections::BTreeSet;
use std::error::Error;

use serde_json::Value;
use trueline_driver::Connection;
use trueline_journal::Problem;

use super::{Comparison, Desired, Target};
use crate::catalog::{Catalog, ObjectId};
use crate::diff::{self, Change};
use crate::elaborate::{self, Inputs};
use crate::introspect::{Edges, Scope, introspect};
use crate::kinds::kind;
use crate::load::roles_named;
use crate::plan::plan;
use crate::pull;
use crate::replay::pin;
use crate::settings::Settings;
use crate::shadow::Shadow;

fn failed(error: &dyn Error) -> Vec<Problem> {
    vec![Problem::error("shadow", crate::ui::chain(error))]
}

/// As [`super::compare`], where the shadow, on whose major `desired` was elaborated, settles texts that
/// another major printed.
///
/// # Errors
/// A catalog could not be read, or the shadow fails.
pub async fn compare(
    client: &tokio_postgres::Client,
    settings: &Settings,
    inputs: &Inputs,
    desired: &Desired,
    shadow: &Shadow,
) -> Result<Comparison, Vec<Problem>> {
    let unread = |error| vec![Problem::error("introspect", crate::ui::chain(&error))];
    let mut target = super::read(client, settings, desired, Edges::Read).await.map_err(unread)?;
    if shadow.major() == desired.catalog.major {
        let Target { catalog, schemas, .. } = &mut target;
        respell(shadow, settings, inputs, (catalog, schemas), &desired.catalog).await?;
    }
    super::compare_read(client, settings, target, desired).await.map_err(unread)
}

/// The objects of which two majors print texts that differ; none where one major printed both.
pub fn in_question(found: &Catalog, desired: &Catalog) -> Vec<ObjectId> {
    if found.major == desired.major {
        return Vec::new();
    }
    let differs = |change: &Change| {
        let fields = |catalog: &Catalog| Some(catalog.objects.get(change.id())?.definition.to_json());
        let both = fields(found).zip(fields(desired));
        both.is_some_and(|(found, desired)| text_fields(&found, &desired).next().is_some())
    };
    let changes = diff::diff(found, desired).into_iter();
    changes.filter(differs).map(|change| change.id().clone()).collect()
}

/// The fields that are text, or lists of it, on both sides and differ.
fn text_fields<'a>(found: &'a Value, desired: &'a Value) -> impl Iterator<Item = &'a String> {
    let is_text = |value: &Value| match value {
        Value::String(_) => true,
        Value::Array(items) => items.iter().all(Value::is_string),
        _ => false,
    };
    let fields = found.as_object().into_iter().flatten();
    let differing = fields.filter(move |(field, found)| {
        let desired = desired.get(field);
        desired.is_some_and(|desired| desired != *found && is_text(desired) && is_text(found))
    });
    differing.map(|(field, _)| field)
}

/// Gives the texts of a target's catalog, which is of these schemas, the shadow's spelling, where that is the schema's.
///
/// # Errors
/// The shadow fails.
pub async fn respell(
    shadow: &Shadow,
    settings: &Settings,
    inputs: &Inputs,
    (target, schemas): (&mut Catalog, &[String]),
    desired: &Catalog,
) -> Result<(), Vec<Problem>> {
    if in_question(target, desired).is_empty() {
        return Ok(());
    }
    let database = elaborate::replayed(shadow, settings, inputs, &[]).await?;
    let session = database.connect().await.map_err(|error| failed(&error))?;
    make(shadow, &session, target).await?;
    let scope = Scope { schemas, manage: settings.manage };
    let made = introspect(&session, scope, Edges::Skip).await.map_err(|error| failed(&error))?;
    // The database is dropped by force just below.
    let _ = session.close().await;
    shadow.drop_database(database).await.map_err(|error| failed(&error))?;
    for id in in_question(target, desired) {
        let of = |catalog: &Catalog| Some(catalog.objects.get(&id)?.definition.to_json());
        let (Some(made), Some(desired)) = (of(&made), of(desired)) else { continue };
        let Some(object) = target.objects.get_mut(&id) else { continue };
        let found = object.definition.to_json();
        let mut settled = found.clone();
        for field in text_fields(&found, &desired).filter(|field| made.get(field) == desired.get(field)) {
            settled[field] = desired[field].clone();
        }
        object.definition = kind(id.kind).read_json(&settled.to_string()).map_err(|error| failed(&error))?;
    }
    Ok(())
}

/// Makes what the shadow can make of a catalog. What it cannot make, another major's features above all, is
/// missing afterwards and stays the difference that it is.
async fn make(shadow: &Shadow, session: &Connection, catalog: &Catalog) -> Result<(), Vec<Problem>> {
    let plan = plan(&pull::nothing(catalog), catalog).map_err(|cycle| failed(&cycle))?;
    let statements: Vec<&str> = plan.steps.iter().map(|step| step.statement.sql.as_str()).collect();
    let roles: BTreeSet<String> = statements.iter().flat_map(|sql| roles_named(sql)).collect();
    let roles: Vec<String> = roles.into_iter().collect();
    shadow.ensure_roles(&roles).await.map_err(|error| failed(&error))?;
    pin(session, "public").await.map_err(|error| failed(&error))?;
    let all = format!("set check_function_bodies = off;\nbegin;\n{};\ncommit", statements.join(";\n"));
    match session.batch_execute(&all).await {
        Ok(()) => return Ok(()),
        Err(error) if error.as_db_error().is_none() => return Err(failed(&error)),
        Err(_) => session.batch_execute("rollback").await.map_err(|error| failed(&error))?,
    }
    for sql in statements {
        if let Err(error) = session.batch_execute(sql).await
            && error.as_db_error().is_none()
        {
            return Err(failed(&error));
        }
    }
    Ok(())
}
