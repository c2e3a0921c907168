//! Fax data in the variants that TIFF has no name for, unpacked by hayro-ccitt: it
//! counts in integers, and holds two rows at a time.

use hayro_ccitt::{DecodeSettings, Decoder, DecoderContext, EncodingMode};

use super::file::File;
use crate::{Budget, Reason};

/// How the data are coded.
pub(crate) struct Settings {
    pub(crate) k: i64,
    pub(crate) aligned: bool,
    pub(crate) end_of_line: bool,
    pub(crate) end_of_block: bool,
}

/// Unpacks rows of one bit for each pixel, 1 for black.
///
/// # Errors
/// [`Reason::Damaged`] if there are fewer rows; [`Reason::TooLarge`].
pub(crate) fn decode(
    file: &File<'_, '_>,
    data: &[u8],
    width: u32,
    height: u32,
    settings: Settings,
) -> Result<Vec<u8>, Reason> {
    let row = width.div_ceil(8) as usize;
    let length = row.checked_mul(height as usize).filter(|length| *length <= Budget::STREAM_BYTES);
    let length = length.ok_or(Reason::TooLarge)?;
    file.spend(|budget| {
        budget.take_bytes(length)?;
        budget.take_work(length as u64)
    })?;
    let settings = DecodeSettings {
        columns: width,
        rows: height,
        end_of_block: settings.end_of_block,
        end_of_line: settings.end_of_line,
        rows_are_byte_aligned: settings.aligned,
        encoding: match settings.k {
            ..0 => EncodingMode::Group4,
            0 => EncodingMode::Group3_1D,
            1.. => EncodingMode::Group3_2D,
        },
        strict: false,
    };
    let mut rows = Rows { out: Vec::new(), row, width, length };
    let mut context = DecoderContext::new(settings);
    // An error may come after the last row.
    let _ = hayro_ccitt::decode(data, &mut rows, &mut context);
    if rows.out.len() < length { Err(Reason::Damaged) } else { Ok(rows.out) }
}

struct Rows {
    out: Vec<u8>,
    row: usize,
    width: u32,
    length: usize,
}

impl Decoder for Rows {
    fn push_row(&mut self, changes: &[u32]) {
        if self.out.len() >= self.length {
            return;
        }
        let start = self.out.len();
        self.out.resize(start + self.row, 0);
        let Some(row) = self.out.get_mut(start..) else { return };
        for run in changes.chunks(2) {
            let [from, rest @ ..] = run else { continue };
            let to = rest.first().copied().unwrap_or(self.width).min(self.width);
            for x in *from..to {
                if let Some(byte) = row.get_mut(x as usize / 8) {
                    *byte |= 0x80 >> (x % 8);
                }
            }
        }
    }
}
