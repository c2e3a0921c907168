//! How rows are laid over the columns of a lane.
//!
//! A *strip* is a set of columns of [`STRIP_ROWS`] usable rows: (q, r, y) for
//! table rows, (u, v) for S-boxes, (x, y, z) for products of numbers and of
//! matrices, (id, f) for embeddings. The data columns
//! that carry one stack of documents form a *lane*. `copies` documents are
//! stacked in a lane: row i of copy v stands at place `v · rows + i`, strip
//! after strip. All lanes of a batch are laid out alike.

use super::rows::{PerKind, Round, RowKind};
use super::shape::Shape;

/// Rows of every column.
pub const ROWS: usize = 1 << 12;
/// Rows that the proof library keeps for itself at the end of each column.
pub const RESERVED_ROWS: usize = 6;
/// Rows after [`LAST_ROW`] in which every column that is looked up is random and looked
/// up: what is shown of the sums of reciprocals hides behind them.
pub const MASK_ROWS: usize = 4;
/// Row of the final check; the running sums add the rows before it.
pub const LAST_ROW: usize = ROWS - RESERVED_ROWS - MASK_ROWS - 1;
/// Rows of a data column: the proof library's are left to it.
pub const DATA_ROWS: usize = LAST_ROW + 1 + MASK_ROWS;
/// Rows of fresh random values in each data column, just before [`LAST_ROW`].
pub const RANDOM_ROWS: usize = 8;
/// Rows of a strip that carry a trace.
pub const STRIP_ROWS: usize = LAST_ROW - RANDOM_ROWS;

/// How one lane's columns are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneLayout {
    /// Documents stacked in the lane.
    pub copies: u32,
    /// Rows a document.
    rows: PerKind<usize>,
}

impl LaneLayout {
    /// The layout of lanes of `copies` documents.
    #[must_use]
    pub const fn new(shape: &Shape, copies: u32) -> Self {
        Self { copies, rows: shape.rows }
    }

    /// Rows of a kind that a document takes.
    #[must_use]
    pub const fn rows(&self, kind: RowKind) -> usize {
        self.rows.0[kind as usize]
    }

    /// Strips of a kind.
    #[must_use]
    pub const fn strips(&self, kind: RowKind) -> usize {
        (self.rows(kind) * self.copies as usize).div_ceil(STRIP_ROWS)
    }

    /// Data columns of the lane.
    #[must_use]
    pub fn columns(&self) -> usize {
        RowKind::ALL.iter().map(|kind| self.strips(*kind) * kind.columns()).sum()
    }

    /// Data columns of the lane that are committed to in the first round: they stand
    /// before the others.
    #[must_use]
    pub fn first_round_columns(&self) -> usize {
        let kinds = RowKind::ALL.iter().filter(|kind| kind.round() == Round::First);
        kinds.map(|kind| self.strips(*kind) * kind.columns()).sum()
    }

    /// What belongs to the columns of all lanes, lane after lane, by rounds.
    #[must_use]
    pub fn by_round<T: Clone>(&self, columns: &[T]) -> [Vec<T>; 2] {
        let lanes = || columns.chunks(self.columns());
        let first = self.first_round_columns();
        [
            lanes().flat_map(|lane| &lane[..first]).cloned().collect(),
            lanes().flat_map(|lane| &lane[first..]).cloned().collect(),
        ]
    }

    /// The inverse of [`Self::by_round`].
    #[must_use]
    pub fn by_lane<T>(&self, rounds: [Vec<T>; 2]) -> Vec<T> {
        let [first, second] = rounds;
        let width = self.first_round_columns();
        let lanes = first.len() / width.max(1);
        let (mut first, mut second) = (first.into_iter(), second.into_iter());
        let mut all = Vec::with_capacity(lanes * self.columns());
        for _ in 0..lanes {
            all.extend(first.by_ref().take(width));
            all.extend(second.by_ref().take(self.columns() - width));
        }
        all
    }

    /// The first column of a strip within the lane.
    #[must_use]
    pub fn first_column(&self, kind: RowKind, strip: usize) -> usize {
        let before = RowKind::ALL.iter().take_while(|k| **k != kind);
        let before: usize = before.map(|k| self.strips(*k) * k.columns()).sum();
        before + strip * kind.columns()
    }

    /// The strip and the row in it of a document's row.
    #[must_use]
    pub const fn place(&self, kind: RowKind, copy: usize, row: usize) -> (usize, usize) {
        let place = copy * self.rows(kind) + row;
        (place / STRIP_ROWS, place % STRIP_ROWS)
    }

    /// What stands in the rows of a strip, from its first row on: the copy, and the row of
    /// its document. The inverse of [`Self::place`].
    pub fn rows_of_strip(
        &self,
        kind: RowKind,
        strip: usize,
    ) -> impl Iterator<Item = (usize, usize)> + use<> {
        let rows = self.rows(kind);
        let all = rows * self.copies as usize;
        let places = strip * STRIP_ROWS..all.min((strip + 1) * STRIP_ROWS);
        places.map(move |place| (place / rows, place % rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_a_lane_are_distinct() {
        let lane = LaneLayout { copies: 3, rows: PerKind([3000, 129, 0, 0, 0]) };
        let mut seen = std::collections::BTreeSet::new();
        for copy in 0..3 {
            for row in 0..3000 {
                let (strip, row) = lane.place(RowKind::Table, copy, row);
                assert!(strip < lane.strips(RowKind::Table) && row < STRIP_ROWS);
                assert!(seen.insert((strip, row)));
            }
        }
        for kind in [RowKind::Table, RowKind::Sbox] {
            let mut placed = 0;
            for strip in 0..lane.strips(kind) {
                for (row, (copy, of_copy)) in lane.rows_of_strip(kind, strip).enumerate() {
                    assert_eq!(lane.place(kind, copy, of_copy), (strip, row));
                    placed += 1;
                }
            }
            assert_eq!(placed, 3 * lane.rows(kind));
        }
        assert_eq!(lane.columns(), 3 * 3 + 2);
        assert_eq!(lane.first_column(RowKind::Sbox, 0), 9);
    }

    #[test]
    fn columns_go_by_round_and_back_by_lane() {
        let lane = LaneLayout { copies: 2, rows: PerKind([3000, 129, 7, 20, 5]) };
        let columns: Vec<usize> = (0..3 * lane.columns()).collect();
        let rounds = lane.by_round(&columns);
        assert_eq!(rounds.each_ref().map(Vec::len), [3 * (2 * 3 + 2 + 3), 3 * (3 + 2)]);
        let inner = lane.first_column(RowKind::Inner, 0);
        assert_eq!(rounds[1][4..6], [inner + 4, lane.columns() + inner]);
        assert_eq!(lane.by_lane(rounds), columns);
    }
}
