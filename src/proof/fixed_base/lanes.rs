//! Eight elements of the curve's base field at a time, with AVX-512 IFMA.
//!
//! An element a stands as a·2^416 mod p in eight limbs of 52 bits: the 35 bits
//! that p leaves free take up what sums and differences add, so that nothing is
//! reduced between multiplications (Gueron and Krasnov, "Accelerating big
//! integer arithmetic using Intel IFMA extensions", 2016; the multiplication is
//! Montgomery's, limb by limb).
//!
//! Every function here needs a processor with AVX-512 F and IFMA.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_mask_sub_epi64, _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2,
    _mm512_srai_epi64, _mm512_srli_epi64, _mm512_sub_epi64, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi64,
};

use blst::blst_fp;
use bytemuck::cast;
use halo2curves::Fp;

/// Limbs of one element, the lowest first; the last may be negative, and so
/// may all be after a negation.
pub(super) type Limbs = [u64; 8];

const BITS: u32 = 52;
const MASK: u64 = (1 << BITS) - 1;

const MODULUS: Limbs = [
    0xeffff_ffff_aaab,
    0xfeb15_3fff_fb9f,
    0x6b0f6_241e_abff,
    0x12bf6_730d_2a0f,
    0x76477_4b84_f385,
    0x1ba7b_6434_bacd,
    0x1ea39_7fe6_9a4b,
    0x1_a011,
];
/// −p^-1 mod 2^52.
const NEGATED_INVERSE: u64 = 0x3fffc_fffc_fffd;
/// 2^22·p: makes differences positive.
const BIAS: Limbs = [
    0xfffea_aac0_0000,
    0xffffe_e7fb_ffff,
    0x907aa_ffff_ac54,
    0xcc34a_83da_c3d8,
    0x2e13c_e144_afd9,
    0x90d2e_b35d_91dd,
    0xff9a6_92c6_e9ed,
    0x68_0447_a8e5,
];
/// 2^448 mod p: from the curve library's form (a·2^384) to this one.
const INTO: Limbs = [
    0x7fde3_7dba_9366,
    0x4e275_25bc_342b,
    0x1f5b1_e977_8489,
    0xb872b_2b91_b9dc,
    0xb206f_497d_fcaf,
    0x4137c_c89a_9b0b,
    0xd9d20_d7e3_9959,
    0x411c,
];
/// 2^384 mod p: back.
const BACK: Limbs = [
    0x90000_0002_fffd,
    0x0bc40_c000_2760,
    0x3c758_baeb_f400,
    0x57455_f489_8575,
    0xd77ce_5853_7052,
    0x071a9_7a25_6ec6,
    0xec3fa_80e4_935c,
    0x1_5f65,
];
/// 2^416 mod p: the element one.
pub(super) const ONE: Limbs = [
    0x6480e_a8e9_b9af,
    0x65766_c8fe_444f,
    0x8b540_fea9_6f7d,
    0x3b2ee_82ef_d422,
    0xa6723_e5f0_ade5,
    0xff6eb_6fdd_4230,
    0xe06ef_23c2_4a25,
    0x1_4c8e,
];

/// Limb i of eight elements in vector i.
#[derive(Clone, Copy)]
pub(super) struct Lanes([__m512i; 8]);

// Loops below go by index: what an iterator's adapters are compiled to does not
// have the instructions.

/// The same element eight times.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn splat(element: &Limbs) -> Lanes {
    let mut lanes = [_mm512_setzero_si512(); 8];
    for i in 0..8 {
        lanes[i] = _mm512_set1_epi64(element[i] as i64);
    }
    Lanes(lanes)
}

/// Eight elements side by side.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn load(elements: [&Limbs; 8]) -> Lanes {
    let mut rows = [_mm512_setzero_si512(); 8];
    for i in 0..8 {
        rows[i] = cast::<Limbs, __m512i>(*elements[i]);
    }
    transposed(&rows)
}

/// The eight elements.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn store(lanes: &Lanes) -> [Limbs; 8] {
    let rows = transposed(&lanes.0).0;
    let mut elements = [[0; 8]; 8];
    for i in 0..8 {
        elements[i] = cast::<__m512i, Limbs>(rows[i]);
    }
    elements
}

/// A square of 8×8 limbs, rows for columns.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn transposed(rows: &[__m512i; 8]) -> Lanes {
    let mut lanes = [_mm512_setzero_si512(); 8];
    // Of each two rows the even limbs, then the odd ones.
    for odd in 0..2 {
        let mut pairs = [_mm512_setzero_si512(); 4];
        for i in 0..4 {
            let (one, other) = (rows[2 * i], rows[2 * i + 1]);
            pairs[i] = if odd == 0 {
                _mm512_unpacklo_epi64(one, other)
            } else {
                _mm512_unpackhi_epi64(one, other)
            };
        }
        let [ab, cd, ef, gh] = pairs;
        let (low, high) =
            (_mm512_shuffle_i64x2::<0x88>(ab, cd), _mm512_shuffle_i64x2::<0x88>(ef, gh));
        lanes[odd] = _mm512_shuffle_i64x2::<0x88>(low, high);
        lanes[odd + 4] = _mm512_shuffle_i64x2::<0xdd>(low, high);
        let (low, high) =
            (_mm512_shuffle_i64x2::<0xdd>(ab, cd), _mm512_shuffle_i64x2::<0xdd>(ef, gh));
        lanes[odd + 2] = _mm512_shuffle_i64x2::<0x88>(low, high);
        lanes[odd + 6] = _mm512_shuffle_i64x2::<0xdd>(low, high);
    }
    Lanes(lanes)
}

/// `a·b`, below 2p. Both must be positive, with limbs of 52 bits, and a·b below
/// 2^416·p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply(a: &Lanes, b: &Lanes) -> Lanes {
    let zero = _mm512_setzero_si512();
    let Lanes(modulus) = splat(&MODULUS);
    let inverse = _mm512_set1_epi64(NEGATED_INVERSE as i64);
    let mut sum = [zero; 8];
    for i in 0..8 {
        let digit = b.0[i];
        for j in 0..8 {
            sum[j] = _mm512_madd52lo_epu64(sum[j], a.0[j], digit);
        }
        // This multiple of p clears the lowest limb, which then falls away.
        let multiple = _mm512_madd52lo_epu64(zero, sum[0], inverse);
        for j in 0..8 {
            sum[j] = _mm512_madd52lo_epu64(sum[j], modulus[j], multiple);
        }
        let carry = _mm512_srli_epi64::<BITS>(sum[0]);
        sum[0] = _mm512_add_epi64(sum[1], carry);
        for j in 1..7 {
            sum[j] = sum[j + 1];
        }
        sum[7] = zero;
        for j in 0..8 {
            sum[j] = _mm512_madd52hi_epu64(sum[j], a.0[j], digit);
            sum[j] = _mm512_madd52hi_epu64(sum[j], modulus[j], multiple);
        }
    }
    carried(sum)
}

/// Limbs of 52 bits again; the last takes the sign.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn carried(mut limbs: [__m512i; 8]) -> Lanes {
    let mask = _mm512_set1_epi64(MASK as i64);
    for i in 0..7 {
        let carry = _mm512_srai_epi64::<BITS>(limbs[i]);
        limbs[i] = _mm512_and_si512(limbs[i], mask);
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], carry);
    }
    Lanes(limbs)
}

/// `a − b`, of either sign.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn subtract(a: &Lanes, b: &Lanes) -> Lanes {
    let mut limbs = a.0;
    for i in 0..8 {
        limbs[i] = _mm512_sub_epi64(limbs[i], b.0[i]);
    }
    carried(limbs)
}

/// `a − b`, positive and fit for multiplication. Both must be below 2^21·p in
/// magnitude.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn difference(a: &Lanes, b: &Lanes) -> Lanes {
    let Lanes(mut limbs) = splat(&BIAS);
    for i in 0..8 {
        limbs[i] = _mm512_add_epi64(limbs[i], _mm512_sub_epi64(a.0[i], b.0[i]));
    }
    carried(limbs)
}

/// `−a` in the lanes whose bit is set, limb by limb; a in the others.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn negated_where(bits: u8, a: &Lanes) -> Lanes {
    let mut limbs = a.0;
    for limb in &mut limbs {
        *limb = _mm512_mask_sub_epi64(*limb, bits, _mm512_setzero_si512(), *limb);
    }
    Lanes(limbs)
}

/// The same elements, positive and below 2p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn settled(a: &Lanes) -> Lanes {
    let zero = Lanes([_mm512_setzero_si512(); 8]);
    multiply(&difference(a, &zero), &splat(&ONE))
}

/// `−a`, limb by limb.
#[inline]
pub(super) fn negated(element: Limbs) -> Limbs {
    element.map(u64::wrapping_neg)
}

/// From the curve library's elements.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn from_fp(elements: [Fp; 8]) -> [Limbs; 8] {
    let limbs = elements.map(|element| unpacked(&blst_fp::from(element).l));
    store(&multiply(&load(limbs.each_ref()), &splat(&INTO)))
}

/// To the curve library's elements.
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn to_fp(elements: [&Limbs; 8]) -> [Fp; 8] {
    let lanes = settled(&load(elements));
    store(&multiply(&lanes, &splat(&BACK))).map(|limbs| {
        // Below 2p.
        let reduced = less_modulus(&limbs).unwrap_or(limbs);
        Fp::from(blst_fp { l: packed(&reduced) })
    })
}

/// `a − p`, if that is not negative; limbs of 52 bits.
fn less_modulus(limbs: &Limbs) -> Option<Limbs> {
    let mut borrow = 0;
    let mut rest = [0; 8];
    for ((rest, limb), own) in rest.iter_mut().zip(limbs).zip(MODULUS) {
        let difference = limb.wrapping_sub(own).wrapping_sub(borrow);
        *rest = difference & MASK;
        borrow = difference >> 63;
    }
    (borrow == 0).then_some(rest)
}

/// Six limbs of 64 bits as eight of 52.
fn unpacked(words: &[u64; 6]) -> Limbs {
    std::array::from_fn(|i| {
        let (word, bit) = (i * BITS as usize / 64, i * BITS as usize % 64);
        let high = words.get(word + 1).copied().unwrap_or(0);
        let wide = u128::from(words.get(word).copied().unwrap_or(0)) | u128::from(high) << 64;
        (wide >> bit) as u64 & MASK
    })
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
