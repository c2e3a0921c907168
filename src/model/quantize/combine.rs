//! Sums and concatenations of tensors.

use super::CompileError;
use super::lower::{Lowering, some};
use super::value::{Map, PerElement, Value};
use crate::model::linear::LinearMap;
use crate::model::onnx::{TensorRef, broadcast_index};
use crate::model::program::{MAX_ELEMENTS, ProgramError};

/// A sum of more terms is requantised: each term costs a layer.
const MAX_TERMS: usize = 6;

impl Lowering<'_> {
    pub(super) fn sum(
        &mut self,
        left: TensorRef,
        right: TensorRef,
        subtract: bool,
        shape: &[usize],
    ) -> Result<Value, CompileError> {
        for tensor in [left, right] {
            let terms = self.value(left)?.terms.len() + self.value(right)?.terms.len();
            if terms > MAX_TERMS {
                self.requantised(tensor)?;
            }
        }
        let mut operand = |tensor: TensorRef, sign: f64| {
            let index = some(broadcast_index(self.graph.shape(tensor), shape));
            let value = self.value(tensor)?;
            let moved = self.emitter.select(&value, &index)?;
            moved
                .times(&PerElement::Uniform(sign))
                .ok_or(CompileError::Internal("a sign does not fit"))
        };
        let left = operand(left, 1.0)?;
        let right = operand(right, if subtract { -1.0 } else { 1.0 })?;
        let offset = left.offset.zip(&right.offset, left.len, |l, r| l + r);
        let terms = left.terms.into_iter().chain(right.terms).collect();
        Ok(Value { len: left.len, terms, offset })
    }

    pub(super) fn concat(
        &mut self,
        inputs: &[TensorRef],
        axis: usize,
        shape: &[usize],
    ) -> Result<Value, CompileError> {
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
            total += self.value(*tensor)?.terms.len();
        }
        let mut alive = 0usize;
        for tensor in inputs {
            if total > MAX_TERMS && self.value(*tensor)?.terms.len() > 1 {
                self.requantised(*tensor)?;
            }
            let own = self.graph.shape(*tensor)[axis] * inner;
            let mut index = vec![None; len];
            for (position, slot) in index.iter_mut().enumerate() {
                let (outer, inside) = (position / row, position % row);
                if (start..start + own).contains(&inside) {
                    let source = outer * own + inside - start;
                    *slot = Some(source as u32);
                }
            }
            let value = self.value(*tensor)?;
            let moved = self.emitter.select(&value, &index)?;
            for (position, source) in index.iter().enumerate() {
                if let Some(source) = source {
                    offsets[position] = value.offset.at(*source as usize);
                }
            }
            for mut term in moved.terms {
                // Where another input stands, the scale is of no account.
                if let Map::Scaled(scale) = &term.map {
                    let keep = |at: usize| if index[at].is_some() { scale.at(at) } else { 0.0 };
                    term.map = Map::Scaled(PerElement::from_vec((0..len).map(keep).collect()));
                }
                alive = alive.saturating_add(term.size());
                all.terms.push(term);
            }
            self.fits(alive)?;
            start += own;
        }
        all.offset = PerElement::from_vec(offsets);
        if all.terms.len() == inputs.len() { self.merge_scaled(all) } else { Ok(all) }
    }

    /// Joins scaled terms into one node; no two may have integers at the same
    /// place.
    fn merge_scaled(&mut self, value: Value) -> Result<Value, CompileError> {
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
        let node = self.emitter.linear(terms, vec![0; value.len])?;
        let scale = (0..value.len).map(|i| scaled.iter().map(|(_, scale)| scale.at(i)).sum());
        let scale = PerElement::from_vec(scale.collect());
        Ok(Value::scaled(node, value.len, scale, value.offset))
    }
}
