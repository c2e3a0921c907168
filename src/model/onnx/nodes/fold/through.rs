//! Layers over constants: built as for a tensor of the document, and evaluated at once.

use super::super::super::constant::Literal;
use super::super::{Argument, Built, Call, Source, Step};
use crate::model::graph::{Problem, TensorRef};
use crate::model::operators::{self, Tensor};

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let constant = call.required(0)?;
    let missing = || Problem::malformed("its input is missing");
    let slot = call.arguments.first_mut().ok_or_else(missing)?;
    *slot = Argument::Tensor { tensor: TensorRef::Input, shape: &constant.shape };
    let steps = match super::super::build(call)? {
        Built::Steps(steps) => steps,
        Built::Same(_) => {
            call.budget.elements(constant.values.len())?;
            return Ok(Built::Literal(Literal::Float(constant.clone())));
        }
        other => return Ok(other),
    };
    let mut results: Vec<(Vec<f64>, Vec<usize>)> = Vec::new();
    for Step { op, inputs, shape } in steps {
        let outputs = call.budget.folded(&shape)?;
        call.budget.elements(operators::of(&op).constants())?;
        call.budget.work(operators::work(&op, outputs))?;
        let tensors: Option<Vec<Tensor<'_>>> = inputs
            .iter()
            .map(|source| match source {
                Source::Tensor(_) => {
                    Some(Tensor { values: &constant.values, shape: &constant.shape })
                }
                Source::Step(step) => {
                    results.get(*step).map(|(values, shape)| Tensor { values, shape })
                }
            })
            .collect();
        let tensors = tensors.ok_or_else(missing)?;
        let values = operators::of(&op).evaluate(&tensors, &shape);
        results.push((values, shape));
    }
    let (values, shape) = results.pop().ok_or_else(missing)?;
    Ok(Built::Literal(Literal::float(shape, values)))
}
