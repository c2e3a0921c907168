//! Places that the document says: the greatest of some whole numbers (ArgMax), and the elements of
//! another tensor at such places (Gather, GatherND, GatherElements), as where the scores at a
//! text's last token count.
//!
//! A place t of n becomes n numbers, of which the one at t is 1 and the others are 0. What stands
//! there is the product of that row and the tensor.

use super::steps::{Part, Steps};
use super::{Argument, Built, Call, Source, embedding};
use crate::model::graph::{
    Constant, Dense, Function, Integers, MAX_LOOK, MatMul, MaxPool, Op, Problem, Sum, TensorRef,
    Unary, Window, bounds, shape,
};
use crate::model::operators::gather::Selection;

/// Widest range of whole numbers of which the greatest is looked for.
const WIDEST: f64 = 65_536.0;

/// Between which whole numbers an input lies.
pub(super) fn whole_bounds(
    call: &mut Call<'_>,
    tensor: TensorRef,
) -> Result<Option<(i64, i64)>, Problem> {
    call.budget.work(MAX_LOOK)?;
    let Some(graph) = call.typed.graph else { return Ok(None) };
    let found = bounds(graph, tensor).filter(|(low, high)| low.abs().max(high.abs()) < 1e9);
    Ok(found.map(|(low, high)| (low.round() as i64, high.round() as i64)))
}

/// The rounding of whole numbers that are computed to what they are, if that is known to be no
/// more than two bytes.
pub(super) fn exactly(call: &mut Call<'_>, tensor: TensorRef) -> Result<Option<Op>, Problem> {
    let known = whole_bounds(call, tensor)?.map(|(low, high)| (low.min(0), high.max(0)));
    let narrow = known.filter(|(low, high)| (high.saturating_sub(*low) as f64) < WIDEST);
    Ok(narrow.map(|(low, high)| Op::Quantize(Integers::plain(low, high))))
}

fn count(sizes: &[usize]) -> usize {
    sizes.iter().fold(1, |product: usize, size| product.saturating_mul(*size))
}

/// ArgMax and ArgMin of whole numbers.
pub(super) fn greatest(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let keep = call.attributes.int_or("keepdims", 1)? != 0;
    let last = call.attributes.flag("select_last_index")?;
    let (tensor, own) = call.tensor(0)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, own.len())?;
    let known = whole_bounds(call, tensor)?;
    let (low, high) = known
        .filter(|(low, high)| (high.saturating_sub(*low) as f64) < WIDEST)
        .ok_or_else(|| {
            Problem::new(
                "its numbers may be too far apart to be compared",
                "use a model that takes the place of ids, or of what they are multiplied by",
            )
        })?;
    let mut steps = Steps::default();
    let (part, order) = axis_last(&mut steps, (Source::Tensor(tensor), own.to_vec()), axis);
    let size = own.get(axis).copied().unwrap_or(1);
    let rest = count(own).checked_div(size).unwrap_or(1);
    let (part, (low, high)) = match call.operator {
        "ArgMin" => (steps.scaled(part, -1.0), (high.saturating_neg(), low.saturating_neg())),
        _ => (part, (low, high)),
    };
    let rows = vec![rest, size];
    let flat = steps.add(Op::Reshape, vec![part.0], rows.clone());
    let exact = Integers::plain(low.min(0), high.max(0));
    let flat = steps.add(Op::Quantize(exact), vec![flat.0], rows.clone());
    let picture = steps.add(Op::Reshape, vec![flat.0], vec![1, rest, 1, size]);
    let pool = MaxPool { window: Window::whole([rest, 1, size]) };
    let most = steps.add(Op::MaxPool(pool), vec![picture.0], vec![1, rest, 1, 1]);
    let most = steps.add(Op::Reshape, vec![most.0], vec![rest, 1]);
    let lead = steps.pair(Op::Sum(Sum { subtract: true }), &flat, &most)?;
    let is = |unary| Op::Function(Function::of(unary));
    let equal = steps.add(is(Unary::IsNotNegative), vec![lead.0], rows.clone());
    // The first of them, or the last: less those before it.
    call.budget.elements(size.saturating_mul(size))?;
    let weight = |to: usize, from: usize| match to == from {
        true => 1.0,
        false if (from > to) == last => -1.0,
        false => 0.0,
    };
    let weights: Vec<f64> =
        (0..size).flat_map(|to| (0..size).map(move |from| weight(to, from))).collect();
    let dense = |outputs, weights: Vec<f64>| {
        let weights = weights.into();
        Op::Dense(Dense { outer: rest, inputs: size, outputs, inner: 1, weights, bias: Vec::new() })
    };
    let before = steps.add(dense(size, weights), vec![equal.0], rows.clone());
    let only = steps.add(is(Unary::IsPositive), vec![before.0], rows);
    let places = (0..size).map(|at| at as f64).collect();
    let place = steps.add(dense(1, places), vec![only.0], vec![rest, 1]);
    // Back in its place, as one element.
    let turned: Vec<usize> = order.iter().filter_map(|at| own.get(*at).copied()).collect();
    let mut turned = turned;
    if let Some(size) = turned.last_mut() {
        *size = 1;
    }
    let place = steps.add(Op::Reshape, vec![place.0], turned);
    let back = (0..own.len()).filter_map(|at| order.iter().position(|from| *from == at)).collect();
    let place = steps.turn(place, back);
    if !keep {
        let kept = own.iter().enumerate().filter(|(at, _)| *at != axis).map(|(_, size)| *size);
        steps.add(Op::Reshape, vec![place.0], kept.collect());
    }
    call.typed.result = Some(Integers::WHOLE);
    Ok(steps.build())
}

/// A tensor with an axis moved to the end, and the order of its axes.
fn axis_last(steps: &mut Steps, part: Part, axis: usize) -> (Part, Vec<usize>) {
    let order: Vec<usize> = (0..part.1.len()).filter(|at| *at != axis).chain([axis]).collect();
    (steps.turn(part, order.clone()), order)
}

/// Elements of a tensor at places that another says.
pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 2)?;
    if call.typed.noted(0).is_some() {
        return Err(Problem::new(
            "the document picks elements of a tensor of integers or truth values",
            "cast it to floats before",
        ));
    }
    match call.operator {
        _ if matches!(call.at(0), Argument::Literal(_)) => embedding::elements(call),
        "Gather" => gather(call),
        "GatherND" => gather_nd(call),
        _ => gather_elements(call),
    }
}

/// Rows of numbers, `rows.1` and `size` long, of which each place makes one 1.
fn one_hot(
    call: &mut Call<'_>,
    steps: &mut Steps,
    places: Part,
    (tensor, size): (TensorRef, usize),
) -> Result<Part, Problem> {
    let places = match exactly(call, tensor)? {
        Some(op) if !embedding::as_given(call, tensor) => steps.add(op, vec![places.0], places.1),
        _ => places,
    };
    let mut shape = places.1.clone();
    shape.push(1);
    let places = steps.add(Op::Reshape, vec![places.0], shape.clone());
    let mut to = vec![1; shape.len()];
    if let Some(last) = to.last_mut() {
        *last = size;
    }
    let negative = whole_bounds(call, tensor)?.is_none_or(|(low, _)| low < 0);
    let mut found: Option<Part> = None;
    // Places below zero count from the end.
    for start in [0, size].into_iter().take(if negative { 2 } else { 1 }) {
        call.budget.elements(size)?;
        let values = (0..size).map(|at| start as f64 - at as f64).collect();
        let offset = Constant { shape: to.clone(), values };
        let from = steps.affine(Constant::scalar(1.0), offset, &places)?;
        let is_zero = Op::Function(Function::of(Unary::IsZero));
        let hot = steps.add(is_zero, vec![from.0], from.1);
        found = Some(match found {
            None => hot,
            Some(other) => steps.pair(Op::Sum(Sum { subtract: false }), &other, &hot)?,
        });
    }
    found.ok_or_else(|| Problem::malformed("it has no places"))
}

fn gather(call: &mut Call<'_>) -> Result<Built, Problem> {
    let (data, own) = call.tensor(0)?;
    let (places, shape) = call.tensor(1)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, own.len())?;
    let size = own.get(axis).copied().unwrap_or(1);
    let (before, after) = own.split_at_checked(axis).unwrap_or((own, &[]));
    let after = after.get(1..).unwrap_or(&[]);
    let mut steps = Steps::default();
    let picked = count(shape);
    let flat = steps.add(Op::Reshape, vec![Source::Tensor(places)], vec![picked]);
    let hot = one_hot(call, &mut steps, flat, (places, size))?;
    // The axis first, so that the others are one row.
    let order = [axis].into_iter().chain((0..own.len()).filter(|at| *at != axis)).collect();
    let rows = steps.turn((Source::Tensor(data), own.to_vec()), order);
    let columns = count(before).saturating_mul(count(after));
    let product = MatMul { batch: 1, rows: picked, inner: size, columns };
    let found = steps.add(Op::MatMul(product), vec![hot.0, rows.0], vec![picked, columns]);
    let joined = [shape, before, after].concat();
    let found = steps.add(Op::Reshape, vec![found.0], joined);
    let (places, leading) = (shape.len(), before.len());
    let order = (places..places.saturating_add(leading))
        .chain(0..places)
        .chain(places.saturating_add(leading)..found.1.len())
        .collect();
    steps.turn(found, order);
    Ok(steps.build())
}

fn gather_nd(call: &mut Call<'_>) -> Result<Built, Problem> {
    let (data, own) = call.tensor(0)?;
    let (places, shape) = call.tensor(1)?;
    let odd = || Problem::malformed("its places do not fit its tensor");
    let batch = call.attributes.int_or("batch_dims", 0)?;
    let batch = usize::try_from(batch).map_err(|_| odd())?;
    let (lead, rest) = own.split_at_checked(batch).ok_or_else(odd)?;
    let (depth, middle) = shape.split_last().ok_or_else(odd)?;
    let middle = middle.get(batch..).ok_or_else(odd)?;
    let (picked, after) = rest.split_at_checked(*depth).ok_or_else(odd)?;
    if count(lead) != 1 {
        return Err(Problem::new(
            "it picks from several tensors side by side at places of the document",
            "use a model that picks from one",
        ));
    }
    let mut steps = Steps::default();
    let result = [lead, middle, after].concat();
    let rows = count(middle);
    // Along an axis of one element there is one place.
    let wide: Vec<usize> =
        picked.iter().enumerate().filter(|(_, size)| **size > 1).map(|(at, _)| at).collect();
    let size = count(picked);
    let negative = whole_bounds(call, places)?.is_none_or(|(low, _)| low < 0);
    if wide.len() > 1 && negative {
        return Err(Problem::new(
            "its places along several axes may be below zero",
            "use a model that picks along one axis",
        ));
    }
    let mut flat: Option<Part> = None;
    for (at, stride) in
        wide.iter().map(|at| (*at, count(picked.get(at.saturating_add(1)..).unwrap_or(&[]))))
    {
        let mut selection = Selection::whole(shape);
        selection.set(shape.len().saturating_sub(1), vec![u32::try_from(at).ok()]);
        let to = selection.shape.clone();
        let own = match *depth {
            1 => (Source::Tensor(places), shape.to_vec()),
            _ => steps.add(Op::Gather(selection.gather()?), vec![Source::Tensor(places)], to),
        };
        let own = if stride > 1 { steps.scaled(own, stride as f64) } else { own };
        flat = Some(match flat {
            None => own,
            Some(other) => steps.pair(Op::Sum(Sum { subtract: false }), &other, &own)?,
        });
    }
    let columns = count(after);
    let Some(flat) = flat else {
        // Whatever the document says, it is the same.
        let one = steps.add(Op::Reshape, vec![Source::Tensor(data)], vec![1, columns]);
        let all = steps.spread(one, &[rows, columns])?;
        steps.add(Op::Reshape, vec![all.0], result);
        return Ok(steps.build());
    };
    let flat = steps.add(Op::Reshape, vec![flat.0], vec![rows]);
    let hot = one_hot(call, &mut steps, flat, (places, size))?;
    let product = MatMul { batch: 1, rows, inner: size, columns };
    let found =
        steps.add(Op::MatMul(product), vec![hot.0, Source::Tensor(data)], vec![rows, columns]);
    steps.add(Op::Reshape, vec![found.0], result);
    Ok(steps.build())
}

fn gather_elements(call: &mut Call<'_>) -> Result<Built, Problem> {
    let (data, own) = call.tensor(0)?;
    let (places, shape) = call.tensor(1)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, own.len())?;
    let others = own.iter().zip(shape).enumerate().filter(|(at, _)| *at != axis);
    if shape.len() != own.len() || others.clone().any(|(_, (own, places))| own != places) {
        return Err(Problem::new(
            format!("places of shape {shape:?} in a tensor of {own:?}"),
            "use a model that picks along one axis, as many along the others as there are",
        ));
    }
    let (size, picked) = (own.get(axis), shape.get(axis));
    let (size, picked) = (size.copied().unwrap_or(1), picked.copied().unwrap_or(1));
    let batch = others.fold(1usize, |product, (_, (own, _))| product.saturating_mul(*own));
    let mut steps = Steps::default();
    let (rows, _) = axis_last(&mut steps, (Source::Tensor(data), own.to_vec()), axis);
    let (at, order) = axis_last(&mut steps, (Source::Tensor(places), shape.to_vec()), axis);
    let hot = one_hot(call, &mut steps, at.clone(), (places, size))?;
    let product = MatMul { batch, rows: picked, inner: size, columns: 1 };
    let found = steps.add(Op::MatMul(product), vec![hot.0, rows.0], at.1);
    let back = (0..own.len()).filter_map(|at| order.iter().position(|from| *from == at)).collect();
    steps.turn(found, back);
    Ok(steps.build())
}

/// Whether the document says the places of a node.
pub(super) fn says(call: &Call<'_>) -> bool {
    let data = matches!(call.at(0), Argument::Tensor { .. })
        || call.operator == "GatherElements" && call.typed.noted(0).is_none();
    matches!(call.operator, "Gather" | "GatherND" | "GatherElements")
        && data
        && matches!(call.at(1), Argument::Tensor { .. })
        && call.typed.noted(1) == Some(Integers::WHOLE)
}
