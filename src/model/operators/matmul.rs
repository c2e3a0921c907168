//! Products of matrices that both depend on the document.

use std::rc::Rc;

use super::dense::misfit;
use super::{Operator, Tensor};
use crate::model::graph::shape::{self, broadcast};
use crate::model::graph::{MatMul, Problem, TensorRef};
use crate::model::lowering::{CompileError, Lowering, PerElement, Value, widening};
use crate::model::program::NodeId;

/// A side may be this many times as wide as a tensor of levels, or else is made levels of.
const WIDTH: i64 = 4;

/// A product of two shapes as NumPy has it.
pub(crate) struct Shapes {
    /// The product, of which each side is a row of matrices after it has been spread.
    pub(crate) product: MatMul,
    /// What each side's shape has to be spread to.
    pub(crate) spread: [Vec<usize>; 2],
    /// The shape of the result.
    pub(crate) shape: Vec<usize>,
}

/// A vector on the left is a row, on the right a column, and that axis is dropped again; leading
/// axes broadcast.
pub(crate) fn shapes(left: &[usize], right: &[usize]) -> Result<Shapes, Problem> {
    let no_fit = || misfit(left, right);
    let (lead, rows, inner) = match left {
        [] => return Err(no_fit()),
        [inner] => (&[][..], 1, *inner),
        [lead @ .., rows, inner] => (lead, *rows, *inner),
    };
    let (other, depth, columns) = match right {
        [] => return Err(no_fit()),
        [depth] => (&[][..], *depth, 1),
        [other @ .., depth, columns] => (other, *depth, *columns),
    };
    if inner != depth {
        return Err(no_fit());
    }
    let both = broadcast(lead, other)?;
    let mut shape = both.clone();
    if left.len() > 1 {
        shape.push(rows);
    }
    if right.len() > 1 {
        shape.push(columns);
    }
    let batch = shape::elements(&both)?;
    let with = |lead: &[usize], last: [usize; 2]| [lead, &last].concat();
    if shape::elements(other)? == 1 {
        // One matrix on the right: all rows on the left are rows of one.
        let product = MatMul { batch: 1, rows: batch.saturating_mul(rows), inner, columns };
        let spread = [with(lead, [rows, inner]), with(other, [inner, columns])];
        return Ok(Shapes { product, spread, shape });
    }
    let product = MatMul { batch, rows, inner, columns };
    let spread = [with(&both, [rows, inner]), with(&both, [inner, columns])];
    Ok(Shapes { product, spread, shape })
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for MatMul {
    /// Summed in the order of k.
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64> {
        let Self { rows, inner, columns, .. } = *self;
        let mut output = vec![0.0; shape.iter().product()];
        let (left, right) = (inputs[0].values, inputs[1].values);
        let matrices = left.chunks_exact(rows * inner).zip(right.chunks_exact(inner * columns));
        for (out, (left, right)) in output.chunks_exact_mut(rows * columns).zip(matrices) {
            for (out, row) in out.chunks_exact_mut(columns).zip(left.chunks_exact(inner)) {
                for (x, other) in row.iter().zip(right.chunks_exact(columns)) {
                    out.iter_mut().zip(other).for_each(|(sum, y)| *sum += x * y);
                }
            }
        }
        output
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let inputs = lowering.inputs(node);
        // Both first: making levels of one changes the other if they are the same tensor.
        let (_, right_scale) = side(inputs[1], lowering, |_| 1.0)?;
        let mut fitted = None;
        let factor = lowering.factor_of_scores(node)?.map(|factor| factor * right_scale);
        let of_scores = lowering.emitter.unit_of_scores();
        let wider = |unit: f64| match factor.and_then(|factor| widening(factor * unit, of_scores)) {
            Some((wider, shift)) => {
                fitted = Some(shift);
                wider
            }
            None => 1.0,
        };
        side(inputs[0], lowering, wider)?;
        let (left, left_scale) = side(inputs[0], lowering, |_| 1.0)?;
        let (right, right_scale) = side(inputs[1], lowering, |_| 1.0)?;
        let product = lowering.emitter.matmul(left, right, self)?;
        if let Some(shift) = fitted {
            lowering.emitter.fitted.insert(product, shift);
        }
        let len = lowering.emitter.builder.len(product);
        let scale = PerElement::Uniform(left_scale * right_scale);
        Ok(Rc::new(Value::scaled(product, len, scale, PerElement::Uniform(0.0))))
    }

    fn work(&self) -> usize {
        self.inner
    }

    /// It is bounded by its sides, whose elements were counted, not product by product.
    fn lowering_work(&self) -> usize {
        1
    }
}

/// A side of a product: a node and its scale. It becomes levels unless it is one node already that
/// is about as narrow, or the shares of a softmax, of which a row is narrow together. `wider` says
/// by how much levels shall be wider than they would be.
#[allow(
    clippy::arithmetic_side_effects,
    reason = "levels are at most 2^14, and a node's values are below 2^62"
)]
fn side(
    tensor: TensorRef,
    lowering: &mut Lowering<'_>,
    wider: impl FnOnce(f64) -> f64,
) -> Result<(NodeId, f64), CompileError> {
    let value = lowering.value(tensor)?;
    let emitter = &lowering.emitter;
    if let Some((node, scale, 0.0)) = value.plain()
        && !emitter.is_product(node)
    {
        let (low, high) = emitter.range(node)?;
        let narrow = high - low <= WIDTH * emitter.precision.levels;
        if narrow || emitter.builder.row_sums(node).is_some() {
            return Ok((node, scale));
        }
    }
    let value = lowering.levels_from_zero(tensor, wider)?;
    match value.plain() {
        Some((node, scale, 0.0)) => Ok((node, scale)),
        _ => Err(CompileError::Internal("a side of a product has no levels from zero")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn product(left: &[usize], right: &[usize]) -> (MatMul, Vec<usize>) {
        let Shapes { product, shape, .. } = shapes(left, right).unwrap();
        (product, shape)
    }

    #[test]
    fn shapes_are_those_of_numpy() {
        let matmul = |batch, rows, inner, columns| MatMul { batch, rows, inner, columns };
        assert_eq!(product(&[2, 3], &[3, 4]), (matmul(1, 2, 3, 4), vec![2, 4]));
        assert_eq!(product(&[3], &[3, 4]), (matmul(1, 1, 3, 4), vec![4]));
        assert_eq!(product(&[2, 3], &[3]), (matmul(1, 2, 3, 1), vec![2]));
        assert_eq!(product(&[5, 2, 3], &[3, 4]), (matmul(1, 10, 3, 4), vec![5, 2, 4]));
        assert_eq!(product(&[2, 3], &[5, 3, 4]), (matmul(5, 2, 3, 4), vec![5, 2, 4]));
        let (product, shape) = product(&[6, 1, 2, 3], &[1, 5, 3, 4]);
        assert_eq!((product, shape), (matmul(30, 2, 3, 4), vec![6, 5, 2, 4]));
        for (left, right) in [(&[2, 3][..], &[4, 3][..]), (&[], &[3]), (&[2, 2, 3], &[3, 3, 4])] {
            assert!(shapes(left, right).is_err(), "{left:?} {right:?}");
        }
    }

    #[test]
    fn lowering_takes_no_longer_for_long_sums() {
        let product = MatMul { batch: 1, rows: 2048, inner: 2048, columns: 2048 };
        assert_eq!((product.work(), product.lowering_work()), (2048, 1));
    }

    #[test]
    fn each_matrix_is_multiplied_by_its_own() {
        let product = MatMul { batch: 2, rows: 1, inner: 2, columns: 2 };
        let left = Tensor { values: &[1.0, 2.0, 3.0, 4.0], shape: &[2, 1, 2] };
        let right =
            Tensor { values: &[1.0, 0.0, 0.0, 1.0, 0.5, 1.0, -1.0, 2.0], shape: &[2, 2, 2] };
        let result = product.evaluate(&[left, right], &[2, 1, 2]);
        assert_eq!(result, [1.0, 2.0, -2.5, 11.0]);
    }
}
