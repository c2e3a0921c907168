//! Fourier transforms over one domain, with its roots at hand.

use ff::Field;

use super::roots::{powers, root};
use super::simd::{self, Ifma};
use crate::argument::lane::ROWS;
use crate::field::Scalar;

/// Transforms between coefficients and values at the powers of a root of unity.
pub(super) struct Transform {
    len: usize,
    /// By coefficients' values.
    forward: Direction,
    /// By the inverse root, then divided by the number of points.
    backward: Direction,
}

/// A transform in one direction, as this machine does it fastest.
enum Direction {
    /// The powers of the root, the first half of them, and a factor.
    Plain(Vec<Scalar>, Scalar),
    Ifma(Ifma, simd::Direction),
}

impl Direction {
    fn new(root: Scalar, len: usize, share: Scalar) -> Self {
        if len >= 64
            && let Some(processor) = Ifma::detect()
        {
            let roots = powers(Scalar::ONE, root, len);
            let direction = simd::Direction::new(&processor, &roots, share);
            return Self::Ifma(processor, direction);
        }
        Self::plain(root, len, share)
    }

    fn plain(root: Scalar, len: usize, share: Scalar) -> Self {
        Self::Plain(powers(Scalar::ONE, root, len / 2), share)
    }

    fn run(&self, values: &mut [Scalar]) {
        match self {
            Self::Plain(roots, share) => {
                butterflies(values, roots);
                if *share != Scalar::ONE {
                    values.iter_mut().for_each(|value| *value *= share);
                }
            }
            Self::Ifma(processor, direction) => direction.run(processor, values),
        }
    }
}

impl Transform {
    /// The domain of the roots of unity of as many as a column has rows.
    pub(super) fn of_rows() -> Self {
        Self::new(root(ROWS), ROWS)
    }

    /// The domain of a primitive root of unity of order `len`, a power of two
    /// above one and at most 2^14.
    pub(super) fn new(root: Scalar, len: usize) -> Self {
        Self::with(root, len, Direction::new)
    }

    fn with(
        root: Scalar,
        len: usize,
        direction: impl Fn(Scalar, usize, Scalar) -> Direction,
    ) -> Self {
        assert!(len.is_power_of_two() && len > 1 && len <= 1 << 14, "a power of two");
        let invert = |value: Scalar| value.invert().expect("not zero");
        let share = invert(Scalar::from(len as u64));
        Self {
            len,
            forward: direction(root, len, Scalar::ONE),
            backward: direction(invert(root), len, share),
        }
    }

    /// From coefficients to values.
    pub(super) fn values(&self, coefficients: &mut [Scalar]) {
        assert_eq!(coefficients.len(), self.len, "as many coefficients as points");
        self.forward.run(coefficients);
    }

    /// From values to coefficients.
    pub(super) fn coefficients(&self, values: &mut [Scalar]) {
        assert_eq!(values.len(), self.len, "a value for each point");
        self.backward.run(values);
    }
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
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn values_are_those_of_the_polynomial() {
        for log in 1..9 {
            let transform = Transform::new(root(1 << log), 1 << log);
            let polynomial: Vec<Scalar> = (0..1 << log).map(|_| Scalar::random(OsRng)).collect();
            let at = |x: Scalar| polynomial.iter().rev().fold(Scalar::ZERO, |sum, c| sum * x + c);
            let naive: Vec<Scalar> =
                powers(Scalar::ONE, root(1 << log), 1 << log).into_iter().map(at).collect();
            let mut values = polynomial.clone();
            transform.values(&mut values);
            assert_eq!(values, naive);
            transform.coefficients(&mut values);
            assert_eq!(values, polynomial);
        }
    }

    /// The largest sums that each way of transforming comes to.
    #[test]
    fn all_ways_agree_on_extremes() {
        for log in [6, 12, 13, 14] {
            let len = 1 << log;
            let fast = Transform::new(root(len), len);
            let plain = Transform::with(root(len), len, Direction::plain);
            // The residue r − 1 is that of the largest element there is.
            let largest = -Scalar::from(2).invert().unwrap().pow([256]);
            let random = (0..len).map(|_| Scalar::random(OsRng)).collect();
            let alternating = (0..len).map(|i| if i % 3 == 0 { largest } else { Scalar::ZERO });
            for values in
                [vec![largest; len], vec![Scalar::ZERO; len], alternating.collect(), random]
            {
                for way in [Transform::values, Transform::coefficients] {
                    let (mut one, mut other) = (values.clone(), values.clone());
                    way(&fast, &mut one);
                    way(&plain, &mut other);
                    assert_eq!(one, other);
                }
            }
        }
    }
}
