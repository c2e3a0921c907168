//! Exact area-average resampling.

/// Scales `source` of `from = (width, height)` pixels to `to`, `channels`
/// interleaved samples a pixel, both sides of both at least 1.
///
/// Both images cover the unit square; a result is the mean of the source over
/// its own rectangle, halves rounded up. In units of `1/from · 1/to` a source
/// pixel spans `to` units and a result `from` units along each axis, so all
/// weights are integers and the weights of a result add up to
/// `width · height ≤ 2^26`: every sum stays below 2^34. Equal sizes are the
/// identity.
pub(super) fn area_average(
    source: &[u8],
    from: (usize, usize),
    to: (usize, usize),
    channels: usize,
) -> Vec<u8> {
    if from == to {
        return source.to_vec();
    }
    let area = from.0 as u64 * from.1 as u64;
    let columns = spans(from.0, to.0);
    let mut rows = source.chunks_exact(from.0 * channels).enumerate();
    let mut row_sums = vec![0; to.0 * channels];
    let mut current = None;
    let mut out = Vec::with_capacity(to.0 * to.1 * channels);
    for span in spans(from.1, to.1) {
        let mut sums = vec![0; to.0 * channels];
        for (y, weight) in span.weights() {
            // Neighbouring results may share a row; rows never go back.
            while current.is_none_or(|row| row < y) {
                let Some((next, row)) = rows.next() else {
                    break;
                };
                current = Some(next);
                if next == y {
                    sum_row(row, &columns, channels, &mut row_sums);
                }
            }
            for (sum, row_sum) in sums.iter_mut().zip(&row_sums) {
                *sum += weight * row_sum;
            }
        }
        out.extend(sums.iter().map(|sum| ((2 * sum + area) / (2 * area)) as u8));
    }
    out
}

/// Weighted sums of one source row, one for each sample of a result's row.
fn sum_row(row: &[u8], columns: &[Span], channels: usize, sums: &mut [u64]) {
    for (span, sums) in columns.iter().zip(sums.chunks_exact_mut(channels)) {
        sums.fill(0);
        let pixels = row.chunks_exact(channels).skip(span.first);
        for ((_, weight), pixel) in span.weights().zip(pixels) {
            for (sum, &sample) in sums.iter_mut().zip(pixel) {
                *sum += weight * u64::from(sample);
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
    /// Each source cell with its weight.
    fn weights(self) -> impl Iterator<Item = (usize, u64)> {
        (self.first..=self.last).map(move |cell| {
            let weight = if cell == self.first {
                self.first_weight
            } else if cell == self.last {
                self.last_weight
            } else {
                self.inner_weight
            };
            (cell, weight)
        })
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
