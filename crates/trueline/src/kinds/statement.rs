//! What kinds answer with: statements, alterations, and pieces of a parent's CREATE.

use std::collections::BTreeSet;

use crate::catalog::{Catalog, ObjectId, Relative};
use crate::hazard::{Hazard, HazardKind};

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

    /// The tables that a table inherits from before, after and in between.
    pub fn kept_parents(&self, table: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.kept(self.current.kinship.parents(table), self.desired.kinship.parents(table))
    }

    /// The tables that inherit from a table before, after and in between.
    pub fn kept_heirs(&self, table: &ObjectId) -> impl Iterator<Item = &ObjectId> {
        self.kept(self.current.kinship.heirs(table), self.desired.kinship.heirs(table))
    }

    fn kept<'a>(&self, before: &'a [Relative], after: &[Relative]) -> impl Iterator<Item = &'a ObjectId> {
        before
            .iter()
            .filter(|relative| after.contains(relative) && !self.is_new(&relative.by))
            .map(|relative| &relative.table)
    }

    /// `ONLY ` where a table has heirs, before or after, that its statements would reach.
    pub fn only(&self, table: &ObjectId) -> &'static str {
        let has_heirs = |catalog: &Catalog| !catalog.kinship.heirs(table).is_empty();
        if has_heirs(self.current) || has_heirs(self.desired) { "ONLY " } else { "" }
    }

    /// Whether the object goes and does not stay as it is: for good, or to be made anew.
    pub fn is_dropped(&self, id: &ObjectId) -> bool {
        self.current.objects.contains_key(id) && (self.is_new(id) || !self.desired.objects.contains_key(id))
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
    /// What stands instead where the parent is made as an heir and is given its copy of the child.
    pub copied: Option<Copied>,
}

/// The rest of a piece that is inherited.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Copied {
    /// The text; it may be empty.
    pub sql: String,
    /// What the text cannot say.
    pub then: Vec<Statement>,
}

impl Piece {
    /// A piece that is the same wherever it stands.
    pub fn new(order: (u8, i32), sql: impl Into<String>, then: Vec<Statement>) -> Self {
        Self { order, sql: sql.into(), then, copied: None }
    }
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
