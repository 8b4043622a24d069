//! Soft edges: names in bodies that PostgreSQL does not resolve until they run, and order that only some rows ask for.
//! They order where they can, and are the first to go where edges run in a circle; correctness never rests on them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Graph, Node};
use crate::catalog::{Catalog, ObjectId};
use crate::kinds::{Context, kind};

impl Graph {
    /// Lets what a body names come before it, and the columns of what it names, too.
    pub(super) fn hint(&mut self, cx: &Context<'_>) {
        let mut columns: BTreeMap<&ObjectId, Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.action != Action::Drop) {
            let object = cx.desired.objects.get(&node.id);
            if let Some(parent) = object.and_then(|object| object.parent.as_ref())
                && kind(node.id.kind).holds_data()
            {
                columns.entry(parent).or_default().push(index);
            }
        }
        let mut edges = Vec::new();
        let run = self.run_by(cx.desired);
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.action != Action::Drop) {
            let named = cx.desired.mentions.get(&node.id).into_iter().flatten();
            for named in named.chain(run.get(&index).into_iter().flatten().copied()) {
                let whole = [Action::Create, Action::Alter].map(|action| self.find(action, named));
                let parts = columns.get(named).into_iter().flatten().copied();
                edges.extend(whole.into_iter().flatten().chain(parts).map(|first| (first, index)));
            }
        }
        edges.extend(self.overloads(cx));
        edges.extend(self.dropped_before(cx.current));
        edges.retain(|(first, then)| first != then && !self.after[*first].contains(then));
        let doubtful = self.in_circles(&edges);
        let (open, settled): (Vec<_>, Vec<_>) =
            edges.into_iter().partition(|(first, then)| doubtful.contains(first) && doubtful.contains(then));
        for (first, then) in settled {
            self.edge(Some(first), Some(then));
        }
        for (first, then) in open {
            if !self.reaches(then, first, &doubtful) {
                self.edge(Some(first), Some(then));
            }
        }
    }

    /// What goes does so before another of its name comes, with other arguments: a call that fits both is
    /// ambiguous.
    fn overloads(&self, cx: &Context<'_>) -> Vec<(usize, usize)> {
        let names = |catalog: &Catalog, node: &Node| -> Vec<ObjectId> {
            let object = catalog.objects.get(&node.id);
            let names = object.map(|object| kind(node.id.kind).occupies(&node.id, &*object.definition));
            let overloaded = names.into_iter().flatten().filter(|name| name.signature.is_some());
            overloaded.map(|name| ObjectId { signature: None, ..name }).collect()
        };
        let mut gone: BTreeMap<ObjectId, Vec<usize>> = BTreeMap::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.action == Action::Drop) {
            for name in names(cx.current, node) {
                gone.entry(name).or_default().push(index);
            }
        }
        let mut edges = Vec::new();
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.action != Action::Drop) {
            let before = names(cx.desired, node).into_iter().filter_map(|name| gone.get(&name)).flatten();
            edges.extend(before.map(|&before| (before, index)));
        }
        edges
    }

    /// See [`Order::DroppedBefore`](crate::catalog::Order::DroppedBefore).
    fn dropped_before(&self, current: &Catalog) -> Vec<(usize, usize)> {
        let drop = |id| self.find(Action::Drop, id);
        let pairs = current.kinship.dropped_before.iter();
        let pairs = pairs.flat_map(|(id, others)| others.iter().map(move |on| (id, on)));
        pairs.filter_map(|(id, on)| Some((drop(id)?, drop(on)?))).collect()
    }

    fn is_changed(&self, id: &ObjectId) -> bool {
        [Action::Create, Action::Alter].into_iter().any(|action| self.find(action, id).is_some())
    }

    /// Making an object may run bodies that stay as they are, such as that of a domain's CHECK for a new
    /// column's default: for each node what is new or altered in such bodies, and in those that they name.
    fn run_by<'a>(&self, desired: &'a Catalog) -> BTreeMap<usize, BTreeSet<&'a ObjectId>> {
        let stays = |id: &ObjectId| !self.is_changed(id);
        let mut bodies: BTreeMap<&ObjectId, BTreeSet<&ObjectId>> = BTreeMap::new();
        for id in desired.mentions.keys().filter(|id| stays(id)) {
            let next = |id: &ObjectId| desired.mentions.get(id).into_iter().flatten().collect();
            let named = reachable(id, next, stays).into_iter().filter(|id| !stays(id)).collect();
            bodies.insert(id, named);
        }
        bodies.retain(|_, named| !named.is_empty());
        if bodies.is_empty() {
            return BTreeMap::new();
        }
        let mut children: BTreeMap<&ObjectId, Vec<&ObjectId>> = BTreeMap::new();
        for (id, object) in &desired.objects {
            if let Some(parent) = object.parent.as_ref().filter(|parent| parent.kind != "schema") {
                children.entry(parent).or_default().push(id);
            }
        }
        let next = |id: &ObjectId| {
            let parts = children.get(id).into_iter().flatten().copied();
            desired.depends_on.get(id).into_iter().flatten().chain(parts).collect()
        };
        let changed = self.nodes.iter().enumerate().filter(|(_, node)| node.action != Action::Drop);
        changed
            .filter_map(|(index, node)| Some((index, desired.objects.get_key_value(&node.id)?.0)))
            .map(|(index, id)| {
                let used = reachable(id, next, stays);
                (index, used.into_iter().filter_map(|id| bodies.get(id)).flatten().copied().collect())
            })
            .collect()
    }

    /// The nodes that may be in a circle once `more` edges are there: what is left when those without
    /// predecessors, and then those without successors, are taken away again and again.
    fn in_circles(&self, more: &[(usize, usize)]) -> BTreeSet<usize> {
        let mut left: BTreeSet<usize> = (0..self.nodes.len()).collect();
        for (from, reversed) in [(&self.before, false), (&self.after, true)] {
            let mut count: Vec<usize> = vec![0; self.nodes.len()];
            let mut onward: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
            let own = left.iter().flat_map(|&node| from[node].iter().map(move |&other| (other, node)));
            let added =
                more.iter().map(|&(first, then)| if reversed { (then, first) } else { (first, then) });
            for (first, then) in own.chain(added).filter(|(a, b)| left.contains(a) && left.contains(b)) {
                count[then] += 1;
                onward[first].push(then);
            }
            let mut free: Vec<usize> = left.iter().copied().filter(|&node| count[node] == 0).collect();
            while let Some(node) = free.pop() {
                left.remove(&node);
                for &next in &onward[node] {
                    count[next] -= 1;
                    if count[next] == 0 {
                        free.push(next);
                    }
                }
            }
        }
        left
    }

    /// Whether edges within `among` lead from one node to the other.
    fn reaches(&self, from: usize, to: usize, among: &BTreeSet<usize>) -> bool {
        let mut seen = BTreeSet::from([from]);
        let mut stack = vec![from];
        while let Some(node) = stack.pop() {
            if node == to {
                return true;
            }
            stack.extend(self.after[node].iter().filter(|&next| among.contains(next) && seen.insert(*next)));
        }
        false
    }
}

/// What `next` leads to from an object, by way of those that `through` accepts.
fn reachable<'a>(
    from: &'a ObjectId,
    next: impl Fn(&ObjectId) -> Vec<&'a ObjectId>,
    through: impl Fn(&ObjectId) -> bool,
) -> BTreeSet<&'a ObjectId> {
    let mut found = BTreeSet::new();
    let mut stack = next(from);
    while let Some(id) = stack.pop() {
        if found.insert(id) && through(id) {
            stack.extend(next(id));
        }
    }
    found
}
