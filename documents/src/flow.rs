//! Text whose blocks stand in blocks: a text box or a note hangs on a place in the middle
//! of a paragraph, and must neither cut its words nor join them.

use std::borrow::Cow;

use crate::xml::{Element, Ns, Xml};
use crate::{Reason, Text};

/// How deep blocks stand aside of blocks; deeper ones follow one another.
const DEPTH: usize = 64;

/// Collects blocks; what stands aside comes after the block that it hangs on.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    /// The innermost is the last; there is always one.
    outer: Vec<Level>,
    level: Level,
    /// Number of asides that are open beyond [`DEPTH`].
    beyond: usize,
}

#[derive(Debug, Default)]
struct Level {
    /// Blocks that are complete.
    done: String,
    /// The block that is being written.
    block: String,
    /// What hangs on it.
    aside: String,
}

impl Level {
    fn end_block(&mut self) {
        // White space alone is no block.
        if self.block.bytes().any(|byte| !byte.is_ascii_whitespace()) {
            self.done.push_str(&self.block);
            self.done.push(Text::BLOCK);
        }
        self.block.clear();
        self.done.push_str(&self.aside);
        self.aside.clear();
    }
}

impl Flow {
    /// Adds characters. Control characters but tab and line feed become spaces.
    pub(crate) fn push(&mut self, text: &str) {
        self.level.block.push_str(&clean(text));
    }

    /// Adds characters as in a paragraph of OpenDocument: white space of any length is
    /// one space, and none at the start.
    pub(crate) fn push_collapsed(&mut self, text: &str) {
        for char in text.chars() {
            if !matches!(char, ' ' | '\t' | '\n' | '\r') {
                self.level.block.push(if char < ' ' { ' ' } else { char });
            } else if !self.level.block.is_empty() && !self.level.block.ends_with([' ', '\n']) {
                self.level.block.push(' ');
            }
        }
    }

    /// Ends a block.
    pub(crate) fn end_block(&mut self) {
        self.level.end_block();
    }

    /// Adds an attribute as a block that stands aside, if the element has it.
    pub(crate) fn attribute(
        &mut self,
        xml: &Xml<'_>,
        element: &Element<'_>,
        ns: Ns,
        name: &str,
    ) -> Result<(), Reason> {
        if let Some(value) = xml.attribute(element, ns, name)? {
            self.aside(&value);
        }
        Ok(())
    }

    /// Adds a block that stands aside.
    pub(crate) fn aside(&mut self, text: &str) {
        self.begin_aside();
        self.push(text);
        self.end_aside();
    }

    /// Begins to write blocks that hang on the place where this is called.
    pub(crate) fn begin_aside(&mut self) {
        if self.outer.len() < DEPTH {
            self.outer.push(std::mem::take(&mut self.level));
        } else {
            self.level.end_block();
            self.beyond = self.beyond.saturating_add(1);
        }
    }

    /// Ends what [`Flow::begin_aside`] began.
    pub(crate) fn end_aside(&mut self) {
        self.close(true);
    }

    /// Ends what [`Flow::begin_aside`] began and forgets it.
    pub(crate) fn drop_aside(&mut self) {
        self.close(false);
    }

    fn close(&mut self, keep: bool) {
        if self.beyond > 0 {
            self.level.end_block();
            self.beyond = self.beyond.saturating_sub(1);
        } else if let Some(outer) = self.outer.pop() {
            self.level.end_block();
            let inner = std::mem::replace(&mut self.level, outer);
            if keep {
                self.level.aside.push_str(&inner.done);
            }
        }
    }

    /// All blocks. What is still open is closed.
    pub(crate) fn finish(mut self) -> String {
        self.beyond = 0;
        while !self.outer.is_empty() {
            self.close(true);
        }
        self.level.end_block();
        self.level.done
    }
}

/// Control characters but tab and line feed as spaces.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.bytes().any(|byte| byte < b' ') {
        return Cow::Borrowed(text);
    }
    let chars = text.chars().map(|char| match char {
        '\t' | '\n' => char,
        char if char < ' ' => ' ',
        char => char,
    });
    Cow::Owned(chars.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_aside_cuts_no_word() {
        let mut flow = Flow::default();
        flow.push("be");
        flow.begin_aside();
        flow.push("box");
        flow.aside("note");
        flow.end_block();
        flow.end_aside();
        flow.push("fore\u{1}");
        flow.end_block();
        flow.begin_aside();
        flow.push("gone");
        flow.drop_aside();
        flow.push_collapsed("\n  a \t\n b");
        assert_eq!(flow.finish(), "before \u{2029}box\u{2029}note\u{2029}a b\u{2029}");
    }
}
