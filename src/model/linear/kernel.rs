//! Inner products of integers, as narrow as weights and inputs allow.
//!
//! Sums of products are exact or wrap around 2^64, whatever the width: a program
//! has no sum of 2^62 or more, so all widths give the same.

use super::weights::{List, Weights};

/// Fewest products of 16-bit integers that a 32-bit sum must have room for, or
/// wider ones are taken.
const LEAST_BLOCK: u64 = 64;

/// An input of a map whose products with weights of type `W` are summed.
pub(super) trait Factor<W>: Copy + Default + Send + Sync {
    /// The inner product; `block` products fit a 32-bit sum, where one is used.
    fn dot(row: &[W], input: &[Self], block: usize) -> i64;
}

macro_rules! factors {
    ($($weight:ty),* => $input:ty, $dot:ident) => {
        $(impl Factor<$weight> for $input {
            #[inline(always)]
            fn dot(row: &[$weight], input: &[Self], block: usize) -> i64 {
                $dot(row, input, block)
            }
        })*
    };
}
factors!(i8, i16 => i16, dot_short);
factors!(i8, i16, i32 => i32, dot_narrow);
factors!(i8, i16, i32, i64 => i64, dot_wide);

#[inline(always)]
fn dot_short<W: Copy + Into<i32>>(row: &[W], input: &[i16], block: usize) -> i64 {
    let sum = |(row, input): (&[W], &[i16])| {
        let products = row.iter().zip(input).map(|(w, x)| (*w).into() * i32::from(*x));
        i64::from(products.fold(0i32, i32::wrapping_add))
    };
    row.chunks(block).zip(input.chunks(block)).map(sum).sum()
}

#[inline(always)]
fn dot_narrow<W: Copy + Into<i64>>(row: &[W], input: &[i32], _: usize) -> i64 {
    let products = row.iter().zip(input).map(|(w, x)| (*w).into() * i64::from(*x));
    products.fold(0, i64::wrapping_add)
}

#[inline(always)]
fn dot_wide<W: Copy + Into<i64>>(row: &[W], input: &[i64], _: usize) -> i64 {
    let products = row.iter().zip(input).map(|(w, x)| (*w).into().wrapping_mul(*x));
    products.fold(0, i64::wrapping_add)
}

/// Adds to each sum the inner product of the row and the next `row.len()`
/// numbers of the input.
pub(super) fn add_row<W: Copy, X: Factor<W>>(
    row: &[W],
    input: &[X],
    sums: &mut [i64],
    block: usize,
) {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2") {
        #[allow(unsafe_code, reason = "a call of a function that needs the instructions")]
        // SAFETY: the processor has them, as was just found.
        unsafe {
            add_row_avx2(row, input, sums, block);
        }
        return;
    }
    add_row_plain(row, input, sums, block);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn add_row_avx2<W: Copy, X: Factor<W>>(row: &[W], input: &[X], sums: &mut [i64], block: usize) {
    add_row_plain(row, input, sums, block);
}

#[inline(always)]
fn add_row_plain<W: Copy, X: Factor<W>>(row: &[W], input: &[X], sums: &mut [i64], block: usize) {
    for (sum, input) in sums.iter_mut().zip(input.chunks_exact(row.len())) {
        *sum = sum.wrapping_add(X::dot(row, input, block));
    }
}

/// What is done with weights and inputs once their widths are known.
pub(super) trait Products {
    /// `block` is for [`add_row`].
    fn run<W: Copy + Sync, X: Factor<W>>(self, weights: &[W], input: &[X], block: usize);
}

/// Takes weights and inputs in the narrowest widths whose products can be summed.
pub(super) fn dispatch(weights: &Weights, input: &[i64], products: impl Products) {
    let largest = magnitude(input);
    let block = u64::from(u32::MAX >> 1) / largest.saturating_mul(weights.largest()).max(1);
    let short = largest < 1 << 15 && block >= LEAST_BLOCK;
    let narrow = largest < 1 << 31;
    let block = usize::try_from(block).unwrap_or(usize::MAX);
    match weights.list() {
        List::Byte(list) if short => products.run(list, &as_short(input), block),
        List::Short(list) if short => products.run(list, &as_short(input), block),
        List::Byte(list) if narrow => products.run(list, &as_narrow(input), block),
        List::Short(list) if narrow => products.run(list, &as_narrow(input), block),
        List::Narrow(list) if narrow => products.run(list, &as_narrow(input), block),
        List::Byte(list) => products.run(list, input, block),
        List::Short(list) => products.run(list, input, block),
        List::Narrow(list) => products.run(list, input, block),
        List::Wide(list) => products.run(list, input, block),
    }
}

/// The greatest magnitude of an input; 0 of none.
pub(super) fn magnitude(input: &[i64]) -> u64 {
    let (low, high) =
        input.iter().fold((0, 0), |(low, high): (i64, i64), x| (low.min(*x), high.max(*x)));
    low.unsigned_abs().max(high.unsigned_abs())
}

fn as_short(input: &[i64]) -> Vec<i16> {
    input.iter().map(|x| *x as i16).collect()
}

/// The input in 32 bits, which it fits.
pub(super) fn as_narrow(input: &[i64]) -> Vec<i32> {
    input.iter().map(|x| *x as i32).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    struct Check<'a>(&'a mut i64);

    impl Products for Check<'_> {
        fn run<W: Copy + Sync, X: Factor<W>>(self, weights: &[W], input: &[X], block: usize) {
            let mut plain = [*self.0];
            add_row_plain(weights, input, &mut plain, block);
            add_row(weights, input, std::slice::from_mut(self.0), block);
            assert_eq!(*self.0, plain[0]);
        }
    }

    proptest! {
        /// Of whatever width, with the greatest numbers of each among them.
        #[test]
        fn an_inner_product_is_its_definition(
            shifts in [0u32..58, 0u32..58],
            pairs in prop::collection::vec((any::<i64>(), any::<i64>()), 1..400),
            extreme in any::<bool>(),
        ) {
            let [left, right] = shifts;
            let ends = |x: i64, shift| (if extreme { if x < 0 { i64::MIN } else { i64::MAX } } else { x }) >> shift;
            let row: Vec<i64> = pairs.iter().map(|(w, _)| ends(*w, left)).collect();
            let input: Vec<i64> = pairs.iter().map(|(_, x)| ends(*x, right)).collect();
            let products = row.iter().zip(&input).map(|(w, x)| w.wrapping_mul(*x));
            let expected = products.fold(5, i64::wrapping_add);
            let mut sum = 5;
            dispatch(&Weights::from(row), &input, Check(&mut sum));
            prop_assert_eq!(sum, expected);
        }
    }
}
