//! The constants of a layer, as narrow as they fit.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// Real numbers in single precision if that holds each of them exactly, else in double.
///
/// Files hold weights in single precision or less as a rule, and everything is computed in
/// double. Clones share the numbers.
///
/// ```
/// use candor::model::graph::Floats;
///
/// let halves = Floats::from(vec![0.5, -1.5]);
/// assert!(matches!(halves, Floats::Single(_)) && halves.iter().eq([0.5, -1.5]));
/// assert!(matches!(Floats::from(vec![0.5, 0.1]), Floats::Double(_)));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Floats {
    /// Each is one of single precision.
    Single(Arc<Vec<f32>>),
    /// One at least is not.
    Double(Arc<Vec<f64>>),
}

impl Floats {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Single(list) => list.len(),
            Self::Double(list) => list.len(),
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = f64> + '_ {
        // One of the two is empty.
        let (single, double): (&[f32], &[f64]) = match self {
            Self::Single(list) => (list, &[]),
            Self::Double(list) => (&[], list),
        };
        single.iter().copied().map(f64::from).chain(double.iter().copied())
    }

    /// Those at some places; of places beyond the last, none.
    #[must_use]
    pub fn run(&self, places: Range<usize>) -> Cow<'_, [f64]> {
        match self {
            Self::Single(list) => {
                let run = list.get(places).unwrap_or(&[]);
                Cow::Owned(run.iter().copied().map(f64::from).collect())
            }
            Self::Double(list) => Cow::Borrowed(list.get(places).unwrap_or(&[])),
        }
    }
}

impl From<Vec<f64>> for Floats {
    fn from(list: Vec<f64>) -> Self {
        let same = |value: &f64| f64::from(*value as f32).to_bits() == value.to_bits();
        if list.iter().all(same) {
            Self::Single(Arc::new(list.into_iter().map(|value| value as f32).collect()))
        } else {
            Self::Double(Arc::new(list))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_what_they_were_whatever_their_width() {
        let odd = [0.1, f64::MAX, f64::MIN_POSITIVE, 1.0 + f64::EPSILON];
        let even = [0.0, -0.0, 1.5, f64::from(f32::MAX), f64::from(f32::MIN_POSITIVE) / 8.0];
        let single = Floats::from(even.to_vec());
        assert!(matches!(single, Floats::Single(_)));
        for odd in odd {
            let list = [&even[..], &[odd]].concat();
            let double = Floats::from(list.clone());
            assert!(matches!(double, Floats::Double(_)), "{odd}");
            assert_eq!((double.len(), double.run(1..3).into_owned()), (6, list[1..3].to_vec()));
            assert!(double.iter().map(f64::to_bits).eq(list.iter().map(|value| value.to_bits())));
        }
        assert!(single.iter().map(f64::to_bits).eq(even.iter().map(|value| value.to_bits())));
        assert_eq!(single.run(2..4).into_owned(), even[2..4]);
        assert_eq!((single.run(4..9).len(), single.len(), single.is_empty()), (0, 5, false));
    }
}
