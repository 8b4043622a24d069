//! What PostgreSQL knows of each kind of object, and the registry of kinds.
//!
//! A kind is one file under `kinds/`: its catalog query, its definition, and how it is created,
//! dropped and altered. Diff, order, proof and rendering are elsewhere and name no kind. To add
//! one: a file, a line in [`registry`], cases.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio_postgres::types::FromSql;

use crate::catalog::{Catalog, Definition, ObjectId};
use crate::hazard::{Hazard, HazardKind};
use crate::settings::Manage;
use crate::sql::Ident;

mod access_method;
mod aggregate;
mod cast;
mod collation;
pub mod column;
mod comment;
mod composite;
mod constraint;
mod conversion;
mod default;
mod domain;
mod domain_constraint;
mod enumeration;
mod event_trigger;
mod extension;
mod fixed;
mod index;
mod language;
mod materialized_view;
mod operator;
mod operator_class;
mod operator_family;
mod options;
mod policy;
mod range;
mod read;
mod rebuild;
mod registry;
mod routine;
mod rule;
mod schema;
mod sequence;
mod sequence_owner;
mod statistics;
mod table;
mod text_search;
mod transform;
mod trigger;
mod unmodelled;
mod view;

pub use registry::{find, kind, kinds, rank};

/// A statement of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Without the final semicolon.
    pub sql: String,
    /// Whether it may run in a transaction block.
    pub transactional: bool,
    /// Whether what came before must be committed first.
    pub new_segment: bool,
    /// Whether what uses it must wait until it is committed (a new value of an enum).
    pub commit_before_use: bool,
    /// Its dangers.
    pub hazards: Vec<Hazard>,
}

impl Statement {
    /// A statement that runs in a transaction and has no hazard.
    pub fn new(sql: impl Into<String>) -> Self {
        Self {
            sql: sql.into(),
            transactional: true,
            new_segment: false,
            commit_before_use: false,
            hazards: Vec::new(),
        }
    }

    /// One that must run outside any transaction.
    pub fn outside_transaction(sql: impl Into<String>) -> Self {
        Self { transactional: false, ..Self::new(sql) }
    }

    /// What uses it waits for its commit.
    #[must_use]
    pub fn committed_before_use(mut self) -> Self {
        self.commit_before_use = true;
        self
    }

    /// Starts a new transaction.
    #[must_use]
    pub fn in_new_segment(mut self) -> Self {
        self.new_segment = true;
        self
    }

    /// Declares a danger.
    #[must_use]
    pub fn hazard(mut self, kind: HazardKind, object: &ObjectId, effect: impl Into<String>) -> Self {
        self.hazards.push(Hazard { kind, object: object.clone(), effect: effect.into() });
        self
    }
}

/// What a plan knows while it asks the kinds for statements.
pub struct Context<'a> {
    /// The catalog before.
    pub current: &'a Catalog,
    /// The catalog after.
    pub desired: &'a Catalog,
    /// Objects that the plan creates, replaced ones included.
    pub created: &'a BTreeSet<ObjectId>,
}

impl Context<'_> {
    /// Whether the plan makes this object, so that nobody uses it and nothing is in it yet.
    pub fn is_new(&self, id: &ObjectId) -> bool {
        self.created.contains(id)
    }
}

/// How an object becomes another of the same name.
pub enum Alteration {
    /// By these statements.
    InPlace(Vec<Statement>),
    /// By these statements, and what depends on it is told (see [`Kind::reaction`]).
    Disturbing(Disturbance, Vec<Statement>),
    /// Not at all: it is dropped and made anew, with all that depends on it.
    Replace,
}

/// What happens to an object that others depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disturbance {
    /// It is dropped and made anew.
    Replaced,
    /// It stays, but its type changes.
    Retyped,
}

/// What an object does when something that it depends on is disturbed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// Nothing: PostgreSQL carries it along.
    Keep,
    /// It is itself retyped by the same statements, and tells its own dependents.
    Retyped,
    /// It is dropped before and made anew after.
    Replace,
}

/// Part of a parent's CREATE statement that makes a child, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Where it stands among its siblings.
    pub order: (u8, i32),
    /// The text.
    pub sql: String,
    /// What the text cannot say, to run after the parent's CREATE.
    pub then: Vec<Statement>,
}

/// The statements that the pieces leave for after the CREATE.
pub fn after(pieces: &[Piece]) -> impl Iterator<Item = Statement> + '_ {
    pieces.iter().flat_map(|piece| piece.then.iter().cloned())
}

/// When a child may be folded into its parent's CREATE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fold {
    /// Never.
    No,
    /// Whenever what it depends on can come before the parent.
    Early,
    /// Likewise, but after all early ones are settled (foreign keys, which tie tables together).
    Late,
}

/// A system catalog address: `classid`, `objid`, `objsubid` as in `pg_depend`.
pub type Address = (u32, u32, i32);

/// One object as read from a database.
pub struct Found<D> {
    /// Its address, for `pg_depend`.
    pub address: Address,
    /// Its name.
    pub id: ObjectId,
    /// What it is a part of.
    pub parent: Option<ObjectId>,
    /// What it is.
    pub definition: D,
    /// Rows of `pg_depend` (depender, referenced) that this object stands for, although they are
    /// recorded for another: a sequence's owning column, a partition's parent.
    pub claims: Vec<(Address, Address)>,
}

impl<D> Found<D> {
    /// An object with no claims.
    pub fn new(address: Address, id: ObjectId, parent: Option<ObjectId>, definition: D) -> Self {
        Self { address, id, parent, definition, claims: Vec::new() }
    }
}

/// Reads one row's columns from left to right.
pub struct RowReader<'a> {
    row: &'a tokio_postgres::Row,
    next: usize,
}

impl<'a> RowReader<'a> {
    /// At the first column.
    pub fn new(row: &'a tokio_postgres::Row) -> Self {
        Self { row, next: 0 }
    }

    /// The next column.
    ///
    /// # Errors
    /// The column's type is not the one asked for, or there is no further column.
    pub fn take<T: FromSql<'a>>(&mut self) -> Result<T, tokio_postgres::Error> {
        let index = self.next;
        self.next += 1;
        self.row.try_get(index)
    }
}

/// Definitions that are read from a row, field by field in their order.
pub trait FromRow: Sized {
    /// # Errors
    /// A column is missing or has another type.
    fn from_row(row: &mut RowReader<'_>) -> Result<Self, tokio_postgres::Error>;
    /// Each field with its type's name, in their order.
    fn fields() -> &'static [(&'static str, &'static str)];
}

/// Declares a definition: a struct whose fields are the query's columns, in their order.
macro_rules! definition {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$field_meta:meta])* pub $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        pub struct $name { $($(#[$field_meta])* pub $field: $type,)* }

        impl $crate::kinds::FromRow for $name {
            fn from_row(_row: &mut $crate::kinds::RowReader<'_>) -> Result<Self, tokio_postgres::Error> {
                Ok(Self { $($field: _row.take()?,)* })
            }

            fn fields() -> &'static [(&'static str, &'static str)] {
                &[$((stringify!($field), stringify!($type))),*]
            }
        }
    };
}
pub(crate) use definition;

/// Names of objects already read, for the kinds that are attached to objects of any kind.
pub trait Names {
    /// The object at an address, and whether that is its own address or one of a part of it.
    fn at(&self, address: Address) -> Option<&ObjectId>;
}

/// The name that a relation takes in `pg_class`, where tables, views, indexes and sequences meet.
pub fn relation_name(schema: &str, name: &str) -> ObjectId {
    ObjectId::new("relation", [schema, name])
}

/// The name that a type takes in `pg_type`; every table and view has a row type of its name.
pub fn type_name(schema: &str, name: &str) -> ObjectId {
    ObjectId::new("type", [schema, name])
}

/// The name that a function, procedure or aggregate takes in `pg_proc`: its input types, as
/// `(integer, text)`, are part of it.
pub fn routine_name(schema: &str, name: &str, signature: &str) -> ObjectId {
    ObjectId::new("routine", [schema, name]).with_signature(signature)
}

/// Renames an object that has a schema, or moves it to another schema, or both.
fn rename_or_move(word: &str, from: &ObjectId, to: &ObjectId) -> Vec<Statement> {
    let mut statements = Vec::new();
    let mut here = from.clone();
    if from.path[0] != to.path[0] {
        let sql = format!("ALTER {word} {} SET SCHEMA {}", here.sql_name(), Ident(&to.path[0]));
        statements.push(Statement::new(sql));
        here.path[0] = to.path[0].clone();
    }
    if from.name() != to.name() {
        let sql = format!("ALTER {word} {} RENAME TO {}", here.sql_name(), Ident(to.name()));
        statements.push(Statement::new(sql));
    }
    for statement in &mut statements {
        statement.hazards.push(Hazard {
            kind: HazardKind::BreaksClients,
            object: from.clone(),
            effect: "programs that use the old name fail".into(),
        });
    }
    statements
}

/// SQL that is true for what belongs to no extension: `oid` of the catalog `class`.
pub fn not_from_extension(class: &str, oid: &str) -> String {
    format!(
        "{oid} not in (select e.objid from pg_catalog.pg_depend e where e.classid = 'pg_catalog.{class}'::regclass \
         and e.refclassid = 'pg_catalog.pg_extension'::regclass and e.deptype = 'e')"
    )
}

/// `pg_class`'s own OID, `classid` of relations and columns (`src/include/catalog/pg_class.h`).
pub const PG_CLASS: u32 = 1259;
/// `pg_proc`'s own OID (`src/include/catalog/pg_proc.h`).
pub const PG_PROC: u32 = 1255;
/// `pg_trigger`'s own OID (`src/include/catalog/pg_trigger.h`).
pub const PG_TRIGGER: u32 = 2620;
/// `pg_policy`'s own OID (`src/include/catalog/pg_policy.h`).
pub const PG_POLICY: u32 = 3256;
/// `pg_rewrite`'s own OID (`src/include/catalog/pg_rewrite.h`).
pub const PG_REWRITE: u32 = 2618;
/// `pg_event_trigger`'s own OID (`src/include/catalog/pg_event_trigger.h`).
pub const PG_EVENT_TRIGGER: u32 = 3466;
/// `pg_statistic_ext`'s own OID (`src/include/catalog/pg_statistic_ext.h`).
pub const PG_STATISTIC_EXT: u32 = 3381;
/// `pg_operator`'s own OID (`src/include/catalog/pg_operator.h`).
pub const PG_OPERATOR: u32 = 2617;
/// `pg_ts_config`'s own OID (`src/include/catalog/pg_ts_config.h`).
pub const PG_TS_CONFIG: u32 = 3602;
/// `pg_ts_dict`'s own OID (`src/include/catalog/pg_ts_dict.h`).
pub const PG_TS_DICT: u32 = 3600;
/// `pg_language`'s own OID (`src/include/catalog/pg_language.h`).
pub const PG_LANGUAGE: u32 = 2612;
/// `pg_amop`'s own OID (`src/include/catalog/pg_amop.h`).
pub const PG_AMOP: u32 = 2602;
/// `pg_amproc`'s own OID (`src/include/catalog/pg_amproc.h`).
pub const PG_AMPROC: u32 = 2603;
/// `pg_attrdef`'s own OID (`src/include/catalog/pg_attrdef.h`).
pub const PG_ATTRDEF: u32 = 2604;
/// `pg_constraint`'s own OID (`src/include/catalog/pg_constraint.h`).
pub const PG_CONSTRAINT: u32 = 2606;

/// `pg_type`'s own OID (`src/include/catalog/pg_type.h`).
pub const PG_TYPE: u32 = 1247;
/// `pg_namespace`'s own OID (`src/include/catalog/pg_namespace.h`).
pub const PG_NAMESPACE: u32 = 2615;
/// `pg_collation`'s own OID (`src/include/catalog/pg_collation.h`).
pub const PG_COLLATION: u32 = 3456;
/// `pg_extension`'s own OID (`src/include/catalog/pg_extension.h`).
pub const PG_EXTENSION: u32 = 3079;

/// What one kind knows.
pub trait Kind: Sync + 'static {
    /// What its objects are, apart from their names.
    type Definition: Definition + FromRow + PartialEq + serde::Serialize + serde::de::DeserializeOwned;

    /// The kind's name: PostgreSQL's own word, lower case.
    const NAME: &'static str;

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
        Piece { order: (u8::MAX, 0), sql: String::new(), then: Vec::new() }
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

/// A kind, seen by everything generic.
pub trait AnyKind: Sync {
    /// See [`Kind::NAME`].
    fn name(&self) -> &'static str;
    /// See [`Kind::query`].
    fn query(&self, major: u32) -> Option<String>;
    /// See [`Kind::read`].
    ///
    /// # Errors
    /// A column has an unexpected type, which is a bug of the query.
    fn read(
        &self,
        row: &tokio_postgres::Row,
        names: &dyn Names,
    ) -> Result<Option<Found<Arc<dyn Definition>>>, tokio_postgres::Error>;
    /// A definition from its JSON form.
    ///
    /// # Errors
    /// The JSON is not what [`Definition::to_json`] wrote.
    fn read_json(&self, json: serde_json::Value) -> Result<Arc<dyn Definition>, serde_json::Error>;
    /// See [`Kind::create`].
    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &dyn Definition,
        pieces: &[Piece],
    ) -> Vec<Statement>;
    /// See [`Kind::drop`].
    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &dyn Definition) -> Vec<Statement>;
    /// See [`Kind::alter`].
    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &dyn Definition,
        new: &dyn Definition,
    ) -> Alteration;
    /// See [`Kind::fold`].
    fn fold(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition) -> Fold;
    /// See [`Kind::piece`].
    fn piece(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition, pieces: &[Piece]) -> Piece;
    /// See [`Kind::reaction`].
    fn reaction(&self, id: &ObjectId, old: &dyn Definition, on: &ObjectId, how: Disturbance) -> Reaction;
    /// See [`Kind::occupies`].
    fn occupies(&self, id: &ObjectId, definition: &dyn Definition) -> Vec<ObjectId>;
    /// See [`Kind::text`].
    fn text<'a>(&self, definition: &'a dyn Definition) -> Option<&'a str>;
    /// See [`Kind::rename`].
    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>>;
    /// See [`Kind::position`].
    fn position(&self, definition: &dyn Definition) -> Option<i32>;
    /// See [`Kind::holds_data`].
    fn holds_data(&self) -> bool;
    /// See [`Kind::has_privileges`].
    fn has_privileges(&self, definition: &dyn Definition) -> bool;
    /// See [`Kind::is_managed`].
    fn is_managed(&self, manage: Manage) -> bool;
    /// The fields of its definition that are recorded, but not compared.
    fn not_compared(&self) -> Vec<&'static str>;
}

fn typed<K: Kind>(definition: &dyn Definition) -> &K::Definition {
    definition
        .as_any()
        .downcast_ref()
        .unwrap_or_else(|| panic!("an object of kind `{}` has another kind's definition", K::NAME))
}

impl<K: Kind> AnyKind for K {
    fn name(&self) -> &'static str {
        K::NAME
    }

    fn query(&self, major: u32) -> Option<String> {
        Kind::query(self, major)
    }

    fn read(
        &self,
        row: &tokio_postgres::Row,
        names: &dyn Names,
    ) -> Result<Option<Found<Arc<dyn Definition>>>, tokio_postgres::Error> {
        Ok(Kind::read(self, &mut RowReader::new(row), names)?.map(|found| Found {
            address: found.address,
            id: found.id,
            parent: found.parent,
            definition: Arc::new(found.definition) as Arc<dyn Definition>,
            claims: found.claims,
        }))
    }

    fn read_json(&self, json: serde_json::Value) -> Result<Arc<dyn Definition>, serde_json::Error> {
        Ok(Arc::new(serde_json::from_value::<K::Definition>(json)?))
    }

    fn create(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        new: &dyn Definition,
        pieces: &[Piece],
    ) -> Vec<Statement> {
        Kind::create(self, cx, id, typed::<K>(new), pieces)
    }

    fn drop(&self, cx: &Context<'_>, id: &ObjectId, old: &dyn Definition) -> Vec<Statement> {
        Kind::drop(self, cx, id, typed::<K>(old))
    }

    fn alter(
        &self,
        cx: &Context<'_>,
        id: &ObjectId,
        old: &dyn Definition,
        new: &dyn Definition,
    ) -> Alteration {
        Kind::alter(self, cx, id, typed::<K>(old), typed::<K>(new))
    }

    fn fold(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition) -> Fold {
        Kind::fold(self, cx, id, typed::<K>(new))
    }

    fn piece(&self, cx: &Context<'_>, id: &ObjectId, new: &dyn Definition, pieces: &[Piece]) -> Piece {
        Kind::piece(self, cx, id, typed::<K>(new), pieces)
    }

    fn reaction(&self, id: &ObjectId, old: &dyn Definition, on: &ObjectId, how: Disturbance) -> Reaction {
        Kind::reaction(self, id, typed::<K>(old), on, how)
    }

    fn occupies(&self, id: &ObjectId, definition: &dyn Definition) -> Vec<ObjectId> {
        Kind::occupies(self, id, typed::<K>(definition))
    }

    fn text<'a>(&self, definition: &'a dyn Definition) -> Option<&'a str> {
        Kind::text(self, typed::<K>(definition))
    }

    fn rename(&self, from: &ObjectId, to: &ObjectId) -> Option<Vec<Statement>> {
        Kind::rename(self, from, to)
    }

    fn position(&self, definition: &dyn Definition) -> Option<i32> {
        Kind::position(self, typed::<K>(definition))
    }

    fn holds_data(&self) -> bool {
        Kind::holds_data(self)
    }

    fn has_privileges(&self, definition: &dyn Definition) -> bool {
        Kind::has_privileges(self, typed::<K>(definition))
    }

    fn is_managed(&self, manage: Manage) -> bool {
        Kind::is_managed(self, manage)
    }

    fn not_compared(&self) -> Vec<&'static str> {
        let wrapped = |(_, ty): &&(&str, &'static str)| ty.starts_with("NotCompared");
        K::Definition::fields().iter().filter(wrapped).map(|(field, _)| *field).collect()
    }
}
