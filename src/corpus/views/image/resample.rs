//! Exact area-average resampling.

/// Which part of a picture becomes the result, along each axis.
#[derive(Clone, Copy)]
pub(super) struct Cut([Axis; 2]);

/// In units of which one source pixel spans `pixel`, the results begin at `start`
/// and span `cell` each.
#[derive(Clone, Copy)]
struct Axis {
    source: usize,
    start: usize,
    pixel: usize,
    cell: usize,
}

impl Cut {
    /// All of a picture of `from = (width, height)` pixels, as `to`.
    pub(super) fn whole(from: (usize, usize), to: (usize, usize)) -> Self {
        let axis = |from: usize, to: usize| Axis { source: from, start: 0, pixel: to, cell: from };
        Self([axis(from.0, to.0), axis(from.1, to.1)])
    }

    /// The largest part in the middle that has the proportions of `to`. A pixel may
    /// be cut; the same is left out on both sides.
    pub(super) fn middle(from: (usize, usize), to: (usize, usize)) -> Self {
        let Self([across, down]) = Self::whole(from, to);
        // As long as the other side demands, by twice as many units a pixel.
        let narrowed = |axis: Axis, other: Axis| Axis {
            start: axis.source * other.pixel - other.source * axis.pixel,
            pixel: 2 * other.pixel,
            cell: 2 * other.source,
            ..axis
        };
        if from.0 * to.1 >= from.1 * to.0 {
            Self([narrowed(across, down), down])
        } else {
            Self([across, narrowed(down, across)])
        }
    }
}

/// Scales a part of a picture to `to = (width, height)` pixels, row by row,
/// `channels` interleaved samples a pixel, both sides of both at least 1.
///
/// A result is the mean of the source over its own rectangle, halves rounded up.
/// In the units of a [`Cut`] all weights are integers, and those of a result add up
/// to the product of the cells: at most 2^29 for a whole picture, `width · height`,
/// and at most 2^40 for the middle of one, twice the square of one side, which is
/// at most `width · height · 1024`. Every sum stays below 2^48. Equal sizes are
/// the identity.
pub(super) struct AreaAverage {
    channels: usize,
    area: u64,
    columns: Vec<Span>,
    rows: Vec<Span>,
    /// The next source row, and how many there are.
    y: usize,
    height: usize,
    /// The first row of the result that is not finished, and its sums.
    current: usize,
    sums: Vec<u64>,
    row_sums: Vec<u64>,
    out: Vec<u8>,
}

impl AreaAverage {
    pub(super) fn new(Cut([across, down]): &Cut, to: (usize, usize), channels: usize) -> Self {
        Self {
            channels,
            area: across.cell as u64 * down.cell as u64,
            columns: spans(*across, to.0),
            rows: spans(*down, to.1),
            y: 0,
            height: down.source,
            current: 0,
            sums: vec![0; to.0 * channels],
            row_sums: vec![0; to.0 * channels],
            out: Vec::with_capacity(to.0 * to.1 * channels),
        }
    }

    /// The next source row; rows after the last are not looked at.
    pub(super) fn row(&mut self, row: &[u8]) {
        if self.rows.get(self.current).is_some_and(|span| span.first <= self.y) {
            sum_row(row, &self.columns, self.channels, &mut self.row_sums);
        }
        // Neighbouring results may share a row; an enlarged row fills several.
        while let Some(span) = self.rows.get(self.current) {
            if self.y < span.first {
                break;
            }
            let weight = span.weight(self.y);
            for (sum, row_sum) in self.sums.iter_mut().zip(&self.row_sums) {
                *sum += weight * row_sum;
            }
            if self.y < span.last {
                break;
            }
            let area = self.area;
            self.out.extend(self.sums.iter().map(|sum| ((2 * sum + area) / (2 * area)) as u8));
            self.sums.fill(0);
            self.current += 1;
        }
        self.y += 1;
    }

    /// The result; `None` if rows are missing, also of those that are not shown.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (self.y >= self.height && self.current == self.rows.len()).then_some(self.out)
    }
}

/// Weighted sums of one source row, one for each sample of a result's row.
fn sum_row(row: &[u8], columns: &[Span], channels: usize, sums: &mut [u64]) {
    match channels {
        1 => sum_pixels(row.as_chunks::<1>().0, columns, sums.as_chunks_mut::<1>().0),
        _ => sum_pixels(row.as_chunks::<3>().0, columns, sums.as_chunks_mut::<3>().0),
    }
}

fn sum_pixels<const N: usize>(row: &[[u8; N]], columns: &[Span], sums: &mut [[u64; N]]) {
    for (span, sums) in columns.iter().zip(sums) {
        *sums = [0; N];
        let mut add = |pixels: &[[u8; N]], weight: u64| {
            // At most 2^26 samples of a byte.
            let mut plain = [0_u64; N];
            for pixel in pixels {
                for (sum, &sample) in plain.iter_mut().zip(pixel) {
                    *sum += u64::from(sample);
                }
            }
            for (sum, plain) in sums.iter_mut().zip(plain) {
                *sum += weight * plain;
            }
        };
        let pixels = row.get(span.first..=span.last).unwrap_or_default();
        match pixels {
            [] => {}
            [only] => add(&[*only], span.first_weight),
            [first, inner @ .., last] => {
                add(&[*first], span.first_weight);
                add(inner, span.inner_weight);
                add(&[*last], span.last_weight);
            }
        }
    }
}

/// The source cells under one result cell along one axis.
#[derive(Clone, Copy)]
struct Span {
    first: usize,
    last: usize,
    first_weight: u64,
    inner_weight: u64,
    last_weight: u64,
}

impl Span {
    /// The weight of a source cell under it.
    fn weight(self, cell: usize) -> u64 {
        if cell == self.first {
            self.first_weight
        } else if cell == self.last {
            self.last_weight
        } else {
            self.inner_weight
        }
    }
}

fn spans(axis: Axis, to: usize) -> Vec<Span> {
    let Axis { pixel, .. } = axis;
    (0..to)
        .map(|cell| {
            let start = axis.start + cell * axis.cell;
            let end = start + axis.cell;
            let (first, last) = (start / pixel, (end - 1) / pixel);
            Span {
                first,
                last,
                first_weight: (end.min((first + 1) * pixel) - start) as u64,
                inner_weight: pixel as u64,
                last_weight: (end - last * pixel) as u64,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn area_average(
        source: &[u8],
        from: (usize, usize),
        to: (usize, usize),
        channels: usize,
    ) -> Vec<u8> {
        of_cut(&Cut::whole(from, to), source, from, to, channels)
    }

    fn of_cut(
        cut: &Cut,
        source: &[u8],
        from: (usize, usize),
        to: (usize, usize),
        channels: usize,
    ) -> Vec<u8> {
        let mut average = AreaAverage::new(cut, to, channels);
        for row in source.chunks_exact(from.0 * channels) {
            average.row(row);
        }
        average.finish().unwrap()
    }

    #[test]
    fn missing_rows_are_noticed() {
        for to in [(1, 1), (2, 2), (3, 5), (3, 9)] {
            for cut in [Cut::whole((3, 5), to), Cut::middle((3, 5), to)] {
                let mut average = AreaAverage::new(&cut, to, 1);
                for _ in 0..4 {
                    average.row(&[1; 3]);
                }
                assert!(average.finish().is_none(), "{to:?}");
            }
        }
    }

    /// The definition, cell by cell.
    fn naive(source: &[u8], from: (usize, usize), to: (usize, usize), channels: usize) -> Vec<u8> {
        let overlap = |cell: usize, from: usize, source: usize, to: usize| {
            let end = ((cell + 1) * from).min((source + 1) * to);
            end.saturating_sub((cell * from).max(source * to)) as u128
        };
        let mut out = Vec::new();
        for i in 0..to.1 {
            for j in 0..to.0 {
                for c in 0..channels {
                    let mut sum = 0;
                    for y in 0..from.1 {
                        for x in 0..from.0 {
                            let weight = overlap(i, from.1, y, to.1) * overlap(j, from.0, x, to.0);
                            sum += weight * u128::from(source[(y * from.0 + x) * channels + c]);
                        }
                    }
                    let area = (from.0 * from.1) as u128;
                    out.push(((2 * sum + area) / (2 * area)) as u8);
                }
            }
        }
        out
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(
            from in (1usize..14, 1usize..14),
            to in (1usize..14, 1usize..14),
            channels in prop_oneof![Just(1usize), Just(3)],
            seed: u64,
        ) {
            let source: Vec<u8> = (0..from.0 * from.1 * channels)
                .map(|i| ((seed ^ i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8)
                .collect();
            prop_assert_eq!(
                area_average(&source, from, to, channels),
                naive(&source, from, to, channels)
            );
            prop_assert_eq!(
                of_cut(&Cut::middle(from, to), &source, from, to, channels),
                naive_middle(&source, from, to, channels)
            );
        }
    }

    /// The middle by another way: every pixel is repeated until the part to be shown
    /// begins and ends between two, and that part is then averaged as a whole.
    fn naive_middle(
        source: &[u8],
        from: (usize, usize),
        to: (usize, usize),
        channels: usize,
    ) -> Vec<u8> {
        let times = 2 * to.0 * to.1;
        let (wide, high) = (from.0 * times, from.1 * times);
        let size = if from.0 * to.1 >= from.1 * to.0 {
            (high / to.1 * to.0, high)
        } else {
            (wide, wide / to.0 * to.1)
        };
        let (left, top) = ((wide - size.0) / 2, (high - size.1) / 2);
        assert_eq!(((wide - size.0) % 2, (high - size.1) % 2), (0, 0));
        // Cells of the result are whole numbers of repeated pixels.
        let cell = (size.0 / to.0, size.1 / to.1);
        let mut out = Vec::new();
        for i in 0..to.1 {
            for j in 0..to.0 {
                for c in 0..channels {
                    let (mut sum, area) = (0u128, (cell.0 * cell.1) as u128);
                    let share = |start: usize, length: usize| {
                        (start / times..=(start + length - 1) / times).map(move |at| {
                            let end = (start + length).min((at + 1) * times);
                            (at, (end - start.max(at * times)) as u128)
                        })
                    };
                    for (y, down) in share(top + i * cell.1, cell.1) {
                        for (x, across) in share(left + j * cell.0, cell.0) {
                            let sample = source[(y * from.0 + x) * channels + c];
                            sum += down * across * u128::from(sample);
                        }
                    }
                    out.push(((2 * sum + area) / (2 * area)) as u8);
                }
            }
        }
        out
    }

    #[test]
    fn the_middle_has_the_proportions_of_the_result() {
        let row = [10, 20, 30, 40, 50];
        let middle = |from, to| of_cut(&Cut::middle(from, to), &row, from, to, 1);
        // One pixel in the middle, and two and a half.
        assert_eq!(middle((5, 1), (1, 1)), [30]);
        assert_eq!(middle((1, 5), (1, 1)), [30]);
        assert_eq!(middle((5, 1), (2, 1)), [25, 35]);
        assert_eq!(middle((5, 1), (5, 1)), row);
        assert_eq!(middle((5, 1), (3, 2)), [25, 30, 35, 25, 30, 35]);
        // The largest numbers that a picture and a view may have.
        let (long, high) = ((1 << 26, 8), (1, 1024));
        let mut average = AreaAverage::new(&Cut::middle(long, high), high, 1);
        let row = vec![9; 1 << 26];
        (0..8).for_each(|_| average.row(&row));
        assert_eq!(average.finish().unwrap(), [9; 1024]);
    }

    #[test]
    fn halves_round_up_and_flat_images_stay_flat() {
        assert_eq!(area_average(&[0, 1], (2, 1), (1, 1), 1), [1]);
        assert_eq!(area_average(&[0, 0, 0, 1], (4, 1), (1, 1), 1), [0]);
        assert_eq!(area_average(&[255; 35], (7, 5), (3, 8), 1), [255; 24]);
    }

    #[test]
    fn a_very_wide_image_is_summed_once_a_row() {
        let source = vec![9; 1 << 20];
        assert_eq!(area_average(&source, (1 << 20, 1), (4, 1024), 1), [9; 4096]);
    }
}
