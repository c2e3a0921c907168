//! Plain text: lines, and blocks between empty lines.

pub(crate) mod calendar;

use crate::{Budget, Content, Reason, Text, encoding};

/// Reads an item that is plain text.
pub(crate) fn read_item(bytes: &[u8], budget: &mut Budget) -> Result<Content, Reason> {
    if bytes.len() as u64 > budget.bytes_left() {
        return Err(Reason::TooLarge);
    }
    let plain = encoding::decode(bytes, None);
    if is_encrypted(&plain) {
        return Err(Reason::Encrypted);
    }
    let plain = if calendar::begins(&plain) { calendar::unfold(&plain) } else { plain };
    let mut text = Text::new();
    add(&plain, &mut text, budget)?;
    Ok(Content { text, ..Content::default() })
}

/// Whether text is nothing but a message that PGP encrypted.
pub(crate) fn is_encrypted(plain: &str) -> bool {
    plain
        .trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n'])
        .starts_with("-----BEGIN PGP MESSAGE-----")
}

/// Adds plain text. A line with nothing but spaces, or marks of
/// quotation, ends a block, as a form feed does.
///
/// # Errors
/// [`Reason::TooLarge`] if the budget does not allow it.
pub(crate) fn add(plain: &str, text: &mut Text, budget: &mut Budget) -> Result<(), Reason> {
    for line in encoding::tidy(plain).split('\n') {
        if line
            .chars()
            .all(|char| matches!(char, ' ' | '\t' | '\u{a0}' | '\u{3000}' | '\u{feff}' | '>'))
        {
            text.end_block();
        } else {
            text.push(line, budget)?;
            text.end_line();
        }
    }
    text.end_block();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_blocks() {
        let content =
            read_item(b"one\r\ntwo-\nlines\n \t\n\nnext\x0cpage", &mut Budget::new()).unwrap();
        assert_eq!(content.text.as_str(), "one\ntwo-\nlines\u{2029}next\u{2029}page\u{2029}");
    }
}
