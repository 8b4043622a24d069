//! Extensions, but for `plpgsql`, which initdb makes. What they bring belongs to them and is never compared.

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_EXTENSION, Piece, Reaction, RowReader,
    Statement, definition,
};
use crate::catalog::{NotCompared, ObjectId};
use crate::hazard::HazardKind;
use crate::sql::{Ident, Literal};

/// The registered kind.
pub struct Extension;

definition! {
    /// `pg_extension`.
    pub struct ExtensionDefinition {
        /// The schema that it was made in.
        pub schema: String,
        /// `extrelocatable`.
        pub relocatable: NotCompared<bool>,
        /// The version that the schema asks for: nothing in a database tells it from the one that the
        /// server happened to have, so it is filled in by who reads the schema's files.
        pub version: Option<String>,
        /// `extversion`.
        pub installed: NotCompared<String>,
    }
}

impl Kind for Extension {
    type Definition = ExtensionDefinition;
    const NAME: &'static str = "extension";

    fn query(&self, _major: u32) -> Option<String> {
        Some(
            "select e.oid, e.extname::text, n.nspname::text, e.extrelocatable, null::text, e.extversion \
             from pg_catalog.pg_extension e join pg_catalog.pg_namespace n on n.oid = e.extnamespace \
             where e.extname <> 'plpgsql'"
                .into(),
        )
    }

    fn read(
        &self,
        row: &mut RowReader<'_>,
        _names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error> {
        let (oid, name): (u32, String) = (row.take()?, row.take()?);
        let id = ObjectId::new(Self::NAME, [&name]);
        Ok(Some(Found::new((PG_EXTENSION, oid, 0), id, None, ExtensionDefinition::from_row(row)?)))
    }

    fn create(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        new: &ExtensionDefinition,
        _pieces: &[Piece],
    ) -> Vec<Statement> {
        let mut sql = format!("CREATE EXTENSION {}", id.sql_name());
        // An extension whose control file names its schema makes that by itself.
        if new.schema != "pg_catalog" {
            sql.push_str(" WITH SCHEMA ");
            sql.push_str(&Ident(&new.schema).to_string());
        }
        if let Some(version) = &new.version {
            sql.push_str(" VERSION ");
            sql.push_str(&Literal(version).to_string());
        }
        vec![Statement::new(sql)]
    }

    fn drop(&self, _cx: &Context<'_>, id: &ObjectId, _old: &ExtensionDefinition) -> Vec<Statement> {
        vec![Statement::new(format!("DROP EXTENSION {}", id.sql_name())).hazard(
            HazardKind::DataLoss,
            id,
            "everything that it brought is dropped, its own tables included",
        )]
    }

    fn alter(
        &self,
        _cx: &Context<'_>,
        id: &ObjectId,
        old: &ExtensionDefinition,
        new: &ExtensionDefinition,
    ) -> Alteration {
        let ExtensionDefinition { schema, relocatable: _, version, installed: _ } = new;
        let mut statements = Vec::new();
        let name = id.sql_name();
        if *schema != old.schema {
            if !old.relocatable.0 {
                return Alteration::Replace;
            }
            statements.push(Statement::new(format!("ALTER EXTENSION {name} SET SCHEMA {}", Ident(schema))));
        }
        if let Some(version) = version
            && *version != old.installed.0
        {
            statements.push(Statement::new(format!("ALTER EXTENSION {name} UPDATE TO {}", Literal(version))));
        }
        Alteration::InPlace(statements)
    }

    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &ExtensionDefinition,
        _on: &ObjectId,
        how: Disturbance,
    ) -> Reaction {
        match how {
            Disturbance::Replaced => Reaction::Replace,
            Disturbance::Retyped => Reaction::Keep,
        }
    }
}
