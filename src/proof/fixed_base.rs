//! Multi-scalar multiplication over bases that are known beforehand.
//!
//! With the multiples `2^(13 j) · P` of every base at hand, all digits of all
//! scalars fall into one set of buckets (Brickell, Gordon, McCurley and Wilson,
//! "Fast exponentiation with precomputation", 1992). Points are added in affine
//! coordinates, many additions sharing one inversion (`affine`), eight at a
//! time where the processor can (`simd`). `docs/performance.md` has what
//! this gains over the general algorithm.

use blst::{blst_p1, p1_affines};
use ff::{Field, PrimeField};
use group::Group;
use halo2curves::{CurveExt, Fp, G1Projective};
use rayon::prelude::*;

use super::affine::{Adder, Entry, Exceptional, Groups, Plain, Point};
use super::simd::Ifma;
use crate::field::Scalar;

/// Bits of a digit.
const WINDOW: usize = 13;
/// Digits of a scalar; the last has room for the carry.
const WINDOWS: usize = Scalar::NUM_BITS as usize / WINDOW + 1;
/// Signed digits need a bucket for each magnitude 1..=2^12.
const BUCKETS: usize = 1 << (WINDOW - 1);
/// Buckets that one task sums: their points fit a core's cache.
const TASK_BUCKETS: usize = 256;
/// Bucket `64·i + j + 1` stands in row i and column j of a square.
const SIDE: usize = 64;
/// Rows of the square that one task sums.
const TASK_ROWS: usize = 16;

/// Bases and their multiples, held as this machine adds them fastest.
pub(super) struct FixedBases(Held);

enum Held {
    Plain(Multiples<Plain>),
    Ifma(Multiples<Ifma>),
}

impl FixedBases {
    /// # Panics
    /// If a base is the neutral element.
    pub(super) fn new(bases: &[G1Projective]) -> Self {
        if let Some(adder) = Ifma::detect() {
            return Self(Held::Ifma(Multiples::new(adder, bases)));
        }
        Self(Held::Plain(Multiples::new(Plain, bases)))
    }

    /// `Σ scalar_i · base_i`. `None` if two sums met in one point and another
    /// algorithm must do it, which no column of random points comes to.
    pub(super) fn multiply(&self, scalars: &[Scalar]) -> Option<G1Projective> {
        match &self.0 {
            Held::Plain(multiples) => multiples.multiply(scalars),
            Held::Ifma(multiples) => multiples.multiply(scalars),
        }
    }
}

/// The multiples of the bases.
struct Multiples<A: Adder> {
    adder: A,
    /// Number of bases.
    len: usize,
    /// `2^(13 j) · P_i` at `j·len + i`.
    points: Vec<A::Point>,
}

impl<A: Adder> Multiples<A> {
    fn new(adder: A, bases: &[G1Projective]) -> Self {
        let rows: Vec<Vec<blst_p1>> = bases
            .par_iter()
            .map(|base| {
                let shifted = |point: &G1Projective| {
                    Some((0..WINDOW).fold(*point, |point, _| point.double()))
                };
                std::iter::successors(Some(*base), shifted)
                    .take(WINDOWS)
                    .map(|point| *point.as_ref())
                    .collect()
            })
            .collect();
        let windows = (0..WINDOWS).flat_map(|j| rows.iter().map(move |row| row[j]));
        let affine = p1_affines::from(&windows.collect::<Vec<blst_p1>>());
        let points = affine.as_slice().iter().map(|p| Point { x: p.x.into(), y: p.y.into() });
        let points: Vec<Point> = points.collect();
        let neutral = |p: &Point| bool::from(p.x.is_zero() & p.y.is_zero());
        assert!(!points.iter().any(neutral), "a base is the neutral element");
        Self { len: bases.len(), points: adder.held(&points), adder }
    }

    fn multiply(&self, scalars: &[Scalar]) -> Option<G1Projective> {
        assert!(scalars.len() <= self.len, "a base for every scalar");
        let sorted = Sorted::of(scalars, self.len);
        let tasks = (0..BUCKETS).into_par_iter().step_by(TASK_BUCKETS);
        let buckets = tasks.map(|first| self.bucket_sums(&sorted, first));
        let buckets = buckets.collect::<Result<Vec<_>, Exceptional>>().ok()?.concat();
        // Σ (64 i + j + 1) · bucket: columns weigh j + 1, rows 64 i.
        let tasks = buckets.par_chunks(TASK_ROWS * SIDE).map(|buckets| self.square_sums(buckets));
        let (mut rows, mut columns) = (Vec::new(), Vec::new());
        for mut sums in tasks.collect::<Result<Vec<_>, Exceptional>>().ok()? {
            columns.extend(sums.split_off(TASK_ROWS));
            rows.extend(sums);
        }
        let parts = Present::of(&columns);
        let columns = (0..SIDE).map(|j| parts.entries(j, SIDE, usize::MAX));
        let columns = Groups::of(columns).sums(&self.adder, &parts.points).ok()?;
        self.weighted(&rows, &columns)
    }

    /// `Σ 64 i · row_i + Σ (j + 1) · column_j`, bit by bit of the weights.
    fn weighted(
        &self,
        rows: &[Option<A::Point>],
        columns: &[Option<A::Point>],
    ) -> Option<G1Projective> {
        let sums = Present::of(&[rows, columns].concat());
        let side = SIDE.ilog2();
        // Those whose place, counted from `zero` on, has the bit.
        let group = |first: usize, zero: usize, bit: u32| {
            let has = move |place: &usize| (place + zero) >> bit & 1 == 1;
            let places = &sums.places[first..first + SIDE];
            (0..SIDE).filter(has).filter_map(|place| places[place])
        };
        let rows = (0..side).map(|bit| group(0, 0, bit));
        let columns = (0..=side).map(|bit| group(SIDE, 1, bit));
        let points = Groups::of(rows.chain(columns)).sums(&self.adder, &sums.points).ok()?;
        let points = self.plain(&points);
        let (rows, columns) = points.split_at(side as usize);
        let sum = |bits: &[Option<Point>]| {
            let bits = bits.iter().rev();
            bits.fold(G1Projective::identity(), |sum, bit| sum.double() + projective(*bit))
        };
        Some((0..side).fold(sum(rows), |rows, _| rows.double()) + sum(columns))
    }

    /// The sums of some buckets.
    fn bucket_sums(
        &self,
        sorted: &Sorted,
        first: usize,
    ) -> Result<Vec<Option<A::Point>>, Exceptional> {
        let buckets = (first..first + TASK_BUCKETS).map(|b| sorted.bucket(b).iter().copied());
        Groups::of(buckets).sums(&self.adder, &self.points)
    }

    /// The sums of some rows of the square, then their part of each column.
    fn square_sums(
        &self,
        buckets: &[Option<A::Point>],
    ) -> Result<Vec<Option<A::Point>>, Exceptional> {
        let present = Present::of(buckets);
        let rows = (0..TASK_ROWS).map(|i| present.entries(i * SIDE, 1, SIDE));
        let columns = (0..SIDE).map(|j| present.entries(j, SIDE, TASK_ROWS));
        Groups::of(rows.chain(columns)).sums(&self.adder, &present.points)
    }

    fn plain(&self, points: &[Option<A::Point>]) -> Vec<Option<Point>> {
        let present = Present::of(points);
        let mut plain = self.adder.plain(&present.points).into_iter();
        points.iter().map(|point| point.as_ref().and_then(|_| plain.next())).collect()
    }
}

/// The points among places that may be empty.
struct Present<P> {
    points: Vec<P>,
    /// For each place its point's entry.
    places: Vec<Option<Entry>>,
}

impl<P: Copy> Present<P> {
    fn of(points: &[Option<P>]) -> Self {
        let mut present = Self { points: Vec::new(), places: Vec::with_capacity(points.len()) };
        for point in points {
            let entry = Entry::new(present.points.len(), false);
            present.places.push(point.map(|_| entry));
            present.points.extend(*point);
        }
        present
    }

    /// The entries of a number of places, a step apart.
    fn entries(&self, first: usize, step: usize, count: usize) -> impl Iterator<Item = Entry> {
        self.places.iter().skip(first).step_by(step).take(count).flatten().copied()
    }
}

fn projective(point: Option<Point>) -> G1Projective {
    point.map_or_else(G1Projective::identity, |Point { x, y }| {
        let point: Option<G1Projective> = G1Projective::new_jacobian(x, y, Fp::ONE).into();
        point.expect("a sum of points of the curve is on the curve")
    })
}

/// The multiples that the digits of all scalars ask for, sorted by magnitude.
struct Sorted {
    entries: Vec<Entry>,
    /// Where each bucket begins, and the end.
    starts: Vec<u32>,
}

impl Sorted {
    fn of(scalars: &[Scalar], len: usize) -> Self {
        let mut starts = vec![0u32; BUCKETS + 2];
        let digits: Vec<[i16; WINDOWS]> = scalars.iter().map(digits).collect();
        for digit in digits.iter().flatten() {
            starts[digit.unsigned_abs() as usize + 1] += 1;
        }
        // Zeros are left out.
        starts[1] = 0;
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        let mut entries = vec![Entry::default(); sum as usize];
        let mut next = starts.clone();
        for (i, digits) in digits.iter().enumerate() {
            for (j, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
                let next = &mut next[digit.unsigned_abs() as usize];
                entries[*next as usize] = Entry::new(j * len + i, *digit < 0);
                *next += 1;
            }
        }
        Self { entries, starts }
    }

    /// The entries of magnitude `bucket + 1`.
    fn bucket(&self, bucket: usize) -> &[Entry] {
        &self.entries[self.starts[bucket + 1] as usize..self.starts[bucket + 2] as usize]
    }
}

/// `scalar = Σ digit_j · 2^(13 j)`, digits from −2^12 + 1 to 2^12.
fn digits(scalar: &Scalar) -> [i16; WINDOWS] {
    let repr = scalar.to_repr();
    let bytes: &[u8] = repr.as_ref();
    let mut carry = 0;
    std::array::from_fn(|j| {
        let (byte, bit) = (j * WINDOW / 8, j * WINDOW % 8);
        let three = [0, 1, 2].map(|k| bytes.get(byte + k).copied().unwrap_or(0));
        let word = u32::from_le_bytes([three[0], three[1], three[2], 0]);
        let digit = (word >> bit & ((1 << WINDOW) - 1)) as i32 + carry;
        carry = i32::from(digit > BUCKETS as i32);
        (digit - (carry << WINDOW)) as i16
    })
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    fn naive(bases: &[G1Projective], scalars: &[Scalar]) -> G1Projective {
        bases.iter().zip(scalars).map(|(base, scalar)| base * scalar).sum()
    }

    /// Each way of adding that this machine has.
    fn all(bases: &[G1Projective]) -> Vec<FixedBases> {
        vec![FixedBases::new(bases), FixedBases(Held::Plain(Multiples::new(Plain, bases)))]
    }

    #[test]
    fn products_are_those_of_the_group() {
        let bases: Vec<G1Projective> = (0..70).map(|_| G1Projective::random(OsRng)).collect();
        let power = |bits: u64| Scalar::from(2).pow([bits]);
        let columns: [Vec<Scalar>; 6] = [
            vec![],
            vec![Scalar::ZERO; 70],
            vec![Scalar::ONE; 70],
            (0..70).map(|_| Scalar::random(OsRng)).collect(),
            // Every carry, and digits at both ends of their range.
            (0..70).map(|i| power(i * 3) - Scalar::from(i % 2)).collect(),
            (0..70).map(|i| -Scalar::from(i * 97)).collect(),
        ];
        for fixed in all(&bases) {
            for scalars in &columns {
                assert_eq!(fixed.multiply(scalars), Some(naive(&bases, scalars)));
            }
        }
    }

    /// As many additions one upon the other as there can be.
    #[test]
    fn a_bucket_may_hold_every_multiple() {
        let bases: Vec<G1Projective> = (0..4096).map(|_| G1Projective::random(OsRng)).collect();
        let ones = (0..WINDOWS as u64).map(|j| Scalar::from(2).pow([WINDOW as u64 * j]));
        let scalar: Scalar = ones.sum();
        let sum: G1Projective = bases.iter().sum();
        for fixed in all(&bases) {
            assert_eq!(fixed.multiply(&vec![scalar; bases.len()]), Some(sum * scalar));
        }
    }

    #[test]
    fn digits_are_in_range_and_give_the_scalar() {
        let power = |bits: u64| Scalar::from(2).pow([bits]);
        for scalar in (0..255).flat_map(|i| [power(i), -power(i), power(i) - Scalar::ONE]) {
            let mut value = Scalar::ZERO;
            for digit in digits(&scalar).into_iter().rev() {
                assert!(digit.unsigned_abs() as usize <= BUCKETS);
                value *= Scalar::from(1 << WINDOW);
                value += crate::field::from_i64::<Scalar>(i64::from(digit));
            }
            assert_eq!(value, scalar);
        }
    }

    #[test]
    fn sums_that_meet_are_left_to_another_algorithm() {
        let base = G1Projective::random(OsRng);
        for bases in [[base, base], [base, -base]] {
            for fixed in all(&bases) {
                assert_eq!(fixed.multiply(&[Scalar::ONE, Scalar::ONE]), None);
            }
        }
    }
}
