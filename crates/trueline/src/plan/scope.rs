//! Which objects a plan touches: the changes, and whatever they disturb.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::catalog::{Catalog, Object, ObjectId};
use crate::diff::Change;
use crate::kinds::{Alteration, Context, Disturbance, Reaction, kind};

/// The objects that a plan touches.
#[derive(Debug, Default)]
pub struct Scope {
    /// Made; with [`Scope::drops`]: replaced.
    pub creates: BTreeSet<ObjectId>,
    /// Removed.
    pub drops: BTreeSet<ObjectId>,
    /// Altered in place.
    pub alters: BTreeSet<ObjectId>,
    /// Not touched by a statement of their own, but retyped by that of another object.
    pub retyped_by: BTreeMap<ObjectId, ObjectId>,
}

struct Walk<'a> {
    current: &'a Catalog,
    desired: &'a Catalog,
    dependents: BTreeMap<&'a ObjectId, BTreeSet<&'a ObjectId>>,
    scope: Scope,
    queue: VecDeque<(ObjectId, Disturbance)>,
}

/// The scope of `changes`.
pub fn scope(current: &Catalog, desired: &Catalog, changes: &[Change]) -> Scope {
    let mut dependents = current.dependents();
    for (id, with) in &current.dropped_with {
        for target in with {
            dependents.entry(target).or_default().insert(id);
        }
    }
    let mut walk = Walk { current, desired, dependents, scope: Scope::default(), queue: VecDeque::new() };
    for change in changes {
        match change {
            Change::Create(id) => {
                walk.scope.creates.insert(id.clone());
            }
            Change::Drop(id) => {
                walk.scope.drops.insert(id.clone());
                walk.queue.push_back((id.clone(), Disturbance::Replaced));
            }
            Change::Alter(id) => walk.alter(id),
        }
    }
    walk.move_parts();
    while !walk.queue.is_empty() {
        while let Some((id, how)) = walk.queue.pop_front() {
            walk.disturb(&id, how);
        }
        walk.rise();
    }
    walk.scope
}

impl Walk<'_> {
    fn alter(&mut self, id: &ObjectId) {
        let nothing = BTreeSet::new();
        let cx = Context { current: self.current, desired: self.desired, created: &nothing };
        let (old, new) = (&self.current.objects[id], &self.desired.objects[id]);
        match kind(id.kind).alter(&cx, id, &*old.definition, &*new.definition) {
            Alteration::InPlace(_) => {
                self.scope.alters.insert(id.clone());
            }
            Alteration::Disturbing(how, _) => {
                self.scope.alters.insert(id.clone());
                self.queue.push_back((id.clone(), how));
            }
            Alteration::Replace => self.replace(id),
        }
    }

    fn replace(&mut self, id: &ObjectId) {
        self.scope.alters.remove(id);
        self.scope.drops.insert(id.clone());
        self.scope.creates.insert(id.clone());
        self.queue.push_back((id.clone(), Disturbance::Replaced));
    }

    /// What is part of an object of another kind than before goes with the one and comes with the other.
    fn move_parts(&mut self) {
        for (id, old) in &self.current.objects {
            let kind_of = |object: &Object| object.parent.as_ref().map(|parent| parent.kind);
            let moves = self.desired.objects.get(id).is_some_and(|new| kind_of(new) != kind_of(old));
            if moves && !self.scope.drops.contains(id) {
                self.replace(id);
            }
        }
    }

    /// Whether something else has its name afterwards, with arguments that begin as its own do or the other way round.
    fn is_ambiguous(&self, gone: &ObjectId) -> bool {
        let Some(old) = &gone.signature else { return false };
        let first = ObjectId { signature: None, ..gone.clone() };
        let namesakes = self.desired.objects.range(first..);
        let mut namesakes =
            namesakes.map(|(id, _)| id).take_while(|id| (id.kind, &id.path) == (gone.kind, &gone.path));
        let extends = |long: &str, short: &str| {
            let short = short.trim_end_matches(')');
            long.strip_prefix(short).is_some_and(|rest| short == "(" || rest.starts_with(','))
        };
        namesakes.any(|id| id.signature.as_ref().is_some_and(|new| extends(new, old) || extends(old, new)))
    }

    /// What falls with another object cannot be dropped without it.
    fn rise(&mut self) {
        let mut wholes = BTreeSet::new();
        for (with, falling) in &self.current.kinship.falls_with {
            let is_kept = self.desired.objects.contains_key(with) && !self.scope.drops.contains(with);
            let drops = &self.scope.drops;
            if is_kept && falling.iter().any(|(id, unless)| drops.contains(id) && !drops.contains(unless)) {
                wholes.insert(with.clone());
            }
        }
        for whole in wholes {
            self.replace(&whole);
        }
    }

    fn disturb(&mut self, on: &ObjectId, how: Disturbance) {
        let dropped_for_good = !self.desired.objects.contains_key(on);
        let mut dependents: Vec<ObjectId> =
            self.dependents.get(on).into_iter().flatten().map(|id| (*id).clone()).collect();
        let falling = self.current.kinship.falls_with.get(on).into_iter().flatten();
        let falling = falling.filter(|(_, unless)| !self.scope.drops.contains(unless));
        dependents.extend(falling.map(|(id, _)| id.clone()));
        for id in dependents {
            // What changes in place no longer needs an object that goes for good, unless it is part of that, or a call
            // of that would be ambiguous besides its namesake.
            let is_part = self.current.objects[&id].parent.as_ref() == Some(on);
            let settled = dropped_for_good && self.scope.alters.contains(&id);
            let settled = settled && !is_part && !(dropped_for_good && self.is_ambiguous(on));
            if self.scope.drops.contains(&id) || settled || !self.desired.objects.contains_key(&id) {
                continue;
            }
            let old = &self.current.objects[&id].definition;
            match kind(id.kind).reaction(&id, &**old, on, how) {
                Reaction::Keep => {}
                Reaction::Replace => self.replace(&id),
                Reaction::Retyped => {
                    if self.scope.retyped_by.insert(id.clone(), on.clone()).is_none() {
                        self.queue.push_back((id, Disturbance::Retyped));
                    }
                }
            }
        }
    }
}
