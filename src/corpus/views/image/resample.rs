//! Exact area-average resampling.

/// Scales a picture of `from = (width, height)` pixels to `to`, row by row,
/// `channels` interleaved samples a pixel, both sides of both at least 1.
///
/// Both images cover the unit square; a result is the mean of the source over
/// its own rectangle, halves rounded up. In units of `1/from · 1/to` a source
/// pixel spans `to` units and a result `from` units along each axis, so all
/// weights are integers and the weights of a result add up to
/// `width · height ≤ 2^29`: every sum stays below 2^37. Equal sizes are the
/// identity.
pub(super) struct AreaAverage {
    channels: usize,
    area: u64,
    columns: Vec<Span>,
    rows: Vec<Span>,
    /// The next source row.
    y: usize,
    /// The first row of the result that is not finished, and its sums.
    current: usize,
    sums: Vec<u64>,
    row_sums: Vec<u64>,
    out: Vec<u8>,
}

impl AreaAverage {
    pub(super) fn new(from: (usize, usize), to: (usize, usize), channels: usize) -> Self {
        Self {
            channels,
            area: from.0 as u64 * from.1 as u64,
            columns: spans(from.0, to.0),
            rows: spans(from.1, to.1),
            y: 0,
            current: 0,
            sums: vec![0; to.0 * channels],
            row_sums: vec![0; to.0 * channels],
            out: Vec::with_capacity(to.0 * to.1 * channels),
        }
    }

    /// The next source row; rows after the last are not looked at.
    pub(super) fn row(&mut self, row: &[u8]) {
        sum_row(row, &self.columns, self.channels, &mut self.row_sums);
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

    /// The result; `None` if rows are missing.
    pub(super) fn finish(self) -> Option<Vec<u8>> {
        (self.current == self.rows.len()).then_some(self.out)
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

fn spans(from: usize, to: usize) -> Vec<Span> {
    (0..to)
        .map(|cell| {
            let (start, end) = (cell * from, (cell + 1) * from);
            let (first, last) = (start / to, (end - 1) / to);
            Span {
                first,
                last,
                first_weight: (end.min((first + 1) * to) - start) as u64,
                inner_weight: to as u64,
                last_weight: (end - last * to) as u64,
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
        let mut average = AreaAverage::new(from, to, channels);
        for row in source.chunks_exact(from.0 * channels) {
            average.row(row);
        }
        average.finish().unwrap()
    }

    #[test]
    fn missing_rows_are_noticed() {
        for to in [(1, 1), (2, 2), (3, 5), (3, 9)] {
            let mut average = AreaAverage::new((3, 5), to, 1);
            for _ in 0..4 {
                average.row(&[1; 3]);
            }
            assert!(average.finish().is_none(), "{to:?}");
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
        }
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
