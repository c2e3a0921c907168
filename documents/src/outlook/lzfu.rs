//! Compressed RTF ([MS-OXRTFCP]): the body of messages that are not plain text.
//!
//! [MS-OXRTFCP]: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxrtfcp/

use crate::{Budget, Reason};

/// What the window holds before the first byte.
const START: &[u8] = b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \
\\fmodern \\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\
\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx";
/// Bytes of the window, a power of two.
const WINDOW: usize = 4096;
/// Bytes of the header.
const HEADER: usize = 16;

/// RTF that was compressed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decompressed {
    /// The RTF, as far as it goes.
    pub(super) rtf: Vec<u8>,
    /// Whether its end was reached and the checksum is right.
    pub(super) sound: bool,
}

/// Decompresses RTF. What is damaged is given as far as it goes, and said to be so.
///
/// # Errors
/// [`Reason::Damaged`] if it is of no known form; [`Reason::TooLarge`] if the budget
/// does not allow the RTF.
pub(super) fn decompress(bytes: &[u8], budget: &mut Budget) -> Result<Decompressed, Reason> {
    let number = |at: usize| -> Result<u32, Reason> {
        let four = bytes.get(at..).and_then(|rest| rest.first_chunk());
        Ok(u32::from_le_bytes(*four.ok_or(Reason::Damaged)?))
    };
    let (stated, raw) = (number(0)?, number(4)?);
    let (form, checksum) = (number(8)?, number(12)?);
    let contents = bytes.get(HEADER..).unwrap_or_default();
    // The length covers the header but for its own four bytes.
    let length = usize::try_from(stated).unwrap_or(usize::MAX).saturating_sub(HEADER - 4);
    let cut = contents.len() < length;
    let contents = contents.get(..length).unwrap_or(contents);
    match &form.to_le_bytes() {
        b"MELA" => {
            let length = usize::try_from(raw).unwrap_or(usize::MAX);
            let rtf = contents.get(..length).unwrap_or(contents);
            budget.take_bytes(rtf.len())?;
            // Some writers count the header among the bytes of the RTF.
            Ok(Decompressed { rtf: rtf.to_vec(), sound: !cut })
        }
        b"LZFu" => {
            budget.take_work(contents.len() as u64)?;
            let (rtf, ended) = unpack(contents, budget)?;
            // Some writers leave the mark of the end out.
            let whole = ended || rtf.len() as u64 == u64::from(raw);
            Ok(Decompressed { rtf, sound: whole && !cut && crc(contents) == checksum })
        }
        _ => Err(Reason::Damaged),
    }
}

/// Unpacks; tells whether the mark of the end was there.
fn unpack(packed: &[u8], budget: &mut Budget) -> Result<(Vec<u8>, bool), Reason> {
    let mut window = [0_u8; WINDOW];
    for (place, &byte) in window.iter_mut().zip(START) {
        *place = byte;
    }
    let mut write = START.len();
    let mut rtf = Vec::new();
    let mut packed = packed.iter().copied();
    while let Some(control) = packed.next() {
        // At most 17 bytes for each bit.
        budget.take_bytes(8 * 17)?;
        for bit in 0..8 {
            if control >> bit & 1 == 0 {
                let Some(byte) = packed.next() else { return Ok((rtf, false)) };
                put(&mut window, &mut write, &mut rtf, byte);
                continue;
            }
            let (Some(high), Some(low)) = (packed.next(), packed.next()) else {
                return Ok((rtf, false));
            };
            // Twelve bits of a place in the window, four of a length.
            let pair = u16::from_be_bytes([high, low]);
            let mut read = usize::from(pair >> 4);
            if read == write {
                return Ok((rtf, true));
            }
            for _ in 0..(pair & 15) + 2 {
                let byte = window.get(read).copied().unwrap_or_default();
                put(&mut window, &mut write, &mut rtf, byte);
                read = (read + 1) % WINDOW;
            }
        }
    }
    Ok((rtf, false))
}

fn put(window: &mut [u8; WINDOW], write: &mut usize, rtf: &mut Vec<u8>, byte: u8) {
    if let Some(place) = window.get_mut(*write) {
        *place = byte;
    }
    *write = (*write + 1) % WINDOW;
    rtf.push(byte);
}

/// CRC-32, but begun with 0 and not inverted at the end.
fn crc(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |crc, &byte| {
        let crc = crc ^ u32::from(byte);
        (0..8).fold(crc, |crc, _| if crc & 1 == 0 { crc >> 1 } else { crc >> 1 ^ 0xedb8_8320 })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of the specification, 4.1 and 4.2.
    const SIMPLE: &[u8] =
        b"\x2d\0\0\0\x2b\0\0\0LZFu\xf1\xc5\xc7\xa7\x03\0\x0a\0rcpg125\x42\x32\x0a\
\xf3 hel\x09\0\x20bw\x05\xb0ld}\x0a\x80\x0f\xa0";
    const CROSSING: &[u8] = b"\x1a\0\0\0\x1c\0\0\0LZFu\xe2\xd4\x4b\x51\x41\0\x04\x20WXYZ\x0d\x6e\
}\x01\x0e\xb0";

    fn of(bytes: &[u8]) -> Decompressed {
        decompress(bytes, &mut Budget::new()).unwrap()
    }

    #[test]
    fn examples_of_the_specification() {
        assert_eq!(START.len(), 207);
        let simple = of(SIMPLE);
        assert_eq!(simple.rtf, b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
        assert!(simple.sound);
        let crossing = of(CROSSING);
        assert_eq!(crossing.rtf, b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
        assert!(crossing.sound);
    }

    #[test]
    fn damage_is_said_and_uncompressed_rtf_is_read() {
        let mut damaged = SIMPLE.to_vec();
        damaged[30] ^= 1;
        assert!(!of(&damaged).sound);
        let cut = of(&SIMPLE[..30]);
        assert!(!cut.sound && cut.rtf.starts_with(b"{\\rtf1\\ansi\\ansicpg125"));

        let stored = of(b"\x0f\0\0\0\x03\0\0\0MELA\0\0\0\0{x}");
        assert_eq!(stored, Decompressed { rtf: b"{x}".to_vec(), sound: true });
        assert_eq!(
            decompress(b"\0\0\0\0\0\0\0\0ZIP \0\0\0\0", &mut Budget::new()),
            Err(Reason::Damaged)
        );
        assert_eq!(decompress(b"LZFu", &mut Budget::new()), Err(Reason::Damaged));
    }
}
