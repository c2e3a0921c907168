//! Ensembles of decision trees: exact, ties included.
//!
//! What a tree asks is a function of one byte of the view, however the byte was scaled before
//! (`features`). So an answer is a sum of bits "is byte f at least c?", of which each distinct one
//! costs one row, and whether a document reaches a branch is one row more for each branch that is
//! not a root (`plan`, `rows`). The scores are linear in those bits.

mod features;
mod plan;
mod rows;

use std::collections::BTreeMap;
use std::rc::Rc;

pub(crate) use features::first_foreign;

use super::{Operator, Tensor};
use crate::model::graph::Trees;
use crate::model::lowering::{CompileError, Lowering, PerElement, Value};

#[allow(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "features and scores were checked when the graph was read; amounts are below 2^40 and there are less than 2^20 trees"
)]
impl Operator for Trees {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let features = inputs[0].values;
        let mut sums = self.base.clone();
        for root in &self.roots {
            let answer = |feature: u32| features[feature as usize] as f32;
            let leaf = self.reached(*root, |branch| branch.test.holds(answer(branch.feature)));
            leaf.iter().for_each(|(score, amount)| sums[*score as usize] += amount);
        }
        sums.into_iter().map(|sum| sum as f64 / self.denominator as f64).collect()
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        let wanted: BTreeMap<u32, ()> =
            self.branches.iter().map(|branch| (branch.feature, ())).collect();
        let wanted = wanted.into_keys().collect();
        let features = features::of_bytes(lowering, lowering.input(node), wanted)?;
        lowering.emitter.spend(self.branches.len().saturating_mul(256))?;
        let plan = plan::plan(self, &features);
        let node = rows::emit(&mut lowering.emitter, &plan, self)?;
        lowering.fractions.insert(node, self.denominator);
        let unit = 1.0 / self.denominator as f64;
        let (unit, zero) = (PerElement::Uniform(unit), PerElement::Uniform(0.0));
        Ok(Rc::new(Value::scaled(node, self.targets, unit, zero)))
    }

    fn constants(&self) -> usize {
        self.size()
    }

    fn work(&self) -> usize {
        self.branches.len()
    }
}
