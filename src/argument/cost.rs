//! What proving costs, before it is done: the one model of it.
//!
//! Times are in milliseconds of the two-core machine on which the weights were
//! fitted (`docs/performance.md`). For another machine only their proportions
//! matter: the responder measures one small batch and scales.

use super::lane::{LaneLayout, ROWS, STRIP_ROWS};
use super::rows::{PerKind, RowKind};
use super::shape::Shape;
use super::tables::Entries;
use crate::model::program::Program;

/// What a kind of row costs: commitments cost by the row, transforms by the
/// column.
#[derive(Clone, Copy)]
struct Weight {
    /// Of a strip, however full it is.
    strip: f64,
    /// Of the rows of a full strip.
    rows: f64,
}

const WEIGHTS: PerKind<Weight> = PerKind([
    Weight { strip: 9.0, rows: 9.0 },
    Weight { strip: 8.0, rows: 12.0 },
    Weight { strip: 9.0, rows: 12.0 },
    Weight { strip: 9.0, rows: 12.0 },
    Weight { strip: 7.0, rows: 8.0 },
]);

/// S-box rows that are hashed, and run, in a millisecond.
const SBOX_ROWS_PER_MILLISECOND: f64 = 220.0;

/// Milliseconds that each lane adds to a batch.
pub(super) fn lane_cost(lane: &LaneLayout) -> f64 {
    let copies = f64::from(lane.copies);
    let of = |kind: RowKind| {
        let Weight { strip, rows } = WEIGHTS[kind];
        let full = lane.rows(kind) as f64 * copies / STRIP_ROWS as f64;
        strip * lane.strips(kind) as f64 + rows * full
    };
    let documents = copies * lane.rows(RowKind::Sbox) as f64 / SBOX_ROWS_PER_MILLISECOND;
    RowKind::ALL.into_iter().map(of).sum::<f64>() + documents
}

/// What batches of one program and layout cost.
#[derive(Clone, Copy, Debug)]
pub struct CostModel {
    /// Milliseconds that each lane adds.
    lane: f64,
    /// Milliseconds of a batch however many lanes it has.
    batch: f64,
    /// Data and helper columns of a lane.
    lane_columns: f64,
    /// Columns shared by all lanes.
    batch_columns: f64,
}

impl CostModel {
    /// The model for lanes of this layout.
    #[must_use]
    pub fn of(program: &Program, lane: &LaneLayout) -> Self {
        let of_ids = program.embeddings().iter().map(|table| table.ids.div_ceil(ROWS));
        let groups = Entries::of(program).as_slice().len().div_ceil(ROWS) + of_ids.sum::<usize>();
        let groups = groups as f64;
        let rows: usize = Shape::of(program).rows.0.iter().sum();
        let rows = rows as f64 * f64::from(lane.copies);
        let data = lane.columns() as f64;
        Self {
            lane: lane_cost(lane),
            batch: 110.0 + 12.0 * groups + 2.0 * data + rows / ROWS as f64,
            lane_columns: data + lane.strips(RowKind::Table) as f64 / 2.0,
            batch_columns: data + 3.0 * groups + 12.0,
        }
    }

    /// Milliseconds of proving a batch.
    #[must_use]
    pub fn milliseconds(&self, lanes: u32) -> f64 {
        self.batch + self.lane * f64::from(lanes)
    }

    /// Bytes of memory: what the process needs in any case, then each column in
    /// its forms.
    #[must_use]
    pub fn memory_bytes(&self, lanes: u32) -> u64 {
        let columns = self.batch_columns + self.lane_columns * f64::from(lanes);
        (60e6 + columns * 0.45e6) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::lane::LaneLayout;
    use crate::argument::testing;

    #[test]
    fn more_lanes_and_more_copies_cost_more() {
        let program = testing::program();
        let shape = Shape::of(&program);
        let of = |copies| CostModel::of(&program, &LaneLayout::new(&shape, copies));
        for copies in 1..=15 {
            let (less, more) = (of(copies), of(copies + 1));
            assert!(more.lane > less.lane);
            // Stacking spares columns: a document costs no more for it.
            let each = |model: &CostModel, copies: u32| model.lane / f64::from(copies);
            assert!(each(&more, copies + 1) < each(&less, 1) * 1.01);
            for lanes in [1, 7, 100] {
                assert!(less.milliseconds(lanes + 1) > less.milliseconds(lanes));
                assert!(less.memory_bytes(lanes + 1) > less.memory_bytes(lanes));
            }
        }
    }
}
