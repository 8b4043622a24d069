//! Rows to watch: a few in every table that a migration touches, and whether they are still there
//! afterwards, value by value.

use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::{Client, Error};
use trueline_journal::Problem;

use super::Claim;
use crate::catalog::{Catalog, ObjectId};
use crate::hazard::HazardKind;
use crate::kinds::column::ColumnDefinition;
use crate::sql::{Ident, Literal};

mod values;

/// Tables with more columns or a migration with more tables than this would make the proof slow
/// without making it better.
const MOST_TABLES: usize = 200;

/// The rows that were seeded.
#[derive(Debug, Default)]
pub struct Rows {
    tables: BTreeMap<ObjectId, Table>,
    without: Vec<(ObjectId, String)>,
}

#[derive(Debug)]
struct Table {
    columns: Vec<String>,
    types: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

/// Seeds rows in `tables`, beginning with the sort of values number `first`, with triggers and foreign keys out of the way.
///
/// # Errors
/// The connection broke. A table that takes no row is noted instead.
pub async fn seed(
    client: &Client,
    current: &Catalog,
    tables: &BTreeSet<ObjectId>,
    first: usize,
    search_path: &str,
) -> Result<Rows, Error> {
    let mut rows = Rows::default();
    if tables.is_empty() {
        return Ok(rows);
    }
    // Types are named as the catalog names them: with their schemas.
    client.batch_execute("SET session_replication_role = replica; SET search_path = ''").await?;
    let enums = values::enum_labels(client).await?;
    let mut columns_of: BTreeMap<&ObjectId, Vec<(&ObjectId, &ColumnDefinition)>> = BTreeMap::new();
    for (child, object) in &current.objects {
        if let (Some(parent), Some(column)) = (&object.parent, current.get(child)) {
            columns_of.entry(parent).or_default().push((child, column));
        }
    }
    // Under their new names, tables are not there yet.
    for id in tables.iter().filter(|id| current.objects.contains_key(*id)).take(MOST_TABLES) {
        let mut columns = columns_of.remove(id).unwrap_or_default();
        columns.sort_by_key(|(_, column)| column.position.0);
        columns.retain(|(_, column)| column.generated.is_none());
        if let Err(reason) = seed_table(client, id, &columns, &enums, first).await? {
            rows.without.push((id.clone(), reason));
        }
        // Rows that were there before are watched, too.
        rows.tables.insert(id.clone(), read(client, id, &columns).await?);
    }
    client
        .batch_execute(&format!("RESET session_replication_role; SET search_path = {}", Ident(search_path)))
        .await?;
    Ok(rows)
}

/// Two rows, of the first sort of values that the table's constraints accept.
async fn seed_table(
    client: &Client,
    id: &ObjectId,
    columns: &[(&ObjectId, &ColumnDefinition)],
    enums: &values::Enums,
    first: usize,
) -> Result<Result<(), String>, Error> {
    let names: Vec<String> = columns.iter().map(|(column, _)| column.sql_last()).collect();
    let mut refused = String::new();
    for attempt in (first..values::ATTEMPTS).chain(0..first) {
        let row = |number: usize| -> String {
            let list: Vec<String> = columns
                .iter()
                .map(|(_, column)| {
                    values::value(column, enums, attempt, number).unwrap_or_else(|| "NULL".into())
                })
                .collect();
            format!("({})", list.join(", "))
        };
        let sql = if names.is_empty() {
            format!("INSERT INTO {} DEFAULT VALUES", id.sql_name())
        } else {
            format!(
                "INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE VALUES {}, {}",
                id.sql_name(),
                names.join(", "),
                row(0),
                row(1)
            )
        };
        match client.batch_execute(&sql).await {
            Ok(()) => return Ok(Ok(())),
            Err(error) => match error.as_db_error() {
                Some(reason) => reason.message().clone_into(&mut refused),
                None => return Err(error),
            },
        }
    }
    Ok(Err(refused))
}

async fn read(
    client: &Client,
    id: &ObjectId,
    columns: &[(&ObjectId, &ColumnDefinition)],
) -> Result<Table, Error> {
    let names: Vec<String> = columns.iter().map(|(column, _)| column.name().to_owned()).collect();
    let types = columns.iter().map(|(_, column)| column.data_type.clone()).collect();
    let rows = texts(
        client,
        &id.sql_name(),
        &names.iter().map(|name| format!("{}::text", Ident(name))).collect::<Vec<_>>(),
    )
    .await?;
    Ok(Table { columns: names, types, rows })
}

/// The rows of a table as texts, in an order that does not depend on where they lie.
async fn texts(
    client: &Client,
    table: &str,
    expressions: &[String],
) -> Result<Vec<Vec<Option<String>>>, Error> {
    let list: Vec<String> = expressions.iter().map(|expression| format!("({expression})")).collect();
    // Rows of inheriting tables and of partitions are watched there.
    let sql = format!("select array[{}]::text[] from only {table}", list.join(", "));
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    for row in client.query_typed(&sql, &[]).await? {
        rows.push(row.try_get(0)?);
    }
    rows.sort();
    Ok(rows)
}

impl Rows {
    /// How many rows are watched.
    pub fn count(&self) -> usize {
        self.tables.values().map(|table| table.rows.len()).sum()
    }

    /// The tables that took no row.
    pub fn notes(&self) -> Vec<Problem> {
        self.without
            .iter()
            .map(|(id, reason)| {
                let message = format!("the proof could not put a row into {id}, so it watched none there");
                Problem::note("rows-not-seeded", message).object(id.to_string()).detail(reason.clone())
            })
            .collect()
    }

    /// Every value that is gone or has changed although the migration does not say so.
    ///
    /// # Errors
    /// The connection broke.
    pub async fn check(&self, client: &Client, claim: &Claim<'_>) -> Result<Vec<Problem>, Error> {
        let mut problems = Vec::new();
        for (id, table) in &self.tables {
            let new_id = renamed(claim, id);
            if declared(claim, id) {
                continue;
            }
            if !claim.desired.catalog.objects.contains_key(&new_id) && table.rows.is_empty() {
                continue;
            }
            if !claim.desired.catalog.objects.contains_key(&new_id) {
                problems.push(lost(id, "its rows are lost"));
                continue;
            }
            problems.extend(check_table(client, claim, id, &new_id, table).await?);
        }
        Ok(problems)
    }
}

fn renamed(claim: &Claim<'_>, id: &ObjectId) -> ObjectId {
    let mut id = id.clone();
    for (from, to) in claim.renames {
        if id.kind == from.kind && id.path == from.path {
            id.path.clone_from(&to.path);
        } else if from.kind == "table" && id.path.starts_with(&from.path) {
            id.path.splice(..from.path.len(), to.path.iter().cloned());
        }
    }
    id
}

/// Whether the loss of the object, or of what it is a part of or inherited from, is declared.
fn declared(claim: &Claim<'_>, id: &ObjectId) -> bool {
    let is_named = claim
        .hazards
        .iter()
        .any(|hazard| hazard.kind == HazardKind::DataLoss && id.path.starts_with(&hazard.object.path));
    is_named || is_inherited_loss(claim, id)
}

/// Whether the loss of the part of an ancestor that this one is a copy of is declared.
fn is_inherited_loss(claim: &Claim<'_>, id: &ObjectId) -> bool {
    let [schema, table, part] = id.path.as_slice() else { return false };
    let table = ObjectId::new("table", [schema, table]);
    claim.current.kinship.parents(&table).iter().any(|parent| {
        let mut original = id.clone();
        original.path = parent.table.path.iter().chain([part]).cloned().collect();
        declared(claim, &original)
    })
}

fn lost(id: &ObjectId, what: &str) -> Problem {
    Problem::error("undeclared-loss", format!("{id}: {what}, and the migration does not declare it"))
        .object(id.to_string())
        .hint("nothing was written; this is a fault of Trueline: please report it with the schema")
}

async fn check_table(
    client: &Client,
    claim: &Claim<'_>,
    id: &ObjectId,
    new_id: &ObjectId,
    table: &Table,
) -> Result<Vec<Problem>, Error> {
    let mut kept = Vec::new();
    let mut expressions = Vec::new();
    let mut problems = Vec::new();
    for (index, (name, data_type)) in table.columns.iter().zip(&table.types).enumerate() {
        let old = ObjectId::new("column", [&*id.path[0], &*id.path[1], name]);
        let new = renamed(claim, &old);
        match claim.desired.catalog.get::<ColumnDefinition>(&new) {
            _ if declared(claim, &old) || has_other_parts(claim, &old) => {}
            None => problems.push(lost(&old, "its values are lost")),
            Some(column) => {
                // A converted value must still say what it said: it is read back as the old type.
                if column.data_type == *data_type {
                    kept.push(index);
                    expressions.push(format!("{}::text", new.sql_last()));
                } else if type_exists(client, data_type).await? {
                    kept.push(index);
                    let text = as_text(&new.sql_last(), &column.data_type);
                    expressions.push(format!("{text}::{data_type}::text"));
                }
            }
        }
    }
    let mut before: Vec<Vec<Option<String>>> =
        table.rows.iter().map(|row| kept.iter().map(|&index| row[index].clone()).collect()).collect();
    before.sort();
    match texts(client, &new_id.sql_name(), &expressions).await {
        Ok(after) if before == after => {}
        Ok(after) => problems.push(lost(id, &changed(&before, &after))),
        Err(error) => {
            let Some(said) = error.as_db_error() else { return Err(error) };
            problems.push(lost(id, &format!("a value no longer says what it said ({})", said.message())));
        }
    }
    Ok(problems)
}

/// Whether the values of a column are rows of a type that gets other attributes: their texts have other
/// parts then, and what is lost is declared for the type.
fn has_other_parts(claim: &Claim<'_>, column: &ObjectId) -> bool {
    claim.current.dependencies(column).filter(|on| on.kind == "composite type").any(|on| {
        let [old, new] = [claim.current, &claim.desired.catalog].map(|catalog| catalog.objects.get(on));
        old.zip(new).is_none_or(|(old, new)| !old.definition.equals(&*new.definition))
    })
}

/// The text that a cast made `column` from: bytes print as hexadecimal digits, but are read as
/// characters, too.
fn as_text(column: &str, data_type: &str) -> String {
    if data_type == "bytea" { format!("encode({column}, 'escape')") } else { format!("{column}::text") }
}

fn changed(before: &[Vec<Option<String>>], after: &[Vec<Option<String>>]) -> String {
    if before.len() != after.len() {
        return format!("{} of {} rows are left", after.len(), before.len());
    }
    let differs = before.iter().flatten().zip(after.iter().flatten()).find(|(old, new)| old != new);
    match differs {
        Some((old, new)) => {
            let text = |value: &Option<String>| value.clone().unwrap_or_else(|| "null".into());
            format!("the value `{}` became `{}`", text(old), text(new))
        }
        None => "its rows changed".into(),
    }
}

async fn type_exists(client: &Client, data_type: &str) -> Result<bool, Error> {
    let base = data_type.split('(').next().unwrap_or(data_type);
    let sql = format!("select pg_catalog.to_regtype({}) is not null", Literal(base));
    client.query_typed(&sql, &[]).await?.first().map_or(Ok(false), |row| row.try_get(0))
}
