//! From decoded strips and tiles to rows of red, green and blue over white.
//!
//! The layout is checked by now: sides, samples and bits are small enough that
//! no place in a piece, and none of the sums here, can overflow.
#![allow(clippy::arithmetic_side_effects, reason = "as said above; these are the inner loops")]

use super::ifd::Directory;
use super::layout::{Coding, Colours, Layout};
use super::over_white;
use super::pieces::{Pieces, Stored};
use crate::corpus::views::UnreadableReason;
use crate::corpus::views::image::pixels::{Sample, inks_to_light};

/// Pixels that are unpacked at once; a multiple of 8, so that each lot begins at
/// a whole byte.
const LOT: usize = 4096;

const COLOUR_MAP: u16 = 320;

/// What is needed to read rows.
pub(super) struct Reader {
    layout: Layout,
    little: bool,
    map: Vec<[u8; 3]>,
}

impl Reader {
    pub(super) fn new(
        directory: &Directory,
        layout: &Layout,
        little: bool,
    ) -> Result<Self, UnreadableReason> {
        let mut layout = *layout;
        let jpeg = layout.coding == Coding::Jpeg;
        if jpeg && layout.colours == Colours::YCbCr {
            // The decoder of JPEG has turned it into these.
            layout.colours = Colours::Rgb;
        }
        let map = if layout.colours == Colours::Palette {
            colour_map(directory, layout.bits)?
        } else {
            Vec::new()
        };
        Ok(Self { layout, little, map })
    }

    /// The bytes of a number, from the highest, whatever the order of the file;
    /// the third predictor has an order of its own.
    fn little(&self) -> bool {
        self.little && self.layout.predictor != 3
    }

    /// Makes samples of differences.
    pub(super) fn undo_predictor(&self, samples: &mut Stored, pieces: &Pieces) {
        if self.layout.predictor == 1 {
            return;
        }
        let stride = pieces.samples;
        for row in samples.to_mut().chunks_exact_mut(pieces.row_bytes()) {
            match (self.layout.predictor, self.layout.bits) {
                (2, 8) => add_up::<1>(row, stride, self.little),
                (2, 16) => add_up::<2>(row, stride, self.little),
                (2, _) => add_up::<4>(row, stride, self.little),
                _ => {
                    add_up::<1>(row, stride, false);
                    gather(row);
                }
            }
        }
    }

    /// One row of the picture out of the pieces of its band.
    pub(super) fn row(
        &self,
        decoded: &[Stored],
        pieces: &Pieces,
        row: usize,
        rgb: &mut [u8],
    ) -> Result<(), UnreadableReason> {
        for (column, rgb) in rgb.chunks_mut(pieces.width * 3).enumerate() {
            if self.layout.subsampling != (1, 1) {
                let piece = decoded.get(column).map(AsRef::as_ref).unwrap_or_default();
                self.shared_row(piece, pieces, row, rgb);
                continue;
            }
            let planes = (0..pieces.planes).map(|plane| {
                let piece = decoded.get(plane * pieces.across + column);
                let start = row * pieces.row_bytes();
                let bytes = piece.and_then(|piece| piece.get(start..start + pieces.row_bytes()));
                bytes.ok_or(UnreadableReason::Corrupt)
            });
            let planes: Vec<&[u8]> = planes.collect::<Result<_, _>>()?;
            self.pixels(&planes, pieces.samples, rgb);
        }
        Ok(())
    }

    /// Unpacks and converts; `planes` hold one sample of each pixel, or all.
    fn pixels(&self, planes: &[&[u8]], samples_in_plane: usize, rgb: &mut [u8]) {
        let samples = self.layout.samples;
        let lot_bytes = LOT / 8 * self.layout.bits as usize * samples_in_plane;
        let mut unpacked = vec![0_u32; LOT * samples];
        for (lot, rgb) in rgb.chunks_mut(LOT * 3).enumerate() {
            let pixels = rgb.len() / 3;
            for (plane, bytes) in planes.iter().enumerate() {
                let bytes = bytes.get(lot * lot_bytes..).unwrap_or_default();
                let count = pixels * samples_in_plane;
                if planes.len() == 1 {
                    self.unpack(bytes, unpacked.iter_mut().take(count));
                } else {
                    self.unpack(
                        bytes,
                        unpacked.iter_mut().skip(plane).step_by(samples).take(count),
                    );
                }
            }
            for (pixel, rgb) in unpacked.chunks_exact(samples).zip(rgb.as_chunks_mut::<3>().0) {
                *rgb = self.pixel(pixel);
            }
        }
    }

    fn unpack<'a>(&self, bytes: &[u8], out: impl Iterator<Item = &'a mut u32>) {
        let little = self.little();
        match self.layout.bits {
            8 => out.zip(bytes).for_each(|(out, &byte)| *out = byte.into()),
            16 => out.zip(bytes.as_chunks::<2>().0).for_each(|(out, &bytes)| {
                *out = if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) }
                    .into();
            }),
            24 => out.zip(bytes.as_chunks::<3>().0).for_each(|(out, &[a, b, c])| {
                *out = u32::from_be_bytes(if little { [0, c, b, a] } else { [0, a, b, c] });
            }),
            32 => out.zip(bytes.as_chunks::<4>().0).for_each(|(out, &bytes)| {
                *out = if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };
            }),
            // From the highest bit, whatever the order of bytes.
            bits => {
                let (mut buffer, mut loaded) = (0_u64, 0_u32);
                let mut bytes = bytes.iter();
                for out in out {
                    while loaded < bits {
                        buffer = buffer << 8 | u64::from(bytes.next().copied().unwrap_or(0));
                        loaded += 8;
                    }
                    loaded -= bits;
                    *out = (buffer >> loaded & ((1 << bits) - 1)) as u32;
                }
            }
        }
    }

    /// A sample as light from 0 to 255, halves up.
    fn to_u8(&self, sample: u32) -> u8 {
        if self.layout.float {
            return f32::from_bits(sample).to_u8();
        }
        let (low, high) = self.layout.range;
        if high == 255 && low == 0 {
            return sample as u8;
        }
        let span = high - low;
        let above = u64::from(sample).clamp(low, high) - low;
        ((above * 255 + span / 2) / span) as u8
    }

    fn pixel(&self, samples: &[u32]) -> [u8; 3] {
        let sample = |i: usize| self.to_u8(samples.get(i).copied().unwrap_or(0));
        let colours = match self.layout.colours {
            Colours::MinIsWhite => [255 - sample(0); 3],
            Colours::MinIsBlack => [sample(0); 3],
            Colours::Rgb => [0, 1, 2].map(sample),
            Colours::Cmyk => inks_to_light([0, 1, 2, 3].map(sample)),
            Colours::YCbCr => ycbcr_to_rgb([0, 1, 2].map(sample)),
            Colours::Palette => {
                let place = samples.first().map_or(0, |&place| place as usize);
                self.map.get(place).copied().unwrap_or_default()
            }
        };
        match self.layout.alpha {
            None => colours,
            Some((at, kind)) => {
                colours.map(|colour| over_white(colour, self.alpha(samples, at), kind))
            }
        }
    }

    /// An opacity is never stretched by the range of the colours.
    fn alpha(&self, samples: &[u32], at: usize) -> u8 {
        let sample = samples.get(at).copied().unwrap_or(0);
        if self.layout.float {
            return f32::from_bits(sample).to_u8();
        }
        let full = (1_u64 << self.layout.bits) - 1;
        ((u64::from(sample) * 255 + full / 2) / full) as u8
    }

    /// A row of YCbCr in blocks: the luma of all pixels, then what they share.
    fn shared_row(&self, piece: &[u8], pieces: &Pieces, row: usize, rgb: &mut [u8]) {
        let (across, down) = self.layout.subsampling;
        let block_bytes = across * down + 2;
        let blocks = piece.get(row / down * pieces.row_bytes()..).unwrap_or_default();
        let blocks = blocks.chunks_exact(block_bytes);
        for (rgb, block) in rgb.chunks_mut(across * 3).zip(blocks) {
            let (luma, shared) = block.split_at(across * down);
            let [cb, cr] = *shared else {
                continue;
            };
            let luma = luma.iter().skip(row % down * across);
            for (rgb, &y) in rgb.as_chunks_mut::<3>().0.iter_mut().zip(luma) {
                *rgb = ycbcr_to_rgb([y, cb, cr]);
            }
        }
    }
}

/// The colours of a palette, by the upper half of 16 bits. Where no value is
/// above 255, the writer has forgotten that there are 16.
fn colour_map(directory: &Directory, bits: u32) -> Result<Vec<[u8; 3]>, UnreadableReason> {
    let entry = directory.entry(COLOUR_MAP).ok_or(UnreadableReason::Corrupt)?;
    let count = 1_u64 << bits;
    let values: Vec<u64> = (0..3 * count)
        .map(|index| directory.unsigned(entry, index))
        .collect::<Option<_>>()
        .ok_or(UnreadableReason::Corrupt)?;
    let shift = if values.iter().any(|&value| value > 255) { 8 } else { 0 };
    let byte = |index: u64| values.get(index as usize).map_or(0, |value| (value >> shift) as u8);
    Ok((0..count).map(|i| [byte(i), byte(count + i), byte(2 * count + i)]).collect())
}

/// The formula of the JPEG decoder, 20 bits after the point.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let y = (i32::from(y) << 20) + (1 << 19);
    let (cb, cr) = (i32::from(cb) - 128, i32::from(cr) - 128);
    let light = [y + 1_470_104 * cr, y - 360_857 * cb - 748_830 * cr, y + 1_858_077 * cb];
    light.map(|value| (value >> 20).clamp(0, 255) as u8)
}

/// Adds to each number of `N` bytes the one `stride` numbers before it.
fn add_up<const N: usize>(row: &mut [u8], stride: usize, little: bool) {
    let numbers = row.as_chunks_mut::<N>().0;
    for at in stride..numbers.len() {
        let (before, from_here) = numbers.split_at_mut(at);
        let (Some(earlier), Some(number)) = (before.get(at - stride), from_here.first_mut()) else {
            return;
        };
        let mut carry = 0;
        for i in 0..N {
            // From the lowest byte.
            let place = if little { i } else { N - 1 - i };
            if let (Some(byte), Some(other)) = (number.get_mut(place), earlier.get(place)) {
                let sum = u16::from(*byte) + u16::from(*other) + carry;
                *byte = sum as u8;
                carry = sum >> 8;
            }
        }
    }
}

/// Puts the bytes of numbers together that stand apart: all highest ones first.
fn gather(row: &mut [u8]) {
    let apart = row.to_vec();
    let count = apart.len() / 4;
    for (i, number) in row.as_chunks_mut::<4>().0.iter_mut().enumerate() {
        for (place, byte) in number.iter_mut().enumerate() {
            *byte = apart.get(place * count + i).copied().unwrap_or(0);
        }
    }
}
