//! The quotient: all constraints, combined by powers of y, over `X^n − 1`.
//!
//! The library evaluates its gates as expressions over columns that all stand
//! in memory on 4n points, and one column is transformed after the other. Here
//! the values of the gates (`gates`) are added up instead, and the 4n points are
//! taken as four cosets of the n-th roots of unity, one after the other, so that
//! memory holds one coset and every core a column of its own.

use std::borrow::Cow;

use ff::{Field, PrimeField};
use halo2curves::G1Projective;
use rayon::prelude::*;

use crate::argument::lane::ROWS;
use crate::argument::rows::RowKind;
use crate::field::Scalar;
use crate::proof::arithmetic::{Arithmetic, BLOCKS};
use crate::proof::fixed_columns::{FixedColumns, FixedId};
use crate::proof::gates::lookup::{self, Cell, Fraction, GROUPS_PER_HELPER, LOOKUPS_PER_HELPER};
use crate::proof::gates::sums::{self, Selectors, Sums};
use crate::proof::gates::{ChallengeSet, Drawn, gated_strips, product, sbox};
use crate::proof::plain::Plain;
use crate::proof::roots::{powers, root};
use crate::proof::scheme::Bases;
use crate::proof::simd::Ifma;
use crate::proof::transform::Transform;

/// Cosets of the n-th roots of unity that the quotient is evaluated on: its
/// degree is below 4n.
const COSETS: usize = 4;
/// Those that make a coset of the 2n-th roots come first.
const ORDER: [usize; COSETS] = [0, 2, 1, 3];

/// The domains of columns and quotients.
pub(super) struct Domains {
    /// The n-th roots of unity.
    pub(super) rows: Transform,
    pub(super) cosets: Box<dyn Quotient>,
}

/// As many fixed columns as stand on all cosets between proofs: 164 MB of them.
const HELD_COLUMNS: usize = 256;

impl Domains {
    pub(super) fn new() -> Self {
        match Ifma::detect() {
            Some(processor) => Self::with(processor),
            None => Self::with(Plain::new()),
        }
    }

    pub(super) fn with(arithmetic: impl Arithmetic) -> Self {
        Self { rows: Transform::of_rows(), cosets: Box::new(Cosets::new(arithmetic)) }
    }

    /// Takes note of the fixed columns of all proofs to come, unless they are many.
    pub(super) fn hold(&mut self, fixed: &[&[Scalar]]) {
        if fixed.len() <= HELD_COLUMNS {
            self.cosets.hold(fixed);
        }
    }

    /// Commits to a polynomial by its values: their basis has multiples at hand.
    pub(super) fn commit(&self, bases: &Bases, polynomial: &[Scalar]) -> G1Projective {
        let mut values = polynomial.to_vec();
        self.rows.values(&mut values);
        bases.commit_to_column(&values)
    }
}

/// Makes quotients as this machine does it fastest.
pub(super) trait Quotient: Send + Sync {
    /// Takes note of the fixed columns of all proofs to come.
    fn hold(&mut self, fixed: &[&[Scalar]]);

    /// The coefficients of the quotient, 4n of them.
    fn quotient(
        &self,
        fixed_columns: &FixedColumns,
        polynomials: &Polynomials<'_>,
        drawn: &Drawn,
        y: Scalar,
    ) -> Vec<Scalar>;
}

/// Cosets of the n-th roots of unity that together are one of the 4n-th.
struct Cosets<A: Arithmetic> {
    arithmetic: A,
    cosets: [A::Coset; COSETS],
    /// `x^n`, the same at every point x of a coset.
    nth_powers: [Scalar; COSETS],
    double: Transform,
    quadruple: Transform,
    /// The inverse powers of the first coset's first point, 4n of them.
    unshift: Vec<Scalar>,
    /// Of each coset the fixed columns, if they are held.
    fixed: Option<[Vec<Vec<A::Block>>; COSETS]>,
}

impl<A: Arithmetic> Cosets<A> {
    fn new(arithmetic: A) -> Self {
        let domain = |len: usize| Transform::new(root(len), len);
        let generator = Scalar::MULTIPLICATIVE_GENERATOR;
        let fine = root(COSETS * ROWS);
        let point = |k: usize| generator * fine.pow_vartime([k as u64]);
        let inverse = generator.invert().expect("not zero");
        Self {
            cosets: std::array::from_fn(|k| arithmetic.coset(point(k))),
            nth_powers: std::array::from_fn(|k| point(k).pow_vartime([ROWS as u64])),
            double: domain(2 * ROWS),
            quadruple: domain(COSETS * ROWS),
            unshift: powers(Scalar::ONE, inverse, COSETS * ROWS),
            fixed: None,
            arithmetic,
        }
    }

    /// The values of a polynomial of n coefficients on coset `k`.
    fn on_coset(&self, k: usize, polynomial: &[Scalar]) -> Vec<A::Block> {
        self.arithmetic.values(&self.cosets[k], polynomial)
    }

    fn all_on_coset(&self, k: usize, polynomials: &[&[Scalar]]) -> Vec<Vec<A::Block>> {
        polynomials.par_iter().map(|polynomial| self.on_coset(k, polynomial)).collect()
    }

    /// The values on coset `k` of a polynomial of 2n coefficients, by its
    /// remainder modulo `X^n − x^n`.
    fn double_on_coset(&self, k: usize, polynomial: &[Scalar]) -> Vec<Scalar> {
        let (low, high) = polynomial.split_at(ROWS);
        let power = self.nth_powers[k];
        let folded: Vec<Scalar> = low.iter().zip(high).map(|(l, h)| *l + *h * power).collect();
        self.arithmetic.scalars(&self.on_coset(k, &folded))
    }

    /// The polynomial with these values on cosets that interleave.
    fn interpolate(&self, domain: &Transform, cosets: &[Vec<Scalar>]) -> Vec<Scalar> {
        let mut values: Vec<Scalar> =
            (0..ROWS).flat_map(|row| cosets.iter().map(move |values| values[row])).collect();
        domain.coefficients(&mut values);
        values.iter_mut().zip(&self.unshift).for_each(|(c, power)| *c *= power);
        values
    }

    /// The sum over `0..count` of what `add` adds to a column, on all cores.
    fn sum_of(&self, count: usize, add: impl Fn(&mut [A::Block], usize) + Sync) -> Vec<A::Block> {
        let zero = || vec![self.arithmetic.zero(); BLOCKS];
        let run = count.div_ceil(4 * rayon::current_num_threads()).max(1);
        (0..count.div_ceil(run))
            .into_par_iter()
            .map(|task| {
                let mut sum = zero();
                (task * run..count.min((task + 1) * run)).for_each(|index| add(&mut sum, index));
                sum
            })
            .reduce(zero, |mut left, right| {
                left.iter_mut()
                    .zip(&right)
                    .for_each(|(sum, block)| self.arithmetic.add(sum, block));
                left
            })
    }
}

impl<A: Arithmetic> Quotient for Cosets<A> {
    fn hold(&mut self, fixed: &[&[Scalar]]) {
        self.fixed = Some(std::array::from_fn(|k| self.all_on_coset(k, fixed)));
    }

    fn quotient(
        &self,
        fixed_columns: &FixedColumns,
        polynomials: &Polynomials<'_>,
        drawn: &Drawn,
        y: Scalar,
    ) -> Vec<Scalar> {
        let mut products: Vec<Vec<Scalar>> = Vec::new();
        let mut inner_product: Vec<Scalar> = Vec::new();
        let mut quotient: [Vec<Scalar>; COSETS] = std::array::from_fn(|_| Vec::new());
        for k in ORDER {
            let coset = Coset::of(self, fixed_columns, polynomials, drawn, k);
            // Coefficients times data have a degree below 2n: two cosets tell all.
            let products = if products.len() < 2 {
                products.push(coset.products(polynomials));
                if products.len() == 2 {
                    inner_product = self.interpolate(&self.double, &products);
                }
                products[products.len() - 1].clone()
            } else {
                self.double_on_coset(k, &inner_product)
            };
            let mut values = coset.numerator(&products, y);
            let inverse = (self.nth_powers[k] - Scalar::ONE).invert();
            let inverse = inverse.expect("no root of unity is in the cosets");
            values.par_iter_mut().for_each(|value| *value *= inverse);
            quotient[k] = values;
        }
        self.interpolate(&self.quadruple, &quotient)
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

/// Everything on one coset.
struct Coset<'a, A: Arithmetic> {
    cosets: &'a Cosets<A>,
    /// Which it is.
    k: usize,
    fixed_columns: &'a FixedColumns,
    /// The challenges, and σ as it is drawn.
    challenges: ChallengeSet<A::Constant>,
    sigma: Scalar,
    data: Vec<Vec<A::Block>>,
    advice: Vec<Vec<A::Block>>,
    fixed: Cow<'a, [Vec<A::Block>]>,
    rhs: Vec<Scalar>,
    public: Vec<Vec<A::Block>>,
    /// What a fixed column that is zero everywhere has.
    zeros: Vec<A::Block>,
}

impl<'a, A: Arithmetic> Coset<'a, A> {
    fn of(
        cosets: &'a Cosets<A>,
        fixed_columns: &'a FixedColumns,
        polynomials: &Polynomials<'_>,
        drawn: &Drawn,
        k: usize,
    ) -> Self {
        let all = |columns| cosets.all_on_coset(k, columns);
        let fixed = match &cosets.fixed {
            Some(fixed) => Cow::Borrowed(fixed[k].as_slice()),
            None => Cow::Owned(all(&polynomials.fixed)),
        };
        let constant = |value| cosets.arithmetic.constant(value);
        let Drawn { alpha, theta, sigma } = *drawn;
        Self {
            cosets,
            k,
            fixed_columns,
            challenges: ChallengeSet {
                alpha: constant(alpha),
                theta: constant(theta),
                sigma: constant(sigma),
            },
            sigma,
            data: all(&polynomials.data),
            advice: all(&polynomials.advice),
            fixed,
            rhs: cosets.arithmetic.scalars(&cosets.on_coset(k, polynomials.rhs)),
            public: polynomials.public.iter().map(|p| cosets.on_coset(k, p)).collect(),
            zeros: vec![cosets.arithmetic.zero(); BLOCKS],
        }
    }

    /// `Σ_c C_c · Σ_l σ^(L−1−l) · D_{l,c}`, D what c weighs in lane l.
    fn products(&self, polynomials: &Polynomials<'_>) -> Vec<Scalar> {
        let Self { cosets, fixed_columns, challenges, .. } = self;
        let arithmetic = &cosets.arithmetic;
        let FixedColumns { lane, weighed, .. } = fixed_columns;
        let width = lane.columns();
        let lanes = |column: usize| {
            self.data.iter().skip(column).step_by(width).map(Vec::as_slice).collect()
        };
        let sum = cosets.sum_of(weighed.len(), |sum, index| {
            let coefficients = cosets.on_coset(self.k, &polynomials.coefficients[index]);
            let sigma = &challenges.sigma;
            sums::add_term(arithmetic, weighed[index], &coefficients, lanes, sigma, sum);
        });
        arithmetic.scalars(&sum)
    }

    fn fixed(&self, id: FixedId) -> &[A::Block] {
        id.map_or(&self.zeros, |id| &self.fixed[id])
    }

    /// All constraints in the circuit's order, the first with the highest
    /// power of y.
    fn numerator(&self, products: &[Scalar], y: Scalar) -> Vec<Scalar> {
        let Self { cosets, fixed_columns, challenges, .. } = self;
        let arithmetic = &cosets.arithmetic;
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
        let (weights, sum_weights) = weights.split_at(helpers + strips.len());
        let weights: Vec<A::Constant> = weights.iter().map(|w| arithmetic.constant(*w)).collect();
        let (lookup_weights, rest) = weights.split_at(lookup_helpers.len());
        let (table_weights, strip_weights) = rest.split_at(table_helpers.len());
        let sum_weights = sum_weights.try_into().expect("a weight for each constraint");

        let reciprocals = |helper: &[_], fractions: &[_], weight, sum: &mut [A::Block]| {
            lookup::add_values(arithmetic, helper, fractions, challenges, weight, sum);
        };
        let groups: Vec<&[Fraction<&[A::Block]>]> = tables.chunks(GROUPS_PER_HELPER).collect();
        let running = cosets.sum_of(groups.len(), |sum, index| {
            reciprocals(&table_helpers[index], groups[index], &table_weights[index], sum);
        });
        // What holds in all rows.
        let looked_up: Vec<&[Fraction<&[A::Block]>]> = lookups.chunks(LOOKUPS_PER_HELPER).collect();
        let numerator = cosets.sum_of(looked_up.len() + strips.len(), |sum, index| {
            let Some(index) = index.checked_sub(looked_up.len()) else {
                reciprocals(&lookup_helpers[index], looked_up[index], &lookup_weights[index], sum);
                return;
            };
            let (kind, first) = strips[index];
            let cell = |i: usize| self.data[first + i].as_slice();
            let weight = &strip_weights[index];
            match kind {
                RowKind::Table | RowKind::Embedding => {}
                RowKind::Sbox => sbox::add_values(arithmetic, [0, 1].map(cell), weight, sum),
                RowKind::Product | RowKind::Inner => {
                    product::add_values(arithmetic, [0, 1, 2].map(cell), weight, sum);
                }
            }
        });
        let scalars = |column: &[A::Block]| arithmetic.scalars(column);
        let selector = |id: FixedId| scalars(self.fixed(id));
        let FixedColumns { run, first, last, rhs_first, rhs_run, .. } = **fixed_columns;
        let values = sums::Values {
            selectors: Selectors {
                run: &selector(run),
                first: &selector(first),
                last: &selector(last),
                rhs_first: &selector(rhs_first),
                rhs_run: &selector(rhs_run),
            },
            sums: Sums {
                lookup: &scalars(lookup_sum),
                linear: &scalars(linear_sum),
                rhs: &scalars(rhs_sum),
            },
            taken: &scalars(&self.difference(lookup_helpers, table_helpers)),
            products,
            rhs: &self.rhs,
            sigma: self.sigma,
        };
        let (mut running, mut numerator) = (scalars(&running), scalars(&numerator));
        values.add(sum_weights, &mut running, &mut numerator);
        numerator
    }

    /// `Σ lookup helpers − Σ table helpers`, row by row.
    fn difference(&self, lookups: &[Vec<A::Block>], tables: &[Vec<A::Block>]) -> Vec<A::Block> {
        let arithmetic = &self.cosets.arithmetic;
        let mut difference = self.cosets.sum_of(lookups.len(), |sum, index| {
            sum.iter_mut().zip(&lookups[index]).for_each(|(sum, block)| arithmetic.add(sum, block));
        });
        for column in tables {
            let rows = difference.iter_mut().zip(column);
            rows.for_each(|(from, block)| arithmetic.subtract(from, block));
        }
        difference
    }
}
