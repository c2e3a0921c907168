//! The names of a graph: that each stands for one tensor, computed before it is
//! read, and which nodes the output depends on.
//!
//! A node that the output does not depend on is dropped before anything else is
//! asked of it: it has no say in the scores, whatever it computes.

use std::collections::{BTreeMap, BTreeSet};

use super::error::OnnxError;
use super::outputs::{self, Scores};
use super::proto::{GraphProto, NodeProto};
use crate::model::graph::Problem;

/// What the output of a graph depends on.
pub(super) struct Live<'a> {
    /// For each node, whether the output depends on it.
    pub(super) nodes: Vec<bool>,
    /// The tensors that those nodes read, and the output.
    pub(super) read: BTreeSet<&'a str>,
    /// Every name of the graph.
    pub(super) names: BTreeSet<&'a str>,
    /// The name of the scores.
    pub(super) output: &'a str,
    /// The ArgMax over them that is the model's own output.
    pub(super) arg_max: Option<&'a NodeProto>,
}

/// The node's name, or its position and output if it has none.
pub(super) fn node_name(position: usize, node: &NodeProto) -> String {
    if !node.name.is_empty() {
        return node.name.clone();
    }
    let output = node.output.iter().find(|name| !name.is_empty()).map_or("", String::as_str);
    format!("#{} -> {output}", position.saturating_add(1))
}

/// Checks the names of the whole graph, then finds what the output depends on.
pub(super) fn live(graph: &GraphProto) -> Result<Live<'_>, OnnxError> {
    let names = check(graph)?;
    let Scores { name: output, arg_max } = outputs::scores(graph)?;
    let mut read = BTreeSet::from([output]);
    let mut nodes = vec![false; graph.node.len()];
    for (node, live) in graph.node.iter().zip(&mut nodes).rev() {
        *live = node.output.iter().any(|name| !name.is_empty() && read.contains(name.as_str()));
        if *live {
            read.extend(node.input.iter().filter(|name| !name.is_empty()).map(String::as_str));
        }
    }
    Ok(Live { nodes, read, names, output, arg_max })
}

/// All names, if each is defined once and read after that only.
fn check(graph: &GraphProto) -> Result<BTreeSet<&str>, OnnxError> {
    let mut names = BTreeSet::new();
    for tensor in &graph.initializer {
        if tensor.name.is_empty() || !names.insert(tensor.name.as_str()) {
            let problem = Problem::malformed("its name is empty or used twice");
            return Err(problem.in_tensor(&tensor.name));
        }
    }
    let mut inputs = BTreeSet::new();
    for info in &graph.input {
        if info.name.is_empty() || !inputs.insert(info.name.as_str()) {
            let problem = format!("the name of input `{}` is empty or used twice", info.name);
            return Err(Problem::malformed(problem).in_model());
        }
    }
    // Before IR version 4 initializers were listed as inputs too.
    names.extend(inputs);
    let mut computed: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, node) in graph.node.iter().enumerate() {
        let refuse = |problem: String| {
            Problem::malformed(problem).in_node(&node_name(position, node), &node.op_type)
        };
        for input in node.input.iter().filter(|name| !name.is_empty()) {
            if !names.contains(input.as_str()) && !computed.contains_key(input.as_str()) {
                return Err(refuse(format!(
                    "its input `{input}` is not computed by an earlier node (nodes must be in topological order, without cycles)"
                )));
            }
        }
        let mut outputs = node.output.iter().filter(|name| !name.is_empty()).peekable();
        if outputs.peek().is_none() {
            return Err(refuse("its outputs have no name".to_owned()));
        }
        for output in outputs {
            if names.contains(output.as_str())
                || computed.insert(output.as_str(), position).is_some()
            {
                return Err(refuse(format!("its output `{output}` is computed twice")));
            }
        }
    }
    names.extend(computed.keys());
    Ok(names)
}
