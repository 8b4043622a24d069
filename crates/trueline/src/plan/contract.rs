//! Which actions need no statement of their own: what goes with its parent, and what fits into its
//! parent's CREATE.

use std::collections::BTreeMap;

use super::Action;
use super::graph::Graph;
use crate::kinds::{Context, Fold, kind, rank};

/// For each folded node, the node whose statement carries it.
pub type Folded = BTreeMap<usize, usize>;

/// Merges what one statement can carry.
pub fn contract(cx: &Context<'_>, graph: &mut Graph) -> Folded {
    let mut folded = Folded::new();
    drops(cx, graph, &mut folded);
    for when in [Fold::Early, Fold::Late] {
        creates(cx, graph, &mut folded, when);
    }
    folded
}

/// PostgreSQL drops what belongs to an object along with it.
fn drops(cx: &Context<'_>, graph: &mut Graph, folded: &mut Folded) {
    let mut nodes: Vec<usize> = of(graph, Action::Drop);
    // Innermost first, so that each finds its parent's group still small.
    nodes.sort_by_key(|&node| std::cmp::Reverse(rank(graph.nodes[node].id.kind)));
    // What stands in the way of one may be merged later, as a sequence is after its owner: so until no
    // more are merged.
    loop {
        let before = nodes.len();
        nodes.retain(|&node| match whole_of(cx, graph, node).find(|&whole| graph.merge(node, whole)) {
            Some(whole) => {
                folded.insert(node, whole);
                false
            }
            None => true,
        });
        if nodes.len() == before {
            break;
        }
    }
}

/// The drops that could carry this one.
fn whole_of(cx: &Context<'_>, graph: &Graph, node: usize) -> impl Iterator<Item = usize> + use<> {
    let id = &graph.nodes[node].id;
    let parent = cx.current.objects.get(id).and_then(|object| object.parent.as_ref());
    let others = cx.current.dropped_with.get(id).into_iter().flatten();
    let whole = parent.into_iter().chain(others).filter(|whole| whole.kind != "schema");
    let nodes: Vec<usize> = whole
        .filter_map(|whole| graph.find(Action::Drop, whole))
        .filter(|&whole| graph.group(whole) != graph.group(node))
        .collect();
    nodes.into_iter()
}

/// A child becomes part of its parent's CREATE, where nothing has to come in between.
fn creates(cx: &Context<'_>, graph: &mut Graph, folded: &mut Folded, when: Fold) {
    let mut nodes: Vec<usize> = of(graph, Action::Create);
    nodes.sort_by_key(|&node| rank(graph.nodes[node].id.kind));
    for node in nodes {
        let id = graph.nodes[node].id.clone();
        let Some(object) = cx.desired.objects.get(&id) else { continue };
        if kind(id.kind).fold(cx, &id, &*object.definition) != when {
            continue;
        }
        let parent = object.parent.as_ref().and_then(|parent| graph.find(Action::Create, parent));
        if let Some(parent) = parent
            && graph.merge(node, parent)
        {
            folded.insert(node, parent);
        }
    }
}

fn of(graph: &Graph, action: Action) -> Vec<usize> {
    (0..graph.nodes.len()).filter(|&node| graph.nodes[node].action == action).collect()
}
