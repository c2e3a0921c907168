//! Cast and CastLike.

use super::super::constant::{
    self, BFLOAT16, BOOL, DOUBLE, FLOAT, FLOAT16, INT4, INT8, INT16, INT32, INT64, Literal, UINT4,
    UINT8, UINT16, UINT32, UINT64,
};
use super::{Argument, Built, Call};
use crate::model::graph::Problem;

/// Casts tensors of the document among floats, constants among all kinds. No float is
/// rounded: what half precision would do to it is taken for a rounding error.
pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let to = target(call)?;
    let to_float = is_float(i64::from(to));
    let Argument::Literal(literal) = call.at(0) else {
        let (tensor, _) = call.tensor(0)?;
        return if to_float { Ok(Built::Same(tensor)) } else { Err(refusal(to)) };
    };
    call.budget.elements(literal.len())?;
    call.typed.constant = Some(to);
    let shape = literal.shape().to_vec();
    if to_float || to == BOOL {
        let floats: Vec<f64> = match literal {
            Literal::Float(constant) => constant.values.clone(),
            Literal::Int { values, .. } => values.iter().map(|value| *value as f64).collect(),
            Literal::Bool { values, .. } => values.iter().map(|value| f64::from(*value)).collect(),
        };
        return Ok(Built::Literal(if to_float {
            Literal::float(shape, floats)
        } else {
            Literal::Bool { shape, values: floats.iter().map(|value| *value != 0.0).collect() }
        }));
    }
    let (least, most) = range(to).ok_or_else(|| refusal(to))?;
    let values: Vec<i64> = match literal {
        Literal::Float(constant) => {
            if constant.values.iter().any(|value| !(-2e9..=2e9).contains(value)) {
                return Err(Problem::malformed("a number beyond 2000000000 becomes an integer"));
            }
            // Towards zero, as ONNX has it.
            constant.values.iter().map(|value| *value as i64).collect()
        }
        Literal::Int { values, .. } => values.clone(),
        Literal::Bool { values, .. } => values.iter().map(|value| i64::from(*value)).collect(),
    };
    if let Some(value) = values.iter().find(|value| !(least..=most).contains(*value)) {
        let problem = format!("{value} is beyond {}", constant::type_name(to));
        return Err(Problem::malformed(problem));
    }
    Ok(Built::Literal(Literal::Int { shape, values }))
}

/// The type that is cast to.
pub(super) fn target(call: &mut Call<'_>) -> Result<i32, Problem> {
    call.attributes.flag("saturate")?;
    call.attributes.string("round_mode")?;
    if call.operator == "CastLike" {
        call.arity(2, 2)?;
        return match call.at(1) {
            Argument::Tensor { .. } | Argument::Literal(Literal::Float(_)) => Ok(FLOAT),
            Argument::Literal(Literal::Int { .. }) => Ok(INT64),
            Argument::Literal(Literal::Bool { .. }) => Ok(BOOL),
            Argument::Missing => Err(Call::missing(1)),
        };
    }
    call.arity(1, 1)?;
    Ok(i32::try_from(call.attributes.int_or("to", 0)?).unwrap_or(0))
}

pub(super) fn refusal(to: i32) -> Problem {
    Problem::new(
        format!("a cast to {} is not supported here", constant::type_name(to)),
        "use float32 for whatever depends on the document",
    )
}

/// Whether a type is one of floats.
pub(super) fn is_float(data_type: i64) -> bool {
    i32::try_from(data_type).is_ok_and(|to| matches!(to, FLOAT | DOUBLE | FLOAT16 | BFLOAT16))
}

/// The integers of a type.
pub(super) fn range(data_type: i32) -> Option<(i64, i64)> {
    Some(match data_type {
        INT4 => (-8, 7),
        UINT4 => (0, 15),
        INT8 => (i64::from(i8::MIN), i64::from(i8::MAX)),
        UINT8 => (0, i64::from(u8::MAX)),
        INT16 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        UINT16 => (0, i64::from(u16::MAX)),
        INT32 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        UINT32 => (0, i64::from(u32::MAX)),
        INT64 => (i64::MIN, i64::MAX),
        UINT64 => (0, i64::MAX),
        _ => return None,
    })
}
