//! Extensions, but for `plpgsql`, which initdb makes. What they bring belongs to them and is never compared.

use std::error::Error;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, Type};
use trueline_journal::statement::{SqlToken, tokens};

use super::{
    Alteration, Context, Disturbance, Found, FromRow, Kind, Names, PG_EXTENSION, Piece, Reaction, RowReader,
    Statement, definition,
};
use crate::catalog::{Catalog, NotCompared, ObjectId};
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
        /// `extversion`, and the one that the schema asks for.
        pub version: Version,
    }
}

/// The version of an extension. It counts only where the schema states one: nothing in a database tells a
/// version that was asked for from the one that the server happened to have.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
pub struct Version {
    /// By `CREATE EXTENSION … VERSION`, in the schema's files.
    pub stated: Option<String>,
    /// In the database.
    pub installed: String,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        match (&self.stated, &other.stated) {
            (None, None) => true,
            (Some(stated), None) => *stated == other.installed,
            (None, Some(stated)) => *stated == self.installed,
            (Some(one), Some(two)) => one == two,
        }
    }
}

impl<'a> FromSql<'a> for Version {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self { stated: None, installed: String::from_sql(ty, raw)? })
    }

    fn accepts(ty: &Type) -> bool {
        <String as FromSql>::accepts(ty)
    }
}

/// Notes the versions that the schema's `statements` ask for in the catalog that came of them.
pub fn state_versions<'a>(catalog: &mut Catalog, statements: impl Iterator<Item = &'a str>) {
    for sql in statements {
        let tokens = tokens(sql);
        let [create, extension, rest @ ..] = tokens.as_slice() else { continue };
        if !create.is_word("create") || !extension.is_word("extension") {
            continue;
        }
        let rest = if rest.first().is_some_and(|token| token.is_word("if")) {
            &rest[3.min(rest.len())..]
        } else {
            rest
        };
        let version = rest.iter().position(|token| token.is_word("version")).and_then(|at| rest.get(at + 1));
        let (Some(name), Some(version)) = (rest.first().and_then(SqlToken::name), version) else { continue };
        let id = ObjectId::new(Extension::NAME, [name]);
        let Some(definition) = catalog.get::<ExtensionDefinition>(&id).cloned() else { continue };
        let stated = version.value.clone().into_owned();
        let version = Version { stated: Some(stated), ..definition.version };
        if let Some(object) = catalog.objects.get_mut(&id) {
            object.definition = Arc::new(ExtensionDefinition { version, ..definition });
        }
    }
}

impl Kind for Extension {
    type Definition = ExtensionDefinition;
    const NAME: &'static str = "extension";

    fn query(&self, _major: u32) -> Option<String> {
        Some(
            "select e.oid, e.extname::text, n.nspname::text, e.extrelocatable, e.extversion \
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
        if let Some(version) = &new.version.stated {
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
        let ExtensionDefinition { schema, relocatable: _, version } = new;
        let mut statements = Vec::new();
        let name = id.sql_name();
        if *schema != old.schema {
            if !old.relocatable.0 {
                return Alteration::Replace;
            }
            statements.push(Statement::new(format!("ALTER EXTENSION {name} SET SCHEMA {}", Ident(schema))));
        }
        if let Some(version) = &version.stated
            && *version != old.version.installed
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
