//! The ledger in a database: where it is, how it is made, what it holds.
//!
//! The table is drizzle's `__drizzle_migrations`, in either of its shapes, so that drizzle can go on
//! using it (DESIGN §4). How its rows compare with a journal is `trueline_journal::ledger`'s matter;
//! when a row is written is the runner's.

mod locate;

use std::fmt;

pub(crate) use trueline_journal::ledger::Row;
use trueline_journal::{Migration, Problem};

use crate::catalog::ObjectId;
use crate::settings::Settings;
use crate::sql::{Literal, Qualified, qualified};

pub use locate::{Located, locate};
pub(crate) use locate::{candidates, located, query};

/// The table's name where the settings do not say another.
pub const NAME: &str = "__drizzle_migrations";
/// The schema that a ledger is created in where the settings do not say another.
pub const SCHEMA: &str = "public";
/// The schema that drizzle creates it in.
const DRIZZLE_SCHEMA: &str = "drizzle";
/// The schema of our own tables in a target database.
pub const OWN_SCHEMA: &str = "trueline";

/// Which columns the table has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// `id`, `hash`, `created_at`.
    V0,
    /// Drizzle v1: `name` and `applied_at` too.
    V1,
}

/// The ledger of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTable {
    /// Its schema, unquoted.
    pub schema: String,
    /// Its name, unquoted.
    pub name: String,
    /// Its columns.
    pub shape: Shape,
}

impl LedgerTable {
    /// The one that is created where there is none.
    pub fn to_create(settings: &Settings) -> Self {
        let (schema, name) = match &settings.ledger {
            Some((schema, name)) => (schema.as_str(), name.as_str()),
            None => (SCHEMA, NAME),
        };
        Self { schema: schema.to_owned(), name: name.to_owned(), shape: Shape::V0 }
    }

    /// `schema.name`, quoted.
    pub fn sql_name(&self) -> Qualified<'_> {
        qualified(&self.schema, &self.name)
    }

    /// The statements that create it as drizzle does.
    pub(crate) fn create(&self) -> Vec<String> {
        let table = format!(
            "CREATE TABLE IF NOT EXISTS {} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)",
            self.sql_name()
        );
        // Creating a schema needs a right in the database even where the schema exists.
        if self.schema == SCHEMA {
            return vec![table];
        }
        vec![format!("CREATE SCHEMA IF NOT EXISTS {}", qualified_schema(&self.schema)), table]
    }

    /// Its rows: id, hash, `created_at`, name.
    pub(crate) fn select(&self) -> String {
        let name = match self.shape {
            Shape::V0 => "NULL::text",
            Shape::V1 => "name::text",
        };
        format!("SELECT id::int8, hash::text, created_at::int8, {name} FROM {} ORDER BY 1", self.sql_name())
    }

    /// The statement that records `migration` as applied.
    pub(crate) fn insert(&self, migration: &Migration) -> String {
        let row = Row::of(migration);
        let hash = Literal(&row.hash);
        let (table, when) = (self.sql_name(), migration.entry.when);
        match self.shape {
            Shape::V0 => format!("INSERT INTO {table} (hash, created_at) VALUES ({hash}, {when})"),
            Shape::V1 => format!(
                "INSERT INTO {table} (hash, created_at, name) VALUES ({hash}, {when}, {})",
                Literal(migration.entry.tag.as_ref())
            ),
        }
    }

    /// A condition that is true when `migration` is recorded already.
    pub(crate) fn has(&self, migration: &Migration) -> String {
        let row = Row::of(migration);
        format!(
            "EXISTS (SELECT FROM {} WHERE created_at = {} AND hash = {})",
            self.sql_name(),
            migration.entry.when,
            Literal(&row.hash)
        )
    }
}

impl fmt::Display for LedgerTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sql_name().fmt(f)
    }
}

/// Reads a row of [`LedgerTable::select`].
pub(crate) fn read_row(row: &tokio_postgres::Row) -> Result<Row, tokio_postgres::Error> {
    Ok(Row { id: row.try_get(0)?, hash: row.try_get(1)?, created_at: row.try_get(2)?, name: row.try_get(3)? })
}

/// Whether an object is the ledger, a part of it, or in the schema of our own tables: then it is
/// never compared, pulled or planned.
///
/// What belongs to the table by name (columns, constraints, defaults, comments) has the table's
/// address as the beginning of its own; its sequence and indexes are named after it.
pub fn is_ledger_object(id: &ObjectId, ledger: &LedgerTable) -> bool {
    let Some((schema, rest)) = id.path.split_first() else { return false };
    let schema_is_ours = &**schema == OWN_SCHEMA
        // Drizzle makes this schema for its ledger and for nothing else.
        || (rest.is_empty() && id.kind == "schema" && &**schema == DRIZZLE_SCHEMA && ledger.schema == DRIZZLE_SCHEMA);
    if schema_is_ours {
        return true;
    }
    let Some(name) = rest.first().filter(|_| **schema == *ledger.schema) else { return false };
    **name == *ledger.name
        || ["_id_seq", "_pkey"]
            .iter()
            .any(|suffix| name.ends_with(suffix) && *own_name(&ledger.name, suffix) == **name)
}

/// Every table that is the ledger under these settings, should it be there: what a comparison
/// leaves out, with [`is_ledger_object`], where the database was not asked. A ledger beside the one
/// that the settings name is a table like any other.
pub fn possible(settings: &Settings) -> Vec<LedgerTable> {
    let table = |(schema, name): (String, String)| LedgerTable { schema, name, shape: Shape::V0 };
    match &settings.ledger {
        Some(named) => vec![table(named.clone())],
        None => candidates(settings).into_iter().map(table).collect(),
    }
}

/// The name that PostgreSQL gives to what belongs to a table of this name: it clips the table's part
/// to 63 bytes in all (`makeObjectName` in its indexcmds.c).
fn own_name(table: &str, suffix: &str) -> String {
    const NAME_BYTES: usize = 63;
    let room = NAME_BYTES - suffix.len();
    let end = (0..=table.len().min(room)).rev().find(|&at| table.is_char_boundary(at)).unwrap_or(0);
    format!("{}{suffix}", &table[..end])
}

fn qualified_schema(schema: &str) -> crate::sql::Ident<'_> {
    crate::sql::Ident(schema)
}

/// Two ledgers were found, and the settings do not say which one counts.
pub(crate) fn two_ledgers(found: &[LedgerTable]) -> Problem {
    let names: Vec<_> = found.iter().map(|table| format!("`{table}`")).collect();
    let first = found.first().map_or_else(
        || LedgerTable { schema: SCHEMA.into(), name: NAME.into(), shape: Shape::V0 },
        Clone::clone,
    );
    let names = names.join(" and ");
    Problem::error("two-ledgers", format!("the database has two ledgers: {names}"))
        .detail("expected: one ledger")
        .detail(format!("found: {names}"))
        .hint(format!(
            "say which one counts in Cargo.toml, under [workspace.metadata.trueline]: `ledger = \"{first}\"`; \
             then drop the other one"
        ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_ours(id: &ObjectId) -> bool {
        let ledger = LedgerTable { schema: "public".into(), name: NAME.into(), shape: Shape::V0 };
        is_ledger_object(id, &ledger)
    }

    #[test]
    fn the_ledger_and_all_that_belongs_to_it_is_recognised() {
        for (kind, path) in [
            ("table", &["public", "__drizzle_migrations"][..]),
            ("column", &["public", "__drizzle_migrations", "hash"]),
            ("default", &["public", "__drizzle_migrations", "id"]),
            ("constraint", &["public", "__drizzle_migrations", "__drizzle_migrations_pkey"]),
            ("sequence", &["public", "__drizzle_migrations_id_seq"]),
            ("index", &["public", "__drizzle_migrations_pkey"]),
            ("schema", &["trueline"]),
            ("table", &["trueline", "progress"]),
        ] {
            assert!(is_ours(&ObjectId::new(kind, path)), "{kind} {path:?}");
        }
        for (kind, path) in [
            ("table", &["public", "requests"][..]),
            ("table", &["drizzle", "__drizzle_migrations"]),
            ("schema", &["public"]),
            ("table", &["public", "__drizzle_migrations_old"]),
        ] {
            assert!(!is_ours(&ObjectId::new(kind, path)), "{kind} {path:?}");
        }
    }

    #[test]
    fn names_of_parts_are_clipped_as_postgresql_does() {
        assert_eq!(own_name(&"x".repeat(63), "_id_seq"), format!("{}_id_seq", "x".repeat(56)));
        assert_eq!(
            own_name("ü".repeat(31).as_str(), "_pkey").len(),
            63 - 5 + 5 - usize::from((63 - 5) % 2 == 1)
        );
    }
}
