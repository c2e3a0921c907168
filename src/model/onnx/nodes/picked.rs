//! Operators that pick or replace elements by lists of constant places: GatherND, GatherElements,
//! ScatterND, ScatterElements, Where, Trilu, ReverseSequence.
//!
//! What they do to tensors is told by what they do to constants: the elements of all inputs are
//! numbered, the operator is applied to the numbers, and each number that comes out says which
//! element stands there.

use super::super::constant::Literal;
use super::steps::Steps;
use super::{Argument, Built, Call, Source, Step, fold, moves};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Affine, Concat, Constant, Gather, Op, Problem, TensorRef};

/// Numbers of elements: those of tensors from 1 on, those of constants from −1 down; 0 is zero.
#[derive(Default)]
struct Numbered {
    tensors: Vec<(TensorRef, usize)>,
    constants: Vec<f64>,
    elements: usize,
}

impl Numbered {
    /// The numbers of an input's elements.
    fn numbers(&mut self, call: &mut Call<'_>, index: usize) -> Result<Literal, Problem> {
        let own = call.shape(index)?;
        let count = call.budget.folded(own)?;
        let signed = |number: usize| i64::try_from(number).unwrap_or(i64::MAX);
        let values = if let Argument::Tensor { tensor, .. } = call.at(index) {
            let first = self.elements.saturating_add(1);
            self.elements = self.elements.saturating_add(count);
            self.tensors.push((tensor, count));
            (first..=self.elements).map(signed).collect()
        } else {
            let constant = call.addend(index)?;
            call.budget.elements(count)?;
            let first = self.constants.len().saturating_add(1);
            self.constants.extend(&constant.values);
            (first..=self.constants.len()).map(|at| signed(at).saturating_neg()).collect()
        };
        Ok(Literal::Int { shape: own.to_vec(), values })
    }

    /// The elements that numbers stand for.
    fn picked(
        self,
        call: &mut Call<'_>,
        shape: Vec<usize>,
        numbers: &[i64],
    ) -> Result<Built, Problem> {
        shape::elements(&shape)?;
        // The places, and the constants between them.
        call.budget.elements(numbers.len().saturating_mul(2))?;
        call.budget.work(numbers.len())?;
        let place =
            |number: &i64| u32::try_from(*number).ok().and_then(|number| number.checked_sub(1));
        let value = |number: &i64| {
            let at = usize::try_from(number.checked_neg()?).ok()?.checked_sub(1)?;
            self.constants.get(at).copied()
        };
        let gather = Gather { axes: vec![numbers.iter().map(place).collect()], fill: 0.0 };
        let offset: Vec<f64> = numbers.iter().map(|number| value(number).unwrap_or(0.0)).collect();
        if self.tensors.is_empty() {
            return Ok(Built::Literal(Literal::float(shape, offset)));
        }
        let mut steps = Vec::new();
        let joined = match self.tensors.as_slice() {
            [(tensor, _)] => Source::Tensor(*tensor),
            tensors => {
                let flat = tensors.iter().map(|(tensor, count)| Step {
                    op: Op::Reshape,
                    inputs: vec![Source::Tensor(*tensor)],
                    shape: vec![*count],
                });
                steps.extend(flat);
                let inputs = (0..steps.len()).map(Source::Step).collect();
                let op = Op::Concat(Concat { axis: 0 });
                steps.push(Step { op, inputs, shape: vec![self.elements] });
                Source::Step(steps.len().saturating_sub(1))
            }
        };
        let op = match moves::nothing_moves(&gather, self.elements) {
            true => Op::Reshape,
            false => Op::Gather(gather),
        };
        steps.push(Step { op, inputs: vec![joined], shape: shape.clone() });
        if offset.iter().any(|value| *value != 0.0) {
            let inputs = vec![Source::Step(steps.len().saturating_sub(1))];
            let offset = Constant { shape: shape.clone(), values: offset };
            let op = Op::Affine(Affine { scale: Constant::scalar(1.0), offset });
            steps.push(Step { op, inputs, shape });
        }
        Ok(Built::Steps(steps))
    }
}

/// An operator of which at least one input depends on the document.
pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    // Inputs whose elements are moved; the others say where to.
    let moved: &[usize] = match call.operator {
        "Where" => &[1, 2],
        "ScatterND" | "ScatterElements" | "Scatter" => &[0, 2],
        _ => &[0],
    };
    for index in (0..call.arguments.len()).filter(|index| !moved.contains(index)) {
        if matches!(call.at(index), Argument::Tensor { .. }) {
            let what = if call.operator == "Where" { "its condition" } else { "its places" };
            return Err(Problem::new(
                format!("{what}, {}, depends on the document", call.called(index)),
                "use a model that takes the same elements for every document",
            ));
        }
    }
    if call.operator == "Where"
        && let Some(built) = always(call)?
    {
        return Ok(built);
    }
    let mut numbered = Numbered::default();
    let mut literals = Vec::with_capacity(moved.len());
    for index in moved {
        literals.push(numbered.numbers(call, *index)?);
    }
    let mut arguments = call.arguments.clone();
    for (index, literal) in moved.iter().zip(&literals) {
        if let Some(slot) = arguments.get_mut(*index) {
            *slot = Argument::Literal(literal);
        }
    }
    let mut applied = Call {
        operator: call.operator,
        opset: call.opset,
        attributes: call.attributes.clone(),
        arguments,
        names: call.names,
        outputs: call.outputs,
        named: call.named,
        also_read: None,
        budget: &mut *call.budget,
        classes: Vec::new(),
        typed: super::quantised::Typed::default(),
    };
    let result = match call.operator {
        "ReverseSequence" => Some(Built::Literal(reversed(&mut applied)?)),
        _ => fold::build(&mut applied)?,
    };
    for name in ["axis", "batch_dims", "reduction", "upper", "batch_axis", "time_axis"] {
        if applied.attributes.has_used(name) {
            call.attributes.ignore(name);
        }
    }
    match result {
        Some(Built::Literal(Literal::Int { shape, values })) => {
            numbered.picked(call, shape, &values)
        }
        _ => Err(Problem::malformed("it does not pick elements")),
    }
}

/// Where with a condition that is the same everywhere: the tensor that is taken. `None` if it is
/// another one, or takes a constant.
fn always(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    call.arity(3, 3)?;
    let Literal::Bool { values, .. } = call.literal(0)? else { return Ok(None) };
    let Some((first, rest)) = values.split_first() else { return Ok(None) };
    let at = if *first { 1 } else { 2 };
    if rest.iter().any(|value| value != first) || !matches!(call.at(at), Argument::Tensor { .. }) {
        return Ok(None);
    }
    let (tensor, own) = call.tensor(at)?;
    let mut shape = own.to_vec();
    for index in 0..3 {
        shape = shape::broadcast(&shape, call.shape(index)?)?;
    }
    call.budget.elements(shape::elements(&shape)?)?;
    if shape == own {
        return Ok(Some(Built::Same(tensor)));
    }
    let mut steps = Steps::default();
    steps.spread((Source::Tensor(tensor), own.to_vec()), &shape)?;
    Ok(Some(steps.build()))
}

/// ReverseSequence: the first elements along the time axis back to front, of each sequence as
/// many as it has.
fn reversed(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 2)?;
    let Literal::Int { shape, values } = call.literal(0)? else {
        return Err(Problem::malformed("it does not hold numbers"));
    };
    let batch = shape::axis(call.attributes.int_or("batch_axis", 1)?, shape.len())?;
    let time = shape::axis(call.attributes.int_or("time_axis", 0)?, shape.len())?;
    let size = |axis: usize| shape.get(axis).copied().unwrap_or(1);
    let lengths = call.integers(1)?.ok_or_else(|| Call::missing(1))?;
    let longest = i64::try_from(size(time)).unwrap_or(i64::MAX);
    if batch == time
        || lengths.len() != size(batch)
        || lengths.iter().any(|length| !(1..=longest).contains(length))
    {
        let problem = format!("lengths {lengths:?} of sequences in shape {shape:?}");
        return Err(Problem::malformed(problem));
    }
    let count = call.budget.folded(shape)?;
    let steps = strides(shape);
    let step = |axis: usize| steps.get(axis).copied().unwrap_or(1);
    let place = |at: usize| {
        let along = |axis: usize| at.checked_div(step(axis))?.checked_rem(size(axis));
        let length = usize::try_from(*lengths.get(along(batch)?)?).ok()?;
        let own = along(time)?;
        let Some(other) = length.checked_sub(own.checked_add(1)?) else { return Some(at) };
        let start = at.checked_sub(own.checked_mul(step(time))?)?;
        start.checked_add(other.checked_mul(step(time))?)
    };
    let number = |at| place(at).and_then(|at| values.get(at)).copied().unwrap_or(0);
    Ok(Literal::Int { shape: shape.clone(), values: (0..count).map(number).collect() })
}
