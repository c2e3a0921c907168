//! What exporters spell out and the compiler has one node for: softmaxes, their masks and
//! normalisations.
//!
//! The judge's reader does the same, so this is part of what a model means. Nodes are changed in
//! their places, and those that nothing reads any more are dropped at the end.

use std::collections::BTreeMap;

use super::op::Op;
use super::{Graph, Node, TensorRef, masks, normalised, shares, standardised};

/// The graph with its softmaxes, masks and normalisations recognised, and where its tensors are now.
pub(crate) fn recognised(mut graph: Graph) -> (Graph, BTreeMap<TensorRef, TensorRef>) {
    let mut changed = standardised::recognise(&mut graph);
    changed |= shares::recognise(&mut graph);
    changed |= masks::recognise(&mut graph);
    changed |= normalised::recognise(&mut graph);
    if changed { swept(graph) } else { (graph, BTreeMap::new()) }
}

/// The graph without nodes that the output does not depend on.
fn swept(graph: Graph) -> (Graph, BTreeMap<TensorRef, TensorRef>) {
    let Graph { input, nodes, output, classes, bytes } = graph;
    let mut needed = vec![false; nodes.len()];
    let mut open = vec![output];
    while let Some(tensor) = open.pop() {
        if let TensorRef::Node(index) = tensor
            && let (Some(slot), Some(node)) = (needed.get_mut(index), nodes.get(index))
            && !std::mem::replace(slot, true)
        {
            open.extend(&node.inputs);
        }
    }
    let mut places: BTreeMap<TensorRef, TensorRef> = BTreeMap::new();
    let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
    for (index, (mut node, needed)) in nodes.into_iter().zip(needed).enumerate() {
        if needed {
            let place = |tensor: &TensorRef| places.get(tensor).copied().unwrap_or(*tensor);
            node.inputs = node.inputs.iter().map(place).collect();
            places.insert(TensorRef::Node(index), TensorRef::Node(kept.len()));
            kept.push(node);
        }
    }
    let output = places.get(&output).copied().unwrap_or(output);
    (Graph { input, nodes: kept, output, classes, bytes }, places)
}

impl Graph {
    /// The node that computes a tensor.
    pub(super) fn node(&self, tensor: TensorRef) -> Option<&Node> {
        match tensor {
            TensorRef::Input => None,
            TensorRef::Node(index) => self.nodes.get(index),
        }
    }

    /// The tensor that a node reads, if it reads one alone.
    pub(super) fn source(&self, tensor: TensorRef) -> Option<TensorRef> {
        match self.node(tensor)?.inputs.as_slice() {
            [only] => Some(*only),
            _ => None,
        }
    }

    /// Makes another node of each that `find` finds to be one, which reads one tensor; whether
    /// there was any.
    pub(super) fn replace(
        &mut self,
        find: impl Fn(&Self, usize) -> Option<(Op, TensorRef)>,
    ) -> bool {
        let mut any = false;
        for index in 0..self.nodes.len() {
            if let Some((op, source)) = find(self, index)
                && let Some(node) = self.nodes.get_mut(index)
            {
                node.op = op;
                node.inputs = vec![source];
                any = true;
            }
        }
        any
    }
}
