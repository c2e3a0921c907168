//! GPT-2's pre-tokeniser: from text to words, each with the space before it.
//!
//! This is the pattern `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`,
//! matched again and again, without an engine for patterns.

use std::ops::ControlFlow;

use crate::unicode;

/// Most bytes of a word. A longer one is cut after the last character within them.
pub(super) const MOST_BYTES: usize = 1 << 16;

const CONTRACTIONS: [&str; 7] = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Space,
    Letter,
    Number,
    Other,
}

fn class(point: char) -> Class {
    if unicode::is_letter(point) {
        Class::Letter
    } else if unicode::is_white_space(point) {
        Class::Space
    } else if unicode::is_number(point) {
        Class::Number
    } else {
        Class::Other
    }
}

/// Gives the words of a text in their order; together they are the text.
pub(super) fn words<'a>(
    text: &'a str,
    sink: &mut dyn FnMut(&'a str) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut rest = text;
    while !rest.is_empty() {
        // Never at 0: each match takes a character.
        let (mut word, after) = rest.split_at_checked(first_word(rest)).unwrap_or((rest, ""));
        rest = after;
        while word.len() > MOST_BYTES {
            let (piece, after) = word.split_at(word.floor_char_boundary(MOST_BYTES));
            word = after;
            sink(piece)?;
        }
        sink(word)?;
    }
    ControlFlow::Continue(())
}

/// Bytes of the first match in a text that is not empty.
fn first_word(text: &str) -> usize {
    if let Some(found) = CONTRACTIONS.iter().find(|end| text.starts_with(**end)) {
        return found.len();
    }
    let spaced = text.strip_prefix(' ').unwrap_or(text);
    if let Some(of) = spaced.chars().next().map(class).filter(|&of| of != Class::Space) {
        let after = spaced.trim_start_matches(|point| class(point) == of);
        return text.len().saturating_sub(after.len());
    }
    let after = text.trim_start_matches(|point| class(point) == Class::Space);
    let spaces = text.len().saturating_sub(after.len());
    let run = text.get(..spaces).unwrap_or_default();
    // White space before a word leaves its last character to the word, unless it is the
    // only one.
    let last = run.chars().next_back().map_or(0, char::len_utf8);
    if after.is_empty() || last == spaces { spaces } else { spaces.saturating_sub(last) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Vec<&str> {
        let mut words_of = Vec::new();
        let all = words(text, &mut |word| {
            words_of.push(word);
            ControlFlow::Continue(())
        });
        assert!(all.is_continue());
        words_of
    }

    #[test]
    fn words_are_those_of_the_pattern() {
        for (text, expected) in [
            ("Hello world", &["Hello", " world"][..]),
            ("  a", &[" ", " a"]),
            ("a  \n", &["a", "  \n"]),
            ("a\n\n b", &["a", "\n\n", " b"]),
            ("a\nb", &["a", "\n", "b"]),
            ("a \u{3000}b", &["a", " ", "\u{3000}", "b"]),
            ("we'll, don't 'S", &["we", "'ll", ",", " don", "'t", " '", "S"]),
            ("x1²!?e\u{301}", &["x", "1²", "!?", "e", "\u{301}"]),
            (" \u{1C}a", &[" \u{1C}", "a"]),
            ("'s' 's", &["'s", "'", " '", "s"]),
            (" ", &[" "]),
            ("", &[]),
        ] {
            assert_eq!(cut(text), expected, "{text:?}");
            assert_eq!(cut(text).concat(), text);
        }
    }

    #[test]
    fn long_words_are_cut() {
        let text = format!(" {}", "é".repeat(MOST_BYTES));
        let words = cut(&text);
        assert_eq!(words.concat(), text);
        let lengths: Vec<_> = words.iter().map(|word| word.len()).collect();
        assert_eq!(lengths, [MOST_BYTES - 1, MOST_BYTES, 2]);
    }
}
