//! Text in any encoding: which one it is, and its characters.
//!
//! What decides, in this order: a byte-order mark; UTF-16 by its pattern of NULs;
//! escapes of ISO-2022; a declared encoding of seven bits; valid UTF-8; UTF-8 with single
//! bytes of windows-1252; the declared encoding, by the labels of the Encoding
//! Standard; detection.

mod pages;
mod seven_bit;
mod tables;
mod wide;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_2022_JP, SHIFT_JIS, UTF_8, WINDOWS_1252,
};

pub(crate) use pages::decode_code_page;

/// An encoding that text may be declared to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Declared {
    Standard(&'static Encoding),
    SevenBit(seven_bit::Encoding),
    CodePage(u16),
}

/// The encoding of a label, if it is known: those of the Encoding Standard, and some
/// that mail uses beside them.
fn declared(label: &str) -> Option<Declared> {
    let label = label.trim_matches(|c: char| c.is_ascii_whitespace() || c == '"' || c == '\'');
    // RFC 2231 allows a language after the name of an encoding.
    let label = label.split('*').next().unwrap_or_default();
    if let Some(encoding) = seven_bit::Encoding::of_label(label) {
        return Some(Declared::SevenBit(encoding));
    }
    if let Some(encoding) = Encoding::for_label_no_replacement(label.as_bytes()) {
        return Some(Declared::Standard(encoding));
    }
    pages::page_of_label(label).map(Declared::CodePage)
}

/// Whether a label names an encoding that is known.
pub(crate) fn is_label(label: &str) -> bool {
    declared(label).is_some()
}

/// Decodes text of unknown encoding, or of an encoding that somebody declared. Bytes
/// that are no characters become U+FFFD; a byte-order mark is left out.
pub(crate) fn decode(bytes: &[u8], label: Option<&str>) -> String {
    if let Some(text) = wide::decode_marked(bytes) {
        return text;
    }
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return decode_utf8(rest).unwrap_or_else(|| String::from_utf8_lossy(rest).into_owned());
    }
    if let Some(text) = wide::decode_unmarked(bytes) {
        return text;
    }
    let declared = label.and_then(declared);
    if let Some(Declared::SevenBit(encoding)) = declared {
        return encoding.decode(bytes);
    }
    if let Some(encoding) = seven_bit::Encoding::of_escapes(bytes) {
        return encoding.decode(bytes);
    }
    if declared == Some(Declared::Standard(ISO_2022_JP)) || has_japanese_escapes(bytes) {
        return standard(ISO_2022_JP, bytes);
    }
    if let Some(Declared::Standard(encoding)) = declared
        && [GBK, GB18030, BIG5, EUC_KR, EUC_JP, SHIFT_JIS].contains(&encoding)
        && Utf8Count::of(bytes).sequences < 4
        && let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes)
    {
        // Two characters of GBK are valid UTF-8 now and then: the label tells.
        return text.into_owned();
    }
    if let Some(text) = decode_utf8(bytes) {
        return text;
    }
    match declared {
        Some(Declared::Standard(encoding)) if encoding != UTF_8 => standard(encoding, bytes),
        Some(Declared::CodePage(page)) => decode_code_page(bytes, page),
        _ => standard(detect(bytes), bytes),
    }
}

/// Decodes valid UTF-8, or UTF-8 among which single bytes of windows-1252 stand.
fn decode_utf8(bytes: &[u8]) -> Option<String> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Some(text.to_owned());
    }
    let Utf8Count { sequences, other } = Utf8Count::of(bytes);
    if sequences < 4 || other > sequences / 4 {
        return None;
    }
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(chunk.invalid()).0);
    }
    Some(text)
}

/// How far bytes are UTF-8.
struct Utf8Count {
    /// Valid sequences of two bytes or more.
    sequences: usize,
    /// Bytes that belong to no valid sequence.
    other: usize,
}

impl Utf8Count {
    fn of(bytes: &[u8]) -> Self {
        let mut count = Self { sequences: 0, other: 0 };
        for chunk in bytes.utf8_chunks() {
            // Lead bytes: neither ASCII nor continuation.
            count.sequences += chunk.valid().bytes().filter(|&byte| byte >= 0xc0).count();
            count.other += chunk.invalid().len();
        }
        count
    }
}

/// Whether the escapes of ISO-2022-JP stand in bytes without an eighth bit.
fn has_japanese_escapes(bytes: &[u8]) -> bool {
    bytes.is_ascii()
        && bytes.windows(3).any(|window| matches!(window, b"\x1b$@" | b"\x1b$B" | b"\x1b(J"))
}

/// How many bytes detection looks at, from the first that is not ASCII. It is slow, and
/// more bytes tell nothing more.
const DETECTED: usize = 1 << 20;

/// The encoding that the frequencies of bytes speak for.
fn detect(bytes: &[u8]) -> &'static Encoding {
    let first = bytes.iter().position(|byte| !byte.is_ascii()).unwrap_or(0);
    // The word before belongs to what is looked at.
    let bytes = bytes.get(first.saturating_sub(16)..).unwrap_or(bytes);
    let bytes = bytes.get(..DETECTED).unwrap_or(bytes);
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    detector.guess(None, Utf8Detection::Deny)
}

fn standard(encoding: &'static Encoding, bytes: &[u8]) -> String {
    encoding.decode_without_bom_handling(bytes).0.into_owned()
}

/// Whether bytes look like text in some encoding, rather than like anything else.
pub(crate) fn is_text(bytes: &[u8]) -> bool {
    if wide::is_marked(bytes) || wide::order(bytes).is_some() {
        return true;
    }
    // Controls that no text editor writes: all but tab, line ends, form feed, backspace
    // (old printers' overstrikes), shifts, escape and the end-of-file mark of DOS. Some
    // texts have one of them between fields; bytes that are no text have many.
    let odd = |byte: &u8| matches!(byte, 0..=7 | 0x10..=0x19 | 0x1c..=0x1f | 0x7f);
    let (mut controls, mut kinds) = (0usize, 0u128);
    for &byte in bytes.iter().filter(|byte| odd(byte)) {
        controls += 1;
        kinds |= 1 << byte;
    }
    let most = if kinds.count_ones() <= 2 { bytes.len() / 4 } else { bytes.len() / 512 };
    if controls > most {
        return false;
    }
    if bytes.is_ascii() || std::str::from_utf8(bytes).is_ok() {
        return true;
    }
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let Utf8Count { sequences, other } = Utf8Count::of(bytes);
    if sequences >= 4 && other <= sequences / 4 {
        return true;
    }
    // What is left has bytes above 0x7F. Compressed and encrypted bytes are full of
    // controls, so they do not come this far unless they are short.
    let encoding = detect(bytes);
    let text = encoding.decode_without_bom_handling(bytes).0;
    let odd = |char: char| matches!(char, '\u{80}'..='\u{84}' | '\u{86}'..='\u{9f}' | '\u{fffd}' | '\u{e000}'..='\u{f8ff}');
    let wrong = text.chars().filter(|&char| odd(char)).count();
    wrong <= high / 32
}

/// Adds decoded text: `\r\n` and `\r` end lines, as U+0085 and U+2028 do, a form feed
/// ends a block, and other controls become spaces.
pub(crate) fn tidy(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        tidy.push(match char {
            '\r' => {
                if chars.peek() == Some(&'\n') {
                    continue;
                }
                '\n'
            }
            '\u{b}' | '\u{85}' | '\u{2028}' => '\n',
            '\u{c}' => crate::Text::BLOCK,
            '\t' | '\n' => char,
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' => ' ',
            char => char,
        });
    }
    tidy
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_rules() {
        // A mark before a label, and patterns of NULs before valid UTF-8.
        assert_eq!(decode(b"\xef\xbb\xbfcaf\xc3\xa9", Some("koi8-r")), "café");
        assert_eq!(decode(b"\xff\xfea\0b\0", Some("koi8-r")), "ab");
        assert_eq!(decode(b"l\0e\0a\0s\0e\0\r\0\n\0", None), "lease\r\n");
        // Escapes.
        assert_eq!(decode(b"\x1b$B7@Ls\x1b(B", None), "契約");
        // Valid UTF-8 before a label of one byte a character, and not before GBK's.
        assert_eq!(decode("Müller".as_bytes(), Some("iso-8859-1")), "Müller");
        assert_eq!(decode(b"\xc2\xa9", Some("gb2312")), "漏");
        assert_eq!(decode("Zażółć gęślą jaźń".as_bytes(), Some("gb2312")), "Zażółć gęślą jaźń");
        // Labels mean what the Encoding Standard says.
        assert_eq!(decode(b"\x93a\x94 \x80", Some("us-ascii")), "“a” €");
        assert_eq!(decode(b"\x94\xe9\x96\xa7", Some("x-sjis")), "秘密");
        assert_eq!(decode(b"\x81", Some("cp437")), "ü");
        // A label that lies.
        assert_eq!(
            decode(b"M\xfcller Stra\xdfe \xfcberall", Some("utf-8")),
            "Müller Straße überall"
        );
        assert_eq!(decode("ęśąćż".as_bytes(), Some("unknown-8bit")), "ęśąćż");
    }

    #[test]
    fn single_bytes_among_utf8() {
        let mut bytes = "Łódź café śnieg\nM".as_bytes().to_vec();
        bytes.extend(b"\xfcller");
        assert_eq!(decode(&bytes, None), "Łódź café śnieg\nMüller");
    }

    #[test]
    fn binary_is_not_text() {
        let noise: Vec<u8> =
            (0..4096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        assert!(!is_text(&noise));
        assert!(!is_text(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0\x01\0\0\0"));
        assert!(is_text(b"plain"));
        // A load file of Concordance, in windows-1252.
        assert!(is_text(b"\xfeDOCID\xfe\x14\xfePATH\xfe\r\n\xfe1\xfe\x14\xfeVOL\\1\xfe\r\n"));
        assert!(is_text(b"\xd0\xd2\xcf\xd7\xc5\xd2\xcb\xc1"));
    }

    #[test]
    fn line_ends_and_controls() {
        assert_eq!(tidy("a\r\nb\rc\nd\u{85}e\0f\u{c}g"), "a\nb\nc\nd\ne f\u{2029}g");
    }
}
