//! The rows of an ensemble.
//!
//! With r for whether a document reaches a branch and b for the answer there, the branch's row is
//! a = r AND b: the upper child is reached where a = 1, the lower one where r − a = 1. At roots
//! r = 1, so a = b. With d(t) for what tree t gives where every answer is 0, its value is
//! d(t) + Σ a·(d(upper) − d(lower)) over all its branches: linear in the rows.

use std::collections::BTreeMap;

use super::plan::{Plan, Simple};
use crate::model::graph::Trees;
use crate::model::linear::{Dense, LinearMap};
use crate::model::lowering::{CompileError, Emitter, Shared};
use crate::model::program::NodeId;

/// A branch on its level.
struct Row {
    question: u32,
    /// The branch above, and whether this is its upper child.
    parent: Option<(u32, bool)>,
    /// What the row adds to each score.
    amounts: Vec<i64>,
}

/// The branches of all trees by their distance from the roots, and the scores where all answers
/// are 0.
struct Levels {
    levels: Vec<Vec<Row>>,
    base: Vec<i64>,
}

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "scores are in range, and the reader has bounded the sums of all leaves"
)]
impl Levels {
    fn of(plan: &Plan, trees: &Trees) -> Self {
        let mut levels = Self { levels: Vec::new(), base: trees.base.clone() };
        for tree in &plan.trees {
            let amounts = levels.add(tree, 0, None, trees);
            for (sum, amount) in levels.base.iter_mut().zip(amounts) {
                *sum += amount;
            }
        }
        levels
    }

    /// Adds a tree; what it gives where every answer is 0.
    fn add(
        &mut self,
        tree: &Simple,
        level: usize,
        parent: Option<(u32, bool)>,
        trees: &Trees,
    ) -> Vec<i64> {
        match tree {
            Simple::Leaf(leaf) => {
                let mut amounts = vec![0; trees.targets];
                for (score, amount) in &trees.leaves[*leaf as usize] {
                    amounts[*score as usize] = *amount;
                }
                amounts
            }
            Simple::Branch { question, high, low } => {
                if self.levels.len() == level {
                    self.levels.push(Vec::new());
                }
                let at = self.levels[level].len();
                self.levels[level].push(Row { question: *question, parent, amounts: Vec::new() });
                let here = at as u32;
                let high = self.add(high, level + 1, Some((here, true)), trees);
                let low = self.add(low, level + 1, Some((here, false)), trees);
                self.levels[level][at].amounts =
                    high.iter().zip(&low).map(|(h, l)| h - l).collect();
                low
            }
        }
    }
}

/// Emits an ensemble; the node of its scores in whole numbers.
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "levels are in range, and the builder checks every sum"
)]
pub(super) fn emit(
    emitter: &mut Emitter,
    plan: &Plan,
    trees: &Trees,
) -> Result<NodeId, CompileError> {
    let Levels { levels, base } = Levels::of(plan, trees);
    let mut terms = Vec::new();
    let Some(roots) = levels.first() else { return emitter.linear(terms, base) };
    let answers = answers(emitter, plan)?;
    let first = index(roots.iter().map(|row| Some(row.question)));
    // Whether each branch of a level is reached, and its row.
    let mut reached: Option<NodeId> = None;
    let mut rows = emitter.gather(answers, &first)?;
    terms.push((rows, weights(emitter, roots, trees.targets)?));
    for pair in levels.windows(2) {
        let level = &pair[1];
        let upper = |row: &Row| row.parent.filter(|(_, upper)| *upper).map(|(parent, _)| parent);
        let lower = |row: &Row| row.parent.filter(|(_, upper)| !*upper).map(|(parent, _)| parent);
        let mut parts = vec![(rows, 1, index(level.iter().map(upper)))];
        parts.push((rows, -1, index(level.iter().map(lower))));
        let mut bias = vec![0; level.len()];
        match reached {
            Some(reached) => parts.push((reached, 1, index(level.iter().map(lower)))),
            // Roots are always reached.
            None => level.iter().zip(&mut bias).for_each(|(row, bias)| {
                *bias = i64::from(lower(row).is_some());
            }),
        }
        let here = picked(emitter, parts, bias)?;
        let asked = index(level.iter().map(|row| Some(row.question)));
        let both = vec![(here, 1, index((0..level.len() as u32).map(Some))), (answers, 1, asked)];
        let both = picked(emitter, both, vec![-1; level.len()])?;
        rows = emitter.step(both, Shared::Step, 0)?;
        reached = Some(here);
        terms.push((rows, weights(emitter, level, trees.targets)?));
    }
    emitter.linear(terms, base)
}

fn index(places: impl Iterator<Item = Option<u32>>) -> Vec<Option<u32>> {
    places.collect()
}

/// The sum of elements picked from nodes, each node times 1 or −1, plus a bias.
fn picked(
    emitter: &mut Emitter,
    parts: Vec<(NodeId, i64, Vec<Option<u32>>)>,
    bias: Vec<i64>,
) -> Result<NodeId, CompileError> {
    let len = bias.len();
    let mut terms = Vec::with_capacity(parts.len());
    for (node, factor, index) in parts {
        if index.iter().all(Option::is_none) {
            continue;
        }
        let node = emitter.gather(node, &index)?;
        terms.push((node, LinearMap::Scale { len, factor }));
    }
    emitter.linear(terms, bias)
}

/// What the rows of a level add to the scores.
#[allow(clippy::indexing_slicing, reason = "every row has an amount for each score")]
fn weights(
    emitter: &mut Emitter,
    level: &[Row],
    targets: usize,
) -> Result<LinearMap, CompileError> {
    emitter.spend(level.len().saturating_mul(targets))?;
    let mut weights = Vec::with_capacity(level.len().saturating_mul(targets));
    for score in 0..targets {
        weights.extend(level.iter().map(|row| row.amounts[score]));
    }
    Ok(LinearMap::Dense(Dense { rows: targets, columns: level.len(), weights: weights.into() }))
}

/// The answers to all questions: one row for each distinct "is this byte at least c?".
#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "a set of bytes has at most 256 steps"
)]
fn answers(emitter: &mut Emitter, plan: &Plan) -> Result<NodeId, CompileError> {
    let steps: Vec<Vec<u8>> = plan.questions.iter().map(|(_, set)| set.steps()).collect();
    let mut bits: BTreeMap<(u32, u8), u32> = BTreeMap::new();
    for ((byte, _), steps) in plan.questions.iter().zip(&steps) {
        for step in steps {
            let next = bits.len() as u32;
            bits.entry((*byte, *step)).or_insert(next);
        }
    }
    let mut order: Vec<(u32, (u32, u8))> = bits.iter().map(|(bit, at)| (*at, *bit)).collect();
    order.sort_unstable();
    let bytes = index(order.iter().map(|(_, (byte, _))| Some(*byte)));
    let bias = order.iter().map(|(_, (_, step))| 1 - i64::from(*step)).collect();
    let compared = picked(emitter, vec![(0, 1, bytes)], bias)?;
    let found = emitter.step(compared, Shared::Step, 0)?;
    // [in the set] = [at least the first step] − [at least the second] + …
    let most = steps.iter().map(Vec::len).max().unwrap_or(0);
    let parts = (0..most).map(|turn| {
        let bit = |((byte, _), steps): (&super::plan::Question, &Vec<u8>)| {
            steps.get(turn).and_then(|step| bits.get(&(*byte, *step))).copied()
        };
        let factor = if turn % 2 == 0 { 1 } else { -1 };
        (found, factor, index(plan.questions.iter().zip(&steps).map(bit)))
    });
    if most == 1 && plan.questions.len() == order.len() {
        return Ok(found);
    }
    let parts = parts.collect();
    picked(emitter, parts, vec![0; plan.questions.len()])
}
