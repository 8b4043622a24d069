//! The head catalog on disk, with the checksum of the schema that it came from.
//!
//! Derived, never a source: when it is missing, stale or in conflict, `db-generate` writes it anew.
//! It lets an unchanged `db-generate`, `db-validate` and `db-verify` do without a server. Reads and
//! writes no file; [`trueline_journal::Folder`] does.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::catalog::{Catalog, Object, ObjectId};
use crate::kinds::{find, kind, kinds};
use crate::settings::Manage;

/// The format that this version writes.
pub const FORMAT: u32 = 3;

/// What stands before the objects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`] of the version that wrote it.
    pub format: u32,
    /// Major version of the server that elaborated the schema.
    pub server_major: u32,
    /// Checksum of the schema's sources and of what else decides what they mean.
    pub schema_checksum: String,
    /// Checksum of the migrations; see [`trueline_journal::migration::head`].
    pub journal_head: String,
    /// The managed schemas, sorted.
    pub schemas: Vec<String>,
}

/// A snapshot.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// What it is of.
    pub head: Head,
    /// The catalog, without edges.
    pub catalog: Catalog,
}

/// A snapshot that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// Not what this version writes.
    #[error("the snapshot cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Written by another version.
    #[error("the snapshot has format {found}, and this version of Trueline writes format {FORMAT}")]
    Format {
        /// Its format.
        found: u32,
    },
    /// A kind that this version does not know.
    #[error("the snapshot holds an object of the unknown kind `{0}`")]
    Kind(String),
}

#[derive(Serialize)]
struct Line {
    id: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<Vec<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parent_signature: Option<String>,
    definition: serde_json::Value,
}

/// The same as it is read: texts stay where they are, and only the kind knows what a definition is.
#[derive(Deserialize)]
struct WrittenLine<'a> {
    #[serde(borrow)]
    id: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    signature: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    parent: Option<Vec<Cow<'a, str>>>,
    #[serde(borrow, default)]
    parent_signature: Option<Cow<'a, str>>,
    #[serde(borrow)]
    definition: &'a RawValue,
}

#[derive(Deserialize)]
struct Document<'a> {
    format: u32,
    server_major: u32,
    schema_checksum: String,
    journal_head: String,
    schemas: Vec<String>,
    #[serde(borrow)]
    objects: Vec<WrittenLine<'a>>,
}

fn names(id: &ObjectId) -> Vec<String> {
    std::iter::once(id.kind.to_owned()).chain(id.path.iter().map(ToString::to_string)).collect()
}

fn id(names: &[Cow<'_, str>], signature: Option<Cow<'_, str>>) -> Result<ObjectId, SnapshotError> {
    let (kind, path) = names.split_first().ok_or_else(|| SnapshotError::Kind(String::new()))?;
    let place = find(kind).ok_or_else(|| SnapshotError::Kind(kind.to_string()))?;
    let mut id = ObjectId::new(kinds()[place].name(), path);
    id.signature = signature.map(Into::into);
    Ok(id)
}

impl Head {
    /// Reads what stands before the objects, and nothing else.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let head: Self = serde_json::from_str(text)?;
        if head.format == FORMAT { Ok(head) } else { Err(SnapshotError::Format { found: head.format }) }
    }
}

impl Snapshot {
    /// What of `wanted` was managed when it was written, as its objects show.
    pub fn told(&self, wanted: Manage) -> Manage {
        let tells = |manage: Manage| {
            let is_such = |id: &ObjectId| {
                let kind = kind(id.kind);
                kind.is_managed(manage) && !kind.is_managed(Manage::default())
            };
            self.catalog.objects.keys().any(is_such)
        };
        Manage {
            owners: wanted.owners && tells(Manage { owners: true, privileges: false }),
            privileges: wanted.privileges && tells(Manage { owners: false, privileges: true }),
        }
    }

    /// The text to write: JSON, sorted, one object a line.
    pub fn to_text(&self) -> String {
        let Head { format, server_major, schema_checksum, journal_head, schemas } = &self.head;
        let schemas = serde_json::Value::from(schemas.clone());
        let mut text = format!(
            "{{\n  \"format\": {format},\n  \"server_major\": {server_major},\n  \
             \"schema_checksum\": \"{schema_checksum}\",\n  \"journal_head\": \"{journal_head}\",\n  \
             \"schemas\": {schemas},\n  \"objects\": ["
        );
        let mut separator = "\n";
        for (id, object) in &self.catalog.objects {
            let line = Line {
                id: names(id),
                signature: id.signature.as_deref().map(str::to_owned),
                parent: object.parent.as_ref().map(names),
                parent_signature: object
                    .parent
                    .as_ref()
                    .and_then(|id| id.signature.as_deref().map(str::to_owned)),
                definition: object.definition.to_json(),
            };
            text.push_str(separator);
            text.push_str("    ");
            // Strings, numbers and lists always have a JSON form.
            text.push_str(&serde_json::to_string(&line).unwrap_or_default());
            separator = ",\n";
        }
        text.push_str("\n  ]\n}\n");
        text
    }

    /// Reads a snapshot that this version wrote.
    ///
    /// # Errors
    /// See [`SnapshotError`].
    pub fn parse(text: &str) -> Result<Self, SnapshotError> {
        let document: Document<'_> = match serde_json::from_str(text) {
            Ok(document) => document,
            // Another version's is of another format before it is malformed.
            Err(error) => return Err(Head::parse(text).err().unwrap_or(SnapshotError::Malformed(error))),
        };
        let Document { format, server_major, schema_checksum, journal_head, schemas, objects: lines } =
            document;
        if format != FORMAT {
            return Err(SnapshotError::Format { found: format });
        }
        let mut objects = BTreeMap::new();
        for line in lines {
            let id_of_line = id(&line.id, line.signature)?;
            let parent = line.parent.map(|names| id(&names, line.parent_signature)).transpose()?;
            let definition = kind(id_of_line.kind).read_json(line.definition.get())?;
            objects.insert(id_of_line, Object { definition, parent });
        }
        let catalog = Catalog { major: server_major, objects, ..Catalog::default() };
        let head = Head { format, server_major, schema_checksum, journal_head, schemas };
        Ok(Self { head, catalog })
    }
}
