//! Rows of weights along axes, as a selection and a convolution.
//!
//! Where p outputs are made of elements in one way, and the next p in the same way q elements
//! further, they are p channels of a convolution with stride q: bilinear interpolation to the
//! double size has four channels with kernels of 3×3. A selection before it lets the tensor go on
//! at its edges, one after it puts the channels side by side.

use super::super::{Built, Call, Chain, moves};
use super::average;
use super::axis::{Row, Rows};
use crate::model::graph::shape::{self, strides};
use crate::model::graph::{Affine, Constant, Conv, Dense, Gather, Op, Problem, TensorRef, Window};
use crate::model::operators::gather::Selection;

/// Most outputs that recur; else the whole axis is one kernel.
pub(super) const MAX_PERIOD: usize = 64;
/// Weights that differ by this are the same.
const CLOSE: f64 = 1e-5;
/// Convolutions of more weights become one dense layer for all channels, if that has fewer.
const MANY: usize = 1 << 20;

/// How one axis is computed.
struct Plan {
    /// Elements that are read, by their place; those outside are the nearest inside.
    read: Vec<Option<u32>>,
    /// Outputs that recur, and how much further each time.
    period: usize,
    stride: usize,
    /// `period × kernel`, row-major.
    weights: Vec<f64>,
    kernel: usize,
    /// How often they recur.
    turns: usize,
    outputs: usize,
}

pub(super) fn build(
    call: &mut Call<'_>,
    (tensor, input): (TensorRef, &[usize]),
    axes: &[Rows],
    outside: f64,
) -> Result<Built, Problem> {
    let shape: Vec<usize> = axes.iter().map(|axis| axis.rows.len()).collect();
    let mixed: Vec<usize> = (0..axes.len())
        .filter(|at| axes.get(*at).is_some_and(|axis| !axis.is_selection()))
        .collect();
    if mixed.len() > 2 {
        return Err(Problem::new(
            format!("it interpolates along {} axes", mixed.len()),
            "use a model that interpolates along two axes at most",
        ));
    }
    if let Some(averages) = average::plans(axes, &mixed) {
        return average::build(call, (tensor, input), axes, &averages);
    }
    let mut plans = Vec::new();
    let mut places = Vec::with_capacity(axes.len());
    let mut read = Vec::with_capacity(axes.len());
    for (at, axis) in axes.iter().enumerate() {
        let list: Vec<Option<u32>> = if mixed.contains(&at) {
            let plan = Plan::of(axis, call)?;
            let list = plan.read.clone();
            plans.push(plan);
            list
        } else {
            let place = |row: &Option<Row>| row.and_then(|row| axis.nearest(row.single()?));
            axis.rows.iter().map(place).collect()
        };
        read.push(list.len());
        places.push(list);
    }
    let mut chain = Chain::new();
    let same = axes.iter().all(Rows::is_identity);
    if plans.is_empty() && same {
        return Ok(Built::Same(tensor));
    }
    let spread = read != input
        || places
            .iter()
            .any(|list| list.iter().enumerate().any(|(at, from)| u32::try_from(at).ok() != *from));
    if spread {
        shape::elements(&read)?;
        let fill = if plans.is_empty() { outside } else { 0.0 };
        let (shape, strides) = (read.clone(), strides(input));
        let selection = Selection { shape, axes: places, strides, fill };
        chain.then(tensor, Op::Gather(selection.gather()?), &read);
    }
    if !plans.is_empty() {
        interpolated(call, &mut chain, tensor, (&read, &shape), &mixed, &plans)?;
        let out = axes.iter().any(|axis| axis.rows.iter().any(Option::is_none));
        if out && outside != 0.0 {
            let offset = beyond(call, axes, &shape, outside)?;
            let op = Op::Affine(Affine { scale: Constant::scalar(1.0), offset });
            chain.then(tensor, op, &shape);
        }
    }
    Ok(chain.build())
}

/// What stands where an output is outside.
fn beyond(
    call: &mut Call<'_>,
    axes: &[Rows],
    shape: &[usize],
    value: f64,
) -> Result<Constant, Problem> {
    call.budget.elements(shape::elements(shape)?)?;
    let inside = |axis: &Rows| axis.rows.iter().map(|row| row.map(|_| 0)).collect();
    let gather = Gather { axes: axes.iter().map(inside).collect(), fill: 0.0 };
    let values = gather.walk().map(|at| if at.is_none() { value } else { 0.0 }).collect();
    Ok(Constant { shape: shape.to_vec(), values })
}

/// The convolution over the elements that are read, of shape `read`.
fn interpolated(
    call: &mut Call<'_>,
    chain: &mut Chain,
    tensor: TensorRef,
    (read, shape): (&[usize], &[usize]),
    mixed: &[usize],
    plans: &[Plan],
) -> Result<(), Problem> {
    let identity = Plan::identity();
    let (rows, columns) = match plans {
        [columns] => (&identity, columns),
        [rows, columns] => (rows, columns),
        _ => return Err(Problem::malformed("it interpolates along too many axes")),
    };
    let [height, width] = [rows.read.len(), columns.read.len()];
    // The axes that are mixed come last.
    let rest: Vec<usize> = (0..read.len()).filter(|axis| !mixed.contains(axis)).collect();
    let order: Vec<usize> = rest.iter().chain(mixed).copied().collect();
    let turned = chain.turn(tensor, read, order.clone());
    let outer = rest.iter().filter_map(|axis| read.get(*axis)).product::<usize>();
    let result: Vec<usize> = order.iter().filter_map(|axis| shape.get(*axis).copied()).collect();
    let phases = rows.period.saturating_mul(columns.period);
    let taps = rows.kernel.saturating_mul(columns.kernel);
    let weights = outer.saturating_mul(phases).saturating_mul(taps);
    let outputs = rows.outputs.saturating_mul(columns.outputs);
    let dense = outputs.saturating_mul(height).saturating_mul(width);
    if weights > MANY && dense < weights {
        call.budget.elements(dense)?;
        chain.reshape(tensor, &turned, &[outer, height.saturating_mul(width)]);
        let dense = Dense {
            outer,
            inputs: height.saturating_mul(width),
            outputs,
            inner: 1,
            weights: matrix(rows, columns).into(),
            bias: Vec::new(),
        };
        chain.then(tensor, Op::Dense(dense), &result);
    } else {
        call.budget.elements(weights)?;
        let channels = outer.saturating_mul(phases);
        chain.reshape(tensor, &turned, &[1, outer, height, width]);
        let kernels = kernels(rows, columns);
        let output = [rows.turns, columns.turns];
        let conv = Conv {
            window: Window {
                input: [outer, height, width],
                output,
                kernel: [rows.kernel, columns.kernel],
                stride: [rows.stride, columns.stride],
                dilation: [1, 1],
                padding: [0, 0],
            },
            channels,
            groups: outer,
            weights: kernels.repeat(outer).into(),
            bias: vec![0.0; channels],
        };
        let made = [1, channels, rows.turns, columns.turns];
        shape::elements(&made)?;
        chain.then(tensor, Op::Conv(conv), &made);
        let plane = rows.turns.saturating_mul(columns.turns);
        let axes = vec![
            stepped(outer, |at| at.saturating_mul(phases).saturating_mul(plane)),
            rows.side_by_side(columns.period.saturating_mul(plane), columns.turns),
            columns.side_by_side(plane, 1),
        ];
        let gather = Gather { axes, fill: 0.0 };
        if moves::nothing_moves(&gather, channels.saturating_mul(plane)) {
            chain.reshape(tensor, &made, &result);
        } else {
            chain.then(tensor, Op::Gather(gather), &result);
        }
    }
    chain.turn(tensor, &result, inverse(&order));
    Ok(())
}

/// The order that undoes another.
pub(super) fn inverse(order: &[usize]) -> Vec<usize> {
    let mut back = vec![0; order.len()];
    for (to, from) in order.iter().enumerate() {
        back.iter_mut().skip(*from).take(1).for_each(|slot| *slot = to);
    }
    back
}

fn stepped(count: usize, place: impl Fn(usize) -> usize) -> Vec<Option<u32>> {
    (0..count).map(|at| u32::try_from(place(at)).ok()).collect()
}

/// One kernel for each pair of phases.
fn kernels(rows: &Plan, columns: &Plan) -> Vec<f64> {
    let mut kernels = Vec::new();
    for down in rows.weights.chunks_exact(rows.kernel.max(1)) {
        for across in columns.weights.chunks_exact(columns.kernel.max(1)) {
            for weight in down {
                kernels.extend(across.iter().map(|other| weight * other));
            }
        }
    }
    kernels
}

/// The whole as a matrix: a row for each output, a column for each element read.
fn matrix(rows: &Plan, columns: &Plan) -> Vec<f64> {
    let (height, width) = (rows.read.len(), columns.read.len());
    let mut matrix = Vec::new();
    let (down, across) = (rows.dense(height), columns.dense(width));
    for down in down.chunks_exact(height.max(1)) {
        for across in across.chunks_exact(width.max(1)) {
            for weight in down {
                matrix.extend(across.iter().map(|other| weight * other));
            }
        }
    }
    matrix
}

impl Plan {
    /// An axis of one element that stays as it is.
    fn identity() -> Self {
        let (read, weights) = (vec![Some(0)], vec![1.0]);
        Self { read, period: 1, stride: 1, weights, kernel: 1, turns: 1, outputs: 1 }
    }

    fn of(axis: &Rows, call: &mut Call<'_>) -> Result<Self, Problem> {
        let outputs = axis.rows.len();
        let (period, stride) = recurs(&axis.rows).unwrap_or((outputs, 1));
        let first: Vec<Option<Row>> = axis.rows.iter().take(period).copied().collect();
        let starts = first.iter().flatten().map(|row| row.first);
        let start = starts.min().unwrap_or(0);
        let end =
            |row: &Row| row.first.saturating_add(i64::try_from(row.weights().len()).unwrap_or(0));
        let end = first.iter().flatten().map(end).max().unwrap_or(1);
        let kernel = usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).max(1);
        call.budget.elements(kernel.saturating_mul(period))?;
        let mut weights = vec![0.0; kernel.saturating_mul(period)];
        for (own, row) in weights.chunks_exact_mut(kernel).zip(&first) {
            let Some(row) = row else { continue };
            let from = usize::try_from(row.first.saturating_sub(start)).unwrap_or(0);
            for (slot, weight) in own.iter_mut().skip(from).zip(row.weights()) {
                *slot = *weight;
            }
        }
        let turns = outputs.div_ceil(period.max(1));
        let length = turns.saturating_sub(1).saturating_mul(stride).saturating_add(kernel);
        call.budget.elements(length)?;
        let place = |at: usize| axis.nearest(start.saturating_add(i64::try_from(at).unwrap_or(0)));
        let read = (0..length).map(place).collect();
        Ok(Self { read, period, stride, weights, kernel, turns, outputs })
    }

    /// Where each output stands among the channels: those of one turn are `step` apart, turns
    /// `turn` apart.
    fn side_by_side(&self, step: usize, turn: usize) -> Vec<Option<u32>> {
        let place = |at: usize| {
            let phase = at.checked_rem(self.period).unwrap_or(0);
            let turns = at.checked_div(self.period).unwrap_or(0);
            phase.saturating_mul(step).saturating_add(turns.saturating_mul(turn))
        };
        stepped(self.outputs, place)
    }

    /// `outputs × read` weights.
    fn dense(&self, read: usize) -> Vec<f64> {
        let mut dense = vec![0.0; self.outputs.saturating_mul(read)];
        for (at, row) in dense.chunks_exact_mut(read.max(1)).enumerate() {
            let turn = at.checked_div(self.period).unwrap_or(0);
            let phase = at.checked_rem(self.period).unwrap_or(0);
            let own = self.weights.chunks_exact(self.kernel.max(1)).nth(phase).unwrap_or(&[]);
            for (slot, weight) in row.iter_mut().skip(turn.saturating_mul(self.stride)).zip(own) {
                *slot = *weight;
            }
        }
        dense
    }
}

/// After how many outputs rows recur, and how many elements further.
fn recurs(rows: &[Option<Row>]) -> Option<(usize, usize)> {
    let most = MAX_PERIOD.min(rows.len().saturating_sub(1));
    (1..=most).find_map(|period| {
        let first = rows.first().copied().flatten()?;
        let next = rows.get(period).copied().flatten()?;
        let stride = usize::try_from(next.first.checked_sub(first.first)?).ok()?;
        let step = i64::try_from(stride).ok()?;
        let alike = |(at, row): (usize, &Option<Row>)| {
            let phase = at.checked_rem(period)?;
            let turn = i64::try_from(at.checked_div(period)?).ok()?;
            let (row, model) = ((*row)?, rows.get(phase).copied().flatten()?);
            let moved = row.first.checked_sub(step.checked_mul(turn)?)?;
            let (own, other) = (row.weights(), model.weights());
            let close = own.len() == other.len()
                && own.iter().zip(other).all(|(l, r)| (l - r).abs() <= CLOSE);
            (moved == model.first && close).then_some(())
        };
        let all = rows.iter().enumerate().all(|pair| alike(pair).is_some());
        (all && stride > 0).then_some((period, stride))
    })
}
