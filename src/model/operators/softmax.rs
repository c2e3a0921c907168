//! Softmax, and division of all scores by one norm. At the end of a model they do not change the
//! order of the scores, so they are not compiled there: the predicate is decided on the scores
//! before them.

use std::rc::Rc;

use super::pointwise::spread;
use super::{Operator, Tensor};
use crate::model::graph::shape::broadcast_index;
use crate::model::graph::{CLOSED, Normalise, Problem, Softmax, TensorRef};
use crate::model::lowering::{
    Accumulator, CompileError, Lowering, Map, PerElement, Term, Value, some,
};
use crate::model::program::NodeId;

/// Refuses an axis that does not hold all scores. Where the tensor is
/// `flattened`, the axis is the first of those that are joined.
pub(crate) fn over_all_scores(
    shape: &[usize],
    axis: usize,
    flattened: bool,
) -> Result<(), Problem> {
    let mut wide = shape.iter().enumerate().filter(|(_, dim)| **dim > 1).map(|(axis, _)| axis);
    let covers = match wide.next() {
        None => true,
        Some(scores) if flattened => axis <= scores,
        Some(scores) => axis == scores,
    };
    if wide.next().is_some() || !covers {
        return Err(Problem::new(
            format!("softmax along axis {axis} of shape {shape:?} is not over all scores"),
            "let the model end in one vector of scores",
        ));
    }
    Ok(())
}

impl Operator for Softmax {
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64> {
        let Some((scores, masks)) = inputs.split_first() else { return Vec::new() };
        let mut open = vec![true; scores.values.len()];
        open.iter_mut().zip(&self.closed).for_each(|(open, closed)| *open = !closed);
        for mask in masks {
            open.iter_mut()
                .zip(spread(*mask, shape))
                .for_each(|(open, mask)| *open &= mask > CLOSED);
        }
        let mut output = Vec::with_capacity(scores.values.len());
        let length = self.length.max(1);
        for (run, open) in scores.values.chunks(length).zip(open.chunks(length)) {
            let all = !open.contains(&true);
            let run: Vec<f64> = run
                .iter()
                .zip(open)
                .map(|(x, open)| if *open || all { *x } else { f64::NEG_INFINITY })
                .collect();
            output.extend(self.of_run(&run));
        }
        output
    }

    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        if self.log {
            return Err(CompileError::Internal("a logarithm of a softmax is not the last node"));
        }
        let (inputs, shape) = (lowering.inputs(node), lowering.shape(node));
        let Some((scores, masks)) = inputs.split_first() else {
            return Err(CompileError::Internal("a softmax of nothing"));
        };
        let mut closed = Vec::with_capacity(masks.len());
        for mask in masks {
            closed.push(closed_by(*mask, shape, lowering)?);
        }
        let (value, (low, high)) = (lowering.value(*scores)?, lowering.calibrated(*scores)?);
        let scores = (&*value, (high - low).max(0.0));
        Ok(Rc::new(lowering.emitter.softmax(scores, self.length, &self.closed, &closed)?))
    }

    fn constants(&self) -> usize {
        self.closed.len()
    }

    fn work(&self) -> usize {
        2
    }
}

impl Softmax {
    fn of_run(&self, run: &[f64]) -> Vec<f64> {
        let top = run.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let powers: Vec<f64> = run.iter().map(|x| libm::exp(x - top)).collect();
        let sum: f64 = powers.iter().sum();
        if self.log {
            let sum = libm::log(sum);
            return run.iter().map(|x| x - top - sum).collect();
        }
        powers.into_iter().map(|power| power / sum).collect()
    }
}

/// A node as long as the scores that is 1 for the elements that a mask leaves no share, else 0.
fn closed_by(
    mask: TensorRef,
    shape: &[usize],
    lowering: &mut Lowering<'_>,
) -> Result<NodeId, CompileError> {
    let mut value = lowering.value(mask)?;
    // One node, whichever way round; else levels.
    let direct = match (value.terms.as_slice(), &value.offset) {
        (
            [Term { node, map: Map::Scaled(PerElement::Uniform(scale)), select: None }],
            PerElement::Uniform(offset),
        ) if !lowering.emitter.is_product(*node) => Some((*node, *scale, *offset)),
        _ => None,
    };
    let (node, scale, offset) = match direct {
        Some(direct) => direct,
        None => {
            value = lowering.fit_uniform(mask)?;
            value.plain().ok_or(CompileError::Internal("a mask has no levels"))?
        }
    };
    // Beside the least number there is, 0 is off by far more than what closes an element, so it
    // has to be nearer to another of the node's integers than to that of 0.
    let closed = |x: i64| {
        let real = scale * x as f64 + offset;
        i64::from(real <= CLOSED && real < -0.5 * scale.abs())
    };
    let emitter = &mut lowering.emitter;
    let node = match emitter.range(node)? {
        (0, 1) if (closed(0), closed(1)) == (0, 1) => node,
        _ => emitter.granted_step(Accumulator { node, shift: 0 }, value.len, closed)?,
    };
    let index = some(broadcast_index(lowering.graph.shape(mask), shape));
    lowering.emitter.gather(node, &index)
}

impl Operator for Normalise {
    fn evaluate(&self, inputs: &[Tensor<'_>], _: &[usize]) -> Vec<f64> {
        let input: Vec<f64> = inputs.iter().flat_map(|input| input.values).copied().collect();
        let norm = match self {
            Self::L1 => input.iter().map(|x| x.abs()).sum::<f64>(),
            Self::L2 => input.iter().map(|x| x * x).sum::<f64>().sqrt(),
        };
        let divisor = if norm > 0.0 { norm } else { 1.0 };
        input.into_iter().map(|x| x / divisor).collect()
    }

    fn lower(&self, _: usize, _: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError> {
        Err(CompileError::Internal("a normalisation is not the last node"))
    }
}
