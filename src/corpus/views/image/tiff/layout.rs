//! What the tags of a directory say about its bytes.
//!
//! Every tag that changes what the bytes mean is looked at here: it is honoured,
//! or the file is refused as unsupported. `docs/pictures.md` lists them.
#![deny(clippy::arithmetic_side_effects)]

use super::decompress::Compression;
use super::fax::Scheme;
use super::ifd::Directory;
use crate::corpus::views::UnreadableReason::{self, Corrupt, Unsupported};

mod tag {
    pub(super) const WIDTH: u16 = 256;
    pub(super) const HEIGHT: u16 = 257;
    pub(super) const BITS: u16 = 258;
    pub(super) const COMPRESSION: u16 = 259;
    pub(super) const PHOTOMETRIC: u16 = 262;
    pub(super) const FILL_ORDER: u16 = 266;
    pub(super) const SAMPLES: u16 = 277;
    pub(super) const PLANAR: u16 = 284;
    pub(super) const T4_OPTIONS: u16 = 292;
    pub(super) const PREDICTOR: u16 = 317;
    pub(super) const INK_SET: u16 = 332;
    pub(super) const NUMBER_OF_INKS: u16 = 334;
    pub(super) const DOT_RANGE: u16 = 336;
    pub(super) const EXTRA_SAMPLES: u16 = 338;
    pub(super) const SAMPLE_FORMAT: u16 = 339;
    pub(super) const S_MIN: u16 = 340;
    pub(super) const S_MAX: u16 = 341;
    pub(super) const INDEXED: u16 = 346;
    pub(super) const DECODE: u16 = 433;
    pub(super) const COEFFICIENTS: u16 = 529;
    pub(super) const SUBSAMPLING: u16 = 530;
    pub(super) const REFERENCE: u16 = 532;
    pub(super) const IMAGE_DEPTH: u16 = 32997;
    pub(super) const TILE_DEPTH: u16 = 32998;
}

/// How samples become colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colours {
    /// 0 is white.
    MinIsWhite,
    /// 0 is black.
    MinIsBlack,
    /// Red, green, blue.
    Rgb,
    /// A place in the colour map.
    Palette,
    /// Inks.
    Cmyk,
    /// Luma and two differences, in blocks that share these.
    YCbCr,
}

impl Colours {
    /// Samples of a pixel, without extra ones.
    pub(super) fn samples(self) -> usize {
        match self {
            Self::MinIsWhite | Self::MinIsBlack | Self::Palette => 1,
            Self::Rgb | Self::YCbCr => 3,
            Self::Cmyk => 4,
        }
    }
}

/// What an opacity has done to the colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alpha {
    /// Colours are multiplied by it already.
    Associated,
    /// They are not.
    Unassociated,
}

/// How the bytes of a strip or tile are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Coding {
    /// Samples, perhaps compressed.
    Samples(Compression),
    /// A JPEG stream each.
    Jpeg,
    /// The older scheme.
    OldJpeg,
}

/// The meaning of a directory's bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) bits: u32,
    pub(super) float: bool,
    /// The samples that are black and full, for unsigned integers.
    pub(super) range: (u64, u64),
    pub(super) samples: usize,
    pub(super) planar: bool,
    pub(super) colours: Colours,
    /// Which sample is an opacity.
    pub(super) alpha: Option<(usize, Alpha)>,
    pub(super) coding: Coding,
    pub(super) predictor: u64,
    pub(super) reversed: bool,
    pub(super) subsampling: (usize, usize),
}

/// Most samples of a pixel, as in libtiff's simple interface twice over.
const MAX_SAMPLES: u64 = 64;

impl Layout {
    pub(super) fn read(directory: &Directory) -> Result<Self, UnreadableReason> {
        let side = |tag| u32::try_from(required(directory, tag)?).map_err(|_| Unsupported);
        let (width, height) = (side(tag::WIDTH)?, side(tag::HEIGHT)?);
        if width == 0 || height == 0 {
            return Err(Corrupt);
        }
        for tag in [tag::IMAGE_DEPTH, tag::TILE_DEPTH] {
            only(directory, tag, 1)?;
        }
        unreadable(directory, tag::DECODE)?;
        only(directory, tag::INDEXED, 0)?;

        let coding = coding(directory)?;
        let samples = match optional(directory, tag::SAMPLES)? {
            Some(samples) => samples,
            // Forgotten in the older JPEG scheme, which has none but these.
            None if coding == Coding::OldJpeg && directory.first(tag::PHOTOMETRIC) == Some(6) => 3,
            None => 1,
        };
        if samples == 0 || samples > MAX_SAMPLES {
            return Err(Unsupported);
        }
        let bits = alike(directory, tag::BITS, samples)?.unwrap_or(1);
        let float = match alike(directory, tag::SAMPLE_FORMAT, samples)?.unwrap_or(1) {
            // 4: of undefined form, which is to be read as unsigned.
            1 | 4 => false,
            3 => true,
            _ => return Err(Unsupported),
        };
        if bits == 0 || bits > 32 || (float && bits != 32) {
            return Err(Unsupported);
        }
        let bits = u32::try_from(bits).map_err(|_| Unsupported)?;
        let colours = colours(directory, coding, samples)?;
        let samples = usize::try_from(samples).map_err(|_| Unsupported)?;
        let layout = Self {
            width,
            height,
            bits,
            float,
            range: range(directory, bits, float, colours)?,
            samples,
            planar: match optional(directory, tag::PLANAR)?.unwrap_or(1) {
                1 => false,
                2 => samples > 1,
                _ => return Err(Unsupported),
            },
            colours,
            alpha: alpha(directory, colours, samples)?,
            coding,
            predictor: predictor(directory, coding, bits, float)?,
            reversed: match optional(directory, tag::FILL_ORDER)?.unwrap_or(1) {
                1 => false,
                2 => true,
                _ => return Err(Unsupported),
            },
            subsampling: subsampling(directory, colours, coding)?,
        };
        layout.check(directory)?;
        Ok(layout)
    }

    /// What does not go together.
    fn check(&self, directory: &Directory) -> Result<(), UnreadableReason> {
        if self.samples < self.colours.samples() {
            return Err(Corrupt);
        }
        let fax = matches!(self.coding, Coding::Samples(Compression::Fax(_)));
        let jpeg = matches!(self.coding, Coding::Jpeg | Coding::OldJpeg);
        let eight = self.bits == 8 && !self.float;
        let fits = match self.colours {
            Colours::MinIsWhite | Colours::MinIsBlack | Colours::Rgb => true,
            Colours::Palette => self.bits <= 16 && !self.float,
            Colours::Cmyk => !self.float,
            Colours::YCbCr => eight && if jpeg { !self.planar } else { self.samples == 3 },
        };
        if !fits || (fax && (self.bits != 1 || self.samples != 1)) || (jpeg && !eight) {
            return Err(Unsupported);
        }
        // What is multiplied then is ink, which no one has defined.
        let ink = matches!(self.colours, Colours::MinIsWhite | Colours::Cmyk);
        if ink && matches!(self.alpha, Some((_, Alpha::Associated))) {
            return Err(Unsupported);
        }
        if self.subsampling != (1, 1) && (self.planar || self.predictor != 1) {
            return Err(Unsupported);
        }
        match self.colours {
            Colours::Cmyk => {
                only(directory, tag::INK_SET, 1)?;
                only(directory, tag::NUMBER_OF_INKS, 4)?;
                fractions(directory, tag::DOT_RANGE, &[(0, 1), (self.range.1, 1)])
            }
            Colours::YCbCr => {
                fractions(directory, tag::COEFFICIENTS, &[(299, 1000), (587, 1000), (114, 1000)])?;
                let reference = [(0, 1), (255, 1), (128, 1), (255, 1), (128, 1), (255, 1)];
                fractions(directory, tag::REFERENCE, &reference)
            }
            Colours::Rgb => {
                let full = (self.range.1, 1);
                fractions(directory, tag::REFERENCE, &[(0, 1), full, (0, 1), full, (0, 1), full])
            }
            _ => Ok(()),
        }
    }
}

fn coding(directory: &Directory) -> Result<Coding, UnreadableReason> {
    let options = || optional(directory, tag::T4_OPTIONS).map(|options| options.unwrap_or(0));
    Ok(Coding::Samples(match optional(directory, tag::COMPRESSION)?.unwrap_or(1) {
        1 => Compression::None,
        2 => Compression::Fax(Scheme::Aligned(8)),
        3 if options()? & 1 == 0 => Compression::Fax(Scheme::Group3),
        3 => Compression::Fax(Scheme::Group3Mixed),
        4 => Compression::Fax(Scheme::Group4),
        5 => Compression::Lzw,
        6 => return Ok(Coding::OldJpeg),
        7 => return Ok(Coding::Jpeg),
        8 | 32946 => Compression::Deflate,
        32771 => Compression::Fax(Scheme::Aligned(16)),
        32773 => Compression::PackBits,
        _ => return Err(Unsupported),
    }))
}

fn colours(
    directory: &Directory,
    coding: Coding,
    samples: u64,
) -> Result<Colours, UnreadableReason> {
    Ok(match optional(directory, tag::PHOTOMETRIC)? {
        Some(0) => Colours::MinIsWhite,
        Some(1) => Colours::MinIsBlack,
        Some(2) => Colours::Rgb,
        Some(3) => Colours::Palette,
        Some(5) => Colours::Cmyk,
        Some(6) => Colours::YCbCr,
        Some(_) => return Err(Unsupported),
        // As other readers have it.
        None => match (samples, coding) {
            (1 | 2, Coding::Samples(Compression::Fax(_))) => Colours::MinIsWhite,
            (1 | 2, _) => Colours::MinIsBlack,
            (3 | 4, Coding::Samples(_)) => Colours::Rgb,
            (3, _) => Colours::YCbCr,
            _ => return Err(Unsupported),
        },
    })
}

fn alpha(
    directory: &Directory,
    colours: Colours,
    samples: usize,
) -> Result<Option<(usize, Alpha)>, UnreadableReason> {
    let first = colours.samples();
    let Some(entry) = directory.entry(tag::EXTRA_SAMPLES) else {
        // Writers that forget the tag mean an opacity.
        let one_more = samples.checked_sub(1) == Some(first) && colours != Colours::Palette;
        return Ok(one_more.then_some((first, Alpha::Unassociated)));
    };
    for sample in first..samples {
        let index = sample.saturating_sub(first) as u64;
        if index >= entry.count {
            break;
        }
        let kind = directory.unsigned(entry, index).ok_or(Corrupt)?;
        match kind {
            0 => {}
            1 if colours == Colours::Palette => return Err(Unsupported),
            1 => return Ok(Some((sample, Alpha::Associated))),
            2 => return Ok(Some((sample, Alpha::Unassociated))),
            _ => return Err(Unsupported),
        }
    }
    Ok(None)
}

/// Which samples are the least and the most light.
fn range(
    directory: &Directory,
    bits: u32,
    float: bool,
    colours: Colours,
) -> Result<(u64, u64), UnreadableReason> {
    let full = 1_u64.checked_shl(bits).unwrap_or(0).saturating_sub(1);
    if float {
        // 0 to 1 unless these say something else.
        for (tag, one) in [(tag::S_MIN, false), (tag::S_MAX, true)] {
            if directory.entry(tag).is_some_and(|entry| !directory.all_are(entry, one)) {
                return Err(Unsupported);
            }
        }
        return Ok((0, full));
    }
    let end = |tag| -> Result<Option<u64>, UnreadableReason> {
        let Some(entry) = directory.entry(tag) else {
            return Ok(None);
        };
        alike(directory, tag, entry.count)
    };
    let low = end(tag::S_MIN)?.unwrap_or(0);
    let high = end(tag::S_MAX)?.unwrap_or(full);
    let gray_or_rgb = matches!(colours, Colours::MinIsWhite | Colours::MinIsBlack | Colours::Rgb);
    if (low, high) != (0, full) && (!gray_or_rgb || low >= high || high > full) {
        return Err(Unsupported);
    }
    Ok((low, high))
}

fn predictor(
    directory: &Directory,
    coding: Coding,
    bits: u32,
    float: bool,
) -> Result<u64, UnreadableReason> {
    // Only these two compressions have one.
    if !matches!(coding, Coding::Samples(Compression::Lzw | Compression::Deflate)) {
        return Ok(1);
    }
    match optional(directory, tag::PREDICTOR)?.unwrap_or(1) {
        1 => Ok(1),
        2 if matches!(bits, 8 | 16 | 32) => Ok(2),
        3 if float => Ok(3),
        _ => Err(Unsupported),
    }
}

fn subsampling(
    directory: &Directory,
    colours: Colours,
    coding: Coding,
) -> Result<(usize, usize), UnreadableReason> {
    // A JPEG stream says it itself.
    if colours != Colours::YCbCr || !matches!(coding, Coding::Samples(_)) {
        return Ok((1, 1));
    }
    let Some(entry) = directory.entry(tag::SUBSAMPLING) else {
        return Ok((2, 2));
    };
    let factor = |index| match directory.unsigned(entry, index) {
        Some(factor @ (1 | 2 | 4)) => Ok(factor as usize),
        Some(_) => Err(Unsupported),
        None => Err(Corrupt),
    };
    Ok((factor(0)?, factor(1)?))
}

/// The first value of a tag that must be there.
fn required(directory: &Directory, tag: u16) -> Result<u64, UnreadableReason> {
    optional(directory, tag)?.ok_or(Corrupt)
}

/// The first value of a tag, if it is there.
fn optional(directory: &Directory, tag: u16) -> Result<Option<u64>, UnreadableReason> {
    let Some(entry) = directory.entry(tag) else {
        return Ok(None);
    };
    directory.unsigned(entry, 0).map(Some).ok_or(Corrupt)
}

/// The one value of a tag with a value for each sample, or one for all.
fn alike(directory: &Directory, tag: u16, samples: u64) -> Result<Option<u64>, UnreadableReason> {
    let Some(entry) = directory.entry(tag) else {
        return Ok(None);
    };
    let first = directory.unsigned(entry, 0).ok_or(Unsupported)?;
    for index in 1..entry.count.min(samples).min(MAX_SAMPLES) {
        if directory.unsigned(entry, index).ok_or(Corrupt)? != first {
            return Err(Unsupported);
        }
    }
    Ok(Some(first))
}

/// A tag that may only say what is so without it.
fn only(directory: &Directory, tag: u16, value: u64) -> Result<(), UnreadableReason> {
    match optional(directory, tag)? {
        Some(other) if other != value => Err(Unsupported),
        _ => Ok(()),
    }
}

fn unreadable(directory: &Directory, tag: u16) -> Result<(), UnreadableReason> {
    if directory.entry(tag).is_some() { Err(Unsupported) } else { Ok(()) }
}

/// A tag of fractions that may only say what is so without it, to the fourth
/// decimal, since writers round.
fn fractions(
    directory: &Directory,
    tag: u16,
    expected: &[(u64, u64)],
) -> Result<(), UnreadableReason> {
    let Some(entry) = directory.entry(tag) else {
        return Ok(());
    };
    for (index, &(number, by)) in (0..entry.count).zip(expected) {
        let (n, d) = directory.fraction(entry, index).ok_or(Unsupported)?;
        let (n, d) = (u128::from(n), u128::from(d));
        let (number, by) = (u128::from(number), u128::from(by));
        let apart = n.saturating_mul(by).abs_diff(number.saturating_mul(d));
        if d == 0 || apart.saturating_mul(10_000) > d.saturating_mul(by) {
            return Err(Unsupported);
        }
    }
    Ok(())
}
