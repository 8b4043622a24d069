//! The head catalog on disk, with the checksum of the schema that it came from.
//!
//! Derived, never a source: when it is missing, stale or in conflict, `db-generate` writes it anew.
//! It lets an unchanged `db-generate`, `db-validate` and `db-verify` do without a server. Reads and
//! writes no file; [`trueline_journal::Folder`] does.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::catalog::{Catalog, Object, ObjectId};
use crate::kinds::{find, kinds};

/// The format that this version writes.
pub const FORMAT: u32 = 2;

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

#[derive(Serialize, Deserialize)]
struct Line {
    id: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    parent_signature: Option<String>,
    definition: serde_json::Value,
}

#[derive(Deserialize)]
struct Document {
    #[serde(flatten)]
    head: Head,
    objects: Vec<Line>,
}

fn names(id: &ObjectId) -> Vec<String> {
    std::iter::once(id.kind.to_owned()).chain(id.path.iter().map(ToString::to_string)).collect()
}

fn id(names: &[String], signature: Option<String>) -> Result<ObjectId, SnapshotError> {
    let (kind, path) = names.split_first().ok_or_else(|| SnapshotError::Kind(String::new()))?;
    let place = find(kind).ok_or_else(|| SnapshotError::Kind(kind.clone()))?;
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
        Head::parse(text)?;
        let document: Document = serde_json::from_str(text)?;
        let mut objects = BTreeMap::new();
        for line in document.objects {
            let id_of_line = id(&line.id, line.signature)?;
            let parent = line.parent.map(|names| id(&names, line.parent_signature)).transpose()?;
            let kind = kinds()[find(id_of_line.kind).unwrap_or_default()];
            let definition = kind.read_json(line.definition)?;
            objects.insert(id_of_line, Object { definition, parent });
        }
        let catalog = Catalog { major: document.head.server_major, objects, ..Catalog::default() };
        Ok(Self { head: document.head, catalog })
    }
}
