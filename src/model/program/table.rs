//! Tables: functions on bounded ranges of integers.

use crate::model::linear::Range;

/// Index of a table in [`Program::tables`](super::Program::tables).
pub type TableId = usize;

/// A function on a bounded range of integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The smallest argument.
    pub low: i64,
    /// The values at `low`, `low + 1`, …
    pub values: Vec<i64>,
}

impl Table {
    /// The table of `function` on `low..=high`.
    #[must_use]
    pub fn of(low: i64, high: i64, function: impl FnMut(i64) -> i64) -> Self {
        Self { low, values: (low..=high).map(function).collect() }
    }

    /// The value at `q`; `None` outside the table.
    #[must_use]
    pub fn get(&self, q: i64) -> Option<i64> {
        let index = usize::try_from(q.checked_sub(self.low)?).ok()?;
        self.values.get(index).copied()
    }

    /// The smallest value, the offset under which values are stored.
    #[must_use]
    pub fn min(&self) -> i64 {
        self.values.iter().copied().min().unwrap_or(0)
    }

    /// The positions of the arguments `low..=high`; `None` if the table does
    /// not cover them.
    pub(super) fn positions(&self, range: Range) -> Option<std::ops::RangeInclusive<usize>> {
        let start = usize::try_from(range.low.checked_sub(i128::from(self.low))?).ok()?;
        let end = usize::try_from(range.high.checked_sub(i128::from(self.low))?).ok()?;
        self.values.get(start..=end)?;
        Some(start..=end)
    }
}
