//! How documents are cut into batches, and rows laid over strips.
//!
//! A *strip* is a set of columns of [`STRIP_ROWS`] usable rows: (q, r, y) for
//! table rows, (u, v) for S-boxes, (x, y, z) for products. The data columns
//! that carry one stack of documents form a *lane*. `copies` documents are
//! stacked in a lane: row i of copy v stands at place `v · rows + i`, strip
//! after strip. All lanes of a batch are laid out alike.

use thiserror::Error;

use super::shape::Shape;
use crate::model::program::Program;

/// Rows of every column.
pub const ROWS: usize = 1 << 12;
/// Rows that the proof library keeps for itself at the end of each column.
pub const RESERVED_ROWS: usize = 6;
/// Row of the final check; the running sums add the rows before it.
pub const LAST_ROW: usize = ROWS - RESERVED_ROWS - 1;
/// Rows of fresh random values in each data column, just before [`LAST_ROW`].
pub const RANDOM_ROWS: usize = 8;
/// Rows of a strip that carry a trace.
pub const STRIP_ROWS: usize = LAST_ROW - RANDOM_ROWS;

/// Most lanes of a batch.
pub const MAX_LANES: u32 = 1024;
/// Most data columns of a batch, so that a hostile bundle cannot exhaust the
/// judge.
pub const MAX_COLUMNS: usize = 4096;
/// Most documents stacked in a lane.
const MAX_COPIES: usize = 16;
/// Data columns a batch aims at: enough to drown what is paid once a batch,
/// few enough for memory.
const TARGET_COLUMNS: usize = 420;

/// A kind of row, and of strip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// (q, r, y).
    Table,
    /// (u, v).
    Sbox,
    /// (x, y, z).
    Product,
}

impl Kind {
    /// All kinds, in the order in which their columns stand.
    pub const ALL: [Self; 3] = [Self::Table, Self::Sbox, Self::Product];

    /// Columns of a strip.
    #[must_use]
    pub const fn columns(self) -> usize {
        match self {
            Self::Table | Self::Product => 3,
            Self::Sbox => 2,
        }
    }

    /// Relative cost of a strip, from measurement (`docs/performance.md`).
    const fn cost(self) -> usize {
        match self {
            Self::Table => 8,
            Self::Sbox => 11,
            Self::Product => 10,
        }
    }
}

/// How one lane's columns are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lane {
    /// Documents stacked in the lane.
    pub copies: u32,
    /// Rows a document, by [`Kind::ALL`].
    rows: [usize; 3],
}

impl Lane {
    /// The layout of lanes of so many copies.
    #[must_use]
    pub const fn new(shape: &Shape, copies: u32) -> Self {
        Self { copies, rows: [shape.table_rows.len(), shape.sbox_rows, shape.product_rows] }
    }

    /// Rows of a kind that a document takes.
    #[must_use]
    pub const fn rows(&self, kind: Kind) -> usize {
        self.rows[kind as usize]
    }

    /// Strips of a kind.
    #[must_use]
    pub const fn strips(&self, kind: Kind) -> usize {
        (self.rows(kind) * self.copies as usize).div_ceil(STRIP_ROWS)
    }

    /// Data columns of the lane.
    #[must_use]
    pub fn columns(&self) -> usize {
        Kind::ALL.iter().map(|kind| self.strips(*kind) * kind.columns()).sum()
    }

    /// The first column of a strip within the lane.
    #[must_use]
    pub fn first_column(&self, kind: Kind, strip: usize) -> usize {
        let before = Kind::ALL.iter().take_while(|k| **k != kind);
        let before: usize = before.map(|k| self.strips(*k) * k.columns()).sum();
        before + strip * kind.columns()
    }

    /// The strip and the row in it of a document's row.
    #[must_use]
    pub const fn place(&self, kind: Kind, copy: usize, row: usize) -> (usize, usize) {
        let place = copy * self.rows(kind) + row;
        (place / STRIP_ROWS, place % STRIP_ROWS)
    }

    fn cost(&self) -> usize {
        Kind::ALL.iter().map(|kind| self.strips(*kind) * kind.cost()).sum()
    }
}

/// Why documents cannot be cut into batches.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// The number of lanes is out of range.
    #[error("{lanes} lanes a batch are out of range; this program allows 1 to {most}")]
    Lanes {
        /// As asked.
        lanes: u32,
        /// As many as are allowed.
        most: u32,
    },
    /// One document needs too many columns.
    #[error("one document needs {columns} data columns; at most {MAX_COLUMNS} are supported")]
    TooLarge {
        /// Columns of one lane.
        columns: usize,
    },
}

/// How the present documents of a corpus are cut into batches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan {
    /// The layout of a lane.
    pub lane: Lane,
    /// Lanes of a full batch.
    pub lanes: u32,
    /// Documents in all.
    pub documents: u64,
    /// Number of batches.
    pub batches: u64,
}

/// A run of documents that one proof covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The first document, counted among the present ones.
    pub first: u64,
    /// Number of documents.
    pub count: u64,
    /// Lanes that carry them; the last batch may have fewer.
    pub lanes: u32,
}

impl Plan {
    /// Cuts `documents` into batches of `lanes` lanes.
    ///
    /// # Errors
    /// If the lanes are out of range or a document is too large.
    pub fn new(program: &Program, documents: u64, lanes: u32) -> Result<Self, PlanError> {
        let lane = choose_lane(&Shape::of(program))?;
        let most = most_lanes(&lane);
        if !(1..=most).contains(&lanes) {
            return Err(PlanError::Lanes { lanes, most });
        }
        let batches = documents.div_ceil(u64::from(lanes) * u64::from(lane.copies));
        Ok(Self { lane, lanes, documents, batches })
    }

    /// The number of lanes that suits so many documents, or the given batch
    /// size in documents.
    ///
    /// # Errors
    /// If a document is too large.
    pub fn choose_lanes(
        program: &Program,
        documents: u64,
        batch: Option<u64>,
    ) -> Result<u32, PlanError> {
        let lane = choose_lane(&Shape::of(program))?;
        let copies = u64::from(lane.copies);
        let most = u64::from(most_lanes(&lane));
        let target = (TARGET_COLUMNS / lane.columns()).max(1) as u64;
        let lanes = match batch {
            Some(size) => size.div_ceil(copies),
            // Batches of equal size, rather than full ones and a rest.
            None => {
                let batches = documents.div_ceil(target * copies).max(1);
                documents.div_ceil(batches * copies)
            }
        };
        Ok(lanes.clamp(1, most) as u32)
    }

    /// The batch of the given number.
    ///
    /// # Panics
    /// If there is no such batch.
    #[must_use]
    pub fn batch(&self, index: u64) -> Batch {
        assert!(index < self.batches, "batch {index} of {}", self.batches);
        let copies = u64::from(self.lane.copies);
        let size = u64::from(self.lanes) * copies;
        let first = index * size;
        let count = size.min(self.documents - first);
        Batch { first, count, lanes: count.div_ceil(copies) as u32 }
    }
}

fn most_lanes(lane: &Lane) -> u32 {
    ((MAX_COLUMNS / lane.columns()) as u32).min(MAX_LANES)
}

/// The stacking with the least cost a document; the smallest of equals.
fn choose_lane(shape: &Shape) -> Result<Lane, PlanError> {
    let single = Lane::new(shape, 1);
    if single.columns() > MAX_COLUMNS {
        return Err(PlanError::TooLarge { columns: single.columns() });
    }
    let mut best = single;
    for copies in 2..=MAX_COPIES as u32 {
        let lane = Lane::new(shape, copies);
        // cost/copies, compared without division.
        let better = lane.cost() * (best.copies as usize) < best.cost() * copies as usize;
        if better && lane.columns() <= TARGET_COLUMNS {
            best = lane;
        }
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::testing;

    #[test]
    fn batches_cover_every_document_once() {
        let program = testing::program();
        for documents in [0, 1, 15, 16, 17, 100, 1000] {
            let lanes = Plan::choose_lanes(&program, documents, Some(40)).unwrap();
            let plan = Plan::new(&program, documents, lanes).unwrap();
            let mut next = 0;
            for index in 0..plan.batches {
                let batch = plan.batch(index);
                assert_eq!(batch.first, next);
                assert!(batch.count > 0 && batch.lanes <= lanes);
                let slots = u64::from(batch.lanes) * u64::from(plan.lane.copies);
                assert!(slots - batch.count < u64::from(plan.lane.copies));
                next += batch.count;
            }
            assert_eq!(next, documents);
        }
    }

    #[test]
    fn lanes_out_of_range_are_refused() {
        let program = testing::program();
        assert!(matches!(Plan::new(&program, 9, 0), Err(PlanError::Lanes { .. })));
        assert!(matches!(Plan::new(&program, 9, MAX_LANES + 1), Err(PlanError::Lanes { .. })));
    }

    #[test]
    fn places_of_a_lane_are_distinct() {
        let lane = Lane { copies: 3, rows: [3000, 129, 0] };
        let mut seen = std::collections::BTreeSet::new();
        for copy in 0..3 {
            for row in 0..3000 {
                let (strip, row) = lane.place(Kind::Table, copy, row);
                assert!(strip < lane.strips(Kind::Table) && row < STRIP_ROWS);
                assert!(seen.insert((strip, row)));
            }
        }
        assert_eq!(lane.columns(), 3 * 3 + 2);
        assert_eq!(lane.first_column(Kind::Sbox, 0), 9);
    }
}
