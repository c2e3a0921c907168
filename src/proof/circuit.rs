//! The circuit of a batch: its columns, and where its gates hold.
//!
//! There are no copy constraints and no library look-ups; the data columns are
//! committed instance columns, the coefficient columns ordinary ones. The gates
//! are those of `gates`, in the order given there.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::circuit::{Layouter, SimpleFloorPlanner, Value};
use halo2_proofs::plonk::{
    Circuit, Column, ConstraintSystem, Constraints, Error, Expression, FirstPhase, Fixed, Instance,
    SecondPhase,
};

use super::fixed_columns::{FixedColumns, FixedId};
use super::gates::lookup::{self, Cell, Fraction, GROUPS_PER_HELPER, LOOKUPS_PER_HELPER};
use super::gates::sums::{self, Selectors, Sums};
use super::gates::{ChallengeSet, Expr, gated_strips, product, sbox};
use crate::argument::lane::{RESERVED_ROWS, ROWS};
use crate::argument::rows::RowKind;
use crate::field::Scalar;

/// The columns that key generation fills.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    fixed: Vec<Column<Fixed>>,
}

/// The circuit of one batch.
#[derive(Clone)]
pub(crate) struct BatchCircuit {
    /// Its fixed columns.
    pub(crate) fixed_columns: Arc<FixedColumns>,
}

/// The circuit's parameters; the default is never used.
#[derive(Clone, Default)]
pub(crate) struct Parameters(Option<Arc<FixedColumns>>);

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
    /// (`prover/rounds.rs`).
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
    let data: Vec<_> = (0..fixed_columns.data_columns()).map(|_| meta.instance_column()).collect();
    let coefficients: Vec<_> =
        (0..fixed_columns.weighed.len()).map(|_| meta.instance_column()).collect();
    let rhs = meta.instance_column();
    let public: Vec<_> = (0..fixed_columns.public).map(|_| meta.instance_column()).collect();
    let fixed: Vec<_> = fixed_columns.columns.iter().map(|_| meta.fixed_column()).collect();
    let multiplicities: Vec<_> =
        fixed_columns.groups.iter().map(|_| meta.advice_column()).collect();
    let [alpha, theta, sigma] = [(); 3].map(|()| meta.challenge_usable_after(FirstPhase));
    let challenges = ChallengeSet { alpha, theta, sigma };

    let row = |id: FixedId| id.map_or(Expression::Constant(Scalar::ZERO), |id| fixed[id].cur());
    let cell = |cell: Cell| -> Expr {
        match cell {
            Cell::Fixed(id) => row(id),
            Cell::Data(column) => data[column].cur(),
            Cell::Multiplicity(group) => multiplicities[group].cur(),
            Cell::Public(column) => public[column].cur(),
        }
    };
    let [lookups, tables] = [lookup::lookups(fixed_columns), lookup::tables(fixed_columns)]
        .map(|fractions| fractions.iter().map(|f| f.over(cell)).collect::<Vec<Fraction<Expr>>>());
    let mut second = || meta.advice_column_in(SecondPhase);
    let [lookup_helpers, table_helpers] =
        [(&lookups, LOOKUPS_PER_HELPER), (&tables, GROUPS_PER_HELPER)]
            .map(|(f, most)| f.chunks(most).map(|_| second()).collect::<Vec<_>>());
    let sums = Sums { lookup: second(), linear: second(), rhs: second() };

    let FixedColumns { run, first, last, rhs_first, rhs_run, .. } = *fixed_columns;
    let selectors = Selectors {
        run: row(run),
        first: row(first),
        last: row(last),
        rhs_first: row(rhs_first),
        rhs_run: row(rhs_run),
    };
    lookup::lookup_gates(meta, &lookup_helpers, &lookups, &challenges);
    lookup::table_gates(meta, &row(run), &table_helpers, &tables, &challenges);
    row_gates(meta, fixed_columns, &data);
    sums::lookup_sum(meta, &selectors, &sums, [&lookup_helpers, &table_helpers]);
    let lanes: Vec<_> = data.chunks(lane.columns()).collect();
    let terms: Vec<_> = fixed_columns.weighed.iter().copied().zip(coefficients).collect();
    sums::linear_sum(meta, &selectors, &sums, &terms, &lanes, challenges.sigma);
    sums::right_hand_side(meta, &selectors, &sums, rhs, challenges.sigma);
    Config { fixed }
}

/// Gates "S-box" and "product", in all rows: their random rows satisfy them
/// too.
fn row_gates(
    meta: &mut ConstraintSystem<Scalar>,
    fixed_columns: &FixedColumns,
    data: &[Column<Instance>],
) {
    for (kind, first) in gated_strips(fixed_columns) {
        let cell = |i: usize| data[first + i].cur();
        match kind {
            // Its look-ups are among the helpers'.
            RowKind::Table | RowKind::Embedding => {}
            RowKind::Sbox => meta.create_gate("S-box", |_| {
                let gate = sbox::expression([0, 1].map(cell));
                Constraints::without_selector(vec![("fifth power", gate)])
            }),
            RowKind::Product | RowKind::Inner => meta.create_gate("product", |_| {
                let gate = product::expression([0, 1, 2].map(cell));
                Constraints::without_selector(vec![("product", gate)])
            }),
        }
    }
}
