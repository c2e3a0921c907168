//! Where the bits of a token lie.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};

use crate::terms::Terms;

use super::{CHUNK_BYTES, WORD_BITS, WORD_BYTES};

/// Kinds of token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// A word or joined form.
    Word,
    /// Two words side by side.
    Pair,
    /// `name:value`.
    Field,
    /// The first letters of a longer word.
    Prefix,
    /// The heads of two words near each other.
    Near,
}

impl TokenKind {
    /// What is hashed before a token. No token holds a line end.
    fn prefix(self) -> &'static [u8] {
        match self {
            Self::Word => b"candor word\n",
            Self::Pair => b"candor pair\n",
            Self::Field => b"candor field\n",
            Self::Prefix => b"candor prefix\n",
            Self::Near => b"candor near\n",
        }
    }

    /// The tokens of an item that are of this kind.
    #[must_use]
    pub fn tokens(self, terms: &Terms) -> &BTreeSet<String> {
        match self {
            Self::Word => &terms.words,
            Self::Pair => &terms.pairs,
            Self::Field => &terms.fields,
            Self::Prefix => &terms.prefixes,
            Self::Near => &terms.near,
        }
    }

    /// The tokens of an item by kind.
    pub(super) fn of(terms: &Terms) -> [(Self, &BTreeSet<String>); 5] {
        [
            (Self::Word, &terms.words),
            (Self::Pair, &terms.pairs),
            (Self::Field, &terms.fields),
            (Self::Prefix, &terms.prefixes),
            (Self::Near, &terms.near),
        ]
    }
}

/// One bit of a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The byte of the view.
    pub byte: usize,
    /// The bit of the byte, 0 the least.
    pub bit: u8,
}

impl Place {
    /// Whether it is set; not beyond the view.
    #[must_use]
    pub fn is_set(self, view: &[u8]) -> bool {
        view.get(self.byte).is_some_and(|byte| byte >> self.bit & 1 == 1)
    }

    /// Sets it; says whether that changed anything.
    pub(super) fn set(self, view: &mut [u8]) -> bool {
        let Some(byte) = view.get_mut(self.byte) else { return false };
        let before = *byte;
        *byte |= 1 << self.bit;
        before != *byte
    }
}

/// Most bits of a token.
const MOST_BITS: usize = 8;

/// The places of a token: SHA-256 of the kind's prefix and the token. Its first eight
/// bytes, a big-endian number modulo `words`, choose the word. Then each two bytes choose
/// one of the bits of that word that are not chosen yet: a big-endian number modulo how
/// many those are, counted from the lowest.
pub(super) fn places(
    words: usize,
    bits: usize,
    kind: TokenKind,
    token: &str,
) -> impl Iterator<Item = Place> {
    let digest = Sha256::new().chain_update(kind.prefix()).chain_update(token).finalize();
    let number =
        |bytes: &[u8]| bytes.iter().fold(0u64, |number, &byte| number << 8 | u64::from(byte));
    let (first, rest) = digest.split_at(8);
    let word = number(first) % (words as u64).max(1);
    // Sorted, so that counting the free bits up to a choice is one pass.
    let mut chosen = [usize::MAX; MOST_BITS];
    for (count, bytes) in rest.chunks_exact(2).take(bits.min(MOST_BITS)).enumerate() {
        let mut bit = (number(bytes) % (WORD_BITS - count) as u64) as usize;
        for &before in chosen.iter().take(count) {
            if before <= bit {
                bit += 1;
            }
        }
        let at = chosen.iter().position(|&before| before > bit).unwrap_or(0);
        if let Some(later) = chosen.get_mut(at..=count) {
            later.rotate_right(1);
        }
        if let Some(here) = chosen.get_mut(at) {
            *here = bit;
        }
    }
    let start = CHUNK_BYTES + word as usize * WORD_BYTES;
    chosen
        .into_iter()
        .filter(|&bit| bit < WORD_BITS)
        .map(move |bit| Place { byte: start + bit / 8, bit: (bit % 8) as u8 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter::Layout;

    #[test]
    fn bits_are_distinct_and_in_one_word_behind_the_facts() {
        let mut hits = vec![0u32; WORD_BITS];
        for number in 0..20_000 {
            let token = format!("token{number}");
            for layout in Layout::ALL {
                let places: Vec<_> = layout.places(TokenKind::Word, &token).collect();
                assert_eq!(places.len(), 8);
                assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
                let word = |place: &Place| (place.byte - CHUNK_BYTES) / WORD_BYTES;
                assert!(places.iter().all(|place| word(place) == word(&places[0])));
                assert!(places.iter().all(|place| place.byte < layout.bytes()));
                if layout == Layout::TERMS_33 {
                    for place in places {
                        let bit =
                            (place.byte - CHUNK_BYTES) % WORD_BYTES * 8 + usize::from(place.bit);
                        hits[bit] += 1;
                    }
                }
            }
        }
        // 160,000 bits over 248: 645 each, give or take six times the deviation.
        assert!(hits.iter().all(|&hits| (490..800).contains(&hits)), "{hits:?}");
    }

    #[test]
    fn places_stay_where_they_are() {
        let places = |kind| {
            let places = Layout::TERMS_132.places(kind, "privileged");
            places.map(|place| (place.byte, place.bit)).collect::<Vec<_>>()
        };
        assert_eq!(
            places(TokenKind::Word),
            [
                (11475, 3),
                (11479, 0),
                (11482, 1),
                (11483, 6),
                (11488, 3),
                (11489, 6),
                (11490, 4),
                (11500, 2)
            ]
        );
        assert_eq!(places(TokenKind::Near), [(32552, 6), (32557, 1), (32562, 5), (32572, 3)]);
    }
}
