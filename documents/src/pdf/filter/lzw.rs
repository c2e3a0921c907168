//! LZW, most significant bit first, with codes of 9 to 12 bits.

use super::Decoded;
use crate::Reason;

const CLEAR: usize = 256;
const END: usize = 257;

/// Undoes LZW. `early` says whether the codes grow one code early (the default).
pub(super) fn decode(data: &[u8], early: bool, most: usize) -> Result<Decoded, Reason> {
    let mut out: Vec<u8> = Vec::new();
    // Each entry of the table is a range of what was written.
    let mut table: Vec<(usize, usize)> = Vec::new();
    let mut previous: Option<(usize, usize)> = None;
    let mut bits = Bits { data, at: 0 };
    loop {
        let size = table.len() + 258 + usize::from(early);
        let width = match size {
            2048.. => 12,
            1024.. => 11,
            512.. => 10,
            _ => 9,
        };
        let Some(code) = bits.take(width) else { return Ok(Decoded { bytes: out, whole: false }) };
        let start = out.len();
        match code {
            CLEAR => {
                table.clear();
                previous = None;
                continue;
            }
            END => return Ok(Decoded { bytes: out, whole: true }),
            0..=255 => out.push(code as u8),
            _ => {
                let entry = table.get(code - 258).copied().or_else(|| {
                    // The entry that this very code makes.
                    let (from, to) = previous.filter(|_| code - 258 == table.len())?;
                    Some((from, to + 1))
                });
                let Some((from, to)) = entry else {
                    return Ok(Decoded { bytes: out, whole: false });
                };
                if out.len().saturating_add(to - from) > most {
                    return Err(Reason::TooLarge);
                }
                for at in from..to {
                    let byte = out.get(at).copied().unwrap_or_default();
                    out.push(byte);
                }
            }
        }
        if out.len() > most {
            return Err(Reason::TooLarge);
        }
        // The last entry and the byte that came after it stand beside each other.
        if let Some((from, to)) = previous
            && table.len() + 258 < 4096
        {
            table.push((from, to + 1));
        }
        previous = Some((start, out.len()));
    }
}

struct Bits<'a> {
    data: &'a [u8],
    /// In bits.
    at: usize,
}

impl Bits<'_> {
    fn take(&mut self, width: usize) -> Option<usize> {
        let mut value = 0;
        let end = self.at + width;
        while self.at < end {
            let byte = usize::from(*self.data.get(self.at / 8)?);
            let offset = self.at % 8;
            let count = (8 - offset).min(end - self.at);
            value = value << count | (byte << offset & 0xff) >> (8 - count);
            self.at += count;
        }
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard() {
        // ISO 32000-1, 7.4.4.2, example 1.
        let data = [0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01];
        let decoded = decode(&data, true, 100).unwrap();
        assert_eq!(decoded.bytes, [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]);
        assert!(decoded.whole);
        assert_eq!(decode(&data, true, 9), Err(Reason::TooLarge));
        assert!(!decode(&data[..5], true, 100).unwrap().whole);
    }

    #[test]
    fn as_other_writers_write_it() {
        let plain: Vec<u8> = (0..200_000_u32).map(|i| (i.wrapping_mul(i) >> 7) as u8).collect();
        let mut late = weezl::encode::Encoder::new(weezl::BitOrder::Msb, 8);
        assert_eq!(decode(&late.encode(&plain).unwrap(), false, 1 << 20).unwrap().bytes, plain);
        let mut early = weezl::encode::Encoder::with_tiff_size_switch(weezl::BitOrder::Msb, 8);
        assert_eq!(decode(&early.encode(&plain).unwrap(), true, 1 << 20).unwrap().bytes, plain);
    }
}
