//! The product of two tensors, element by element: gates, squeeze and excitation, squares.
//!
//! Each side is `a·x + b` with the integers x of one node, levels as a rule. With `c·y + d` on
//! the other side, the product is
//!
//! `ac·xy + ad·x + bc·y + bd`:
//!
//! one row of the program for each xy, all else linear. Levels are counted from zero wherever the
//! range holds it, so b and d are zero as a rule, and the result is one term. It is as wide as the
//! square of the levels: whatever reads it in a table makes levels of it first, and a layer with
//! weights reads it as it is. A gate for each channel before a convolution of 1×1 goes into its
//! weights (`gated.rs`).

use std::rc::Rc;

use super::gated::{self, Gated};
use super::pointwise::spread;
use super::{Operator, Tensor};
use crate::model::graph::shape::broadcast_index;
use crate::model::graph::{Binary, MatMul, TensorRef};
use crate::model::lowering::{CompileError, Lowering, Map, PerElement, Term, Value, some};
use crate::model::program::NodeId;

/// The operator without parameters.
pub(super) struct Product;

/// A product with 0 and 1, which is 0 also where the other side is not finite.
pub(super) struct Gate;

/// A side may be this many times as wide as a tensor of levels (the bytes of a picture, the sum
/// of a few levels), or else is made levels of.
const WIDTH: i64 = 4;

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Product {
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64> {
        spread(inputs[0], shape).zip(spread(inputs[1], shape)).map(|(x, y)| x * y).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let (inputs, shape) = (lowering.inputs(node), lowering.shape(node));
        // Both first: making levels of one changes the other if they are the same tensor.
        for tensor in inputs {
            narrow(*tensor, lowering)?;
        }
        let left = Side::of(inputs[0], shape, lowering)?;
        let right = Side::of(inputs[1], shape, lowering)?;
        let len = left.value.len;
        let times = |l: &PerElement, r: &PerElement| l.zip(r, len, |l, r| l * r);
        // A side that is the same for every document costs no row.
        for (fixed, other) in [(&left, &right), (&right, &left)] {
            if lowering.emitter.range(fixed.node)? == (0, 0) {
                let product = other.value.times(&fixed.value.offset);
                return product.map(Rc::new).ok_or(MANY);
            }
        }
        if let Some(value) = of_runs(node, [&left, &right], lowering)? {
            return Ok(value);
        }
        let product = lowering.emitter.product(left.node, right.node)?;
        let mut terms = vec![term(product, times(&left.scale, &right.scale))];
        for (side, other) in [(&left, &right), (&right, &left)] {
            let linear = times(&side.scale, &other.value.offset);
            if !matches!(linear, PerElement::Uniform(0.0)) {
                terms.push(term(side.node, linear));
            }
        }
        let offset = times(&left.value.offset, &right.value.offset);
        Ok(Rc::new(Value { len, terms, offset }))
    }
}

impl Operator for Gate {
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64> {
        let [gate, values] = inputs else { return Vec::new() };
        let open = |(gate, value): (f64, f64)| Binary::Gate.apply(gate, value);
        spread(*gate, shape).zip(spread(*values, shape)).map(open).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        Product.lower(node, lowering)
    }
}

/// The product where one side is the same along runs of elements, as a gate for each channel is:
/// one row for each run. `None` where no side is, or scales and offsets are not the same for all
/// elements.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
fn of_runs(
    node: usize,
    sides: [&Side; 2],
    lowering: &mut Lowering<'_>,
) -> Result<Option<Rc<Value>>, CompileError> {
    let (inputs, shape) = (lowering.inputs(node), lowering.shape(node));
    for (at, other) in [(0, 1), (1, 0)] {
        let (Some(tensor), [Some(gate), Some(values)]) =
            (inputs.get(at), [sides.get(at), sides.get(other)])
        else {
            continue;
        };
        let run = run_of(lowering.graph.shape(*tensor), shape);
        let uniform = |side: &Side| match (&side.scale, &side.value.offset) {
            (PerElement::Uniform(scale), PerElement::Uniform(offset)) => Some((*scale, *offset)),
            _ => None,
        };
        let (Some((scale, offset)), Some((other_scale, other_offset))) =
            (uniform(gate), uniform(values))
        else {
            continue;
        };
        if run < 2 {
            continue;
        }
        let len = values.value.len;
        let batch = len / run;
        // One element of each run.
        let first = (0..batch).map(|at| at * run).collect();
        let gates = lowering.emitter.gather(gate.node, &some(first))?;
        if other_offset == 0.0 {
            let (gates, values) = ((gates, scale, offset), (values.node, other_scale));
            let gated = Gated { gates, values, plane: run };
            if let Some((reader, value)) = gated::convolved(node, &gated, lowering)? {
                let value = Rc::new(value);
                lowering.set(reader, value.clone())?;
                // Nothing else reads it.
                return Ok(Some(value));
            }
        }
        let sizes = MatMul { batch, rows: 1, inner: 1, columns: run };
        let product = lowering.emitter.matmul(gates, values.node, &sizes)?;
        let uniform = |node, scale| term(node, PerElement::Uniform(scale));
        let mut terms = vec![uniform(product, scale * other_scale)];
        if offset != 0.0 {
            terms.push(uniform(values.node, other_scale * offset));
        }
        if other_offset != 0.0 {
            terms.push(uniform(gate.node, scale * other_offset));
        }
        let offset = PerElement::Uniform(offset * other_offset);
        return Ok(Some(Rc::new(Value { len, terms, offset })));
    }
    Ok(None)
}

/// Elements that follow each other in a shape and are one of a tensor that broadcasts to it.
fn run_of(own: &[usize], shape: &[usize]) -> usize {
    let mut run = 1usize;
    for (axis, size) in shape.iter().rev().enumerate() {
        let own = own.iter().rev().nth(axis).copied().unwrap_or(1);
        if own > 1 {
            break;
        }
        run = run.saturating_mul(*size);
    }
    run
}

const MANY: CompileError = CompileError::Internal("a side of a product has several terms");

fn term(node: NodeId, scale: PerElement) -> Term {
    Term { node, map: Map::Scaled(scale), select: None }
}

/// One side, as long as the output: `scale · node + value.offset`.
struct Side {
    node: NodeId,
    scale: PerElement,
    value: Value,
}

impl Side {
    fn of(
        tensor: TensorRef,
        shape: &[usize],
        lowering: &mut Lowering<'_>,
    ) -> Result<Self, CompileError> {
        let index = some(broadcast_index(lowering.graph.shape(tensor), shape));
        let value = lowering.value(tensor)?;
        let value = lowering.emitter.select(&value, &index)?;
        let [Term { node, map: Map::Scaled(scale), select: None }] = value.terms.as_slice() else {
            return Err(MANY);
        };
        Ok(Self { node: *node, scale: scale.clone(), value })
    }
}

/// Makes levels of a tensor unless it is one node already that is about as narrow.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "levels are at most 2^14, and a node's values are below 2^62"
)]
fn narrow(tensor: TensorRef, lowering: &mut Lowering<'_>) -> Result<(), CompileError> {
    let value = lowering.value(tensor)?;
    if let [Term { node, map: Map::Scaled(_), select: None }] = value.terms.as_slice()
        && !lowering.emitter.is_product(*node)
    {
        let (low, high) = lowering.emitter.range(*node)?;
        if high - low <= WIDTH * lowering.emitter.precision.levels {
            return Ok(());
        }
    }
    lowering.requantised(tensor)?;
    Ok(())
}
