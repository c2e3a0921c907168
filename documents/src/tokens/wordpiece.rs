//! WordPiece: each word in the longest pieces that the vocabulary holds.

use super::bert::MOST_CHARACTERS;

/// What stands before a piece that does not begin a word.
pub(super) const PREFIX: &str = "##";

/// The pieces of a vocabulary, sorted by their text.
#[derive(Clone, Debug)]
pub(super) struct Pieces {
    first: Vec<Piece>,
    later: Vec<Piece>,
    unknown: u16,
}

#[derive(Clone, Debug)]
struct Piece {
    text: Box<str>,
    id: u16,
}

impl Pieces {
    /// The pieces of distinct tokens.
    pub(super) fn new<'a>(tokens: impl Iterator<Item = (u16, &'a str)>, unknown: u16) -> Self {
        let (mut first, mut later) = (Vec::new(), Vec::new());
        for (id, token) in tokens {
            first.push(Piece { text: token.into(), id });
            if let Some(text) = token.strip_prefix(PREFIX) {
                later.push(Piece { text: text.into(), id });
            }
        }
        for pieces in [&mut first, &mut later] {
            pieces.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        }
        Self { first, later, unknown }
    }

    /// Appends the ids of a word's pieces; one id if the word is too long, or cannot be
    /// put together. Of a word that is not empty there is at least one.
    pub(super) fn cut(&self, word: &str, ids: &mut Vec<u16>) {
        let before = ids.len();
        let mut pieces = &self.first;
        let mut rest = word;
        if word.chars().nth(MOST_CHARACTERS).is_none() {
            while !rest.is_empty() {
                let Some((id, after)) = longest(pieces, rest) else { break };
                ids.push(id);
                rest = after;
                pieces = &self.later;
            }
        }
        if !rest.is_empty() {
            ids.truncate(before);
            ids.push(self.unknown);
        }
    }
}

/// The id of the longest piece that the text begins with, and what comes after it. Among
/// sorted pieces those that share a beginning stand together.
fn longest<'a>(mut pieces: &[Piece], text: &'a str) -> Option<(u16, &'a str)> {
    let mut found = None;
    let ends = text.char_indices().map(|(at, point)| at.saturating_add(point.len_utf8()));
    for end in ends {
        let (beginning, after) = text.split_at_checked(end)?;
        let start = pieces.partition_point(|piece| *piece.text < *beginning);
        pieces = pieces.get(start..).unwrap_or_default();
        let shared = pieces.partition_point(|piece| piece.text.starts_with(beginning));
        pieces = pieces.get(..shared).unwrap_or_default();
        match pieces.first() {
            None => break,
            Some(piece) if *piece.text == *beginning => found = Some((piece.id, after)),
            Some(_) => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(word: &str) -> Vec<u16> {
        let tokens = ["?", "un", "##aff", "##able", "##a", "unaf", "é", "##é", "##é\u{301}"];
        let tokens = (0..).zip(tokens);
        let mut ids = vec![77];
        Pieces::new(tokens, 0).cut(word, &mut ids);
        ids.split_off(1)
    }

    #[test]
    fn the_longest_piece_comes_first() {
        assert_eq!(cut("unaffable"), [0], "unaf, and no piece begins with fa");
        assert_eq!(cut("unable"), [1, 3]);
        assert_eq!(cut("una"), [1, 4]);
        assert_eq!(cut("ééé\u{301}"), [6, 7, 8]);
        assert_eq!(cut("able"), [0], "only within a word");
    }

    #[test]
    fn a_word_of_more_than_a_hundred_characters_is_unknown() {
        assert_eq!(cut(&"é".repeat(100)).len(), 100);
        assert_eq!(cut(&"é".repeat(101)), [0]);
    }
}
