//! What PostgreSQL knows of each kind of object, and the registry of kinds.
//!
//! A kind is one file under `kinds/`: its catalog query, its definition, and how it is created,
//! dropped and altered. Diff, order, proof and rendering are elsewhere and name no kind. To add
//! one: a file, a line in [`registry`], cases.

use crate::catalog::{Catalog, Definition, ObjectId, Order};
use crate::settings::Manage;

mod access_method;
mod aggregate;
mod ancestry;
mod attached;
mod base_type;
mod cast;
mod collation;
pub mod column;
mod comment;
mod composite;
mod constraint;
mod conversion;
mod default;
mod default_privileges;
mod domain;
mod domain_constraint;
mod enumeration;
mod erased;
mod event_trigger;
pub mod extension;
mod fixed;
mod foreign_data_wrapper;
mod foreign_table;
mod generic_options;
mod index;
mod index_attachment;
mod inheritance;
mod language;
mod mark;
mod materialized_view;
mod names;
mod not_null;
mod operator;
mod operator_class;
mod operator_family;
mod options;
pub mod owner;
mod partition;
mod policy;
mod privileges;
mod publication;
mod range;
mod read;
mod rebuild;
mod registry;
mod routine;
mod row;
mod rule;
mod schema;
pub mod secrets;
mod security_label;
mod sequence;
mod sequence_owner;
mod server;
mod shell_type;
mod statement;
mod statistics;
mod subscription;
mod table;
mod table_type;
mod text_search;
mod transform;
mod trigger;
mod trigger_state;
mod unmodelled;
mod user_mapping;
mod view;

pub use erased::AnyKind;
pub use names::*;
pub use registry::{find, kind, kinds, rank};
pub(crate) use row::definition;
pub use row::{Address, Found, FromRow, Names, RowReader};
pub use statement::{Alteration, Context, Copied, Disturbance, Fold, Piece, Reaction, Statement, after};

/// What one kind knows.
pub trait Kind: Sync + 'static {
    /// What its objects are, apart from their names.
    type Definition: Definition + FromRow + PartialEq + serde::Serialize + serde::de::DeserializeOwned;

    /// The kind's name: PostgreSQL's own word, lower case.
    const NAME: &'static str;

    /// A system catalog and a condition, as in `pg_proc where oid >= 16384`: where no row fulfils it there is
    /// no such object, and the query is not sent. Every supported major must have the catalog.
    const SOURCE: Option<&'static str> = None;

    /// The catalog query for a server of this major version; none where the kind does not exist.
    /// `$1` is the list of managed schemas.
    fn query(&self, major: u32) -> Option<String>;

    /// One row of that query; none where the row is about something that is not managed.
    ///
    /// # Errors
    /// A column has an unexpected type, which is a bug of the query.
    fn read(
        &self,
        row: &mut RowReader<'_>,
        names: &dyn Names,
    ) -> Result<Option<Found<Self::Definition>>, tokio_postgres::Error>;

    /// Makes the object, with the pieces of the children that are folded into it.
    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &Self::Definition,
        pieces: &[Piece],
    ) -> Vec<Statement>;

    /// Removes the object.
    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &Self::Definition) -> Vec<Statement>;

    /// Changes the object.
    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &Self::Definition,
        new: &Self::Definition,
    ) -> Alteration;

    /// Whether it may become part of its parent's CREATE.
    fn fold(&self, _cx: &Context<'_>, _id: &ObjectId, _new: &Self::Definition) -> Fold {
        Fold::No
    }

    /// Its part of its parent's CREATE, with the pieces of its own folded children.
    fn piece(&self, _cx: &Context<'_>, _id: &ObjectId, _new: &Self::Definition, _pieces: &[Piece]) -> Piece {
        Piece::new((u8::MAX, 0), "", Vec::new())
    }

    /// What it does when `on`, which it depends on, is disturbed.
    fn reaction(
        &self,
        _id: &ObjectId,
        _old: &Self::Definition,
        _on: &ObjectId,
        _how: Disturbance,
    ) -> Reaction {
        Reaction::Replace
    }

    /// The names that it takes in PostgreSQL's name spaces: two objects that share one cannot exist
    /// at once, although their kinds differ (a table and a view of one name).
    fn occupies(&self, _id: &ObjectId, _definition: &Self::Definition) -> Vec<ObjectId> {
        Vec::new()
    }

    /// SQL in which objects may be named that `pg_depend` knows nothing of: a body in a string.
    fn text<'a>(&self, _definition: &'a Self::Definition) -> Option<&'a str> {
        None
    }

    /// What of inheritance its objects tell, and the order that follows; told in registry order, so that
    /// later kinds see what earlier ones told.
    fn orders(&self, _catalog: &Catalog) -> Vec<Order> {
        Vec::new()
    }

    /// Gives the object another last name, or moves it to another schema.
    fn rename(&self, _from: &ObjectId, _to: &ObjectId) -> Option<Vec<Statement>> {
        None
    }

    /// Its place among its siblings, where they have an order that is worth a note.
    fn position(&self, _definition: &Self::Definition) -> Option<i32> {
        None
    }

    /// Whether dropping one loses rows or values, so that a drop and a create of equals may be a
    /// rename.
    fn holds_data(&self) -> bool {
        false
    }

    /// Whether somebody granted or revoked something on it: what a replacement loses where
    /// privileges are not managed.
    fn has_privileges(&self, _definition: &Self::Definition) -> bool {
        false
    }

    /// Whether its objects are read where this is managed besides definitions.
    fn is_managed(&self, _manage: Manage) -> bool {
        true
    }
}
