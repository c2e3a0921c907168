//! Softmax of rows: the program's own node, in units of its own.
//!
//! A score counts in u nats, about [`UNIT`] or [`COARSE_UNIT`]. Where the scores are a product of
//! matrices, u is chosen so that the product is multiplied by a whole number and nothing is
//! rounded.
//!
//! The levels of the product's left side are widened a little where that makes u exactly
//! that unit. Then all softmaxes of a model read one table, over the widest range of scores.

use super::Lowering;
use super::emit::{Emitter, Shared};
use super::error::CompileError;
use super::nearest::bias_of;
use super::value::{PerElement, Value};
use crate::model::graph::{Affine, Op as GraphOp, TensorRef};
use crate::model::linear::LinearMap;
use crate::model::program::{LIMB_BITS, MAX_SHIFT, NodeId, Table, TableId, quotient};

/// The width of a score in nats, about.
const UNIT: f64 = 1.0 / 64.0;
/// The same where there are so few levels that scores are coarser anyway.
const COARSE_UNIT: f64 = 1.0 / 32.0;
/// Levels from which on [`UNIT`] is taken.
const FINE_LEVELS: i64 = 511;
/// How many times as far apart as calibration saw them the scores of a row may be without an
/// element that is closed getting a share.
const APART: f64 = 4.0;
/// The exponential of 0.
const ONE: f64 = 1024.0;
/// Factors of a product from which on u is close to the unit.
const ENOUGH: f64 = 8.0;
/// Widest range of scores.
const MOST: i64 = 1 << 19;
/// What a unit may differ from the common one by, as a part of it, and still be that unit: a few
/// roundings of floats.
const SAME: f64 = 1e-9;
/// Operators that may stand between a product and its softmax.
const BETWEEN: usize = 8;

/// Scores as integers: `2^shift` of them are `unit` nats.
struct Scores {
    node: NodeId,
    shift: u32,
    unit: f64,
}

impl Emitter {
    /// The softmax of rows of `row` scores. `closed` elements have no share, nor those where a
    /// node of `masks`, which are as long as the scores, is 1. `span` is how far apart scores
    /// were seen.
    pub(crate) fn softmax(
        &mut self,
        (scores, span): (&Value, f64),
        row: usize,
        closed: &[bool],
        masks: &[NodeId],
    ) -> Result<Value, CompileError> {
        let len = scores.len;
        let mut scores = self.scores_of_softmax(scores)?;
        if !masks.is_empty() || closed.contains(&true) {
            let away = self.away(&scores, span)?;
            let same = |factor| LinearMap::Scale { len, factor };
            let mut terms = vec![(scores.node, same(1))];
            terms.extend(masks.iter().map(|mask| (*mask, same(-away))));
            let shut = |at: usize| if closed.get(at) == Some(&true) { -away } else { 0 };
            scores.node = self.linear(terms, (0..len).map(shut).collect())?;
        }
        let (table, digits) = self.exponential(&scores, row)?;
        let Scores { node, shift, unit } = scores;
        self.spend(len)?;
        let node = self.builder.push_softmax(node, (table, digits), shift, row)?;
        // The shares add up to a little less than one: by half a unit in the mean.
        let one = ONE * f64::from(1u32 << digits) / (1.0 + unit / 2.0);
        let (scale, offset) = (PerElement::Uniform(1.0 / one), PerElement::Uniform(0.0));
        Ok(Value::scaled(node, len, scale, offset))
    }

    /// The width of a score in nats where it can be chosen.
    pub(crate) fn unit_of_scores(&self) -> f64 {
        if self.precision.levels < FINE_LEVELS { COARSE_UNIT } else { UNIT }
    }

    fn scores_of_softmax(&mut self, scores: &Value) -> Result<Scores, CompileError> {
        if let [term] = scores.terms.as_slice()
            && let Some((node, scale)) = term.uniform()
            && self.is_in_order(node)
        {
            let common = self.unit_of_scores();
            let shift = self.fitted.get(&node).copied().unwrap_or_else(|| shift_of(scale, common));
            let whole = factor(scale, shift, common).round().max(1.0);
            let unit = scale * f64::from(1u32 << shift) / whole;
            let unit = if (unit / common - 1.0).abs() < SAME { common } else { unit };
            let fine = f64::from(1u32 << shift) / unit;
            let bias = (0..scores.len).map(|at| bias_of(scores.offset.at(at) * fine));
            let bias = bias.collect::<Result<Vec<_>, _>>()?;
            let map = LinearMap::Scale { len: scores.len, factor: whole as i64 };
            let node = self.linear(vec![(node, map)], bias)?;
            return Ok(Scores { node, shift, unit });
        }
        let unit = self.unit_of_scores();
        let accumulator = self.accumulate(scores, unit, 0.0, |_| 0)?;
        Ok(Scores { node: accumulator.node, shift: accumulator.shift, unit })
    }

    fn quotients_of(&self, scores: &Scores) -> Result<(i64, i64), CompileError> {
        let (low, high) = self.range(scores.node)?;
        let (low, high) = (quotient(low, scores.shift), quotient(high, scores.shift));
        if high.saturating_sub(low) > MOST {
            return Err(CompileError::TooWide);
        }
        Ok((low, high))
    }

    /// What takes a score so far down that its exponential is 0 beside any other: at least
    /// beside those that are no further apart than [`APART`] times what was seen.
    fn away(&self, scores: &Scores, span: f64) -> Result<i64, CompileError> {
        let (low, high) = self.quotients_of(scores)?;
        let nothing = (libm::log(2.0 * ONE) / scores.unit).ceil() as i64 + 1;
        // Saturates.
        let seen = (APART * span / scores.unit).ceil() as i64;
        Ok(((high - low).min(seen) + nothing) << scores.shift)
    }

    /// The table over all that a score may be below the logarithm of its row's sum.
    fn exponential(&mut self, scores: &Scores, row: usize) -> Result<(TableId, u32), CompileError> {
        let (low, high) = self.quotients_of(scores)?;
        let of = |x: i64| (ONE * libm::exp(scores.unit * x as f64)).round() as i64;
        // Where a whole row of equal scores adds up to one or less.
        let count = i64::try_from(row).unwrap_or(i64::MAX);
        let mut equal = -(libm::log(row as f64) / scores.unit).floor() as i64;
        while of(equal).saturating_mul(count) > ONE as i64 {
            equal -= 1;
        }
        let foot = low - high + equal - 1;
        self.spend(usize::try_from(-foot).unwrap_or(0))?;
        let values: Vec<i64> = (foot..=1).map(of).collect();
        let (table, digits) = Table::softmax(&values, row).ok_or(CompileError::TooWide)?;
        if scores.unit == self.unit_of_scores() {
            // The longer table has the same digits as a rule, and its own in any case.
            let (foot, _) = self.extent(Shared::Exponential(digits), (foot, 0));
            self.spend(usize::try_from(-foot).unwrap_or(0))?;
            let values: Vec<i64> = (foot..=1).map(of).collect();
            let (table, digits) = Table::softmax(&values, row).ok_or(CompileError::TooWide)?;
            return Ok((self.shared_table(table)?, digits));
        }
        let entries = i64::try_from(table.values.len()).unwrap_or(i64::MAX);
        let table = self.builder.table(table)?;
        if self.is_new(table) {
            self.own_tables.grant(entries, entries, row);
        }
        Ok((table, digits))
    }
}

/// What a product of a scale is multiplied by to count in a unit, with `shift` bits below.
fn factor(scale: f64, shift: u32, unit: f64) -> f64 {
    scale * f64::from(1u32 << shift) / unit
}

/// The bits below a unit of scores that are a product of a scale.
fn shift_of(scale: f64, unit: f64) -> u32 {
    (LIMB_BITS..MAX_SHIFT).find(|shift| factor(scale, *shift, unit) >= ENOUGH).unwrap_or(MAX_SHIFT)
}

impl Lowering<'_> {
    /// What scores are multiplied by between a product of matrices and the softmax that alone
    /// reads it, if one does.
    pub(crate) fn factor_of_scores(&mut self, product: usize) -> Result<Option<f64>, CompileError> {
        let (mut at, mut factor) = (product, 1.0);
        for _ in 0..BETWEEN {
            self.emitter.spend(self.graph.nodes.len())?;
            let Some(reader) = self.sole_reader(at) else { return Ok(None) };
            let node = &self.graph.nodes[reader];
            match &node.op {
                GraphOp::Reshape => {}
                GraphOp::Affine(Affine { scale, .. }) => match *scale.values.as_slice() {
                    [scale] => factor *= scale,
                    _ => return Ok(None),
                },
                GraphOp::Softmax(_) => {
                    let first = node.inputs.first() == Some(&TensorRef::Node(at));
                    return Ok((first && factor > 0.0).then_some(factor));
                }
                _ => return Ok(None),
            }
            at = reader;
        }
        Ok(None)
    }
}

/// By how much the levels of a side of a product are made wider so that scores count in
/// a unit, where the product would have a scale, and how many bits the scores then have
/// below it.
pub(crate) fn widening(scale: f64, unit: f64) -> Option<(f64, u32)> {
    let shift = shift_of(scale, unit);
    let raw = factor(scale, shift, unit);
    (raw >= ENOUGH).then(|| (raw.ceil() / raw, shift))
}
