//! The ranges of a node's elements, as they are kept.

use crate::model::linear::Range;

/// The range of each element. Neighbours with one range take the place of one:
/// between two layers all places of a channel have the same as a rule.
#[derive(Clone, Debug)]
pub(super) struct Bounds {
    /// Where each run of equal ranges ends; empty if each element is a run.
    ends: Vec<u32>,
    /// The range of each run. Provable ranges fit 64 bits.
    ranges: Vec<(i64, i64)>,
    /// The range of all elements together.
    all: Range,
}

impl Bounds {
    /// `None` if a value may reach 2^62. There are fewer than 2^32 elements.
    pub(super) fn of(elements: &[Range]) -> Option<Self> {
        let (mut ends, mut ranges) = (Vec::new(), Vec::new());
        let mut all: Option<Range> = None;
        for run in elements.chunk_by(|one, next| one == next) {
            let range = run.first().filter(|range| range.is_provable())?;
            ranges.push((i64::try_from(range.low).ok()?, i64::try_from(range.high).ok()?));
            ends.push(ends.last().copied().unwrap_or(0) + u32::try_from(run.len()).ok()?);
            all = Some(all.map_or(*range, |all| all.union(*range)));
        }
        if ends.len() == elements.len() {
            ends = Vec::new();
        }
        ends.shrink_to_fit();
        ranges.shrink_to_fit();
        Some(Self { ends, ranges, all: all.unwrap_or(Range::ZERO) })
    }

    /// The range of all elements together.
    pub(super) const fn all(&self) -> Range {
        self.all
    }

    /// Number of elements.
    pub(super) fn len(&self) -> usize {
        self.ends.last().map_or(self.ranges.len(), |end| *end as usize)
    }

    /// Each run: its length and its range.
    fn runs(&self) -> impl Iterator<Item = (usize, Range)> + '_ {
        let mut start = 0;
        self.ranges.iter().enumerate().map(move |(at, (low, high))| {
            let end = self.ends.get(at).copied().unwrap_or(start + 1);
            let length = end - std::mem::replace(&mut start, end);
            (length as usize, Range::new(i128::from(*low), i128::from(*high)))
        })
    }

    /// The range of each element.
    pub(super) fn elements(&self) -> Vec<Range> {
        let mut elements = Vec::with_capacity(self.len());
        self.runs().for_each(|(length, range)| elements.extend(std::iter::repeat_n(range, length)));
        elements
    }

    /// The range of each channel of `plane` elements; `None` if it varies inside one.
    pub(super) fn channels(&self, plane: usize) -> Option<Vec<Range>> {
        let (mut channels, mut start) = (Vec::new(), 0);
        for (length, range) in self.runs() {
            if start % plane != 0 || length % plane != 0 {
                return None;
            }
            start += length;
            channels.extend(std::iter::repeat_n(range, length / plane));
        }
        Some(channels)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn runs_hold_every_element(
            runs in prop::collection::vec((-3i128..3, 1usize..5), 1..20),
            plane in 1usize..4,
        ) {
            let range = |low: i128| Range::new(low, low + 2);
            let elements: Vec<Range> =
                runs.iter().flat_map(|(low, n)| std::iter::repeat_n(range(*low), *n)).collect();
            let bounds = Bounds::of(&elements).unwrap();
            prop_assert_eq!(bounds.elements(), elements.clone());
            let all = elements.iter().copied().reduce(Range::union);
            prop_assert_eq!(Some(bounds.all()), all);
            let same = elements.chunks(plane).all(|channel| channel.iter().all(|r| *r == channel[0]));
            let channels = bounds.channels(plane);
            if let Some(channels) = channels {
                let again = channels.into_iter().flat_map(|range| std::iter::repeat_n(range, plane));
                prop_assert_eq!(again.collect::<Vec<_>>(), elements);
            } else {
                prop_assert!(!same || !elements.len().is_multiple_of(plane));
            }
        }
    }

    #[test]
    fn a_value_that_is_too_wide_has_no_bounds() {
        assert!(Bounds::of(&[Range::ZERO, Range::new(0, 1 << 62)]).is_none());
        assert_eq!(Bounds::of(&[]).unwrap().elements(), []);
    }
}
