//! The names of a graph: that each stands for one tensor, computed before it is
//! read, and which nodes the outputs depend on.
//!
//! A node that no output depends on is dropped before anything else is
//! asked of it: it has no say in the scores, whatever it computes.

use std::collections::{BTreeMap, BTreeSet};

use super::error::OnnxError;
use super::nodes::ml;
use super::proto::{FunctionProto, GraphProto, NodeProto, TensorProto};
use crate::model::graph::Problem;

/// Nodes in order: those of the model's graph, of a function or of a subgraph.
pub(super) struct Body<'a> {
    pub(super) nodes: &'a [NodeProto],
    pub(super) initializers: &'a [TensorProto],
    pub(super) inputs: Vec<&'a str>,
    /// The outputs that are asked for.
    pub(super) outputs: Vec<&'a str>,
}

impl<'a> Body<'a> {
    /// A graph, all of its outputs asked for.
    pub(super) fn graph(graph: &'a GraphProto) -> Self {
        Self {
            nodes: &graph.node,
            initializers: &graph.initializer,
            inputs: graph.input.iter().map(|info| info.name.as_str()).collect(),
            outputs: graph.output.iter().map(|info| info.name.as_str()).collect(),
        }
    }

    pub(super) fn function(function: &'a FunctionProto) -> Self {
        Self {
            nodes: &function.node,
            initializers: &[],
            inputs: function.input.iter().map(String::as_str).collect(),
            outputs: function.output.iter().map(String::as_str).collect(),
        }
    }

    /// How much there is to go through: names and attribute values, long names for more.
    pub(super) fn cost(&self) -> usize {
        let name = |name: &str| (name.len() >> 4).saturating_add(1);
        let mut cost = self.initializers.iter().fold(0usize, |cost, tensor| {
            cost.saturating_add(name(&tensor.name)).saturating_add(tensor.dims.len())
        });
        for node in self.nodes {
            cost = cost.saturating_add(name(&node.name)).saturating_add(name(&node.op_type));
            // Most nodes have neither; long ones are compared and repeated in messages.
            cost = cost.saturating_add(node.domain.len() >> 4);
            cost = cost.saturating_add(node.overload.len() >> 4);
            for own in node.input.iter().chain(&node.output) {
                cost = cost.saturating_add(name(own));
            }
            for attribute in &node.attribute {
                let values = [&attribute.name, &attribute.ref_attr_name].map(|own| name(own));
                cost = values.into_iter().fold(cost, usize::saturating_add);
                let lists = [attribute.ints.len(), attribute.floats.len(), attribute.strings.len()];
                let values = lists.into_iter().fold(0, usize::saturating_add);
                // Trees are long lists, each gone through once.
                let shift = if node.domain == ml::DOMAIN { 4 } else { 0 };
                cost = cost
                    .saturating_add(values >> shift)
                    .saturating_add(attribute.s.len() >> 4)
                    .saturating_add(attribute.g.as_deref().map_or(0, |g| Body::graph(g).cost()));
            }
        }
        let ends = self.inputs.iter().chain(&self.outputs);
        ends.fold(cost, |cost, own| cost.saturating_add(name(own)))
    }
}

/// What the outputs of a graph depend on.
pub(super) struct Live<'a> {
    /// For each node, whether an output depends on it.
    pub(super) nodes: Vec<bool>,
    /// The tensors that those nodes read, and the outputs.
    pub(super) read: BTreeSet<&'a str>,
    /// Every name of the graph.
    pub(super) names: BTreeSet<&'a str>,
}

/// The node's name, or its position and output if it has none.
pub(super) fn node_name(position: usize, node: &NodeProto) -> String {
    if !node.name.is_empty() {
        return node.name.clone();
    }
    let output = node.output.iter().find(|name| !name.is_empty()).map_or("", String::as_str);
    format!("#{} -> {output}", position.saturating_add(1))
}

/// Checks the names of a graph, then finds what its outputs depend on. `outside` tells the
/// names that may be read from around it.
pub(super) fn live<'a>(
    body: &Body<'a>,
    outside: &dyn Fn(&str) -> bool,
) -> Result<Live<'a>, OnnxError> {
    let names = check(body, outside)?;
    // An output that is not asked for has no name.
    let mut read: BTreeSet<&str> =
        body.outputs.iter().copied().filter(|name| !name.is_empty()).collect();
    let mut nodes = vec![false; body.nodes.len()];
    for (node, live) in body.nodes.iter().zip(&mut nodes).rev() {
        *live = node.output.iter().any(|name| !name.is_empty() && read.contains(name.as_str()));
        if *live {
            reads(node, &mut |name| {
                read.insert(name);
            });
        }
    }
    Ok(Live { nodes, read, names })
}

/// The names that a node reads, those that its subgraphs read from around them included.
fn reads<'a>(node: &'a NodeProto, see: &mut dyn FnMut(&'a str)) {
    node.input.iter().filter(|name| !name.is_empty()).for_each(|name| see(name));
    for graph in node.attribute.iter().filter_map(|attribute| attribute.g.as_deref()) {
        let mut own: BTreeSet<&str> = BTreeSet::new();
        own.extend(graph.initializer.iter().map(|tensor| tensor.name.as_str()));
        own.extend(graph.input.iter().map(|info| info.name.as_str()));
        own.extend(graph.node.iter().flat_map(|node| &node.output).map(String::as_str));
        let mut inner = |name: &'a str| {
            if !own.contains(name) {
                see(name);
            }
        };
        graph.node.iter().for_each(|node| reads(node, &mut inner));
        graph.output.iter().for_each(|info| inner(info.name.as_str()));
    }
}

/// All names, if each is defined once and read after that only.
pub(super) fn check<'a>(
    body: &Body<'a>,
    outside: &dyn Fn(&str) -> bool,
) -> Result<BTreeSet<&'a str>, OnnxError> {
    let mut names = BTreeSet::new();
    for tensor in body.initializers {
        let name = tensor.name.as_str();
        if name.is_empty() || outside(name) || !names.insert(name) {
            let problem = Problem::malformed("its name is empty or used twice");
            return Err(problem.in_tensor(name));
        }
    }
    let mut inputs = BTreeSet::new();
    for &name in &body.inputs {
        if name.is_empty() || outside(name) || !inputs.insert(name) {
            let problem = format!("the name of input `{name}` is empty or used twice");
            return Err(Problem::malformed(problem).in_model());
        }
    }
    // Before IR version 4 initializers were listed as inputs too.
    names.extend(inputs);
    let mut computed: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, node) in body.nodes.iter().enumerate() {
        let refuse = |problem: String| {
            Problem::malformed(problem).in_node(&node_name(position, node), &node.op_type)
        };
        let mut unknown = None;
        reads(node, &mut |name| {
            if !names.contains(name) && !computed.contains_key(name) && !outside(name) {
                unknown.get_or_insert(name);
            }
        });
        if let Some(input) = unknown {
            return Err(refuse(format!(
                "its input `{input}` is not computed by an earlier node (nodes must be in topological order, without cycles)"
            )));
        }
        let mut outputs = node.output.iter().filter(|name| !name.is_empty()).peekable();
        if outputs.peek().is_none() {
            return Err(refuse("its outputs have no name".to_owned()));
        }
        for output in outputs {
            if names.contains(output.as_str())
                || outside(output)
                || computed.insert(output.as_str(), position).is_some()
            {
                return Err(refuse(format!("its output `{output}` is computed twice")));
            }
        }
    }
    names.extend(computed.keys());
    Ok(names)
}
