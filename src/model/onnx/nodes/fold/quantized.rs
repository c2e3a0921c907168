//! DequantizeLinear: weights that a file holds as small integers.

use super::super::super::constant::Literal;
use super::super::Call;
use crate::model::graph::{Problem, shape};

/// `(x − zero point) · scale`, one scale for all, for each place along an axis, or for each
/// block of places along it.
pub(super) fn dequantized(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 3)?;
    let axis = call.attributes.int_or("axis", 1)?;
    let block = call.attributes.int_or("block_size", 0)?;
    // The type of the result: a float in any case.
    call.attributes.int("output_dtype")?;
    let Literal::Int { shape: own, values } = call.literal(0)? else {
        return Err(Problem::malformed("its input does not hold integers"));
    };
    let scale = call.required(1)?;
    let zero = match call.integers(2)? {
        Some(list) if call.shape(2)? == scale.shape => Some(list),
        Some(_) => return Err(Problem::malformed("its scale and zero point differ in shape")),
        None => None,
    };
    let count = call.budget.folded(own)?;
    call.budget.elements(count)?;
    // For each axis, its size and how far the scale moves.
    let places: Vec<usize> = if scale.values.len() == 1 {
        vec![0; count]
    } else {
        let axis = shape::axis(axis, own.len())?;
        let size = own.get(axis).copied().unwrap_or(1);
        let per_block = match (block, scale.shape.as_slice()) {
            (0, [only]) if *only == size => 1,
            (1.., given) => {
                let block = usize::try_from(block).unwrap_or(usize::MAX);
                let mut expected = own.clone();
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
        (0..count)
            .map(|at| {
                let (rest, inside) = (at.checked_div(inner), at.checked_rem(inner));
                let (rest, inside) = (rest.unwrap_or(0), inside.unwrap_or(0));
                let along = rest.checked_rem(size).unwrap_or(0).checked_div(per_block).unwrap_or(0);
                if !blocked {
                    return along;
                }
                let outer = rest.checked_div(size).unwrap_or(0);
                let place = outer.saturating_mul(blocks).saturating_add(along);
                place.saturating_mul(inner).saturating_add(inside)
            })
            .collect()
    };
    let values = values.iter().zip(places).map(|(value, place)| {
        let zero = zero.and_then(|list| list.get(place)).copied().unwrap_or(0);
        let scale = scale.values.get(place).copied().unwrap_or(0.0);
        value.saturating_sub(zero) as f64 * scale
    });
    Ok(Literal::float(own.clone(), values.collect()))
}

fn misfit(scale: &[usize], own: &[usize]) -> Problem {
    Problem::malformed(format!("a scale of shape {scale:?} for a tensor of shape {own:?}"))
}
