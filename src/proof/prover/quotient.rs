//! The quotient: all constraints, combined by powers of y, over `X^n − 1`.
//!
//! The library evaluates its gates as expressions over columns that all stand
//! in memory on 4n points, and one column is transformed after the other. Here
//! the values of the gates (`gates`) are added up instead, and the 4n points are
//! taken as four cosets of the n-th roots of unity, one after the other, so that
//! memory holds one coset and every core a column of its own.

use ff::{Field, PrimeField};
use rayon::prelude::*;

use crate::argument::lane::ROWS;
use crate::argument::rows::RowKind;
use crate::field::Scalar;
use crate::proof::fixed_columns::{FixedColumns, FixedId};
use crate::proof::gates::lookup::{self, Cell, Fraction, GROUPS_PER_HELPER, LOOKUPS_PER_HELPER};
use crate::proof::gates::sums::{self, Selectors, Sums};
use crate::proof::gates::{Drawn, gated_strips, product, sbox};
use crate::proof::transform::{Transform, powers};

/// Cosets of the n-th roots of unity that the quotient is evaluated on: its
/// degree is below 4n.
const COSETS: usize = 4;
/// Those that make a coset of the 2n-th roots come first.
const ORDER: [usize; COSETS] = [0, 2, 1, 3];

/// The domains of columns and quotients.
pub(super) struct Domains {
    /// The n-th roots of unity.
    pub(super) rows: Transform,
    double: Transform,
    quadruple: Transform,
    /// For each coset the powers of its first point.
    shifts: [Vec<Scalar>; COSETS],
    /// The inverse powers of the first coset's first point, 4n of them.
    unshift: Vec<Scalar>,
}

impl Domains {
    pub(super) fn new() -> Self {
        let root =
            |len: usize| Scalar::ROOT_OF_UNITY.pow_vartime([1u64 << (Scalar::S - len.ilog2())]);
        let domain = |len: usize| Transform::new(root(len), len);
        let generator = Scalar::MULTIPLICATIVE_GENERATOR;
        let fine = root(COSETS * ROWS);
        let shift =
            |k: usize| powers(Scalar::ONE, generator * fine.pow_vartime([k as u64]), ROWS + 1);
        let inverse = generator.invert().expect("not zero");
        Self {
            rows: domain(ROWS),
            double: domain(2 * ROWS),
            quadruple: domain(COSETS * ROWS),
            shifts: std::array::from_fn(shift),
            unshift: powers(Scalar::ONE, inverse, COSETS * ROWS),
        }
    }

    /// The values of a polynomial of n coefficients on coset `k`.
    fn on_coset(&self, k: usize, polynomial: &[Scalar]) -> Vec<Scalar> {
        let shifted = polynomial.iter().zip(&self.shifts[k]).map(|(c, power)| *c * power);
        let mut values: Vec<Scalar> = shifted.collect();
        self.rows.values(&mut values);
        values
    }

    /// `x^n`, the same at every point of coset `k`.
    fn nth_power(&self, k: usize) -> Scalar {
        self.shifts[k][ROWS]
    }

    /// The values on coset `k` of a polynomial of 2n coefficients, by its
    /// remainder modulo `X^n − x^n`.
    fn double_on_coset(&self, k: usize, polynomial: &[Scalar]) -> Vec<Scalar> {
        let (low, high) = polynomial.split_at(ROWS);
        let power = self.nth_power(k);
        let folded: Vec<Scalar> = low.iter().zip(high).map(|(l, h)| *l + *h * power).collect();
        self.on_coset(k, &folded)
    }

    /// The polynomial with these values on cosets that interleave.
    fn interpolate(&self, domain: &Transform, cosets: &[Vec<Scalar>]) -> Vec<Scalar> {
        let mut values: Vec<Scalar> =
            (0..ROWS).flat_map(|row| cosets.iter().map(move |values| values[row])).collect();
        domain.coefficients(&mut values);
        values.iter_mut().zip(&self.unshift).for_each(|(c, power)| *c *= power);
        values
    }
}

/// The columns as polynomials: n coefficients each.
pub(super) struct Polynomials<'a> {
    /// Data columns, lane after lane.
    pub(super) data: Vec<&'a [Scalar]>,
    /// Coefficient columns.
    pub(super) coefficients: &'a [Vec<Scalar>],
    /// The right-hand sides.
    pub(super) rhs: &'a [Scalar],
    /// Values of embeddings.
    pub(super) public: &'a [Vec<Scalar>],
    /// Advice columns in the circuit's order.
    pub(super) advice: Vec<&'a [Scalar]>,
    /// Fixed columns.
    pub(super) fixed: Vec<&'a [Scalar]>,
}

/// The coefficients of the quotient, 4n of them.
pub(super) fn quotient(
    fixed_columns: &FixedColumns,
    domains: &Domains,
    polynomials: &Polynomials<'_>,
    drawn: &Drawn,
    y: Scalar,
) -> Vec<Scalar> {
    let mut products: Vec<Vec<Scalar>> = Vec::new();
    let mut inner_product: Vec<Scalar> = Vec::new();
    let mut quotient: [Vec<Scalar>; COSETS] = std::array::from_fn(|_| Vec::new());
    for k in ORDER {
        let coset = Coset::of(fixed_columns, domains, polynomials, drawn, k);
        // Coefficients times data have a degree below 2n: two cosets tell all.
        let products = if products.len() < 2 {
            products.push(coset.products(domains, polynomials, k));
            if products.len() == 2 {
                inner_product = domains.interpolate(&domains.double, &products);
            }
            products[products.len() - 1].clone()
        } else {
            domains.double_on_coset(k, &inner_product)
        };
        let mut values = coset.numerator(&products, y);
        let inverse = (domains.nth_power(k) - Scalar::ONE).invert();
        let inverse = inverse.expect("no root of unity is in the cosets");
        values.par_iter_mut().for_each(|value| *value *= inverse);
        quotient[k] = values;
    }
    domains.interpolate(&domains.quadruple, &quotient)
}

/// Everything on one coset.
struct Coset<'a> {
    fixed_columns: &'a FixedColumns,
    drawn: &'a Drawn,
    data: Vec<Vec<Scalar>>,
    advice: Vec<Vec<Scalar>>,
    fixed: Vec<Vec<Scalar>>,
    rhs: Vec<Scalar>,
    public: Vec<Vec<Scalar>>,
    /// What a fixed column that is zero everywhere has.
    zeros: Vec<Scalar>,
}

impl<'a> Coset<'a> {
    fn of(
        fixed_columns: &'a FixedColumns,
        domains: &Domains,
        polynomials: &Polynomials<'_>,
        drawn: &'a Drawn,
        k: usize,
    ) -> Self {
        let all = |columns: &[&[Scalar]]| {
            columns.par_iter().map(|column| domains.on_coset(k, column)).collect()
        };
        Self {
            fixed_columns,
            drawn,
            data: all(&polynomials.data),
            advice: all(&polynomials.advice),
            fixed: all(&polynomials.fixed),
            rhs: domains.on_coset(k, polynomials.rhs),
            public: polynomials.public.iter().map(|p| domains.on_coset(k, p)).collect(),
            zeros: vec![Scalar::ZERO; ROWS],
        }
    }

    /// `Σ_c C_c · Σ_l σ^(L−1−l) · D_{l,c}`, D what c weighs in lane l.
    fn products(&self, domains: &Domains, polynomials: &Polynomials<'_>, k: usize) -> Vec<Scalar> {
        let FixedColumns { lane, weighed, .. } = self.fixed_columns;
        let width = lane.columns();
        let lanes = |column: usize| {
            self.data.iter().skip(column).step_by(width).map(Vec::as_slice).collect()
        };
        sum_of(weighed.len(), |sum, index| {
            let coefficients = domains.on_coset(k, &polynomials.coefficients[index]);
            sums::add_term(weighed[index], &coefficients, lanes, self.drawn.sigma, sum);
        })
    }

    fn fixed(&self, id: FixedId) -> &[Scalar] {
        id.map_or(&self.zeros, |id| &self.fixed[id])
    }

    /// All constraints in the circuit's order, the first with the highest
    /// power of y.
    fn numerator(&self, products: &[Scalar], y: Scalar) -> Vec<Scalar> {
        let Self { fixed_columns, .. } = self;
        let (multiplicities, phase) = self.advice.split_at(fixed_columns.groups.len());
        let cell = |cell: Cell| match cell {
            Cell::Fixed(id) => self.fixed(id),
            Cell::Data(column) => &self.data[column],
            Cell::Multiplicity(group) => &multiplicities[group],
            Cell::Public(column) => &self.public[column],
        };
        let [lookups, tables] = [lookup::lookups(fixed_columns), lookup::tables(fixed_columns)]
            .map(|fractions| fractions.iter().map(|f| f.over(cell)).collect::<Vec<_>>());
        let (lookup_helpers, phase) = phase.split_at(lookups.len().div_ceil(LOOKUPS_PER_HELPER));
        let (table_helpers, sums) = phase.split_at(tables.len().div_ceil(GROUPS_PER_HELPER));
        let [lookup_sum, linear_sum, rhs_sum] = sums else { unreachable!("three sums") };

        let strips = gated_strips(fixed_columns);
        let helpers = lookup_helpers.len() + table_helpers.len();
        let mut weights = powers(Scalar::ONE, y, helpers + strips.len() + sums::CONSTRAINTS);
        weights.reverse();
        let (lookup_weights, rest) = weights.split_at(lookup_helpers.len());
        let (table_weights, rest) = rest.split_at(table_helpers.len());
        let (strip_weights, sum_weights) = rest.split_at(strips.len());
        let sum_weights = sum_weights.try_into().expect("a weight for each constraint");

        let reciprocals = |helper: &[Scalar], fractions: &[_], weight, sum: &mut [Scalar]| {
            lookup::add_values(helper, fractions, self.drawn, weight, sum);
        };
        let groups: Vec<&[Fraction<&[Scalar]>]> = tables.chunks(GROUPS_PER_HELPER).collect();
        let mut running = sum_of(groups.len(), |sum, index| {
            reciprocals(&table_helpers[index], groups[index], table_weights[index], sum);
        });
        // What holds in all rows.
        let looked_up: Vec<&[Fraction<&[Scalar]>]> = lookups.chunks(LOOKUPS_PER_HELPER).collect();
        let mut numerator = sum_of(looked_up.len() + strips.len(), |sum, index| {
            let Some(index) = index.checked_sub(looked_up.len()) else {
                reciprocals(&lookup_helpers[index], looked_up[index], lookup_weights[index], sum);
                return;
            };
            let (kind, first) = strips[index];
            let cell = |i: usize| self.data[first + i].as_slice();
            let weight = strip_weights[index];
            match kind {
                RowKind::Table | RowKind::Embedding => {}
                RowKind::Sbox => sbox::add_values([0, 1].map(cell), weight, sum),
                RowKind::Product | RowKind::Inner => {
                    product::add_values([0, 1, 2].map(cell), weight, sum);
                }
            }
        });
        let FixedColumns { run, first, last, rhs_first, rhs_run, .. } = **fixed_columns;
        let values = sums::Values {
            selectors: Selectors {
                run: self.fixed(run),
                first: self.fixed(first),
                last: self.fixed(last),
                rhs_first: self.fixed(rhs_first),
                rhs_run: self.fixed(rhs_run),
            },
            sums: Sums { lookup: lookup_sum, linear: linear_sum, rhs: rhs_sum },
            taken: &difference(lookup_helpers, table_helpers),
            products,
            rhs: &self.rhs,
            sigma: self.drawn.sigma,
        };
        values.add(sum_weights, &mut running, &mut numerator);
        numerator
    }
}

/// `Σ lookup helpers − Σ table helpers`, row by row.
fn difference(lookups: &[Vec<Scalar>], tables: &[Vec<Scalar>]) -> Vec<Scalar> {
    let add = |sum: &mut [Scalar], column: &[Scalar]| {
        sum.iter_mut().zip(column).for_each(|(sum, value)| *sum += value);
    };
    let mut sum = sum_of(lookups.len(), |sum, index| add(sum, &lookups[index]));
    for column in tables {
        sum.iter_mut().zip(column).for_each(|(sum, value)| *sum -= value);
    }
    sum
}

/// The sum over `0..count` of what `add` adds to a column, on all cores.
fn sum_of(count: usize, add: impl Fn(&mut [Scalar], usize) + Sync) -> Vec<Scalar> {
    let zero = || vec![Scalar::ZERO; ROWS];
    let run = count.div_ceil(4 * rayon::current_num_threads()).max(1);
    (0..count.div_ceil(run))
        .into_par_iter()
        .map(|task| {
            let mut sum = zero();
            (task * run..count.min((task + 1) * run)).for_each(|index| add(&mut sum, index));
            sum
        })
        .reduce(zero, |mut left, right| {
            left.iter_mut().zip(right).for_each(|(left, right)| *left += right);
            left
        })
}
