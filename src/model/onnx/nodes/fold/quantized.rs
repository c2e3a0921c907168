//! DequantizeLinear and QuantizeLinear: weights that a file holds as small integers.

use super::super::super::constant::{Literal, UINT8, type_name};
use super::super::Call;
use super::super::quantised::integer_type;
use crate::model::graph::{Constant, Integers, Problem, shape};

/// `(x − zero point) · scale`, one scale for all, for each place along an axis, or for each
/// block of places along it.
pub(super) fn dequantized(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 3)?;
    // The type of the result: a float in any case.
    call.attributes.int("output_dtype")?;
    let Literal::Int { shape: own, values } = call.literal(0)? else {
        return Err(Problem::malformed("its input does not hold integers"));
    };
    let (scale, zero) = parameters(call)?;
    let places = places(call, own, scale)?;
    let values = values.iter().zip(places).map(|(value, place)| {
        let zero = zero.and_then(|list| list.get(place)).copied().unwrap_or(0);
        let scale = scale.values.get(place).copied().unwrap_or(0.0);
        value.saturating_sub(zero) as f64 * scale
    });
    Ok(Literal::float(own.clone(), values.collect()))
}

/// The nearest integer of a type, halves to even, those beyond at its ends.
pub(super) fn quantized(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 3)?;
    call.attributes.ignore("saturate");
    call.attributes.ignore("precision");
    let stated = i32::try_from(call.attributes.int_or("output_dtype", 0)?).unwrap_or(0);
    let constant = call.required(0)?;
    let (scale, zero) = parameters(call)?;
    let kind = match (zero, stated) {
        (Some(_), _) => call.typed.types.get(2).copied().flatten().unwrap_or(0),
        (None, 0) => UINT8,
        (None, stated) => stated,
    };
    let (low, high) = integer_type(kind).ok_or_else(|| {
        let problem = format!("quantisation to {} is not supported", type_name(kind));
        Problem::new(problem, "quantise to int8 or uint8, the zero point an initializer")
    })?;
    if scale.values.iter().any(|scale| *scale <= 0.0) {
        return Err(Problem::malformed("its scale is not above zero"));
    }
    let places = places(call, &constant.shape, scale)?;
    call.typed.constant = Some(kind);
    let values = constant.values.iter().zip(places).map(|(value, place)| {
        let zero = zero.and_then(|list| list.get(place)).copied().unwrap_or(0);
        let scale = scale.values.get(place).copied().unwrap_or(1.0);
        Integers { scale, zero, low, high }.nearest(*value)
    });
    Ok(Literal::Int { shape: constant.shape.clone(), values: values.collect() })
}

/// Scales and zero points.
fn parameters<'a>(call: &Call<'a>) -> Result<(&'a Constant, Option<&'a [i64]>), Problem> {
    let scale = call.required(1)?;
    let zero = match call.integers(2)? {
        // Quantisers write one number now as a scalar, now as a list.
        Some(list)
            if call.shape(2)? == scale.shape || list.len() == 1 && scale.values.len() == 1 =>
        {
            Some(list)
        }
        Some(_) => return Err(Problem::malformed("its scale and zero point differ in shape")),
        None => None,
    };
    Ok((scale, zero))
}

/// For each element of a constant, which scale is its own.
fn places(call: &mut Call<'_>, own: &[usize], scale: &Constant) -> Result<Vec<usize>, Problem> {
    let axis = call.attributes.int_or("axis", 1)?;
    let block = call.attributes.int_or("block_size", 0)?;
    let count = call.budget.folded(own)?;
    call.budget.elements(count)?;
    if scale.values.len() == 1 {
        return Ok(vec![0; count]);
    }
    let axis = shape::axis(axis, own.len())?;
    let size = own.get(axis).copied().unwrap_or(1);
    let per_block = match (block, scale.shape.as_slice()) {
        (0, [only]) if *only == size => 1,
        (1.., given) => {
            let block = usize::try_from(block).unwrap_or(usize::MAX);
            let mut expected = own.to_vec();
            if let Some(slot) = expected.get_mut(axis) {
                *slot = size.div_ceil(block);
            }
            if given != expected {
                return Err(misfit(&scale.shape, own));
            }
            block
        }
        _ => return Err(misfit(&scale.shape, own)),
    };
    let inner = own.iter().skip(axis.saturating_add(1)).product::<usize>().max(1);
    let blocks = size.div_ceil(per_block).max(1);
    let blocked = block > 0;
    let place = |at: usize| {
        let (rest, inside) = (at.checked_div(inner), at.checked_rem(inner));
        let (rest, inside) = (rest.unwrap_or(0), inside.unwrap_or(0));
        let along = rest.checked_rem(size).unwrap_or(0).checked_div(per_block).unwrap_or(0);
        if !blocked {
            return along;
        }
        let outer = rest.checked_div(size).unwrap_or(0);
        let place = outer.saturating_mul(blocks).saturating_add(along);
        place.saturating_mul(inner).saturating_add(inside)
    };
    Ok((0..count).map(place).collect())
}

fn misfit(scale: &[usize], own: &[usize]) -> Problem {
    Problem::malformed(format!("a scale of shape {scale:?} for a tensor of shape {own:?}"))
}
