//! The views `text/terms-C`: a Bloom filter of search terms in whole chunks, with plain
//! facts in the first.
//!
//! A filter has no false negatives: if an item holds a token, all its bits are set.
//! `docs/text/terms.md` gives the layout and the measured rates.

mod chance;
mod facts;
mod place;
mod truth;

pub use chance::Load;
pub(crate) use facts::source_code;
pub use facts::{Fact, date_code, kind_code, size_class};
pub use place::{Place, TokenKind};
pub use truth::Truth;

use crate::{
    Content, Reason,
    terms::{ItemFacts, Terms, Wanted},
};

/// Bytes of a chunk: eight words.
pub const CHUNK_BYTES: usize = 248;
/// Bytes of a word: what one element of the field holds.
pub const WORD_BYTES: usize = 31;
/// Bits of a word. All bits of a token lie in one word.
pub const WORD_BITS: usize = WORD_BYTES * 8;

/// The shape of a view of terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Layout {
    chunks: usize,
    pair_bits: usize,
    wanted: Wanted,
}

impl Layout {
    /// `text/terms-33`: words, pairs and fields of a short item.
    pub const TERMS_33: Self = Self { chunks: 33, pair_bits: 3, wanted: Wanted::Plain };
    /// `text/terms-132`: words, pairs and fields.
    pub const TERMS_132: Self = Self { chunks: 132, pair_bits: 4, wanted: Wanted::Plain };
    /// `text/terms-264`: prefixes and near heads, too.
    pub const TERMS_264: Self = Self { chunks: 264, pair_bits: 4, wanted: Wanted::All };
    /// Every layout.
    pub const ALL: [Self; 3] = [Self::TERMS_33, Self::TERMS_132, Self::TERMS_264];

    /// The layout of a view's name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|layout| layout.name() == name)
    }

    /// The view's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self.chunks {
            33 => "text/terms-33",
            132 => "text/terms-132",
            _ => "text/terms-264",
        }
    }

    /// Chunks, that of the facts included.
    #[must_use]
    pub fn chunks(self) -> usize {
        self.chunks
    }

    /// Length of the view in bytes.
    #[must_use]
    pub fn bytes(self) -> usize {
        self.chunks * CHUNK_BYTES
    }

    /// Which tokens the view has.
    #[must_use]
    pub fn wanted(self) -> Wanted {
        self.wanted
    }

    /// Bits that a token of a kind sets.
    #[must_use]
    pub fn bits(self, kind: TokenKind) -> usize {
        match kind {
            TokenKind::Word | TokenKind::Field | TokenKind::Prefix => 8,
            TokenKind::Pair => self.pair_bits,
            TokenKind::Near => 4,
        }
    }

    /// Words of the filter: those of all chunks but the first.
    #[must_use]
    pub fn words(self) -> usize {
        (self.chunks - 1) * (CHUNK_BYTES / WORD_BYTES)
    }

    /// Most bits that may be set: half of those of the filter. A fuller filter says too
    /// little.
    #[must_use]
    pub fn most_set(self) -> usize {
        self.words() * WORD_BITS / 2
    }

    /// Where a token's bits lie: as many places as [`Layout::bits`] says, all distinct
    /// and all in one word, never in the first chunk.
    pub fn places(self, kind: TokenKind, token: &str) -> impl Iterator<Item = Place> {
        place::places(self.words(), self.bits(kind), kind, token)
    }

    /// Whether all bits of a token are set in a view's bytes.
    #[must_use]
    pub fn has(self, view: &[u8], kind: TokenKind, token: &str) -> bool {
        self.places(kind, token).all(|place| place.is_set(view))
    }

    /// The view of an item.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if it has more terms than are cut or fit.
    pub fn view(self, content: &Content, facts: &ItemFacts) -> Result<Vec<u8>, Reason> {
        let terms = Terms::of(content, facts, self.wanted)?;
        self.fill(&terms, content, facts)
    }

    /// The view of an item whose terms are known.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if more than [`Layout::most_set`] bits would be set.
    pub fn fill(
        self,
        terms: &Terms,
        content: &Content,
        facts: &ItemFacts,
    ) -> Result<Vec<u8>, Reason> {
        let mut view = vec![0; self.bytes()];
        facts::write(&mut view, terms, content, facts);
        let mut set = 0usize;
        for (kind, tokens) in TokenKind::of(terms) {
            for place in tokens.iter().flat_map(|token| self.places(kind, token)) {
                set += usize::from(place.set(&mut view));
            }
        }
        if set > self.most_set() {
            return Err(Reason::TooLarge);
        }
        Ok(view)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    #[test]
    fn sizes_are_those_of_the_names() {
        let bits = Layout::ALL.map(|layout| layout.bytes() * 8);
        assert_eq!(bits, [65_472, 261_888, 523_776]);
        for layout in Layout::ALL {
            assert_eq!(Layout::of_name(layout.name()), Some(layout));
        }
    }

    #[test]
    fn what_an_item_holds_is_found() {
        let mut content = Content::default();
        content.text.push("Plan B is privileged", &mut Budget::new()).unwrap();
        content.meta.from.push("alice@example.com".into());
        let facts = ItemFacts::default();
        for layout in Layout::ALL {
            let view = layout.view(&content, &facts).unwrap();
            let terms = Terms::of(&content, &facts, layout.wanted()).unwrap();
            for (kind, tokens) in TokenKind::of(&terms) {
                assert!(tokens.iter().all(|token| layout.has(&view, kind, token)));
            }
            assert!(!layout.has(&view, TokenKind::Word, "merger"));
            assert!(!layout.has(&view, TokenKind::Word, "plan b"));
        }
    }

    #[test]
    fn a_full_filter_is_refused() {
        let item = |words: usize| {
            let mut content = Content::default();
            let text: String = (0..words).map(|word| format!("w{word}\u{2029}")).collect();
            content.text.push(&text, &mut Budget::new()).unwrap();
            Layout::TERMS_33.view(&content, &ItemFacts::default())
        };
        // Eight bits a word, 63,488 bits: half are set by about 5,500 words.
        assert!(item(5_300).is_ok());
        assert_eq!(item(5_700), Err(Reason::TooLarge));
    }
}
