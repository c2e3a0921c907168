//! In which order nodes are gone through: those that make constants directly before the first
//! that reads what they make.
//!
//! Exporters write the decoding of all weights first. In that order the weights of all layers
//! would be held at once as numbers; in this one those of a layer are gone before the next come.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Body, Live};

/// The nodes that count, as they stand.
pub(super) fn as_written(body: &Body<'_>, live: &Live<'_>) -> Vec<usize> {
    (0..body.nodes.len()).filter(|at| live.nodes.get(*at) == Some(&true)).collect()
}

/// The nodes that count, each before those that read it, constants as late as can be.
pub(super) fn constants_late(body: &Body<'_>, live: &Live<'_>) -> Vec<usize> {
    let initializers = body.initializers.iter().map(|tensor| tensor.name.as_str());
    let mut late = Late { constants: initializers.collect(), ..Late::default() };
    let mut order = Vec::new();
    for at in as_written(body, live) {
        if !late.waits(at, body) {
            late.settle(at, body, &mut order);
        }
    }
    for output in &body.outputs {
        if let Some(at) = late.makers.get(output).copied() {
            late.settle(at, body, &mut order);
        }
    }
    order
}

/// What is put off.
#[derive(Default)]
struct Late<'a> {
    constants: BTreeSet<&'a str>,
    /// Which node makes a constant.
    makers: BTreeMap<&'a str, usize>,
    /// Nodes that have their place.
    settled: BTreeSet<usize>,
}

impl<'a> Late<'a> {
    /// Whether a node makes constants, which is noted.
    fn waits(&mut self, at: usize, body: &Body<'a>) -> bool {
        let Some(node) = body.nodes.get(at) else { return false };
        let known = |name: &String| name.is_empty() || self.constants.contains(name.as_str());
        let waits = node.input.iter().all(known);
        if waits {
            for name in node.output.iter().filter(|name| !name.is_empty()) {
                self.constants.insert(name);
                self.makers.insert(name, at);
            }
        }
        waits
    }

    /// Adds a node if it is not there yet, and before it what it reads of those that wait.
    fn settle(&mut self, at: usize, body: &Body<'a>, order: &mut Vec<usize>) {
        // A node is seen twice: what it reads is put before it, then it is added.
        let mut open = vec![(at, false)];
        while let Some((at, ready)) = open.pop() {
            let Some(node) = body.nodes.get(at) else { continue };
            if ready {
                order.push(at);
            } else if self.settled.insert(at) {
                open.push((at, true));
                let makers = node.input.iter().rev();
                let makers = makers.filter_map(|name| self.makers.get(name.as_str()));
                open.extend(makers.map(|at| (*at, false)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::names;
    use super::super::proto::TensorProto;
    use super::super::writer::{graph, node};
    use super::*;

    #[test]
    fn constants_come_when_they_are_read() {
        let nodes = vec![
            node("Cast", &["v"], "w1"),
            node("Mul", &["w1", "v"], "w2"),
            node("Cast", &["v"], "late"),
            node("MatMul", &["x", "v"], "y"),
            node("Relu", &["y"], "unread"),
            node("MatMul", &["y", "w2"], "z"),
            node("Add", &["w2", "w1"], "end"),
            node("Concat", &["w2", "late", "late", "z"], "out"),
        ];
        let mut graph = graph(nodes, &["x"], &["out", "end"]);
        graph.initializer.push(TensorProto { name: "v".into(), ..TensorProto::default() });
        let body = Body::graph(&graph);
        let live = names::live(&body, &|_| false).unwrap();
        assert_eq!(as_written(&body, &live), [0, 1, 2, 3, 5, 6, 7]);
        assert_eq!(constants_late(&body, &live), [3, 0, 1, 5, 2, 7, 6]);
    }
}
