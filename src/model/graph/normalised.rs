//! Normalisations of what sums to one already, as voting classifiers have them: a softmax, or
//! two sigmoids of opposite scores. They change nothing.

use super::op::{Activation, Dense, Normalise, Op};
use super::standardised::unshaped;
use super::{Graph, TensorRef};

/// Leaves them out; whether there was any. Those at the end of a model stay, where they say how
/// its scores are to be read.
pub(super) fn recognise(graph: &mut Graph) -> bool {
    let end = unshaped(graph, graph.output);
    graph.replace(|graph, index| {
        let node = graph.nodes.get(index)?;
        let (Op::Normalise(Normalise::L1), [source]) = (&node.op, node.inputs.as_slice()) else {
            return None;
        };
        let inside = end != TensorRef::Node(index);
        (inside && sums_to_one(graph, *source)).then_some((Op::Reshape, *source))
    })
}

fn sums_to_one(graph: &Graph, tensor: TensorRef) -> bool {
    let tensor = unshaped(graph, tensor);
    let Some(node) = graph.node(tensor) else { return false };
    match &node.op {
        Op::Softmax(softmax) => !softmax.log && node.is_softmax_of_all(),
        Op::Activation(Activation::Sigmoid) => graph
            .source(tensor)
            .and_then(|scores| graph.node(unshaped(graph, scores)))
            .is_some_and(|node| matches!(&node.op, Op::Dense(dense) if opposite(dense))),
        _ => false,
    }
}

/// Whether there are two scores, one the other's negative.
fn opposite(dense: &Dense) -> bool {
    let Dense { outer: 1, inputs, outputs: 2, inner: 1, weights, bias } = dense else {
        return false;
    };
    let weights = weights.run(0..weights.len());
    let Some((one, other)) = weights.split_at_checked(*inputs) else { return false };
    let negative = |one: &[f64], other: &[f64]| one.iter().zip(other).all(|(a, b)| *a == -*b);
    let biases = match bias.as_slice() {
        [] => true,
        [one, other] => *one == -*other,
        _ => false,
    };
    one.len() == other.len() && negative(one, other) && biases
}
