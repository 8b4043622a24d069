//! What ties objects together besides dependencies: inheritance, and the order that it imposes.
//!
//! PostgreSQL copies much of a table to the tables that inherit from it, and takes it away again, without
//! recording that one depends on the other. The kinds know what is copied and when; here it is only
//! remembered.

use std::collections::{BTreeMap, BTreeSet};

use super::ObjectId;

/// From objects to other objects.
pub type Links = BTreeMap<ObjectId, BTreeSet<ObjectId>>;

/// One fact, as a kind tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first is made and altered after the second, and dropped before it.
    Needs(ObjectId, ObjectId),
    /// Whatever happens to the first happens after what happens to the second.
    WaitsFor(ObjectId, ObjectId),
    /// The first is dropped before anything happens to the second.
    LeavesBefore(ObjectId, ObjectId),
    /// If both are dropped, then the first before the second, where nothing else speaks against it.
    DroppedBefore(ObjectId, ObjectId),
    /// PostgreSQL makes the first by itself when it makes the second; so the first waits for the second.
    MadeWith(ObjectId, ObjectId),
    /// The first is dropped with the second, unless the third is dropped before.
    FallsWith(ObjectId, ObjectId, ObjectId),
    /// The first is a copy of the second, and its table's own besides: where both come to tables that stay, it comes
    /// first, and where both go, it goes last.
    Owns(ObjectId, ObjectId),
    /// What inherits from this one is given its copy of it by hand.
    Apart(ObjectId),
    /// The first inherits from the second, by way of the third.
    Inherits(ObjectId, ObjectId, ObjectId),
}

/// A table on the other side of an inheritance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Relative {
    /// The table.
    pub table: ObjectId,
    /// The object that ties the two.
    pub by: ObjectId,
}

/// Everything that the kinds told.
#[derive(Clone, Debug, Default)]
pub struct Kinship {
    /// See [`Order::Needs`].
    pub needs: Links,
    /// See [`Order::WaitsFor`].
    pub waits_for: Links,
    /// See [`Order::LeavesBefore`].
    pub leaves_before: Links,
    /// See [`Order::DroppedBefore`].
    pub dropped_before: Links,
    /// See [`Order::MadeWith`].
    pub made_with: Links,
    /// See [`Order::Owns`].
    pub owns: Links,
    /// See [`Order::FallsWith`]: by the second, the first and the third.
    pub falls_with: BTreeMap<ObjectId, Vec<(ObjectId, ObjectId)>>,
    /// See [`Order::Apart`].
    pub apart: BTreeSet<ObjectId>,
    parents: BTreeMap<ObjectId, Vec<Relative>>,
    heirs: BTreeMap<ObjectId, Vec<Relative>>,
}

impl Kinship {
    /// Remembers one fact.
    pub fn add(&mut self, order: Order) {
        let (edges, from, to) = match order {
            Order::Needs(id, on) => (&mut self.needs, id, on),
            Order::WaitsFor(id, on) => (&mut self.waits_for, id, on),
            Order::LeavesBefore(id, on) => (&mut self.leaves_before, id, on),
            Order::DroppedBefore(id, on) => (&mut self.dropped_before, id, on),
            Order::MadeWith(id, on) => {
                self.add(Order::WaitsFor(id.clone(), on.clone()));
                (&mut self.made_with, id, on)
            }
            Order::Owns(id, on) => (&mut self.owns, id, on),
            Order::FallsWith(id, with, unless) => {
                self.falls_with.entry(with).or_default().push((id, unless));
                return;
            }
            Order::Apart(id) => {
                self.apart.insert(id);
                return;
            }
            Order::Inherits(heir, parent, by) => {
                let relative = |table: &ObjectId| Relative { table: table.clone(), by: by.clone() };
                self.parents.entry(heir.clone()).or_default().push(relative(&parent));
                self.heirs.entry(parent).or_default().push(relative(&heir));
                return;
            }
        };
        edges.entry(from).or_default().insert(to);
    }

    /// The tables that a table inherits from.
    pub fn parents(&self, table: &ObjectId) -> &[Relative] {
        self.parents.get(table).map_or(&[], Vec::as_slice)
    }

    /// The tables that inherit from a table.
    pub fn heirs(&self, table: &ObjectId) -> &[Relative] {
        self.heirs.get(table).map_or(&[], Vec::as_slice)
    }

    /// Every table that inherits, with those that it inherits from.
    pub fn inheriting(&self) -> impl Iterator<Item = (&ObjectId, &[Relative])> {
        self.parents.iter().map(|(heir, parents)| (heir, parents.as_slice()))
    }

    /// Drops what is about objects that are gone.
    pub fn forget(&mut self, gone: &BTreeSet<ObjectId>) {
        for edges in [
            &mut self.needs,
            &mut self.waits_for,
            &mut self.leaves_before,
            &mut self.dropped_before,
            &mut self.made_with,
            &mut self.owns,
        ] {
            forget(edges, gone);
        }
        self.falls_with.retain(|with, others| {
            others.retain(|(id, unless)| !gone.contains(id) && !gone.contains(unless));
            !gone.contains(with) && !others.is_empty()
        });
        self.apart.retain(|id| !gone.contains(id));
        for relatives in [&mut self.parents, &mut self.heirs] {
            relatives.retain(|id, others| {
                others.retain(|other| !gone.contains(&other.table) && !gone.contains(&other.by));
                !gone.contains(id) && !others.is_empty()
            });
        }
    }
}

/// Drops the edges from and to what is gone.
pub fn forget(edges: &mut Links, gone: &BTreeSet<ObjectId>) {
    edges.retain(|id, on| {
        on.retain(|target| !gone.contains(target));
        !gone.contains(id) && !on.is_empty()
    });
}
