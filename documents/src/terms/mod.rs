//! Search terms of an item: what a search can ask for, and how text is cut into it.
//!
//! Text and queries are brought into the same normal form and cut by the same
//! functions: [`Cut::of`] and [`Cut::of_block`]. `docs/text/terms.md` says what a term is.

mod cut;
mod edges;
mod facts;
mod fields;
mod near;
mod normal;
mod words;

use std::collections::BTreeSet;

pub(crate) use cut::is_word;
pub use cut::{Cut, Link, Unit};
pub use facts::{ItemFacts, Signatures, date, day};
pub use fields::{ADDRESS_FIELDS, EXACT_FIELDS, TEXT_FIELDS};
pub(crate) use fields::{
    addresses, exact_value, inherited_addresses, of as fields_of, texts, value,
};
pub(crate) use near::first;
pub use near::{NEAR, head, pair_of_heads, stem_head};
pub(crate) use normal::compatible;
pub use words::PREFIXES;
pub(crate) use words::is_joined_by_three;

use crate::{Content, Reason};

/// The tokens of an item, each kind in the order of its bytes. No token holds a control
/// character.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Words, and characters and pairs of characters of scripts without spaces.
    pub words: BTreeSet<String>,
    /// Two words that stand side by side, with a space between; and joined forms of two
    /// words, or of three with an `@`.
    pub pairs: BTreeSet<String>,
    /// `name:value`.
    pub fields: BTreeSet<String>,
    /// Prefixes of words, shorter than their word. Empty unless asked for.
    pub prefixes: BTreeSet<String>,
    /// Two heads of words that stand near each other, with a space between. Empty unless
    /// asked for.
    pub near: BTreeSet<String>,
}

impl Terms {
    /// Most distinct tokens of one kind: more than fill the largest filter.
    pub const MOST_TOKENS: usize = 1 << 17;
    /// Most bytes of the distinct tokens of one kind.
    pub const MOST_BYTES: usize = 16 << 20;

    /// The tokens of an item; prefixes and near heads only if they are `wanted`.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the text is longer than is cut ([`Cut::of`]), or a kind
    /// has more tokens or bytes than [`Terms::MOST_TOKENS`] and [`Terms::MOST_BYTES`].
    pub fn of(content: &Content, facts: &ItemFacts, wanted: Wanted) -> Result<Self, Reason> {
        let cut = Cut::of(&content.text)?;
        let mut kinds: [Distinct; 5] = Default::default();
        let [words, pairs, fields, prefixes, near] = &mut kinds;
        words::of(&cut, &mut |token| words.add(token))?;
        words::pairs(&cut, &mut |token| pairs.add(token))?;
        words::joined_forms(&cut, &mut |token| pairs.add(token))?;
        fields::of(content, facts, &mut |token| fields.add(&token))?;
        if wanted == Wanted::All {
            words::prefixes(&cut, &mut |token| prefixes.add(token))?;
            words::near_heads(&cut, &mut |token| near.add(token))?;
        }
        let [words, pairs, fields, prefixes, near] = kinds.map(|kind| kind.tokens);
        Ok(Self { words, pairs, fields, prefixes, near })
    }
}

/// Which tokens a view has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Wanted {
    /// Words, pairs and fields.
    Plain,
    /// Prefixes and near heads, too.
    All,
}

/// Distinct tokens, up to a number and a length.
#[derive(Default)]
struct Distinct {
    tokens: BTreeSet<String>,
    bytes: usize,
}

impl Distinct {
    fn add(&mut self, token: &str) -> Result<(), Reason> {
        if self.tokens.contains(token) {
            return Ok(());
        }
        let bytes = self.bytes.saturating_add(token.len());
        if self.tokens.len() >= Terms::MOST_TOKENS || bytes > Terms::MOST_BYTES {
            return Err(Reason::TooLarge);
        }
        self.bytes = bytes;
        self.tokens.insert(token.to_string());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Budget;

    fn content(text: &str) -> Content {
        let mut content = Content::default();
        content.text.push(text, &mut Budget::new()).unwrap();
        content
    }

    #[test]
    fn kinds_of_token() {
        let content = content("Plan B\u{2029}privileged");
        let terms = Terms::of(&content, &ItemFacts::default(), Wanted::All).unwrap();
        let list =
            |tokens: &BTreeSet<String>| tokens.iter().cloned().collect::<Vec<_>>().join(", ");
        assert_eq!(list(&terms.words), "b, plan, privileged");
        assert_eq!(list(&terms.pairs), "plan b");
        assert_eq!(list(&terms.prefixes), "pla, pri, priv, privi, privil, privile, privileg");
        assert_eq!(list(&terms.near), "b plan, b priv, plan priv");
        let plain = Terms::of(&content, &ItemFacts::default(), Wanted::Plain).unwrap();
        assert!(plain.near.is_empty() && plain.words == terms.words);
    }

    #[test]
    fn memory_is_bounded() {
        let many: String = (0..200_000).map(|number| format!("w{number} ")).collect();
        let facts = ItemFacts::default();
        assert_eq!(Terms::of(&content(&many), &facts, Wanted::Plain), Err(Reason::TooLarge));
        let long = format!("{0}a.{0}b.{0}c.{0}d", "x".repeat(4 << 20));
        assert_eq!(Terms::of(&content(&long), &facts, Wanted::Plain), Err(Reason::TooLarge));
    }
}
