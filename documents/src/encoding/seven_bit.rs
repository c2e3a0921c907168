//! Encodings of seven bits that old mail uses and the Encoding Standard leaves out:
//! UTF-7 (RFC 2152), HZ (RFC 1843) and ISO-2022-KR (RFC 1557).

use encoding_rs::{EUC_KR, GBK};

/// An encoding of seven bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf7,
    Hz,
    Korean,
}

impl Encoding {
    pub(super) fn of_label(label: &str) -> Option<Self> {
        let is = |names: &[&str]| names.iter().any(|name| label.eq_ignore_ascii_case(name));
        if is(&["utf-7", "utf7", "unicode-1-1-utf-7", "x-unicode-2-0-utf-7", "csunicode11utf7"]) {
            Some(Self::Utf7)
        } else if is(&["hz-gb-2312", "hz"]) {
            Some(Self::Hz)
        } else if is(&["iso-2022-kr", "csiso2022kr"]) {
            Some(Self::Korean)
        } else {
            None
        }
    }

    /// The encoding that escapes tell without a label.
    pub(super) fn of_escapes(bytes: &[u8]) -> Option<Self> {
        let korean = bytes.is_ascii() && bytes.windows(4).any(|window| window == b"\x1b$)C");
        korean.then_some(Self::Korean)
    }

    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            Self::Utf7 => decode_utf7(bytes),
            Self::Hz => GBK.decode_without_bom_handling(&lift_hz(bytes)).0.into_owned(),
            Self::Korean => EUC_KR.decode_without_bom_handling(&lift_korean(bytes)).0.into_owned(),
        }
    }
}

/// UTF-7: `+`, base64 of UTF-16BE without padding, `-` or any byte outside base64.
fn decode_utf7(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(plus) = rest.iter().position(|&byte| byte == b'+') {
        let (plain, shifted) = rest.split_at(plus);
        text.extend(plain.iter().map(|&byte| char::from(byte)));
        let shifted = shifted.get(1..).unwrap_or_default();
        let length =
            shifted.iter().position(|&byte| sextet(byte).is_none()).unwrap_or(shifted.len());
        let (digits, after) = shifted.split_at(length);
        rest = after.strip_prefix(b"-").unwrap_or(after);
        if digits.is_empty() {
            // `+-` is a plus sign.
            text.push('+');
            continue;
        }
        let mut units = Vec::with_capacity(length / 2);
        let (mut bits, mut held) = (0u32, 0u32);
        for value in digits.iter().filter_map(|&byte| sextet(byte)) {
            bits = (bits << 6 | value) & 0x3f_ffff;
            held += 6;
            if held >= 16 {
                held -= 16;
                units.push((bits >> held) as u16);
            }
        }
        text.extend(
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)),
        );
    }
    text.extend(rest.iter().map(|&byte| char::from(byte)));
    text
}

fn sextet(byte: u8) -> Option<u32> {
    let value = match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    };
    Some(value.into())
}

/// HZ as GBK: what stands between `~{` and `~}` gets its eighth bit.
fn lift_hz(bytes: &[u8]) -> Vec<u8> {
    let mut lifted = Vec::with_capacity(bytes.len());
    let mut wide = false;
    let mut rest = bytes.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        if byte == b'~'
            && let Some(next) = rest.next_if(|next| b"{}~\n".contains(next))
        {
            match next {
                b'{' => wide = true,
                b'}' => wide = false,
                b'~' => lifted.push(b'~'),
                // A line end after `~` is none.
                _ => {}
            }
            continue;
        }
        // A line end leaves the two-byte mode that was not closed.
        wide &= byte != b'\n';
        lifted.push(if wide && byte > b' ' { byte | 0x80 } else { byte });
    }
    lifted
}

/// ISO-2022-KR as EUC-KR: what stands between shift out and shift in gets its eighth
/// bit; the designation at the start of a line goes.
fn lift_korean(bytes: &[u8]) -> Vec<u8> {
    let mut lifted = Vec::with_capacity(bytes.len());
    let mut wide = false;
    let mut rest = bytes;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            0x0e => wide = true,
            0x0f => wide = false,
            0x1b if after.starts_with(b"$)C") => rest = after.get(3..).unwrap_or_default(),
            _ => {
                wide &= byte != b'\n';
                lifted.push(if wide && byte > b' ' { byte | 0x80 } else { byte });
            }
        }
    }
    lifted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shifted_text() {
        assert_eq!(
            Encoding::Utf7.decode(b"Hi Mom +Jjo--! 1 +- 1 +ZeVnLIqe-"),
            "Hi Mom ☺-! 1 + 1 日本語"
        );
        assert_eq!(Encoding::Utf7.decode(b"+2D3cPQ-"), "\u{1f43d}");
        assert_eq!(Encoding::Hz.decode(b"a~{<:Ky~}b~~"), "a己所b~");
        assert_eq!(Encoding::Korean.decode(b"\x1b$)C\n\x0e0!\x0fx"), "\n가x");
        assert_eq!(Encoding::of_escapes(b"\x1b$)C\n"), Some(Encoding::Korean));
    }
}
