//! Values on the integers that a file names.
//!
//! The step's quotient is the integer itself, counted from the least of its type, so that all
//! tensors of a type share one table. Its accumulator counts in `2^-24` of the real width of an
//! integer: each coefficient is rounded once, to that. So the sum is off by at most half a unit
//! times the sum of the magnitudes of the integers that it adds up, and in the mean by the root
//! of the sum of their squares. `docs/decisions/0028` compares this with a sum of integers that
//! is multiplied by one rounded factor.

use super::emit::{Accumulator, Emitter, Shared};
use super::error::CompileError;
use super::value::{Map, PerElement, Value};
use crate::model::linear::LinearMap;
use crate::model::program::NodeId;

/// A value over fewer integers is looked up as it is, with a table of its own: halves to even.
/// Up to 64 bytes are added up before.
const FEW: i64 = 1 << 14;

impl Emitter {
    /// The table of a file's own integers that serves as relu up to `high`, if there is one.
    pub(super) fn integers_up_to(&self, high: i64) -> Option<Shared> {
        let fits = |kind: &&Shared| matches!(kind, Shared::Integers(most) if high <= *most);
        self.found.keys().find(fits).copied()
    }

    /// The nearest integers of a value, counted in `scale`, what is beyond at the ends of
    /// `low..=high`.
    pub(crate) fn rounded_to(
        &mut self,
        value: &Value,
        scale: f64,
        (low, high): (i64, i64),
    ) -> Result<Value, CompileError> {
        let shift = self.finest_shift(value, scale);
        let start = |shift: u32| low.saturating_neg().saturating_mul(1 << shift);
        let accumulator = self.accumulate_at(shift, value, scale, 0.0, start)?;
        let kind = Shared::Integers(high.saturating_sub(low));
        let node = self.step(accumulator.node, kind, accumulator.shift)?;
        self.counted(node, value.len, scale, low)
    }

    /// A value over few integers as another function of these, in multiples of `scale`. `None` if
    /// there are too many.
    pub(crate) fn looked_up(
        &mut self,
        value: &Value,
        scale: f64,
        mut function: impl FnMut(f64) -> i64,
    ) -> Result<Option<Value>, CompileError> {
        let Some((node, unit, offset)) = value.plain() else { return Ok(None) };
        let (low, high) = self.range(node)?;
        if high.saturating_sub(low) >= FEW {
            return Ok(None);
        }
        let mut of = |x: i64| function(unit * x as f64 + offset);
        // Each of them under another name.
        let moved = of(low).saturating_sub(low);
        self.spend(usize::try_from(high.saturating_sub(low)).unwrap_or(0))?;
        if (low..=high).all(|x| of(x).saturating_sub(x) == moved) {
            return self.counted(node, value.len, scale, moved).map(Some);
        }
        let node = self.own_step(Accumulator { node, shift: 0 }, of)?;
        self.counted(node, value.len, scale, 0).map(Some)
    }

    /// Whether a value is a whole number between two others, whatever the document.
    pub(crate) fn is_whole(
        &mut self,
        value: &Value,
        (least, most): (i64, i64),
    ) -> Result<bool, CompileError> {
        if whole(value).is_none() {
            return Ok(false);
        }
        let (low, high) = self.reach(value)?;
        Ok(low >= least as f64 && high <= most as f64)
    }

    /// The node of a value that is a whole number, whatever the document.
    pub(crate) fn as_whole(&mut self, value: &Value) -> Result<Option<NodeId>, CompileError> {
        let Some((terms, offset)) = whole(value) else { return Ok(None) };
        if let ([(node, 1)], 0) = (terms.as_slice(), offset) {
            return Ok(Some(*node));
        }
        let scaled = |(node, factor)| (node, LinearMap::Scale { len: value.len, factor });
        let terms = terms.into_iter().map(scaled).collect();
        self.linear(terms, vec![offset; value.len]).map(Some)
    }

    /// The same where the whole numbers that are added differ from element to element.
    pub(crate) fn as_whole_numbers(
        &mut self,
        value: &Value,
    ) -> Result<Option<NodeId>, CompileError> {
        let PerElement::Each(offsets) = &value.offset else { return self.as_whole(value) };
        let bias: Option<Vec<i64>> = offsets.iter().map(|offset| integer(*offset)).collect();
        let Some(bias) = bias else { return Ok(None) };
        let Some(terms) = whole_terms(value) else { return Ok(None) };
        if terms.iter().any(|(node, _)| self.is_in_order(*node)) {
            return Ok(None);
        }
        let scaled = |(node, factor)| (node, LinearMap::Scale { len: value.len, factor });
        self.linear(terms.into_iter().map(scaled).collect(), bias).map(Some)
    }

    /// `scale · (node + start)`, where zero is zero.
    fn counted(
        &mut self,
        node: NodeId,
        len: usize,
        scale: f64,
        start: i64,
    ) -> Result<Value, CompileError> {
        let node = if start == 0 {
            node
        } else {
            let same = LinearMap::Scale { len, factor: 1 };
            self.linear(vec![(node, same)], vec![start; len])?
        };
        Ok(Value::scaled(node, len, PerElement::Uniform(scale), PerElement::Uniform(0.0)))
    }
}

/// The terms of a value with whole factors and a whole offset, each one for all elements.
fn whole(value: &Value) -> Option<(Vec<(NodeId, i64)>, i64)> {
    let PerElement::Uniform(offset) = value.offset else { return None };
    Some((whole_terms(value)?, integer(offset)?))
}

fn integer(x: f64) -> Option<i64> {
    (x.abs() < 1e9 && x == x.round()).then_some(x as i64)
}

/// The terms of a value with whole factors, each one for all elements.
fn whole_terms(value: &Value) -> Option<Vec<(NodeId, i64)>> {
    let mut terms = Vec::with_capacity(value.terms.len());
    for term in &value.terms {
        match (&term.map, &term.select) {
            (Map::Scaled(PerElement::Uniform(scale)), None) => {
                terms.push((term.node, integer(*scale)?));
            }
            _ => return None,
        }
    }
    Some(terms)
}
