//! Schemas. `public` is made by initdb, so every database has it.

use super::{
    Alteration, Context, Found, FromRow, Kind, Names, PG_NAMESPACE, Piece, RowReader, Statement, definition,
    not_from_extension,
};
use crate::catalog::ObjectId;
use crate::hazard::HazardKind;
use crate::sql::Ident;

/// The registered kind.
pub struct Schema;

definition! {
    /// `pg_namespace`: there is nothing to it but its name.
    pub struct SchemaDefinition {}
}

impl Kind for Schema {
    type Definition = SchemaDefinition;
    const NAME: &'static str = "schema";

    fn query(&self, _major: u32) -> Option<String> {
        Some(format!(
            "select n.oid, n.nspname::text from pg_catalog.pg_namespace n where n.nspname = any($1) and {}",
            not_from_extension("pg_namespace", "n.oid")
        ))
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, name): (u32, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&name]);
        Ok(Some(Found::new((PG_NAMESPACE, oid, 0), id, None, SchemaDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        _new: &SchemaDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        vec![Statement::new(format!("CREATE SCHEMA {}", id.sql_name()))]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &SchemaDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP SCHEMA {}", id.sql_name()))]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        _id: &ObjectId,
        _old: &SchemaDefinition,
        new: &SchemaDefinition,
    ) -> Alteration {
        let SchemaDefinition {} = new;
        Alteration::InPlace(Vec::new())
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        let sql = format!("ALTER SCHEMA {} RENAME TO {}", from.sql_name(), Ident(to.name()));
        let effect = "programs that use the old name fail";
        Some(vec![Statement::new(sql).hazard(HazardKind::BreaksClients, from, effect)])
    }
}
