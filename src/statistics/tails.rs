//! Whether a tail of a distribution is heavier than a risk.
//!
//! The distributions here are given by the ratios of neighbouring chances, which fall
//! from each value to the next. So the two sides of a value are compared without any
//! binomial coefficient: relative to the chance of that value, and with `a / b` the risk,
//!
//! ```text
//! P(X ≤ v) > a/b   ⟺   (b − a) · P(X ≤ v) > a · P(X > v)
//! ```
//!
//! Both sides are first bracketed in fixed point, rounded down and rounded up. Where
//! the brackets overlap, which takes a tie or nearly one, exact fractions decide.

use num_bigint::BigUint;

use super::risk::Risk;

/// Binary places of the brackets.
const PLACES: u64 = 256;
/// Terms that are this many binary places below their sum are bounded together.
const NEGLIGIBLE: u64 = 192;

/// `above[0] · above[1] / (below[0] · below[1])`, all above 0.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ratio {
    pub(super) above: [u64; 2],
    pub(super) below: [u64; 2],
}

impl Ratio {
    const fn inverse(self) -> Self {
        Self { above: self.below, below: self.above }
    }

    fn falls(self) -> bool {
        let product = |[a, b]: [u64; 2]| u128::from(a) * u128::from(b);
        product(self.above) <= product(self.below)
    }

    fn times(self, term: &mut BigUint) {
        self.above.into_iter().for_each(|factor| *term *= factor);
    }

    /// Multiplies, and rounds down.
    fn times_down(self, term: &mut BigUint) {
        self.times(term);
        self.below.into_iter().for_each(|divisor| *term /= divisor);
    }

    /// Multiplies, and rounds up.
    fn times_up(self, term: &mut BigUint) {
        self.times(term);
        for divisor in self.below {
            *term += divisor - 1;
            *term /= divisor;
        }
    }
}

/// A distribution over whole numbers without gaps.
pub(super) trait Terms {
    /// The least and the greatest value with a chance above 0.
    fn values(&self) -> (u64, u64);

    /// The chance of `value + 1` over that of `value`; both have one above 0. It falls
    /// as values rise.
    fn ratio(&self, value: u64) -> Ratio;
}

/// Whether `P(X ≤ value)` is greater than the risk.
pub(super) fn exceeds(terms: &impl Terms, value: u64, risk: Risk) -> bool {
    let (least, most) = terms.values();
    if value >= most {
        return true;
    }
    if value < least {
        return false;
    }
    // From the value away, on either side.
    let down = |step: u64| terms.ratio(value - step).inverse();
    let up = |step: u64| terms.ratio(value + (step - 1));
    let [steps_down, steps_up] = [value - least, most - value];
    let (part, rest) = (risk.part, risk.of.saturating_sub(risk.part));

    let low = Bracket::of(steps_down, down).plus_one();
    let high = Bracket::of(steps_up, up);
    if &low.least * rest > &high.most * part {
        return true;
    }
    if &low.most * rest <= &high.least * part {
        return false;
    }
    let (low, low_of) = exact(steps_down, down);
    let (high, high_of) = exact(steps_up, up);
    (low + &low_of) * high_of * rest > high * low_of * part
}

/// A sum of products of the first ratios, between two bounds of [`PLACES`] binary places.
struct Bracket {
    least: BigUint,
    most: BigUint,
}

impl Bracket {
    /// `r(1) + r(1)·r(2) + …`, of so many ratios, which fall.
    fn of(steps: u64, ratio: impl Fn(u64) -> Ratio) -> Self {
        let one = || BigUint::from(1u8) << PLACES;
        let (mut down, mut up) = (one(), one());
        let mut sum = Self { least: BigUint::ZERO, most: BigUint::ZERO };
        for step in 1..=steps {
            let ratio = ratio(step);
            if ratio.falls() && up.bits() + NEGLIGIBLE < sum.most.bits().max(PLACES) {
                // From here on no term is above the last one.
                sum.most += up * (steps - step + 1);
                return sum;
            }
            ratio.times_down(&mut down);
            ratio.times_up(&mut up);
            sum.least += &down;
            sum.most += &up;
        }
        sum
    }

    fn plus_one(mut self) -> Self {
        let one = BigUint::from(1u8) << PLACES;
        self.least += &one;
        self.most += one;
        self
    }
}

/// The same sum as a fraction: its numerator and its denominator.
fn exact(steps: u64, ratio: impl Fn(u64) -> Ratio) -> (BigUint, BigUint) {
    let (mut above, mut below) = (BigUint::ZERO, BigUint::from(1u8));
    // r(1) · (1 + r(2) · (1 + …)), from the inside.
    for step in (1..=steps).rev() {
        let ratio = ratio(step);
        above += &below;
        ratio.times(&mut above);
        ratio.inverse().times(&mut below);
    }
    (above, below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Chances in proportion to 4, 6, 4, 1.
    struct Given;

    impl Terms for Given {
        fn values(&self) -> (u64, u64) {
            (2, 5)
        }

        fn ratio(&self, value: u64) -> Ratio {
            let chances = [4, 6, 4, 1];
            let at = (value - 2) as usize;
            Ratio { above: [chances[at + 1], 1], below: [chances[at], 1] }
        }
    }

    #[test]
    fn ties_are_decided_by_exact_fractions() {
        let exceeds = |value, part, of| exceeds(&Given, value, Risk::new(part, of).unwrap());
        // 4, 10 and 14 of 15.
        for (value, part) in [(2, 4), (3, 10), (4, 14)] {
            assert!(!exceeds(value, part, 15));
            assert!(!exceeds(value, part * 1_000_000 + 1, 15_000_000));
            assert!(exceeds(value, part * 1_000_000 - 1, 15_000_000));
        }
        assert!(!exceeds(1, 1, u64::MAX));
        assert!(exceeds(5, u64::MAX - 1, u64::MAX));
    }
}
