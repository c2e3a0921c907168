//! Places of a window that see the same of it.

use std::collections::BTreeMap;
use std::ops::Range;

/// Output places along an axis, by the taps of their windows that fall inside the
/// input: far from the border all places have all taps.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// The distinct ranges of taps.
    pub(crate) taps: Vec<Range<usize>>,
    /// For each place the position of its range in `taps`.
    pub(crate) of: Vec<usize>,
}

impl Places {
    /// From the taps of each place.
    pub(crate) fn new(all: impl Iterator<Item = Range<usize>>) -> Self {
        let (mut taps, mut found) = (Vec::new(), BTreeMap::new());
        let of = all.map(|range| {
            *found.entry((range.start, range.end)).or_insert_with(|| {
                taps.push(range);
                taps.len() - 1
            })
        });
        let of = of.collect();
        Self { taps, of }
    }
}
