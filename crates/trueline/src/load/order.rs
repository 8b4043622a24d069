//! An order in which statements are likely to load: the written one if nothing speaks against it,
//! else by what they name, and among the rest roughly in `pg_dump`'s order.
//!
//! A guess that saves time: [`super::run`] finds the order by trying where this one is wrong.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use super::head::{Head, TIER_EXTENSION, TIER_TABLE};
use super::item::{Item, Work};
use super::mention::{Edge, Strength, edges};

/// The statements to run, as indices, and what was found on the way.
#[derive(Debug, Default)]
pub(super) struct Order {
    pub run: Vec<usize>,
    /// Tables whose foreign keys are to be made when all tables are there.
    pub lift: BTreeSet<usize>,
    /// The tier of each item.
    pub tiers: Vec<u8>,
    pub edges: Vec<Edge>,
}

pub(super) fn order(items: &[Item<'_>]) -> Order {
    let (heads, edges) = edges(items);
    let tiers: Vec<_> = heads.iter().map(|head| head.tier).collect();
    let external = (0..items.len()).filter(|&item| items[item].work == Work::External);
    let mut order = Order { run: external.collect(), lift: BTreeSet::new(), tiers, edges: Vec::new() };
    // Nothing says what an extension brings: all of them come first.
    let (mut written, rest): (Vec<_>, Vec<_>) = (0..items.len())
        .filter(|&item| items[item].work == Work::Run)
        .partition(|&item| heads[item].tier <= TIER_EXTENSION);
    written.sort_by_key(|&item| heads[item].tier);
    written.extend(rest);
    if is_forward(&edges, &written, items.len()) {
        order.run.append(&mut written);
    } else {
        let mut sorting = Sorting::new(&heads, &edges, items.len());
        written.retain(|&item| sorting.missing[item] == 0);
        sorting.ready.extend(written.into_iter().map(|item| Reverse((heads[item].tier, item))));
        sorting.run(items, &mut order);
    }
    order.edges = edges;
    order
}

/// Whether this order has all that seems needed before what needs it.
fn is_forward(edges: &[Edge], order: &[usize], items: usize) -> bool {
    let mut place = vec![0; items];
    for (at, &item) in order.iter().enumerate() {
        place[item] = at;
    }
    edges.iter().all(|edge| place[edge.from] < place[edge.to])
}

struct Sorting<'a> {
    heads: &'a [Head<'a>],
    /// By the statement that is needed, and by the one that needs: indices into `edges`.
    outgoing: Vec<Vec<usize>>,
    incoming: Vec<Vec<usize>>,
    edges: &'a [Edge],
    is_dropped: Vec<bool>,
    is_done: Vec<bool>,
    /// How many statements each one still waits for.
    missing: Vec<usize>,
    ready: BinaryHeap<Reverse<(u8, usize)>>,
}

impl<'a> Sorting<'a> {
    fn new(heads: &'a [Head<'a>], edges: &'a [Edge], items: usize) -> Self {
        let mut outgoing = vec![Vec::new(); items];
        let mut incoming = vec![Vec::new(); items];
        let mut missing = vec![0; items];
        for (at, edge) in edges.iter().enumerate() {
            outgoing[edge.from].push(at);
            incoming[edge.to].push(at);
            missing[edge.to] += 1;
        }
        let is_dropped = vec![false; edges.len()];
        let ready = BinaryHeap::new();
        Self { heads, outgoing, incoming, edges, is_dropped, is_done: vec![false; items], missing, ready }
    }

    fn run(&mut self, items: &[Item<'_>], order: &mut Order) {
        let mut first_open = 0;
        loop {
            while let Some(Reverse((_, item))) = self.ready.pop() {
                self.is_done[item] = true;
                order.run.push(item);
                for at in std::mem::take(&mut self.outgoing[item]) {
                    if !self.is_dropped[at] {
                        self.satisfied(self.edges[at].to);
                    }
                }
            }
            while first_open < items.len()
                && (self.is_done[first_open] || items[first_open].work != Work::Run)
            {
                first_open += 1;
            }
            if first_open == items.len() {
                return;
            }
            let at = self.weakest_of_a_circle(first_open);
            let edge = self.edges[at];
            self.is_dropped[at] = true;
            if edge.strength == Strength::Reference {
                order.lift.insert(edge.to);
            }
            self.satisfied(edge.to);
        }
    }

    fn satisfied(&mut self, item: usize) {
        self.missing[item] -= 1;
        if self.missing[item] == 0 {
            self.ready.push(Reverse((self.heads[item].tier, item)));
        }
    }

    /// Walks from an open statement to one that it waits for, and on, until one comes again: on
    /// that circle, the edge that is least likely to be real.
    fn weakest_of_a_circle(&self, start: usize) -> usize {
        let mut path: Vec<usize> = Vec::new();
        let mut seen = vec![usize::MAX; self.is_done.len()];
        let mut item = start;
        while seen[item] == usize::MAX {
            seen[item] = path.len();
            let open = |at: &&usize| !self.is_dropped[**at] && !self.is_done[self.edges[**at].from];
            let next = self.incoming[item].iter().filter(open).max_by_key(|at| self.edges[**at].strength);
            let at = *next.expect("a statement that is not ready waits for one that is not done");
            path.push(at);
            item = self.edges[at].from;
        }
        let circle = path[seen[item]..].iter().copied();
        let cost = |at: &usize| {
            let edge = self.edges[*at];
            let is_backward = self.heads[edge.from].tier > self.heads[edge.to].tier;
            (edge.strength, !is_backward, edge.from < edge.to)
        };
        circle.min_by_key(cost).expect("a circle has edges")
    }
}

impl Order {
    /// Where in `run` the lifted foreign keys go: after the last table, key or index.
    pub fn end_of_tables(&self) -> usize {
        let is_table =
            |item: &usize| (TIER_TABLE..super::head::TIER_FOREIGN_KEY).contains(&self.tiers[*item]);
        self.run.iter().rposition(is_table).map_or(self.run.len(), |at| at + 1)
    }
}
