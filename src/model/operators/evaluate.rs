//! What a float model computes, by one definition of each operator in `f64`
//! (the files beside this one).
//!
//! The requester calibrates with it and measures the integer program against
//! it. Every sum has one order and nothing is fused, so two machines get the
//! same numbers. Whether the definitions are ONNX's is held from outside, by
//! stored answers of another runtime (`docs/models.md`).
//!
//! Tensors are computed one by one; each lives until its last reader.
//!
//! What decision trees compare is rounded to single precision after every node, as runtimes
//! compute it: there a last digit decides.

#![allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tensors are those of the graph, which the reader has checked"
)]

use super::Tensor;
use crate::model::graph::{Graph, Op, TensorRef};

/// All tensors of a graph on one input, in the order of the nodes: `see` is
/// called with each node's index and its output, row-major.
///
/// `input` is the model's input tensor, row-major.
///
/// # Errors
/// The first error of `see`.
///
/// # Panics
/// If the input does not have the graph's input shape.
pub(crate) fn walk<E>(
    graph: &Graph,
    input: Vec<f64>,
    mut see: impl FnMut(usize, &[f64]) -> Result<(), E>,
) -> Result<(), E> {
    walk_changing(graph, input, |index, values| see(index, values))
}

/// As [`walk`]; what `see` makes of a tensor is what later nodes read.
///
/// # Errors
/// The first error of `see`.
///
/// # Panics
/// If the input does not have the graph's input shape.
pub(crate) fn walk_changing<E>(
    graph: &Graph,
    input: Vec<f64>,
    mut see: impl FnMut(usize, &mut [f64]) -> Result<(), E>,
) -> Result<(), E> {
    assert_eq!(input.len(), graph.len(TensorRef::Input), "the input's elements");
    let mut last_use = vec![0; graph.nodes.len() + 1];
    let slot = |tensor: &TensorRef| match tensor {
        TensorRef::Input => 0,
        TensorRef::Node(index) => index + 1,
    };
    for (index, node) in graph.nodes.iter().enumerate() {
        node.inputs.iter().for_each(|tensor| last_use[slot(tensor)] = index);
    }
    let single = compared(graph);
    let rounded = |tensor: TensorRef, mut values: Vec<f64>| {
        if single[slot(&tensor)] {
            values.iter_mut().for_each(|value| *value = f64::from(*value as f32));
        }
        values
    };
    let mut tensors: Vec<Option<Vec<f64>>> = vec![None; graph.nodes.len() + 1];
    tensors[0] = Some(rounded(TensorRef::Input, input));
    for (index, node) in graph.nodes.iter().enumerate() {
        let read = |tensor: &TensorRef| Tensor {
            values: tensors[slot(tensor)].as_deref().unwrap_or(&[]),
            shape: graph.shape(*tensor),
        };
        let inputs: Vec<Tensor<'_>> = node.inputs.iter().map(read).collect();
        let output = super::of(&node.op).evaluate(&inputs, &node.shape);
        let mut output = rounded(TensorRef::Node(index), output);
        see(index, &mut output)?;
        tensors[index + 1] = Some(output);
        for tensor in &node.inputs {
            if last_use[slot(tensor)] == index {
                tensors[slot(tensor)] = None;
            }
        }
    }
    Ok(())
}

/// Which tensors decision trees compare, or depend on: the input, then each node's.
#[must_use]
pub(crate) fn compared(graph: &Graph) -> Vec<bool> {
    let mut compared = vec![false; graph.nodes.len() + 1];
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if compared[index + 1] || matches!(node.op, Op::Trees(_)) {
            for tensor in &node.inputs {
                match tensor {
                    TensorRef::Input => compared[0] = true,
                    TensorRef::Node(input) => compared[input + 1] = true,
                }
            }
        }
    }
    compared
}

/// One tensor of a graph, row-major, on one input.
///
/// `input` is the model's input tensor, row-major.
///
/// # Panics
/// If the input does not have the graph's input shape.
#[must_use]
pub fn tensor(graph: &Graph, input: Vec<f64>, wanted: TensorRef) -> Vec<f64> {
    let TensorRef::Node(wanted) = wanted else { return input };
    let mut found = Vec::new();
    let result = walk(graph, input, |index, values| {
        if index == wanted {
            found = values.to_vec();
            return Err(());
        }
        Ok(())
    });
    debug_assert!(result.is_err(), "the tensor is the graph's");
    found
}
