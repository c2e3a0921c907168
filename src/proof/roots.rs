//! Roots of unity and powers of scalars.

use ff::{Field, PrimeField};

use crate::field::Scalar;

/// A primitive root of unity of order `len`, a power of two.
pub(super) fn root(len: usize) -> Scalar {
    Scalar::ROOT_OF_UNITY.pow_vartime([1u64 << (Scalar::S - len.ilog2())])
}

/// `first · ratio^i`.
pub(super) fn powers(first: Scalar, ratio: Scalar, count: usize) -> Vec<Scalar> {
    std::iter::successors(Some(first), |power| Some(*power * ratio)).take(count).collect()
}
