//! Code pages by the numbers that Windows gives them.

use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, IBM866, ISO_2022_JP, ISO_8859_2, ISO_8859_3,
    ISO_8859_4, ISO_8859_5, ISO_8859_6, ISO_8859_7, ISO_8859_8, ISO_8859_8_I, ISO_8859_13,
    ISO_8859_15, KOI8_R, KOI8_U, MACINTOSH, SHIFT_JIS, UTF_8, WINDOWS_874, WINDOWS_1250,
    WINDOWS_1251, WINDOWS_1252, WINDOWS_1253, WINDOWS_1254, WINDOWS_1255, WINDOWS_1256,
    WINDOWS_1257, WINDOWS_1258, X_MAC_CYRILLIC,
};

use super::{seven_bit, tables::UPPER_HALVES, wide};

/// The code page of the Symbol font, whose bytes are no letters.
const SYMBOL: u16 = 42;

/// Decodes bytes of a Windows code page. Of a page that is not known, they are decoded as text
/// of unknown encoding. Bytes that are no characters become U+FFFD.
pub(crate) fn decode_code_page(bytes: &[u8], page: u16) -> String {
    if let Some(encoding) = standard(page) {
        return encoding.decode_without_bom_handling(bytes).0.into_owned();
    }
    if let Some((_, upper)) = UPPER_HALVES.iter().find(|(number, _)| *number == page) {
        // 128 characters are found by stepping once over the string.
        let upper: Vec<char> = upper.chars().collect();
        let char = |byte: u8| match byte.checked_sub(0x80) {
            None => char::from(byte),
            Some(index) => upper.get(usize::from(index)).copied().unwrap_or('\u{fffd}'),
        };
        return bytes.iter().map(|&byte| char(byte)).collect();
    }
    match page {
        1200 => wide::decode_16(bytes, wide::Order::Little),
        1201 => wide::decode_16(bytes, wide::Order::Big),
        12000 => wide::decode_32(bytes, wide::Order::Little),
        12001 => wide::decode_32(bytes, wide::Order::Big),
        65000 => seven_bit::Encoding::Utf7.decode(bytes),
        50225 => seven_bit::Encoding::Korean.decode(bytes),
        52936 => seven_bit::Encoding::Hz.decode(bytes),
        SYMBOL => bytes
            .iter()
            .map(|&byte| match byte {
                0x80.. => char::from_u32(0xf000 + u32::from(byte)).unwrap_or('\u{fffd}'),
                _ => char::from(byte),
            })
            .collect(),
        _ => super::decode(bytes, None),
    }
}

/// The encoding of the Encoding Standard that is a code page.
fn standard(page: u16) -> Option<&'static Encoding> {
    Some(match page {
        65001 => UTF_8,
        1252 | 28591 | 20127 => WINDOWS_1252,
        1250 => WINDOWS_1250,
        1251 => WINDOWS_1251,
        1253 => WINDOWS_1253,
        1254 | 28599 => WINDOWS_1254,
        1255 => WINDOWS_1255,
        1256 => WINDOWS_1256,
        1257 => WINDOWS_1257,
        1258 => WINDOWS_1258,
        874 => WINDOWS_874,
        866 => IBM866,
        932 | 10001 => SHIFT_JIS,
        936 | 10008 => GBK,
        949 | 51949 | 10003 | 1361 => EUC_KR,
        950 | 10002 => BIG5,
        54936 => GB18030,
        20932 | 51932 => EUC_JP,
        50220..=50222 => ISO_2022_JP,
        51936 => GBK,
        20866 => KOI8_R,
        21866 => KOI8_U,
        10000 => MACINTOSH,
        10007 | 10017 => X_MAC_CYRILLIC,
        28592 => ISO_8859_2,
        28593 => ISO_8859_3,
        28594 => ISO_8859_4,
        28595 => ISO_8859_5,
        28596 => ISO_8859_6,
        28597 => ISO_8859_7,
        28598 => ISO_8859_8,
        38598 => ISO_8859_8_I,
        28603 => ISO_8859_13,
        28605 => ISO_8859_15,
        _ => return None,
    })
}

/// The code page that a label of mail names: `cp437`, `ibm850`, `cp-850`, `windows-437`.
pub(super) fn page_of_label(label: &str) -> Option<u16> {
    let prefixes = ["cp", "ibm", "windows", "x-cp", "dos", "ms", "oem"];
    let digits = label.trim_start_matches(|char: char| !char.is_ascii_digit());
    let prefix = label.get(..label.len() - digits.len())?.trim_end_matches(['-', '_']);
    if !prefixes.iter().any(|known| prefix.eq_ignore_ascii_case(known)) {
        return None;
    }
    let page = digits.parse().ok()?;
    let known = standard(page).is_some() || UPPER_HALVES.iter().any(|(number, _)| *number == page);
    known.then_some(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        assert!(UPPER_HALVES.iter().all(|(_, upper)| upper.chars().count() == 128));
        assert_eq!(decode_code_page(b"\x82\x81", 437), "éü");
        assert_eq!(decode_code_page(b"\xd5", 858), "€");
        assert_eq!(decode_code_page(b"\xe4\xee\xe3", 1251), "дог");
        assert_eq!(decode_code_page(b"\x8c_", 932), "契");
        assert_eq!(decode_code_page(b"\xc3\xa9", 65001), "é");
        assert_eq!(decode_code_page(b"\x8e", 10029), "é");
        assert_eq!(decode_code_page(b"a\xb7", SYMBOL), "a\u{f0b7}");
        assert_eq!(page_of_label("CP-850"), Some(850));
        assert_eq!(page_of_label("x-unknown"), None);
        assert_eq!(page_of_label("cp99999999"), None);
    }
}
