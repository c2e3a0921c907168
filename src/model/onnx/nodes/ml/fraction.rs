//! What the leaves of trees add, as fractions of one denominator.
//!
//! A file holds shares such as 1/10 in single precision, and rounded shares do not add up to what
//! the shares do: five of ten trees would be more than half. So each number is read as the simplest
//! fraction that rounds to it. Where these have a common denominator that is small enough, sums
//! and ties are those of the fractions. Else numbers are counted in a power of two, exactly where
//! that is fine enough for all of them.

use crate::model::graph::Problem;

/// Greatest denominator of one number: above it a number in single precision is hardly ever a
/// fraction on purpose.
const MAX_OWN: i64 = 1 << 16;
/// Bits that sums of whole numbers may take.
const SUM_BITS: i32 = 36;

/// The denominator for some numbers whose sums are below `bound` in magnitude.
pub(super) fn common(
    numbers: impl Iterator<Item = f64> + Clone,
    bound: f64,
) -> Result<Denominator, Problem> {
    let most = libm::ldexp(1.0, SUM_BITS);
    let fits = |denominator: i64| bound * (denominator as f64) <= most;
    let mut shared = Some(1i64);
    for number in numbers.clone() {
        let own = simplest(number).map(|(_, own)| own);
        shared = shared.zip(own).and_then(|(shared, own)| multiple(shared, own));
        shared = shared.filter(|shared| fits(*shared));
        if shared.is_none() {
            break;
        }
    }
    if let Some(shared) = shared {
        return Ok(Denominator::Fractions(shared));
    }
    if !fits(1) {
        return Err(Problem::new(
            "the numbers in its leaves are too large",
            "scale what it predicts to a smaller range",
        ));
    }
    let fine = |bits: &i32| fits(1i64.checked_shl(bits.unsigned_abs()).unwrap_or(i64::MAX));
    let bits = (0..=62).take_while(fine).last().unwrap_or(0);
    // Not finer than the numbers are.
    let whole = |bits: i32| {
        let mut scaled = numbers.clone().map(|number| libm::ldexp(number, bits));
        scaled.all(|scaled| scaled == scaled.trunc())
    };
    let bits = (0..bits).find(|bits| whole(*bits)).unwrap_or(bits);
    Ok(Denominator::Bits(bits.unsigned_abs()))
}

/// What numbers are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Denominator {
    /// Every number is a fraction with this denominator.
    Fractions(i64),
    /// Two to this power.
    Bits(u32),
}

impl Denominator {
    pub(super) fn get(self) -> i64 {
        match self {
            Self::Fractions(denominator) => denominator,
            Self::Bits(bits) => 1i64.checked_shl(bits).unwrap_or(1),
        }
    }

    /// How many of its parts a number is.
    pub(super) fn count(self, number: f64) -> i64 {
        match (self, simplest(number)) {
            (Self::Fractions(shared), Some((count, own))) => {
                count.saturating_mul(shared.checked_div(own).unwrap_or(0))
            }
            _ => (number * self.get() as f64).round() as i64,
        }
    }
}

/// The least common multiple.
fn multiple(left: i64, right: i64) -> Option<i64> {
    let (mut a, mut b) = (left, right);
    while b != 0 {
        (a, b) = (b, a.checked_rem(b)?);
    }
    left.checked_div(a)?.checked_mul(right)
}

/// The fraction with the smallest denominator among those that round to a number in single
/// precision, if that is at most [`MAX_OWN`].
fn simplest(number: f64) -> Option<(i64, i64)> {
    if number == 0.0 {
        return Some((0, 1));
    }
    if number.abs() >= 9e15 {
        return None;
    }
    let size = number.abs();
    // The convergents of its continued fraction, and between them the first that is close enough.
    let rounds = |p: i64, q: i64| (p as f64 / q as f64) as f32 == size as f32;
    let (mut before, mut last) = ((0i64, 1i64), (1i64, 0i64));
    let mut rest = size;
    for _ in 0..40 {
        let whole = rest.floor();
        if whole >= 9e15 {
            return None;
        }
        let whole = whole as i64;
        let at = |steps: i64| {
            let p = steps.checked_mul(last.0)?.checked_add(before.0)?;
            let q = steps.checked_mul(last.1)?.checked_add(before.1)?;
            Some((p, q))
        };
        let (p, q) = at(whole)?;
        if q <= MAX_OWN.saturating_mul(2) && rounds(p, q) {
            // The least number of steps that is close enough; closeness grows with them.
            let (mut low, mut high) = (0, whole);
            while low < high {
                let middle = low.midpoint(high);
                let close = at(middle).is_some_and(|(p, q)| q > 0 && rounds(p, q));
                if close {
                    high = middle;
                } else {
                    low = middle.saturating_add(1);
                }
            }
            let (p, q) = at(high)?;
            return (q <= MAX_OWN).then_some((if number < 0.0 { p.checked_neg()? } else { p }, q));
        }
        if q > MAX_OWN {
            return None;
        }
        (before, last) = (last, (p, q));
        let fraction = rest - whole as f64;
        if fraction <= 0.0 {
            return None;
        }
        rest = 1.0 / fraction;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read_as_what_they_are() {
        for (p, q) in [(1, 10), (3, 7), (1, 3), (37, 51_200), (5, 1), (999, 1000), (22, 7)] {
            let rounded = f64::from((f64::from(p) / f64::from(q)) as f32);
            assert_eq!(simplest(rounded), Some((i64::from(p), i64::from(q))));
            assert_eq!(simplest(-rounded), Some((-i64::from(p), i64::from(q))));
        }
        assert_eq!(simplest(f64::from(std::f32::consts::PI / 1000.0)), None);
        assert_eq!(simplest(0.0), Some((0, 1)));
    }

    #[test]
    fn every_fraction_found_rounds_to_the_number() {
        let mut seed = 1u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = f64::from((seed >> 40) as f32 / 16_777_216.0);
            if let Some((p, q)) = simplest(number) {
                assert_eq!((p as f64 / q as f64) as f32, number as f32);
                // None simpler, by trying.
                for own in 1..q.min(300) {
                    let near = (number * own as f64).round();
                    assert_ne!((near / own as f64) as f32, number as f32, "{number} {p}/{q}");
                }
            }
        }
    }

    #[test]
    fn tenths_have_ten_and_other_numbers_a_power_of_two() {
        let tenths: Vec<f64> = (0..10).map(|i| f64::from(i as f32 / 10.0)).collect();
        let found = common(tenths.iter().copied(), 10.0).unwrap();
        assert_eq!(found, Denominator::Fractions(10));
        assert_eq!(found.count(f64::from(0.3f32)), 3);
        let odd = [0.036_864_34_f32, -1.234_567, 0.412_345_6, 0.777_123_4, -0.291_117_8];
        let odd = odd.map(f64::from);
        let found = common(odd.iter().copied(), 4.0).unwrap();
        let Denominator::Bits(bits) = found else { panic!("{found:?}") };
        assert!((20..=34).contains(&bits), "{bits}");
        for number in odd {
            assert_eq!(found.count(number) as f64 / found.get() as f64, number);
        }
        assert!(common([1e12].into_iter(), 1e12).is_err());
    }
}
