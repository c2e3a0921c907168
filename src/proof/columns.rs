//! Documents' traces and coefficients as columns.

use ff::Field;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

pub use super::circuit::ChallengeSet;
use super::circuit::LOOKUPS_A_HELPER;
use super::fixed_columns::{FixedColumns, FixedId, GROUP_ROWS};
use crate::argument::adjoint::Coefficients;
use crate::argument::plan::{LAST_ROW, LaneLayout, RANDOM_ROWS, STRIP_ROWS};
use crate::argument::rows::RowKind;
use crate::argument::shape::Shape;
use crate::argument::statement::Slot;
use crate::argument::tables::Entries;
use crate::argument::trace::Trace;
use crate::field::Scalar;

/// The challenges, drawn.
pub type Drawn = ChallengeSet<Scalar>;

/// The coefficient columns of a lane, each [`STRIP_ROWS`] high: copy v's
/// coefficients are those of a document times ρ^(v·R).
#[must_use]
pub fn coefficient_columns(lane: &LaneLayout, coefficients: &Coefficients) -> Vec<Vec<Scalar>> {
    let mut columns = vec![vec![Scalar::ZERO; STRIP_ROWS]; lane.columns()];
    let mut factor = Scalar::ONE;
    for copy in 0..lane.copies as usize {
        let mut place = |kind: RowKind, row: usize, cells: &[Scalar]| {
            let (strip, row) = lane.place(kind, copy, row);
            let first = lane.first_column(kind, strip);
            for (column, cell) in columns[first..].iter_mut().zip(cells) {
                column[row] = *cell * factor;
            }
        };
        for kind in RowKind::ALL {
            for (row, cells) in coefficients.rows(kind).enumerate() {
                place(kind, row, cells);
            }
        }
        factor *= coefficients.copy_factor;
    }
    columns
}

/// The column of the lanes' right-hand sides.
#[must_use]
pub fn rhs_column(
    fixed_columns: &FixedColumns,
    coefficients: &Coefficients,
    slots: &[Slot],
) -> Vec<Scalar> {
    let mut column = vec![Scalar::ZERO; LAST_ROW];
    let copies = fixed_columns.lane.copies as usize;
    for (lane, slots) in slots.chunks(copies).enumerate() {
        let mut factor = Scalar::ONE;
        for slot in slots {
            let side = coefficients.right_hand_side(slot.digest, slot.decision);
            column[fixed_columns.rhs_row(lane)] += factor * side;
            factor *= coefficients.copy_factor;
        }
    }
    column
}

/// The data columns of all lanes, lane after lane, each [`LAST_ROW`] high,
/// with fresh random rows at the end.
///
/// `traces` has one trace for each slot.
pub fn data_columns(
    lane: &LaneLayout,
    traces: &[&Trace],
    rng: &mut (impl RngCore + CryptoRng),
) -> Vec<Vec<Scalar>> {
    let mut columns: Vec<Vec<Scalar>> = traces
        .par_chunks(lane.copies as usize)
        .flat_map_iter(|traces| lane_columns(lane, traces))
        .collect();
    for columns in columns.chunks_mut(lane.columns()) {
        fill_random_rows(lane, columns, rng);
    }
    columns
}

fn lane_columns(lane: &LaneLayout, traces: &[&Trace]) -> Vec<Vec<Scalar>> {
    let mut columns = vec![vec![Scalar::ZERO; LAST_ROW]; lane.columns()];
    for (copy, trace) in traces.iter().enumerate() {
        trace.for_each_row(|kind, row, cells| {
            let (strip, row) = lane.place(kind, copy, row);
            let first = lane.first_column(kind, strip);
            for (column, cell) in columns[first..].iter_mut().zip(cells) {
                column[row] = *cell;
            }
        });
    }
    columns
}

/// Random rows hide the columns. In S-box and product strips they satisfy the
/// gates, which hold in all rows.
fn fill_random_rows(
    lane: &LaneLayout,
    columns: &mut [Vec<Scalar>],
    rng: &mut (impl RngCore + CryptoRng),
) {
    for kind in RowKind::ALL {
        for strip in 0..lane.strips(kind) {
            let first = lane.first_column(kind, strip);
            for row in STRIP_ROWS..STRIP_ROWS + RANDOM_ROWS {
                let [a, b, c] = [(); 3].map(|()| Scalar::random(&mut *rng));
                let cells = match kind {
                    RowKind::Table => [a, b, c],
                    RowKind::Sbox => [a, a.square().square() * a, Scalar::ZERO],
                    RowKind::Product => [a, b, a * b],
                };
                let strip = &mut columns[first..first + kind.columns()];
                for (column, cell) in strip.iter_mut().zip(cells) {
                    column[row] = cell;
                }
            }
        }
    }
}

/// The multiplicity column of each table group, from the count of each entry.
#[must_use]
pub fn multiplicity_columns(counts: &[u32]) -> Vec<Vec<Scalar>> {
    let column = |counts: &[u32]| counts.iter().map(|c| Scalar::from(u64::from(*c))).collect();
    counts.chunks(GROUP_ROWS).map(column).collect()
}

/// Counts the look-ups of all traces.
///
/// # Panics
/// If a look-up hits no entry, which no trace made by [`Trace::of`] does.
#[must_use]
pub fn count_lookups(shape: &Shape, entries: &Entries, traces: &[&Trace]) -> Vec<u32> {
    let mut counts = vec![0; entries.as_slice().len()];
    for trace in traces {
        trace.count_lookups(shape, entries, &mut counts);
    }
    counts
}

/// The columns of a batch that determine its advice columns.
pub struct Witness {
    /// See [`data_columns`].
    pub data: Vec<Vec<Scalar>>,
    /// See [`multiplicity_columns`].
    pub multiplicities: Vec<Vec<Scalar>>,
    /// See [`coefficient_columns`].
    pub coefficients: Vec<Vec<Scalar>>,
    /// See [`rhs_column`].
    pub rhs: Vec<Scalar>,
    /// What a dishonest prover does to its second phase.
    #[cfg(test)]
    pub(crate) forge: Option<fn(&mut SecondPhase, &Drawn)>,
}

/// The advice columns of the second phase.
pub struct SecondPhase {
    /// Sums of reciprocals of look-ups.
    pub lookup_helpers: Vec<Vec<Scalar>>,
    /// The same on the table's side.
    pub table_helpers: Vec<Vec<Scalar>>,
    /// Running sum of their difference.
    pub lookup_sum: Vec<Scalar>,
    /// Running sum S of coefficients times data.
    pub linear_sum: Vec<Scalar>,
    /// Running sum T of the lanes' right-hand sides.
    pub rhs_sum: Vec<Scalar>,
}

/// `numerator / (α − (tag + θ·q + θ²·y))` in every row.
pub(super) struct Fraction<'a> {
    pub(super) numerator: Numerator<'a>,
    pub(super) tag: FixedId,
    pub(super) q: Values<'a>,
    pub(super) y: Values<'a>,
}

pub(super) enum Numerator<'a> {
    Fixed(FixedId),
    Advice(&'a [Scalar]),
}

pub(super) enum Values<'a> {
    Zero,
    Fixed(FixedId),
    Data(&'a [Scalar]),
}

impl SecondPhase {
    /// Fills the columns once the challenges are known.
    #[must_use]
    pub fn of(fixed_columns: &FixedColumns, witness: &Witness, drawn: &Drawn) -> Self {
        let helpers = |fractions: &[Fraction<'_>]| -> Vec<Vec<Scalar>> {
            let column = |f: &[Fraction<'_>]| helper_column(fixed_columns, f, drawn);
            fractions.par_chunks(LOOKUPS_A_HELPER).map(column).collect()
        };
        let lookup_helpers = helpers(&lookup_fractions(fixed_columns, &witness.data));
        let table_helpers = helpers(&table_fractions(fixed_columns, &witness.multiplicities));
        let lookup_sum = running_sum(|row| {
            let sum = |columns: &[Vec<Scalar>]| columns.iter().map(|c| c[row]).sum::<Scalar>();
            sum(&lookup_helpers) - sum(&table_helpers)
        });
        let linear_sum = linear_sum(fixed_columns, witness, drawn.sigma);
        let rhs_sum = rhs_sum(fixed_columns, witness, drawn.sigma);
        let columns = Self { lookup_helpers, table_helpers, lookup_sum, linear_sum, rhs_sum };
        #[cfg(test)]
        let columns = columns.forged(witness.forge, drawn);
        columns
    }
}

#[cfg(feature = "prove")]
impl SecondPhase {
    /// All columns, in the circuit's order.
    pub(super) fn into_columns(self) -> Vec<Vec<Scalar>> {
        let Self { lookup_helpers, table_helpers, lookup_sum, linear_sum, rhs_sum } = self;
        let sums = [lookup_sum, linear_sum, rhs_sum];
        lookup_helpers.into_iter().chain(table_helpers).chain(sums).collect()
    }
}

#[cfg(test)]
impl SecondPhase {
    fn forged(mut self, forge: Option<fn(&mut Self, &Drawn)>, drawn: &Drawn) -> Self {
        if let Some(forge) = forge {
            forge(&mut self, drawn);
        }
        self
    }
}

/// Both look-ups of every table strip of every lane, in the circuit's order.
pub(super) fn lookup_fractions<'a>(
    fixed_columns: &FixedColumns,
    data: &'a [Vec<Scalar>],
) -> Vec<Fraction<'a>> {
    let mut fractions = Vec::new();
    for lane in data.chunks(fixed_columns.lane.columns()) {
        for (strip, lookups) in fixed_columns.strips.iter().enumerate() {
            let first = fixed_columns.lane.first_column(RowKind::Table, strip);
            let [q, r, y] = [0, 1, 2].map(|i| lane[first + i].as_slice());
            if lookups.step_active.is_some() {
                fractions.push(Fraction {
                    numerator: Numerator::Fixed(lookups.step_active),
                    tag: lookups.step_tag,
                    q: Values::Data(q),
                    y: Values::Data(y),
                });
            }
            if lookups.remainder_active.is_some() {
                fractions.push(Fraction {
                    numerator: Numerator::Fixed(lookups.remainder_active),
                    tag: lookups.remainder_tag,
                    q: Values::Data(r),
                    y: Values::Zero,
                });
            }
        }
    }
    fractions
}

/// The groups of table entries.
pub(super) fn table_fractions<'a>(
    fixed_columns: &FixedColumns,
    multiplicities: &'a [Vec<Scalar>],
) -> Vec<Fraction<'a>> {
    let pairs = fixed_columns.groups.iter().zip(multiplicities);
    pairs
        .map(|(group, multiplicity)| Fraction {
            numerator: Numerator::Advice(multiplicity),
            tag: group.tag,
            q: Values::Fixed(group.q),
            y: Values::Fixed(group.y),
        })
        .collect()
}

fn helper_column(
    fixed_columns: &FixedColumns,
    fractions: &[Fraction<'_>],
    drawn: &Drawn,
) -> Vec<Scalar> {
    let fixed = |id: FixedId, row: usize| {
        id.map_or(Scalar::ZERO, |id| Scalar::from(fixed_columns.columns[id][row]))
    };
    let value = |values: &Values<'_>, row: usize| match values {
        Values::Zero => Scalar::ZERO,
        Values::Fixed(id) => fixed(*id, row),
        Values::Data(column) => column[row],
    };
    let mut terms = Vec::with_capacity(fractions.len() * LAST_ROW);
    let mut denominators = Vec::with_capacity(fractions.len() * LAST_ROW);
    for fraction in fractions {
        for row in 0..LAST_ROW {
            let numerator = match fraction.numerator {
                Numerator::Fixed(id) => fixed(id, row),
                Numerator::Advice(column) => column.get(row).copied().unwrap_or(Scalar::ZERO),
            };
            if bool::from(numerator.is_zero()) {
                continue;
            }
            let inner = value(&fraction.q, row) + drawn.theta * value(&fraction.y, row);
            denominators.push(drawn.alpha - (fixed(fraction.tag, row) + drawn.theta * inner));
            terms.push((row, numerator));
        }
    }
    invert_all(&mut denominators);
    let mut column = vec![Scalar::ZERO; LAST_ROW];
    for ((row, numerator), reciprocal) in terms.into_iter().zip(denominators) {
        column[row] += numerator * reciprocal;
    }
    column
}

/// Replaces each value by its inverse, with one inversion in all; zero, which
/// no denominator is but with negligible probability, stays zero.
fn invert_all(values: &mut [Scalar]) {
    let mut products = Vec::with_capacity(values.len());
    let mut product = Scalar::ONE;
    for value in values.iter() {
        products.push(product);
        if !bool::from(value.is_zero()) {
            product *= value;
        }
    }
    let mut inverse = product.invert().unwrap_or(Scalar::ZERO);
    for (value, before) in values.iter_mut().zip(products).rev() {
        if !bool::from(value.is_zero()) {
            let reciprocal = inverse * before;
            inverse *= *value;
            *value = reciprocal;
        }
    }
}

/// A column that starts at zero and adds `term(row)` in each row that runs.
fn running_sum(term: impl Fn(usize) -> Scalar) -> Vec<Scalar> {
    let mut column = Vec::with_capacity(LAST_ROW + 1);
    let mut sum = Scalar::ZERO;
    column.push(sum);
    for row in 0..LAST_ROW {
        sum += term(row);
        column.push(sum);
    }
    column
}

fn linear_sum(fixed_columns: &FixedColumns, witness: &Witness, sigma: Scalar) -> Vec<Scalar> {
    let width = fixed_columns.lane.columns();
    let terms: Vec<Scalar> = (0..STRIP_ROWS)
        .into_par_iter()
        .map(|row| {
            let column = |(index, coefficients): (usize, &Vec<Scalar>)| {
                let lanes = witness.data.iter().skip(index).step_by(width);
                coefficients[row] * lanes.fold(Scalar::ZERO, |sum, data| sum * sigma + data[row])
            };
            witness.coefficients.iter().enumerate().map(column).sum()
        })
        .collect();
    running_sum(|row| terms.get(row).copied().unwrap_or(Scalar::ZERO))
}

fn rhs_sum(fixed_columns: &FixedColumns, witness: &Witness, sigma: Scalar) -> Vec<Scalar> {
    let mut column = vec![Scalar::ZERO; LAST_ROW + 1];
    for row in fixed_columns.rhs_row(0)..LAST_ROW {
        column[row + 1] = column[row] * sigma + witness.rhs[row];
    }
    column
}
