//! Asks the kinds for their statements, in order, and says where a transaction must end.

use std::collections::BTreeSet;

use super::contract::Folded;
use super::graph::{Graph, Node};
use super::{Action, Step};
use crate::catalog::ObjectId;
use crate::hazard::{Hazard, HazardKind};
use crate::kinds::{Alteration, Context, Piece, Statement, kind};

/// The statements of all groups, in `order`.
pub fn statements(cx: &Context<'_>, graph: &Graph, folded: &Folded, order: &[usize]) -> Vec<Step> {
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for (&child, &parent) in folded {
        children[parent].push(child);
    }
    let mut steps = Vec::new();
    // Groups whose outcome nobody may use before it is committed, and is not yet.
    let mut uncommitted: BTreeSet<usize> = BTreeSet::new();
    for &group in order {
        let node = &graph.nodes[group];
        let mut own = of_node(cx, node, &pieces(cx, graph, &children, group));
        if let Some(first) = own.first_mut() {
            first.hazards.extend(lost_privileges(cx, graph, group));
        }
        if !uncommitted.is_empty() && !graph.predecessors(group).is_disjoint(&uncommitted) {
            uncommitted.clear();
            if let Some(first) = own.first_mut() {
                first.new_segment = true;
            }
        }
        if own.iter().any(|statement| statement.commit_before_use) {
            uncommitted.insert(group);
        }
        steps.extend(own.into_iter().map(|statement| Step {
            statement,
            action: node.action,
            object: node.id.clone(),
        }));
    }
    tidy_segments(&mut steps);
    steps
}

/// What a replaced object is granted is not granted again where privileges are not part of the catalog.
fn lost_privileges(cx: &Context<'_>, graph: &Graph, group: usize) -> Vec<Hazard> {
    if cx.desired.manage.privileges {
        return Vec::new();
    }
    let replaced = graph.members(group).filter(|node| node.action == Action::Drop && cx.is_new(&node.id));
    let has_privileges = |id: &ObjectId| {
        cx.current.objects.get(id).is_some_and(|object| kind(id.kind).has_privileges(&*object.definition))
    };
    replaced
        .filter(|node| has_privileges(&node.id))
        .map(|node| Hazard {
            kind: HazardKind::PrivilegesLost,
            object: node.id.clone(),
            effect: "it is made anew, without what was granted on it".into(),
        })
        .collect()
}

/// A statement outside any transaction ends and starts segments by itself.
fn tidy_segments(steps: &mut [Step]) {
    let mut fresh = true;
    for step in steps {
        let statement = &mut step.statement;
        statement.new_segment &= !fresh && statement.transactional;
        fresh = !statement.transactional;
    }
}

/// The statements of one node.
fn of_node(cx: &Context<'_>, node: &Node, pieces: &[Piece]) -> Vec<Statement> {
    let id = &node.id;
    let kind = kind(id.kind);
    let old = cx.current.objects.get(id).map(|object| &*object.definition);
    let new = cx.desired.objects.get(id).map(|object| &*object.definition);
    match (node.action, old, new) {
        (Action::Drop, Some(old), _) => kind.drop(cx, id, old),
        (Action::Create, _, Some(new)) => kind.create(cx, id, new, pieces),
        (Action::Alter, Some(old), Some(new)) => match kind.alter(cx, id, old, new) {
            Alteration::InPlace(statements) | Alteration::Disturbing(_, statements) => statements,
            Alteration::Replace => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Whether the node's own statements need more than a place in the running transaction.
pub fn runs_alone(cx: &Context<'_>, node: &Node) -> bool {
    of_node(cx, node, &[]).iter().any(|statement| !statement.transactional || statement.new_segment)
}

/// The pieces that are folded into a node, in their order, each with what is folded into it in turn.
fn pieces(cx: &Context<'_>, graph: &Graph, children: &[Vec<usize>], node: usize) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = children[node]
        .iter()
        .filter(|&&child| graph.nodes[child].action == Action::Create)
        .filter_map(|&child| {
            let id = &graph.nodes[child].id;
            let object = cx.desired.objects.get(id)?;
            let own = pieces(cx, graph, children, child);
            Some(kind(id.kind).piece(cx, id, &*object.definition, &own))
        })
        .collect();
    pieces.sort_by_key(|piece| piece.order);
    pieces
}
