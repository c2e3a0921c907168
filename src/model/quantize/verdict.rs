//! The last steps of a program: from scores to one bit.

use super::CompileError;
use super::emit::{Emitter, Shared};
use super::lower::Lowering;
use crate::model::linear::LinearMap;
use crate::model::onnx::TensorRef;
use crate::model::predicate::Predicate;
use crate::model::program::NodeId;

/// Whether the winner so far matches: a cell of 0 or 1, negated if `negated`.
#[derive(Clone, Copy)]
struct Matches {
    node: NodeId,
    negated: bool,
}

impl Lowering<'_> {
    /// Emits the predicate over the scores in `raw`; the verdict's node.
    pub(super) fn verdict(
        &mut self,
        raw: TensorRef,
        predicate: &Predicate,
        threshold: f64,
    ) -> Result<NodeId, CompileError> {
        match predicate {
            Predicate::MatchClass(classes) => {
                let scores = self.fit_uniform(raw)?;
                let (node, _, _) =
                    scores.plain().ok_or(CompileError::Internal("scores are not uniform"))?;
                let member: Vec<bool> = (0..scores.len)
                    .map(|class| classes.binary_search_by_key(&class, |c| *c as usize).is_ok())
                    .collect();
                winner(&mut self.emitter, node, &member)
            }
            Predicate::MatchScore { index, .. } => {
                let value = self.value(raw)?;
                let range = self.range(raw)?;
                let score = self.emitter.select(&value, &[Some(*index)])?;
                let shift = self.emitter.precision.shift;
                let unit = self.emitter.unit(range.0, range.1);
                // x >= 1 exactly where (x − 1 + 2^(s−1) + 2^(s−1)) >> s >= 1.
                let extra = ((1i64 << shift) >> 1) - 1;
                let node = self.emitter.accumulate(&score, unit, threshold, extra)?;
                self.emitter.step(node, Shared::Step, shift)
            }
        }
    }
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

fn combine(
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
        // The odd one out stands behind the others.
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
