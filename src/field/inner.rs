//! Sums of products of field elements, reduced once.
//!
//! A permutation's matrices are little else. A product of residues takes as many
//! multiplications of words as its reduction.

use blst::blst_fr;

use super::Scalar;

/// The modulus p, as the limbs of a [`Scalar`].
pub(super) const MODULUS: [u64; 4] =
    [0xffff_ffff_0000_0001, 0x53bd_a402_fffe_5bfe, 0x3339_d808_09a1_d805, 0x73ed_a753_299d_7d48];
/// −1/p modulo 2^64.
const INVERSE: u64 = 0xffff_fffe_ffff_ffff;
/// Most products of a sum: it stays below 8p when it is divided by R = 2^256, because
/// p² / R is below 0.46p, and the division adds less than p.
const MOST: usize = 15;

/// `Σ left[i] · right[i]`, of at most 15 products.
#[must_use]
pub fn inner<const N: usize>(left: &[Scalar; N], right: &[Scalar; N]) -> Scalar {
    const { assert!(N <= MOST, "a longer sum may overflow") };
    let mut sum = [0; 9];
    for (left, right) in left.iter().zip(right) {
        add(&mut sum, product(blst_fr::from(*left).l, blst_fr::from(*right).l));
    }
    Scalar::from(blst_fr { l: reduced(sum) })
}

/// `a · b + c + d`, which is below 2^128, in two words.
#[inline(always)]
const fn multiply_add(a: u64, b: u64, c: u64, d: u64) -> (u64, u64) {
    let wide = a as u128 * b as u128 + c as u128 + d as u128;
    (wide as u64, (wide >> 64) as u64)
}

#[inline(always)]
fn product(left: [u64; 4], right: [u64; 4]) -> [u64; 8] {
    let mut product = [0; 8];
    for (i, left) in left.into_iter().enumerate() {
        let mut carry = 0;
        for (j, right) in right.into_iter().enumerate() {
            (product[i + j], carry) = multiply_add(left, right, product[i + j], carry);
        }
        product[i + 4] = carry;
    }
    product
}

#[inline(always)]
fn add(sum: &mut [u64; 9], product: [u64; 8]) {
    let mut carry = false;
    for (limb, by) in sum.iter_mut().zip(product) {
        let (partial, first) = limb.overflowing_add(by);
        let (whole, second) = partial.overflowing_add(u64::from(carry));
        (*limb, carry) = (whole, first | second);
    }
    sum[8] += u64::from(carry);
}

/// `sum / R` modulo p, by Montgomery's reduction.
#[inline(always)]
fn reduced(mut sum: [u64; 9]) -> [u64; 4] {
    let mut above = 0;
    for i in 0..4 {
        let factor = sum[i].wrapping_mul(INVERSE);
        let mut carry = 0;
        for (j, limb) in MODULUS.into_iter().enumerate() {
            (sum[i + j], carry) = multiply_add(factor, limb, sum[i + j], carry);
        }
        // What is carried out of the limb that this one ends in goes into the next.
        (sum[i + 4], above) = multiply_add(1, carry, sum[i + 4], above);
    }
    let [_, _, _, _, a, b, c, d, e] = sum;
    let mut rest = [a, b, c, d, e + above];
    for shift in [2, 1, 0] {
        rest = less(rest, multiple(shift));
    }
    [rest[0], rest[1], rest[2], rest[3]]
}

/// `2^shift · p`.
const fn multiple(shift: u32) -> [u64; 5] {
    let [a, b, c, d] = MODULUS;
    match shift {
        0 => [a, b, c, d, 0],
        _ => {
            let back = 64 - shift;
            [
                a << shift,
                b << shift | a >> back,
                c << shift | b >> back,
                d << shift | c >> back,
                d >> back,
            ]
        }
    }
}

/// `value − by`, unless that is negative.
#[inline(always)]
fn less(value: [u64; 5], by: [u64; 5]) -> [u64; 5] {
    let mut rest = value;
    let mut borrow = false;
    for (limb, by) in rest.iter_mut().zip(by) {
        let (partial, first) = limb.overflowing_sub(by);
        let (whole, second) = partial.overflowing_sub(u64::from(borrow));
        (*limb, borrow) = (whole, first | second);
    }
    if borrow { value } else { rest }
}

#[cfg(test)]
mod tests {
    use ff::Field;
    use proptest::prelude::*;

    use super::*;
    use crate::field;

    fn plain<const N: usize>(left: &[Scalar; N], right: &[Scalar; N]) -> Scalar {
        left.iter().zip(right).fold(Scalar::ZERO, |sum, (a, b)| sum + *a * b)
    }

    #[test]
    fn sums_of_the_greatest_and_the_least_residues() {
        // The residues of these are p − 1, 0, 1 and R mod p.
        let greatest =
            Scalar::from(blst_fr { l: [MODULUS[0] - 1, MODULUS[1], MODULUS[2], MODULUS[3]] });
        let one = Scalar::from(blst_fr { l: [1, 0, 0, 0] });
        for left in [greatest, Scalar::ZERO, one, Scalar::ONE, -Scalar::ONE] {
            for right in [greatest, Scalar::ZERO, one, Scalar::ONE, -Scalar::ONE] {
                assert_eq!(inner(&[left; 15], &[right; 15]), plain(&[left; 15], &[right; 15]));
                assert_eq!(inner(&[left; 9], &[right; 9]), plain(&[left; 9], &[right; 9]));
                assert_eq!(inner(&[left], &[right]), left * right);
            }
        }
        assert_eq!(inner::<0>(&[], &[]), Scalar::ZERO);
    }

    proptest! {
        #[test]
        fn sums_are_those_of_products(bytes in proptest::collection::vec(any::<[u8; 32]>(), 18)) {
            let element = |bytes: &[u8; 32]| {
                let mut wide = [0; 64];
                wide[..32].copy_from_slice(bytes);
                field::from_wide(&wide)
            };
            let (left, right) = bytes.split_at(9);
            let left: [Scalar; 9] = std::array::from_fn(|i| element(&left[i]));
            let right: [Scalar; 9] = std::array::from_fn(|i| element(&right[i]));
            prop_assert_eq!(inner(&left, &right), plain(&left, &right));
        }
    }
}
