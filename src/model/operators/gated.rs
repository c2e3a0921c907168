//! Squeeze and excitation before a convolution of 1×1: the gates go into the weights.
//!
//! `Σ_i W[o][i]·g_i·x[i][p]` is the product of the matrices `W·diag(g)`, which is linear in the
//! gates, and x. It takes one inner row a channel, and the convolution's own step reads it: the
//! scaled tensor is never levels, which spares a row an element of it.
//!
//! The product counts in a power of two below the level of the tensor that makes levels of it, as
//! fine as rounding `W·diag(g)` asks for. That step drops two limbs, half a row an element more.
//! So it is done where the convolution does not have twice as many channels as it reads.

use crate::model::graph::{Conv, MatMul, Op, TensorRef};
use crate::model::linear::{Gather, LinearMap};
use crate::model::lowering::{
    CompileError, Grid, Lowering, PerElement, Value, bias_of, integer, some,
};
use crate::model::program::NodeId;

/// What rounding the weights may move a sum by, in levels: less than rounding the scaled tensor
/// to levels would.
const NOISE: f64 = 0.15;
/// The standard deviation of a rounding.
const ROUNDING: f64 = 0.29;
/// What gates and tensor are in the mean, as parts of their reach.
const PARTS: f64 = 0.5 * 0.25;
/// Bits of the product below a level. More than the most would leave too few for the factor with
/// which the step reads it, where another tensor than foreseen is made levels.
const BITS: std::ops::RangeInclusive<u32> = 12..=19;

/// A product of a gate for each channel with a tensor.
pub(super) struct Gated {
    /// The node of the gates, one a channel, what it is multiplied by, and what is added.
    pub(super) gates: (NodeId, f64, f64),
    /// The node of the tensor, and what it is multiplied by.
    pub(super) values: (NodeId, f64),
    /// Elements of a channel.
    pub(super) plane: usize,
}

/// The 1×1 convolution that alone reads a product, and the tensor that is made levels after it.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
fn reader<'a>(
    product: usize,
    lowering: &mut Lowering<'a>,
) -> Result<Option<(usize, &'a Conv, usize)>, CompileError> {
    let graph = lowering.graph;
    // Each look at the readers walks through the graph.
    lowering.emitter.spend(3 * graph.nodes.len())?;
    let Some(at) = lowering.sole_reader(product) else { return Ok(None) };
    let Some(Op::Conv(conv)) = graph.nodes.get(at).map(|node| &node.op) else { return Ok(None) };
    if conv.groups != 1 || !conv.window.is_pointwise() {
        return Ok(None);
    }
    let mut wanted = at;
    if let Some(sum) = lowering.sole_reader(at)
        && let Some(Op::Sum(_)) = graph.nodes.get(sum).map(|node| &node.op)
    {
        wanted = sum;
    }
    // A function or activation would make levels of another range.
    let tensor = TensorRef::Node(wanted);
    let bent = graph.nodes.iter().any(|node| {
        matches!(node.op, Op::Activation(_) | Op::Function(_)) && node.inputs.contains(&tensor)
    });
    Ok((!bent).then_some((at, conv, wanted)))
}

/// The convolution of a product, if the two are cheaper as a product of matrices; its index and
/// its value.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
pub(super) fn convolved(
    product: usize,
    gated: &Gated,
    lowering: &mut Lowering<'_>,
) -> Result<Option<(usize, Value)>, CompileError> {
    let Some((at, conv, wanted)) = reader(product, lowering)? else { return Ok(None) };
    let (inputs, outputs, plane) = (conv.window.input[0], conv.channels, gated.plane);
    if conv.window.output[0] * conv.window.output[1] != plane || outputs >= 2 * inputs {
        return Ok(None);
    }
    let range = lowering.range(TensorRef::Node(wanted))?;
    let levels = lowering.emitter.precision.levels;
    let Some(grid) = Grid::over(range, levels) else { return Ok(None) };
    let ((gates, scale, offset), (values, unit)) = (gated.gates, gated.values);
    let reach = |node| -> Result<f64, CompileError> {
        let (low, high) = lowering.emitter.range(node)?;
        Ok(low.unsigned_abs().max(high.unsigned_abs()) as f64)
    };
    let moved = (inputs as f64).sqrt() * ROUNDING * reach(gates)? * reach(values)? * PARTS;
    let bits = libm::log2(moved / NOISE).ceil();
    // Below 0 it becomes 0.
    let bits = (bits as u32).clamp(*BITS.start(), *BITS.end());
    let fine = grid.unit / f64::from(1u32 << bits);
    // W·diag(scale·g + offset), in units that make the product count in `fine`.
    lowering.emitter.spend(2 * conv.weights.len())?;
    let index = (0..conv.weights.len()).map(|weight| weight % inputs).collect();
    let of_gates = LinearMap::Gather(Gather {
        input_len: lowering.emitter.builder.len(gates),
        index: some(index),
    });
    let len = conv.weights.len();
    let each = lowering.emitter.linear(vec![(gates, of_gates)], vec![0; len])?;
    let factors = conv.weights.iter().map(|weight| integer(weight * (scale * unit / fine)));
    let factors = factors.collect::<Result<Vec<_>, _>>()?;
    let constant = conv.weights.iter().map(|weight| bias_of(weight * offset * unit / fine));
    let constant = constant.collect::<Result<Vec<_>, _>>()?;
    let weights =
        lowering.emitter.linear(vec![(each, LinearMap::Diagonal(factors.into()))], constant)?;
    let sizes = MatMul { batch: 1, rows: outputs, inner: inputs, columns: plane };
    let node = lowering.emitter.matmul(weights, values, &sizes)?;
    let offset = conv.bias.iter().flat_map(|bias| std::iter::repeat_n(*bias, plane)).collect();
    let scale = PerElement::Uniform(fine);
    Ok(Some((at, Value::scaled(node, outputs * plane, scale, PerElement::from_vec(offset)))))
}
