//! Operators that pick elements by their place: Slice, Split, Gather, Expand,
//! Tile, Pad, Upsample. Over constants they are done at once.

use super::super::constant::{self, Literal};
use super::{Argument, Built, Call, embedding, literal, resize};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Gather, Op, Problem};
use crate::model::operators::gather::{Axis, Selection};

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    if call.operator == "Upsample" {
        return upsample(call);
    }
    listing(call)?;
    let selection = match call.operator {
        "Slice" => slice(call)?,
        "Gather" if embedding::picks(call) => return embedding::build(call),
        "Gather" => gather(call)?,
        "Expand" => expand(call)?,
        "Tile" => tile(call)?,
        _ => pad(call)?,
    };
    moved(call, selection)
}

/// Counts the places of the input, which are listed axis by axis before some are picked.
fn listing(call: &mut Call<'_>) -> Result<(), Problem> {
    let sizes = call.shape(0)?.iter().fold(0usize, |sum, dim| sum.saturating_add(*dim));
    call.budget.work(sizes)
}

/// Split: one selection for each output.
pub(super) fn split(call: &mut Call<'_>) -> Result<Built, Problem> {
    let input = call.shape(0)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, input.len())?;
    let size = input.get(axis).copied().unwrap_or(0);
    let parts = call.outputs;
    let list = if call.opset < 13 {
        call.arity(1, 1)?;
        call.attributes.ints("split")?
    } else {
        call.arity(1, 2)?;
        call.integers(1)?
    };
    if let Some(count) = call.attributes.int("num_outputs")?
        && usize::try_from(count) != Ok(parts)
    {
        return Err(Problem::malformed(format!("{parts} outputs, but num_outputs is {count}")));
    }
    let sizes = match list {
        Some(list) => literal::sizes(list)?,
        // The last part may be smaller.
        None => {
            let each = size.div_ceil(parts.max(1));
            let start = |part: usize| part.saturating_mul(each).min(size);
            (0..parts.min(size))
                .map(|part| start(part.saturating_add(1)).saturating_sub(start(part)))
                .collect()
        }
    };
    if sizes.len() != parts
        || sizes.iter().fold(0, |sum: usize, own| sum.saturating_add(*own)) != size
    {
        return Err(Problem::malformed(format!(
            "{parts} parts {sizes:?} of an axis of {size} elements"
        )));
    }
    let mut start = 0usize;
    let mut built = Vec::with_capacity(parts);
    for own in sizes {
        listing(call)?;
        let mut selection = Selection::whole(input);
        let end = start.saturating_add(own);
        selection.set(axis, (start..end).map(|at| u32::try_from(at).ok()).collect());
        built.push(moved(call, selection)?);
        start = end;
    }
    Ok(Built::Several(built))
}

/// What a selection makes of the first input.
fn moved(call: &mut Call<'_>, selection: Selection) -> Result<Built, Problem> {
    let shape = selection.shape.clone();
    match call.at(0) {
        Argument::Literal(source) => {
            call.budget.folded(&shape)?;
            Ok(Built::Literal(picked(source, &selection.gather()?, shape)))
        }
        _ => {
            let (tensor, input) = call.tensor(0)?;
            // They are compared one by one, to see whether any moves.
            call.budget.work(shape::elements(&shape)?)?;
            let gather = selection.gather()?;
            constant::finite(&[gather.fill])?;
            Ok(match nothing_moves(&gather, shape::elements(input)?) {
                true if input == shape => Built::Same(tensor),
                true => Built::node(Op::Reshape, vec![tensor], shape),
                false => Built::node(Op::Gather(gather), vec![tensor], shape),
            })
        }
    }
}

/// Whether a selection gives all elements of its input in their order.
pub(super) fn nothing_moves(gather: &Gather, elements: usize) -> bool {
    let sizes = gather.axes.iter().map(Vec::len);
    sizes.fold(1, usize::saturating_mul) == elements
        && gather.walk().enumerate().all(|(at, from)| from.is_some_and(|from| from as usize == at))
}

/// The elements of a constant that a selection picks.
pub(super) fn picked(source: &Literal, gather: &Gather, shape: Vec<usize>) -> Literal {
    fn pick<T: Copy>(values: &[T], gather: &Gather, fill: T) -> Vec<T> {
        let of = |at: Option<u32>| at.and_then(|at| values.get(at as usize)).copied();
        gather.walk().map(|at| of(at).unwrap_or(fill)).collect()
    }
    match source {
        Literal::Float(constant) => {
            Literal::float(shape, pick(&constant.values, gather, gather.fill))
        }
        Literal::Int { values, .. } => {
            Literal::Int { shape, values: pick(values, gather, gather.fill as i64) }
        }
        Literal::Bool { values, .. } => {
            Literal::Bool { shape, values: pick(values, gather, gather.fill != 0.0) }
        }
    }
}

/// A list of axes that may count from the end, each once; all if left out.
fn axes(list: Option<&[i64]>, count: usize, rank: usize) -> Result<Vec<usize>, Problem> {
    let axes: Vec<usize> = match list {
        None => (0..count).collect(),
        Some(list) => list.iter().map(|&axis| shape::axis(axis, rank)).collect::<Result<_, _>>()?,
    };
    let mut seen = axes.clone();
    seen.sort_unstable();
    seen.dedup();
    if axes.len() != count || seen.len() != count || axes.iter().any(|axis| *axis >= rank) {
        return Err(Problem::malformed(format!("{axes:?} are not {count} axes of a rank {rank}")));
    }
    Ok(axes)
}

fn slice(call: &mut Call<'_>) -> Result<Selection, Problem> {
    let input = call.shape(0)?;
    let missing = || Problem::malformed("its starts or ends are missing");
    let (starts, ends, list, steps) = if call.opset < 10 {
        call.arity(1, 1)?;
        let attributes = &mut call.attributes;
        (attributes.ints("starts")?, attributes.ints("ends")?, attributes.ints("axes")?, None)
    } else {
        call.arity(3, 5)?;
        (call.integers(1)?, call.integers(2)?, call.integers(3)?, call.integers(4)?)
    };
    let (starts, ends) = (starts.ok_or_else(missing)?, ends.ok_or_else(missing)?);
    let axes = axes(list, starts.len(), input.len())?;
    if ends.len() != starts.len() || steps.is_some_and(|steps| steps.len() != starts.len()) {
        return Err(Problem::malformed("its starts, ends and steps differ in number"));
    }
    let mut selection = Selection::whole(input);
    for (position, axis) in axes.into_iter().enumerate() {
        let size = input.get(axis).copied().unwrap_or(0);
        let at = |list: &[i64]| list.get(position).copied().unwrap_or(0);
        let step = steps.map_or(1, at);
        selection.set(axis, places(size, at(starts), at(ends), step)?);
    }
    Ok(selection)
}

/// Python's `range(size)[start:end:step]`, in ONNX's spelling.
fn places(size: usize, start: i64, end: i64, step: i64) -> Result<Axis, Problem> {
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let last = size.saturating_sub(1);
    let wrap = |at: i64| if at < 0 { at.saturating_add(size) } else { at };
    let (start, end) = match step {
        0 => return Err(Problem::malformed("a step of 0")),
        1.. => (wrap(start).clamp(0, size), wrap(end).clamp(0, size)),
        _ => (wrap(start).clamp(0, last.max(0)), wrap(end).clamp(-1, last)),
    };
    let mut places = Vec::new();
    let mut at = start;
    while if step > 0 { at < end } else { at > end } {
        places.push(u32::try_from(at).ok());
        at = at.saturating_add(step);
    }
    Ok(places)
}

fn gather(call: &mut Call<'_>) -> Result<Selection, Problem> {
    call.arity(2, 2)?;
    let input = call.shape(0)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, input.len())?;
    let size = input.get(axis).copied().unwrap_or(0);
    let Argument::Literal(indices) = call.at(1) else {
        return Err(Problem::new(
            "its indices are computed from the document, and what they pick from as well",
            "use a model that picks constant places, or rows of a constant table",
        ));
    };
    let list = call.integers(1)?.unwrap_or(&[]);
    let mut shape: Vec<usize> = input.iter().take(axis).copied().collect();
    shape.extend(indices.shape());
    shape.extend(input.iter().skip(axis.saturating_add(1)));
    check(call, &shape)?;
    let place = |&index: &i64| {
        shape::axis(index, size).map(|at| u32::try_from(at).ok()).map_err(|_| {
            Problem::malformed(format!("index {index} along an axis of {size} elements"))
        })
    };
    let places = list.iter().map(place);
    let mut selection = Selection::whole(input);
    selection.set(axis, places.collect::<Result<_, _>>()?);
    selection.shape = shape;
    Ok(selection)
}

/// Refuses a result beyond the limits before its places are listed.
fn check(call: &Call<'_>, shape: &[usize]) -> Result<(), Problem> {
    if call.is_constant() && shape == [0] {
        return Ok(());
    }
    shape::elements(shape).map(|_| ())
}

fn expand(call: &mut Call<'_>) -> Result<Selection, Problem> {
    call.arity(2, 2)?;
    let input = call.shape(0)?;
    let target = literal::sizes(call.integers(1)?.ok_or_else(|| Call::missing(1))?)?;
    shape::elements(&target)?;
    spread(input, &target)
}

/// A tensor as it broadcasts together with another shape.
pub(super) fn spread(input: &[usize], target: &[usize]) -> Result<Selection, Problem> {
    let shape = shape::broadcast(input, target)?;
    let mut from = vec![1; shape.len().saturating_sub(input.len())];
    from.extend_from_slice(input);
    let axes = shape.iter().zip(&from).map(|(&to, &from)| {
        (0..to).map(|at| if from == 1 { Some(0) } else { u32::try_from(at).ok() }).collect()
    });
    Ok(Selection { axes: axes.collect(), strides: strides(&from), shape, fill: 0.0 })
}

fn tile(call: &mut Call<'_>) -> Result<Selection, Problem> {
    call.arity(2, 2)?;
    let input = call.shape(0)?;
    let repeats = literal::sizes(call.integers(1)?.ok_or_else(|| Call::missing(1))?)?;
    if repeats.len() != input.len() {
        return Err(Problem::malformed(format!("{repeats:?} repeats of shape {input:?}")));
    }
    let shape: Vec<usize> =
        input.iter().zip(&repeats).map(|(dim, times)| dim.saturating_mul(*times)).collect();
    check(call, &shape)?;
    let mut selection = Selection::whole(input);
    for (axis, (&dim, &to)) in input.iter().zip(&shape).enumerate() {
        selection.set(
            axis,
            (0..to).map(|at| at.checked_rem(dim).and_then(|at| u32::try_from(at).ok())).collect(),
        );
    }
    Ok(selection)
}

/// Upsample, as it was before Resize.
fn upsample(call: &mut Call<'_>) -> Result<Built, Problem> {
    listing(call)?;
    let input = call.shape(0)?;
    let mode = call.attributes.string("mode")?.unwrap_or("nearest");
    let scales: Vec<f64> = if call.opset < 9 {
        call.arity(1, 1)?;
        let list = call.attributes.floats("scales")?.unwrap_or(&[]);
        list.iter().copied().map(f64::from).collect()
    } else {
        call.arity(2, 2)?;
        call.required(1)?.values.clone()
    };
    if scales.len() != input.len() || scales.iter().any(|scale| !(1.0..=65536.0).contains(scale)) {
        return Err(Problem::malformed(format!("scales {scales:?} of shape {input:?}")));
    }
    match mode {
        "nearest" => {}
        "linear" | "bilinear" if !call.is_constant() => return resize::upsample(call, &scales),
        other => return Err(Problem::malformed(format!("its mode is `{other}`"))),
    }
    let sizes = input.iter().zip(&scales);
    let shape: Vec<usize> =
        sizes.map(|(dim, scale)| (*dim as f64 * scale).floor() as usize).collect();
    check(call, &shape)?;
    let mut selection = Selection::whole(input);
    for (axis, ((&to, &scale), &size)) in shape.iter().zip(&scales).zip(input).enumerate() {
        let place = |at: usize| {
            let from = (at as f64 / scale).floor() as usize;
            u32::try_from(from.min(size.saturating_sub(1))).ok()
        };
        selection.set(axis, (0..to).map(place).collect());
    }
    moved(call, selection)
}

fn pad(call: &mut Call<'_>) -> Result<Selection, Problem> {
    let input = call.shape(0)?;
    let mode = call.attributes.string("mode")?.unwrap_or("constant");
    let (pads, fill, list) = if call.opset < 11 {
        call.arity(1, 1)?;
        (call.attributes.ints("pads")?, call.attributes.float("value")?, None)
    } else {
        call.arity(2, 4)?;
        let fill = match call.at(2) {
            Argument::Literal(Literal::Int { values, .. }) => {
                values.first().map(|value| *value as f64)
            }
            _ => call.bound(2)?,
        };
        (call.integers(1)?, fill, call.integers(3)?)
    };
    let pads = pads.ok_or_else(|| Problem::malformed("its pads are missing"))?;
    let axes = axes(list, if list.is_some() { pads.len() >> 1 } else { input.len() }, input.len())?;
    if pads.len() != axes.len().saturating_mul(2) {
        return Err(Problem::malformed(format!("{} pads for {} axes", pads.len(), axes.len())));
    }
    let (before, after) = pads.split_at_checked(axes.len()).unwrap_or((pads, &[]));
    let mut shape = input.to_vec();
    for ((axis, before), after) in axes.iter().zip(before).zip(after) {
        let Some(dim) = shape.get_mut(*axis) else { continue };
        let size = i64::try_from(*dim).unwrap_or(i64::MAX);
        let size = size.saturating_add(*before).saturating_add(*after);
        *dim = usize::try_from(size)
            .map_err(|_| Problem::malformed(format!("pads {pads:?} of shape {input:?}")))?;
    }
    check(call, &shape)?;
    if mode != "constant" && pads.iter().any(|pad| *pad < 0) {
        return Err(Problem::new(
            format!("negative pads in mode `{mode}` are not supported"),
            "use a Slice node for what is cut off",
        ));
    }
    let mut selection = Selection::whole(input);
    selection.fill = fill.unwrap_or(0.0);
    for (axis, before) in axes.iter().zip(before) {
        let (size, to) = (input.get(*axis).copied(), shape.get(*axis).copied());
        let (size, to) = (size.unwrap_or(1), to.unwrap_or(0));
        let places = (0..to).map(|at| {
            let at = i64::try_from(at).unwrap_or(i64::MAX).saturating_sub(*before);
            place(mode, at, i64::try_from(size).unwrap_or(i64::MAX))
        });
        selection.set(*axis, places.collect::<Result<_, _>>()?);
    }
    Ok(selection)
}

/// The element at a place that may be outside 0..size.
fn place(mode: &str, at: i64, size: i64) -> Result<Option<u32>, Problem> {
    let inside = (0..size).contains(&at);
    let last = size.saturating_sub(1);
    let at = match mode {
        "constant" if !inside => return Ok(None),
        "constant" => at,
        "edge" => at.clamp(0, last),
        "reflect" if inside => at,
        "reflect" => {
            let mirrored = if at < 0 {
                at.saturating_neg()
            } else {
                last.saturating_mul(2).saturating_sub(at)
            };
            if !(0..size).contains(&mirrored) {
                return Err(Problem::malformed("it reflects more than there is"));
            }
            mirrored
        }
        "wrap" => at.checked_rem_euclid(size).unwrap_or(0),
        other => return Err(Problem::malformed(format!("mode `{other}`"))),
    };
    Ok(u32::try_from(at).ok())
}
