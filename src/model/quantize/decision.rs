//! The last steps of a program: from scores to one bit.

use std::rc::Rc;

use super::{Scores, exact};
use crate::model::graph::TensorRef;
use crate::model::linear::{Dense, LinearMap, Weights, WeightsBuilder};
use crate::model::lowering::{
    CompileError, Emitter, Grid, Lowering, Map, Shared, Value, bias_of, integer,
};
use crate::model::predicate::Predicate;
use crate::model::program::NodeId;

/// Whether the winner so far matches: a cell of 0 or 1, negated if `negated`.
#[derive(Clone, Copy)]
struct Matches {
    node: NodeId,
    negated: bool,
}

impl Lowering<'_> {
    /// Emits the predicate over the scores in `raw`; the decision's node, and
    /// where the scores are if classes are compared.
    pub(super) fn decision(
        &mut self,
        raw: TensorRef,
        predicate: &Predicate,
        threshold: f64,
    ) -> Result<(NodeId, Option<Scores>), CompileError> {
        match predicate {
            Predicate::MatchClass(classes) => {
                let scores = self.scores(raw)?;
                let member: Vec<bool> = (0..self.graph.len(raw))
                    .map(|class| classes.binary_search_by_key(&class, |c| *c as usize).is_ok())
                    .collect();
                let decide = if self.is_wide(scores.node)? { exact::winner } else { winner };
                Ok((decide(&mut self.emitter, scores.node, &member)?, Some(scores)))
            }
            Predicate::MatchScore { index, .. } => {
                let value = self.movable(raw)?;
                if let Some((node, denominator)) = self.fraction(&value) {
                    let score = self.emitter.gather(node, &[Some(*index)])?;
                    return Ok((
                        exact::above(&mut self.emitter, score, threshold, denominator)?,
                        None,
                    ));
                }
                let (low, high) = self.range(raw)?;
                let score = self.emitter.select(&value, &[Some(*index)])?;
                let unit = self.emitter.unit(low, high) * self.emitter.precision.coarser_scores();
                // x >= 1 exactly where (x − 1 + 2^(s−1) + 2^(s−1)) >> s >= 1.
                let extra = |shift: u32| ((1i64 << shift) >> 1) - 1;
                // The unit is of all scores, of which this may be a small one.
                let shift = self.emitter.finest_shift(&score, unit);
                let accumulator =
                    self.emitter.accumulate_at(shift, &score, unit, threshold, extra)?;
                let node = self.emitter.step(accumulator.node, Shared::Step, accumulator.shift)?;
                Ok((node, None))
            }
        }
    }

    /// The node of a value that is a fraction of its integers, and what they are divided by.
    fn fraction(&self, value: &Value) -> Option<(NodeId, i64)> {
        let (node, _, _) = value.plain()?;
        self.fractions.get(&node).map(|denominator| (node, *denominator))
    }

    /// Whether scores are exact and too wide for tables over their differences.
    fn is_wide(&self, node: NodeId) -> Result<bool, CompileError> {
        let (low, high) = self.emitter.range(node)?;
        Ok(self.fractions.contains_key(&node) && high - low > exact::WIDE)
    }

    /// The scores as levels of one grid, less what all of them share where that
    /// can be read from the last layer.
    fn scores(&mut self, raw: TensorRef) -> Result<Scores, CompileError> {
        let value = self.value(raw)?;
        // A product of matrices is read element by element only: it becomes levels first.
        let in_order = value.terms.iter().any(|term| self.emitter.is_in_order(term.node));
        if self.levels(&value).is_none()
            && !in_order
            && let Some((low, high)) = self.ranges.centred()
        {
            // Coarser levels: as many over a wider range, so that they share a table.
            let wide = (1.0 + 2.0 * HEADROOM) * self.emitter.precision.coarser_scores();
            let room = (high - low) * ((wide - 1.0) / 2.0);
            let levels = self.emitter.precision.levels;
            let found = match Grid::over((low - room, high + room), levels) {
                Some(grid) => self.emitter.centred(&value, &grid)?.map(|node| (node, grid.unit)),
                None => None,
            };
            if let Some((node, unit)) = found {
                return Ok(Scores { node, unit, low: 0.0, centred: true });
            }
        }
        let coarser = self.emitter.precision.coarser_scores();
        let mut value = if coarser > 1.0 && self.levels(&value).is_none() {
            let (low, high) = self.range(raw)?;
            let room = (high - low) * ((coarser - 1.0) / 2.0);
            Rc::new(self.emitter.requantise(&value, (low - room, high + room))?)
        } else {
            self.fit_uniform(raw)?
        };
        // What was made of exact sums may be as wide as they are, and is no longer exact.
        if !self.fractions.is_empty()
            && let Some((node, _, _)) = value.plain()
            && !self.fractions.contains_key(&node)
        {
            let (low, high) = self.emitter.range(node)?;
            if high - low > 2 * exact::WIDE {
                value = self.requantised(raw)?;
            }
        }
        let (node, unit, low) =
            value.plain().ok_or(CompileError::Internal("scores are not uniform"))?;
        Ok(Scores { node, unit, low, centred: false })
    }
}

/// Levels beyond the calibrated range of the scores, on each side, as a part of
/// it: two scores outside all levels would be taken for equal.
const HEADROOM: f64 = 1.0 / 16.0;
/// Most scores whose mean is taken away where the last layer has no weights.
const MAX_CENTRED: usize = 1024;

impl Emitter {
    /// The levels of scores less what they share: from each column of integer
    /// coefficients its rounded mean is taken, so scores that are equal stay
    /// equal and differences are what they were. `None` where the rows of a
    /// term do not read the same elements.
    fn centred(&mut self, value: &Value, grid: &Grid) -> Result<Option<NodeId>, CompileError> {
        let shift = self.finest_shift(value, grid.unit);
        let factor = (1i64 << shift) as f64 / grid.unit;
        let rows = value.len;
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            let weights = match (&term.map, &term.select) {
                (Map::Dense(dense), None) => dense.weights.integers(factor)?,
                (Map::Conv(conv), None)
                    if conv.plane() == 1
                        && conv.groups == 1
                        && conv.window.kernel == conv.window.input[1..]
                        && conv.window.padding == [0, 0]
                        && conv.window.dilation == [1, 1] =>
                {
                    conv.weights.integers(factor)?
                }
                (Map::Scaled(scale), None) if rows <= MAX_CENTRED => {
                    let mut weights = vec![0; rows * rows];
                    for (at, weight) in weights.iter_mut().step_by(rows + 1).enumerate() {
                        *weight = integer(scale.at(at) * factor)?;
                    }
                    weights.into()
                }
                _ => return Ok(None),
            };
            let columns = weights.len() / rows;
            let weights = less_mean(&weights, columns);
            self.spend(weights.len())?;
            terms.push((term.node, LinearMap::Dense(Dense { rows, columns, weights })));
        }
        let bias = (0..rows).map(|i| bias_of(value.offset.at(i) * factor));
        let bias: Vec<i64> = bias.collect::<Result<_, _>>()?;
        let bias = less_mean(&bias.into(), 1);
        let bias = bias.iter().map(|bias| bias + (grid.zero << shift)).collect();
        let accumulator = self.linear(terms, bias)?;
        let node = self.step(accumulator, Shared::Clamp, shift)?;
        let value = self.on_grid(node, rows, grid)?;
        Ok(value.plain().map(|(node, _, _)| node))
    }
}

/// Takes from each column of a matrix its mean, rounded.
fn less_mean(matrix: &Weights, columns: usize) -> Weights {
    let rows = (matrix.len() / columns.max(1)).max(1);
    let mut sums = vec![0i128; columns];
    let mut entries = matrix.iter();
    for _ in 0..rows {
        sums.iter_mut().zip(&mut entries).for_each(|(sum, entry)| *sum += i128::from(entry));
    }
    let rows = rows as i128;
    // Of numbers below 2^62, so their mean is too.
    let mean = |sum: &i128| (sum + rows / 2).div_euclid(rows) as i64;
    let means: Vec<i64> = sums.iter().map(mean).collect();
    let mut less = WeightsBuilder::of(matrix.len());
    matrix.iter().zip(means.iter().cycle()).for_each(|(entry, mean)| less.push(entry - mean));
    less.finish()
}

/// Folds the scores in index order, run by run of classes alike: a later run
/// takes over only where its maximum is greater, so the lowest index wins ties.
fn winner(emitter: &mut Emitter, scores: NodeId, member: &[bool]) -> Result<NodeId, CompileError> {
    let mut runs = member.chunk_by(|l, r| l == r).scan(0usize, |start, run| {
        let first = *start;
        *start += run.len();
        Some((first..*start, run[0]))
    });
    let (range, _) = runs.next().ok_or(CompileError::Internal("there are no scores"))?;
    let mut best = maximum(emitter, scores, range)?;
    let mut state: Option<Matches> = None;
    let mut runs = runs.peekable();
    while let Some((range, matches)) = runs.next() {
        let rival = maximum(emitter, scores, range)?;
        let lead = combine(emitter, &[(rival, 1), (best, -1)], 0)?;
        let greater = emitter.step(lead, Shared::Step, 0)?;
        if runs.peek().is_some() {
            best = emitter.max(rival, best)?;
        }
        state = Some(match state {
            // Before the second run the answer is known: the opposite.
            None => Matches { node: greater, negated: !matches },
            Some(state) => {
                // w + g >= 1 is "or", w − g >= 1 is "and not".
                let sign = if matches { 1 } else { -1 };
                let (own, bias) = state.signed();
                let sum = combine(emitter, &[(state.node, own), (greater, sign)], bias)?;
                Matches { node: emitter.step(sum, Shared::Step, 0)?, negated: false }
            }
        });
    }
    let state = state.ok_or(CompileError::Internal("the predicate is constant"))?;
    if !state.negated {
        return Ok(state.node);
    }
    let (own, bias) = state.signed();
    let sum = combine(emitter, &[(state.node, own)], bias)?;
    emitter.step(sum, Shared::Step, 0)
}

impl Matches {
    /// Factor and bias of the cell.
    const fn signed(self) -> (i64, i64) {
        if self.negated { (-1, 1) } else { (1, 0) }
    }
}

pub(super) fn combine(
    emitter: &mut Emitter,
    terms: &[(NodeId, i64)],
    bias: i64,
) -> Result<NodeId, CompileError> {
    let scale = |&(node, factor): &(NodeId, i64)| (node, LinearMap::Scale { len: 1, factor });
    emitter.linear(terms.iter().map(scale).collect(), vec![bias])
}

/// The greatest of some elements of a node, by halving.
fn maximum(
    emitter: &mut Emitter,
    scores: NodeId,
    range: std::ops::Range<usize>,
) -> Result<NodeId, CompileError> {
    let pick = |range: std::ops::Range<usize>| -> Vec<Option<u32>> {
        range.map(|at| Some(at as u32)).collect()
    };
    let mut len = range.len();
    let mut node = emitter.gather(scores, &pick(range))?;
    while len > 1 {
        let half = len / 2;
        let left = emitter.gather(node, &pick(0..half))?;
        let right = emitter.gather(node, &pick(half..2 * half))?;
        let greater = emitter.max(left, right)?;
        if len.is_multiple_of(2) {
            (node, len) = (greater, half);
            continue;
        }
        // The odd one out is put behind the others.
        let mut front = pick(0..half);
        front.push(None);
        let mut rest = vec![None; half];
        rest.push(Some((len - 1) as u32));
        let (front, rest) = (emitter.gather(greater, &front)?, emitter.gather(node, &rest)?);
        let one = LinearMap::Scale { len: half + 1, factor: 1 };
        node = emitter.linear(vec![(front, one.clone()), (rest, one)], vec![0; half + 1])?;
        len = half + 1;
    }
    Ok(node)
}
