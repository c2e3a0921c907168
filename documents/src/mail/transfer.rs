//! Transfer encodings: base64, quoted-printable, uuencode.

use crate::hex;

/// Base64 that comes byte by byte. Bytes outside the alphabet are skipped.
#[derive(Default)]
pub(super) struct Base64 {
    bits: u32,
    digits: u8,
}

impl Base64 {
    pub(super) fn add(&mut self, byte: u8, decoded: &mut Vec<u8>) {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => return self.end(decoded),
            _ => return,
        };
        self.bits = self.bits << 6 | u32::from(value);
        self.digits += 1;
        if self.digits == 4 {
            let [_, a, b, c] = self.bits.to_be_bytes();
            decoded.extend([a, b, c]);
            *self = Self::default();
        }
    }

    /// The bytes of the digits that are left: one of two, two of three.
    pub(super) fn end(&mut self, decoded: &mut Vec<u8>) {
        let [a, b, ..] = (self.bits << (32 - 6 * u32::from(self.digits.max(1)))).to_be_bytes();
        match self.digits {
            2 => decoded.push(a),
            3 => decoded.extend([a, b]),
            _ => {}
        }
        *self = Self::default();
    }
}

/// Decodes base64, and gives what follows its padding if that is no base64: a footer
/// that a list server has added.
pub(super) fn decode_base64(bytes: &[u8]) -> (Vec<u8>, &[u8]) {
    let mut decoded = Vec::with_capacity(bytes.len() / 4 * 3);
    let mut digits = Base64::default();
    let mut rest = bytes;
    // How much is left behind the line that was looked at last, and was base64: a line may
    // have padding at every second byte.
    let mut behind = bytes.len();
    while let Some((&byte, after)) = rest.split_first() {
        digits.add(byte, &mut decoded);
        rest = after;
        if byte == b'=' {
            let foreign = |byte: &u8| {
                !byte.is_ascii_alphanumeric()
                    && !byte.is_ascii_whitespace()
                    && !b"+/=".contains(byte)
            };
            let padding = after.iter().take_while(|&&byte| byte == b'=').count();
            rest = after.get(padding..).unwrap_or_default();
            // The line that follows tells whether another piece of base64 does.
            let next = rest.trim_ascii_start();
            if next.len() > behind {
                continue;
            }
            let line = next.split(|&byte| byte == b'\n').next().unwrap_or_default();
            if line.iter().any(foreign) {
                return (decoded, rest);
            }
            behind = next.len().saturating_sub(line.len());
        }
    }
    digits.end(&mut decoded);
    (decoded, &[])
}

/// Decodes quoted-printable. `=` that begins nothing stays as it is.
pub(super) fn decode_quoted_printable(bytes: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while !rest.is_empty() {
        let line = super::header::take_line(&mut rest);
        let content = line.trim_ascii_end();
        // White space at the end of a line was added on the way (RFC 2045, 6.7).
        let (content, end): (&[u8], &[u8]) = match content.strip_suffix(b"=") {
            Some(content) => (content, b""),
            None if line.ends_with(b"\r\n") => (content, b"\r\n"),
            None if line.ends_with(b"\n") => (content, b"\n"),
            None => (line, b""),
        };
        let mut text = content;
        while let Some((&byte, after)) = text.split_first() {
            text = after;
            match after {
                [high, low, left @ ..]
                    if byte == b'='
                        && let Some(byte) = hex::byte(*high, *low) =>
                {
                    decoded.push(byte);
                    text = left;
                }
                _ => decoded.push(byte),
            }
        }
        decoded.extend_from_slice(end);
    }
    decoded
}

/// A uuencoded file in text.
pub(super) struct Uuencoded<'a> {
    /// The text before it.
    pub(super) before: &'a [u8],
    /// The name in its first line.
    pub(super) name: &'a [u8],
    /// Its bytes.
    pub(super) bytes: Vec<u8>,
    /// The text after it.
    pub(super) after: &'a [u8],
}

/// The first uuencoded file in text: `begin`, three or four digits, a name; lines of
/// data; `end`, which may be missing if the text ends.
pub(super) fn find_uuencoded(text: &[u8]) -> Option<Uuencoded<'_>> {
    let mut rest = text;
    while !rest.is_empty() {
        let before = text.len().saturating_sub(rest.len());
        let line = super::header::take_line(&mut rest);
        let Some(name) = begin(line) else { continue };
        let mut bytes = Vec::new();
        let mut data = rest;
        let ended = loop {
            let after = data;
            let line = super::header::take_line(&mut data);
            match line.trim_ascii_end() {
                b"end" => break Some(data),
                // What ends the data: a line of no bytes, written as ` or a space.
                b"`" | b"" => {
                    if data.is_empty() {
                        break Some(data);
                    }
                }
                _ if decode_line(line, &mut bytes).is_some() => {}
                // `begin` was a word of the text.
                _ if bytes.is_empty() => break None,
                // Data that breaks off: what follows is text.
                _ => break Some(after),
            }
        };
        if let Some(after) = ended
            && !bytes.is_empty()
        {
            return Some(Uuencoded { before: text.get(..before)?, name, bytes, after });
        }
    }
    None
}

/// The name in a line that begins a uuencoded file.
fn begin(line: &[u8]) -> Option<&[u8]> {
    let rest = line.strip_prefix(b"begin ")?;
    let digits = rest.iter().take_while(|byte| matches!(byte, b'0'..=b'7')).count();
    let name = rest.get(digits..)?.strip_prefix(b" ")?.trim_ascii();
    ((3..=4).contains(&digits) && !name.is_empty()).then_some(name)
}

/// Decodes a line: its length, then four characters for three bytes. Trailing spaces
/// may have been lost.
fn decode_line(line: &[u8], decoded: &mut Vec<u8>) -> Option<()> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let (&first, data) = line.split_first()?;
    let value = |byte: u8| matches!(byte, 0x20..=0x60).then(|| (byte - 0x20) & 0x3f);
    let length = usize::from(value(first)?);
    let digits = length.div_ceil(3) * 4;
    // Some encoders add a check character. A line of capitals is data by chance only
    // if it has the length that it states.
    if data.len() > digits + 2 || data.trim_ascii_end().len() + 8 < digits {
        return None;
    }
    let mut bytes = Vec::with_capacity(length + 2);
    for group in 0..length.div_ceil(3) {
        let mut bits = 0u32;
        for digit in 0..4 {
            let byte = data.get(group * 4 + digit).copied().unwrap_or(b' ');
            bits = bits << 6 | u32::from(value(byte)?);
        }
        let [_, a, b, c] = bits.to_be_bytes();
        bytes.extend([a, b, c]);
    }
    bytes.truncate(length);
    decoded.extend(bytes);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64() {
        assert_eq!(decode_base64(b"RGly*!\r\n dHk").0, b"Dirty");
        assert_eq!(decode_base64(b"YQ==\r\nYg==").0, b"ab");
        assert_eq!(
            decode_base64(b"YQ==\r\n__\r\nlist@example.com"),
            (b"a".to_vec(), &b"\r\n__\r\nlist@example.com"[..])
        );
        assert_eq!(decode_base64(b"=").0, b"");
        // Each padding is followed by the same long line.
        let padded = b"YQ=".repeat(1 << 20);
        assert_eq!(decode_base64(&padded), (vec![b'a'; 1 << 20], &b""[..]));
        assert_eq!(decode_base64(b"YWJjZ").0, b"abc");
    }

    #[test]
    fn quoted_printable() {
        assert_eq!(
            decode_quoted_printable(b"a=\r\nb =  \r\n\r\n=C3=a9=ZZ= \t\r\nx  \r\nend="),
            "ab \r\né=ZZx\r\nend".as_bytes()
        );
    }

    #[test]
    fn uuencode() {
        let text = b"before\nbegin of\nbegin 644 a b.txt\n#0V%T\n`\nend\nafter\n";
        let found = find_uuencoded(text).unwrap();
        assert_eq!(
            (found.before, found.name, found.after),
            (&b"before\nbegin of\n"[..], &b"a b.txt"[..], &b"after\n"[..])
        );
        assert_eq!(found.bytes, b"Cat");
        assert!(
            find_uuencoded(b"begin 100 years ago\nthe story of a long line of text\n").is_none()
        );
        assert_eq!(find_uuencoded(b"begin 644 x\n#0V%T\n").unwrap().bytes, b"Cat");
    }
}
