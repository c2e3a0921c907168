//! What a float model computes: one definition of each operator, in `f64`.
//!
//! The requester calibrates with it and measures the integer program against
//! it. Every sum has one order and nothing is fused, so two machines get the
//! same numbers. Whether the definitions are ONNX's is held from outside, by
//! stored answers of another runtime (`docs/models.md`).
//!
//! [`walk`] gives the tensors one by one; a tensor lives until its last reader.

mod layers;
mod layout;
mod pointwise;
mod window;

use super::onnx::{Graph, Node, Op, TensorRef};

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
pub fn walk<E>(
    graph: &Graph,
    input: Vec<f64>,
    mut see: impl FnMut(usize, &[f64]) -> Result<(), E>,
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
    let mut tensors: Vec<Option<Vec<f64>>> = vec![None; graph.nodes.len() + 1];
    tensors[0] = Some(input);
    for (index, node) in graph.nodes.iter().enumerate() {
        let inputs: Vec<&[f64]> = node
            .inputs
            .iter()
            .map(|tensor| tensors[slot(tensor)].as_deref().unwrap_or(&[]))
            .collect();
        let output = evaluate(graph, node, &inputs);
        see(index, &output)?;
        tensors[index + 1] = Some(output);
        for tensor in &node.inputs {
            if last_use[slot(tensor)] == index {
                tensors[slot(tensor)] = None;
            }
        }
    }
    Ok(())
}

/// One tensor of a graph on one input, as in [`walk`].
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

fn evaluate(graph: &Graph, node: &Node, inputs: &[&[f64]]) -> Vec<f64> {
    let input = inputs[0];
    let shape = |at: usize| graph.shape(node.inputs[at]);
    match &node.op {
        Op::Conv(conv) => layers::conv(conv, input),
        Op::Dense(dense) => layers::dense(dense, input),
        Op::Affine { scale, offset } => {
            pointwise::affine(scale, offset, input, shape(0), &node.shape)
        }
        Op::Sum { subtract } => {
            pointwise::sum(*subtract, (input, shape(0)), (inputs[1], shape(1)), &node.shape)
        }
        Op::Activation(activation) => input.iter().map(|x| activation.apply(*x)).collect(),
        Op::MaxPool(window) => window::max_pool(window, input),
        Op::AveragePool { window, count_padding } => {
            window::average_pool(window, *count_padding, input)
        }
        Op::Reshape => input.to_vec(),
        Op::Transpose { permutation } => layout::transpose(shape(0), permutation, input),
        Op::Concat { axis } => {
            let shapes: Vec<&[usize]> = (0..inputs.len()).map(shape).collect();
            layout::concat(*axis, inputs, &shapes)
        }
        Op::Gather(gather) => layout::gather(gather, input),
        Op::Softmax { log } => pointwise::softmax(*log, input),
    }
}
