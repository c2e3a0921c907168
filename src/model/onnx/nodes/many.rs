//! Sum, Mean, Max and Min of any number of tensors and constants.
//!
//! `max(x, y) = x + max(y − x, 0)`, which takes one row an element, while a step of the greater
//! of two would need both on the same levels first: two rows more.

use super::{Argument, Built, Call, Source, Step};
use crate::model::graph::{Activation, Affine, Constant, Op, Problem, Sum, shape};

/// Steps, and what they have come to so far.
struct Running {
    steps: Vec<Step>,
    value: Source,
    shape: Vec<usize>,
}

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let operator = call.operator;
    let count = call.arguments.len();
    // Tensors first, constants afterwards: the order does not matter.
    let mut running: Option<Running> = None;
    for argument in &call.arguments {
        let Argument::Tensor { tensor, shape } = argument else { continue };
        let value = Source::Tensor(*tensor);
        running = Some(match running.take() {
            None => Running { steps: Vec::new(), value, shape: shape.to_vec() },
            Some(running) => running.and(operator, value, shape)?,
        });
    }
    let Some(mut running) = running else {
        return Err(Problem::malformed("it has no inputs"));
    };
    for index in 0..count {
        match call.at(index) {
            Argument::Tensor { .. } => {}
            Argument::Missing => return Err(Call::missing(index)),
            Argument::Literal(_) if is_beyond(call, index, &running.shape)? => {}
            Argument::Literal(_) => running.and_constant(operator, call.required(index)?)?,
        }
    }
    if operator == "Mean" && count > 1 {
        running.affine(1.0 / count as f64, Constant::scalar(0.0));
    }
    Ok(match (running.steps.is_empty(), running.value) {
        (true, Source::Tensor(tensor)) => Built::Same(tensor),
        _ => Built::Steps(running.steps),
    })
}

/// Whether a constant makes no difference: the greater of a number and −∞ is the number.
fn is_beyond(call: &Call<'_>, index: usize, of: &[usize]) -> Result<bool, Problem> {
    let least = match call.operator {
        "Max" => f64::NEG_INFINITY,
        "Min" => f64::INFINITY,
        _ => return Ok(false),
    };
    let Some(constant) = call.floats(index)? else { return Ok(false) };
    Ok(constant.values.iter().all(|value| *value == least)
        && shape::broadcast(of, &constant.shape)? == of)
}

/// Whether a bound of Clip depends on the document.
pub(super) fn has_bounds(call: &Call<'_>) -> bool {
    [1, 2].iter().any(|at| matches!(call.at(*at), Argument::Tensor { .. }))
}

/// Clip with such a bound: not below the first, then not above the second.
pub(super) fn clip(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 3)?;
    let (tensor, own) = call.tensor(0)?;
    let value = Source::Tensor(tensor);
    let mut running = Running { steps: Vec::new(), value, shape: own.to_vec() };
    for (index, operator) in [(1, "Max"), (2, "Min")] {
        match call.at(index) {
            Argument::Tensor { tensor, shape } => {
                running = running.and(operator, Source::Tensor(tensor), shape)?;
            }
            // An infinite bound is none.
            _ => {
                if let Some(bound) = call.bound(index)?.filter(|bound| bound.is_finite()) {
                    running.clip(operator, bound);
                }
            }
        }
    }
    if running.shape != own {
        return Err(Problem::malformed("a bound of it is no scalar"));
    }
    Ok(Built::Steps(running.steps))
}

impl Running {
    /// Adds a step; what it computes.
    fn step(&mut self, op: Op, inputs: Vec<Source>, shape: Vec<usize>) -> Source {
        self.steps.push(Step { op, inputs, shape });
        Source::Step(self.steps.len().saturating_sub(1))
    }

    fn affine(&mut self, scale: f64, offset: Constant) {
        let op = Op::Affine(Affine { scale: Constant::scalar(scale), offset });
        self.value = self.step(op, vec![self.value], self.shape.clone());
    }

    /// Cuts it off at one number.
    fn clip(&mut self, operator: &str, bound: f64) {
        let (low, high) =
            if operator == "Max" { (bound, f64::INFINITY) } else { (f64::NEG_INFINITY, bound) };
        let op = Op::Activation(Activation::Clip { low, high });
        self.value = self.step(op, vec![self.value], self.shape.clone());
    }

    /// Joins it with another tensor.
    fn and(mut self, operator: &str, other: Source, own: &[usize]) -> Result<Self, Problem> {
        let shape = shape::broadcast(&self.shape, own)?;
        let sum = |subtract| Op::Sum(Sum { subtract });
        let value = self.value;
        self.value = match operator {
            "Max" | "Min" => {
                // How far the other is beyond.
                let pair = if operator == "Max" { vec![other, value] } else { vec![value, other] };
                let lead = self.step(sum(true), pair, shape.clone());
                self.beyond(operator, lead, &shape)
            }
            _ => self.step(sum(false), vec![value, other], shape.clone()),
        };
        self.shape = shape;
        Ok(self)
    }

    /// The value and, where another is beyond it, how far.
    fn beyond(&mut self, operator: &str, lead: Source, shape: &[usize]) -> Source {
        let lead = self.step(Op::Activation(Activation::Relu), vec![lead], shape.to_vec());
        let op = Op::Sum(Sum { subtract: operator == "Min" });
        self.step(op, vec![self.value, lead], shape.to_vec())
    }

    fn and_constant(&mut self, operator: &str, constant: &Constant) -> Result<(), Problem> {
        let shape = shape::broadcast(&self.shape, &constant.shape)?;
        match (operator, constant.values.as_slice()) {
            ("Max" | "Min", [bound]) if shape == self.shape => self.clip(operator, *bound),
            // max(x, c) = max(x − c, 0) + c
            ("Max" | "Min", _) => {
                self.shape = shape;
                self.affine(1.0, constant.map(|value| -value));
                self.clip(operator, 0.0);
                self.affine(1.0, constant.clone());
            }
            _ => {
                self.shape = shape;
                self.affine(1.0, constant.clone());
            }
        }
        Ok(())
    }
}
