//! The weights of a map, as narrow as they fit.

/// Integers in the narrowest of four widths that holds them all, so that equal
/// lists have one representation, in memory as in `program.bin`.
///
/// ```
/// use candor::model::linear::Weights;
///
/// let weights = Weights::from(vec![3, -200, 7]);
/// assert_eq!((weights.len(), weights.get(1), weights.largest()), (3, -200, 200));
/// assert_eq!(weights.width(), 2);
/// assert!(weights.iter().eq([3, -200, 7]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    list: List,
    largest: u64,
}

/// The integers of [`Weights`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum List {
    Byte(Vec<i8>),
    Short(Vec<i16>),
    Narrow(Vec<i32>),
    Wide(Vec<i64>),
}

impl Weights {
    /// The integers of a list that can be gone through twice: first for their width,
    /// then to write them.
    pub fn of(integers: impl Iterator<Item = i64> + Clone) -> Self {
        let (mut low, mut high) = (0, 0);
        for integer in integers.clone() {
            (low, high) = (integer.min(low), integer.max(high));
        }
        // Of those that fit, a cast changes none.
        let list = match width(low, high) {
            1 => List::Byte(integers.map(|integer| integer as i8).collect()),
            2 => List::Short(integers.map(|integer| integer as i16).collect()),
            4 => List::Narrow(integers.map(|integer| integer as i32).collect()),
            _ => List::Wide(integers.collect()),
        };
        Self { list, largest: low.unsigned_abs().max(high.unsigned_abs()) }
    }

    /// Integers of four bytes at most.
    pub(crate) fn narrow(integers: Vec<i32>) -> Self {
        let ends = integers.iter().fold((0, 0), |(low, high): (i32, i32), integer| {
            (low.min(*integer), high.max(*integer))
        });
        let (low, high) = (i64::from(ends.0), i64::from(ends.1));
        // Of those that fit, a cast changes none.
        let list = match width(low, high) {
            1 => List::Byte(integers.into_iter().map(|integer| integer as i8).collect()),
            2 => List::Short(integers.into_iter().map(|integer| integer as i16).collect()),
            _ => List::Narrow(integers),
        };
        Self { list, largest: low.unsigned_abs().max(high.unsigned_abs()) }
    }

    /// How many there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        match &self.list {
            List::Byte(list) => list.len(),
            List::Short(list) => list.len(),
            List::Narrow(list) => list.len(),
            List::Wide(list) => list.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The greatest magnitude; 0 of none.
    #[must_use]
    pub const fn largest(&self) -> u64 {
        self.largest
    }

    /// Bytes that each of them takes: 1, 2, 4 or 8.
    #[must_use]
    pub const fn width(&self) -> u8 {
        match &self.list {
            List::Byte(_) => 1,
            List::Short(_) => 2,
            List::Narrow(_) => 4,
            List::Wide(_) => 8,
        }
    }

    /// The integer at a position.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    #[inline]
    pub fn get(&self, at: usize) -> i64 {
        match &self.list {
            List::Byte(list) => i64::from(list[at]),
            List::Short(list) => i64::from(list[at]),
            List::Narrow(list) => i64::from(list[at]),
            List::Wide(list) => list[at],
        }
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = i64> + Clone + '_ {
        (0..self.len()).map(|at| self.get(at))
    }

    pub(super) const fn list(&self) -> &List {
        &self.list
    }

    /// Appends the width and the integers, each in so many bytes.
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        out.push(self.width());
        out.reserve(self.len() * usize::from(self.width()));
        match &self.list {
            List::Byte(list) => list.iter().for_each(|w| out.extend(w.to_le_bytes())),
            List::Short(list) => list.iter().for_each(|w| out.extend(w.to_le_bytes())),
            List::Narrow(list) => list.iter().for_each(|w| out.extend(w.to_le_bytes())),
            List::Wide(list) => list.iter().for_each(|w| out.extend(w.to_le_bytes())),
        }
    }
}

/// Takes integers one by one, in four bytes each as long as they fit.
pub(crate) struct WeightsBuilder {
    narrow: Vec<i32>,
    /// All of them, once one does not fit.
    wide: Option<Vec<i64>>,
    low: i64,
    high: i64,
}

impl WeightsBuilder {
    /// With room for so many.
    pub(crate) fn of(count: usize) -> Self {
        Self { narrow: Vec::with_capacity(count), wide: None, low: 0, high: 0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, integer: i64) {
        (self.low, self.high) = (self.low.min(integer), self.high.max(integer));
        match (&mut self.wide, i32::try_from(integer)) {
            (Some(wide), _) => wide.push(integer),
            (None, Ok(integer)) => self.narrow.push(integer),
            (None, Err(_)) => {
                let narrow = std::mem::take(&mut self.narrow);
                let mut wide = Vec::with_capacity(narrow.capacity());
                wide.extend(narrow.into_iter().map(i64::from));
                wide.push(integer);
                self.wide = Some(wide);
            }
        }
    }

    pub(crate) fn finish(self) -> Weights {
        let Self { narrow, wide, low, high } = self;
        let largest = low.unsigned_abs().max(high.unsigned_abs());
        match wide {
            Some(wide) => Weights { list: List::Wide(wide), largest },
            None => Weights::narrow(narrow),
        }
    }
}

impl From<Vec<i64>> for Weights {
    fn from(integers: Vec<i64>) -> Self {
        Self::of(integers.into_iter())
    }
}

impl FromIterator<i64> for Weights {
    fn from_iter<T: IntoIterator<Item = i64>>(integers: T) -> Self {
        Self::from(integers.into_iter().collect::<Vec<_>>())
    }
}

/// The least number of bytes, of 1, 2, 4 and 8, that holds both.
fn width(low: i64, high: i64) -> u8 {
    let fits = |bits: u32| low >= -(1i64 << (bits - 1)) && high < 1i64 << (bits - 1);
    match () {
        () if fits(8) => 1,
        () if fits(16) => 2,
        () if fits(32) => 4,
        () => 8,
    }
}

/// Appends integers as packed as weights are: their width, then each in so many
/// bytes.
pub(crate) fn put_packed(out: &mut Vec<u8>, values: &[i64]) {
    let low = values.iter().copied().min().unwrap_or(0).min(0);
    let high = values.iter().copied().max().unwrap_or(0).max(0);
    let width = width(low, high);
    out.push(width);
    out.reserve(values.len() * usize::from(width));
    for value in values {
        out.extend_from_slice(&value.to_le_bytes()[..usize::from(width)]);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_width_ends_where_the_next_begins() {
        for (bits, width) in [(8, 1), (16, 2), (32, 4)] {
            let (low, high) = (-(1i64 << (bits - 1)), (1i64 << (bits - 1)) - 1);
            assert_eq!(Weights::from(vec![0, low, high]).width(), width);
            assert_eq!(Weights::from(vec![low - 1, 0]).width(), 2 * width);
            assert_eq!(Weights::from(vec![0, high + 1]).width(), 2 * width);
        }
        assert_eq!(Weights::from(vec![]).width(), 1);
        assert_eq!(Weights::from(vec![i64::MIN, 1]).largest(), 1 << 63);
    }

    proptest! {
        #[test]
        fn a_list_keeps_its_integers(shift in 0u32..63, all in prop::collection::vec(any::<i64>(), 0..20)) {
            let all: Vec<i64> = all.into_iter().map(|integer| integer >> shift).collect();
            let weights = Weights::from(all.clone());
            prop_assert!(weights.iter().eq(all.iter().copied()));
            prop_assert_eq!(weights.largest(), all.iter().map(|w| w.unsigned_abs()).max().unwrap_or(0));
            let (mut one, mut other) = (Vec::new(), Vec::new());
            weights.encode(&mut one);
            put_packed(&mut other, &all);
            prop_assert_eq!(one.len(), 1 + all.len() * usize::from(weights.width()));
            prop_assert_eq!(one, other);
        }
    }
}
