//! Gates "lookup helper" and "table helper": sums of reciprocals.
//!
//! A look-up is a fraction whose denominator compresses tag, q and y; a group
//! of table entries is one too, with the multiplicity above. A *helper* column
//! holds the sum of a few fractions in every row.

use halo2_proofs::plonk::{Advice, Challenge, Column, ConstraintSystem, Constraints};

use super::{ChallengeSet, Expr};
use crate::argument::rows::RowKind;
use crate::field::Scalar;
#[cfg(feature = "prove")]
use crate::proof::arithmetic::Arithmetic;
use crate::proof::fixed_columns::{FixedColumns, FixedId, Group, GroupValues};

/// Look-ups that share a helper column; more would raise the degree above 5.
pub(crate) const LOOKUPS_PER_HELPER: usize = 4;
/// Table groups that share one. Their gate has a selector, which is one degree.
pub(crate) const GROUPS_PER_HELPER: usize = 3;

/// What a fraction reads in each row.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    /// A fixed column.
    Fixed(FixedId),
    /// A data column, counted through all lanes.
    Data(usize),
    /// The multiplicities of a table group.
    Multiplicity(usize),
    /// The values of a group of an embedding, which follow from τ.
    Public(usize),
}

/// `numerator / (α − (tag + θ·q + θ²·y))` in every row; y is zero if `None`.
pub(crate) struct Fraction<T> {
    pub(crate) numerator: T,
    pub(crate) tag: T,
    pub(crate) q: T,
    pub(crate) y: Option<T>,
}

impl Fraction<Cell> {
    /// The fraction over what stands in its cells.
    pub(crate) fn over<T>(&self, column: impl Fn(Cell) -> T) -> Fraction<T> {
        Fraction {
            numerator: column(self.numerator),
            tag: column(self.tag),
            q: column(self.q),
            y: self.y.map(column),
        }
    }
}

/// Both look-ups of every table strip of every lane, those that no row uses
/// left out, and in each lane after them those of the embedding strips.
pub(crate) fn lookups(fixed_columns: &FixedColumns) -> Vec<Fraction<Cell>> {
    let lane = &fixed_columns.lane;
    let mut fractions = Vec::new();
    for before in (0..fixed_columns.lanes).map(|index| index * lane.columns()) {
        for (strip, lookups) in fixed_columns.strips.iter().enumerate() {
            let first = before + lane.first_column(RowKind::Table, strip);
            let [q, r, y] = [0, 1, 2].map(|i| Cell::Data(first + i));
            if lookups.step_active.is_some() {
                fractions.push(Fraction {
                    numerator: Cell::Fixed(lookups.step_active),
                    tag: Cell::Fixed(lookups.step_tag),
                    q,
                    y: Some(y),
                });
            }
            if lookups.remainder_active.is_some() {
                fractions.push(Fraction {
                    numerator: Cell::Fixed(lookups.remainder_active),
                    tag: Cell::Fixed(lookups.remainder_tag),
                    q: r,
                    y: None,
                });
            }
        }
        for (strip, (tag, active)) in fixed_columns.embeddings.iter().enumerate() {
            let first = before + lane.first_column(RowKind::Embedding, strip);
            fractions.push(Fraction {
                numerator: Cell::Fixed(*active),
                tag: Cell::Fixed(*tag),
                q: Cell::Data(first),
                y: Some(Cell::Data(first + 1)),
            });
        }
    }
    fractions
}

/// The groups of table entries.
pub(crate) fn tables(fixed_columns: &FixedColumns) -> Vec<Fraction<Cell>> {
    let fraction = |(index, group): (usize, &Group)| Fraction {
        numerator: Cell::Multiplicity(index),
        tag: Cell::Fixed(group.tag),
        q: Cell::Fixed(group.q),
        y: Some(match group.y {
            GroupValues::Fixed(id) => Cell::Fixed(id),
            GroupValues::Public(column) => Cell::Public(column),
        }),
    };
    fixed_columns.groups.iter().enumerate().map(fraction).collect()
}

/// `α − (tag + θ·q + θ²·y)`.
fn denominator(fraction: &Fraction<Expr>, challenges: &ChallengeSet<Challenge>) -> Expr {
    let theta = challenges.theta.expr();
    let q = fraction.q.clone();
    let inner = match &fraction.y {
        Some(y) => q + theta.clone() * y.clone(),
        None => q,
    };
    challenges.alpha.expr() - (fraction.tag.clone() + theta * inner)
}

/// `h · Π f_i − Σ a_i · Π_{j≠i} f_j`, which is zero if h is the sum of the `a_i / f_i`.
fn sum_of_reciprocals(
    helper: Column<Advice>,
    fractions: &[Fraction<Expr>],
    challenges: &ChallengeSet<Challenge>,
) -> Expr {
    let fractions: Vec<(Expr, Expr)> =
        fractions.iter().map(|f| (f.numerator.clone(), denominator(f, challenges))).collect();
    let product: Expr = fractions.iter().map(|(_, f)| f.clone()).product();
    let numerator = fractions.iter().enumerate().map(|(i, (a, _))| {
        let others = fractions.iter().enumerate().filter(|(j, _)| *j != i);
        a.clone() * others.map(|(_, (_, f))| f.clone()).product::<Expr>()
    });
    helper.cur::<Scalar>() * product - numerator.sum::<Expr>()
}

/// Gate "lookup helper", in *all* rows: where the running sum adds, h has to be the sum,
/// and a selector would cost a look-up. Its random rows are those in which every look-up
/// is of random cells.
pub(crate) fn lookup_gates(
    meta: &mut ConstraintSystem<Scalar>,
    helpers: &[Column<Advice>],
    lookups: &[Fraction<Expr>],
    challenges: &ChallengeSet<Challenge>,
) {
    for (helper, fractions) in helpers.iter().zip(lookups.chunks(LOOKUPS_PER_HELPER)) {
        meta.create_gate("lookup helper", |_| {
            let gate = sum_of_reciprocals(*helper, fractions, challenges);
            Constraints::without_selector(vec![("sum of reciprocals", gate)])
        });
    }
}

/// Gate "table helper", in *every* row that the running sum adds. A selector narrower than
/// `run` would leave h free elsewhere, and any look-up could be forged. Without one, h
/// would be a public function of the multiplicities in their random rows as well.
pub(crate) fn table_gates(
    meta: &mut ConstraintSystem<Scalar>,
    run: &Expr,
    helpers: &[Column<Advice>],
    groups: &[Fraction<Expr>],
    challenges: &ChallengeSet<Challenge>,
) {
    for (helper, fractions) in helpers.iter().zip(groups.chunks(GROUPS_PER_HELPER)) {
        meta.create_gate("table helper", |_| {
            let gate = sum_of_reciprocals(*helper, fractions, challenges);
            Constraints::without_selector(vec![("sum of reciprocals", run.clone() * gate)])
        });
    }
}

/// Adds either without a selector to each row of a sum, times a weight:
/// fraction by fraction, `h·f_1 − a_1`, then `(…)·f_2 − a_2·f_1`, ….
#[cfg(feature = "prove")]
pub(crate) fn add_values<A: Arithmetic>(
    arithmetic: &A,
    helper: &[A::Block],
    fractions: &[Fraction<&[A::Block]>],
    challenges: &ChallengeSet<A::Constant>,
    weight: &A::Constant,
    sum: &mut [A::Block],
) {
    let ChallengeSet { alpha, theta, .. } = challenges;
    for (at, (sum, helper)) in sum.iter_mut().zip(helper).enumerate() {
        let mut gate = helper.clone();
        let mut product: Option<A::Block> = None;
        for Fraction { numerator, tag, q, y } in fractions {
            let mut f = q[at].clone();
            if let Some(y) = y {
                arithmetic.add_scaled(&mut f, y[at].clone(), theta);
            }
            arithmetic.scale(&mut f, theta);
            arithmetic.add(&mut f, &tag[at]);
            arithmetic.subtract_from(alpha, &mut f);
            let mut a = numerator[at].clone();
            arithmetic.multiply(&mut gate, &f);
            if let Some(product) = &mut product {
                arithmetic.multiply(&mut a, product);
                arithmetic.multiply(product, &f);
            } else {
                product = Some(f);
            }
            arithmetic.subtract(&mut gate, &a);
        }
        arithmetic.add_scaled(sum, gate, weight);
    }
}
