//! Reads a database's catalog: one REPEATABLE READ READ ONLY transaction, every query sent at once.
//!
//! Knows no kind: the registry says what to ask and how to read the answers. Edges come from
//! `pg_depend`, so that nobody guesses them.

use std::collections::HashMap;

use futures_util::future::LocalBoxFuture;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Row};

use crate::catalog::{Catalog, Object, ObjectId};
use crate::kinds::{Address, AnyKind, Names, PG_AMOP, PG_AMPROC, kinds};
use crate::runner::pipeline::Pipeline;
use crate::settings::Manage;

mod mentions;

/// Settings under which PostgreSQL prints definitions the same way everywhere.
const PIN: &str = "set local search_path = ''; set local timezone = 'UTC'; set local datestyle = 'ISO, MDY'; \
     set local intervalstyle = 'postgres'; set local extra_float_digits = 1; set local bytea_output = 'hex'; \
     set local statement_timeout = 0; set local lock_timeout = 0; set local jit = off";

/// Whether the edges are needed: a comparison can do without them, a plan cannot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edges {
    /// Read them.
    Read,
    /// Leave them out.
    Skip,
}

/// What of a database is read.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    /// The managed schemas.
    pub schemas: &'a [String],
    /// Whether owners and privileges are managed, too.
    pub manage: Manage,
}

/// Introspection failed.
#[derive(Debug, thiserror::Error)]
pub enum IntrospectError {
    /// The server refused a query, or the connection broke.
    #[error("failed to read the catalog of the database")]
    Query(#[from] tokio_postgres::Error),
    /// A kind's query and its reader do not fit: a bug.
    #[error("failed to read a row of kind `{kind}`")]
    Row {
        /// The kind.
        kind: &'static str,
        /// What did not fit.
        source: tokio_postgres::Error,
    },
    /// A server version that is out of support.
    #[error("the server runs PostgreSQL {major}, and Trueline needs 12 or newer")]
    TooOld {
        /// Its major version.
        major: u32,
    },
}

/// The names of all schemas that are not PostgreSQL's own and belong to no extension, sorted.
///
/// # Errors
/// The server refused the query, or the connection broke.
pub async fn schemas(client: &Client) -> Result<Vec<String>, tokio_postgres::Error> {
    let sql = format!(
        "select n.nspname::text from pg_catalog.pg_namespace n where n.nspname !~ '^pg_' \
         and n.nspname <> 'information_schema' and {} order by n.nspname collate \"C\"",
        crate::kinds::not_from_extension("pg_namespace", "n.oid")
    );
    client.query_typed(&sql, &[]).await?.iter().map(|row| row.try_get(0)).collect()
}

/// The catalog of the managed schemas, and of what has no schema.
///
/// # Errors
/// The server refused a query, or the connection broke; see [`IntrospectError`].
pub async fn introspect(client: &Client, scope: Scope<'_>, edges: Edges) -> Result<Catalog, IntrospectError> {
    let kinds: Vec<&'static dyn AnyKind> =
        kinds().iter().copied().filter(|kind| kind.is_managed(scope.manage)).collect();
    let (major, there) = match begin(client, &kinds).await {
        Ok(found) => found,
        Err(error) => {
            // What went wrong first is what is told.
            let _ = client.batch_execute("rollback").await;
            return Err(error);
        }
    };
    let queries: Vec<(&'static dyn AnyKind, String)> = kinds
        .into_iter()
        .zip(there)
        .filter(|(_, there)| *there)
        .filter_map(|(kind, _)| Some((kind, kind.query(major)?)))
        .collect();
    read(client, major, (None, &queries), scope, edges).await
}

/// The same where the server's major version is known already: one round trip, in which every kind is asked for.
///
/// # Errors
/// The server refused a query, or the connection broke; see [`IntrospectError`].
pub async fn introspect_on(
    client: &Client,
    major: u32,
    scope: Scope<'_>,
    edges: Edges,
) -> Result<Catalog, IntrospectError> {
    let opening = opening();
    let queries: Vec<(&'static dyn AnyKind, String)> = kinds()
        .iter()
        .filter(|kind| kind.is_managed(scope.manage))
        .filter_map(|kind| Some((*kind, kind.query(major)?)))
        .collect();
    read(client, major, (Some(&opening), &queries), scope, edges).await
}

/// Asks, and reads the answers. The transaction is begun already where no `opening` is given.
async fn read(
    client: &Client,
    major: u32,
    (opening, queries): (Option<&str>, &[(&'static dyn AnyKind, String)]),
    scope: Scope<'_>,
    edges: Edges,
) -> Result<Catalog, IntrospectError> {
    let schemas: &(dyn ToSql + Sync) = &scope.schemas;
    let parameters = [(schemas, Type::TEXT_ARRAY)];
    let mut requests: Vec<LocalBoxFuture<'_, Result<Vec<Row>, tokio_postgres::Error>>> = Vec::new();
    if let Some(opening) = opening {
        requests.push(Box::pin(async move { client.batch_execute(opening).await.map(|()| Vec::new()) }));
    }
    for (_, sql) in queries {
        requests.push(Box::pin(client.query_typed(sql, &parameters)));
    }
    if edges == Edges::Read {
        requests.push(Box::pin(client.query_typed(DEPEND, &[])));
    }
    requests.push(Box::pin(async { client.batch_execute("commit").await.map(|()| Vec::new()) }));
    // An answer is read while the server works on the next one.
    let mut answers = Pipeline::send(requests).await;
    if opening.is_some() {
        answers.next().await.transpose()?;
    }
    let mut reader = Reader {
        catalog: Catalog { major, manage: scope.manage, ..Catalog::default() },
        ..Reader::default()
    };
    for (kind, _) in queries {
        reader.read(*kind, &answers.next().await.unwrap_or_else(|| Ok(Vec::new()))?)?;
    }
    if edges == Edges::Read {
        reader.edges(&answers.next().await.unwrap_or_else(|| Ok(Vec::new()))?)?;
        reader.kinship();
        reader.catalog.mentions = mentions::mentions(&reader.catalog);
    }
    answers.next().await.transpose()?;
    Ok(reader.catalog)
}

fn opening() -> String {
    format!("begin transaction isolation level repeatable read, read only; {PIN}")
}

/// Begins the transaction, and asks for the server's major version and for each kind whether there can
/// be an object of it: most databases have none of most kinds, and a query costs more than the question.
async fn begin(client: &Client, kinds: &[&dyn AnyKind]) -> Result<(u32, Vec<bool>), IntrospectError> {
    let opening = opening();
    let sources: Vec<String> = kinds
        .iter()
        .map(|kind| match kind.source() {
            Some(source) => format!("exists (select from pg_catalog.{source})"),
            None => "true".to_owned(),
        })
        .collect();
    let question =
        format!("select current_setting('server_version_num')::int4 / 10000, array[{}]", sources.join(", "));
    let (opened, answer) =
        futures_util::future::join(client.batch_execute(&opening), client.query_typed(&question, &[])).await;
    opened?;
    let answer = answer?;
    let (major, there): (i32, Vec<bool>) = match answer.first() {
        Some(row) => (row.try_get(0)?, row.try_get(1)?),
        None => (0, Vec::new()),
    };
    let major = u32::try_from(major).unwrap_or(0);
    if major < 12 { Err(IntrospectError::TooOld { major }) } else { Ok((major, there)) }
}

/// Every edge that is not about what initdb made (those have OIDs below `FirstNormalObjectId`).
const DEPEND: &str = "select classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype::text \
     from pg_catalog.pg_depend where objid >= 16384 and refobjid >= 16384 \
     union all select classid, objid, objsubid, refclassid, refobjid, refobjsubid, deptype::text \
     from pg_catalog.pg_depend where objid >= 16384 and refobjid < 16384 \
     and refclassid in ('pg_catalog.pg_namespace'::regclass, 'pg_catalog.pg_extension'::regclass)";

#[derive(Default)]
struct Reader {
    catalog: Catalog,
    /// Where each object stands in the system catalogs.
    addresses: HashMap<Address, ObjectId>,
    /// Rows of `pg_depend` that another object stands for.
    claims: HashMap<(Address, Address), ObjectId>,
    /// Likewise, where the depender outlives that object.
    ties: HashMap<(Address, Address), ObjectId>,
    /// Rows of `pg_depend` for which less than the referenced object is enough.
    suffices: HashMap<(Address, Address), ObjectId>,
    /// What objects need besides what `pg_depend` says.
    needs: Vec<(ObjectId, ObjectId)>,
}

impl Names for Reader {
    fn at(&self, address: Address) -> Option<&ObjectId> {
        self.addresses.get(&address).or_else(|| self.addresses.get(&(address.0, address.1, 0)))
    }
}

impl Reader {
    fn read(&mut self, kind: &'static dyn AnyKind, rows: &[Row]) -> Result<(), IntrospectError> {
        for row in rows {
            let found =
                kind.read(row, self).map_err(|source| IntrospectError::Row { kind: kind.name(), source })?;
            let Some(found) = found else { continue };
            for claim in found.claims {
                self.claims.insert(claim, found.id.clone());
            }
            for tie in found.ties {
                self.ties.insert(tie, found.id.clone());
            }
            for row in found.suffices {
                self.suffices.insert(row, found.id.clone());
            }
            self.needs.extend(found.needs.into_iter().map(|on| (found.id.clone(), on)));
            self.addresses.insert(found.address, found.id.clone());
            let object = Object { definition: found.definition, parent: found.parent };
            self.catalog.objects.insert(found.id, object);
        }
        Ok(())
    }

    fn edges(&mut self, rows: &[Row]) -> Result<(), IntrospectError> {
        let mut edges: Vec<(Address, Address, char)> = Vec::with_capacity(rows.len());
        for row in rows {
            let sub = |index| row.try_get::<_, i32>(index);
            let kind: &str = row.try_get(6)?;
            edges.push((
                (row.try_get(0)?, row.try_get(1)?, sub(2)?),
                (row.try_get(3)?, row.try_get(4)?, sub(5)?),
                kind.chars().next().unwrap_or('n'),
            ));
        }
        self.adopt_parts(&edges);
        for (from, to, kind) in edges {
            self.edge(from, to, kind);
        }
        for (id, on) in std::mem::take(&mut self.needs) {
            self.catalog.add_dependency(&id, &on);
        }
        let parents: Vec<(ObjectId, ObjectId)> = self
            .catalog
            .objects
            .iter()
            .filter_map(|(id, object)| Some((id.clone(), object.parent.clone()?)))
            .collect();
        for (id, parent) in parents {
            self.catalog.add_dependency(&id, &parent);
            if self.catalog.objects.contains_key(&parent) && parent.kind != "schema" {
                self.catalog.dropped_with.entry(id).or_default().insert(parent);
            }
        }
        Ok(())
    }

    /// What the kinds tell of inheritance.
    fn kinship(&mut self) {
        for kind in kinds() {
            for order in kind.orders(&self.catalog) {
                self.catalog.kinship.add(order);
            }
        }
    }

    /// What is not an object of its own but an internal part of one (a table's row type, a view's
    /// rule, a constraint's index, an operator class's members, those of an extension) stands for that object.
    fn adopt_parts(&mut self, edges: &[(Address, Address, char)]) {
        let mut parts: Vec<(Address, Address)> = edges
            .iter()
            .filter(|(from, _, kind)| {
                let is_part =
                    matches!(kind, 'i' | 'e') || (*kind == 'a' && matches!(from.0, PG_AMOP | PG_AMPROC));
                is_part && self.at(*from).is_none()
            })
            .map(|(from, to, _)| (*from, *to))
            .collect();
        loop {
            let before = parts.len();
            parts.retain(|(part, whole)| match self.at(*whole).cloned() {
                Some(id) => {
                    self.addresses.entry(*part).or_insert(id);
                    false
                }
                None => true,
            });
            if parts.len() == before {
                break;
            }
        }
    }

    fn edge(&mut self, from: Address, to: Address, kind: char) {
        let (Some(id), Some(on)) = (self.at(from).cloned(), self.at(to).cloned()) else { return };
        if let Some(less) = self.suffices.get(&(from, to)).cloned() {
            self.catalog.add_dependency(&id, &less);
            self.catalog.dropped_with.entry(id).or_default().insert(less);
            return;
        }
        if let Some(tie) = self.ties.get(&(from, to)).cloned() {
            self.catalog.add_dependency(&tie, &on);
            return;
        }
        if matches!(kind, 'a' | 'i' | 'P' | 'S') && self.addresses.get(&from) == Some(&id) && id != on {
            self.catalog.dropped_with.entry(id.clone()).or_default().insert(on.clone());
        }
        match self.claims.get(&(from, to)).cloned() {
            Some(claimant) => self.catalog.add_dependency(&claimant, &on),
            None => self.catalog.add_dependency(&id, &on),
        }
    }
}
