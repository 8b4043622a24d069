//! Extensions, but for `plpgsql`, which initdb makes. What they bring belongs to them and is never compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio_postgres::types::{FromSql, Type};

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
        /// `extversion`, and whether the schema asks for it.
        pub version: Version,
    }
}

/// A version, compared only where one of both sides was asked for by the schema's files: nothing in a
/// database tells such a version from the one that the server happened to have.
#[derive(Clone, Debug, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Version {
    /// `extversion`.
    pub name: String,
    /// The schema says `VERSION`.
    pub is_stated: bool,
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name || !(self.is_stated || other.is_stated)
    }
}

/// How a stated version is told from another one in text.
const STATED: &str = "exactly ";

impl From<Version> for String {
    fn from(version: Version) -> Self {
        if version.is_stated { format!("{STATED}{}", version.name) } else { version.name }
    }
}

impl From<String> for Version {
    fn from(text: String) -> Self {
        match text.strip_prefix(STATED) {
            Some(name) => Self { name: name.to_owned(), is_stated: true },
            None => Self { name: text, is_stated: false },
        }
    }
}

impl<'a> FromSql<'a> for Version {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        String::from_sql(ty, raw).map(|name| Self { name, is_stated: false })
    }

    fn accepts(ty: &Type) -> bool {
        <String as FromSql>::accepts(ty)
    }
}

/// Records which extensions the schema asks for in a version of its own.
pub fn state_versions(catalog: &mut Catalog, versions: &BTreeMap<String, String>) {
    for (name, version) in versions {
        let id = ObjectId::new(Extension::NAME, [name]);
        if let Some(definition) = catalog.get::<ExtensionDefinition>(&id) {
            let version = Version { name: version.clone(), is_stated: true };
            let definition = ExtensionDefinition { version, ..definition.clone() };
            if let Some(object) = catalog.objects.get_mut(&id) {
                object.definition = Arc::new(definition);
            }
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
        if new.version.is_stated {
            sql.push_str(" VERSION ");
            sql.push_str(&Literal(&new.version.name).to_string());
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
        if *version != old.version {
            let version = Literal(&version.name);
            statements.push(Statement::new(format!("ALTER EXTENSION {name} UPDATE TO {version}")));
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
