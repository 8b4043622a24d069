//! The typed image of a database's schema: objects, and which object depends on which.
//!
//! Pure data: nothing here reads a database (see `introspect`) or knows what a kind means (see
//! `kinds`). Everything is ordered, so that two catalogs of the same schema are the same bytes.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::settings::Manage;
use crate::sql::Ident;

mod kinship;

use kinship::forget;
pub use kinship::{Kinship, Links, Order, Relative};

/// Addresses one object: its kind and its name within that kind.
///
/// The path is what names it from the outside in, for example `["public", "requests", "note"]`
/// for a column; `signature` is what follows the name where names can be overloaded, for example
/// `(integer, text)`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ObjectId {
    /// The kind's name, as registered.
    pub kind: &'static str,
    /// Unquoted names, outermost first.
    pub path: Vec<Box<str>>,
    /// Argument types in parentheses, for functions, operators and the like.
    pub signature: Option<Box<str>>,
}

impl ObjectId {
    /// An address without a signature.
    pub fn new<S: AsRef<str>>(kind: &'static str, path: impl IntoIterator<Item = S>) -> Self {
        Self { kind, path: path.into_iter().map(|part| part.as_ref().into()).collect(), signature: None }
    }

    /// The same address with a signature such as `(integer, text)`.
    #[must_use]
    pub fn with_signature(mut self, signature: impl AsRef<str>) -> Self {
        self.signature = Some(signature.as_ref().into());
        self
    }

    /// The last name of the path, unquoted.
    pub fn name(&self) -> &str {
        self.path.last().map_or("", |name| name)
    }

    /// The path without its last name: the container's.
    pub fn container(&self) -> &[Box<str>] {
        &self.path[..self.path.len().saturating_sub(1)]
    }

    /// The quoted, dotted path with the signature: how SQL names the object.
    pub fn sql_name(&self) -> String {
        let mut out = match &*self.path {
            // The grammar takes an operator's own characters, and no quotes around them.
            [schema, operator] if self.kind == "operator" => format!("{}.{operator}", Ident(schema)),
            path => dotted(path),
        };
        out.push_str(self.signature.as_deref().unwrap_or(""));
        out
    }

    /// The quoted, dotted path of the container: how SQL names a column's or trigger's table.
    pub fn sql_container(&self) -> String {
        dotted(self.container())
    }

    /// The last name, quoted.
    pub fn sql_last(&self) -> String {
        Ident(self.name()).to_string()
    }
}

fn dotted(path: &[Box<str>]) -> String {
    let mut out = String::new();
    for (index, part) in path.iter().enumerate() {
        if index > 0 {
            out.push('.');
        }
        out.push_str(&Ident(part).to_string());
    }
    out
}

impl fmt::Display for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.sql_name())
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ObjectId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What an object is, apart from its name. Each kind has its own type; everything generic sees
/// only this.
pub trait Definition: Any + fmt::Debug + Send + Sync {
    /// Equal in everything that is compared.
    fn equals(&self, other: &dyn Definition) -> bool;
    /// As JSON, for snapshots and for saying field by field what differs.
    fn to_json(&self) -> serde_json::Value;
    /// For the kind that knows the type.
    fn as_any(&self) -> &dyn Any;
}

impl<T: Any + fmt::Debug + Send + Sync + PartialEq + Serialize> Definition for T {
    fn equals(&self, other: &dyn Definition) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// One object of a catalog.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is.
    pub definition: Arc<dyn Definition>,
    /// The object that it is a part of (a column's table, a comment's object): it is made after
    /// its parent and goes with it.
    pub parent: Option<ObjectId>,
}

/// All managed objects of a database, and the edges between them.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// The server's major version.
    pub major: u32,
    /// What of it is managed besides definitions.
    pub manage: Manage,
    /// Every object by its address.
    pub objects: BTreeMap<ObjectId, Object>,
    /// For each object the objects that must exist before it.
    pub depends_on: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    /// For each object the objects with which PostgreSQL drops it on its own.
    pub dropped_with: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
    /// Order that no dependency stands for, and who inherits from whom.
    pub kinship: Kinship,
    /// For each object what its text seems to name, where PostgreSQL records no dependency: hints for
    /// the order, and nothing more.
    pub mentions: BTreeMap<ObjectId, BTreeSet<ObjectId>>,
}

impl Catalog {
    /// The definition of an object, as its kind's type.
    pub fn get<T: Any>(&self, id: &ObjectId) -> Option<&T> {
        self.objects.get(id).and_then(|object| object.definition.as_any().downcast_ref())
    }

    /// The objects that must exist before `id`.
    pub fn dependencies(&self, id: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.depends_on.get(id).into_iter().flatten()
    }

    /// For every object the objects that depend on it.
    pub fn dependents(&self) -> BTreeMap<&ObjectId, BTreeSet<&ObjectId>> {
        let mut dependents: BTreeMap<&ObjectId, BTreeSet<&ObjectId>> = BTreeMap::new();
        for (id, on) in &self.depends_on {
            for target in on {
                dependents.entry(target).or_default().insert(id);
            }
        }
        dependents
    }

    /// The objects of a kind whose path begins with `path`: columns of a table, for example.
    pub fn within<'a>(
        &'a self,
        kind: &'static str,
        path: &'a [Box<str>],
    ) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
        let first = ObjectId { kind, path: path.to_vec(), signature: None };
        self.objects.range(first..).take_while(move |(id, _)| id.kind == kind && id.path.starts_with(path))
    }

    /// The objects whose parent is `id`.
    pub fn children<'a>(&'a self, id: &'a ObjectId) -> impl Iterator<Item = (&'a ObjectId, &'a Object)> {
        self.objects.iter().filter(move |(_, object)| object.parent.as_ref() == Some(id))
    }

    /// Records that `id` needs `on`; an edge to itself or to an object that is not here is dropped,
    /// since what is not managed is taken to exist.
    pub fn add_dependency(&mut self, id: &ObjectId, on: &ObjectId) {
        if id != on && self.objects.contains_key(on) && self.objects.contains_key(id) {
            self.depends_on.entry(id.clone()).or_default().insert(on.clone());
        }
    }

    /// Keeps the objects that `keep` accepts, their parents' children going with them, and the
    /// edges between what is left.
    pub fn retain(&mut self, mut keep: impl FnMut(&ObjectId) -> bool) {
        let mut gone: BTreeSet<ObjectId> = self.objects.keys().filter(|id| !keep(id)).cloned().collect();
        if gone.is_empty() {
            return;
        }
        loop {
            let more: Vec<ObjectId> = self
                .objects
                .iter()
                .filter(|(id, object)| {
                    !gone.contains(*id) && object.parent.as_ref().is_some_and(|parent| gone.contains(parent))
                })
                .map(|(id, _)| id.clone())
                .collect();
            if more.is_empty() {
                break;
            }
            gone.extend(more);
        }
        self.objects.retain(|id, _| !gone.contains(id));
        for edges in [&mut self.depends_on, &mut self.dropped_with, &mut self.mentions] {
            forget(edges, &gone);
        }
        self.kinship.forget(&gone);
    }
}

/// A value that is recorded but not compared: two of them are always equal.
#[derive(Clone, Copy, Debug, Default, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct NotCompared<T>(pub T);

impl<T> PartialEq for NotCompared<T> {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl<T> Eq for NotCompared<T> {}

impl<'a, T: tokio_postgres::types::FromSql<'a>> tokio_postgres::types::FromSql<'a> for NotCompared<T> {
    fn from_sql(
        ty: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        T::from_sql(ty, raw).map(Self)
    }

    fn from_sql_null(
        ty: &tokio_postgres::types::Type,
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        T::from_sql_null(ty).map(Self)
    }

    fn accepts(ty: &tokio_postgres::types::Type) -> bool {
        T::accepts(ty)
    }
}

/// A value that those who may not see it take for equal: none where the connected role may not read it.
#[derive(Clone, Debug, Default, Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct IfReadable<T>(pub Option<T>);

impl<T: PartialEq> PartialEq for IfReadable<T> {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some(one), Some(other)) => one == other,
            _ => true,
        }
    }
}

impl<T: Eq> Eq for IfReadable<T> {}

impl<'a, T: tokio_postgres::types::FromSql<'a>> tokio_postgres::types::FromSql<'a> for IfReadable<T> {
    fn from_sql(
        ty: &tokio_postgres::types::Type,
        raw: &'a [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        T::from_sql(ty, raw).map(|value| Self(Some(value)))
    }

    fn from_sql_null(
        _ty: &tokio_postgres::types::Type,
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(None))
    }

    fn accepts(ty: &tokio_postgres::types::Type) -> bool {
        T::accepts(ty)
    }
}
