//! The text of an item, as readers write it down.

use crate::{Budget, Reason};

/// Text in reading order. `\n` ends a line: words on both its sides stand beside
/// each other. [`Text::BLOCK`] ends a paragraph, cell, field, slide or page: they
/// do not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(String);

impl Text {
    /// Ends a block (U+2029, paragraph separator).
    pub const BLOCK: char = '\u{2029}';

    /// No text yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds characters as they stand.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow them.
    pub fn push(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        budget.take_bytes(text.len())?;
        self.0.push_str(text);
        Ok(())
    }

    /// Ends a line, unless nothing stands on it.
    pub fn end_line(&mut self) {
        if !self.0.is_empty() && !self.0.ends_with(['\n', Self::BLOCK]) {
            self.0.push('\n');
        }
    }

    /// Ends a block, unless it is empty.
    pub fn end_block(&mut self) {
        if self.0.ends_with('\n') {
            self.0.pop();
        }
        if !self.0.is_empty() && !self.0.ends_with(Self::BLOCK) {
            self.0.push(Self::BLOCK);
        }
    }

    /// Adds a whole block: what stands between other blocks.
    ///
    /// # Errors
    /// [`Reason::TooLarge`] if the budget does not allow it.
    pub fn push_block(&mut self, text: &str, budget: &mut Budget) -> Result<(), Reason> {
        self.end_block();
        self.push(text, budget)?;
        self.end_block();
        Ok(())
    }

    /// The characters, with their line and block ends.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing but white space stands there.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        !self.0.chars().any(|char| !char.is_ascii_whitespace() && char != Self::BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_stand_once() {
        let budget = &mut Budget::new();
        let mut text = Text::new();
        text.end_block();
        text.push("a", budget).unwrap();
        text.end_line();
        text.end_line();
        text.push("b", budget).unwrap();
        text.end_line();
        text.end_block();
        text.push_block("c", budget).unwrap();
        text.end_block();
        assert_eq!(text.as_str(), "a\nb\u{2029}c\u{2029}");
        assert!(!text.is_blank() && Text::new().is_blank());
    }
}
