//! What differs between two catalogs. Names no kind and writes no SQL.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use crate::catalog::{Catalog, ObjectId};
use crate::kinds::kind;

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the desired catalog has it.
    Create(ObjectId),
    /// Only the current catalog has it.
    Drop(ObjectId),
    /// Both have it, with different definitions.
    Alter(ObjectId),
}

impl Change {
    /// The object that differs.
    pub fn id(&self) -> &ObjectId {
        match self {
            Self::Create(id) | Self::Drop(id) | Self::Alter(id) => id,
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Create(id) => write!(f, "create {id}"),
            Self::Drop(id) => write!(f, "drop {id}"),
            Self::Alter(id) => write!(f, "alter {id}"),
        }
    }
}

/// The changes that lead from `current` to `desired`, in the order of their addresses.
pub fn diff(current: &Catalog, desired: &Catalog) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut here = current.objects.iter().peekable();
    let mut there = desired.objects.iter().peekable();
    // Both are sorted by address: one walk over the two.
    loop {
        let order = match (here.peek(), there.peek()) {
            (Some((old, _)), Some((new, _))) => old.cmp(new),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return changes,
        };
        let old = if order == Ordering::Greater { None } else { here.next() };
        let new = if order == Ordering::Less { None } else { there.next() };
        match (old, new) {
            (Some((id, old)), Some((_, new))) if !old.definition.equals(&*new.definition) => {
                changes.push(Change::Alter(id.clone()));
            }
            (Some((id, _)), None) => changes.push(Change::Drop(id.clone())),
            (None, Some((id, _))) => changes.push(Change::Create(id.clone())),
            _ => {}
        }
    }
}

/// One field of a definition that differs, both sides as JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldDifference {
    /// The field.
    pub field: String,
    /// As desired.
    pub expected: String,
    /// As it is.
    pub found: String,
}

/// The fields in which the definitions of `id` differ.
pub fn fields(id: &ObjectId, current: &Catalog, desired: &Catalog) -> Vec<FieldDifference> {
    let json = |catalog: &Catalog| {
        catalog.objects.get(id).map(|object| object.definition.to_json()).unwrap_or_default()
    };
    let (found, expected) = (json(current), json(desired));
    let (serde_json::Value::Object(found), serde_json::Value::Object(expected)) = (&found, &expected) else {
        return Vec::new();
    };
    let ignored = kind(id.kind).not_compared();
    let not_kept = kind(id.kind).not_kept();
    expected
        .iter()
        .filter(|(field, _)| !ignored.contains(&field.as_str()))
        .filter_map(|(field, expected)| {
            let found = found.get(field).unwrap_or(&serde_json::Value::Null);
            let unknown = not_kept.contains(&field.as_str()) && (found.is_null() || expected.is_null());
            (found != expected && !unknown).then(|| FieldDifference {
                field: field.clone(),
                expected: text(expected),
                found: text(found),
            })
        })
        .collect()
}

/// What an object is, in one line: the fields that say something.
pub fn summary(id: &ObjectId, catalog: &Catalog) -> String {
    let Some(object) = catalog.objects.get(id) else { return "nothing".into() };
    let serde_json::Value::Object(fields) = object.definition.to_json() else { return id.kind.into() };
    let ignored = kind(id.kind).not_compared();
    let list: Vec<String> = fields
        .iter()
        .filter(|(field, value)| {
            !ignored.contains(&field.as_str()) && **value != serde_json::Value::Bool(false)
        })
        .map(|(field, value)| (field.replace('_', " "), text(value)))
        .filter(|(_, value)| value != "none" && !value.is_empty())
        .map(|(field, value)| format!("{field} {value}"))
        .collect();
    if list.is_empty() { id.kind.into() } else { list.join(", ") }
}

fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "none".into(),
        serde_json::Value::Array(items) if items.is_empty() => "none".into(),
        serde_json::Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Parents whose common children stand in another order in the two catalogs: worth a note, since
/// ADD COLUMN can only append, but never a difference.
pub fn reordered(current: &Catalog, desired: &Catalog) -> Vec<ObjectId> {
    let mut positions: BTreeMap<&ObjectId, Vec<(i32, i32)>> = BTreeMap::new();
    for (id, object) in &desired.objects {
        let (Some(parent), Some(other)) = (&object.parent, current.objects.get(id)) else { continue };
        let kind = kind(id.kind);
        if let (Some(new), Some(old)) =
            (kind.position(&*object.definition), kind.position(&*other.definition))
        {
            positions.entry(parent).or_default().push((new, old));
        }
    }
    positions
        .into_iter()
        .filter_map(|(parent, mut pairs)| {
            pairs.sort_unstable();
            let in_order = pairs.is_sorted_by_key(|pair| pair.1);
            (!in_order).then(|| parent.clone())
        })
        .collect()
}
