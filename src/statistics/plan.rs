//! How many documents a sample needs, and what it misses.

use num_bigint::BigUint;

use super::clopper_pearson::clopper_pearson;
use super::hypergeometric::most;
use super::interval::{Interval, MILLION};
use super::risk::Risk;

/// The fewest of `size` documents that, if none of them is one, bound the ones among all
/// by the share `part / of` of them, at this risk; all, if nothing less does.
#[must_use]
pub fn fewest_clean(size: u64, (part, of): (u64, u64), risk: Risk) -> u64 {
    let enough = |drawn| {
        let ones = most(size, drawn, 0, risk);
        u128::from(ones) * u128::from(of) <= u128::from(size) * u128::from(part)
    };
    // Reading all is always enough.
    fewest(size, enough)
}

/// The fewest documents, drawn independently, of which no number of hits has an interval
/// wider than `width` millionths at this risk on each side; `None` if `at_most` are too
/// few.
#[must_use]
pub fn fewest_for_width(width: u32, at_most: u64, risk: Risk) -> Option<u64> {
    let enough = |drawn: u64| {
        // Nothing is less certain than a half.
        let Interval { low, high } = clopper_pearson(drawn, drawn / 2, risk);
        high - low <= width
    };
    let mut drawn = fewest(at_most, enough);
    // Odd and even numbers differ by a hair.
    while drawn > 0 && enough(drawn - 1) {
        drawn -= 1;
    }
    enough(drawn).then_some(drawn)
}

/// The least number up to `most` that is enough; `most` if none below it is.
fn fewest(most: u64, enough: impl Fn(u64) -> bool) -> u64 {
    let (mut below, mut above) = (0, most);
    while below < above {
        let middle = below + (above - below) / 2;
        if enough(middle) {
            above = middle;
        } else {
            below = middle + 1;
        }
    }
    above
}

/// The chance, in millionths and rounded up, that `drawn` of `size` documents hold none
/// of `ones`: `C(size − ones, drawn) / C(size, drawn)`.
#[must_use]
pub fn chance_to_miss(size: u64, ones: u64, drawn: u64) -> u32 {
    let (ones, drawn) = (ones.min(size), drawn.min(size));
    // The fewer of both are spread over the others.
    let (few, many) = (ones.min(drawn), ones.max(drawn));
    if size - many < few {
        return 0;
    }
    let above = product(size - many - few + 1, size - many) * MILLION;
    let below = product(size - few + 1, size);
    let share: BigUint = (above + &below - 1u8) / below;
    // At most a million.
    u32::try_from(share).unwrap_or(MILLION as u32)
}

/// Of all numbers from `low` to `high`; 1 if there are none.
fn product(low: u64, high: u64) -> BigUint {
    match high.checked_sub(low) {
        None => BigUint::from(1u8),
        Some(0) => BigUint::from(low),
        Some(span) => product(low, low + span / 2) * product(low + span / 2 + 1, high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_clean_documents_are_known() {
        let risk = Risk::new(1, 20).unwrap();
        let fewest = |size| fewest_clean(size, (1, 100), risk);
        assert_eq!([1000, 10_000, 100_000].map(fewest), [238, 291, 298]);
        for (size, drawn) in [(1000, 238), (10_000, 291)] {
            assert!(most(size, drawn, 0, risk) <= size / 100);
            assert!(most(size, drawn - 1, 0, risk) > size / 100);
        }
        assert_eq!(fewest_clean(10, (0, 1), risk), 10);
        assert_eq!(fewest_clean(0, (1, 100), risk), 0);
    }

    #[test]
    fn the_fewest_for_a_width_are_known() {
        let fewest = |width| fewest_for_width(width, 100_000, Risk::OF_95_PERCENT);
        assert_eq!([40_000, 50_000, 100_000].map(fewest), [2449, 1574, 402].map(Some));
        assert_eq!(fewest_for_width(40_000, 2000, Risk::OF_95_PERCENT), None);
        assert_eq!(fewest(1_000_000), Some(0));
    }

    #[test]
    fn nothing_is_less_certain_than_a_half() {
        let width = |drawn, hits| {
            let Interval { low, high } = clopper_pearson(drawn, hits, Risk::OF_95_PERCENT);
            high - low
        };
        for drawn in 1..60 {
            let widest = (0..=drawn).map(|hits| width(drawn, hits)).max();
            assert_eq!(widest, Some(width(drawn, drawn / 2)), "{drawn}");
        }
    }

    #[test]
    fn few_false_ones_are_missed_by_few_leaves() {
        assert_eq!(chance_to_miss(10_000, 1, 300), 970_000);
        assert_eq!(chance_to_miss(10, 2, 4), 333_334);
        assert_eq!(chance_to_miss(10, 4, 2), 333_334);
        assert_eq!(chance_to_miss(10, 4, 7), 0);
        assert_eq!(chance_to_miss(10, 0, 7), 1_000_000);
        assert_eq!(chance_to_miss(0, 1, 1), 1_000_000);
        assert!(chance_to_miss(1_000_000, 300_000, 400_000) <= 1);
    }
}
