//! Operators whose result is a constant because all shapes are fixed.

use super::super::constant::{self, Literal};
use super::{Built, Call};
use crate::model::graph::{Problem, shape};

/// The Constant operator.
pub(super) fn constant(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(0, 0)?;
    let attributes = &mut call.attributes;
    let mut found = Vec::new();
    if let Some(tensor) = attributes.tensor("value")? {
        call.typed.constant = Some(tensor.data_type);
        found.push(constant::decode(tensor)?);
    }
    if let Some(value) = attributes.bound("value_float")? {
        found.push(Literal::float(Vec::new(), vec![value]));
    }
    if let Some(list) = attributes.floats("value_floats")? {
        let values = list.iter().copied().map(f64::from).collect();
        found.push(Literal::float(vec![list.len()], values));
    }
    if let Some(value) = attributes.int("value_int")? {
        found.push(Literal::Int { shape: Vec::new(), values: vec![value] });
    }
    if let Some(list) = attributes.ints("value_ints")? {
        found.push(Literal::integers(list.to_vec()));
    }
    match (found.pop(), found.pop()) {
        (Some(literal), None) => {
            call.budget.elements(literal.len())?;
            Ok(Built::Literal(literal))
        }
        _ => Err(Problem::malformed("it does not hold exactly one value")),
    }
}

/// A list of sizes as a shape.
pub(super) fn sizes(list: &[i64]) -> Result<Vec<usize>, Problem> {
    list.iter()
        .map(|&size| {
            usize::try_from(size)
                .map_err(|_| Problem::malformed(format!("{list:?} is not a shape")))
        })
        .collect()
}

/// ConstantOfShape: zeros, or what its attribute holds.
pub(super) fn of_shape(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let shape = sizes(call.integers(0)?.ok_or_else(|| Call::missing(0))?)?;
    let count = call.budget.folded(&shape)?;
    let value = match call.attributes.tensor("value")? {
        None => Literal::float(Vec::new(), vec![0.0]),
        Some(tensor) => {
            call.typed.constant = Some(tensor.data_type);
            constant::decode(tensor)?
        }
    };
    let literal = match value {
        Literal::Float(one) if one.values.len() == 1 => {
            Literal::float(shape, one.values.repeat(count))
        }
        Literal::Int { values, .. } if values.len() == 1 => {
            Literal::Int { shape, values: values.repeat(count) }
        }
        Literal::Bool { values, .. } if values.len() == 1 => {
            Literal::Bool { shape, values: values.repeat(count) }
        }
        _ => return Err(Problem::malformed("its value is not one element")),
    };
    Ok(Built::Literal(literal))
}

/// Shape, from `start` to `end`.
pub(super) fn shape(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let shape = call.shape(0)?;
    let rank = i64::try_from(shape.len()).unwrap_or(0);
    let clamp = |axis: i64| {
        let axis = if axis < 0 { axis.saturating_add(rank) } else { axis };
        usize::try_from(axis.clamp(0, rank)).unwrap_or(0)
    };
    let start = clamp(call.attributes.int_or("start", 0)?);
    let end = clamp(call.attributes.int_or("end", rank)?);
    let part = shape.get(start..end).unwrap_or(&[]);
    integers(call, part)
}

/// Size: the number of elements.
pub(super) fn size(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let count = shape::elements(call.shape(0)?)?;
    let values = vec![i64::try_from(count).unwrap_or(i64::MAX)];
    call.budget.elements(1)?;
    Ok(Built::Literal(Literal::Int { shape: Vec::new(), values }))
}

fn integers(call: &mut Call<'_>, sizes: &[usize]) -> Result<Built, Problem> {
    call.budget.elements(sizes.len())?;
    let values = sizes.iter().map(|&size| i64::try_from(size).unwrap_or(i64::MAX)).collect();
    Ok(Built::Literal(Literal::integers(values)))
}
