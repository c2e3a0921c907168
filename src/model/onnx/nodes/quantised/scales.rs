//! Scales, zero points and the integers of constants.

use super::super::super::constant::{INT4, INT8, INT16, Literal, UINT4, UINT8, UINT16, type_name};
use super::super::{Argument, Call, cast};
use crate::model::graph::{Activation, Constant, Integers, Problem, shape};

/// Integers of weights and zero points are within this; those of larger types are none.
const MOST: i64 = 1 << 16;

const SCALE: &str = "quantise the model again: scales are finite numbers above zero";

/// The least and greatest integer of a type that tensors may have.
pub(in super::super) fn integer_type(data_type: i32) -> Option<(i64, i64)> {
    match data_type {
        INT4 | UINT4 | INT8 | UINT8 | INT16 | UINT16 => cast::range(data_type),
        _ => None,
    }
}

/// Reads the attributes of QuantizeLinear and DequantizeLinear that are no numbers of the result;
/// the element type of the result if it is stated.
pub(super) fn parameters(call: &mut Call<'_>) -> Result<Option<i32>, Problem> {
    call.attributes.ignore("saturate");
    call.attributes.ignore("precision");
    call.attributes.int("axis")?;
    if call.attributes.int_or("block_size", 0)? != 0 {
        return Err(Problem::new(
            "a scale for each block of a tensor that depends on the document is not supported",
            "quantise with one scale a tensor",
        ));
    }
    let stated = call.attributes.int_or("output_dtype", 0)?;
    Ok(i32::try_from(stated).ok().filter(|stated| *stated != 0))
}

/// One scale, which is a number in single precision above zero.
fn scale(call: &Call<'_>, index: usize) -> Result<f64, Problem> {
    match call.required(index)?.values.as_slice() {
        [scale] => checked(*scale),
        several => Err(Problem::new(
            format!("{} scales for a tensor that depends on the document", several.len()),
            "quantise activations with one scale a tensor; weights may have one a channel",
        )),
    }
}

fn checked(scale: f64) -> Result<f64, Problem> {
    if scale.is_finite() && scale >= f64::from(f32::MIN_POSITIVE) {
        return Ok(scale);
    }
    Err(Problem::new(format!("a scale of {scale:e}"), SCALE))
}

/// Shape and values of constant integers.
type Whole<'a> = (&'a [usize], &'a [i64]);

/// Constant integers within a bound; `None` if left out.
pub(super) fn integers<'a>(
    call: &Call<'a>,
    index: usize,
    most: i64,
) -> Result<Option<Whole<'a>>, Problem> {
    let (shape, values) = match call.at(index) {
        Argument::Missing => return Ok(None),
        Argument::Literal(Literal::Int { shape, values }) => (shape, values),
        _ => {
            return Err(Problem::new(
                format!("{} is no constant of integers", call.called(index)),
                "quantise the model again: weights, biases and zero points are constants",
            ));
        }
    };
    match values.iter().find(|value| !(most.saturating_neg()..most).contains(*value)) {
        None => Ok(Some((shape, values))),
        Some(value) => Err(Problem::new(
            format!("{} holds {value}, beyond ±{most}", call.called(index)),
            "quantise the model again: weights have up to 16 bits, biases 32",
        )),
    }
}

/// One zero point; 0 if left out.
fn zero(call: &Call<'_>, index: usize) -> Result<i64, Problem> {
    match integers(call, index, MOST)? {
        None => Ok(0),
        Some((_, [zero])) => Ok(*zero),
        Some((_, several)) => Err(Problem::new(
            format!("{} zero points for a tensor that depends on the document", several.len()),
            "quantise activations with one zero point a tensor",
        )),
    }
}

/// The integers that a tensor becomes. Their type is that of the zero point, or `stated`, or
/// uint8.
pub(super) fn target(
    call: &Call<'_>,
    scale_at: usize,
    zero_at: usize,
    stated: Option<i32>,
) -> Result<Integers, Problem> {
    let (scale, zero) = (scale(call, scale_at)?, zero(call, zero_at)?);
    let kind = match call.at(zero_at) {
        Argument::Missing => stated.unwrap_or(UINT8),
        _ => call.typed.types.get(zero_at).copied().flatten().ok_or_else(|| {
            Problem::new(
                format!("the type of {} is not known", call.called(zero_at)),
                "let it be an initializer or a Constant node",
            )
        })?,
    };
    let (low, high) = integer_type(kind).ok_or_else(|| {
        Problem::new(
            format!("quantisation to {} is not supported", type_name(kind)),
            "quantise to uint8 or int8",
        )
    })?;
    checked_target(Integers { scale, zero, low, high })
}

/// Refuses a zero point beyond its type, and a scale that makes its numbers infinite.
pub(super) fn checked_target(to: Integers) -> Result<Integers, Problem> {
    let Integers { scale, zero, low, high } = to;
    if !(low..=high).contains(&zero) {
        return Err(Problem::malformed(format!(
            "a zero point of {zero}, its type holds {low} to {high}"
        )));
    }
    if scale * high.saturating_sub(low) as f64 > f64::from(f32::MAX) {
        let problem = format!("with a scale of {scale:e} its numbers are infinite");
        return Err(Problem::new(problem, SCALE));
    }
    Ok(to)
}

/// One scale and zero point with which a tensor of integers is read.
pub(super) fn reading(
    call: &Call<'_>,
    own: Integers,
    scale_at: Option<usize>,
    zero_at: usize,
) -> Result<(f64, i64), Problem> {
    let scale = scale_at.map_or(Ok(1.0), |at| scale(call, at))?;
    let zero = zero(call, zero_at)?;
    checked_target(Integers { scale, zero, ..own })?;
    Ok((scale, zero))
}

/// The scales and zero points of a tensor, one or one for each place along `axis`; the scales in a
/// shape that broadcasts.
pub(super) fn along_axis(
    call: &mut Call<'_>,
    scale_at: usize,
    zero_at: usize,
    shape: &[usize],
) -> Result<(Constant, Vec<i64>), Problem> {
    let scale = call.required(scale_at)?;
    scale.values.iter().try_for_each(|scale| checked(*scale).map(|_| ()))?;
    let zero = integers(call, zero_at, MOST)?;
    let zero = zero.map_or(&[0][..], |(_, zero)| zero);
    if zero.len() != 1 && zero.len() != scale.values.len() {
        return Err(Problem::malformed("its scale and zero point differ in shape"));
    }
    if let [one] = scale.values.as_slice() {
        return Ok((Constant::scalar(*one), zero.to_vec()));
    }
    let axis = shape::axis(call.attributes.int_or("axis", 1)?, shape.len())?;
    let size = shape.get(axis).copied().unwrap_or(1);
    if scale.shape != [size] {
        let problem = format!("a scale of shape {:?} for a tensor of shape {shape:?}", scale.shape);
        return Err(Problem::malformed(problem));
    }
    let mut spread = vec![size];
    spread.resize(shape.len().saturating_sub(axis), 1);
    Ok((Constant { shape: spread, values: scale.values.clone() }, zero.to_vec()))
}

/// What constant integers stand for: with one scale and zero point, or one for each place along
/// an axis, counted from the end if it is below zero.
pub(super) fn constant(
    call: &mut Call<'_>,
    index: usize,
    scale_at: Option<usize>,
    zero_at: usize,
    axis: i64,
) -> Result<Constant, Problem> {
    let missing = || Problem::malformed(format!("input {index} is missing"));
    let (shape, values) = integers(call, index, MOST)?.ok_or_else(missing)?;
    let one = Constant::scalar(1.0);
    let scales = scale_at.map_or(Ok(&one), |at| call.required(at))?.values.as_slice();
    if let Some(scale) = scales.iter().find(|scale| !(scale.is_finite() && **scale > 0.0)) {
        return Err(Problem::new(format!("a scale of {scale:e}"), SCALE));
    }
    let zeros = integers(call, zero_at, MOST)?.map_or(&[0][..], |(_, zeros)| zeros);
    let at = if shape.is_empty() { None } else { Some(shape::axis(axis, shape.len())?) };
    let size = at.and_then(|at| shape.get(at)).copied().unwrap_or(1);
    if [scales.len(), zeros.len()].iter().any(|count| *count != 1 && *count != size) {
        return Err(Problem::malformed(format!(
            "{} scales and {} zero points for weights of shape {shape:?}",
            scales.len(),
            zeros.len()
        )));
    }
    call.budget.elements(values.len())?;
    let inner: usize = shape
        .iter()
        .skip(at.map_or(0, |at| at.saturating_add(1)))
        .fold(1, |n, dim| n.saturating_mul(*dim));
    let places = (0..values.len()).map(|element| {
        element.checked_div(inner).and_then(|row| row.checked_rem(size)).unwrap_or(0)
    });
    let real = |(value, place): (&i64, usize)| {
        let zero = zeros.get(place).or(zeros.first()).copied().unwrap_or(0);
        let scale = scales.get(place).or(scales.first()).copied().unwrap_or(0.0);
        scale * value.saturating_sub(zero) as f64
    };
    let values = values.iter().zip(places).map(real).collect();
    Ok(Constant { shape: shape.to_vec(), values })
}

/// The bounds of a Clip of integers, as the numbers that they stand for.
pub(super) fn clip(call: &mut Call<'_>, own: Integers) -> Result<Activation, Problem> {
    call.arity(1, 3)?;
    let bound = |index: usize, open: f64| match integers(call, index, MOST)? {
        None => Ok(open),
        Some((_, [bound])) => Ok(own.real(*bound)),
        Some(_) => Err(Problem::malformed(format!("{} is no scalar", call.called(index)))),
    };
    let (low, high) = (bound(1, f64::NEG_INFINITY)?, bound(2, f64::INFINITY)?);
    Ok(Activation::Clip { low: low.min(high), high })
}
