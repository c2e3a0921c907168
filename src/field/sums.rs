//! Sums of field elements times small integers, reduced once.
//!
//! A backward pass through a network is little else: as many products as the
//! network has multiplications, each by a weight of at most 40 bits.

use blst::blst_fr;
use ff::PrimeField;

use super::inner::MODULUS;
use super::{Scalar, from_i64};

/// A field with a cheap `Σ weight · element`.
pub trait SmallSums: PrimeField {
    /// A sum that is not reduced yet; the default is zero.
    ///
    /// It holds 2^24 products by weights up to 2^40 in magnitude, and whatever
    /// that is in other weights.
    type Sum: Clone + Copy + Default + Send + Sync;

    /// Adds `weight · element` for each element to the sum at its place.
    fn add_products<'a>(
        weight: i64,
        elements: impl Iterator<Item = &'a Self>,
        sums: impl Iterator<Item = &'a mut Self::Sum>,
    ) where
        Self::Sum: 'a;

    /// The sum as an element.
    fn reduced(sum: &Self::Sum) -> Self;
}

/// A sum of Montgomery residues times integers: `Σ w·(aR mod p)`, the integer
/// itself, in two's complement of 320 bits.
///
/// Residues are below 2^255, so that 2^24 products by 40 bits stay below 2^319.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ResidueSum([u64; 5]);

impl ResidueSum {
    #[inline]
    fn add(&mut self, product: [u64; 5]) {
        let mut carry = false;
        for (limb, by) in self.0.iter_mut().zip(product) {
            let (sum, first) = limb.overflowing_add(by);
            let (sum, second) = sum.overflowing_add(u64::from(carry));
            (*limb, carry) = (sum, first | second);
        }
    }

    #[inline]
    fn subtract(&mut self, product: [u64; 5]) {
        let mut borrow = false;
        for (limb, by) in self.0.iter_mut().zip(product) {
            let (difference, first) = limb.overflowing_sub(by);
            let (difference, second) = difference.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (difference, first | second);
        }
    }
}

/// `factor · residue`.
#[inline]
fn product(factor: u64, residue: [u64; 4]) -> [u64; 5] {
    let mut limbs = [0; 5];
    let mut carry = 0u64;
    for (limb, own) in limbs.iter_mut().zip(residue) {
        let wide = u128::from(factor) * u128::from(own) + u128::from(carry);
        (*limb, carry) = (wide as u64, (wide >> 64) as u64);
    }
    limbs[4] = carry;
    limbs
}

impl SmallSums for Scalar {
    type Sum = ResidueSum;

    #[inline]
    fn add_products<'a>(
        weight: i64,
        elements: impl Iterator<Item = &'a Self>,
        sums: impl Iterator<Item = &'a mut ResidueSum>,
    ) {
        let factor = weight.unsigned_abs();
        let products = elements.map(|element| product(factor, blst_fr::from(*element).l));
        if weight < 0 {
            sums.zip(products).for_each(|(sum, product)| sum.subtract(product));
        } else {
            sums.zip(products).for_each(|(sum, product)| sum.add(product));
        }
    }

    /// With `sum = high·2^256 + low`, and R = 2^256, the residue of `high·R` is
    /// that of the integer `high`, and `low` is below 3p.
    fn reduced(sum: &ResidueSum) -> Self {
        let [a, b, c, d, high] = sum.0;
        let mut low = [a, b, c, d];
        while !below_modulus(&low) {
            let mut rest = ResidueSum([low[0], low[1], low[2], low[3], 0]);
            rest.subtract([MODULUS[0], MODULUS[1], MODULUS[2], MODULUS[3], 0]);
            low.copy_from_slice(&rest.0[..4]);
        }
        let low = Self::from(blst_fr { l: low });
        match high as i64 {
            0 => low,
            high => low + from_i64::<Self>(high),
        }
    }
}

fn below_modulus(limbs: &[u64; 4]) -> bool {
    limbs.iter().rev().lt(MODULUS.iter().rev())
}

#[cfg(test)]
mod tests {
    use ff::Field;
    use proptest::prelude::*;
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn the_modulus_is_the_fields() {
        let minus_one = crate::field::encode(&-Scalar::ONE);
        let limbs: Vec<u64> =
            minus_one.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)).collect();
        assert_eq!(limbs, [MODULUS[0] - 1, MODULUS[1], MODULUS[2], MODULUS[3]]);
    }

    fn naive(weights: &[i64], elements: &[Scalar]) -> Scalar {
        weights.iter().zip(elements).map(|(w, e)| from_i64::<Scalar>(*w) * e).sum()
    }

    fn summed(weights: &[i64], elements: &[Scalar]) -> Scalar {
        let mut sum = ResidueSum::default();
        for (weight, element) in weights.iter().zip(elements) {
            Scalar::add_products(*weight, [element].into_iter(), [&mut sum].into_iter());
        }
        Scalar::reduced(&sum)
    }

    /// The element whose residue is the largest there is.
    fn largest() -> Scalar {
        let [a, b, c, d] = MODULUS;
        Scalar::from(blst_fr { l: [a - 1, b, c, d] })
    }

    #[test]
    fn sums_at_the_ends_of_the_range_are_right() {
        // 2^24 products by 2^40, as 2^15 by the same together.
        for weight in [1i64 << 49, -(1 << 49)] {
            let (weights, elements) = (vec![weight; 1 << 15], vec![largest(); 1 << 15]);
            assert_eq!(summed(&weights, &elements), naive(&weights, &elements));
        }
        let ones = [Scalar::ONE, largest(), Scalar::ZERO, -Scalar::ONE];
        for weights in [[0, 0, 0, 0], [1, 1, 1, 1], [-1, -1, -1, -1], [1, 2, 3, -4]] {
            assert_eq!(summed(&weights, &ones), naive(&weights, &ones));
        }
    }

    proptest! {
        #[test]
        fn sums_are_those_of_the_field(
            weights in prop::collection::vec(-(1i64 << 40)..=1 << 40, 0..20),
        ) {
            let elements: Vec<Scalar> =
                weights.iter().map(|_| Scalar::random(OsRng)).collect();
            prop_assert_eq!(summed(&weights, &elements), naive(&weights, &elements));
        }
    }
}
