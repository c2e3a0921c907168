//! What an item truly holds, beside what the bits of its filter say.

use crate::{
    Content, Reason,
    terms::{ItemFacts, Terms, Wanted},
};

use super::{CHUNK_BYTES, Fact, TokenKind, facts};

/// The tokens of an item and the facts of its first chunk. Its filter says of every token
/// that stands here that it is there, and of some others, by chance.
#[derive(Clone, Debug)]
pub struct Truth {
    terms: Terms,
    facts: Vec<u8>,
}

impl Truth {
    /// What an item holds of the tokens that are `wanted`.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if it has more terms than are cut.
    pub fn of(content: &Content, item: &ItemFacts, wanted: Wanted) -> Result<Self, Reason> {
        let terms = Terms::of(content, item, wanted)?;
        let mut facts = vec![0; CHUNK_BYTES];
        facts::write(&mut facts, &terms, content, item);
        Ok(Self { terms, facts })
    }

    /// Whether the item holds a token.
    #[must_use]
    pub fn has(&self, kind: TokenKind, token: &str) -> bool {
        kind.tokens(&self.terms).contains(token)
    }

    /// The code of a fact; 0 if it is missing.
    #[must_use]
    pub fn fact(&self, fact: Fact) -> u32 {
        fact.read(&self.facts)
    }
}
