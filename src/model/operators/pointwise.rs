//! Scales, offsets and sums of tensors, each broadcast to the output's shape.

use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::shape::{self, broadcast_index};
use crate::model::graph::{Affine, Constant, Problem, Sum, TensorRef};
use crate::model::lowering::{CompileError, Lowering, MAX_TERMS, PerElement, Value, some};

impl Affine {
    /// The shape of its output.
    pub(crate) fn shape(&self, input: &[usize]) -> Result<Vec<usize>, Problem> {
        let scaled = shape::broadcast(input, &self.scale.shape)?;
        shape::broadcast(&scaled, &self.offset.shape)
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Affine {
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64> {
        spread(inputs[0], shape)
            .zip(spread(tensor(&self.scale), shape))
            .zip(spread(tensor(&self.offset), shape))
            .map(|((x, scale), offset)| scale * x + offset)
            .collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let shape = lowering.shape(node);
        let tensor = lowering.input(node);
        let per_element = |constant: &Constant| match constant.values.as_slice() {
            [value] => PerElement::Uniform(*value),
            _ => PerElement::from_vec(spread(self::tensor(constant), shape).collect()),
        };
        let (scale, offset) = (per_element(&self.scale), per_element(&self.offset));
        let index = some(broadcast_index(lowering.graph.shape(tensor), shape));
        let apart =
            matches!(scale, PerElement::Each(_)) || lowering.graph.len(tensor) != index.len();
        let value = if apart { lowering.movable(tensor)? } else { lowering.value(tensor)? };
        let moved = lowering.emitter.select(&value, &index)?;
        let mut result = match moved.times(&scale) {
            Some(result) => result,
            None => {
                let value = lowering.requantised(tensor)?;
                let moved = lowering.emitter.select(&value, &index)?;
                moved.times(&scale).ok_or(CompileError::Internal("a scale does not fit"))?
            }
        };
        result.offset = result.offset.zip(&offset, result.len, |l, r| l + r);
        Ok(Rc::new(result))
    }

    fn constants(&self) -> usize {
        self.scale.values.len().saturating_add(self.offset.values.len())
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Sum {
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64> {
        let sign = if self.subtract { -1.0 } else { 1.0 };
        spread(inputs[0], shape).zip(spread(inputs[1], shape)).map(|(x, y)| x + sign * y).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let shape = lowering.shape(node);
        let inputs = lowering.inputs(node);
        let (left, right) = (inputs[0], inputs[1]);
        for tensor in [left, right] {
            let terms = lowering.value(left)?.terms.len() + lowering.value(right)?.terms.len();
            if terms > MAX_TERMS {
                lowering.requantised(tensor)?;
            }
        }
        let mut operand = |tensor: TensorRef, sign: f64| {
            let index = some(broadcast_index(lowering.graph.shape(tensor), shape));
            let same = lowering.graph.len(tensor) == index.len();
            let value = if same { lowering.value(tensor)? } else { lowering.movable(tensor)? };
            let moved = lowering.emitter.select(&value, &index)?;
            moved
                .times(&PerElement::Uniform(sign))
                .ok_or(CompileError::Internal("a sign does not fit"))
        };
        let left = operand(left, 1.0)?;
        let right = operand(right, if self.subtract { -1.0 } else { 1.0 })?;
        let offset = left.offset.zip(&right.offset, left.len, |l, r| l + r);
        let terms = left.terms.into_iter().chain(right.terms).collect();
        Ok(Rc::new(Value { len: left.len, terms, offset }))
    }
}

fn tensor(constant: &Constant) -> Tensor<'_> {
    Tensor { values: &constant.values, shape: &constant.shape }
}

/// A tensor as it broadcasts to another shape.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
pub(super) fn spread<'a>(
    tensor: Tensor<'a>,
    output: &[usize],
) -> impl Iterator<Item = f64> + use<'a> {
    let index = broadcast_index(tensor.shape, output);
    index.into_iter().map(move |at| tensor.values[at])
}
