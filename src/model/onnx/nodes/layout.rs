//! Operators that move or rename elements: reshapes, Transpose, Concat.

use std::collections::BTreeSet;

use super::super::constant::{self, Literal};
use super::{Argument, Built, Call, Source, Step, moves};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Affine, Concat, Constant, Gather, Op, Problem, Transpose};
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

/// Cast: of the document's tensors among floats, of constants among all kinds.
pub(super) fn cast(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let to = call.attributes.int_or("to", 0)?;
    call.attributes.flag("saturate")?;
    let to = i32::try_from(to).unwrap_or(0);
    let refusal = || {
        Problem::new(
            format!("a cast to {} is not supported here", constant::type_name(to)),
            "use float32 for whatever depends on the document",
        )
    };
    let Argument::Literal(literal) = call.at(0) else {
        let (tensor, shape) = call.tensor(0)?;
        return match to {
            constant::FLOAT | constant::DOUBLE => {
                Ok(Built::node(Op::Reshape, vec![tensor], shape.to_vec()))
            }
            _ => Err(refusal()),
        };
    };
    call.budget.elements(literal.len())?;
    let shape = literal.shape().to_vec();
    let floats: Vec<f64> = match literal {
        Literal::Float(constant) => constant.values.clone(),
        Literal::Int { values, .. } => values.iter().map(|value| *value as f64).collect(),
        Literal::Bool { values, .. } => values.iter().map(|value| f64::from(*value)).collect(),
    };
    Ok(Built::Literal(match (to, literal) {
        (constant::FLOAT | constant::DOUBLE, _) => Literal::float(shape, floats),
        (constant::BOOL, _) => {
            Literal::Bool { shape, values: floats.iter().map(|value| *value != 0.0).collect() }
        }
        (constant::INT32 | constant::INT64, Literal::Float(_)) => {
            if floats.iter().any(|value| !(-2e9..=2e9).contains(value)) {
                return Err(Problem::malformed("a number beyond 2000000000 becomes an integer"));
            }
            // Towards zero, as ONNX has it.
            Literal::Int { shape, values: floats.iter().map(|value| *value as i64).collect() }
        }
        (constant::INT32 | constant::INT64, Literal::Int { values, .. }) => {
            Literal::Int { shape, values: values.clone() }
        }
        (constant::INT32 | constant::INT64, Literal::Bool { values, .. }) => {
            Literal::Int { shape, values: values.iter().map(|value| i64::from(*value)).collect() }
        }
        _ => return Err(refusal()),
    }))
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

pub(super) fn concat(call: &mut Call<'_>) -> Result<Built, Problem> {
    if call.arguments.is_empty() {
        return Err(Problem::malformed("it has no inputs"));
    }
    let first = call.shape(0)?;
    let axis =
        call.attributes.int("axis")?.ok_or_else(|| Problem::malformed("its axis is missing"))?;
    let axis = shape::axis(axis, first.len())?;
    let shapes: Vec<&[usize]> =
        (0..call.arguments.len()).map(|at| call.shape(at)).collect::<Result<_, _>>()?;
    let shape = Concat { axis }.shape(&shapes)?;
    if call.is_constant() {
        return joined(call, axis, shape);
    }
    let constants = call.arguments.iter().any(|a| matches!(a, Argument::Literal(_)));
    if constants {
        return beside_constants(call, axis, shape);
    }
    let inputs: Vec<_> =
        (0..call.arguments.len()).map(|at| Ok(call.tensor(at)?.0)).collect::<Result<_, _>>()?;
    let op = if inputs.len() == 1 { Op::Reshape } else { Op::Concat(Concat { axis }) };
    Ok(Built::node(op, inputs, shape))
}

/// Elements of one input in a row of the output.
fn row(shape: &[usize], axis: usize) -> usize {
    shape.iter().skip(axis).fold(1, |product, dim| product.saturating_mul(*dim))
}

/// A concatenation of constants.
fn joined(call: &mut Call<'_>, axis: usize, shape: Vec<usize>) -> Result<Built, Problem> {
    fn join<T: Copy>(parts: &[(&[T], usize)], total: usize) -> Vec<T> {
        let mut values = Vec::with_capacity(total);
        let mut outer = 0usize;
        while values.len() < total {
            let before = values.len();
            for (part, row) in parts {
                let start = outer.saturating_mul(*row);
                values
                    .extend_from_slice(part.get(start..start.saturating_add(*row)).unwrap_or(&[]));
            }
            if values.len() == before {
                break;
            }
            outer = outer.saturating_add(1);
        }
        values
    }
    let total = call.budget.folded(&shape)?;
    let (mut floats, mut integers, mut truths) = (Vec::new(), Vec::new(), Vec::new());
    for index in 0..call.arguments.len() {
        let literal = call.literal(index)?;
        let row = row(literal.shape(), axis);
        match literal {
            Literal::Float(constant) => floats.push((constant.values.as_slice(), row)),
            Literal::Int { values, .. } => integers.push((values.as_slice(), row)),
            Literal::Bool { values, .. } => truths.push((values.as_slice(), row)),
        }
    }
    Ok(Built::Literal(match (floats.len(), integers.len(), truths.len()) {
        (_, 0, 0) => Literal::float(shape, join(&floats, total)),
        (0, _, 0) => Literal::Int { shape, values: join(&integers, total) },
        (0, 0, _) => Literal::Bool { shape, values: join(&truths, total) },
        _ => return Err(Problem::malformed("its inputs are of different types")),
    }))
}

/// A concatenation of tensors and constants: the tensors one after the other,
/// gaps of zeros between them, the constants added there.
fn beside_constants(call: &mut Call<'_>, axis: usize, shape: Vec<usize>) -> Result<Built, Problem> {
    let outputs = call.budget.folded(&shape)?;
    let inner = row(&shape, axis.saturating_add(1));
    let stride = u32::try_from(inner).map_err(|_| Problem::malformed("it is too wide"))?;
    let (mut tensors, mut places, mut along) = (Vec::new(), Vec::new(), 0u32);
    let mut parts = Vec::new();
    for index in 0..call.arguments.len() {
        let own = call.shape(index)?.get(axis).copied().unwrap_or(0);
        let zeros;
        match call.at(index) {
            Argument::Tensor { tensor, .. } => {
                tensors.push(Source::Tensor(tensor));
                for _ in 0..own {
                    places.push(Some(along.saturating_mul(stride)));
                    along = along.saturating_add(1);
                }
                zeros = None;
            }
            _ => {
                places.extend(std::iter::repeat_n(None, own));
                zeros = Some(call.required(index)?.values.as_slice());
            }
        }
        parts.push((zeros, own.saturating_mul(inner)));
    }
    let mut offset = Vec::with_capacity(outputs);
    let mut outer = 0usize;
    while offset.len() < outputs && !parts.is_empty() {
        for (values, row) in &parts {
            let start = outer.saturating_mul(*row);
            match values {
                None => offset.extend(std::iter::repeat_n(0.0, *row)),
                Some(values) => offset.extend_from_slice(
                    values.get(start..start.saturating_add(*row)).unwrap_or(&[]),
                ),
            }
        }
        outer = outer.saturating_add(1);
    }
    let joined: Vec<usize> = shape
        .iter()
        .enumerate()
        .map(|(at, dim)| if at == axis { along as usize } else { *dim })
        .collect();
    let strides = strides(&joined);
    let axes = joined.iter().zip(&strides).enumerate().map(|(at, (dim, stride))| {
        if at == axis {
            return places.clone();
        }
        (0..*dim).map(|at| u32::try_from(at.saturating_mul(*stride)).ok()).collect()
    });
    let gather = Gather { axes: axes.collect(), fill: 0.0 };
    let op = if tensors.len() == 1 { Op::Reshape } else { Op::Concat(Concat { axis }) };
    let steps = vec![
        Step { op, inputs: tensors, shape: joined },
        Step { op: Op::Gather(gather), inputs: vec![Source::Step(0)], shape: shape.clone() },
        Step {
            op: Op::Affine(Affine {
                scale: Constant::scalar(1.0),
                offset: Constant { shape: shape.clone(), values: offset },
            }),
            inputs: vec![Source::Step(1)],
            shape,
        },
    ];
    Ok(Built::Steps(steps))
}
