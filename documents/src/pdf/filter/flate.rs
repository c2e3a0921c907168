//! Deflate with and without the header of zlib.

use miniz_oxide::inflate::TINFLStatus;
use miniz_oxide::inflate::core::inflate_flags::{
    TINFL_FLAG_IGNORE_ADLER32, TINFL_FLAG_PARSE_ZLIB_HEADER,
    TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
};
use miniz_oxide::inflate::core::{DecompressorOxide, decompress};

use super::Decoded;
use crate::Reason;

/// Inflates. The checksum is not compared: writers of PDF get it wrong, and readers
/// do not look.
pub(super) fn decode(data: &[u8], most: usize) -> Result<Decoded, Reason> {
    // Some writers put a line end between `stream` and the data once too often.
    let data = match data {
        [b'\r', b'\n', rest @ ..] | [b'\n', rest @ ..] => rest,
        data => data,
    };
    let decoded = inflate(data, most, TINFL_FLAG_PARSE_ZLIB_HEADER)?;
    if decoded.whole || !decoded.bytes.is_empty() {
        return Ok(decoded);
    }
    // The header is wrong: take what follows it for raw deflate.
    let raw = inflate(data.get(2..).unwrap_or_default(), most, 0)?;
    Ok(if raw.bytes.is_empty() { decoded } else { Decoded { whole: false, ..raw } })
}

fn inflate(data: &[u8], most: usize, flags: u32) -> Result<Decoded, Reason> {
    let flags = flags | TINFL_FLAG_IGNORE_ADLER32 | TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF;
    let mut inflater = Box::new(DecompressorOxide::new());
    let mut out =
        vec![0; data.len().saturating_mul(4).clamp(1 << 10, 1 << 20).min(most.saturating_add(1))];
    let (mut read, mut written) = (0, 0);
    loop {
        let input = data.get(read..).unwrap_or_default();
        let (status, consumed, produced) =
            decompress(&mut inflater, input, &mut out, written, flags);
        read += consumed;
        written += produced;
        if written > most {
            return Err(Reason::TooLarge);
        }
        if status != TINFLStatus::HasMoreOutput {
            out.truncate(written);
            out.shrink_to_fit();
            return Ok(Decoded { bytes: out, whole: status == TINFLStatus::Done });
        }
        // One byte beyond the limit is room enough to see that it is exceeded.
        out.resize(out.len().saturating_mul(2).min(most.saturating_add(1)), 0);
        if written == out.len() {
            return Err(Reason::TooLarge);
        }
    }
}

#[cfg(test)]
mod tests {
    use miniz_oxide::deflate::compress_to_vec_zlib;

    use super::*;

    #[test]
    fn the_limit_is_exact() {
        let packed = compress_to_vec_zlib(&[7; 100_000], 9);
        assert_eq!(decode(&packed, 100_000).unwrap().bytes.len(), 100_000);
        assert!(decode(&packed, 100_000).unwrap().whole);
        assert_eq!(decode(&packed, 99_999), Err(Reason::TooLarge));
    }

    #[test]
    fn damaged_data_give_what_is_there() {
        let plain: Vec<u8> = (0..50_000_u32).flat_map(u32::to_le_bytes).collect();
        let packed = compress_to_vec_zlib(&plain, 6);
        let half = decode(&packed[..packed.len() / 2], 1 << 20).unwrap();
        assert!(!half.whole && half.bytes.len() > 10_000 && plain.starts_with(&half.bytes));
        assert!(!decode(&packed[2..], 1 << 20).unwrap().whole);
        assert_eq!(decode(&[b"\n", packed.as_slice()].concat(), 1 << 20).unwrap().bytes, plain);
        assert!(!decode(b"", 10).unwrap().whole);
    }
}
