//! The same elements in another order or under another shape: Reshape,
//! Transpose, Concat.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::{Operator, Tensor};
use crate::model::graph::shape::{self, transpose_index};
use crate::model::graph::{Concat, Problem, Transpose};
use crate::model::linear::LinearMap;
use crate::model::lowering::{CompileError, Lowering, MAX_TERMS, Map, PerElement, Value, some};
use crate::model::program::{MAX_ELEMENTS, ProgramError};

/// The operator without parameters.
pub(super) struct Reshape;

/// Refuses a shape that does not hold the elements of another.
pub(crate) fn same_elements(from: &[usize], to: &[usize]) -> Result<(), Problem> {
    if shape::elements(to)? != shape::elements(from)? {
        return Err(Problem::new(
            format!("shape {from:?} does not become {to:?} (for one document)"),
            "export the model for batch size 1 or a symbolic one",
        ));
    }
    Ok(())
}

impl Transpose {
    /// The shape of its output.
    pub(crate) fn shape(&self, input: &[usize]) -> Result<Vec<usize>, Problem> {
        let shape: Vec<usize> =
            self.permutation.iter().filter_map(|axis| input.get(*axis).copied()).collect();
        let distinct: BTreeSet<usize> = self.permutation.iter().copied().collect();
        if [shape.len(), self.permutation.len(), distinct.len()] != [input.len(); 3] {
            let permutation = &self.permutation;
            return Err(Problem::malformed(format!("{permutation:?} does not permute {input:?}")));
        }
        Ok(shape)
    }
}

impl Concat {
    /// The shape of its output.
    pub(crate) fn shape(self, inputs: &[&[usize]]) -> Result<Vec<usize>, Problem> {
        let first = inputs.first().copied().unwrap_or(&[]);
        let mut along = 0usize;
        for shape in inputs {
            let alike = shape.len() == first.len()
                && shape
                    .iter()
                    .zip(first)
                    .enumerate()
                    .all(|(at, (l, r))| at == self.axis || l == r);
            if !alike {
                let problem = format!("shapes {first:?} and {shape:?} do not fit");
                return Err(Problem::malformed(problem));
            }
            along = along.saturating_add(shape.get(self.axis).copied().unwrap_or(0));
        }
        let dims = first.iter().enumerate();
        Ok(dims.map(|(at, dim)| if at == self.axis { along } else { *dim }).collect())
    }
}

impl Operator for Reshape {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        inputs.iter().flat_map(|input| input.values).copied().collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        lowering.value(lowering.input(node))
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Transpose {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let Tensor { values, shape } = inputs[0];
        transpose_index(shape, &self.permutation).into_iter().map(|at| values[at]).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let tensor = lowering.input(node);
        let index = some(transpose_index(lowering.graph.shape(tensor), &self.permutation));
        let value = lowering.movable(tensor)?;
        Ok(Rc::new(lowering.emitter.select(&value, &index)?))
    }
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "the shapes were checked when the graph was read"
)]
impl Operator for Concat {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let axis = self.axis;
        let outer: usize = inputs[0].shape[..axis].iter().product();
        let mut output = Vec::new();
        for at in 0..outer {
            for Tensor { values, shape } in inputs {
                let len: usize = shape[axis..].iter().product();
                output.extend_from_slice(&values[at * len..][..len]);
            }
        }
        output
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let (inputs, shape, axis) = (lowering.inputs(node), lowering.shape(node), self.axis);
        let len: usize = shape.iter().product();
        // Each input becomes a term as long as the output.
        if inputs.len().saturating_mul(len) > MAX_ELEMENTS {
            return Err(ProgramError::TooLarge("elements of all nodes").into());
        }
        let inner: usize = shape[axis + 1..].iter().product();
        let row = shape[axis] * inner;
        let mut all = Value { len, terms: Vec::new(), offset: PerElement::Uniform(0.0) };
        let mut offsets = vec![0.0; len];
        let mut start = 0;
        let mut total = 0;
        for tensor in inputs {
            total += lowering.value(*tensor)?.terms.len();
        }
        let mut alive = 0usize;
        for tensor in inputs {
            if total > MAX_TERMS && lowering.value(*tensor)?.terms.len() > 1 {
                lowering.requantised(*tensor)?;
            }
            lowering.movable(*tensor)?;
            let own = lowering.graph.shape(*tensor)[axis] * inner;
            let mut index = vec![None; len];
            for (position, slot) in index.iter_mut().enumerate() {
                let (outer, inside) = (position / row, position % row);
                if (start..start + own).contains(&inside) {
                    let source = outer * own + inside - start;
                    *slot = Some(source as u32);
                }
            }
            let value = lowering.value(*tensor)?;
            let moved = lowering.emitter.select(&value, &index)?;
            for (position, source) in index.iter().enumerate() {
                if let Some(source) = source {
                    offsets[position] = value.offset.at(*source as usize);
                }
            }
            for mut term in moved.terms {
                // Where the element is another input's, the scale does not matter.
                if let Map::Scaled(scale) = &term.map {
                    let keep = |at: usize| if index[at].is_some() { scale.at(at) } else { 0.0 };
                    term.map = Map::Scaled(PerElement::from_vec((0..len).map(keep).collect()));
                }
                alive = alive.saturating_add(term.size());
                all.terms.push(term);
            }
            lowering.fits(alive)?;
            start += own;
        }
        all.offset = PerElement::from_vec(offsets);
        let joined = if all.terms.len() == inputs.len() { merged(all, lowering)? } else { all };
        Ok(Rc::new(joined))
    }
}

/// Joins scaled terms into one node; no two may have integers at the same
/// place.
fn merged(value: Value, lowering: &mut Lowering<'_>) -> Result<Value, CompileError> {
    let scaled: Option<Vec<(usize, PerElement)>> = value
        .terms
        .iter()
        .map(|term| match &term.map {
            Map::Scaled(scale) => Some((term.node, scale.clone())),
            _ => None,
        })
        .collect();
    let Some(scaled) = scaled else { return Ok(value) };
    let terms = scaled
        .iter()
        .map(|(node, _)| (*node, LinearMap::Scale { len: value.len, factor: 1 }))
        .collect();
    let node = lowering.emitter.linear(terms, vec![0; value.len])?;
    let scale = (0..value.len).map(|i| scaled.iter().map(|(_, scale)| scale.at(i)).sum());
    let scale = PerElement::from_vec(scale.collect());
    Ok(Value::scaled(node, value.len, scale, value.offset))
}
