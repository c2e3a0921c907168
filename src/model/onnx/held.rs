//! How long large constants are held: from the first node that reads one to the last.
//!
//! A file's weights take two to eight times as much memory once they are numbers of 64 bits, and
//! the graph keeps what a layer needs of them. So a large initializer is decoded for the node that
//! reads it, and a large constant is dropped after its last reader.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::budget::Budget;
use super::constant;
use super::names::{Body, Live};
use super::order;
use super::proto::{NodeProto, TensorProto};
use super::run::{Scope, Value};
use crate::model::graph::Problem;

/// Elements of a constant that is worth it.
const LARGE: usize = 1 << 16;

/// The large constants of the model's own graph.
pub(super) struct Held<'a> {
    /// The nodes that count, in the order in which they are gone through.
    pub(super) order: Vec<usize>,
    /// Initializers that were looked at, and are decoded when they are read.
    waiting: BTreeMap<&'a str, &'a TensorProto>,
    /// The last node that reads each name, as a place in that order.
    last: BTreeMap<&'a str, usize>,
    /// Constants whose elements were counted: initializers that wait, and what nodes made.
    counted: BTreeSet<&'a str>,
}

impl<'a> Held<'a> {
    /// What is known of a graph before its nodes are gone through. Of one with subgraphs, which
    /// read what is around them, everything is kept.
    pub(super) fn of(body: &Body<'a>, live: &Live<'_>) -> Self {
        if body.nodes.iter().flat_map(|node| &node.attribute).any(|attribute| attribute.g.is_some())
        {
            return Self::all(body, live);
        }
        let mut held = Self { order: order::constants_late(body, live), ..Self::all(body, live) };
        for (place, at) in held.order.iter().enumerate() {
            if let Some(node) = body.nodes.get(*at) {
                held.last.extend(node.input.iter().map(|name| (name.as_str(), place)));
            }
        }
        for output in &body.outputs {
            held.last.remove(output);
        }
        held
    }

    /// Everything is kept, and nodes are gone through as they stand.
    pub(super) fn all(body: &Body<'a>, live: &Live<'_>) -> Self {
        Self {
            order: order::as_written(body, live),
            waiting: BTreeMap::new(),
            last: BTreeMap::new(),
            counted: BTreeSet::new(),
        }
    }

    /// Whether an initializer can wait until it is read.
    pub(super) fn can_wait(&mut self, tensor: &'a TensorProto, elements: usize) -> bool {
        let waits = elements >= LARGE && self.last.contains_key(tensor.name.as_str());
        if waits {
            self.waiting.insert(&tensor.name, tensor);
            self.counted.insert(&tensor.name);
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

    /// Takes note of what a node made, while so many elements were counted.
    pub(super) fn made(&mut self, node: &'a NodeProto, found: &[Option<Value>], counted: usize) {
        if let ([name], [Some(Value::Literal(literal))]) = (node.output.as_slice(), found)
            && (LARGE..=counted).contains(&literal.len())
        {
            self.counted.insert(name);
        }
    }

    /// Drops what no later node reads, or what can be decoded again. What is gone for good does
    /// not count any more: int8 weights pass through two or three tensors of their size.
    pub(super) fn after(
        &self,
        place: usize,
        node: &'a NodeProto,
        scope: &mut Scope<'_, 'a>,
        budget: &mut Budget,
    ) {
        for name in &node.input {
            let name = name.as_str();
            let last = self.last.get(name) == Some(&place);
            let large = match scope.values.get(name) {
                Some(Value::Literal(literal)) => literal.len() >= LARGE,
                _ => false,
            };
            if large
                && (last || self.waiting.contains_key(name))
                && let Some(Value::Literal(literal)) = scope.values.remove(name)
                && last
                && self.counted.contains(name)
                && Rc::strong_count(&literal) == 1
            {
                budget.dropped(literal.len());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::proto::TensorProto;
    use super::super::writer::{Writer, int, ints};
    use crate::model::graph::{Dense, Graph, Op};
    use crate::model::onnx::{Reading, read, read_owned};

    const SIDE: i64 = 256;
    /// ONNX's number for integers of 8 bits.
    const INT8: i32 = 3;

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

    /// Weights of 8 bits on their way to numbers pass through tensors of their size, which count
    /// while they are held.
    #[test]
    fn what_is_dropped_does_not_count() {
        let layers = 15;
        let side = 1024;
        let mut w = Writer::new(18, &[1, side], 3);
        let mut y = "x".to_owned();
        let scale = w.floats(&[], vec![0.01]);
        for at in 0..layers {
            let small = format!("small{at}");
            w.graph().initializer.push(TensorProto {
                name: small.clone(),
                data_type: INT8,
                dims: vec![side, side],
                raw_data: (0..side * side).map(|i| ((i * 7 + at) % 100) as u8).collect(),
                ..TensorProto::default()
            });
            let wide = w.node("Cast", &[&small], vec![int("to", 1)]);
            let scaled = w.node("Mul", &[&wide, &scale], vec![]);
            let turned = w.node("Transpose", &[&scaled], vec![ints("perm", &[1, 0])]);
            y = w.node("MatMul", &[&y, &turned], vec![]);
        }
        // Counted to the end, five of each layer's would be 78 million, of which 50 may be; the
        // file is long enough for 63 million that pass.
        let graph = read(&w.finish(&y)).unwrap();
        assert_eq!(weights(&graph).len(), layers as usize);
    }
}
