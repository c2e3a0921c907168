//! Encoded words (RFC 2047), as mailers write them and not only as they should.

use super::transfer::Base64;
use crate::encoding;

/// An encoded word, taken apart.
struct Word<'a> {
    label: &'a str,
    base64: bool,
    text: &'a str,
}

/// The encoded word with which text begins, and what follows it.
fn word(text: &str) -> Option<(Word<'_>, &str)> {
    let (label, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let (encoding, rest) = rest.split_once('?')?;
    let base64 = match encoding {
        "b" | "B" => true,
        "q" | "Q" => false,
        _ => return None,
    };
    if label.is_empty() || !label.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let (text, rest) = rest.split_once("?=")?;
    Some((Word { label, base64, text }, rest))
}

/// Text with its encoded words decoded. White space between two of them goes. Words
/// that follow each other and have the same encodings are decoded as one, since
/// characters are split over them.
pub(super) fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    // Behind the last end there is no word; so no search for an end is in vain.
    let ends = text.rfind("?=").map_or(0, |end| end.saturating_add(2));
    let (mut rest, last) = text.split_at_checked(ends).unwrap_or_default();
    while let Some(start) = rest.find("=?") {
        let (plain, from) = rest.split_at(start);
        decoded.push_str(plain);
        let Some((first, after)) = word(from) else {
            decoded.push_str("=?");
            rest = from.get(2..).unwrap_or_default();
            continue;
        };
        let mut run = Run::new(&first);
        run.add(&first);
        rest = after;
        while let Some((next, after)) = word(rest.trim_start_matches([' ', '\t'])) {
            if !run.takes(&next) {
                decoded.push_str(&run.end());
                run = Run::new(&next);
            }
            run.add(&next);
            rest = after;
        }
        decoded.push_str(&run.end());
    }
    decoded.push_str(rest);
    decoded.push_str(last);
    decoded
}

/// Encoded words in a row whose bytes are decoded together.
struct Run<'a> {
    label: &'a str,
    base64: bool,
    bytes: Vec<u8>,
    digits: Base64,
}

impl<'a> Run<'a> {
    fn new(word: &Word<'a>) -> Self {
        Self {
            label: word.label,
            base64: word.base64,
            bytes: Vec::new(),
            digits: Base64::default(),
        }
    }

    fn takes(&self, word: &Word<'_>) -> bool {
        self.base64 == word.base64 && self.label.eq_ignore_ascii_case(word.label)
    }

    fn add(&mut self, word: &Word<'_>) {
        if self.base64 {
            for byte in word.text.bytes() {
                self.digits.add(byte, &mut self.bytes);
            }
            return;
        }
        let mut text = word.text.as_bytes();
        while let Some((&byte, after)) = text.split_first() {
            text = after;
            match (byte, after) {
                (b'_', _) => self.bytes.push(b' '),
                (b'=', [high, low, left @ ..])
                    if let Some(byte) = crate::hex::byte(*high, *low) =>
                {
                    self.bytes.push(byte);
                    text = left;
                }
                _ => self.bytes.push(byte),
            }
        }
    }

    fn end(mut self) -> String {
        self.digits.end(&mut self.bytes);
        encoding::decode(&self.bytes, Some(self.label))
    }
}

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn words() {
        assert_eq!(decode("=?UTF-8?Q?Gespr=C3?=  =?utf-8?q?=A4ch_x?= y"), "Gespräch x y");
        assert_eq!(decode("=?ISO-2022-JP?B?GyRCN0BMcz1xJE43bxsoQg==?="), "契約書の件");
        assert_eq!(decode("a =?x?= b =?utf-8?Q?=3D?=?="), "a =?x?= b =?=");
        assert_eq!(decode("\"=?utf-8?q?=C5=81=C3=B3d=C5=BA?= z\""), "\"Łódź z\"");
        // Base64 split within a group, and a language behind the encoding.
        assert_eq!(decode("=?utf-8*en?B?w6?= =?utf-8*en?B?nDqQ==?="), "éé");
        assert_eq!(decode("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?="), "éé");
        assert_eq!(decode("=?gb2312?B?s8LpRrqj?="), "陈镕海");
        assert_eq!(decode("=?utf-8?Q?a?=b=?iso-8859-1?Q?=E9 c?="), "abé c");
    }
}
