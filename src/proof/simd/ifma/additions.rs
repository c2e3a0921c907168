//! Eight additions of points at a time.

use ff::Field;
use halo2curves::Fp;

use super::base_field::{
    Elements, Limbs, ONE, difference, from_fp, load, multiply, negated, negated_where, settled,
    store, to_fp,
};
use super::vector::{Ifma, WIDTH, splat, subtract};
use crate::proof::affine::{Adder, Entry, Exceptional, Pair, Point};

/// A point in the limbs of `base_field.rs`.
#[derive(Clone, Copy, Default)]
#[repr(align(64))]
pub(in crate::proof) struct LimbPoint {
    x: Limbs,
    y: Limbs,
}

// SAFETY of every call below: an `Ifma` is made by `detect` alone, so this
// processor has the instructions that the functions were compiled for.
#[allow(unsafe_code, reason = "calls of functions that need the instructions")]
impl Adder for Ifma {
    type Point = LimbPoint;

    fn held(&self, points: &[Point]) -> Vec<LimbPoint> {
        // SAFETY: see above.
        unsafe { held(points) }
    }

    fn plain(&self, points: &[LimbPoint]) -> Vec<Point> {
        // SAFETY: see above.
        unsafe { plain(points) }
    }

    fn negated(LimbPoint { x, y }: LimbPoint) -> LimbPoint {
        LimbPoint { x, y: negated(y) }
    }

    fn add(
        &self,
        points: &[LimbPoint],
        pairs: &[Pair],
        sums: &mut [LimbPoint],
    ) -> Result<(), Exceptional> {
        // SAFETY: see above.
        unsafe { add(points, pairs, sums) }
    }

    fn settle(&self, points: &mut [LimbPoint]) {
        // SAFETY: see above.
        unsafe { settle(points) }
    }
}

/// Eight of `items`, the last again where there are fewer; there is one.
fn eight<T>(items: &[T]) -> [&T; WIDTH] {
    std::array::from_fn(|i| &items[i.min(items.len() - 1)])
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn held(points: &[Point]) -> Vec<LimbPoint> {
    let mut held = Vec::with_capacity(points.len());
    for chunk in points.chunks(WIDTH) {
        let points = eight(chunk);
        let (x, y) = (from_fp(points.map(|p| p.x)), from_fp(points.map(|p| p.y)));
        held.extend(x.into_iter().zip(y).take(chunk.len()).map(|(x, y)| LimbPoint { x, y }));
    }
    held
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn plain(points: &[LimbPoint]) -> Vec<Point> {
    let mut plain = Vec::with_capacity(points.len());
    for chunk in points.chunks(WIDTH) {
        let points = eight(chunk);
        let (x, y) = (to_fp(points.map(|p| &p.x)), to_fp(points.map(|p| &p.y)));
        plain.extend(x.into_iter().zip(y).take(chunk.len()).map(|(x, y)| Point { x, y }));
    }
    plain
}

#[target_feature(enable = "avx512f,avx512ifma")]
fn settle(points: &mut [LimbPoint]) {
    for chunk in points.chunks_mut(WIDTH) {
        let points = eight(chunk);
        let x = store(&settled(&load(points.map(|p| &p.x))));
        let y = store(&settled(&load(points.map(|p| &p.y))));
        for (point, (x, y)) in chunk.iter_mut().zip(x.into_iter().zip(y)) {
            *point = LimbPoint { x, y };
        }
    }
}

/// As `Plain`'s, eight pairs side by side, each place with a
/// product of its own.
///
/// A sum's x is at most 2p + 2X in magnitude where the summands' are at most
/// X, and its y at most 2p + Y. Beginning with 2p, after the 17 levels that
/// 4,096 bases of 20 multiples can come to, x is below 2^19·p.
#[target_feature(enable = "avx512f,avx512ifma")]
fn add(points: &[LimbPoint], pairs: &[Pair], sums: &mut [LimbPoint]) -> Result<(), Exceptional> {
    let one = splat(&ONE);
    let mut product = one;
    // Written by position: pushing would call for a copy.
    let mut differences = vec![one; pairs.len().div_ceil(WIDTH)];
    let mut products = vec![one; pairs.len().div_ceil(WIDTH)];
    for (step, chunk) in pairs.chunks(WIDTH).enumerate() {
        let pairs = eight(chunk);
        let x1 = load(pairs.map(|pair| &points[pair.one.position()].x));
        let x2 = load(pairs.map(|pair| &points[pair.other.position()].x));
        differences[step] = difference(&x2, &x1);
        products[step] = product;
        product = multiply(&product, &differences[step]);
    }
    let mut inverse = inverted(&product)?;
    for (step, chunk) in pairs.chunks(WIDTH).enumerate().rev() {
        let pairs = eight(chunk);
        let (ones, others) = (pairs.map(|pair| pair.one), pairs.map(|pair| pair.other));
        let x1 = load(ones.map(|one| &points[one.position()].x));
        let x2 = load(others.map(|other| &points[other.position()].x));
        let y1 = signed(ones, &load(ones.map(|one| &points[one.position()].y)));
        let y2 = signed(others, &load(others.map(|other| &points[other.position()].y)));
        let slope = multiply(&difference(&y2, &y1), &multiply(&inverse, &products[step]));
        inverse = multiply(&inverse, &differences[step]);
        let x = subtract(&subtract(&multiply(&slope, &slope), &x1), &x2);
        let y = subtract(&multiply(&slope, &difference(&x1, &x)), &y1);
        let (x, y) = (store(&x), store(&y));
        for (i, pair) in chunk.iter().enumerate() {
            sums[pair.to as usize] = LimbPoint { x: x[i], y: y[i] };
        }
    }
    Ok(())
}

/// The y of points or of their inverses.
#[inline]
#[target_feature(enable = "avx512f,avx512ifma")]
fn signed(entries: [Entry; WIDTH], y: &Elements) -> Elements {
    let mut bits = 0;
    for (i, entry) in entries.iter().enumerate() {
        bits |= u8::from(entry.is_inverted()) << i;
    }
    negated_where(bits, y)
}

/// The inverse of each element, by one inversion.
#[target_feature(enable = "avx512f,avx512ifma")]
fn inverted(elements: &Elements) -> Result<Elements, Exceptional> {
    let elements = to_fp(store(elements).each_ref());
    let mut product = Fp::ONE;
    let before = elements.map(|element| {
        let before = product;
        product *= element;
        before
    });
    let inverse: Option<Fp> = product.invert().into();
    let mut inverse = inverse.ok_or(Exceptional)?;
    let mut inverses = elements;
    for (element, before) in inverses.iter_mut().zip(before).rev() {
        let own = inverse * before;
        inverse *= *element;
        *element = own;
    }
    Ok(load(from_fp(inverses).each_ref()))
}
