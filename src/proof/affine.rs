//! Additions in affine coordinates that share inversions.

use ff::Field;
use halo2curves::Fp;

/// A point of the curve that is not the neutral element.
#[derive(Clone, Copy, Default)]
pub(super) struct Point {
    pub(super) x: Fp,
    pub(super) y: Fp,
}

/// A point among others or its inverse: twice its position, plus one if its
/// inverse is meant.
#[derive(Clone, Copy, Default)]
pub(super) struct Entry(u32);

impl Entry {
    pub(super) const fn new(position: usize, inverted: bool) -> Self {
        Self((position as u32) << 1 | inverted as u32)
    }

    #[inline]
    pub(super) const fn position(self) -> usize {
        (self.0 >> 1) as usize
    }

    #[inline]
    pub(super) const fn is_inverted(self) -> bool {
        self.0 & 1 == 1
    }
}

/// Two points to be added.
#[derive(Clone, Copy)]
pub(super) struct Pair {
    pub(super) one: Entry,
    pub(super) other: Entry,
    /// Position of the sum.
    pub(super) to: u32,
}

/// Two points to be added have the same x: their sum needs another formula.
pub(super) struct Exceptional;

/// A way to hold points and to add them.
pub(super) trait Adder: Sync {
    /// A point as it is held.
    type Point: Copy + Default + Send + Sync;

    /// Points as this adder holds them.
    fn held(&self, points: &[Point]) -> Vec<Self::Point>;

    /// The points that are held.
    fn plain(&self, points: &[Self::Point]) -> Vec<Point>;

    /// The inverse of a point.
    fn negated(point: Self::Point) -> Self::Point;

    /// Writes the sum of each pair to its place.
    fn add(
        &self,
        points: &[Self::Point],
        pairs: &[Pair],
        sums: &mut [Self::Point],
    ) -> Result<(), Exceptional>;

    /// Makes points that came out of many additions fit for as many again.
    fn settle(&self, _points: &mut [Self::Point]) {}
}

/// Groups of points, each of which is to be added up.
pub(super) struct Groups {
    entries: Vec<Entry>,
    sizes: Vec<u32>,
}

impl Groups {
    pub(super) fn of<I: IntoIterator<Item = Entry>>(groups: impl Iterator<Item = I>) -> Self {
        let (mut entries, mut sizes) = (Vec::new(), Vec::new());
        for group in groups {
            let before = entries.len();
            entries.extend(group);
            sizes.push((entries.len() - before) as u32);
        }
        Self { entries, sizes }
    }

    /// The sum of each group of `points`; `None` for an empty one.
    pub(super) fn sums<A: Adder>(
        self,
        adder: &A,
        points: &[A::Point],
    ) -> Result<Vec<Option<A::Point>>, Exceptional> {
        let Self { entries, mut sizes } = self;
        let mut points = halved(adder, points, |i| entries[i], &mut sizes)?;
        while sizes.iter().any(|size| *size > 1) {
            points = halved(adder, &points, |i| Entry::new(i, false), &mut sizes)?;
        }
        adder.settle(&mut points);
        let mut points = points.into_iter();
        Ok(sizes.iter().map(|size| if *size == 0 { None } else { points.next() }).collect())
    }
}

/// Adds neighbours of each group in pairs; an odd one stays.
fn halved<A: Adder>(
    adder: &A,
    points: &[A::Point],
    entry: impl Fn(usize) -> Entry,
    sizes: &mut [u32],
) -> Result<Vec<A::Point>, Exceptional> {
    let halves: u32 = sizes.iter().map(|size| size.div_ceil(2)).sum();
    let mut halves = vec![A::Point::default(); halves as usize];
    let mut pairs = Vec::with_capacity(halves.len());
    let (mut at, mut to) = (0, 0);
    for size in sizes {
        for _ in 0..*size / 2 {
            pairs.push(Pair { one: entry(at), other: entry(at + 1), to });
            (at, to) = (at + 2, to + 1);
        }
        if *size % 2 == 1 {
            let single = entry(at);
            let point = points[single.position()];
            halves[to as usize] = if single.is_inverted() { A::negated(point) } else { point };
            (at, to) = (at + 1, to + 1);
        }
        *size = size.div_ceil(2);
    }
    adder.add(points, &pairs, &mut halves)?;
    Ok(halves)
}

/// One addition after the other.
pub(super) struct Plain;

impl Adder for Plain {
    type Point = Point;

    fn held(&self, points: &[Point]) -> Vec<Point> {
        points.to_vec()
    }

    fn plain(&self, points: &[Point]) -> Vec<Point> {
        points.to_vec()
    }

    fn negated(Point { x, y }: Point) -> Point {
        Point { x, y: -y }
    }

    /// Each pair's x-difference is divided by; all share one inversion
    /// (Montgomery's trick: the inverse of the product of all).
    fn add(&self, points: &[Point], pairs: &[Pair], sums: &mut [Point]) -> Result<(), Exceptional> {
        let at = |entry: Entry| {
            let point = points[entry.position()];
            if entry.is_inverted() { Self::negated(point) } else { point }
        };
        let of = |pair: &Pair| [at(pair.one), at(pair.other)];
        let mut product = Fp::ONE;
        let mut differences = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let [one, other] = of(pair);
            let difference = other.x - one.x;
            differences.push((difference, product));
            product *= difference;
        }
        let inverse: Option<Fp> = product.invert().into();
        let mut inverse = inverse.ok_or(Exceptional)?;
        for (pair, (difference, product)) in pairs.iter().zip(differences).rev() {
            let [one, other] = of(pair);
            let slope = (other.y - one.y) * (inverse * product);
            inverse *= difference;
            let x = slope.square() - one.x - other.x;
            sums[pair.to as usize] = Point { x, y: slope * (one.x - x) - one.y };
        }
        Ok(())
    }
}
