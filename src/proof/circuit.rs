//! The gates of a batch's circuit.
//!
//! Each gate has a section of the same name in `docs/argument.md`. There are
//! no copy constraints and no library look-ups; the data columns are committed
//! instance columns, the coefficient columns ordinary ones.
//!
//! This is what the verifier checks. The prover evaluates the same gates, in the
//! same order, in `quotient.rs`: a change here is one there.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::plonk::{
    Advice, Challenge, Circuit, Column, ConstraintSystem, Constraints, Error, Expression,
    FirstPhase, Fixed, Instance, SecondPhase,
};
use halo2_proofs::poly::Rotation;

use super::fixed_columns::{FixedColumns, FixedId};
use crate::argument::plan::{RESERVED_ROWS, ROWS};
use crate::argument::rows::RowKind;
use crate::field::Scalar;

/// Look-ups that share a helper column; more would raise the degree above 5.
pub const LOOKUPS_A_HELPER: usize = 3;

type Expr = Expression<Scalar>;

/// A look-up as numerator and denominator, and so a table group.
type Fraction = (Expr, Expr);

/// The columns that key generation fills.
#[derive(Clone, Debug)]
pub struct Config {
    fixed: Vec<Column<Fixed>>,
}

/// The challenges drawn between the phases.
#[derive(Clone, Copy, Debug)]
pub struct ChallengeSet<T> {
    /// Where look-ups are evaluated.
    pub alpha: T,
    /// Compresses (tag, q, y).
    pub theta: T,
    /// Separates the lanes.
    pub sigma: T,
}

/// The circuit of one batch.
#[derive(Clone)]
pub struct BatchCircuit {
    /// Its fixed columns.
    pub fixed_columns: Arc<FixedColumns>,
}

/// The circuit's parameters; the default is never used.
#[derive(Clone, Default)]
pub struct Parameters(Option<Arc<FixedColumns>>);

impl Circuit<Scalar> for BatchCircuit {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = Parameters;

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn params(&self) -> Parameters {
        Parameters(Some(self.fixed_columns.clone()))
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Scalar>, params: Parameters) -> Config {
        let fixed_columns = params.0.expect("a batch circuit is configured with its fixed columns");
        configure(meta, &fixed_columns)
    }

    fn configure(_: &mut ConstraintSystem<Scalar>) -> Config {
        unreachable!("a batch circuit is configured with its fixed columns")
    }

    /// Fills the fixed columns; the prover fills the others itself
    /// (`rounds.rs`).
    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Scalar>) -> Result<(), Error> {
        layouter.assign_region(
            || "batch",
            |mut region| {
                for (column, values) in config.fixed.iter().zip(&self.fixed_columns.columns) {
                    // Past the usable rows the library keeps zeros.
                    let usable = values.iter().enumerate().take(ROWS - RESERVED_ROWS);
                    for (row, value) in usable.filter(|(_, value)| **value != 0) {
                        let value = Value::known(Scalar::from(*value));
                        region.assign_fixed(|| "", *column, row, || value)?;
                    }
                }
                Ok(())
            },
        )
    }
}

fn configure(meta: &mut ConstraintSystem<Scalar>, fixed_columns: &FixedColumns) -> Config {
    let lane = fixed_columns.lane;
    // Committed instance columns come first: the library takes that many.
    let data: Vec<Vec<Column<Instance>>> = (0..fixed_columns.lanes)
        .map(|_| (0..lane.columns()).map(|_| meta.instance_column()).collect())
        .collect();
    let coefficients: Vec<_> = (0..lane.columns()).map(|_| meta.instance_column()).collect();
    let rhs = meta.instance_column();
    let fixed: Vec<_> = fixed_columns.columns.iter().map(|_| meta.fixed_column()).collect();
    let multiplicities: Vec<_> =
        fixed_columns.groups.iter().map(|_| meta.advice_column()).collect();
    let [alpha, theta, sigma] = [(); 3].map(|()| meta.challenge_usable_after(FirstPhase));
    let challenges = ChallengeSet { alpha, theta, sigma };

    let lookups = lookup_fractions(fixed_columns, &data, &fixed, &challenges);
    let tables = table_fractions(fixed_columns, &multiplicities, &fixed, &challenges);
    let mut second = || meta.advice_column_in(SecondPhase);
    let [lookup_helpers, table_helpers] = [&lookups, &tables]
        .map(|f| f.chunks(LOOKUPS_A_HELPER).map(|_| second()).collect::<Vec<_>>());
    let [lookup_sum, linear_sum, rhs_sum] = [second(), second(), second()];
    let row = |id: FixedId| fixed_expression(&fixed, id);

    // Gates "lookup helper" and "table helper".
    helper_gates(meta, "lookup helper", &row(fixed_columns.run), &lookup_helpers, &lookups);
    helper_gates(meta, "table helper", &row(fixed_columns.run), &table_helpers, &tables);
    row_gates(meta, fixed_columns, &data);

    let [run, first, last] = [fixed_columns.run, fixed_columns.first, fixed_columns.last].map(row);
    let next = |column: &Column<Advice>| column.query_cell::<Scalar>(Rotation::next());
    meta.create_gate("lookup sum", |_| {
        let sum: Expr = lookup_sum.cur();
        let taken = sum_of(&lookup_helpers) - sum_of(&table_helpers);
        let step = next(&lookup_sum) - sum.clone() - taken;
        Constraints::without_selector(vec![
            ("starts at zero", first.clone() * sum.clone()),
            ("adds every row", run.clone() * step),
            ("ends at zero", last.clone() * sum),
        ])
    });
    meta.create_gate("linear sum", |_| {
        let sum: Expr = linear_sum.cur();
        let terms = coefficients.iter().enumerate().map(|(column, coefficient)| {
            let lanes = data.iter().map(|lane| lane[column].cur());
            coefficient.cur() * horner(lanes, &sigma.expr())
        });
        let step = next(&linear_sum) - sum.clone() - sum_in_runs(terms);
        Constraints::without_selector(vec![
            ("starts at zero", first.clone() * sum),
            ("adds every row", run.clone() * step),
        ])
    });
    meta.create_gate("right-hand side", |_| {
        let sum: Expr = rhs_sum.cur();
        let step = next(&rhs_sum) - sum.clone() * sigma.expr() - rhs.cur();
        Constraints::without_selector(vec![
            ("starts at zero", row(fixed_columns.rhs_first) * sum.clone()),
            ("takes every lane", row(fixed_columns.rhs_run) * step),
            ("equals the linear sum", last.clone() * (linear_sum.cur() - sum)),
        ])
    });
    Config { fixed }
}

fn fixed_expression(columns: &[Column<Fixed>], id: FixedId) -> Expr {
    id.map_or(Expression::Constant(Scalar::ZERO), |id| columns[id].cur())
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

fn sum_of(columns: &[Column<Advice>]) -> Expr {
    columns.iter().map(|column| column.cur()).sum()
}

/// `((v_0·σ + v_1)·σ + …) + v_last`.
fn horner(values: impl Iterator<Item = Expr>, sigma: &Expr) -> Expr {
    values
        .reduce(|sum, value| sum * sigma.clone() + value)
        .unwrap_or(Expression::Constant(Scalar::ZERO))
}

/// `α − (tag + θ·q + θ²·y)`.
fn denominator(challenges: &ChallengeSet<Challenge>, tag: Expr, q: Expr, y: Option<Expr>) -> Expr {
    let theta = challenges.theta.expr();
    let inner = match y {
        Some(y) => q + theta.clone() * y,
        None => q,
    };
    challenges.alpha.expr() - (tag + theta * inner)
}

/// Both look-ups of every table strip of every lane, those that no row uses
/// left out. [`Witness`] fills them in the same order.
fn lookup_fractions(
    fixed_columns: &FixedColumns,
    data: &[Vec<Column<Instance>>],
    fixed: &[Column<Fixed>],
    challenges: &ChallengeSet<Challenge>,
) -> Vec<Fraction> {
    let mut fractions = Vec::new();
    for lane in data {
        for (strip, lookups) in fixed_columns.strips.iter().enumerate() {
            let first = fixed_columns.lane.first_column(RowKind::Table, strip);
            let [q, r, y] = [0, 1, 2].map(|i| lane[first + i].cur::<Scalar>());
            let row = |id| fixed_expression(fixed, id);
            if lookups.step_active.is_some() {
                let value = denominator(challenges, row(lookups.step_tag), q, Some(y));
                fractions.push((row(lookups.step_active), value));
            }
            if lookups.remainder_active.is_some() {
                let value = denominator(challenges, row(lookups.remainder_tag), r, None);
                fractions.push((row(lookups.remainder_active), value));
            }
        }
    }
    fractions
}

fn table_fractions(
    fixed_columns: &FixedColumns,
    multiplicities: &[Column<Advice>],
    fixed: &[Column<Fixed>],
    challenges: &ChallengeSet<Challenge>,
) -> Vec<Fraction> {
    let fraction = |(group, multiplicity): (&super::fixed_columns::Group, &Column<Advice>)| {
        let [tag, q, y] = [group.tag, group.q, group.y].map(|id| fixed_expression(fixed, id));
        (multiplicity.cur(), denominator(challenges, tag, q, Some(y)))
    };
    fixed_columns.groups.iter().zip(multiplicities).map(fraction).collect()
}

/// `run · (h · Π f_i − Σ a_i · Π_{j≠i} f_j)`: h is the sum of the `a_i / f_i`
/// in *every* row that the running sum adds. A selector narrower than `run`
/// would leave h free elsewhere, and any look-up could be forged.
fn helper_gates(
    meta: &mut ConstraintSystem<Scalar>,
    name: &'static str,
    run: &Expr,
    helpers: &[Column<Advice>],
    fractions: &[Fraction],
) {
    for (helper, fractions) in helpers.iter().zip(fractions.chunks(LOOKUPS_A_HELPER)) {
        meta.create_gate(name, |_| {
            let product: Expr = fractions.iter().map(|(_, f)| f.clone()).product();
            let numerator = fractions.iter().enumerate().map(|(i, (a, _))| {
                let others = fractions.iter().enumerate().filter(|(j, _)| *j != i);
                a.clone() * others.map(|(_, (_, f))| f.clone()).product::<Expr>()
            });
            let gate = helper.cur::<Scalar>() * product - numerator.sum::<Expr>();
            Constraints::without_selector(vec![("sum of reciprocals", run.clone() * gate)])
        });
    }
}

/// Gates "S-box" (`v = u^5`) and "product" (`z = x·y`), in all rows: their
/// random rows satisfy them too.
fn row_gates(
    meta: &mut ConstraintSystem<Scalar>,
    fixed_columns: &FixedColumns,
    data: &[Vec<Column<Instance>>],
) {
    for lane in data {
        for strip in 0..fixed_columns.lane.strips(RowKind::Sbox) {
            let first = fixed_columns.lane.first_column(RowKind::Sbox, strip);
            meta.create_gate("S-box", |_| {
                let [u, v] = [0, 1].map(|i| lane[first + i].cur::<Scalar>());
                let square = u.clone() * u.clone();
                let gate = v - square.clone() * square * u;
                Constraints::without_selector(vec![("fifth power", gate)])
            });
        }
        for strip in 0..fixed_columns.lane.strips(RowKind::Product) {
            let first = fixed_columns.lane.first_column(RowKind::Product, strip);
            meta.create_gate("product", |_| {
                let [x, y, z] = [0, 1, 2].map(|i| lane[first + i].cur::<Scalar>());
                Constraints::without_selector(vec![("product", z - x * y)])
            });
        }
    }
}
