//! UTF-16 and UTF-32: by their marks, and UTF-16 without a mark by its pattern.

use encoding_rs::{UTF_16BE, UTF_16LE};

/// The order of bytes in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

/// Whether a mark of UTF-16, UTF-32 or UTF-8 begins the bytes.
pub(super) fn is_marked(bytes: &[u8]) -> bool {
    [&b"\xff\xfe"[..], b"\xfe\xff", b"\xef\xbb\xbf", b"\0\0\xfe\xff"]
        .iter()
        .any(|mark| bytes.starts_with(mark))
}

/// Decodes UTF-16 or UTF-32 that begins with a mark.
pub(super) fn decode_marked(bytes: &[u8]) -> Option<String> {
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe\0\0") {
        return Some(decode_32(rest, Order::Little));
    }
    if let Some(rest) = bytes.strip_prefix(b"\0\0\xfe\xff") {
        return Some(decode_32(rest, Order::Big));
    }
    if let Some(rest) = bytes.strip_prefix(b"\xff\xfe") {
        return Some(decode_16(rest, Order::Little));
    }
    bytes.strip_prefix(b"\xfe\xff").map(|rest| decode_16(rest, Order::Big))
}

/// Decodes UTF-16 without a mark, if it is that.
pub(super) fn decode_unmarked(bytes: &[u8]) -> Option<String> {
    order(bytes).map(|order| decode_16(bytes, order))
}

pub(super) fn decode_16(bytes: &[u8], order: Order) -> String {
    let encoding = if order == Order::Little { UTF_16LE } else { UTF_16BE };
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

pub(super) fn decode_32(bytes: &[u8], order: Order) -> String {
    let char = |unit: &[u8]| {
        let unit: [u8; 4] = unit.try_into().ok()?;
        char::from_u32(match order {
            Order::Little => u32::from_le_bytes(unit),
            Order::Big => u32::from_be_bytes(unit),
        })
    };
    bytes.chunks(4).map(|unit| char(unit).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

/// What units of UTF-16 say about whether bytes are that.
#[derive(Default)]
struct Evidence {
    /// Latin letters, digits, spaces and line ends: units below 0x100.
    latin: usize,
    /// Units that no text holds, or hardly any.
    odd: usize,
    units: usize,
}

/// The order of bytes, if they are UTF-16 without a mark. That text holds NULs: in its
/// Latin letters, and in any script in its spaces and line ends. No other text does.
pub(super) fn order(bytes: &[u8]) -> Option<Order> {
    if bytes.len() < 4 || !bytes.contains(&0) {
        return None;
    }
    let little = Evidence::of(bytes, u16::from_le_bytes);
    let big = Evidence::of(bytes, u16::from_be_bytes);
    match (little.is_text(), big.is_text()) {
        (true, false) => Some(Order::Little),
        (false, true) => Some(Order::Big),
        (true, true) if little.latin > big.latin => Some(Order::Little),
        (true, true) if big.latin > little.latin => Some(Order::Big),
        _ => None,
    }
}

impl Evidence {
    fn of(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Self {
        let mut evidence = Self::default();
        let mut high = false;
        for pair in bytes.as_chunks::<2>().0 {
            let unit = unit(*pair);
            let paired = high && matches!(unit, 0xdc00..=0xdfff);
            // A high surrogate that nothing followed was odd itself.
            evidence.odd += usize::from(high && !paired);
            high = matches!(unit, 0xd800..=0xdbff);
            evidence.units += 1;
            match unit {
                0x20..=0x7e | 0xa0..=0xff | 0x09 | 0x0a | 0x0d => evidence.latin += 1,
                // Controls; scripts of few speakers; private use; no characters at all.
                0..=0x1f | 0x7f..=0x9f | 0x3400..=0x4dff | 0xa000..=0xabff => evidence.odd += 1,
                0xe000..=0xf8ff | 0xfff0.. => evidence.odd += 1,
                0xdc00..=0xdfff if !paired => evidence.odd += 1,
                _ => {}
            }
        }
        evidence
    }

    /// At least one unit in 64 is Latin, a space or a line end, and hardly one is odd.
    fn is_text(&self) -> bool {
        self.latin > 0 && self.latin >= self.units / 64 && self.odd <= self.units / 128
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str) -> Vec<u8> {
        text.encode_utf16().flat_map(u16::to_le_bytes).collect()
    }

    #[test]
    fn patterns_tell_the_order() {
        for text in [
            "The lease",
            "Договор аренды\r\n",
            "秘密保持契約書を確認してください。\r\n",
            "비밀유지 계약",
        ] {
            let little = utf16(text);
            assert_eq!(decode_unmarked(&little).as_deref(), Some(text));
            let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            assert_eq!(decode_unmarked(&big).as_deref(), Some(text));
        }
        assert_eq!(order(b"plain text"), None);
        assert_eq!(order(b"plain\0text\0of C"), None);
        assert_eq!(order(&[0, 0, 1, 0, 2, 0, 32, 32]), None);
        assert_eq!(order(&[0; 64]), None);
    }

    #[test]
    fn marks_of_utf32() {
        assert_eq!(
            decode_marked(b"\xff\xfe\0\0a\0\0\0\x7d\xf4\x01\0").as_deref(),
            Some("a\u{1f47d}")
        );
        assert_eq!(decode_marked(b"\0\0\xfe\xff\0\0\0a\0\0").as_deref(), Some("a\u{fffd}"));
    }
}
