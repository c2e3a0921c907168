//! The advice columns: multiplicities, helpers and running sums.

use ff::Field;
use rayon::prelude::*;

use crate::argument::lane::{LAST_ROW, ROWS, STRIP_ROWS};
use crate::argument::shape::Shape;
use crate::argument::tables::Entries;
use crate::argument::trace::{self, Trace};
use crate::field::Scalar;
use crate::model::program::Program;
use crate::proof::fixed_columns::{FixedColumns, GROUP_ROWS, Weighed};
use crate::proof::gates::Drawn;
use crate::proof::gates::lookup::{self, Cell, Fraction, GROUPS_PER_HELPER, LOOKUPS_PER_HELPER};

/// The multiplicity column of each table group, from the count of each entry and of each
/// id of each embedding.
#[must_use]
pub(crate) fn multiplicity_columns(counts: &[u32], ids: &[Vec<u32>]) -> Vec<Vec<Scalar>> {
    let column = |counts: &[u32]| counts.iter().map(|c| Scalar::from(u64::from(*c))).collect();
    let groups = counts.chunks(GROUP_ROWS).chain(ids.iter().flat_map(|c| c.chunks(GROUP_ROWS)));
    groups.map(column).collect()
}

/// Counts the ids of all traces, for each embedding.
#[must_use]
pub(crate) fn count_ids(program: &Program, traces: &[&Trace]) -> Vec<Vec<u32>> {
    let mut counts: Vec<Vec<u32>> =
        program.embeddings().iter().map(|table| vec![0; table.ids]).collect();
    for trace in traces {
        trace.count_ids(program, &mut counts);
    }
    counts
}

/// Counts the look-ups of all traces.
///
/// # Panics
/// If a look-up hits no entry, which no trace made by [`Trace::of`] does.
#[must_use]
pub(crate) fn count_lookups(shape: &Shape, entries: &Entries, traces: &[&Trace]) -> Vec<u32> {
    let none = || vec![0; entries.as_slice().len()];
    let pieces = traces.par_iter().flat_map(|trace| {
        let rows = trace.table.par_chunks(COUNTED_ROWS);
        rows.zip(shape.lookups.par_chunks(COUNTED_ROWS))
    });
    let count = |mut counts: Vec<u32>, piece| {
        trace::count_lookups(entries, piece, &mut counts);
        counts
    };
    let add = |mut one: Vec<u32>, other: Vec<u32>| {
        one.iter_mut().zip(other).for_each(|(sum, count)| *sum += count);
        one
    };
    pieces.fold(none, count).reduce(none, add)
}

/// Rows whose look-ups one task counts.
const COUNTED_ROWS: usize = 1 << 14;

/// The columns of a batch that determine its advice columns.
pub(crate) struct Witness {
    /// See [`super::data`].
    pub(crate) data: Vec<Vec<Scalar>>,
    /// See [`multiplicity_columns`].
    pub(crate) multiplicities: Vec<Vec<Scalar>>,
    /// See [`super::coefficients`].
    pub(crate) coefficients: Vec<Vec<Scalar>>,
    /// See [`super::coefficients`].
    pub(crate) rhs: Vec<Scalar>,
    /// See [`super::public`].
    pub(crate) public: Vec<Vec<Scalar>>,
}

/// The advice columns of the second phase.
pub(crate) struct SecondPhase {
    /// Sums of reciprocals of look-ups, in all rows.
    pub(crate) lookup_helpers: Vec<Vec<Scalar>>,
    /// The same on the table's side.
    pub(crate) table_helpers: Vec<Vec<Scalar>>,
    /// Running sum of their difference.
    pub(crate) lookup_sum: Vec<Scalar>,
    /// Running sum S of coefficients times data.
    pub(crate) linear_sum: Vec<Scalar>,
    /// Running sum T of the lanes' right-hand sides.
    pub(crate) rhs_sum: Vec<Scalar>,
}

/// What a fraction reads.
enum Values<'a> {
    Zero,
    Fixed(&'a [u64]),
    /// May be shorter than it runs: what is missing is zero.
    Column(&'a [Scalar]),
}

impl Values<'_> {
    fn at(&self, row: usize) -> Scalar {
        match self {
            Values::Zero => Scalar::ZERO,
            Values::Fixed(column) => Scalar::from(column[row]),
            Values::Column(column) => column.get(row).copied().unwrap_or(Scalar::ZERO),
        }
    }
}

impl Witness {
    fn values<'a>(&'a self, fixed_columns: &'a FixedColumns, cell: Cell) -> Values<'a> {
        match cell {
            Cell::Fixed(None) => Values::Zero,
            Cell::Fixed(Some(id)) => Values::Fixed(&fixed_columns.columns[id]),
            Cell::Data(column) => Values::Column(&self.data[column]),
            Cell::Multiplicity(group) => Values::Column(&self.multiplicities[group]),
            Cell::Public(column) => Values::Column(&self.public[column]),
        }
    }
}

impl SecondPhase {
    /// Fills the columns once the challenges are known.
    #[must_use]
    pub(crate) fn of(fixed_columns: &FixedColumns, witness: &Witness, drawn: &Drawn) -> Self {
        let helpers = |fractions: &[Fraction<Cell>], most: usize, rows: usize| -> Vec<_> {
            let column = |fractions: &[Fraction<Cell>]| {
                let over = |f: &Fraction<Cell>| f.over(|cell| witness.values(fixed_columns, cell));
                helper_column(&fractions.iter().map(over).collect::<Vec<_>>(), rows, drawn)
            };
            fractions.par_chunks(most).map(column).collect()
        };
        let lookups = lookup::lookups(fixed_columns);
        let lookup_helpers: Vec<Vec<Scalar>> = helpers(&lookups, LOOKUPS_PER_HELPER, ROWS);
        let tables = lookup::tables(fixed_columns);
        let table_helpers: Vec<Vec<Scalar>> = helpers(&tables, GROUPS_PER_HELPER, LAST_ROW);
        let lookup_sum = running_sum(|row| {
            let sum = |columns: &[Vec<Scalar>]| columns.iter().map(|c| c[row]).sum::<Scalar>();
            sum(&lookup_helpers) - sum(&table_helpers)
        });
        let linear_sum = linear_sum(fixed_columns, witness, drawn.sigma);
        let rhs_sum = rhs_sum(fixed_columns, witness, drawn.sigma);
        Self { lookup_helpers, table_helpers, lookup_sum, linear_sum, rhs_sum }
    }

    /// All columns, in the circuit's order.
    pub(crate) fn into_columns(self) -> Vec<Vec<Scalar>> {
        let Self { lookup_helpers, table_helpers, lookup_sum, linear_sum, rhs_sum } = self;
        let sums = [lookup_sum, linear_sum, rhs_sum];
        lookup_helpers.into_iter().chain(table_helpers).chain(sums).collect()
    }
}

/// The sums of reciprocals in the first `rows` rows.
fn helper_column(fractions: &[Fraction<Values<'_>>], rows: usize, drawn: &Drawn) -> Vec<Scalar> {
    let mut terms = Vec::with_capacity(fractions.len() * rows);
    let mut denominators = Vec::with_capacity(fractions.len() * rows);
    for fraction in fractions {
        for row in 0..rows {
            let numerator = fraction.numerator.at(row);
            if bool::from(numerator.is_zero()) {
                continue;
            }
            let y = fraction.y.as_ref().map_or(Scalar::ZERO, |y| y.at(row));
            let inner = fraction.q.at(row) + drawn.theta * y;
            denominators.push(drawn.alpha - (fraction.tag.at(row) + drawn.theta * inner));
            terms.push((row, numerator));
        }
    }
    invert_all(&mut denominators);
    let mut column = vec![Scalar::ZERO; rows];
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
            let over_lanes = |column: usize| {
                let lanes = witness.data.iter().skip(column).step_by(width);
                lanes.fold(Scalar::ZERO, |sum, data| sum * sigma + data[row])
            };
            let term = |(weighed, coefficients): (&Weighed, &Vec<Scalar>)| match *weighed {
                Weighed::Column(column) => coefficients[row] * over_lanes(column),
                Weighed::Step { first, shift } => {
                    let q = over_lanes(first) * Scalar::from(1 << shift);
                    coefficients[row] * (q + over_lanes(first + 1))
                }
            };
            fixed_columns.weighed.iter().zip(&witness.coefficients).map(term).sum()
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
