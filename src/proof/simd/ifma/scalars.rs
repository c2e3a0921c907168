//! Elements of the scalar field, eight at a time.
//!
//! An element stands as its residue a·2^256 mod r in five limbs, a root as its own times
//! 2^260, so that a product with it needs no further factor. r leaves five bits of 260
//! free: sums stay below 32r without being reduced.
#![allow(clippy::needless_range_loop, reason = "adapters are compiled without the instructions")]

use std::arch::x86_64::{
    __m512i, _mm512_and_si512, _mm512_cmplt_epi64_mask, _mm512_mask_mov_epi64, _mm512_or_si512,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_slli_epi64, _mm512_srli_epi64,
};

use blst::blst_fr;
use bytemuck::cast;

use super::vector::{
    self, BITS, MASK, Modulus, Vector, WIDTH, splat, subtract, transposed, unpacked,
};
use crate::field::Scalar;

pub(super) type Limbs = [u64; 5];
pub(super) type Elements = Vector<5>;

/// The modulus r of the scalar field.
pub(super) enum Order {}

impl Modulus<5> for Order {
    const LIMBS: Limbs = multiple(1);
    const NEGATED_INVERSE: u64 = 0xf_fffe_ffff_ffff;
}

/// `times · r`, for at most 32.
pub(super) const fn multiple(times: u64) -> Limbs {
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

/// `a·b / 2^260`, below 2r. Both must be positive, and a·b below 2^260·r.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(a: &Elements, b: &Elements) -> Elements {
    vector::multiply::<5, Order>(a, b)
}

/// The residue of a·2^260: that of a·2^256, sixteen times.
pub(super) fn limbs_of_root(root: Scalar) -> Limbs {
    unpacked(&blst_fr::from(root * Scalar::from(16)).l)
}

/// Eight elements side by side.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn side_by_side(elements: &[Limbs; WIDTH]) -> Elements {
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
pub(super) fn load(values: &[Scalar]) -> Elements {
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

/// Less a multiple of r, where that is not negative.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn reduced(elements: &Elements, multiple: &Limbs) -> Elements {
    let reduced = subtract(elements, &splat(multiple));
    let negative = _mm512_cmplt_epi64_mask(reduced.0[4], _mm512_setzero_si512());
    let mut limbs = reduced.0;
    for i in 0..5 {
        limbs[i] = _mm512_mask_mov_epi64(limbs[i], negative, elements.0[i]);
    }
    Vector(limbs)
}

/// Eight residues below 2r as scalars.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(elements: &Elements, values: &mut [Scalar]) {
    let Vector([a, b, c, d, e]) = reduced(elements, &Order::LIMBS);
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
