//! Concat: of tensors, of constants, and of both.

use super::super::constant::Literal;
use super::{Argument, Built, Call, Source, Step};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Affine, Concat, Constant, Gather, Op, Problem};

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    if call.arguments.is_empty() {
        return Err(Problem::malformed("it has no inputs"));
    }
    let first = call.shape(0)?;
    let axis =
        call.attributes.int("axis")?.ok_or_else(|| Problem::malformed("its axis is missing"))?;
    let axis = shape::axis(axis, first.len())?;
    along(call, Concat { axis })
}

/// The inputs one after the other along an axis.
pub(super) fn along(call: &mut Call<'_>, Concat { axis }: Concat) -> Result<Built, Problem> {
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
    if let [only] = inputs.as_slice() {
        return Ok(Built::Same(*only));
    }
    Ok(Built::node(Op::Concat(Concat { axis }), inputs, shape))
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
