//! The first columns of the kinds' queries: OID and names, before the definition's own.

use super::{Found, FromRow, Kind, Names, PG_CLASS, RowReader};
use crate::catalog::ObjectId;

type Row<D> = Result<Option<Found<D>>, tokio_postgres::Error>;

/// A row of OID, schema, name and definition: an object of a schema.
pub fn in_schema<K: Kind>(class: u32, row: &mut RowReader<'_>) -> Row<K::Definition> {
    let oid = row.take()?;
    let (schema, name): (String, String) = (row.take()?, row.take()?);
    let id = ObjectId::new(K::NAME, [&schema, &name]);
    let parent = Some(ObjectId::new("schema", [&schema]));
    Ok(Some(Found::new((class, oid, 0), id, parent, K::Definition::from_row(row)?)))
}

/// A row of OID, schema, name, signature and definition: an object whose name alone is not enough.
pub fn in_schema_signed<K: Kind>(class: u32, row: &mut RowReader<'_>) -> Row<K::Definition> {
    let oid = row.take()?;
    let (schema, name, signature): (String, String, String) = (row.take()?, row.take()?, row.take()?);
    let id = ObjectId::new(K::NAME, [&schema, &name]).with_signature(signature);
    let parent = Some(ObjectId::new("schema", [&schema]));
    Ok(Some(Found::new((class, oid, 0), id, parent, K::Definition::from_row(row)?)))
}

/// A row of OID, the relation's OID, schema and name, a name and definition: a part of a relation.
pub fn of_relation<K: Kind>(class: u32, row: &mut RowReader<'_>, names: &dyn Names) -> Row<K::Definition> {
    let (oid, relation): (u32, u32) = (row.take()?, row.take()?);
    let (schema, table, name): (String, String, String) = (row.take()?, row.take()?, row.take()?);
    let parent = names.at((PG_CLASS, relation, 0)).cloned();
    let id = ObjectId::new(K::NAME, [&schema, &table, &name]);
    Ok(Some(Found::new((class, oid, 0), id, parent, K::Definition::from_row(row)?)))
}

/// A row of OID, name and definition: an object of the database.
pub fn of_database<K: Kind>(class: u32, row: &mut RowReader<'_>) -> Row<K::Definition> {
    let oid = row.take()?;
    let name: String = row.take()?;
    let id = ObjectId::new(K::NAME, [&name]);
    Ok(Some(Found::new((class, oid, 0), id, None, K::Definition::from_row(row)?)))
}
