//! Between which numbers a tensor lies for whatever document, as far as that follows from the ids
//! of a view, comparisons and what is done to them.

use super::op::{Activation, Op, Sum};
use super::{Floats, Graph, TensorRef};

/// Most tensors between one and the ids that it is made of.
const MAX_DEPTH: usize = 32;
/// Most numbers that are looked at for one tensor.
pub(crate) const MAX_LOOK: usize = 1 << 14;

/// The least and the greatest number that a tensor may hold; `None` if they are not known.
pub(crate) fn bounds(graph: &Graph, tensor: TensorRef) -> Option<(f64, f64)> {
    let mut room = MAX_LOOK;
    let found = of(graph, tensor, MAX_DEPTH, &mut room)?;
    (found.0.is_finite() && found.1.is_finite()).then_some(found)
}

/// The same of whole numbers that nothing rounds on the way, so that they may be compared with.
pub(crate) fn exact_bounds(graph: &Graph, tensor: TensorRef) -> Option<(f64, f64)> {
    let mut room = MAX_LOOK;
    if !nothing_rounds(graph, tensor, MAX_DEPTH, &mut room)? {
        return None;
    }
    bounds(graph, tensor)
}

/// Whether all that a tensor is made of are whole numbers.
fn nothing_rounds(
    graph: &Graph,
    tensor: TensorRef,
    depth: usize,
    room: &mut usize,
) -> Option<bool> {
    let depth = depth.checked_sub(1)?;
    let node = graph.node(tensor)?;
    *room = room.checked_sub(1)?;
    let is_whole = |value: f64| value.fract() == 0.0;
    let integer = |values: &[f64]| values.iter().copied().all(is_whole);
    let integers = |values: &Floats| values.iter().all(is_whole);
    let own = match &node.op {
        Op::Quantize(integers) => return Some(integers.scale == 1.0),
        Op::Function(function) if function.is_truth() => return Some(true),
        Op::Embedding(embedding) => return Some(integers(&embedding.table)),
        Op::Reshape | Op::Transpose(_) | Op::Concat(_) | Op::MaxPool(_) => true,
        Op::Sum(_) | Op::Product | Op::Gate => true,
        Op::Gather(gather) => gather.fill.fract() == 0.0,
        Op::Affine(affine) => integer(&affine.scale.values) && integer(&affine.offset.values),
        Op::Dense(dense) => integers(&dense.weights) && integer(&dense.bias),
        _ => false,
    };
    let mut all = own;
    for input in node.inputs.iter().filter(|_| own) {
        all &= nothing_rounds(graph, *input, depth, room)?;
    }
    Some(all)
}

fn of(graph: &Graph, tensor: TensorRef, depth: usize, room: &mut usize) -> Option<(f64, f64)> {
    let depth = depth.checked_sub(1)?;
    let node = graph.node(tensor)?;
    let constants = match &node.op {
        Op::Affine(affine) => affine.scale.values.len().saturating_add(affine.offset.values.len()),
        Op::Dense(dense) => dense.weights.len().saturating_add(dense.bias.len()),
        Op::Embedding(embedding) => embedding.table.len(),
        Op::Gather(gather) => gather.axes.iter().map(Vec::len).sum(),
        _ => 0,
    };
    *room = room.checked_sub(constants.saturating_add(1))?;
    match &node.op {
        Op::Quantize(integers) => {
            return Some((integers.real(integers.low), integers.real(integers.high)));
        }
        Op::Function(function) if function.is_truth() => return Some((0.0, 1.0)),
        Op::Embedding(embedding) => return hull(embedding.table.iter()),
        _ => {}
    }
    let mut inputs = Vec::with_capacity(node.inputs.len());
    for input in &node.inputs {
        inputs.push(of(graph, *input, depth, room)?);
    }
    let first @ (low, high) = *inputs.first()?;
    let ends = [low, high];
    match &node.op {
        Op::Reshape | Op::Transpose(_) | Op::MaxPool(_) => Some(first),
        // Padding counts as zeros.
        Op::AveragePool(_) => Some((low.min(0.0), high.max(0.0))),
        Op::Activation(activation) => {
            Some((Activation::apply(*activation, low), Activation::apply(*activation, high)))
        }
        Op::Gather(gather) => {
            let fill = gather.axes.iter().flatten().any(Option::is_none).then_some(gather.fill);
            hull(ends.into_iter().chain(fill))
        }
        Op::Concat(_) => hull(inputs.iter().flat_map(|(low, high)| [*low, *high])),
        Op::Affine(affine) => {
            let (scale, offset) = (
                hull(affine.scale.values.iter().copied())?,
                hull(affine.offset.values.iter().copied())?,
            );
            let (low, high) = product(first, scale)?;
            Some((low + offset.0, high + offset.1))
        }
        Op::Sum(Sum { subtract }) => {
            let (other_low, other_high) = *inputs.get(1)?;
            Some(match subtract {
                true => (low - other_high, high - other_low),
                false => (low + other_low, high + other_high),
            })
        }
        Op::Product => product(first, *inputs.get(1)?),
        // Of what a gate lets through, some may be missing.
        Op::Gate => {
            let (low, high) = *inputs.get(1)?;
            Some((low.min(0.0), high.max(0.0)))
        }
        Op::Dense(dense) => {
            let bias = hull(dense.bias.iter().copied().chain([0.0]))?;
            let width = dense.inputs.max(1);
            let rows = (0..dense.weights.len()).step_by(width).map(|first| {
                let row = dense.weights.run(first..first.saturating_add(width));
                row.iter().fold((0.0, 0.0), |(least, most), weight| {
                    let (one, other) = (weight * low, weight * high);
                    (least + one.min(other), most + one.max(other))
                })
            });
            let (low, high) = hull(rows.flat_map(|(low, high)| [low, high]))?;
            Some((low + bias.0, high + bias.1))
        }
        _ => None,
    }
}

/// The least and the greatest of some numbers.
fn hull(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let mut values = values.into_iter();
    let first = values.next()?;
    Some(values.fold((first, first), |(low, high), value| (low.min(value), high.max(value))))
}

/// What a number of one interval times one of another may be.
fn product(left: (f64, f64), right: (f64, f64)) -> Option<(f64, f64)> {
    hull([left.0, left.1].into_iter().flat_map(|x| [x * right.0, x * right.1]))
}
