//! Resize, and Upsample by interpolation.
//!
//! Each axis is a list of rows: which elements an output is made of, with which weights
//! (`axis`). With one weight each, the whole is a selection; else it becomes a convolution
//! (`interpolate`). Neither takes a row of the program.

mod average;
mod axis;
mod interpolate;

use super::super::constant::finite;
use super::{Argument, Built, Call};
use crate::model::graph::{Constant, Problem, shape};
use axis::{Axis, Coordinates, Filter, Rows};

/// Greatest scale, and its inverse the least.
const MAX_SCALE: f64 = 65536.0;

/// How large the result is along each axis.
struct Target {
    shape: Vec<usize>,
    /// Outputs for each input element, in single precision as the file has it.
    scales: Vec<f32>,
    /// The same, exactly.
    exact: Vec<f64>,
}

/// Upsample in mode `linear`: as Resize was at first.
pub(super) fn upsample(call: &mut Call<'_>, scales: &[f64]) -> Result<Built, Problem> {
    let input = call.shape(0)?;
    let scales: Vec<f32> = scales.iter().map(|scale| *scale as f32).collect();
    let target = scaled(input, &scales)?;
    let roi = vec![(0.0, 1.0); input.len()];
    sampled(call, &target, Coordinates::Asymmetric, Filter::Linear, &roi, 0.0)
}

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let input = call.shape(0)?;
    let mode = call.attributes.string("mode")?.unwrap_or("nearest");
    if call.opset < 11 {
        call.arity(2, 2)?;
        let scales = scales(call, 1)?.ok_or_else(|| Call::missing(1))?;
        let filter = match mode {
            "nearest" => Filter::Nearest(axis::Rounding::Simple),
            "linear" => Filter::Linear,
            other => return Err(Problem::malformed(format!("its mode is `{other}`"))),
        };
        let target = scaled(input, &scales)?;
        let roi = vec![(0.0, 1.0); input.len()];
        return sampled(call, &target, Coordinates::Asymmetric, filter, &roi, 0.0);
    }
    call.arity(2, 4)?;
    let coordinates = call.attributes.string("coordinate_transformation_mode")?;
    let coordinates = Coordinates::named(coordinates.unwrap_or("half_pixel"))?;
    let exclude = call.attributes.flag("exclude_outside")?;
    let a = call.attributes.float_or("cubic_coeff_a", -0.75)?;
    let rounding = call.attributes.string("nearest_mode")?.unwrap_or("round_prefer_floor");
    let rounding = axis::Rounding::named(rounding)?;
    let outside = call.attributes.float_or("extrapolation_value", 0.0)?;
    let filter = match mode {
        "nearest" => Filter::Nearest(rounding),
        "linear" => Filter::Linear,
        "cubic" => Filter::Cubic { a, exclude },
        other => return Err(Problem::malformed(format!("its mode is `{other}`"))),
    };
    let axes = axes(call, input.len())?;
    let target = target(call, input, &axes)?;
    if call.attributes.flag("antialias")? && target.exact.iter().any(|scale| *scale < 1.0) {
        return Err(Problem::new(
            "antialias is not supported where it makes a tensor smaller: runtimes differ at the edges",
            "use antialias 0, or an average pool",
        ));
    }
    let roi = if coordinates == Coordinates::CropAndResize {
        region(call, input.len(), &axes)?
    } else {
        vec![(0.0, 1.0); input.len()]
    };
    sampled(call, &target, coordinates, filter, &roi, outside)
}

/// The axes that scales or sizes speak of.
fn axes(call: &mut Call<'_>, rank: usize) -> Result<Vec<usize>, Problem> {
    let Some(list) = call.attributes.ints("axes")? else { return Ok((0..rank).collect()) };
    let axes: Vec<usize> =
        list.iter().map(|&axis| shape::axis(axis, rank)).collect::<Result<_, _>>()?;
    let mut seen = axes.clone();
    seen.sort_unstable();
    seen.dedup();
    if seen.len() != axes.len() {
        return Err(Problem::malformed("an axis is listed twice"));
    }
    Ok(axes)
}

/// A list that may be left out or empty.
fn scales(call: &Call<'_>, index: usize) -> Result<Option<Vec<f32>>, Problem> {
    let Some(Constant { values, .. }) = call.floats(index)?.filter(|c| !c.values.is_empty()) else {
        return Ok(None);
    };
    finite(values)?;
    Ok(Some(values.iter().map(|scale| *scale as f32).collect()))
}

/// A shape times scales, rounded down in single precision as runtimes do.
fn scaled(input: &[usize], scales: &[f32]) -> Result<Target, Problem> {
    let bounds = 1.0 / MAX_SCALE..=MAX_SCALE;
    if scales.len() != input.len()
        || scales.iter().any(|scale| !bounds.contains(&f64::from(*scale)))
    {
        return Err(Problem::malformed(format!("scales {scales:?} of shape {input:?}")));
    }
    let shape = input.iter().zip(scales).map(|(dim, scale)| (*dim as f32 * scale) as usize);
    let exact = scales.iter().map(|scale| f64::from(*scale)).collect();
    Ok(Target { shape: shape.collect(), scales: scales.to_vec(), exact })
}

fn target(call: &mut Call<'_>, input: &[usize], axes: &[usize]) -> Result<Target, Problem> {
    let policy = call.attributes.string("keep_aspect_ratio_policy")?.unwrap_or("stretch");
    let sizes = call.integers(3)?.filter(|list| !list.is_empty());
    match (scales(call, 2)?, sizes) {
        (Some(own), None) if own.len() == axes.len() => {
            let mut scales = vec![1.0; input.len()];
            for (axis, scale) in axes.iter().zip(own) {
                scales.iter_mut().skip(*axis).take(1).for_each(|slot| *slot = scale);
            }
            scaled(input, &scales)
        }
        (None, Some(own)) if own.len() == axes.len() => {
            let mut shape = input.to_vec();
            for (axis, size) in axes.iter().zip(own) {
                let size = usize::try_from(*size)
                    .map_err(|_| Problem::malformed(format!("its sizes are {own:?}")))?;
                shape.iter_mut().skip(*axis).take(1).for_each(|slot| *slot = size);
            }
            sized(input, shape, axes, policy)
        }
        (Some(_), Some(_)) => Err(Problem::malformed("it has both scales and sizes")),
        _ => Err(Problem::malformed("it has neither a scale nor a size for each of its axes")),
    }
}

/// A shape that is stated, its axes perhaps kept in proportion.
fn sized(
    input: &[usize],
    mut shape: Vec<usize>,
    axes: &[usize],
    policy: &str,
) -> Result<Target, Problem> {
    if policy != "stretch" {
        let pairs = input.iter().zip(&shape).enumerate().filter(|(at, _)| axes.contains(at));
        let ratios = pairs.map(|(_, (from, to))| *to as f32 / *from as f32);
        let scale = match policy {
            "not_larger" => ratios.fold(f32::INFINITY, f32::min),
            "not_smaller" => ratios.fold(0.0, f32::max),
            other => {
                let problem = format!("its keep_aspect_ratio_policy is `{other}`");
                return Err(Problem::malformed(problem));
            }
        };
        let mut scales = vec![1.0; input.len()];
        for axis in axes {
            let from = input.get(*axis).copied().unwrap_or(1);
            let to = (scale * from as f32).round() as usize;
            shape.iter_mut().skip(*axis).take(1).for_each(|slot| *slot = to);
            scales.iter_mut().skip(*axis).take(1).for_each(|slot| *slot = scale);
        }
        let exact = scales.iter().map(|scale| f64::from(*scale)).collect();
        return Ok(Target { shape, scales, exact });
    }
    let scales = input.iter().zip(&shape).map(|(from, to)| *to as f32 / *from as f32).collect();
    let exact = input.iter().zip(&shape).map(|(from, to)| *to as f64 / *from as f64).collect();
    Ok(Target { shape, scales, exact })
}

/// The part of the input that is wanted, from 0 to 1 along each axis.
fn region(call: &Call<'_>, rank: usize, axes: &[usize]) -> Result<Vec<(f64, f64)>, Problem> {
    let list = match call.at(1) {
        Argument::Missing => &[][..],
        _ => call.required(1)?.values.as_slice(),
    };
    let (starts, ends) = list.split_at_checked(axes.len()).unwrap_or((&[], &[]));
    if ends.len() != axes.len() {
        return Err(Problem::malformed(format!("a region of {} numbers", list.len())));
    }
    let mut region = vec![(0.0, 1.0); rank];
    for ((axis, start), end) in axes.iter().zip(starts).zip(ends) {
        region.iter_mut().skip(*axis).take(1).for_each(|slot| *slot = (*start, *end));
    }
    Ok(region)
}

fn sampled(
    call: &mut Call<'_>,
    target: &Target,
    coordinates: Coordinates,
    filter: Filter,
    roi: &[(f64, f64)],
    outside: f64,
) -> Result<Built, Problem> {
    let (tensor, input) = call.tensor(0)?;
    let outputs = call.budget.computed(&target.shape)?;
    call.budget.work(outputs)?;
    let mut axes = Vec::with_capacity(input.len());
    let sizes = input.iter().zip(&target.shape);
    for (((size, to), (scale, exact)), roi) in
        sizes.zip(target.scales.iter().zip(&target.exact)).zip(roi)
    {
        // A row takes some numbers, and is compared with others to find what recurs.
        call.budget.elements(to.saturating_mul(8))?;
        call.budget.work(to.saturating_mul(interpolate::MAX_PERIOD))?;
        let axis = Axis { size: *size, outputs: *to, scale: *scale, exact: *exact, roi: *roi };
        axes.push(Rows::of(&axis, coordinates, filter)?);
    }
    interpolate::build(call, (tensor, input), &axes, outside)
}
