//! Edges for what PostgreSQL copies to heirs and takes from them: no dependency is recorded for it.

use super::Action::{self, Alter, Create, Drop};
use super::Graph;
use crate::catalog::{Catalog, Links, ObjectId};
use crate::kinds::Context;

impl Graph {
    /// Adds the order that inheritance imposes.
    pub(super) fn inherit(&mut self, cx: &Context<'_>) {
        let pairs = |catalog: &Catalog, links: fn(&Catalog) -> &Links| -> Vec<(ObjectId, ObjectId)> {
            let all = links(catalog).iter();
            all.flat_map(|(id, on)| on.iter().map(|on| (id.clone(), on.clone()))).collect()
        };
        for (id, on) in pairs(cx.desired, |catalog| &catalog.kinship.needs) {
            if self.both(Create, cx.desired, &id, &on) {
                self.in_order(&[(Create, &id)], &[(Create, &on)]);
                continue;
            }
            self.in_order(&[(Create, &on), (Alter, &on)], &[(Create, &id), (Alter, &id)]);
        }
        for (id, on) in pairs(cx.current, |catalog| &catalog.kinship.needs) {
            if self.both(Drop, cx.current, &id, &on) {
                self.in_order(&[(Drop, &on)], &[(Drop, &id)]);
                continue;
            }
            self.in_order(&[(Drop, &id)], &[(Drop, &on), (Alter, &on)]);
        }
        for (id, on) in pairs(cx.desired, |catalog| &catalog.kinship.waits_for) {
            self.in_order(&[(Create, &on), (Alter, &on)], &[(Create, &id), (Alter, &id)]);
        }
        for (id, on) in pairs(cx.current, |catalog| &catalog.kinship.waits_for) {
            if !self.goes_whole(cx, &id) || !self.goes_whole(cx, &on) {
                self.in_order(&[(Drop, &on)], &[(Drop, &id), (Alter, &id)]);
            }
        }
        for (id, on) in pairs(cx.current, |catalog| &catalog.kinship.leaves_before) {
            if !self.goes_whole(cx, &id) {
                self.in_order(&[(Drop, &id)], &[(Drop, &on), (Alter, &on)]);
            }
        }
        self.fall(cx.current);
    }

    /// Whether this happens to a copy that its table owns and to what it is a copy of, but not to their tables.
    fn both(&self, action: Action, catalog: &Catalog, id: &ObjectId, on: &ObjectId) -> bool {
        let owns = catalog.kinship.owns.get(id).is_some_and(|owned| owned.contains(on));
        let happens = |id: &ObjectId| self.find(action, id).is_some();
        let stays = |id: &ObjectId| !happens(outermost(catalog, id));
        owns && happens(id) && happens(on) && stays(id) && stays(on)
    }

    /// Whether what it is a part of is dropped, too: then nothing is to be kept in between.
    fn goes_whole(&self, cx: &Context<'_>, id: &ObjectId) -> bool {
        let whole = cx.current.objects.get(id).and_then(|object| object.parent.as_ref());
        whole.is_some_and(|whole| self.find(Drop, whole).is_some())
    }

    /// What falls with another object is gone with its statement.
    fn fall(&mut self, catalog: &Catalog) {
        for (with, others) in &catalog.kinship.falls_with {
            for (id, unless) in others {
                if self.find(Drop, unless).is_none() {
                    self.edge(self.find(Drop, with), self.find(Drop, id));
                }
            }
        }
    }

    fn in_order(&mut self, first: &[(Action, &ObjectId)], then: &[(Action, &ObjectId)]) {
        for (action, id) in first {
            let first = self.find(*action, id);
            for (action, id) in then {
                self.edge(first, self.find(*action, id));
            }
        }
    }
}

/// What an object is part of in the end, below the schema.
fn outermost<'a>(catalog: &'a Catalog, id: &'a ObjectId) -> &'a ObjectId {
    let mut outermost = id;
    while let Some(whole) = catalog.objects.get(outermost).and_then(|object| object.parent.as_ref())
        && whole.kind != "schema"
    {
        outermost = whole;
    }
    outermost
}
