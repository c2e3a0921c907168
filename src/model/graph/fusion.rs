//! Chains of elementwise operators as one function.
//!
//! Exporters spell functions out: SiLU is `x · sigmoid(x)`, GELU has an Erf or a Tanh among
//! four to eight other operators. Operator by operator each function costs a row an element,
//! and each product two. But all of them together are a function of one element, which
//! costs one.
//!
//! A *region* is a set of elementwise nodes with one result that read one tensor beside each
//! other and constants that are one number; what they compute inside, nothing else reads.
//! Of each result the largest region is taken, so the order in which a file lists its nodes
//! does not matter. Models of monotone functions and sums alone stay as they are.
//!
//! The judge's reader does the same, so this is part of what a model means: the function
//! computes what the nodes did, in the same order.

use std::collections::{BTreeMap, BTreeSet};

use super::function::{Binary, Formula, Function, MAX_STEPS, Place, Unary};
use super::op::{Activation, Affine, Op, Sum};
use super::{Graph, Node, TensorRef};

/// Most nodes of a region.
const MAX_NODES: usize = 64;
/// Most characters of the operators that a function is made of, for messages.
const MAX_OPERATORS: usize = 60;

/// The graph with each region as one node, as far as that saves rows. The nodes in `apart`
/// are left alone.
pub(crate) fn fused(graph: Graph, apart: &BTreeSet<TensorRef>) -> Graph {
    let chains = Chains::of(&graph, apart);
    // What becomes of each node: nothing, if it is inside a region.
    let mut becomes: BTreeMap<usize, Option<Node>> = BTreeMap::new();
    for index in (0..graph.nodes.len()).rev() {
        if becomes.contains_key(&index) {
            continue;
        }
        let Some(region) = chains.largest(index).map(|region| region.trimmed(&graph)) else {
            continue;
        };
        let Some(node) = region.node(&graph) else { continue };
        for inner in &region.nodes {
            becomes.insert(*inner, None);
        }
        becomes.insert(region.last, Some(node));
    }
    let mut places: BTreeMap<TensorRef, TensorRef> = BTreeMap::new();
    let place = |places: &BTreeMap<TensorRef, TensorRef>, tensor: TensorRef| {
        places.get(&tensor).copied().unwrap_or(tensor)
    };
    let Graph { input, nodes, output, classes, bytes } = graph;
    let mut kept: Vec<Node> = Vec::with_capacity(nodes.len());
    for (index, node) in nodes.into_iter().enumerate() {
        let Some(mut node) = becomes.remove(&index).unwrap_or(Some(node)) else { continue };
        node.inputs.iter_mut().for_each(|tensor| *tensor = place(&places, *tensor));
        places.insert(TensorRef::Node(index), TensorRef::Node(kept.len()));
        kept.push(node);
    }
    let output = place(&places, output);
    Graph { input, nodes: kept, output, classes, bytes }
}

/// What is needed of a graph to find regions.
struct Chains<'a> {
    graph: &'a Graph,
    /// Which nodes may be in a region.
    elementwise: Vec<bool>,
    /// How often each tensor is read.
    readers: BTreeMap<TensorRef, usize>,
}

impl<'a> Chains<'a> {
    fn of(graph: &'a Graph, apart: &BTreeSet<TensorRef>) -> Self {
        let of_one = |(index, node): (usize, &Node)| {
            !apart.contains(&TensorRef::Node(index)) && is_elementwise(graph, node)
        };
        let elementwise = graph.nodes.iter().enumerate().map(of_one).collect();
        let mut readers: BTreeMap<TensorRef, usize> = BTreeMap::new();
        for tensor in graph.nodes.iter().flat_map(|node| &node.inputs).chain([&graph.output]) {
            let count = readers.entry(*tensor).or_default();
            *count = count.saturating_add(1);
        }
        Self { graph, elementwise, readers }
    }

    /// The largest region that ends in a node.
    fn largest(&self, last: usize) -> Option<Region> {
        let mut nodes = BTreeSet::new();
        // What is read from outside, and how often from inside.
        let mut open: BTreeMap<TensorRef, usize> = BTreeMap::new();
        let mut found: Option<(TensorRef, usize)> = None;
        let mut next = last;
        loop {
            let tensor = TensorRef::Node(next);
            let inside = open.get(&tensor).copied();
            let private = next == last || self.readers.get(&tensor).copied() == inside;
            let (Some(true), true) = (self.elementwise.get(next), private) else { break };
            open.remove(&tensor);
            nodes.insert(next);
            for input in self.graph.nodes.get(next).iter().flat_map(|node| &node.inputs) {
                let count = open.entry(*input).or_default();
                *count = count.saturating_add(1);
            }
            if let (1, Some((source, _))) = (open.len(), open.first_key_value()) {
                found = Some((*source, nodes.len()));
            }
            // The last of them in the order of the graph: no other depends on it, so as long as
            // it is outside, nothing else can be the one tensor that is read.
            match open.last_key_value() {
                Some((TensorRef::Node(index), _)) if nodes.len() < MAX_NODES => next = *index,
                _ => break,
            }
        }
        // They were added from the last on.
        let (source, count) = found?;
        Some(Region { source, nodes: nodes.into_iter().rev().take(count).collect(), last })
    }
}

/// Elementwise nodes over one tensor.
struct Region {
    /// What they read.
    source: TensorRef,
    /// All of them.
    nodes: BTreeSet<usize>,
    /// The one whose result is read elsewhere.
    last: usize,
}

impl Region {
    /// The region without scales and offsets at its ends: those cost nothing as they are.
    fn trimmed(mut self, graph: &Graph) -> Self {
        let node = |index: usize| graph.nodes.get(index);
        while let Some(Node { op: Op::Affine(_), inputs, .. }) = node(self.last)
            && let Some(TensorRef::Node(before)) = inputs.first()
            && self.nodes.contains(before)
        {
            self.nodes.remove(&self.last);
            self.last = *before;
        }
        loop {
            let reads = |index: &&usize| {
                node(**index).is_some_and(|node| node.inputs.contains(&self.source))
            };
            let mut first = self.nodes.iter().filter(reads);
            let (Some(&index), None) = (first.next(), first.next()) else { return self };
            if index == self.last || !matches!(node(index), Some(Node { op: Op::Affine(_), .. })) {
                return self;
            }
            self.nodes.remove(&index);
            self.source = TensorRef::Node(index);
        }
    }

    /// The region as one node, if that saves rows.
    fn node(&self, graph: &Graph) -> Option<Node> {
        let nodes =
            || self.nodes.iter().filter_map(|index| Some((*index, graph.nodes.get(*index)?)));
        let count = |kind: fn(&Op) -> bool| nodes().filter(|(_, node)| kind(&node.op)).count();
        let functions = count(|op| matches!(op, Op::Function(_)));
        let steps = functions.saturating_add(count(|op| matches!(op, Op::Activation(_))));
        let sums = count(|op| matches!(op, Op::Sum(_)));
        let products = count(|op| matches!(op, Op::Product | Op::Gate));
        // Of two tensors, Max and Min are a sum with a relu in it.
        let spelled = count(|op| matches!(op, Op::Activation(_))) > 0
            && nodes().any(|(_, node)| matches!(node.operator.as_str(), "Max" | "Min"));
        // What is linear in comparisons costs nothing beside them.
        let asked = count(|op| matches!(op, Op::Function(function) if function.is_comparison()));
        let chain = (functions > asked || spelled) && (steps > 1 || sums > 0);
        let op = match self.clip(graph) {
            Some(clip) => Op::Activation(clip),
            None if products > 0 || chain => Op::Function(self.function(graph)?),
            None => return None,
        };
        let last = graph.nodes.get(self.last)?;
        let mut operators: Vec<&str> = nodes().map(|(_, node)| node.operator.as_str()).collect();
        operators.dedup();
        let operator = operators.join(", ").chars().take(MAX_OPERATORS).collect();
        Some(Node { operator, op, inputs: vec![self.source], ..last.clone() })
    }

    /// What the nodes compute, node by node in their order.
    fn function(&self, graph: &Graph) -> Option<Function> {
        let mut formula = Formula::new();
        let mut places = BTreeMap::from([(self.source, Formula::ARGUMENT)]);
        for index in &self.nodes {
            let node = graph.nodes.get(*index)?;
            let input = |at: usize| places.get(node.inputs.get(at)?).copied();
            let x = input(0)?;
            let place = match &node.op {
                Op::Affine(affine) => scaled(&mut formula, affine, x)?,
                Op::Sum(Sum { subtract }) => {
                    let sum = if *subtract { Binary::Subtract } else { Binary::Add };
                    formula.binary(sum, x, input(1)?)
                }
                Op::Product => formula.binary(Binary::Multiply, x, input(1)?),
                Op::Gate => formula.binary(Binary::Gate, x, input(1)?),
                Op::Activation(activation) => formula.unary(Unary::Activation(*activation), x),
                Op::Function(function) => formula.apply(function, x),
                _ => return None,
            };
            if formula.len() > MAX_STEPS {
                return None;
            }
            places.insert(TensorRef::Node(*index), place);
        }
        let value = places.get(&TensorRef::Node(self.last))?;
        Some(formula.finish(*value))
    }

    /// The bounds of a chain of clips, some of them spelled as Max and Min with a constant.
    fn clip(&self, graph: &Graph) -> Option<Activation> {
        let mut bounds = (f64::NEG_INFINITY, f64::INFINITY);
        let (mut count, mut spelled) = (0usize, false);
        for index in &self.nodes {
            let node = graph.nodes.get(*index)?;
            let (low, high) = match node.op {
                Op::Activation(Activation::Relu) => (0.0, f64::INFINITY),
                Op::Activation(Activation::Clip { low, high }) => (low, high),
                _ => return None,
            };
            bounds = (bounds.0.max(low).min(high), bounds.1.max(low).min(high));
            count = count.saturating_add(1);
            spelled |= matches!(node.operator.as_str(), "Max" | "Min");
        }
        let (low, high) = bounds;
        (count > 1 && spelled).then_some(Activation::Clip { low, high })
    }
}

/// Whether each element of a node's result depends on the same element of its inputs alone, and
/// in the same way for all elements.
fn is_elementwise(graph: &Graph, node: &Node) -> bool {
    let alike = || node.inputs.iter().all(|input| graph.shape(*input) == node.shape);
    match &node.op {
        Op::Affine(affine) => {
            affine.scale.number().is_some() && affine.offset.number().is_some() && alike()
        }
        Op::Sum(_) | Op::Product | Op::Gate => alike(),
        Op::Activation(_) | Op::Function(_) => true,
        _ => false,
    }
}

/// `scale · x + offset`, without what changes nothing.
fn scaled(formula: &mut Formula, affine: &Affine, x: Place) -> Option<Place> {
    let (scale, offset) = (affine.scale.number()?, affine.offset.number()?);
    let x = if scale == 1.0 { x } else { formula.with(Binary::Multiply, x, scale) };
    Some(if offset == 0.0 { x } else { formula.with(Binary::Add, x, offset) })
}
