//! ASCII 85, hexadecimal, and run lengths.

use super::Decoded;
use crate::Reason;
use crate::hex::digit;
use crate::pdf::lexer::is_space;

pub(super) fn decode_85(data: &[u8], most: usize) -> Result<Decoded, Reason> {
    let mut out = Vec::new();
    let mut group = [0_u8; 5];
    let mut filled = 0;
    let mut whole = false;
    let data = data.strip_prefix(b"<~").unwrap_or(data);
    for &byte in data {
        match byte {
            b'~' => {
                whole = true;
                break;
            }
            b'z' if filled == 0 => out.extend([0; 4]),
            b'!'..=b'u' => {
                if let Some(place) = group.get_mut(filled) {
                    *place = byte - b'!';
                }
                filled += 1;
                if filled == 5 {
                    out.extend(group_85(group));
                    filled = 0;
                }
            }
            byte if is_space(byte) => {}
            _ => break,
        }
        if out.len() > most {
            return Err(Reason::TooLarge);
        }
    }
    if filled > 1 {
        for place in group.iter_mut().skip(filled) {
            *place = 84;
        }
        out.extend(group_85(group).iter().take(filled - 1));
    }
    if out.len() > most { Err(Reason::TooLarge) } else { Ok(Decoded { bytes: out, whole }) }
}

fn group_85(group: [u8; 5]) -> [u8; 4] {
    let value = group
        .iter()
        .fold(0_u32, |value, digit| value.wrapping_mul(85).wrapping_add(u32::from(*digit)));
    value.to_be_bytes()
}

pub(super) fn decode_hex(data: &[u8], most: usize) -> Result<Decoded, Reason> {
    let mut out = Vec::new();
    let mut half: Option<u8> = None;
    let mut whole = false;
    for &byte in data {
        if byte == b'>' {
            whole = true;
            break;
        }
        let Some(digit) = digit(byte) else {
            if is_space(byte) {
                continue;
            }
            break;
        };
        match half.take() {
            Some(high) => out.push(high << 4 | digit),
            None => half = Some(digit),
        }
        if out.len() > most {
            return Err(Reason::TooLarge);
        }
    }
    out.extend(half.map(|high| high << 4));
    if out.len() > most { Err(Reason::TooLarge) } else { Ok(Decoded { bytes: out, whole }) }
}

pub(super) fn decode_runs(data: &[u8], most: usize) -> Result<Decoded, Reason> {
    let mut out = Vec::new();
    let mut rest = data;
    while let [length, tail @ ..] = rest {
        match *length {
            128 => return Ok(Decoded { bytes: out, whole: true }),
            length @ 0..=127 => {
                let count = (usize::from(length) + 1).min(tail.len());
                let (run, tail) = tail.split_at(count);
                out.extend_from_slice(run);
                rest = tail;
            }
            length => {
                let [byte, tail @ ..] = tail else { break };
                out.extend(std::iter::repeat_n(*byte, 257 - usize::from(length)));
                rest = tail;
            }
        }
        if out.len() > most {
            return Err(Reason::TooLarge);
        }
    }
    Ok(Decoded { bytes: out, whole: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_three() {
        assert_eq!(decode_85(b"87cUR D]i,\"z~>", 99).unwrap().bytes, b"Hello Wo\0\0\0\0");
        assert_eq!(
            decode_85(b"<~87cURD]i,\"Ebo80~>", 99).unwrap(),
            Decoded { bytes: b"Hello World!".to_vec(), whole: true }
        );
        assert_eq!(decode_85(b"zzz", 11), Err(Reason::TooLarge));
        assert_eq!(decode_hex(b"48 65 6C6c 6F2>", 99).unwrap().bytes, b"Hello ");
        assert_eq!(
            decode_runs(&[2, b'a', b'b', b'c', 254, b'x', 128, 9], 99).unwrap().bytes,
            b"abcxxx"
        );
        assert_eq!(decode_runs(&[129, b'x'], 127), Err(Reason::TooLarge));
        assert!(!decode_runs(&[129], 127).unwrap().whole);
    }
}
