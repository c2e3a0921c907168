//! Gates "lookup sum", "linear sum" and "right-hand side": the running sums.

use ff::Field;
use halo2_proofs::plonk::{
    Advice, Challenge, Column, ConstraintSystem, Constraints, Expression, Instance,
};
use halo2_proofs::poly::Rotation;

use super::Expr;
#[cfg(feature = "prove")]
use crate::argument::lane::ROWS;
use crate::field::Scalar;
#[cfg(feature = "prove")]
use crate::proof::arithmetic::Arithmetic;
use crate::proof::fixed_columns::Weighed;

/// Constraints of the three gates.
#[cfg(feature = "prove")]
pub(crate) const CONSTRAINTS: usize = 8;

/// The fixed columns that say in which rows a constraint holds.
pub(crate) struct Selectors<T> {
    /// Rows that the running sums add.
    pub(crate) run: T,
    /// Row 0.
    pub(crate) first: T,
    /// The row after the last that is added.
    pub(crate) last: T,
    /// The row in which T starts.
    pub(crate) rhs_first: T,
    /// The rows in which T takes a right-hand side.
    pub(crate) rhs_run: T,
}

/// The columns of the three sums.
pub(crate) struct Sums<T> {
    /// Of look-up helpers less table helpers.
    pub(crate) lookup: T,
    /// S, of coefficients times data.
    pub(crate) linear: T,
    /// T, of the lanes' right-hand sides.
    pub(crate) rhs: T,
}

/// Gate "lookup sum".
pub(crate) fn lookup_sum(
    meta: &mut ConstraintSystem<Scalar>,
    selectors: &Selectors<Expr>,
    sums: &Sums<Column<Advice>>,
    [lookup_helpers, table_helpers]: [&[Column<Advice>]; 2],
) {
    let Selectors { run, first, last, .. } = selectors;
    meta.create_gate("lookup sum", |_| {
        let sum: Expr = sums.lookup.cur();
        let taken = sum_of(lookup_helpers) - sum_of(table_helpers);
        let step = next(&sums.lookup) - sum.clone() - taken;
        Constraints::without_selector(vec![
            ("starts at zero", first.clone() * sum.clone()),
            ("adds every row", run.clone() * step),
            ("ends at zero", last.clone() * sum),
        ])
    });
}

/// Gate "linear sum", over the data columns of each lane.
pub(crate) fn linear_sum(
    meta: &mut ConstraintSystem<Scalar>,
    selectors: &Selectors<Expr>,
    sums: &Sums<Column<Advice>>,
    coefficients: &[(Weighed, Column<Instance>)],
    lanes: &[&[Column<Instance>]],
    sigma: Challenge,
) {
    let Selectors { run, first, .. } = selectors;
    meta.create_gate("linear sum", |_| {
        let sum: Expr = sums.linear.cur();
        let over_lanes =
            |column: usize| horner(lanes.iter().map(|lane| lane[column].cur()), &sigma.expr());
        let terms = coefficients.iter().map(|(weighed, coefficient)| {
            let weighed = match *weighed {
                Weighed::Column(column) => over_lanes(column),
                Weighed::Step { first, shift } => {
                    over_lanes(first) * power_of_two(shift) + over_lanes(first + 1)
                }
            };
            coefficient.cur() * weighed
        });
        let step = next(&sums.linear) - sum.clone() - sum_in_runs(terms);
        Constraints::without_selector(vec![
            ("starts at zero", first.clone() * sum),
            ("adds every row", run.clone() * step),
        ])
    });
}

/// Gate "right-hand side".
pub(crate) fn right_hand_side(
    meta: &mut ConstraintSystem<Scalar>,
    selectors: &Selectors<Expr>,
    sums: &Sums<Column<Advice>>,
    rhs: Column<Instance>,
    sigma: Challenge,
) {
    let Selectors { last, rhs_first, rhs_run, .. } = selectors;
    meta.create_gate("right-hand side", |_| {
        let sum: Expr = sums.rhs.cur();
        let step = next(&sums.rhs) - sum.clone() * sigma.expr() - rhs.cur();
        Constraints::without_selector(vec![
            ("starts at zero", rhs_first.clone() * sum.clone()),
            ("takes every lane", rhs_run.clone() * step),
            ("equals the linear sum", last.clone() * (sums.linear.cur() - sum)),
        ])
    });
}

fn next(column: &Column<Advice>) -> Expr {
    column.query_cell(Rotation::next())
}

fn sum_of(columns: &[Column<Advice>]) -> Expr {
    columns.iter().map(|column| column.cur()).sum()
}

/// Terms that are added one after the other.
const RUN: usize = 512;

/// The sum of run after run of terms. A plain sum is as deep as it has terms,
/// and the library walks expressions by recursion: over thousands of columns
/// it would overflow a thread's stack.
fn sum_in_runs(terms: impl Iterator<Item = Expr>) -> Expr {
    let mut terms = terms.peekable();
    let runs = std::iter::from_fn(|| {
        terms.peek()?;
        Some(terms.by_ref().take(RUN).sum::<Expr>())
    });
    runs.sum()
}

fn power_of_two(exponent: u32) -> Expr {
    Expression::Constant(Scalar::from(1 << exponent))
}

/// `((v_0·σ + v_1)·σ + …) + v_last`.
fn horner(values: impl Iterator<Item = Expr>, sigma: &Expr) -> Expr {
    values
        .reduce(|sum, value| sum * sigma.clone() + value)
        .unwrap_or(Expression::Constant(Scalar::ZERO))
}

/// Adds one coefficient column's term of the linear sum to each row: its coefficient times
/// what it weighs of the lanes' data, by Horner's rule in σ.
#[cfg(feature = "prove")]
pub(crate) fn add_term<'a, A: Arithmetic>(
    arithmetic: &A,
    weighed: Weighed,
    coefficients: &[A::Block],
    lanes: impl Fn(usize) -> Vec<&'a [A::Block]>,
    sigma: &A::Constant,
    sum: &mut [A::Block],
) {
    let over_lanes = |lanes: &[&[A::Block]], at: usize| {
        let (first, rest) = lanes.split_first().expect("a lane");
        let mut data = first[at].clone();
        for lane in rest {
            arithmetic.scale(&mut data, sigma);
            arithmetic.add(&mut data, &lane[at]);
        }
        data
    };
    let mut add = |data: &dyn Fn(usize) -> A::Block| {
        for (at, (sum, coefficients)) in sum.iter_mut().zip(coefficients).enumerate() {
            let mut term = data(at);
            arithmetic.multiply(&mut term, coefficients);
            arithmetic.add(sum, &term);
        }
    };
    match weighed {
        Weighed::Column(column) => {
            let lanes = lanes(column);
            add(&|at| over_lanes(&lanes, at));
        }
        Weighed::Step { first, shift } => {
            let [q, r] = [lanes(first), lanes(first + 1)];
            let scale = arithmetic.constant(Scalar::from(1 << shift));
            add(&|at| {
                let mut data = over_lanes(&r, at);
                arithmetic.add_scaled(&mut data, over_lanes(&q, at), &scale);
                data
            });
        }
    }
}

/// What the three gates read on a coset.
#[cfg(feature = "prove")]
pub(crate) struct Values<'a> {
    pub(crate) selectors: Selectors<&'a [Scalar]>,
    pub(crate) sums: Sums<&'a [Scalar]>,
    /// Look-up helpers less table helpers.
    pub(crate) taken: &'a [Scalar],
    /// Coefficients times data.
    pub(crate) products: &'a [Scalar],
    /// Right-hand sides.
    pub(crate) rhs: &'a [Scalar],
    pub(crate) sigma: Scalar,
}

#[cfg(feature = "prove")]
impl Values<'_> {
    /// Adds the three gates to each row of a sum, each constraint times its
    /// weight, and with them `running`, the gates that hold in the rows of
    /// `run`.
    pub(crate) fn add(
        &self,
        weights: [Scalar; CONSTRAINTS],
        running: &mut [Scalar],
        sum: &mut [Scalar],
    ) {
        let [z_first, z_step, z_last, s_first, s_step, t_first, t_step, t_last] = weights;
        let Selectors { run, first, last, rhs_first, rhs_run } = self.selectors;
        let Sums { lookup: lookup_sum, linear: linear_sum, rhs: rhs_sum } = self.sums;
        let Self { taken, products, sigma, .. } = *self;
        for row in 0..ROWS {
            let next = (row + 1) % ROWS;
            let (z, s, t) = (lookup_sum[row], linear_sum[row], rhs_sum[row]);
            running[row] += z_step * (lookup_sum[next] - z - taken[row])
                + s_step * (linear_sum[next] - s - products[row]);
            sum[row] += run[row] * running[row]
                + first[row] * (z_first * z + s_first * s)
                + last[row] * (z_last * z + t_last * (s - t))
                + rhs_first[row] * (t_first * t)
                + rhs_run[row] * (t_step * (rhs_sum[next] - t * sigma - self.rhs[row]));
        }
    }
}
