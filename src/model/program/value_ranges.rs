//! The range of a table's values over a range of arguments, without reading
//! every entry.
//!
//! A program has millions of elements, and each may ask about thousands of
//! entries: compiling a model must not cost their product.

use std::ops::RangeInclusive;

use super::table::Table;
use crate::model::linear::Range;

/// The ranges of a table's values.
#[derive(Clone, Debug)]
pub(super) struct ValueRanges {
    /// A segment tree: the entries are at `len..2·len`, and node i holds the
    /// smallest and largest value of nodes 2i and 2i + 1.
    tree: Vec<(i64, i64)>,
    /// The number of entries before each position that differ from `max(x, 0)`.
    not_relu: Vec<u32>,
    /// Whether every value is the square of its argument.
    square: bool,
}

impl ValueRanges {
    pub(super) fn of(table: &Table) -> Self {
        let len = table.values.len();
        let mut tree = vec![(i64::MAX, i64::MIN); len];
        tree.extend(table.values.iter().map(|value| (*value, *value)));
        for node in (1..len).rev() {
            tree[node] = union(tree[2 * node], tree[2 * node + 1]);
        }
        let mut count = 0;
        let differs = (table.low..).zip(&table.values).map(|(x, value)| {
            count += u32::from(*value != x.max(0));
            count
        });
        let not_relu = std::iter::once(0).chain(differs).collect();
        let square = |(x, value): (i64, &i64)| x.checked_mul(x) == Some(*value);
        let square = (table.low..).zip(&table.values).all(square);
        Self { tree, not_relu, square }
    }

    /// The range of the values at some positions, which exist.
    pub(super) fn range(&self, positions: RangeInclusive<usize>) -> Range {
        let len = self.tree.len() / 2;
        let (mut start, mut end) = (positions.start() + len, positions.end() + len + 1);
        let mut ends = (i64::MAX, i64::MIN);
        while start < end {
            if start % 2 == 1 {
                ends = union(ends, self.tree[start]);
                start += 1;
            }
            if end % 2 == 1 {
                end -= 1;
                ends = union(ends, self.tree[end]);
            }
            start /= 2;
            end /= 2;
        }
        Range::new(i128::from(ends.0), i128::from(ends.1))
    }

    /// Whether all values at some positions, which exist, are `max(x, 0)`.
    pub(super) fn is_relu(&self, positions: RangeInclusive<usize>) -> bool {
        self.not_relu[*positions.start()] == self.not_relu[positions.end() + 1]
    }

    /// Whether all values of the table are the squares of their arguments.
    pub(super) const fn is_square(&self) -> bool {
        self.square
    }
}

fn union(left: (i64, i64), right: (i64, i64)) -> (i64, i64) {
    (left.0.min(right.0), left.1.max(right.1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ranges_are_those_of_every_entry(
            low in -20i64..5,
            relu in any::<bool>(),
            odd in prop::collection::vec(-9i64..9, 1..40),
            ends in prop::array::uniform2(any::<prop::sample::Index>()),
        ) {
            // Mostly relu, so that both answers occur.
            let value = |(x, value): (i64, &i64)| if relu && *value < 8 { x.max(0) } else { *value };
            let values: Vec<i64> = (low..).zip(&odd).map(value).collect();
            let table = Table { low, values };
            let ranges = ValueRanges::of(&table);
            let ends = ends.map(|end| end.index(table.values.len()));
            let (start, end) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            let slice = &table.values[start..=end];
            let range = ranges.range(start..=end);
            prop_assert_eq!(range.low, i128::from(*slice.iter().min().unwrap()));
            prop_assert_eq!(range.high, i128::from(*slice.iter().max().unwrap()));
            let all = (low + start as i64..).zip(slice).all(|(x, value)| *value == x.max(0));
            prop_assert_eq!(ranges.is_relu(start..=end), all);
        }
    }
}
