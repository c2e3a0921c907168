//! Steps of the typed graph in the making, where they are no mere chain.

use super::{Built, Source, Step, layout, moves};
use crate::model::graph::{Affine, Constant, Op, Problem, shape};

/// Steps in the making.
#[derive(Default)]
pub(super) struct Steps(Vec<Step>);

/// What a step has come to, and its shape.
pub(super) type Part = (Source, Vec<usize>);

impl Steps {
    /// The last step so far.
    pub(super) fn last(&self) -> usize {
        self.0.len().saturating_sub(1)
    }

    /// What the node becomes.
    pub(super) fn build(self) -> Built {
        Built::Steps(self.0)
    }

    /// A tensor with its axes in another order.
    pub(super) fn turn(&mut self, of: Part, order: Vec<usize>) -> Part {
        if order.is_sorted() {
            return of;
        }
        let turned = order.iter().filter_map(|axis| of.1.get(*axis).copied()).collect();
        self.add(layout::transposition(&of.1, order), vec![of.0], turned)
    }

    /// A tensor as it broadcasts together with another shape.
    pub(super) fn spread(&mut self, of: Part, to: &[usize]) -> Result<Part, Problem> {
        let selection = moves::spread(&of.1, to)?;
        let shape = selection.shape.clone();
        Ok(self.add(Op::Gather(selection.gather()?), vec![of.0], shape))
    }

    /// A tensor times a number.
    pub(super) fn scaled(&mut self, of: Part, factor: f64) -> Part {
        let (scale, offset) = (Constant::scalar(factor), Constant::scalar(0.0));
        self.add(Op::Affine(Affine { scale, offset }), vec![of.0], of.1)
    }

    pub(super) fn add(&mut self, op: Op, inputs: Vec<Source>, shape: Vec<usize>) -> Part {
        self.0.push(Step { op, inputs, shape: shape.clone() });
        (Source::Step(self.0.len().saturating_sub(1)), shape)
    }

    /// Two tensors by an operator that broadcasts both.
    pub(super) fn pair(&mut self, op: Op, left: &Part, right: &Part) -> Result<Part, Problem> {
        let shape = shape::broadcast(&left.1, &right.1)?;
        Ok(self.add(op, vec![left.0, right.0], shape))
    }

    /// A scale and an offset that may broadcast the tensor.
    pub(super) fn affine(
        &mut self,
        scale: Constant,
        offset: Constant,
        of: &Part,
    ) -> Result<Part, Problem> {
        let affine = Affine { scale, offset };
        let shape = affine.shape(&of.1)?;
        Ok(self.add(Op::Affine(affine), vec![of.0], shape))
    }
}
