//! Softmaxes that are spelled out: `exp(x − m) / Σ exp(x − m)`, as JAX writes them. What is
//! subtracted, m, makes no difference as long as it is one number for each run.
//!
//! The factor is evaluated, as those of normalisations are, at every sum that there can be: one
//! to which something is added, or that is kept above a bound, makes no softmax.

use super::op::{MaxPool, Op, Softmax, Sum};
use super::standardised::{Ratio, one_each, per_run, ratio, unshaped};
use super::{Function, Graph, Node, TensorRef, Unary, Window};

/// How far a factor times the sum may be from 1.
const CLOSE: f64 = 1e-9;
/// The greatest sum of exponentials that there is to be right for, and one over the least.
const MOST: f64 = 1e30;

/// Makes one node of each softmax; whether there was any.
pub(super) fn recognise(graph: &mut Graph) -> bool {
    graph.replace(|graph, index| {
        at(graph, index).map(|(softmax, scores)| (Op::Softmax(softmax), scores))
    })
}

/// The softmax whose last node this is, and its scores.
fn at(graph: &Graph, index: usize) -> Option<(Softmax, TensorRef)> {
    let node = graph.nodes.get(index)?;
    let (Op::Product, [left, right]) = (&node.op, node.inputs.as_slice()) else { return None };
    [(*left, *right), (*right, *left)].into_iter().find_map(|(powers, factor)| {
        let power = graph.node(powers)?;
        if power.op != Op::Function(Function::of(Unary::Exp)) || power.shape != node.shape {
            return None;
        }
        let Ratio { mean, between } = ratio(graph, factor, graph.len(powers))?;
        if mean.source != powers {
            return None;
        }
        let Scores { tensor, less_greatest } = unmoved(graph, graph.source(powers)?, mean.length);
        let inverts = |sum: f64| {
            let factor = between.of(sum / mean.length as f64);
            (factor * sum - 1.0).abs() <= CLOSE
        };
        // Less the greatest score, one power is 1 and none is more.
        let every = if less_greatest {
            samples(1.0, mean.length as f64)
        } else {
            samples(1.0 / MOST, MOST)
        };
        every.into_iter().all(inverts).then(|| (Softmax::of(mean.length), tensor))
    })
}

/// Sums from the first to the last, each at most twice the one before.
fn samples(first: f64, last: f64) -> Vec<f64> {
    let mut samples: Vec<f64> = std::iter::successors(Some(first), |sum| Some(sum * 2.0))
        .take_while(|sum| *sum < last)
        .collect();
    samples.push(last);
    samples
}

/// Scores, and whether each run had its greatest subtracted.
struct Scores {
    tensor: TensorRef,
    less_greatest: bool,
}

/// Scores before one number was subtracted from each run.
fn unmoved(graph: &Graph, scores: TensorRef, length: usize) -> Scores {
    if let Some(Node { op: Op::Sum(Sum { subtract: true }), inputs, shape, .. }) =
        graph.node(scores)
        && let [source, moved] = inputs.as_slice()
        && graph.shape(*source) == *shape
        && per_run(graph, *moved, shape, length)
    {
        let less_greatest = is_greatest(graph, *moved, *source, length);
        return Scores { tensor: *source, less_greatest };
    }
    Scores { tensor: scores, less_greatest: false }
}

/// Whether a tensor, one number for each run, is the greatest of that run of the scores.
fn is_greatest(graph: &Graph, tensor: TensorRef, scores: TensorRef, length: usize) -> bool {
    let once = match graph.node(tensor) {
        Some(Node { op: Op::Gather(_), inputs, .. }) => inputs.first().copied(),
        _ => Some(tensor),
    };
    once.and_then(|once| one_each(graph, once, max_pool)).is_some_and(|greatest| {
        greatest.source == unshaped(graph, scores) && greatest.length == length
    })
}

fn max_pool(op: &Op) -> Option<&Window> {
    match op {
        Op::MaxPool(MaxPool { window }) => Some(window),
        _ => None,
    }
}
