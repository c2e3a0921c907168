//! How a model ends: what keeps the order of its scores is seen through there, and nowhere else.

use std::collections::BTreeSet;

use super::attributes::Attributes;
use super::error::OnnxError;
use super::proto::NodeProto;
use super::refusals::{Place, Refusals};
use crate::model::graph::{Activation, Graph, Op, Problem, TensorRef, infinite, shape};
use crate::model::operators::softmax::over_all_scores;
use crate::model::operators::trees;

/// Checks that softmax and normalisation come last and that trees ask about bytes. Gives the
/// tensors at the end whose elements are those of the output in other dress.
///
/// What does not lead to the output is gone by now, so it is enough to walk back.
pub(super) fn check(graph: &Graph) -> Result<BTreeSet<TensorRef>, OnnxError> {
    let mut last = BTreeSet::new();
    let mut tensor = graph.output;
    let (mut normalised, mut transformed) = (false, false);
    while let TensorRef::Node(index) = tensor {
        last.insert(tensor);
        let Some(node) = graph.nodes.get(index) else { break };
        match &node.op {
            Op::Reshape => {}
            Op::Normalise(_) if !normalised && !transformed => normalised = true,
            Op::Softmax(_) if !transformed && node.is_softmax_of_all() => transformed = true,
            Op::Activation(Activation::Sigmoid) if !transformed => transformed = true,
            _ => break,
        }
        let Some(input) = node.inputs.first() else { break };
        tensor = *input;
    }
    last.insert(tensor);
    // The raw scores themselves are computed.
    let seen_through = |other: TensorRef| other != tensor && last.contains(&other);
    // The rounding of a softmax over all elements was left out, as at the end it does not count.
    let rounded = graph.nodes.iter().any(|node| matches!(node.op, Op::Quantize(_)));
    let mut refusals = Refusals::default();
    for (index, node) in graph.nodes.iter().enumerate() {
        let problem = match &node.op {
            Op::Softmax(softmax)
                if (softmax.log || rounded && node.is_softmax_of_all())
                    && !seen_through(TensorRef::Node(index)) =>
            {
                not_last(graph, index)
            }
            Op::Normalise(_) if !seen_through(TensorRef::Node(index)) => not_last(graph, index),
            Op::Trees(_) => match foreign(graph, node.inputs.first().copied()) {
                Some(problem) => problem,
                None => continue,
            },
            _ => continue,
        };
        refusals.note(Place::Node(&node.name, &node.operator), problem)?;
    }
    for index in infinite(graph) {
        let Some(node) = graph.nodes.get(index) else { continue };
        let problem = Problem::new(
            "what it adds is not a finite number, and no softmax takes it for a mask",
            "use a model in which only masks of softmaxes are infinite",
        );
        refusals.note(Place::Node(&node.name, &node.operator), problem)?;
    }
    if refusals.is_empty() { Ok(last) } else { Err(refusals.into_error()) }
}

fn not_last(graph: &Graph, index: usize) -> Problem {
    let reader = graph.nodes.iter().find(|other| other.inputs.contains(&TensorRef::Node(index)));
    let by = reader.map_or_else(String::new, |reader| {
        format!(": `{}` ({}) reads it", reader.name, reader.operator)
    });
    let normalise = graph.nodes.get(index).is_some_and(|node| matches!(node.op, Op::Normalise(_)));
    let advice = if normalise {
        "leave the normalisation out, or use one that divides by constants (StandardScaler, MinMaxScaler)"
    } else {
        "export the model so that it ends in the softmax, or without it (the scores before it have the same order)"
    };
    Problem::new(format!("its result is not the model's output{by}"), advice)
}

/// Trees are exact over single bytes of the view, and are not approximated over anything else.
fn foreign(graph: &Graph, tensor: Option<TensorRef>) -> Option<Problem> {
    let found = trees::first_foreign(graph, tensor?)?;
    let node = graph.nodes.get(found)?;
    Some(Problem::new(
        format!(
            "its trees compare what `{}` ({}) makes of several elements of the view",
            node.name, node.operator
        ),
        "train trees on the bytes of the view, or on each of them scaled",
    ))
}

/// Checks that an ArgMax picks the greatest of all scores, the first of equal ones.
pub(super) fn arg_max(node: &NodeProto, scores: &[usize]) -> Result<(), Problem> {
    let mut attributes = Attributes::new(&node.attribute, &None)?;
    let axis = shape::axis(attributes.int_or("axis", 0)?, scores.len())?;
    attributes.ignore("keepdims");
    if attributes.flag("select_last_index")? {
        return Err(Problem::new(
            "of equal scores it takes the last one",
            "use select_last_index=0: of equal scores the lowest index wins",
        ));
    }
    attributes.finish()?;
    over_all_scores(scores, axis, false)
}
