//! Writes pictures as files.

/// The samples of a picture, as TIFF names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colors {
    /// The least value is white.
    WhiteIsZero,
    /// The least value is black.
    BlackIsZero,
    Rgb,
    Cmyk,
    Palette,
}

impl Colors {
    pub(crate) fn samples(self) -> usize {
        match self {
            Self::WhiteIsZero | Self::BlackIsZero | Self::Palette => 1,
            Self::Rgb => 3,
            Self::Cmyk => 4,
        }
    }

    fn photometric(self) -> u32 {
        match self {
            Self::WhiteIsZero => 0,
            Self::BlackIsZero => 1,
            Self::Rgb => 2,
            Self::Palette => 3,
            Self::Cmyk => 5,
        }
    }
}

/// A picture before it is written.
pub(crate) struct Raster<'d> {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) bits: u32,
    pub(crate) colors: Colors,
    /// Red, green and blue of each entry of a palette.
    pub(crate) palette: Vec<[u8; 3]>,
    /// How `data` are packed: 1 not at all, 4 by Group 4, 8 by Deflate.
    pub(crate) compression: u32,
    pub(crate) data: &'d [u8],
}

impl Raster<'_> {
    /// Bytes of a row.
    pub(crate) fn row(width: u32, bits: u32, samples: usize) -> Option<usize> {
        let bits = u64::from(width).checked_mul(u64::from(bits))?.checked_mul(samples as u64)?;
        usize::try_from(bits.div_ceil(8)).ok()
    }

    /// The picture as TIFF, in one strip, numbers with their first byte first as the
    /// samples of PDF have it. Nothing if it is too large for the format.
    pub(crate) fn tiff(&self) -> Option<Vec<u8>> {
        let samples = u32::try_from(self.colors.samples()).ok()?;
        let length = u32::try_from(self.data.len()).ok()?;
        let mut extra: Vec<u8> = Vec::new();
        // Tag, type (3: 16 bits, 4: 32 bits), count, value or place in `extra`.
        let mut entries: Vec<(u32, u32, u32, Value)> = vec![
            (256, 4, 1, Value::Is(self.width)),
            (257, 4, 1, Value::Is(self.height)),
            (258, 3, samples, Value::Is(self.bits)),
            (259, 3, 1, Value::Is(self.compression)),
            (262, 3, 1, Value::Is(self.colors.photometric())),
            (273, 4, 1, Value::Data),
            (277, 3, 1, Value::Is(samples)),
            (278, 4, 1, Value::Is(self.height)),
            (279, 4, 1, Value::Is(length)),
        ];
        if samples > 1 {
            for _ in 0..samples {
                extra.extend_from_slice(&(self.bits as u16).to_be_bytes());
            }
            if let Some(entry) = entries.get_mut(2) {
                entry.3 = Value::Extra(0);
            }
        }
        if self.colors == Colors::Palette {
            let count = 1_usize << self.bits.min(8);
            let place = extra.len();
            for channel in 0..3 {
                for index in 0..count {
                    let value = self
                        .palette
                        .get(index)
                        .and_then(|color| color.get(channel))
                        .copied()
                        .unwrap_or(0);
                    extra.extend_from_slice(&[value, value]);
                }
            }
            entries.push((320, 3, 3 * count as u32, Value::Extra(place as u32)));
        }
        let extra_at = 8 + 2 + 12 * entries.len() as u32 + 4;
        let data_at = extra_at + extra.len() as u32;
        data_at.checked_add(length)?;
        let mut out = Vec::with_capacity(data_at as usize + self.data.len());
        out.extend_from_slice(b"MM\0\x2a\0\0\0\x08");
        out.extend_from_slice(&(entries.len() as u16).to_be_bytes());
        for (tag, kind, count, value) in entries {
            out.extend_from_slice(&(tag as u16).to_be_bytes());
            out.extend_from_slice(&(kind as u16).to_be_bytes());
            out.extend_from_slice(&count.to_be_bytes());
            let value = match value {
                Value::Is(value) if kind == 3 => value << 16,
                Value::Is(value) => value,
                Value::Extra(place) => extra_at + place,
                Value::Data => data_at,
            };
            out.extend_from_slice(&value.to_be_bytes());
        }
        out.extend_from_slice(&[0; 4]);
        out.extend_from_slice(&extra);
        out.extend_from_slice(self.data);
        Some(out)
    }

    /// The picture as PNG, where `data` are what PNG holds: rows with their predictors
    /// under Deflate with the header of zlib. Nothing if PNG has no such picture.
    pub(crate) fn png(&self) -> Option<Vec<u8>> {
        let color = match self.colors {
            Colors::BlackIsZero => 0,
            Colors::Rgb if self.bits >= 8 => 2,
            Colors::Palette if self.bits <= 8 => 3,
            _ => return None,
        };
        let mut header = Vec::new();
        header.extend_from_slice(&self.width.to_be_bytes());
        header.extend_from_slice(&self.height.to_be_bytes());
        header.extend_from_slice(&[self.bits as u8, color, 0, 0, 0]);
        let mut out = b"\x89PNG\r\n\x1a\n".to_vec();
        chunk(&mut out, *b"IHDR", &header)?;
        if self.colors == Colors::Palette {
            chunk(&mut out, *b"PLTE", &self.palette.concat())?;
        }
        chunk(&mut out, *b"IDAT", self.data)?;
        chunk(&mut out, *b"IEND", &[])?;
        Some(out)
    }
}

enum Value {
    Is(u32),
    Extra(u32),
    Data,
}

fn chunk(out: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> Option<()> {
    out.extend_from_slice(&u32::try_from(data.len()).ok()?.to_be_bytes());
    let mut sum = Crc(u32::MAX);
    sum.add(&kind);
    sum.add(data);
    out.extend_from_slice(&kind);
    out.extend_from_slice(data);
    out.extend_from_slice(&(!sum.0).to_be_bytes());
    Some(())
}

/// The checksum of PNG.
struct Crc(u32);

impl Crc {
    fn add(&mut self, data: &[u8]) {
        for byte in data {
            let mut value = (self.0 ^ u32::from(*byte)) & 0xff;
            for _ in 0..8 {
                value = if value & 1 == 1 { value >> 1 ^ 0xedb8_8320 } else { value >> 1 };
            }
            self.0 = self.0 >> 8 ^ value;
        }
    }
}
