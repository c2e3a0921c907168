//! Elements of constants picked, kept or replaced by lists of places.

use super::super::super::constant::Literal;
use super::super::Call;
use super::picked;
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Constant, Problem};

/// Trilu: one half of each matrix, the other is zero.
pub(super) fn trilu(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(1, 2)?;
    let upper = call.attributes.int_or("upper", 1)? != 0;
    let offset = match call.integers(1)? {
        None => 0,
        Some([offset]) => *offset,
        Some(_) => return Err(Problem::malformed("its diagonal is not one integer")),
    };
    let source = call.literal(0)?;
    let shape = source.shape().to_vec();
    let [.., rows, columns] = *shape.as_slice() else {
        return Err(Problem::malformed("its input is not a matrix"));
    };
    let count = call.budget.folded(&shape)?;
    let places: Vec<Option<usize>> = (0..count)
        .map(|at| {
            let row = at.checked_div(columns)?.checked_rem(rows)?;
            let (row, column) = (i64::try_from(row).ok()?, at.checked_rem(columns)?);
            let edge = row.saturating_add(offset);
            let column = i64::try_from(column).ok()?;
            let kept = if upper { column >= edge } else { column <= edge };
            kept.then_some(at)
        })
        .collect();
    picked(source, &places, shape, call.budget)
}

fn index_of(list: &[i64], sizes: &[usize], strides: &[usize]) -> Result<usize, Problem> {
    let mut place = 0usize;
    for ((index, size), stride) in list.iter().zip(sizes).zip(strides) {
        let at = shape::axis(*index, *size).map_err(|_| {
            Problem::malformed(format!("index {index} along an axis of {size} elements"))
        })?;
        place = place.saturating_add(at.saturating_mul(*stride));
    }
    Ok(place)
}

/// The indices, as many rows of so many.
fn indices<'a>(call: &Call<'a>) -> Result<(&'a [usize], &'a [i64]), Problem> {
    let list = call.integers(1)?.ok_or_else(|| Call::missing(1))?;
    Ok((call.shape(1)?, list))
}

/// GatherND: slices at lists of indices.
pub(super) fn gather_nd(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 2)?;
    let batch = call.attributes.int_or("batch_dims", 0)?;
    let batch = usize::try_from(batch).unwrap_or(usize::MAX);
    let source = call.literal(0)?;
    let (index_shape, list) = indices(call)?;
    let own = source.shape();
    let misfit =
        || Problem::malformed(format!("indices of shape {index_shape:?} for a tensor of {own:?}"));
    let (width, lead) = index_shape.split_last().ok_or_else(misfit)?;
    let (own_batch, rest) = own.split_at_checked(batch).ok_or_else(misfit)?;
    let lead_batch = lead.get(..batch).ok_or_else(misfit)?;
    let tail = rest.get(*width..).ok_or_else(misfit)?;
    if own_batch != lead_batch || *width == 0 {
        return Err(misfit());
    }
    let mut shape = lead.to_vec();
    shape.extend(tail);
    let count = call.budget.folded(&shape)?;
    call.budget.elements(count)?;
    let steps = strides(own);
    let steps = steps.get(batch..).unwrap_or(&[]);
    let slice: usize = tail.iter().product();
    let in_batch: usize = rest.iter().product();
    let per_batch: usize = lead.iter().skip(batch).product::<usize>().max(1);
    let mut places = Vec::with_capacity(count);
    for (row, list) in list.chunks_exact(*width).enumerate() {
        let base = row.checked_div(per_batch).unwrap_or(0).saturating_mul(in_batch);
        let start = base.saturating_add(index_of(list, rest, steps)?);
        places.extend((0..slice).map(|at| Some(start.saturating_add(at))));
    }
    picked(source, &places, shape, call.budget)
}

/// For each element of the indices, the place that it means along an axis of a tensor.
fn along(
    own: &[usize],
    axis: usize,
    index_shape: &[usize],
    list: &[i64],
) -> Result<Vec<usize>, Problem> {
    let fits = |(at, (own, index)): (usize, (&usize, &usize))| at == axis || index <= own;
    if own.len() != index_shape.len() || !own.iter().zip(index_shape).enumerate().all(fits) {
        let problem = format!("indices of shape {index_shape:?} for a tensor of {own:?}");
        return Err(Problem::malformed(problem));
    }
    let steps = strides(own);
    let size = own.get(axis).copied().unwrap_or(1);
    let stride = steps.get(axis).copied().unwrap_or(1);
    let axes: Vec<(usize, usize)> = index_shape
        .iter()
        .zip(&steps)
        .enumerate()
        .map(|(at, (dim, stride))| (*dim, if at == axis { 0 } else { *stride }))
        .collect();
    let bases = shape::strided_index(&axes);
    bases
        .into_iter()
        .zip(list)
        .map(|(base, index)| Ok(base.saturating_add(index_of(&[*index], &[size], &[stride])?)))
        .collect()
}

/// GatherElements: along an axis, one index for each element.
pub(super) fn gather_elements(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(2, 2)?;
    let source = call.literal(0)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, source.shape().len())?;
    let (index_shape, list) = indices(call)?;
    let count = call.budget.folded(index_shape)?;
    call.budget.elements(count)?;
    let places = along(source.shape(), axis, index_shape, list)?;
    let places: Vec<Option<usize>> = places.into_iter().map(Some).collect();
    picked(source, &places, index_shape.to_vec(), call.budget)
}

/// A constant with other elements at some places, in order.
fn replaced(source: &Literal, places: &[usize], updates: &Literal) -> Result<Literal, Problem> {
    fn set<T: Copy>(values: &[T], places: &[usize], updates: &[T]) -> Vec<T> {
        let mut values = values.to_vec();
        for (place, update) in places.iter().zip(updates) {
            if let Some(slot) = values.get_mut(*place) {
                *slot = *update;
            }
        }
        values
    }
    if updates.len() != places.len() {
        let (got, expected) = (updates.len(), places.len());
        return Err(Problem::malformed(format!("{got} updates for {expected} places")));
    }
    let shape = source.shape().to_vec();
    Ok(match (source, updates) {
        (Literal::Float(Constant { values, .. }), Literal::Float(updates)) => {
            Literal::float(shape, set(values, places, &updates.values))
        }
        (Literal::Int { values, .. }, Literal::Int { values: updates, .. }) => {
            Literal::Int { shape, values: set(values, places, updates) }
        }
        (Literal::Bool { values, .. }, Literal::Bool { values: updates, .. }) => {
            Literal::Bool { shape, values: set(values, places, updates) }
        }
        _ => return Err(Problem::malformed("its inputs are of different types")),
    })
}

/// Updates replace; other ways of joining them are refused.
fn replaces(call: &mut Call<'_>) -> Result<(), Problem> {
    match call.attributes.string("reduction")? {
        None | Some("none") => Ok(()),
        Some(other) => Err(Problem::new(
            format!("reduction `{other}` is not supported"),
            "use a model that scatters without reduction",
        )),
    }
}

/// ScatterND: slices replaced at lists of indices.
pub(super) fn scatter_nd(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(3, 3)?;
    replaces(call)?;
    let source = call.literal(0)?;
    let (index_shape, list) = indices(call)?;
    let own = source.shape();
    let misfit =
        || Problem::malformed(format!("indices of shape {index_shape:?} for a tensor of {own:?}"));
    let (width, lead) = index_shape.split_last().ok_or_else(misfit)?;
    let tail = own.get(*width..).filter(|_| *width > 0).ok_or_else(misfit)?;
    let mut shape = lead.to_vec();
    shape.extend(tail);
    call.budget.folded(own)?;
    let count = call.budget.folded(&shape)?;
    let (steps, slice) = (strides(own), tail.iter().product::<usize>());
    let mut places = Vec::with_capacity(count);
    for list in list.chunks_exact(*width) {
        let start = index_of(list, own, &steps)?;
        places.extend((0..slice).map(|at| start.saturating_add(at)));
    }
    replaced(source, &places, call.literal(2)?)
}

/// ScatterElements: along an axis, one index for each update.
pub(super) fn scatter_elements(call: &mut Call<'_>) -> Result<Literal, Problem> {
    call.arity(3, 3)?;
    replaces(call)?;
    let source = call.literal(0)?;
    let axis = shape::axis(call.attributes.int_or("axis", 0)?, source.shape().len())?;
    let (index_shape, list) = indices(call)?;
    call.budget.folded(source.shape())?;
    let count = call.budget.folded(index_shape)?;
    call.budget.elements(count)?;
    let places = along(source.shape(), axis, index_shape, list)?;
    replaced(source, &places, call.literal(2)?)
}
