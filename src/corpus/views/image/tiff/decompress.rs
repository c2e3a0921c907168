//! From the stored bytes of a strip or tile to its samples.
#![deny(clippy::arithmetic_side_effects)]

use std::borrow::Cow;

use miniz_oxide::inflate::core::{DecompressorOxide, decompress, inflate_flags};
use weezl::BitOrder;
use weezl::decode::Decoder;

use super::fax::{self, Scheme};
use crate::corpus::views::UnreadableReason;

/// How strips and tiles are compressed, JPEG apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// CCITT of some kind.
    Fax(Scheme),
    /// The LZW of TIFF and its older form, which the data tell apart.
    Lzw,
    /// zlib.
    Deflate,
    /// `PackBits`.
    PackBits,
}

/// Decompresses to exactly `length` bytes, `rows` lines of `width` pixels. What
/// is stored beyond them is not looked at.
pub(super) fn stored_to_samples(
    stored: Cow<'_, [u8]>,
    compression: Compression,
    length: usize,
    (width, rows): (usize, usize),
) -> Result<Cow<'_, [u8]>, UnreadableReason> {
    let samples = match compression {
        Compression::None => match stored {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(..length).unwrap_or_default()),
            Cow::Owned(mut bytes) => {
                bytes.truncate(length);
                Cow::Owned(bytes)
            }
        },
        Compression::Fax(scheme) => fax::decode(&stored, scheme, width, rows)?.into(),
        Compression::Lzw => lzw(&stored, length).into(),
        Compression::Deflate => inflate(&stored, length).into(),
        Compression::PackBits => pack_bits(&stored, length).into(),
    };
    if samples.len() < length {
        return Err(UnreadableReason::Corrupt);
    }
    Ok(samples)
}

/// As many bytes as there are, up to `length`.
fn lzw(stored: &[u8], length: usize) -> Vec<u8> {
    // Old writers filled bytes from the lowest bit and widened codes one later;
    // the first code, to clear the table, then begins with a 0 byte and a 1.
    let mut decoder = match stored {
        [0, second, ..] if second & 1 == 1 => Decoder::new(BitOrder::Lsb, 8),
        _ => Decoder::with_tiff_size_switch(BitOrder::Msb, 8),
    };
    let mut out = vec![0; length];
    let (mut read, mut written) = (0_usize, 0_usize);
    loop {
        let input = stored.get(read..).unwrap_or_default();
        let result = decoder.decode_bytes(input, out.get_mut(written..).unwrap_or_default());
        read = read.saturating_add(result.consumed_in);
        written = written.saturating_add(result.consumed_out);
        let moved = result.consumed_in > 0 || result.consumed_out > 0;
        if written >= length || result.status.is_err() || decoder.has_ended() || !moved {
            break;
        }
    }
    out.truncate(written);
    out
}

/// As many bytes as there are, up to `length`. The checksum is not looked at:
/// whether it is reached depends on where the data are cut.
fn inflate(stored: &[u8], length: usize) -> Vec<u8> {
    let mut out = vec![0; length];
    let flags = inflate_flags::TINFL_FLAG_PARSE_ZLIB_HEADER
        | inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF
        | inflate_flags::TINFL_FLAG_IGNORE_ADLER32;
    let mut state = Box::<DecompressorOxide>::default();
    let (_, _, written) = decompress(&mut state, stored, &mut out, 0, flags);
    out.truncate(written);
    out
}

/// As many bytes as there are, up to `length`.
fn pack_bits(stored: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length);
    let mut rest = stored;
    while let [count, after @ ..] = rest {
        let room = length.saturating_sub(out.len());
        if room == 0 {
            break;
        }
        match *count {
            128 => rest = after,
            literal @ 0..=127 => {
                let count = usize::from(literal).saturating_add(1).min(after.len());
                let (bytes, next) = after.split_at_checked(count).unwrap_or((after, &[]));
                out.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
                rest = next;
            }
            repeated => {
                let [byte, next @ ..] = after else {
                    break;
                };
                let count = 257_usize.saturating_sub(usize::from(repeated)).min(room);
                out.resize(out.len().saturating_add(count), *byte);
                rest = next;
            }
        }
    }
    out
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects, reason = "a panic is a failed test")]
mod tests {
    use super::*;

    /// The example of the specification.
    #[test]
    fn pack_bits_are_unpacked() {
        let packed = [
            0xfe, 0xaa, 0x02, 0x80, 0x00, 0x2a, 0xfd, 0xaa, 0x03, 0x80, 0x00, 0x2a, 0x22, 0xf7,
            0xaa,
        ];
        let plain = [
            [0xaa; 3].as_slice(),
            &[0x80, 0x00, 0x2a],
            &[0xaa; 4],
            &[0x80, 0x00, 0x2a, 0x22],
            &[0xaa; 10],
        ]
        .concat();
        assert_eq!(pack_bits(&packed, 24), plain);
        for length in 0..24 {
            assert_eq!(pack_bits(&packed, length), plain[..length]);
        }
        assert_eq!(pack_bits(&packed, 30), plain);
        assert_eq!(pack_bits(&[0x80, 0x05, 1], 6), [1]);
    }

    #[test]
    fn both_forms_of_lzw_are_read() {
        let plain: Vec<u8> = (0..5000_u32).map(|i| (i * i / 77) as u8).collect();
        let new = weezl::encode::Encoder::with_tiff_size_switch(BitOrder::Msb, 8);
        let old = weezl::encode::Encoder::new(BitOrder::Lsb, 8);
        for mut encoder in [new, old] {
            let stored = encoder.encode(&plain).unwrap();
            assert_eq!(lzw(&stored, 5000), plain);
            assert_eq!(lzw(&stored, 4999), plain[..4999]);
            assert_eq!(lzw(&stored, 6000), plain);
            assert!(lzw(&stored[..stored.len() / 2], 5000).len() < 5000);
        }
    }
}
