//! Multi-scalar multiplication over bases that are known beforehand.
//!
//! With the multiples `2^(13 j) · P` of every base at hand, all digits of all
//! scalars fall into one set of buckets (Brickell, Gordon, McCurley and Wilson,
//! "Fast exponentiation with precomputation", 1992). Points are added in affine
//! coordinates, many additions sharing one inversion. `docs/performance.md` has
//! what this gains over the general algorithm.

use blst::{blst_p1, p1_affines};
use ff::{Field, PrimeField};
use group::Group;
use halo2curves::{CurveExt, Fp, G1Projective};
use rayon::prelude::*;

use crate::field::Scalar;

/// Bits of a digit.
const WINDOW: usize = 13;
/// Digits of a scalar; the last has room for the carry.
const WINDOWS: usize = Scalar::NUM_BITS as usize / WINDOW + 1;
/// Signed digits need a bucket for each magnitude 1..=2^12.
const BUCKETS: usize = 1 << (WINDOW - 1);
/// Bucket `64·i + j + 1` stands in row i and column j of a square.
const SIDE: usize = 64;
/// Rows of the square that one task takes: their points fit a core's cache.
const TASK_ROWS: usize = 4;
const TASK_BUCKETS: usize = TASK_ROWS * SIDE;

/// A point of the curve that is not the neutral element.
#[derive(Clone, Copy)]
struct Point {
    x: Fp,
    y: Fp,
}

/// The multiples of the bases, 96 bytes each.
pub(super) struct FixedBases {
    /// Number of bases.
    len: usize,
    /// `2^(13 j) · P_i` at `j·len + i`.
    multiples: Vec<Point>,
}

/// Two points to be added have the same x: their sum needs another formula.
struct Exceptional;

impl FixedBases {
    /// # Panics
    /// If a base is the neutral element.
    pub(super) fn new(bases: &[G1Projective]) -> Self {
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
        let multiples = affine.as_slice().iter().map(|p| Point { x: p.x.into(), y: p.y.into() });
        let multiples: Vec<Point> = multiples.collect();
        let neutral = |p: &Point| bool::from(p.x.is_zero() & p.y.is_zero());
        assert!(!multiples.iter().any(neutral), "a base is the neutral element");
        Self { len: bases.len(), multiples }
    }

    /// `Σ scalar_i · base_i`. `None` if two sums met in one point and another
    /// algorithm must do it, which no column of random points comes to.
    pub(super) fn multiply(&self, scalars: &[Scalar]) -> Option<G1Projective> {
        assert!(scalars.len() <= self.len, "a base for every scalar");
        let sorted = Sorted::of(scalars, self.len);
        let tasks: Result<Vec<Sums>, Exceptional> = (0..BUCKETS / TASK_BUCKETS)
            .into_par_iter()
            .map(|task| self.sums(&sorted, task * TASK_BUCKETS))
            .collect();
        let tasks = tasks.ok()?;
        let columns = (0..SIDE).map(|j| tasks.iter().filter_map(move |sums| sums.columns[j]));
        let columns = Groups::of(columns).sums().ok()?;
        let rows: Vec<Option<Point>> = tasks.into_iter().flat_map(|sums| sums.rows).collect();
        // Σ (64 i + j + 1) · bucket: columns weigh j + 1, rows 64 i.
        let rows = (0..SIDE.ilog2()).fold(weighted(&rows[1..]), |sum, _| sum.double());
        Some(rows + weighted(&columns))
    }

    /// The sums of rows and columns over the buckets of one task.
    fn sums(&self, sorted: &Sorted, first: usize) -> Result<Sums, Exceptional> {
        let point = |entry: &u32| {
            let Point { x, y } = self.multiples[(entry >> 1) as usize];
            if entry & 1 == 0 { Point { x, y } } else { Point { x, y: -y } }
        };
        let buckets = (first..first + TASK_BUCKETS).map(|b| sorted.bucket(b).iter().map(point));
        let buckets = Groups::of(buckets).sums()?;
        let rows = buckets.chunks(SIDE).map(|row| row.iter().flatten().copied());
        let column = |j| buckets.iter().skip(j).step_by(SIDE).flatten().copied();
        let columns = (0..SIDE).map(column);
        Ok(Sums { rows: Groups::of(rows).sums()?, columns: Groups::of(columns).sums()? })
    }
}

/// The sums of a task's rows, and of its part of every column.
struct Sums {
    rows: Vec<Option<Point>>,
    columns: Vec<Option<Point>>,
}

/// `Σ (i + 1) · point_i`.
fn weighted(points: &[Option<Point>]) -> G1Projective {
    let (mut running, mut sum) = (G1Projective::identity(), G1Projective::identity());
    for point in points.iter().rev() {
        if let Some(Point { x, y }) = point {
            let point: Option<G1Projective> = G1Projective::new_jacobian(*x, *y, Fp::ONE).into();
            running += point.expect("a sum of points of the curve is on the curve");
        }
        sum += running;
    }
    sum
}

/// The digits of all scalars, sorted by magnitude: position of the multiple,
/// and in the lowest bit whether it is subtracted.
struct Sorted {
    entries: Vec<u32>,
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
        let mut entries = vec![0; sum as usize];
        let mut next = starts.clone();
        for (i, digits) in digits.iter().enumerate() {
            for (j, digit) in digits.iter().enumerate().filter(|(_, digit)| **digit != 0) {
                let next = &mut next[digit.unsigned_abs() as usize];
                entries[*next as usize] = ((j * len + i) as u32) << 1 | u32::from(*digit < 0);
                *next += 1;
            }
        }
        Self { entries, starts }
    }

    /// The entries of magnitude `bucket + 1`.
    fn bucket(&self, bucket: usize) -> &[u32] {
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

/// Points in groups, each of which is to be added up.
struct Groups {
    points: Vec<Point>,
    sizes: Vec<u32>,
}

impl Groups {
    fn of<I: Iterator<Item = Point>>(groups: impl Iterator<Item = I>) -> Self {
        let (mut points, mut sizes) = (Vec::new(), Vec::new());
        for group in groups {
            let before = points.len();
            points.extend(group);
            sizes.push((points.len() - before) as u32);
        }
        Self { points, sizes }
    }

    /// The sum of each group; `None` for an empty one.
    fn sums(mut self) -> Result<Vec<Option<Point>>, Exceptional> {
        while self.sizes.iter().any(|size| *size > 1) {
            self.halve()?;
        }
        let mut points = self.points.into_iter();
        Ok(self.sizes.iter().map(|size| if *size == 0 { None } else { points.next() }).collect())
    }

    /// Adds neighbours of a group in pairs; an odd one stays.
    fn halve(&mut self) -> Result<(), Exceptional> {
        // Each pair's x-difference is divided by; all share one inversion
        // (Montgomery's trick: the inverse of the product of all).
        let mut pairs = Vec::with_capacity(self.points.len() / 2);
        let mut halves = Vec::with_capacity(self.points.len() / 2 + self.sizes.len());
        let mut product = Fp::ONE;
        let mut first = 0;
        for size in &mut self.sizes {
            for at in (first..first + *size as usize - *size as usize % 2).step_by(2) {
                let difference = self.points[at + 1].x - self.points[at].x;
                pairs.push(Pair { at, half: halves.len(), difference, product });
                product *= difference;
                halves.push(self.points[at]);
            }
            first += *size as usize;
            if *size % 2 == 1 {
                halves.push(self.points[first - 1]);
            }
            *size = size.div_ceil(2);
        }
        let inverse: Option<Fp> = product.invert().into();
        let mut inverse = inverse.ok_or(Exceptional)?;
        for Pair { at, half, difference, product } in pairs.into_iter().rev() {
            let [one, other] = [self.points[at], self.points[at + 1]];
            let slope = (other.y - one.y) * (inverse * product);
            inverse *= difference;
            let x = slope.square() - one.x - other.x;
            halves[half] = Point { x, y: slope * (one.x - x) - one.y };
        }
        self.points = halves;
        Ok(())
    }
}

/// Two neighbours to be added.
struct Pair {
    /// Position of the first.
    at: usize,
    /// Position of the sum.
    half: usize,
    /// The difference of their x.
    difference: Fp,
    /// The product of the differences before.
    product: Fp,
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    fn naive(bases: &[G1Projective], scalars: &[Scalar]) -> G1Projective {
        bases.iter().zip(scalars).map(|(base, scalar)| base * scalar).sum()
    }

    #[test]
    fn products_are_those_of_the_group() {
        let bases: Vec<G1Projective> = (0..70).map(|_| G1Projective::random(OsRng)).collect();
        let fixed = FixedBases::new(&bases);
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
        for scalars in columns {
            assert_eq!(fixed.multiply(&scalars), Some(naive(&bases, &scalars)));
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
        let equal = FixedBases::new(&[base, base]);
        assert_eq!(equal.multiply(&[Scalar::ONE, Scalar::ONE]), None);
        let opposite = FixedBases::new(&[base, -base]);
        assert_eq!(opposite.multiply(&[Scalar::ONE, Scalar::ONE]), None);
    }
}
