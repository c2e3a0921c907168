//! Where the strips or tiles of a picture stand.
#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use super::decompress::Compression;
use super::ifd::{Directory, Entry};
use super::layout::{Coding, Layout};
use crate::corpus::views::UnreadableReason::{self, Corrupt, TooMuchMemory, TooMuchWork};

/// The bytes of a strip or tile, stored or decoded.
pub(super) type Stored<'a> = Cow<'a, [u8]>;

/// Strips and tiles may say that together they have this many times the bytes
/// of the file. Honest ones share none.
const MAX_OVERLAP: u64 = 16;
/// Tiles may decode to this many times the bytes of the picture, and some more,
/// since those at the edges are filled up.
const MAX_PADDING: u64 = 8;
const FREE_PADDING: u64 = 256 << 20;
/// Most bytes that all strips or tiles together may decode to.
const MAX_TOTAL: u64 = 4 << 30;

mod tag {
    pub(super) const STRIP_OFFSETS: u16 = 273;
    pub(super) const ROWS_PER_STRIP: u16 = 278;
    pub(super) const STRIP_COUNTS: u16 = 279;
    pub(super) const TILE_WIDTH: u16 = 322;
    pub(super) const TILE_HEIGHT: u16 = 323;
    pub(super) const TILE_OFFSETS: u16 = 324;
    pub(super) const TILE_COUNTS: u16 = 325;
    pub(super) const JPEG_TABLES: u16 = 347;
}

/// The strips or tiles.
pub(super) struct Pieces {
    /// Pixels of a piece.
    pub(super) width: usize,
    height: usize,
    tiles: bool,
    /// Pieces beside and below each other.
    pub(super) across: usize,
    pub(super) down: usize,
    /// 1, or the number of samples if each has pieces of its own.
    pub(super) planes: usize,
    /// Samples of a pixel in one piece.
    pub(super) samples: usize,
    bits: usize,
    /// Pixels that share their colour, across and down.
    shared: (usize, usize),
    offsets: Entry,
    counts: Option<Entry>,
    tables: Option<Entry>,
    file: u64,
}

impl Pieces {
    pub(super) fn read(
        directory: &Directory,
        layout: &Layout,
        file: u64,
    ) -> Result<Self, UnreadableReason> {
        let (image_width, image_height) = (layout.width as usize, layout.height as usize);
        let tiles = directory.entry(tag::TILE_WIDTH).is_some();
        let side = |tag| -> Result<usize, UnreadableReason> {
            let value = directory.first(tag).filter(|&value| value > 0).ok_or(Corrupt)?;
            u32::try_from(value).map(|value| value as usize).map_err(|_| TooMuchMemory)
        };
        let (width, height) = if tiles {
            (side(tag::TILE_WIDTH)?, side(tag::TILE_HEIGHT)?)
        } else {
            // 2^32 - 1, or nothing, for all of them.
            let rows = match directory.entry(tag::ROWS_PER_STRIP) {
                Some(_) => side(tag::ROWS_PER_STRIP)?,
                None => image_height,
            };
            (image_width, rows.min(image_height))
        };
        // Some writers say where strips are by the tags of tiles, and the other
        // way round.
        let (offsets, counts) = if tiles {
            (tag::TILE_OFFSETS, tag::TILE_COUNTS)
        } else {
            (tag::STRIP_OFFSETS, tag::STRIP_COUNTS)
        };
        let either = |first, second| directory.entry(first).or_else(|| directory.entry(second));
        let planes = if layout.planar { layout.samples } else { 1 };
        let pieces = Self {
            width,
            height,
            tiles,
            across: image_width.div_ceil(width),
            down: image_height.div_ceil(height),
            planes,
            samples: if layout.planar { 1 } else { layout.samples },
            bits: layout.bits as usize,
            shared: layout.subsampling,
            offsets: either(offsets, tag::STRIP_OFFSETS).ok_or(Corrupt)?,
            counts: either(counts, tag::STRIP_COUNTS),
            tables: directory.entry(tag::JPEG_TABLES),
            file,
        };
        pieces.check(directory, layout)?;
        Ok(pieces)
    }

    /// Refuses pieces that are too few, or that lie on top of each other, which
    /// could keep a decoder busy for days.
    fn check(&self, directory: &Directory, layout: &Layout) -> Result<(), UnreadableReason> {
        let all = self.in_band().checked_mul(self.down).ok_or(Corrupt)?;
        if self.offsets.count < all as u64 {
            return Err(Corrupt);
        }
        let whole = self.length(self.height) as u64;
        let decoded = whole.saturating_mul(all as u64);
        let picture = u64::from(layout.width)
            .saturating_mul(layout.height.into())
            .saturating_mul((layout.samples as u64).saturating_mul(layout.bits.into()).div_ceil(8));
        let most = picture.saturating_mul(MAX_PADDING).saturating_add(FREE_PADDING);
        if decoded > most.min(MAX_TOTAL) {
            return Err(TooMuchWork);
        }
        let tables = self.tables.map_or(0, |entry| entry.count).saturating_mul(all as u64);
        if tables > self.file.saturating_mul(MAX_OVERLAP).saturating_add(FREE_PADDING) {
            return Err(TooMuchWork);
        }
        let mut sum = 0_u64;
        for piece in 0..all as u64 {
            let count = || self.counts.and_then(|counts| directory.unsigned(counts, piece));
            let stored = match layout.coding {
                Coding::Samples(Compression::None) => whole,
                _ => count().unwrap_or(self.file),
            };
            sum = sum.saturating_add(stored.min(self.file));
        }
        if sum > self.file.saturating_mul(MAX_OVERLAP) {
            return Err(TooMuchWork);
        }
        Ok(())
    }

    /// Most rows of a JPEG stream: some writers fill up the last block, and make
    /// the last strip as high as the others.
    pub(super) fn most_rows(&self) -> usize {
        self.height.next_multiple_of(32)
    }

    /// Pieces that are needed for the same rows.
    pub(super) fn in_band(&self) -> usize {
        self.across.saturating_mul(self.planes)
    }

    /// Rows of a band that are stored.
    pub(super) fn rows_stored(&self, band: usize, height: u32) -> usize {
        if self.tiles { self.height } else { self.rows_seen(band, height) }
    }

    /// Rows of a band that are the picture's.
    pub(super) fn rows_seen(&self, band: usize, height: u32) -> usize {
        (height as usize).saturating_sub(band.saturating_mul(self.height)).min(self.height)
    }

    /// Bytes of a number of decoded rows.
    pub(super) fn length(&self, rows: usize) -> usize {
        self.row_bytes().saturating_mul(rows.div_ceil(self.shared.1))
    }

    /// Bytes of a decoded row, or of a row of blocks where pixels share colours.
    pub(super) fn row_bytes(&self) -> usize {
        if self.shared == (1, 1) {
            let bits = self.width.saturating_mul(self.samples).saturating_mul(self.bits);
            return bits.div_ceil(8);
        }
        let block = self.shared.0.saturating_mul(self.shared.1).saturating_add(2);
        self.width.div_ceil(self.shared.0).saturating_mul(block)
    }

    /// Bytes that are held to decode a band: the pieces, and once more those of
    /// one that is being decoded.
    pub(super) fn held(&self) -> u64 {
        (self.length(self.height) as u64).saturating_mul(self.in_band() as u64)
    }

    /// The number of a piece in the lists of the file.
    fn number(&self, band: usize, piece: usize) -> u64 {
        let plane = piece.checked_div(self.across).unwrap_or(0);
        let column = piece.checked_rem(self.across).unwrap_or(0);
        let before = plane.saturating_mul(self.down).saturating_add(band);
        before.saturating_mul(self.across).saturating_add(column) as u64
    }

    /// The bytes of a piece, with their bits in the order from the highest.
    pub(super) fn stored<'a>(
        &self,
        directory: &Directory<'a>,
        layout: &Layout,
        band: usize,
        piece: usize,
    ) -> Result<Stored<'a>, UnreadableReason> {
        let plain = layout.coding == Coding::Samples(Compression::None);
        let bytes = if plain {
            // The number of bytes follows; files that say another are read.
            let length = self.length(self.rows_stored(band, layout.height));
            self.slice(directory, band, piece, Some(length as u64))?
        } else {
            self.slice(directory, band, piece, None)?
        };
        if layout.reversed {
            return Ok(Cow::Owned(bytes.iter().map(|byte| byte.reverse_bits()).collect()));
        }
        Ok(Cow::Borrowed(bytes))
    }

    fn slice<'a>(
        &self,
        directory: &Directory<'a>,
        band: usize,
        piece: usize,
        length: Option<u64>,
    ) -> Result<&'a [u8], UnreadableReason> {
        let number = self.number(band, piece);
        let start = directory.unsigned(self.offsets, number).ok_or(Corrupt)?;
        let start = usize::try_from(start).map_err(|_| Corrupt)?;
        let rest = directory.bytes().get(start..).ok_or(Corrupt)?;
        if let Some(length) = length {
            return usize::try_from(length)
                .ok()
                .and_then(|length| rest.get(..length))
                .ok_or(Corrupt);
        }
        // Without a count, or with one that cannot be, up to the end of the
        // file: decompressors know when they are done.
        let count = self.counts.and_then(|counts| directory.unsigned(counts, number));
        let count = count.filter(|&count| count > 0).and_then(|count| usize::try_from(count).ok());
        Ok(count.and_then(|count| rest.get(..count)).unwrap_or(rest))
    }

    /// The JPEG stream of a piece, with the tables that all share.
    pub(super) fn stream<'a>(
        &self,
        directory: &Directory<'a>,
        band: usize,
        piece: usize,
    ) -> Result<Stored<'a>, UnreadableReason> {
        let stream = self.slice(directory, band, piece, None)?;
        let Some(tables) = self.tables.and_then(|entry| directory.raw(entry)) else {
            return Ok(Cow::Borrowed(stream));
        };
        let tables = tables.strip_suffix(&[0xff, 0xd9]).unwrap_or(tables);
        let stream = stream.strip_prefix(&[0xff, 0xd8]).ok_or(Corrupt)?;
        Ok(Cow::Owned([tables, stream].concat()))
    }
}
