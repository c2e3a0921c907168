//! Operators that move or rename elements: reshapes, Transpose.

use std::collections::BTreeSet;

use super::super::constant::Literal;
use super::{Argument, Built, Call, moves};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Gather, Op, Problem, Transpose};
use crate::model::operators::same_elements;

/// Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout.
pub(super) fn reshapes(call: &mut Call<'_>) -> Result<Built, Problem> {
    let input_shape = call.shape(0)?;
    let shape = match call.operator {
        "Flatten" => flatten(call, input_shape)?,
        "Reshape" => reshape(call, input_shape)?,
        "Squeeze" => squeeze(call, input_shape)?,
        "Unsqueeze" => unsqueeze(call, input_shape)?,
        "Dropout" => dropout(call, input_shape)?,
        _ => {
            call.arity(1, 1)?;
            input_shape.to_vec()
        }
    };
    let constant = matches!(call.at(0), Argument::Literal(_));
    let empty = constant && input_shape == [0] && shape == [0];
    if !empty {
        same_elements(input_shape, &shape)?;
    }
    Ok(match call.at(0) {
        Argument::Literal(literal) => {
            call.budget.elements(literal.len())?;
            Built::Literal(literal.clone().with_shape(shape))
        }
        // Identity, Dropout and the like leave no trace.
        _ if shape == input_shape => Built::Same(call.tensor(0)?.0),
        _ => Built::node(Op::Reshape, vec![call.tensor(0)?.0], shape),
    })
}

fn flatten(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    call.arity(1, 1)?;
    let axis = call.attributes.int_or("axis", 1)?;
    let rank = i64::try_from(input.len()).unwrap_or(0);
    let at = if axis == rank { input.len() } else { shape::axis(axis, input.len())? };
    let (left, right) = input.split_at_checked(at).unwrap_or((input, &[]));
    Ok(vec![shape::elements(left)?, shape::elements(right)?])
}

fn reshape(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    call.arity(2, 2)?;
    let allow_zero = call.attributes.flag("allowzero")?;
    let target = call.integers(1)?.ok_or_else(|| Problem::malformed("its shape is missing"))?;
    let mut shape = Vec::with_capacity(target.len());
    let mut open = None;
    for (position, &dim) in target.iter().enumerate() {
        shape.push(match dim {
            -1 if open.is_none() => {
                open = Some(position);
                1
            }
            0 if !allow_zero => input.get(position).copied().unwrap_or(0),
            dim => usize::try_from(dim)
                .map_err(|_| Problem::malformed(format!("shape {target:?} is not understood")))?,
        });
    }
    let known = shape::elements(&shape)?;
    if let Some(slot) = open.and_then(|position| shape.get_mut(position)) {
        *slot = shape::elements(input)?.checked_div(known).unwrap_or(0);
    }
    Ok(shape)
}

/// Axes as an attribute before opset 13, as an input from then on.
fn axes(call: &mut Call<'_>, rank: usize) -> Result<Option<BTreeSet<usize>>, Problem> {
    let list = if call.opset < 13 {
        call.arity(1, 1)?;
        call.attributes.ints("axes")?
    } else {
        call.arity(1, 2)?;
        call.integers(1)?
    };
    let Some(list) = list else { return Ok(None) };
    let axes =
        list.iter().map(|&axis| shape::axis(axis, rank)).collect::<Result<BTreeSet<_>, _>>()?;
    if axes.len() != list.len() {
        return Err(Problem::malformed("an axis is listed twice"));
    }
    Ok(Some(axes))
}

fn squeeze(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    let axes = axes(call, input.len())?;
    let drop = |axis: usize, dim: usize| match &axes {
        Some(axes) => axes.contains(&axis),
        None => dim == 1,
    };
    let kept = input.iter().enumerate().filter(|(axis, dim)| !drop(*axis, **dim));
    Ok(kept.map(|(_, dim)| *dim).collect())
}

fn unsqueeze(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    let count = match (call.opset < 13, call.at(1)) {
        (true, _) => call.attributes.ints("axes")?.map_or(0, <[i64]>::len),
        (false, _) => call.integers(1)?.map_or(0, <[i64]>::len),
    };
    let rank = input.len().saturating_add(count);
    if rank > shape::MAX_RANK {
        return Err(Problem::malformed(format!("a tensor of rank {rank}")));
    }
    let axes = axes(call, rank)?.ok_or_else(|| Problem::malformed("axes are missing"))?;
    let mut dims = input.iter().copied();
    Ok((0..rank)
        .map(|axis| if axes.contains(&axis) { 1 } else { dims.next().unwrap_or(1) })
        .collect())
}

fn dropout(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    call.arity(1, 3)?;
    // The ratio matters in training only.
    call.attributes.float("ratio")?;
    call.attributes.int("seed")?;
    // Before opset 12 there is no such input. What it is matters if it is true.
    let training = match call.at(2) {
        Argument::Missing => false,
        Argument::Literal(Literal::Bool { values, .. }) => values.iter().any(|value| *value),
        _ => true,
    };
    if training {
        return Err(Problem::new(
            "its training_mode is not a constant false",
            "export the model for inference (in PyTorch after model.eval())",
        ));
    }
    Ok(input.to_vec())
}

pub(super) fn transpose(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let input = call.shape(0)?;
    let permutation: Vec<usize> = match call.attributes.ints("perm")? {
        None => (0..input.len()).rev().collect(),
        Some(list) => {
            list.iter().map(|&axis| shape::axis(axis, input.len())).collect::<Result<_, _>>()?
        }
    };
    let transpose = Transpose { permutation };
    let shape = transpose.shape(input)?;
    if let Argument::Literal(literal) = call.at(0) {
        call.budget.folded(&shape)?;
        return Ok(Built::Literal(moves::picked(
            literal,
            &permuted(input, &transpose.permutation)?,
            shape,
        )));
    }
    let (tensor, _) = call.tensor(0)?;
    Ok(Built::node(transposition(input, transpose.permutation), vec![tensor], shape))
}

/// A transposition, or a reshape if it moves axes of size 1 only.
pub(super) fn transposition(input: &[usize], permutation: Vec<usize>) -> Op {
    let wide = permutation.iter().filter(|axis| input.get(**axis).is_some_and(|dim| *dim > 1));
    if wide.is_sorted() { Op::Reshape } else { Op::Transpose(Transpose { permutation }) }
}

/// The same as a selection.
fn permuted(input: &[usize], permutation: &[usize]) -> Result<Gather, Problem> {
    let strides = strides(input);
    let axes = permutation.iter().map(|axis| {
        let (dim, stride) = (input.get(*axis).copied(), strides.get(*axis).copied());
        (0..dim.unwrap_or(0))
            .map(|at| {
                u32::try_from(at.saturating_mul(stride.unwrap_or(0)))
                    .map(Some)
                    .map_err(|_| Problem::malformed("a transposition is out of range"))
            })
            .collect::<Result<Vec<_>, _>>()
    });
    Ok(Gather { axes: axes.collect::<Result<_, _>>()?, fill: 0.0 })
}
