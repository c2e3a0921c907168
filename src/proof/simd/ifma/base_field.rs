//! Elements of the curve's base field, eight at a time.
//!
//! An element a stands as a·2^416 mod p in eight limbs; p has 381 bits, so that
//! 35 are free.
#![allow(clippy::needless_range_loop, reason = "adapters are compiled without the instructions")]

use std::arch::x86_64::{__m512i, _mm512_mask_sub_epi64, _mm512_setzero_si512};

use blst::blst_fp;
use bytemuck::cast;
use halo2curves::Fp;

use super::vector::{self, BITS, MASK, Modulus, Vector, WIDTH, splat, transposed, zero};

/// Limbs of one element, the lowest first; the last may be negative, and so
/// may all be after a negation.
pub(super) type Limbs = [u64; 8];

/// Eight elements.
pub(super) type Elements = Vector<8>;

/// The modulus of the base field.
pub(super) enum Base {}

impl Modulus<8> for Base {
    const LIMBS: Limbs = [
        0xe_ffff_ffff_aaab,
        0xf_eb15_3fff_fb9f,
        0x6_b0f6_241e_abff,
        0x1_2bf6_730d_2a0f,
        0x7_6477_4b84_f385,
        0x1_ba7b_6434_bacd,
        0x1_ea39_7fe6_9a4b,
        0x1_a011,
    ];
    const NEGATED_INVERSE: u64 = 0x3_fffc_fffc_fffd;
}

/// 2^22·p: makes differences positive.
const BIAS: Limbs = [
    0xf_ffea_aac0_0000,
    0xf_fffe_e7fb_ffff,
    0x9_07aa_ffff_ac54,
    0xc_c34a_83da_c3d8,
    0x2_e13c_e144_afd9,
    0x9_0d2e_b35d_91dd,
    0xf_f9a6_92c6_e9ed,
    0x68_0447_a8e5,
];
/// 2^448 mod p: from the curve library's form (a·2^384) to this one.
const INTO: Limbs = [
    0x7_fde3_7dba_9366,
    0x4_e275_25bc_342b,
    0x1_f5b1_e977_8489,
    0xb_872b_2b91_b9dc,
    0xb_206f_497d_fcaf,
    0x4_137c_c89a_9b0b,
    0xd_9d20_d7e3_9959,
    0x411c,
];
/// 2^384 mod p: back.
const BACK: Limbs = [
    0x9_0000_0002_fffd,
    0xbc40_c000_2760,
    0x3_c758_baeb_f400,
    0x5_7455_f489_8575,
    0xd_77ce_5853_7052,
    0x71a9_7a25_6ec6,
    0xe_c3fa_80e4_935c,
    0x1_5f65,
];
/// 2^416 mod p: the element one.
pub(super) const ONE: Limbs = [
    0x6_480e_a8e9_b9af,
    0x6_5766_c8fe_444f,
    0x8_b540_fea9_6f7d,
    0x3_b2ee_82ef_d422,
    0xa_6723_e5f0_ade5,
    0xf_f6eb_6fdd_4230,
    0xe_06ef_23c2_4a25,
    0x1_4c8e,
];

/// Eight elements side by side.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load(elements: [&Limbs; WIDTH]) -> Elements {
    let mut rows = [_mm512_setzero_si512(); 8];
    for i in 0..8 {
        rows[i] = cast::<Limbs, __m512i>(*elements[i]);
    }
    Vector(transposed(&rows))
}

/// The eight elements.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(elements: &Elements) -> [Limbs; WIDTH] {
    let rows = transposed(&elements.0);
    let mut limbs = [[0; 8]; 8];
    for i in 0..8 {
        limbs[i] = cast::<__m512i, Limbs>(rows[i]);
    }
    limbs
}

/// `a·b`, below 2p. Both must be positive, and a·b below 2^416·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(a: &Elements, b: &Elements) -> Elements {
    vector::multiply::<8, Base>(a, b)
}

/// `a − b`, positive and fit for multiplication. Both must be below 2^21·p in
/// magnitude.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn difference(a: &Elements, b: &Elements) -> Elements {
    vector::difference(a, b, &BIAS)
}

/// `−a` in the places whose bit is set, limb by limb; a in the others.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn negated_where(bits: u8, a: &Elements) -> Elements {
    let mut limbs = a.0;
    for limb in &mut limbs {
        *limb = _mm512_mask_sub_epi64(*limb, bits, _mm512_setzero_si512(), *limb);
    }
    Vector(limbs)
}

/// The same elements, positive and below 2p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn settled(a: &Elements) -> Elements {
    multiply(&difference(a, &zero()), &splat(&ONE))
}

/// `−a`, limb by limb.
#[inline]
pub(super) fn negated(element: Limbs) -> Limbs {
    element.map(u64::wrapping_neg)
}

/// From the curve library's elements.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn from_fp(elements: [Fp; WIDTH]) -> [Limbs; WIDTH] {
    let limbs = elements.map(|element| vector::unpacked(&blst_fp::from(element).l));
    store(&multiply(&load(limbs.each_ref()), &splat(&INTO)))
}

/// To the curve library's elements.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn to_fp(elements: [&Limbs; WIDTH]) -> [Fp; WIDTH] {
    let elements = settled(&load(elements));
    store(&multiply(&elements, &splat(&BACK))).map(|limbs| {
        // Below 2p.
        let reduced = less_modulus(&limbs).unwrap_or(limbs);
        Fp::from(blst_fp { l: packed(&reduced) })
    })
}

/// `a − p`, if that is not negative; limbs of 52 bits.
fn less_modulus(limbs: &Limbs) -> Option<Limbs> {
    let mut borrow = 0;
    let mut rest = [0; 8];
    for ((rest, limb), own) in rest.iter_mut().zip(limbs).zip(Base::LIMBS) {
        let difference = limb.wrapping_sub(own).wrapping_sub(borrow);
        *rest = difference & MASK;
        borrow = difference >> 63;
    }
    (borrow == 0).then_some(rest)
}

/// Eight limbs of 52 bits, below 2^384, as six of 64.
fn packed(limbs: &Limbs) -> [u64; 6] {
    let mut words = [0; 6];
    for (i, limb) in limbs.iter().enumerate() {
        let (word, bit) = (i * BITS as usize / 64, i * BITS as usize % 64);
        let wide = u128::from(*limb) << bit;
        for (word, part) in words[word..].iter_mut().zip([wide as u64, (wide >> 64) as u64]) {
            *word |= part;
        }
    }
    words
}
