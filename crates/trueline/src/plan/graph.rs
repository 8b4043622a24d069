//! The graph of actions: what must come before what, and one stable sort.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::scope::Scope;
use super::{Action, Cycle};
use crate::catalog::{Catalog, ObjectId};
use crate::kinds::{Context, kind, rank};

mod hint;
mod inherit;

/// An action on an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Node {
    /// What happens.
    pub action: Action,
    /// To what.
    pub id: ObjectId,
}

/// Actions, the edges between them, and which of them are carried by one statement.
#[derive(Debug, Default)]
pub struct Graph {
    /// Every action.
    pub nodes: Vec<Node>,
    index: BTreeMap<(Action, ObjectId), usize>,
    before: Vec<BTreeSet<usize>>,
    after: Vec<BTreeSet<usize>>,
    group: Vec<usize>,
    members: Vec<Vec<usize>>,
}

/// The graph of all actions of `scope`.
pub fn build(cx: &Context<'_>, scope: &Scope) -> Graph {
    let mut graph = Graph::default();
    for (action, ids) in
        [(Action::Drop, &scope.drops), (Action::Alter, &scope.alters), (Action::Create, &scope.creates)]
    {
        for id in ids {
            graph.add(action, id);
        }
    }
    for node in graph.nodes.clone() {
        graph.connect(cx, scope, &node);
    }
    graph.inherit(cx);
    graph.keep_names_apart(cx, scope);
    graph.hint(cx);
    graph
}

impl Graph {
    fn add(&mut self, action: Action, id: &ObjectId) {
        let index = self.nodes.len();
        self.nodes.push(Node { action, id: id.clone() });
        self.index.insert((action, id.clone()), index);
        self.before.push(BTreeSet::new());
        self.after.push(BTreeSet::new());
        self.group.push(index);
        self.members.push(vec![index]);
    }

    /// The node of that action on that object.
    pub fn find(&self, action: Action, id: &ObjectId) -> Option<usize> {
        self.index.get(&(action, id.clone())).copied()
    }

    fn edge(&mut self, first: Option<usize>, then: Option<usize>) {
        if let (Some(first), Some(then)) = (first, then)
            && first != then
        {
            self.after[first].insert(then);
            self.before[then].insert(first);
        }
    }

    /// The nodes that alter an object: its own, and that of the object whose statements retype it.
    fn altered(&self, scope: &Scope, id: &ObjectId) -> Vec<usize> {
        let mut nodes = Vec::new();
        let mut seen = BTreeSet::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|id| seen.insert(*id)) {
            nodes.extend(self.find(Action::Alter, id));
            next = scope.retyped_by.get(id);
        }
        nodes
    }

    fn connect(&mut self, cx: &Context<'_>, scope: &Scope, node: &Node) {
        let here = self.find(node.action, &node.id);
        let id = &node.id;
        match node.action {
            Action::Drop => {
                for on in cx.current.dependencies(id) {
                    self.edge(here, self.find(Action::Drop, on));
                    for altered in self.altered(scope, on) {
                        self.edge(here, Some(altered));
                    }
                }
                self.edge(here, self.find(Action::Create, id));
            }
            Action::Create => {
                for on in cx.desired.dependencies(id) {
                    self.edge(self.find(Action::Create, on), here);
                    for altered in self.altered(scope, on) {
                        self.edge(Some(altered), here);
                    }
                }
            }
            Action::Alter => {
                for on in cx.desired.dependencies(id) {
                    self.edge(self.find(Action::Create, on), here);
                    self.edge(self.find(Action::Alter, on), here);
                }
                for on in cx.current.dependencies(id) {
                    self.edge(here, self.find(Action::Drop, on));
                    // What lets go of a type does so before that is exchanged.
                    if !cx.desired.dependencies(id).any(|kept| kept == on) {
                        self.edge(here, self.find(Action::Alter, on));
                    }
                }
            }
        }
    }

    /// What is dropped or altered gives its names up before another object takes them.
    fn keep_names_apart(&mut self, cx: &Context<'_>, scope: &Scope) {
        let names = |catalog: &Catalog, id: &ObjectId| {
            catalog
                .objects
                .get(id)
                .map_or(Vec::new(), |object| kind(id.kind).occupies(id, &*object.definition))
        };
        let mut given_up: BTreeMap<ObjectId, Vec<(Action, &ObjectId)>> = BTreeMap::new();
        for (action, ids) in [(Action::Drop, &scope.drops), (Action::Alter, &scope.alters)] {
            for id in ids {
                for name in names(cx.current, id) {
                    given_up.entry(name).or_default().push((action, id));
                }
            }
        }
        for (action, ids) in [(Action::Create, &scope.creates), (Action::Alter, &scope.alters)] {
            for id in ids {
                for (before, old) in
                    names(cx.desired, id).iter().filter_map(|name| given_up.get(name)).flatten()
                {
                    // An object that is altered and keeps its name is in nobody's way.
                    if *before == Action::Drop || *old != id {
                        self.edge(self.find(*before, old), self.find(action, id));
                    }
                }
            }
        }
    }

    /// The nodes of a group.
    pub fn members(&self, group: usize) -> impl Iterator<Item = &Node> {
        self.members[group].iter().map(|&node| &self.nodes[node])
    }

    /// The group that a node belongs to.
    pub fn group(&self, node: usize) -> usize {
        self.group[node]
    }

    /// Lets one statement carry `child` along with `into`, unless something would have to run between the two.
    pub fn merge(&mut self, child: usize, into: usize) -> bool {
        let (child, into) = (self.group[child], self.group[into]);
        if child == into {
            return true;
        }
        if self.passes_between(child, into, &self.after) || self.passes_between(child, into, &self.before) {
            return false;
        }
        let members = std::mem::take(&mut self.members[child]);
        for &member in &members {
            self.group[member] = into;
        }
        self.members[into].extend(members);
        true
    }

    /// Whether a path along `edges` leads from `from` to `to` by way of a third group.
    fn passes_between(&self, from: usize, to: usize, edges: &[BTreeSet<usize>]) -> bool {
        let neighbours = |group: usize| {
            self.members[group].iter().flat_map(|&member| &edges[member]).map(|&node| self.group[node])
        };
        let mut seen: BTreeSet<usize> = BTreeSet::from([from]);
        let mut stack: Vec<usize> =
            neighbours(from).filter(|&group| group != to && seen.insert(group)).collect();
        while let Some(group) = stack.pop() {
            for next in neighbours(group) {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    stack.push(next);
                }
            }
        }
        false
    }

    /// The groups that must come right before this one.
    pub fn predecessors(&self, group: usize) -> BTreeSet<usize> {
        let mut groups: BTreeSet<usize> = self.members[group]
            .iter()
            .flat_map(|&member| &self.before[member])
            .map(|&node| self.group[node])
            .collect();
        groups.remove(&group);
        groups
    }

    /// One order of all groups that respects every edge: the smallest key first among those that may come next.
    ///
    /// # Errors
    /// The edges form a circle.
    pub fn sort(&self, cx: &Context<'_>) -> Result<Vec<usize>, Cycle> {
        let heads: Vec<usize> = (0..self.nodes.len()).filter(|&node| self.group[node] == node).collect();
        let mut waiting: BTreeMap<usize, usize> = BTreeMap::new();
        let mut successors: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut ready = BinaryHeap::new();
        for &head in &heads {
            let predecessors = self.predecessors(head);
            for &predecessor in &predecessors {
                successors.entry(predecessor).or_default().push(head);
            }
            if predecessors.is_empty() {
                ready.push(Reverse((self.key(cx, head), head)));
            } else {
                waiting.insert(head, predecessors.len());
            }
        }
        let mut order = Vec::with_capacity(heads.len());
        while let Some(Reverse((_, head))) = ready.pop() {
            order.push(head);
            for &next in successors.get(&head).into_iter().flatten() {
                if let Some(count) = waiting.get_mut(&next) {
                    *count -= 1;
                    if *count == 0 {
                        waiting.remove(&next);
                        ready.push(Reverse((self.key(cx, next), next)));
                    }
                }
            }
        }
        if waiting.is_empty() { Ok(order) } else { Err(self.cycle(&waiting)) }
    }

    /// Names the members of one circle among what could not be sorted.
    fn cycle(&self, waiting: &BTreeMap<usize, usize>) -> Cycle {
        let mut path: Vec<usize> = Vec::new();
        let mut here = waiting.keys().next().copied();
        while let Some(group) = here {
            if let Some(start) = path.iter().position(|&seen| seen == group) {
                path.drain(..start);
                break;
            }
            path.push(group);
            here = self.predecessors(group).into_iter().find(|before| waiting.contains_key(before));
        }
        let name = |group: &usize| {
            let node = &self.nodes[*group];
            format!("{:?} {}", node.action, node.id).to_lowercase()
        };
        Cycle(path.iter().rev().map(name).collect())
    }

    /// What runs in a transaction before what does not (so that there are few segments), drops before
    /// the rest, then by the kind and name of the outermost object, so that what belongs together stands
    /// together, children in the order that they have in it.
    fn key(&self, cx: &Context<'_>, head: usize) -> impl Ord + use<> {
        let Node { action, id } = &self.nodes[head];
        let catalog = if *action == Action::Drop { cx.current } else { cx.desired };
        let mut root = id;
        while let Some(parent) = catalog
            .objects
            .get(root)
            .and_then(|object| object.parent.as_ref())
            .filter(|id| id.kind != "schema")
        {
            root = parent;
        }
        let object = catalog.objects.get(id);
        let position = object.and_then(|object| kind(id.kind).position(&*object.definition));
        let alone = super::statements::runs_alone(cx, &self.nodes[head]);
        let phase = u8::from(*action != Action::Drop);
        (alone, phase, rank(root.kind), root.clone(), rank(id.kind), position, id.clone())
    }
}
