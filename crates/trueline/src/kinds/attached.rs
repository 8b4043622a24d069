//! Addresses of what is attached to objects of any kind (comments, owners, privileges): the kind of what
//! they are on, then its path.

use crate::catalog::ObjectId;

/// The address of the `kind` that is on `target`.
pub fn on(kind: &'static str, target: &ObjectId) -> ObjectId {
    on_part(kind, target.kind, target)
}

/// The same, where what it is on is called otherwise than the object: a part of it.
pub fn on_part(kind: &'static str, part: &str, target: &ObjectId) -> ObjectId {
    let path = std::iter::once(part.into()).chain(target.path.iter().cloned()).collect();
    ObjectId { kind, path, signature: target.signature.clone() }
}

/// What an address made by [`on`] is on: what it is called there, and the object.
pub fn target(id: &ObjectId) -> (&str, ObjectId) {
    let part = id.path.first().map_or("", |part| part);
    let kind = super::find(part).map_or(id.kind, |place| super::kinds()[place].name());
    let path = id.path.iter().skip(1).cloned().collect();
    (part, ObjectId { kind, path, signature: id.signature.clone() })
}

/// The word for objects of a kind in COMMENT ON and ALTER.
pub fn word(kind: &str) -> String {
    match kind {
        "enum" | "range" | "composite type" | "base type" | "shell type" | "row type" => "TYPE".into(),
        _ => kind.to_uppercase(),
    }
}
