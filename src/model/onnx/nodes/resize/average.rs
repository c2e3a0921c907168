//! Linear interpolation as a mean of repeated elements.
//!
//! Repeat each element d times. The mean of d neighbours is then the linear interpolation between
//! two elements, at a multiple of 1/d. So where all coordinates are such multiples at equal
//! distances, interpolation is a selection and an average pool: its sums are exact, and unlike a
//! convolution a pool needs no step before a layer with weights.

use super::super::{Built, Call, Chain};
use super::axis::{Row, Rows};
use super::interpolate::inverse;
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{AveragePool, Op, Problem, TensorRef, Window};
use crate::model::operators::gather::Selection;

/// How often an element may be repeated; scales of 2 and 4 take 4 and 8.
const REPEATED: [i64; 4] = [2, 3, 4, 8];

/// An axis: windows of `repeated` elements, `stride` apart from `start` on.
pub(super) struct Plan {
    axis: usize,
    repeated: i64,
    start: i64,
    stride: i64,
}

impl Plan {
    fn of(at: usize, rows: &Rows) -> Option<Self> {
        REPEATED.into_iter().find_map(|repeated| {
            let place = |row: &Option<Row>| place((*row)?, repeated);
            let places: Option<Vec<i64>> = rows.rows.iter().map(place).collect();
            let places = places?;
            let (start, second) = (*places.first()?, *places.get(1)?);
            let stride = second.checked_sub(start).filter(|stride| *stride > 0)?;
            let even = places.windows(2).all(|pair| match pair {
                [left, right] => right.checked_sub(*left) == Some(stride),
                _ => false,
            });
            even.then_some(Self { axis: at, repeated, start, stride })
        })
    }
}

/// The first of the repeated elements that a row is the mean of.
fn place(row: Row, repeated: i64) -> Option<i64> {
    let parts = repeated as f64;
    let [weights @ .., last] = row.weights() else { return None };
    let part = match weights {
        [] if *last == 1.0 => 0.0,
        [first] if first + last == 1.0 => last * parts,
        _ => return None,
    };
    let whole = part.round();
    if part != whole {
        return None;
    }
    row.first.checked_mul(repeated)?.checked_add(whole as i64)
}

/// One plan for each axis that is interpolated, if all have one.
pub(super) fn plans(axes: &[Rows], mixed: &[usize]) -> Option<Vec<Plan>> {
    if mixed.is_empty() || axes.iter().flat_map(|axis| &axis.rows).any(Option::is_none) {
        return None;
    }
    mixed.iter().map(|at| axes.get(*at).and_then(|rows| Plan::of(*at, rows))).collect()
}

pub(super) fn build(
    call: &mut Call<'_>,
    (tensor, input): (TensorRef, &[usize]),
    axes: &[Rows],
    plans: &[Plan],
) -> Result<Built, Problem> {
    let (mut places, mut read) = (Vec::with_capacity(axes.len()), Vec::with_capacity(axes.len()));
    for (at, rows) in axes.iter().enumerate() {
        let list: Vec<Option<u32>> = match plans.iter().find(|plan| plan.axis == at) {
            None => {
                let single = |row: &Option<Row>| row.and_then(|row| rows.nearest(row.single()?));
                rows.rows.iter().map(single).collect()
            }
            Some(plan) => {
                let outputs = i64::try_from(rows.rows.len()).unwrap_or(i64::MAX);
                let length = outputs.saturating_sub(1).saturating_mul(plan.stride);
                let length = length.saturating_add(plan.repeated);
                call.budget.elements(usize::try_from(length).unwrap_or(usize::MAX))?;
                let element = |at: i64| {
                    let place = plan.start.saturating_add(at);
                    rows.nearest(place.checked_div_euclid(plan.repeated)?)
                };
                (0..length).map(element).collect()
            }
        };
        read.push(list.len());
        places.push(list);
    }
    shape::elements(&read)?;
    let mut chain = Chain::new();
    let selection =
        Selection { shape: read.clone(), axes: places, strides: strides(input), fill: 0.0 };
    chain.then(tensor, Op::Gather(selection.gather()?), &read);
    // The axes that are interpolated come last.
    let mixed = |axis: &usize| plans.iter().any(|plan| plan.axis == *axis);
    let rest: Vec<usize> = (0..read.len()).filter(|axis| !mixed(axis)).collect();
    let order: Vec<usize> =
        rest.iter().copied().chain(plans.iter().map(|plan| plan.axis)).collect();
    let turned = chain.turn(tensor, &read, order.clone());
    let outer = rest.iter().filter_map(|axis| read.get(*axis)).product::<usize>();
    let size = |value: i64| usize::try_from(value).unwrap_or(1);
    let outputs = |plan: &Plan| axes.get(plan.axis).map_or(1, |rows| rows.rows.len());
    let along = |plan: &Plan| {
        let length = read.get(plan.axis).copied().unwrap_or(1);
        (length, outputs(plan), size(plan.repeated), size(plan.stride))
    };
    let (down, across) = match plans {
        [across] => ((1, 1, 1, 1), along(across)),
        [down, across] => (along(down), along(across)),
        _ => return Err(Problem::malformed("it interpolates along too many axes")),
    };
    let window = Window {
        input: [outer, down.0, across.0],
        output: [down.1, across.1],
        kernel: [down.2, across.2],
        stride: [down.3, across.3],
        dilation: [1, 1],
        padding: [0, 0],
    };
    chain.reshape(tensor, &turned, &[1, outer, down.0, across.0]);
    let made = [1, outer, down.1, across.1];
    chain.then(tensor, Op::AveragePool(AveragePool { window, count_padding: false }), &made);
    let size_of = |axis: &usize| axes.get(*axis).map(|rows| rows.rows.len());
    let result: Vec<usize> = order.iter().filter_map(size_of).collect();
    chain.reshape(tensor, &made, &result);
    chain.turn(tensor, &result, inverse(&order));
    Ok(chain.build())
}
