//! What Flate and LZW streams of rows are predicted by.

use crate::Reason;

/// The parameters of a prediction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Predictor {
    /// 1: none, 2: TIFF, 10 to 15: PNG.
    pub(crate) kind: i64,
    pub(crate) colors: i64,
    pub(crate) bits: i64,
    pub(crate) columns: i64,
}

impl Predictor {
    /// Undoes the prediction. The result is no longer than the data.
    ///
    /// # Errors
    /// [`Reason::Damaged`] if the parameters make no sense.
    pub(crate) fn undo(self, data: Vec<u8>) -> Result<Vec<u8>, Reason> {
        if self.kind <= 1 {
            return Ok(data);
        }
        let (Ok(colors @ 1..=32), Ok(bits @ (1 | 2 | 4 | 8 | 16)), Ok(columns @ 1..)) = (
            usize::try_from(self.colors),
            usize::try_from(self.bits),
            usize::try_from(self.columns),
        ) else {
            return Err(Reason::Damaged);
        };
        let row = columns
            .checked_mul(colors * bits)
            .filter(|bits| *bits < 1 << 33)
            .ok_or(Reason::Damaged)?
            .div_ceil(8);
        let pixel = (colors * bits).div_ceil(8);
        if self.kind == 2 { Ok(tiff(data, row, colors, bits)) } else { Ok(png(&data, row, pixel)) }
    }
}

fn tiff(mut data: Vec<u8>, row: usize, colors: usize, bits: usize) -> Vec<u8> {
    for row in data.chunks_mut(row) {
        match bits {
            8 => {
                for at in colors..row.len() {
                    let left = row.get(at - colors).copied().unwrap_or_default();
                    if let Some(byte) = row.get_mut(at) {
                        *byte = byte.wrapping_add(left);
                    }
                }
            }
            16 => {
                for at in (colors * 2..row.len().saturating_sub(1)).step_by(2) {
                    let read = |at: usize| {
                        let high = row.get(at).copied().unwrap_or_default();
                        u16::from_be_bytes([high, row.get(at + 1).copied().unwrap_or_default()])
                    };
                    let sum = read(at).wrapping_add(read(at - colors * 2)).to_be_bytes();
                    if let Some(place) = row.get_mut(at..at + 2) {
                        place.copy_from_slice(&sum);
                    }
                }
            }
            _ => tiff_bits(row, colors, bits),
        }
    }
    data
}

fn tiff_bits(row: &mut [u8], colors: usize, bits: usize) {
    let mask = (1_u8 << bits) - 1;
    let shift = |sample: usize| 8 - bits - sample * bits % 8;
    for sample in colors..row.len() * 8 / bits {
        let left = sample - colors;
        let value = row.get(left * bits / 8).copied().unwrap_or_default() >> shift(left);
        if let Some(byte) = row.get_mut(sample * bits / 8) {
            let sum = (*byte >> shift(sample)).wrapping_add(value) & mask;
            *byte = *byte & !(mask << shift(sample)) | sum << shift(sample);
        }
    }
}

fn png(data: &[u8], row: usize, pixel: usize) -> Vec<u8> {
    let mut out: Vec<u8> = Vec::with_capacity(data.len());
    let mut above: Vec<u8> = vec![0; row.min(data.len())];
    let mut current: Vec<u8> = Vec::with_capacity(above.len());
    for line in data.chunks(row.saturating_add(1)) {
        let Some((kind, line)) = line.split_first() else { break };
        current.clear();
        for (at, byte) in line.iter().enumerate() {
            let left = at.checked_sub(pixel).and_then(|at| current.get(at)).copied().unwrap_or(0);
            let up = above.get(at).copied().unwrap_or(0);
            let corner = at.checked_sub(pixel).and_then(|at| above.get(at)).copied().unwrap_or(0);
            let predicted = match kind {
                1 => left,
                2 => up,
                3 => ((u16::from(left) + u16::from(up)) / 2) as u8,
                4 => paeth(left, up, corner),
                _ => 0,
            };
            current.push(byte.wrapping_add(predicted));
        }
        out.extend_from_slice(&current);
        std::mem::swap(&mut above, &mut current);
    }
    out
}

fn paeth(left: u8, up: u8, corner: u8) -> u8 {
    let (a, b, c) = (i16::from(left), i16::from(up), i16::from(corner));
    let estimate = a + b - c;
    let (da, db, dc) = ((estimate - a).abs(), (estimate - b).abs(), (estimate - c).abs());
    if da <= db && da <= dc {
        left
    } else if db <= dc {
        up
    } else {
        corner
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn predictor(kind: i64, colors: i64, bits: i64, columns: i64) -> Predictor {
        Predictor { kind, colors, bits, columns }
    }

    #[test]
    fn rows_of_png() {
        let rows = [0, 1, 2, 3, 1, 1, 1, 1, 2, 1, 1, 1, 3, 1, 1, 1, 4, 1, 1, 1];
        let plain = predictor(15, 1, 8, 3).undo(rows.to_vec()).unwrap();
        assert_eq!(plain, [1, 2, 3, 1, 2, 3, 2, 3, 4, 2, 3, 4, 3, 4, 5]);
    }

    #[test]
    fn rows_of_tiff() {
        assert_eq!(predictor(2, 1, 8, 3).undo(vec![1, 1, 1, 5, 1, 1]).unwrap(), [1, 2, 3, 5, 6, 7]);
        assert_eq!(predictor(2, 1, 16, 2).undo(vec![1, 255, 0, 1]).unwrap(), [1, 255, 2, 0]);
        assert_eq!(predictor(2, 1, 4, 4).undo(vec![0x11, 0x1f]).unwrap(), [0x12, 0x32]);
        assert_eq!(predictor(2, 1, 1, 8).undo(vec![0b1010_0000]).unwrap(), [0b1100_0000]);
    }

    #[test]
    fn senseless_parameters_are_refused() {
        for bad in [predictor(15, 0, 8, 3), predictor(2, 1, 3, 3), predictor(12, 1, 8, i64::MAX)] {
            assert_eq!(bad.undo(vec![0; 10]), Err(Reason::Damaged));
        }
        assert_eq!(predictor(12, 1, 8, 1 << 20).undo(vec![0; 10]).unwrap().len(), 9);
    }
}
