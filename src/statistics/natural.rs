//! Natural numbers of any size, as far as binomial sums need them.

use std::cmp::Ordering;

/// A natural number: 64-bit digits, the least first, the last not 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Natural(Vec<u64>);

impl Natural {
    pub(super) fn new(value: u64) -> Self {
        let mut number = Self(vec![value]);
        number.trim();
        number
    }

    /// `base` to a power.
    pub(super) fn power(base: u64, exponent: u64) -> Self {
        let mut number = Self::new(1);
        (0..exponent).for_each(|_| number.multiply(base));
        number
    }

    pub(super) fn multiply(&mut self, factor: u64) {
        let mut carry = 0;
        for digit in &mut self.0 {
            let product = u128::from(*digit) * u128::from(factor) + carry;
            *digit = product as u64;
            carry = product >> 64;
        }
        self.0.push(carry as u64);
        self.trim();
    }

    /// Divides by a divisor above 0; what remains is dropped.
    pub(super) fn divide(&mut self, divisor: u64) {
        let mut rest = 0;
        for digit in self.0.iter_mut().rev() {
            let value = (rest << 64) | u128::from(*digit);
            *digit = (value / u128::from(divisor)) as u64;
            rest = value % u128::from(divisor);
        }
        self.trim();
    }

    pub(super) fn add(&mut self, other: &Self) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        let mut carry = false;
        for (at, digit) in self.0.iter_mut().enumerate() {
            let (sum, over) = digit.overflowing_add(other.0.get(at).copied().unwrap_or(0));
            let (sum, again) = sum.overflowing_add(u64::from(carry));
            (*digit, carry) = (sum, over || again);
        }
        self.0.push(u64::from(carry));
        self.trim();
    }

    fn trim(&mut self) {
        while self.0.last() == Some(&0) {
            self.0.pop();
        }
    }
}

impl Ord for Natural {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_length = self.0.len().cmp(&other.0.len());
        by_length.then_with(|| self.0.iter().rev().cmp(other.0.iter().rev()))
    }
}

impl PartialOrd for Natural {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn small_ones_are_those_of_the_machine(a: u64, b: u64, c in 1u64..) {
            let of = |value: u128| {
                let mut number = Natural::new((value >> 64) as u64);
                (0..2).for_each(|_| number.multiply(1 << 32));
                number.add(&Natural::new(value as u64));
                number
            };
            let product = u128::from(a) * u128::from(b);
            let mut number = Natural::new(a);
            number.multiply(b);
            prop_assert_eq!(&number, &of(product));
            number.divide(c);
            prop_assert_eq!(&number, &of(product / u128::from(c)));
            let mut number = Natural::new(a);
            number.add(&Natural::new(b));
            prop_assert_eq!(&number, &of(u128::from(a) + u128::from(b)));
            prop_assert_eq!(of(product).cmp(&number), product.cmp(&(u128::from(a) + u128::from(b))));
        }
    }
}
