//! How long large constants are held: from the first node that reads one to the last.
//!
//! A file's weights take two to eight times as much memory once they are numbers of 64 bits, and
//! the graph keeps what a layer needs of them. So a large initializer is decoded for the node that
//! reads it, and a large constant is dropped after its last reader.

use std::collections::BTreeMap;

use super::constant;
use super::names::{Body, Live};
use super::proto::{NodeProto, TensorProto};
use super::run::{Scope, Value};
use crate::model::graph::Problem;

/// Elements of a constant that is worth it.
const LARGE: usize = 1 << 16;

/// The large constants of the model's own graph.
#[derive(Default)]
pub(super) struct Held<'a> {
    /// Initializers that were looked at, and are decoded when they are read.
    waiting: BTreeMap<&'a str, &'a TensorProto>,
    /// The last node that reads each name.
    last: BTreeMap<&'a str, usize>,
}

impl<'a> Held<'a> {
    /// What is known of a graph before its nodes are gone through. Of one with subgraphs, which
    /// read what is around them, everything is kept.
    pub(super) fn of(body: &Body<'a>, live: &Live<'_>) -> Self {
        let mut held = Self::default();
        if body.nodes.iter().flat_map(|node| &node.attribute).any(|attribute| attribute.g.is_some())
        {
            return held;
        }
        for (position, node) in body.nodes.iter().enumerate() {
            if live.nodes.get(position) == Some(&true) {
                held.last.extend(node.input.iter().map(|name| (name.as_str(), position)));
            }
        }
        for output in &body.outputs {
            held.last.remove(output);
        }
        held
    }

    /// Whether an initializer can wait until it is read.
    pub(super) fn can_wait(&mut self, tensor: &'a TensorProto, elements: usize) -> bool {
        let waits = elements >= LARGE && self.last.contains_key(tensor.name.as_str());
        if waits {
            self.waiting.insert(&tensor.name, tensor);
        }
        waits
    }

    /// Decodes what a node reads.
    pub(super) fn before(
        &self,
        node: &'a NodeProto,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<(), Problem> {
        for name in &node.input {
            if let Some(tensor) = self.waiting.get(name.as_str()) {
                scope.values.insert(name, Value::literal(constant::decode(tensor)?));
            }
        }
        Ok(())
    }

    /// Drops what no later node reads, or what can be decoded again.
    pub(super) fn after(&self, position: usize, node: &'a NodeProto, scope: &mut Scope<'_, 'a>) {
        for name in &node.input {
            let large = match scope.values.get(name.as_str()) {
                Some(Value::Literal(literal)) => literal.len() >= LARGE,
                _ => false,
            };
            let name = name.as_str();
            if large && (self.waiting.contains_key(name) || self.last.get(name) == Some(&position))
            {
                scope.values.remove(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::writer::{Writer, ints};
    use crate::model::graph::{Dense, Graph, Op};
    use crate::model::onnx::{Reading, read, read_owned};

    const SIDE: i64 = 256;

    fn weights(graph: &Graph) -> Vec<Vec<f64>> {
        let of = |op: &Op| match op {
            Op::Dense(Dense { weights, .. }) => Some(weights.iter().collect()),
            _ => None,
        };
        graph.nodes.iter().filter_map(|node| of(&node.op)).collect()
    }

    #[test]
    fn large_weights_are_read_as_often_as_they_are_wanted() {
        let mut w = Writer::new(18, &[1, SIDE], 3);
        let square = w.weights(&[SIDE, SIDE], 0.0, 0.1);
        let first = w.node("MatMul", &["x", &square], vec![]);
        let turned = w.node("Transpose", &[&square], vec![ints("perm", &[1, 0])]);
        let second = w.node("MatMul", &[&first, &turned], vec![]);
        let third = w.node("MatMul", &[&second, &square], vec![]);
        let y = w.node("MatMul", &[&third, &turned], vec![]);
        let file = w.finish(&y);
        let graph = read(&file).unwrap();
        let found = weights(&graph);
        assert_eq!((found.len(), found[0].len()), (4, 1 << 16));
        assert_eq!((&found[0], &found[1]), (&found[2], &found[3]));
        let side = SIDE as usize;
        let turned = (0..1 << 16).map(|at| found[0][at % side * side + at / side]);
        assert!(turned.eq(found[1].iter().copied()));
        assert_eq!(read_owned(file, &Reading::default()).unwrap(), graph);
    }

    #[test]
    fn what_is_wrong_with_large_weights_is_said_of_them() {
        let mut w = Writer::new(18, &[1, SIDE], 3);
        let square = w.weights(&[SIDE, SIDE], 0.0, 0.1);
        let y = w.node("MatMul", &["x", &square], vec![]);
        w.graph().initializer[0].raw_data.truncate(1000);
        let refused = read(&w.finish(&y)).unwrap_err().to_string();
        assert!(refused.contains(&square) && refused.contains("calls for"), "{refused}");
    }
}
