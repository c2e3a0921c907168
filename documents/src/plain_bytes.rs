//! The views `text/bytes-N`: the text as bytes, for networks that read bytes.
//!
//! The text is brought into NFKC and written as UTF-8, each block end as a line end.
//! Nothing else is changed: letters keep their case. A character may be cut at the end
//! of the view; what is not filled is zero.

use std::collections::VecDeque;

use crate::Text;
use crate::terms::compatible;

/// The first `length` bytes of the text.
#[must_use]
pub fn head(text: &Text, length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = utf8(text).take(length).collect();
    bytes.resize(length, 0);
    bytes
}

/// The first and the last bytes of the text, one half each, the first half the greater
/// where `length` is odd. A text that is not longer than the view stands there once,
/// from its beginning.
#[must_use]
pub fn ends(text: &Text, length: usize) -> Vec<u8> {
    let tail_length = length / 2;
    let mut bytes = Vec::with_capacity(length);
    let mut tail = VecDeque::with_capacity(tail_length);
    for byte in utf8(text) {
        if bytes.len() < length - tail_length {
            bytes.push(byte);
            continue;
        }
        if tail.len() == tail_length {
            tail.pop_front();
        }
        tail.push_back(byte);
    }
    bytes.extend(tail.into_iter().take(tail_length));
    bytes.resize(length, 0);
    bytes
}

fn utf8(text: &Text) -> impl Iterator<Item = u8> {
    let blocks = text.as_str().chars();
    let lines = blocks.map(|point| if point == Text::BLOCK { '\n' } else { point });
    compatible(lines).flat_map(|point| {
        let mut buffer = [0; 4];
        let length = point.encode_utf8(&mut buffer).len();
        buffer.into_iter().take(length)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    fn text(blocks: &[&str]) -> Text {
        let mut text = Text::new();
        for block in blocks {
            text.push_block(block, &mut Budget::new()).unwrap();
        }
        text
    }

    #[test]
    fn bytes_are_those_of_the_text_in_nfkc() {
        let text = text(&["Cafe\u{301}", "ﬁn"]);
        assert_eq!(head(&text, 12), "Café\nfin\n\0\0".as_bytes());
        assert_eq!(head(&text, 4), b"Caf\xc3");
        assert_eq!(ends(&text, 12), head(&text, 12));
        assert_eq!(ends(&text, 7), b"Caf\xc3in\n");
        assert_eq!(ends(&text, 10), "Café\nfin\n".as_bytes());
        assert_eq!(ends(&text, 1), b"C");
        assert_eq!(head(&Text::new(), 2), [0, 0]);
    }
}
