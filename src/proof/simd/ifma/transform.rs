//! Transforms of eight elements at a time.
//!
//! The n = 8m points are eight interleaved transforms of m points, one in each
//! place of the vectors, then m transforms of eight points (Gentleman and Sande's two steps). An
//! element stands as its residue a·2^256 mod r in five limbs, the roots as
//! theirs times 2^260, so that a product needs no further factor. r leaves five
//! bits of 260 free: sums stay below 32r without being reduced.
#![allow(clippy::needless_range_loop, reason = "adapters are compiled without the instructions")]

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_cmplt_epi64_mask, _mm512_mask_mov_epi64, _mm512_or_si512,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
};

use blst::blst_fr;
use bytemuck::cast;

use super::vector::{
    BITS, Ifma, MASK, Modulus, Vector, WIDTH, add, difference, multiply, splat, subtract,
    transposed, unpacked, zero,
};
use crate::field::Scalar;

type Limbs = [u64; 5];
type Elements = Vector<5>;

/// The modulus r of the scalar field.
enum Order {}

impl Modulus<5> for Order {
    const LIMBS: Limbs = multiple(1);
    const NEGATED_INVERSE: u64 = 0xf_fffe_ffff_ffff;
}

/// `times · r`, for at most 32.
const fn multiple(times: u64) -> Limbs {
    let order = [
        0xf_ffff_0000_0001,
        0x2fff_e5bf_efff,
        0x9_a1d8_0553_bda4,
        0x7_d483_339d_8080,
        0x73ed_a753_299d,
    ];
    let mut limbs = [0; 5];
    let mut carry = 0;
    let mut i = 0;
    while i < 5 {
        let limb = order[i] * times + carry;
        limbs[i] = limb & MASK;
        carry = limb >> BITS;
        i += 1;
    }
    limbs
}

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

/// The residue of a·2^260: that of a·2^256, sixteen times.
fn limbs_of_root(root: Scalar) -> Limbs {
    unpacked(&blst_fr::from(root * Scalar::from(16)).l)
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn transform(direction: &Direction, values: &mut [Scalar]) {
    let m = values.len() / WIDTH;
    let unused = usize::BITS - m.ilog2();
    let mut vectors: Vec<Elements> = vec![zero(); m];
    for a in 0..m {
        vectors[a.reverse_bits() >> unused] = load(&values[WIDTH * a..WIDTH * (a + 1)]);
    }
    // Values are below r, and each level adds less than 2r: at most 24r before
    // the last of them, which m = 2^11 comes to.
    let mut half = 1;
    while half < m {
        let stride = direction.inner.len() / half;
        for j in 0..half {
            let root = splat(&direction.inner[j * stride]);
            for first in (j..m).step_by(2 * half) {
                let (left, right) = (vectors[first], vectors[first + half]);
                let turned = multiply::<5, Order>(&right, &root);
                vectors[first] = add(&left, &turned);
                vectors[first + half] = difference(&left, &turned, &const { multiple(2) });
            }
        }
        half *= 2;
    }
    let share = splat(&direction.share);
    for c in (0..m).step_by(WIDTH) {
        let mut group = [zero(); WIDTH];
        for i in 0..WIDTH {
            let roots = side_by_side(&direction.between[c + i]);
            group[i] = multiply::<5, Order>(&vectors[c + i], &roots);
        }
        let results = eight_points(&turned_over(&group), &direction.outer);
        for d in 0..WIDTH {
            let value = multiply::<5, Order>(&results[d], &share);
            store(&value, &mut values[m * d + c..m * d + c + WIDTH]);
        }
    }
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
                    right = multiply::<5, Order>(&right, &root);
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

/// Eight elements side by side.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn side_by_side(elements: &[Limbs; WIDTH]) -> Elements {
    let mut rows = [_mm512_setzero_si512(); WIDTH];
    for i in 0..WIDTH {
        let [a, b, c, d, e] = elements[i];
        rows[i] = cast::<[u64; 8], __m512i>([a, b, c, d, e, 0, 0, 0]);
    }
    let [a, b, c, d, e, ..] = transposed(&rows);
    Vector([a, b, c, d, e])
}

/// Eight scalars' residues.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn load(values: &[Scalar]) -> Elements {
    let mut rows = [_mm512_setzero_si512(); WIDTH];
    for i in 0..WIDTH {
        let [a, b, c, d] = blst_fr::from(values[i]).l;
        rows[i] = cast::<[u64; 8], __m512i>([a, b, c, d, 0, 0, 0, 0]);
    }
    let [a, b, c, d, ..] = transposed(&rows);
    let mask = _mm512_set1_epi64(MASK as i64);
    Vector([
        _mm512_and_si512(a, mask),
        _mm512_and_si512(
            _mm512_or_si512(_mm512_srli_epi64::<52>(a), _mm512_slli_epi64::<12>(b)),
            mask,
        ),
        _mm512_and_si512(
            _mm512_or_si512(_mm512_srli_epi64::<40>(b), _mm512_slli_epi64::<24>(c)),
            mask,
        ),
        _mm512_and_si512(
            _mm512_or_si512(_mm512_srli_epi64::<28>(c), _mm512_slli_epi64::<36>(d)),
            mask,
        ),
        _mm512_srli_epi64::<16>(d),
    ])
}

/// Eight residues below 2r as scalars.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn store(elements: &Elements, values: &mut [Scalar]) {
    let reduced = subtract(elements, &splat(&Order::LIMBS));
    let negative = _mm512_cmplt_epi64_mask(reduced.0[4], _mm512_setzero_si512());
    let mut limbs = reduced.0;
    for i in 0..5 {
        limbs[i] = _mm512_mask_mov_epi64(limbs[i], negative, elements.0[i]);
    }
    let [a, b, c, d, e] = limbs;
    let none = _mm512_setzero_si512();
    let rows = transposed(&[
        _mm512_or_si512(a, _mm512_slli_epi64::<52>(b)),
        _mm512_or_si512(_mm512_srli_epi64::<12>(b), _mm512_slli_epi64::<40>(c)),
        _mm512_or_si512(_mm512_srli_epi64::<24>(c), _mm512_slli_epi64::<28>(d)),
        _mm512_or_si512(_mm512_srli_epi64::<36>(d), _mm512_slli_epi64::<16>(e)),
        none,
        none,
        none,
        none,
    ]);
    for i in 0..WIDTH {
        let [a, b, c, d, ..] = cast::<__m512i, [u64; 8]>(rows[i]);
        values[i] = Scalar::from(blst_fr { l: [a, b, c, d] });
    }
}
