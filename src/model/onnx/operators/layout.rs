//! Operators that move or rename elements: views, Transpose, Concat.

use std::collections::BTreeSet;

use super::super::constant::{self, Literal};
use super::super::error::Problem;
use super::super::graph::Op;
use super::super::shape;
use super::{Argument, Built, Call};

/// Flatten, Reshape, Squeeze, Unsqueeze, Identity, Dropout, Cast.
pub(super) fn view(call: &mut Call<'_>) -> Result<Built, Problem> {
    let input_shape = match call.at(0) {
        Argument::Tensor { shape, .. } => shape,
        Argument::Literal(literal) => literal.shape(),
        Argument::Missing => return Err(Problem::malformed("input 0 is missing")),
    };
    let shape = match call.operator {
        "Flatten" => flatten(call, input_shape)?,
        "Reshape" => reshape(call, input_shape)?,
        "Squeeze" => squeeze(call, input_shape)?,
        "Unsqueeze" => unsqueeze(call, input_shape)?,
        "Cast" => cast(call, input_shape)?,
        "Dropout" => dropout(call, input_shape)?,
        _ => {
            call.arity(1, 1)?;
            input_shape.to_vec()
        }
    };
    if shape::elements(&shape)? != shape::elements(input_shape)? {
        return Err(Problem::malformed(format!("shape {input_shape:?} does not become {shape:?}")));
    }
    Ok(match call.at(0) {
        Argument::Literal(literal) => Built::Literal(literal.clone().with_shape(shape)),
        _ => Built::Node { op: Op::View, inputs: vec![call.tensor(0)?.0], shape },
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
        return Err(Problem::malformed("an axis stands twice"));
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

fn cast(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    call.arity(1, 1)?;
    let to = call.attributes.int_or("to", 0)?;
    call.attributes.flag("saturate")?;
    let to = i32::try_from(to).unwrap_or(0);
    let float = !matches!(call.at(0), Argument::Literal(Literal::Int { .. }));
    let fits = match to {
        constant::FLOAT | constant::DOUBLE => float,
        constant::INT32 | constant::INT64 => !float,
        _ => false,
    };
    if !fits {
        return Err(Problem::new(
            format!("a cast to {} is not supported here", constant::type_name(to)),
            "use float32 throughout",
        ));
    }
    Ok(input.to_vec())
}

fn dropout(call: &mut Call<'_>, input: &[usize]) -> Result<Vec<usize>, Problem> {
    call.arity(1, 3)?;
    // The ratio matters in training only.
    call.attributes.float("ratio")?;
    call.attributes.int("seed")?;
    if call.outputs > 1 || !matches!(call.at(2), Argument::Missing) {
        return Err(Problem::new("it may be in training mode", "export the model for inference"));
    }
    Ok(input.to_vec())
}

pub(super) fn transpose(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (tensor, input) = call.tensor(0)?;
    let permutation: Vec<usize> = match call.attributes.ints("perm")? {
        None => (0..input.len()).rev().collect(),
        Some(list) => {
            list.iter().map(|&axis| shape::axis(axis, input.len())).collect::<Result<_, _>>()?
        }
    };
    let distinct: BTreeSet<usize> = permutation.iter().copied().collect();
    if permutation.len() != input.len() || distinct.len() != input.len() {
        return Err(Problem::malformed(format!("{permutation:?} does not permute {input:?}")));
    }
    let shape = permutation.iter().filter_map(|axis| input.get(*axis).copied()).collect();
    Ok(Built::Node { op: Op::Transpose { permutation }, inputs: vec![tensor], shape })
}

pub(super) fn concat(call: &mut Call<'_>) -> Result<Built, Problem> {
    if call.arguments.is_empty() {
        return Err(Problem::malformed("it has no inputs"));
    }
    let (_, first) = call.tensor(0)?;
    let axis =
        call.attributes.int("axis")?.ok_or_else(|| Problem::malformed("its axis is missing"))?;
    let axis = shape::axis(axis, first.len())?;
    let mut inputs = Vec::new();
    let mut along = 0usize;
    for index in 0..call.arguments.len() {
        let (tensor, shape) = call.tensor(index)?;
        let alike = shape.len() == first.len()
            && shape.iter().zip(first).enumerate().all(|(at, (l, r))| at == axis || l == r);
        if !alike {
            return Err(Problem::malformed(format!("shapes {first:?} and {shape:?} do not fit")));
        }
        along = along.saturating_add(shape.get(axis).copied().unwrap_or(0));
        inputs.push(tensor);
    }
    let shape =
        first.iter().enumerate().map(|(at, dim)| if at == axis { along } else { *dim }).collect();
    Ok(Built::Node { op: Op::Concat { axis }, inputs, shape })
}
