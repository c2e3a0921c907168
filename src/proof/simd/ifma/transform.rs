//! Transforms of eight elements at a time.
//!
//! The n = 8m points are eight interleaved transforms of m points, one in each
//! place of the vectors, then m transforms of eight points (Gentleman and Sande's two steps).
#![allow(clippy::needless_range_loop, reason = "adapters are compiled without the instructions")]

use std::arch::x86_64::{_mm512_add_epi64, _mm512_setzero_si512, _mm512_sub_epi64};

use super::scalars::{
    Elements, Limbs, Order, limbs_of_root, load, multiple, multiply, side_by_side, store,
};
use super::vector::{
    Ifma, Vector, WIDTH, add, carried, difference, product, splat, transposed, zero,
};
use crate::field::Scalar;

/// A transform in one direction.
pub(in crate::proof) struct Direction {
    /// Powers of the m-th root, the first half of them.
    inner: Vec<Limbs>,
    /// For each c the powers of the n-th root `w^(b·c)`, one for each b.
    between: Vec<[Limbs; WIDTH]>,
    /// The first four powers of the eighth root.
    outer: [Limbs; 4],
    /// What every value is multiplied by.
    share: Limbs,
}

impl Direction {
    /// The transform whose points are the powers of a primitive root of unity,
    /// which are a multiple of 64, times a factor.
    pub(in crate::proof) fn new(_processor: &Ifma, roots: &[Scalar], share: Scalar) -> Self {
        let m = roots.len() / WIDTH;
        let at = |exponent: usize| limbs_of_root(roots[exponent % roots.len()]);
        Self {
            inner: (0..m / 2).map(|j| at(WIDTH * j)).collect(),
            between: (0..m).map(|c| std::array::from_fn(|b| at(b * c))).collect(),
            outer: std::array::from_fn(|j| at(m * j)),
            share: limbs_of_root(share),
        }
    }

    /// Transforms as many values as the root has powers.
    #[allow(unsafe_code, reason = "a call of a function that needs the instructions")]
    pub(in crate::proof) fn run(&self, _processor: &Ifma, values: &mut [Scalar]) {
        assert_eq!(values.len(), WIDTH * self.between.len(), "a value for each point");
        // SAFETY: an `Ifma` is made by `detect` alone, so this processor has
        // the instructions that the function was compiled for.
        unsafe { transform(self, values) }
    }
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn transform(direction: &Direction, values: &mut [Scalar]) {
    let m = values.len() / WIDTH;
    let mut vectors: Vec<Elements> = vec![zero(); m];
    for a in 0..m {
        vectors[place(a, m)] = load(&values[WIDTH * a..WIDTH * (a + 1)]);
    }
    let transformed = transformed(direction, &mut vectors);
    for a in 0..m {
        store(&transformed[a], &mut values[WIDTH * a..WIDTH * (a + 1)]);
    }
}

/// Where vector `a` of `m` stands before [`transformed`]: its bits are reversed.
#[inline]
pub(super) const fn place(a: usize, m: usize) -> usize {
    a.reverse_bits() >> (usize::BITS - m.ilog2())
}

/// The values, below 2r, of coefficients below 2r at their places.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn transformed(direction: &Direction, vectors: &mut [Elements]) -> Vec<Elements> {
    let m = vectors.len();
    // Values are below 2r, and each level adds less than 2r: at most 24r before
    // the last of them, which m = 2^11 comes to. Only what is to be multiplied is carried:
    // each level adds less than 2^59 to a limb's magnitude, which stays below 2^63.
    let Vector(twice) = splat(&const { multiple(2) });
    let mut half = 1;
    while half < m {
        let stride = direction.inner.len() / half;
        for j in 0..half {
            let root = splat(&direction.inner[j * stride]);
            for first in (j..m).step_by(2 * half) {
                let (left, right) = (vectors[first].0, vectors[first + half].0);
                let turned = product::<5, Order>(&carried(right), &root);
                for i in 0..5 {
                    let biased = _mm512_add_epi64(left[i], twice[i]);
                    vectors[first].0[i] = _mm512_add_epi64(left[i], turned[i]);
                    vectors[first + half].0[i] = _mm512_sub_epi64(biased, turned[i]);
                }
            }
        }
        half *= 2;
    }
    let share = splat(&direction.share);
    let mut transformed: Vec<Elements> = vec![zero(); m];
    for c in (0..m).step_by(WIDTH) {
        let mut group = [zero(); WIDTH];
        for i in 0..WIDTH {
            let roots = side_by_side(&direction.between[c + i]);
            group[i] = multiply(&carried(vectors[c + i].0), &roots);
        }
        let results = eight_points(&turned_over(&group), &direction.outer);
        for d in 0..WIDTH {
            transformed[(m * d + c) / WIDTH] = multiply(&results[d], &share);
        }
    }
    transformed
}

/// The transform of eight points, each a vector, below 2r before and 16r after.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn eight_points(points: &[Elements; WIDTH], roots: &[Limbs; 4]) -> [Elements; WIDTH] {
    let mut values = [zero(); WIDTH];
    for i in 0..WIDTH {
        values[i.reverse_bits() >> (usize::BITS - 3)] = points[i];
    }
    // What is not multiplied is not reduced: below 2r, 4r and 8r at each level.
    const BIASES: [Limbs; 3] = [multiple(2), multiple(4), multiple(8)];
    for level in 0..3 {
        let half = 1 << level;
        for j in 0..half {
            for first in (j..WIDTH).step_by(2 * half) {
                let (left, mut right) = (values[first], values[first + half]);
                if j > 0 {
                    let root = splat(&roots[j * (4 / half)]);
                    right = multiply(&right, &root);
                }
                values[first] = add(&left, &right);
                values[first + half] = difference(&left, &right, &BIASES[level]);
            }
        }
    }
    values
}

/// Element i of vector j becomes element j of vector i.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn turned_over(group: &[Elements; WIDTH]) -> [Elements; WIDTH] {
    let mut turned = [zero(); WIDTH];
    for limb in 0..5 {
        let mut rows = [_mm512_setzero_si512(); WIDTH];
        for i in 0..WIDTH {
            rows[i] = group[i].0[limb];
        }
        let columns = transposed(&rows);
        for i in 0..WIDTH {
            turned[i].0[limb] = columns[i];
        }
    }
    turned
}
