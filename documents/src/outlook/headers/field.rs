//! Header fields of made mails.

use crate::Moment;

/// Bytes of text in an encoded word: with its frame it fills a line of 75.
const WORD_BYTES: usize = 45;
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Base64 in lines of 76 characters, each with its end.
pub(in super::super) fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::new();
    for line in bytes.chunks(57) {
        base64(line, &mut lines);
        lines.extend(b"\r\n");
    }
    lines
}

fn base64(bytes: &[u8], to: &mut Vec<u8>) {
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for digit in 0..4 {
            let value = (bits >> (18 - 6 * digit) & 63) as usize;
            let stands = digit <= three.len();
            to.push(if stands { BASE64.get(value).copied().unwrap_or(b'=') } else { b'=' });
        }
    }
}

/// Text of a field: as it stands where it is short ASCII, else in encoded words of
/// UTF-8, each on a line of its own.
pub(super) fn text(value: &str) -> String {
    let value: String =
        value.chars().map(|char| if char.is_ascii_control() { ' ' } else { char }).collect();
    let value = value.trim_ascii();
    if value.is_ascii() && value.len() <= 200 && !value.contains("=?") {
        return value.to_owned();
    }
    let mut words = Vec::new();
    let mut rest = value;
    while !rest.is_empty() {
        let mut end = rest.len().min(WORD_BYTES);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (word, after) = rest.split_at(end);
        let mut encoded = Vec::new();
        base64(word.as_bytes(), &mut encoded);
        words.push(format!("=?utf-8?B?{}?=", String::from_utf8_lossy(&encoded)));
        rest = after;
    }
    words.join("\r\n ")
}

/// A name and an address.
pub(super) fn mailbox(name: &str, address: Option<&str>) -> String {
    let address: Option<String> =
        address.map(|address| address.chars().filter(|char| !char.is_ascii_control()).collect());
    let phrase = text(name);
    let phrase = if phrase.starts_with("=?") || phrase.is_empty() {
        phrase
    } else {
        format!("\"{}\"", phrase.replace('\\', "\\\\").replace('"', "\\\""))
    };
    match address {
        Some(address) if name.is_empty() || name == address => format!("<{address}>"),
        Some(address) => format!("{phrase} <{address}>"),
        None => format!("{phrase} <>"),
    }
}

/// A parameter of a field, on a line of its own: quoted where it is ASCII, else in
/// the form of RFC 2231.
pub(in super::super) fn parameter(name: &str, value: &str) -> String {
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain && value.len() <= 200 {
        let quoted = value.replace('\\', "\\\\").replace('"', "\\\"");
        return format!(";\r\n {name}=\"{quoted}\"");
    }
    let mut encoded = String::new();
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
                encoded.push(byte.into())
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    // Lines of a mail have at most 998 characters; names have a few hundred bytes.
    let pieces: Vec<&str> = encoded
        .as_bytes()
        .chunks(600)
        .filter_map(|piece| std::str::from_utf8(piece).ok())
        .collect();
    if let [one] = pieces.as_slice() {
        return format!(";\r\n {name}*=utf-8''{one}");
    }
    let mut parameter = String::new();
    for (at, piece) in pieces.iter().enumerate() {
        let start = if at == 0 { "utf-8''" } else { "" };
        parameter.push_str(&format!(";\r\n {name}*{at}*={start}{piece}"));
    }
    parameter
}

/// A date of RFC 5322, in UTC.
pub(super) fn date(moment: Moment) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day) = moment.date();
    let seconds = moment.seconds().rem_euclid(86_400);
    let of = |names: &[&'static str], at: i64| {
        usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or_default()
    };
    let (weekday, month) = (of(&DAYS, moment.day().rem_euclid(7)), of(&MONTHS, month - 1));
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

/// The fields of headers that came with a message, without what says of which form
/// its body was: that body is not there any more. Lines that are no fields are left
/// out.
pub(super) fn of_transport(headers: &str) -> Vec<String> {
    let mut fields: Vec<String> = Vec::new();
    let mut carried = false;
    for line in headers.split('\n') {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let line: String = line.chars().filter(|&char| char != '\0' && char != '\r').collect();
        if line.trim_ascii().is_empty() {
            if fields.is_empty() {
                continue;
            }
            break;
        }
        if line.starts_with([' ', '\t']) {
            if let Some(field) = fields.last_mut().filter(|_| carried) {
                field.push_str("\r\n");
                field.push_str(&line);
            }
            continue;
        }
        carried = name_of(&line).is_some_and(|name| {
            let form = name.get(..8).is_some_and(|start| start.eq_ignore_ascii_case("content-"));
            !form && !name.eq_ignore_ascii_case("mime-version")
        });
        if carried {
            fields.push(line);
        }
    }
    fields
}

/// The name of a field.
pub(super) fn name_of(field: &str) -> Option<&str> {
    let name = field.split_once(':')?.0.trim_ascii_end();
    let fits = !name.is_empty() && name.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
    fits.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_fields() {
        assert_eq!(text("A subject\r\nBcc: x"), "A subject  Bcc: x");
        assert_eq!(text("Ünï"), "=?utf-8?B?w5xuw68=?=");
        let long = text(&"ü".repeat(30));
        assert_eq!(long.matches("=?utf-8?B?").count(), 2);
        assert_eq!(mailbox("Q, \"Ada\"", Some("a@b")), "\"Q, \\\"Ada\\\"\" <a@b>");
        assert_eq!(mailbox("", Some("a@b")), "<a@b>");
        assert_eq!(mailbox("Ada", None), "\"Ada\" <>");
        assert_eq!(parameter("name", "a \"b\".txt"), ";\r\n name=\"a \\\"b\\\".txt\"");
        assert_eq!(parameter("name", "ü.txt"), ";\r\n name*=utf-8''%C3%BC.txt");
        assert_eq!(base64_lines(b"hello"), b"aGVsbG8=\r\n");
    }

    #[test]
    fn dates_of_mail() {
        let of = |text: &str| date(text.parse().unwrap());
        assert_eq!(of("2019-05-14T07:30:09Z"), "Tue, 14 May 2019 07:30:09 +0000");
        assert_eq!(of("1969-12-31T23:59:59Z"), "Wed, 31 Dec 1969 23:59:59 +0000");
    }

    #[test]
    fn fields_that_came_with_a_message() {
        let headers = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a\r\n\tby b\r\n\
            Content-Type: multipart/mixed;\r\n boundary=x\r\nMIME-Version: 1.0\r\nSubject: s\r\n\r\nbody: x";
        assert_eq!(of_transport(headers), ["Received: from a\r\n\tby b", "Subject: s"]);
    }
}
