//! Eight field elements side by side, and their sums and products.
#![allow(clippy::needless_range_loop, reason = "adapters are compiled without the instructions")]

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_madd52hi_epu64, _mm512_madd52lo_epu64,
    _mm512_set1_epi64, _mm512_setzero_si512, _mm512_shuffle_i64x2, _mm512_srai_epi64,
    _mm512_srli_epi64, _mm512_sub_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64,
};

/// Elements of a vector.
pub(super) const WIDTH: usize = 8;
/// Bits of a limb.
pub(super) const BITS: u32 = 52;
/// A limb of ones.
pub(super) const MASK: u64 = (1 << BITS) - 1;

/// Proof that this processor has AVX-512 F and IFMA, which every function that
/// works on vectors needs.
pub(in crate::proof) struct Ifma(());

impl Ifma {
    pub(in crate::proof) fn detect() -> Option<Self> {
        let can = is_x86_feature_detected!("avx512f") && is_x86_feature_detected!("avx512ifma");
        can.then_some(Self(()))
    }
}

/// A prime p in limbs, the lowest first.
pub(super) trait Modulus<const N: usize> {
    const LIMBS: [u64; N];
    /// −p^-1 mod 2^52.
    const NEGATED_INVERSE: u64;
}

/// Limb i of eight elements in vector i; the last may be negative.
#[derive(Clone, Copy)]
pub(in crate::proof) struct Vector<const N: usize>(pub(super) [__m512i; N]);

/// Words of 64 bits as limbs of 52.
pub(super) fn unpacked<const N: usize>(words: &[u64]) -> [u64; N] {
    std::array::from_fn(|i| {
        let (word, bit) = (i * BITS as usize / 64, i * BITS as usize % 64);
        let at = |word: usize| u128::from(words.get(word).copied().unwrap_or(0));
        ((at(word) | at(word + 1) << 64) >> bit) as u64 & MASK
    })
}

/// Zero eight times.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn zero<const N: usize>() -> Vector<N> {
    Vector([_mm512_setzero_si512(); N])
}

/// The same element eight times.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn splat<const N: usize>(element: &[u64; N]) -> Vector<N> {
    let mut vector = zero();
    for i in 0..N {
        vector.0[i] = _mm512_set1_epi64(element[i] as i64);
    }
    vector
}

/// A square of 8×8 words, rows for columns.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn transposed(rows: &[__m512i; WIDTH]) -> [__m512i; WIDTH] {
    let mut columns = [_mm512_setzero_si512(); WIDTH];
    // Of each two rows the even words, then the odd ones.
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
        columns[odd] = _mm512_shuffle_i64x2::<0x88>(low, high);
        columns[odd + 4] = _mm512_shuffle_i64x2::<0xdd>(low, high);
        let (low, high) =
            (_mm512_shuffle_i64x2::<0xdd>(ab, cd), _mm512_shuffle_i64x2::<0xdd>(ef, gh));
        columns[odd + 2] = _mm512_shuffle_i64x2::<0x88>(low, high);
        columns[odd + 6] = _mm512_shuffle_i64x2::<0xdd>(low, high);
    }
    columns
}

/// `a·b / 2^(52 N)` mod p, below p + a·b / 2^(52 N). Both must be positive,
/// with limbs of 52 bits.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn multiply<const N: usize, M: Modulus<N>>(a: &Vector<N>, b: &Vector<N>) -> Vector<N> {
    carried(product::<N, M>(a, b))
}

/// The same before it is carried: limbs below 2^58.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn product<const N: usize, M: Modulus<N>>(a: &Vector<N>, b: &Vector<N>) -> [__m512i; N] {
    let zero = _mm512_setzero_si512();
    let Vector(modulus) = splat(&M::LIMBS);
    let inverse = _mm512_set1_epi64(M::NEGATED_INVERSE as i64);
    let mut sum = [zero; N];
    for i in 0..N {
        let digit = b.0[i];
        for j in 0..N {
            sum[j] = _mm512_madd52lo_epu64(sum[j], a.0[j], digit);
        }
        // This multiple of p clears the lowest limb, which then falls away.
        let multiple = _mm512_madd52lo_epu64(zero, sum[0], inverse);
        for j in 0..N {
            sum[j] = _mm512_madd52lo_epu64(sum[j], modulus[j], multiple);
        }
        let carry = _mm512_srli_epi64::<BITS>(sum[0]);
        sum[0] = _mm512_add_epi64(sum[1], carry);
        for j in 1..N - 1 {
            sum[j] = sum[j + 1];
        }
        sum[N - 1] = zero;
        for j in 0..N {
            sum[j] = _mm512_madd52hi_epu64(sum[j], a.0[j], digit);
            sum[j] = _mm512_madd52hi_epu64(sum[j], modulus[j], multiple);
        }
    }
    sum
}

/// Limbs of 52 bits again; the last takes the sign.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn carried<const N: usize>(mut limbs: [__m512i; N]) -> Vector<N> {
    let mask = _mm512_set1_epi64(MASK as i64);
    for i in 0..N - 1 {
        let carry = _mm512_srai_epi64::<BITS>(limbs[i]);
        limbs[i] = _mm512_and_si512(limbs[i], mask);
        limbs[i + 1] = _mm512_add_epi64(limbs[i + 1], carry);
    }
    Vector(limbs)
}

/// `a + b`.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn add<const N: usize>(a: &Vector<N>, b: &Vector<N>) -> Vector<N> {
    let mut limbs = a.0;
    for i in 0..N {
        limbs[i] = _mm512_add_epi64(limbs[i], b.0[i]);
    }
    carried(limbs)
}

/// `a − b`, of either sign.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn subtract<const N: usize>(a: &Vector<N>, b: &Vector<N>) -> Vector<N> {
    let mut limbs = a.0;
    for i in 0..N {
        limbs[i] = _mm512_sub_epi64(limbs[i], b.0[i]);
    }
    carried(limbs)
}

/// `a − b + bias`, fit for multiplication if that is positive; the bias should
/// be a multiple of p.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
pub(super) fn difference<const N: usize>(
    a: &Vector<N>,
    b: &Vector<N>,
    bias: &[u64; N],
) -> Vector<N> {
    let Vector(mut limbs) = splat(bias);
    for i in 0..N {
        limbs[i] = _mm512_add_epi64(limbs[i], _mm512_sub_epi64(a.0[i], b.0[i]));
    }
    carried(limbs)
}
