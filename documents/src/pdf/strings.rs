//! Strings that are text for people, and dates.

use crate::Moment;

/// Decodes a text string: UTF-16 or UTF-8 by its mark, else PDFDocEncoding.
///
/// Control characters other than line ends become spaces; what marks a language goes.
pub(crate) fn text_string(bytes: &[u8]) -> String {
    let text = match bytes {
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        // Some writers leave the mark out.
        _ if bytes.iter().any(|byte| *byte >= 0x80) && std::str::from_utf8(bytes).is_ok() => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        _ => bytes.iter().filter_map(|byte| document_char(*byte)).collect(),
    };
    let mut out = String::with_capacity(text.len());
    let mut language = false;
    for char in text.chars() {
        match char {
            '\u{1b}' => language = !language,
            _ if language => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\0' => {}
            '\u{1}'..='\u{1f}' | '\u{7f}'..='\u{9f}' => out.push(' '),
            char => out.push(char),
        }
    }
    // A mark that is never closed is none.
    if language { text.replace(|char: char| char.is_ascii_control(), " ") } else { out }
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| match pair {
        [first, second] => unit([*first, *second]),
        _ => 0,
    });
    char::decode_utf16(units).map(|char| char.unwrap_or('\u{fffd}')).collect()
}

/// PDFDocEncoding (ISO 32000-1, annex D).
fn document_char(byte: u8) -> Option<char> {
    const ACCENTS: [char; 8] =
        ['\u{2d8}', '\u{2c7}', '\u{2c6}', '\u{2d9}', '\u{2dd}', '\u{2db}', '\u{2da}', '\u{2dc}'];
    const HIGH: [char; 31] = [
        '\u{2022}', '\u{2020}', '\u{2021}', '\u{2026}', '\u{2014}', '\u{2013}', '\u{192}',
        '\u{2044}', '\u{2039}', '\u{203a}', '\u{2212}', '\u{2030}', '\u{201e}', '\u{201c}',
        '\u{201d}', '\u{2018}', '\u{2019}', '\u{201a}', '\u{2122}', '\u{fb01}', '\u{fb02}',
        '\u{141}', '\u{152}', '\u{160}', '\u{178}', '\u{17d}', '\u{131}', '\u{142}', '\u{153}',
        '\u{161}', '\u{17e}',
    ];
    match byte {
        0x18..=0x1f => ACCENTS.get(usize::from(byte - 0x18)).copied(),
        0x80..=0x9e => HIGH.get(usize::from(byte - 0x80)).copied(),
        0x9f => None,
        0xa0 => Some('\u{20ac}'),
        byte => Some(char::from(byte)),
    }
}

/// Reads a date: `D:20190514093000+02'00'`. What is left out is the first there is;
/// a date without a zone is taken for UTC.
pub(crate) fn date(bytes: &[u8]) -> Option<Moment> {
    let text = text_string(bytes);
    let text = text.trim_matches(' ').trim_start_matches("D:");
    let mut rest = text.as_bytes();
    let year = digits(&mut rest, 4)?;
    let month = digits(&mut rest, 2).unwrap_or(1);
    let day = digits(&mut rest, 2).unwrap_or(1);
    let hour = digits(&mut rest, 2).unwrap_or(0);
    let minute = digits(&mut rest, 2).unwrap_or(0);
    let second = digits(&mut rest, 2).unwrap_or(0);
    let offset = offset(rest);
    Moment::from_date(year, month, day, hour * 3600 + minute * 60 + second - offset)
}

/// Reads a date of XMP: `2019-05-14T09:30:00+02:00`, or the first parts of one.
pub(crate) fn iso_date(text: &str) -> Option<Moment> {
    let mut rest = text.trim_matches(' ').as_bytes();
    let mut part = |mark: &[u8], width: usize| {
        let after = rest.strip_prefix(mark)?;
        let mut after = after;
        let value = digits(&mut after, width)?;
        rest = after;
        Some(value)
    };
    let year = part(b"", 4)?;
    let month = part(b"-", 2).unwrap_or(1);
    let day = part(b"-", 2).unwrap_or(1);
    let hour = part(b"T", 2).unwrap_or(0);
    let minute = part(b":", 2).unwrap_or(0);
    let second = part(b":", 2).unwrap_or(0);
    if let [b'.', after @ ..] = rest {
        let fraction = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = after.get(fraction..).unwrap_or_default();
    }
    Moment::from_date(year, month, day, hour * 3600 + minute * 60 + second - offset(rest))
}

fn digits(rest: &mut &[u8], count: usize) -> Option<i64> {
    let (head, tail) = rest.split_at_checked(count)?;
    if !head.iter().all(u8::is_ascii_digit) {
        return None;
    }
    *rest = tail;
    Some(head.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0')))
}

/// Seconds that a local time is ahead of UTC.
fn offset(mut rest: &[u8]) -> i64 {
    let sign = match rest {
        [b'+', ..] => 1,
        [b'-', ..] => -1,
        _ => return 0,
    };
    rest = rest.get(1..).unwrap_or_default();
    let hours = digits(&mut rest, 2).unwrap_or(0);
    if let [b'\'' | b':', after @ ..] = rest {
        rest = after;
    }
    let minutes = digits(&mut rest, 2).unwrap_or(0);
    sign * (hours * 3600 + minutes * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_by_their_marks() {
        assert_eq!(text_string(b"\xfe\xff\0t\x20\xac"), "t\u{20ac}");
        assert_eq!(text_string(b"\xff\xfet\0"), "t");
        assert_eq!(text_string(b"\xef\xbb\xbf\xc3\xbc"), "ü");
        assert_eq!(text_string(b"a\x80\xfc\r\n"), "a\u{2022}ü\n\n");
        assert_eq!(text_string(b"\xfe\xff\0\x1b\0e\0n\0\x1b\0x"), "x");
    }

    #[test]
    fn dates_in_both_forms() {
        let moment = |text: &[u8]| date(text).map(|moment| moment.to_string());
        assert_eq!(moment(b"D:20190514093000+02'00'").as_deref(), Some("2019-05-14T07:30:00Z"));
        assert_eq!(moment(b"D:2019").as_deref(), Some("2019-01-01T00:00:00Z"));
        assert_eq!(moment(b"20190514093000-0430").as_deref(), Some("2019-05-14T14:00:00Z"));
        assert_eq!(moment(b"D:20191399"), None);
        assert_eq!(moment(b"yesterday"), None);
        let moment = |text: &str| iso_date(text).map(|moment| moment.to_string());
        assert_eq!(moment("2019-05-14T09:30:00.25+02:00").as_deref(), Some("2019-05-14T07:30:00Z"));
        assert_eq!(moment("2019-05-14").as_deref(), Some("2019-05-14T00:00:00Z"));
    }
}
