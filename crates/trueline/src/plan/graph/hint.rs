//! Soft edges: names in bodies that PostgreSQL does not resolve until they run. They order where they
//! can, and are the first to go where edges run in a circle; correctness never rests on them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Action, Graph};
use crate::catalog::ObjectId;
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
        for (index, node) in self.nodes.iter().enumerate().filter(|(_, node)| node.action != Action::Drop) {
            for named in cx.desired.mentions.get(&node.id).into_iter().flatten() {
                let whole = [Action::Create, Action::Alter].map(|action| self.find(action, named));
                let parts = columns.get(named).into_iter().flatten().copied();
                edges.extend(whole.into_iter().flatten().chain(parts).map(|first| (first, index)));
            }
        }
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
