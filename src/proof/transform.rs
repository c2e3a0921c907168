//! Fourier transforms over one domain, with its roots at hand.

use ff::Field;

use crate::field::Scalar;

/// Transforms between coefficients and values at the powers of a root of unity.
pub(super) struct Transform {
    /// The powers of the root, the first half of them.
    forward: Vec<Scalar>,
    /// The same of its inverse.
    backward: Vec<Scalar>,
    /// One over the number of points.
    share: Scalar,
}

impl Transform {
    /// The domain of a primitive root of unity of order `len`, a power of two
    /// above one.
    pub(super) fn new(root: Scalar, len: usize) -> Self {
        assert!(len.is_power_of_two() && len > 1, "a power of two");
        let half = |root: Scalar| powers(Scalar::ONE, root, len / 2);
        let invert = |value: Scalar| value.invert().expect("not zero");
        let share = invert(Scalar::from(len as u64));
        Self { forward: half(root), backward: half(invert(root)), share }
    }

    fn len(&self) -> usize {
        2 * self.forward.len()
    }

    /// From coefficients to values.
    pub(super) fn values(&self, coefficients: &mut [Scalar]) {
        butterflies(coefficients, &self.forward);
    }

    /// From values to coefficients.
    pub(super) fn coefficients(&self, values: &mut [Scalar]) {
        assert_eq!(values.len(), self.len(), "a value for each point");
        butterflies(values, &self.backward);
        values.iter_mut().for_each(|value| *value *= self.share);
    }
}

/// `first · ratio^i`.
pub(super) fn powers(first: Scalar, ratio: Scalar, count: usize) -> Vec<Scalar> {
    std::iter::successors(Some(first), |power| Some(*power * ratio)).take(count).collect()
}

/// Cooley and Tukey's transform, decimated in time.
fn butterflies(values: &mut [Scalar], roots: &[Scalar]) {
    let len = values.len();
    assert_eq!(len, 2 * roots.len(), "a value for each point");
    let unused = usize::BITS - len.ilog2();
    for i in 0..len {
        let reversed = i.reverse_bits() >> unused;
        if i < reversed {
            values.swap(i, reversed);
        }
    }
    let mut half = 1;
    while half < len {
        let stride = roots.len() / half;
        for block in values.chunks_exact_mut(2 * half) {
            let (left, right) = block.split_at_mut(half);
            for ((l, r), root) in left.iter_mut().zip(right).zip(roots.iter().step_by(stride)) {
                let turned = *r * root;
                *r = *l - turned;
                *l += turned;
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use ff::PrimeField;
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn values_are_those_of_the_polynomial() {
        for log in 1..6 {
            let root = Scalar::ROOT_OF_UNITY.pow_vartime([1u64 << (Scalar::S - log)]);
            let transform = Transform::new(root, 1 << log);
            let polynomial: Vec<Scalar> = (0..1 << log).map(|_| Scalar::random(OsRng)).collect();
            let at = |x: Scalar| polynomial.iter().rev().fold(Scalar::ZERO, |sum, c| sum * x + c);
            let naive: Vec<Scalar> =
                powers(Scalar::ONE, root, 1 << log).into_iter().map(at).collect();
            let mut values = polynomial.clone();
            transform.values(&mut values);
            assert_eq!(values, naive);
            transform.coefficients(&mut values);
            assert_eq!(values, polynomial);
        }
    }
}
