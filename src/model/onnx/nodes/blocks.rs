//! Blocks of pixels as channels and back; running sums along an axis.

use super::{Built, Call, Chain, layout};
use crate::model::graph::{Dense, Op, Problem, TensorRef, shape};

/// DepthToSpace and SpaceToDepth.
pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, input) = call.tensor(0)?;
    let block = call.attributes.int("blocksize")?.and_then(|block| usize::try_from(block).ok());
    let misfit = || Problem::malformed(format!("blocks of {block:?} of shape {input:?}"));
    let [1, channels, height, width] = *input else { return Err(misfit()) };
    let block = block.filter(|block| *block > 0).ok_or_else(misfit)?;
    let area = block.checked_mul(block).ok_or_else(misfit)?;
    let into = |size: usize, by: usize| {
        size.checked_div(by).filter(|_| size.is_multiple_of(by)).ok_or_else(misfit)
    };
    let (parts, order, shape) = if call.operator == "SpaceToDepth" {
        let (down, across) = (into(height, block)?, into(width, block)?);
        let parts = vec![channels, down, block, across, block];
        (parts, vec![2, 4, 0, 1, 3], [1, channels.saturating_mul(area), down, across])
    } else {
        let few = into(channels, area)?;
        let (parts, order) = match call.attributes.string("mode")?.unwrap_or("DCR") {
            "DCR" => (vec![block, block, few, height, width], vec![2, 3, 0, 4, 1]),
            "CRD" => (vec![few, block, block, height, width], vec![0, 3, 1, 4, 2]),
            other => return Err(Problem::malformed(format!("its mode is `{other}`"))),
        };
        let shape = [1, few, height.saturating_mul(block), width.saturating_mul(block)];
        (parts, order, shape)
    };
    shape::elements(&shape)?;
    let mut chain = Chain::new();
    chain.reshape(tensor, input, &parts);
    chain.turn(tensor, &parts, order);
    chain.then(tensor, Op::Reshape, &shape);
    Ok(chain.build())
}

impl Chain {
    /// Axes in another order; the shape afterwards.
    pub(super) fn turn(
        &mut self,
        tensor: TensorRef,
        shape: &[usize],
        order: Vec<usize>,
    ) -> Vec<usize> {
        let turned: Vec<usize> =
            order.iter().filter_map(|axis| shape.get(*axis).copied()).collect();
        if !order.is_sorted() {
            self.then(tensor, layout::transposition(shape, order), &turned);
        }
        turned
    }
}

/// CumSum: a dense layer of ones on and below the diagonal.
pub(super) fn cumulated(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    let exclusive = call.attributes.flag("exclusive")?;
    let reverse = call.attributes.flag("reverse")?;
    let (tensor, input) = call.tensor(0)?;
    let axis = match call.integers(1)? {
        Some([axis]) => shape::axis(*axis, input.len())?,
        _ => return Err(Problem::malformed("its axis is not one integer")),
    };
    let size = input.get(axis).copied().unwrap_or(1);
    call.budget.elements(size.saturating_mul(size))?;
    let counts = |to: usize, from: usize| {
        (if reverse { from > to } else { from < to }) || (from == to && !exclusive)
    };
    let weights: Vec<f64> =
        (0..size).flat_map(|to| (0..size).map(move |from| f64::from(counts(to, from)))).collect();
    let product = |dims: &[usize]| dims.iter().product::<usize>();
    let (before, after) = input.split_at_checked(axis).unwrap_or((input, &[]));
    let dense = Dense {
        outer: product(before),
        inputs: size,
        outputs: size,
        inner: product(after.get(1..).unwrap_or(&[])),
        weights: weights.into(),
        bias: Vec::new(),
    };
    Ok(Built::node(Op::Dense(dense), vec![tensor], input.to_vec()))
}
