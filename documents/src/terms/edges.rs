//! The words that begin at a position: the unit there, and words that more units spell.

use std::borrow::Cow;

use crate::unicode;

use super::cut::{Cut, Link};

/// Most units that one divided word may be of.
const MOST_DIVIDED: usize = 3;
/// Most letters of an abbreviation that is written with dots.
const MOST_DOTTED: usize = 16;
/// Most units of any word.
pub(crate) const MOST_UNITS_OF_WORD: usize = MOST_DOTTED;

/// A word and the units that spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edge<'a> {
    /// The word, in normal form.
    pub(crate) word: Cow<'a, str>,
    /// The position after its last unit.
    pub(crate) end: usize,
    /// Whether it is one character of a script without spaces.
    pub(crate) unspaced: bool,
}

impl Cut {
    /// The words that begin at a position: the unit itself; words divided at line ends
    /// after it, put together (`agree-⏎ment`); an abbreviation without its dots, where it
    /// begins here (`R.J.` as `rj`).
    pub(crate) fn edges(&self, at: usize) -> impl Iterator<Item = Edge<'_>> {
        let unit = (at < self.len()).then(|| {
            let word = self.word(at);
            let unspaced = word.chars().next().is_some_and(unicode::is_unspaced);
            Edge { word: Cow::Borrowed(word), end: at.saturating_add(1), unspaced }
        });
        let divided = (1..MOST_DIVIDED)
            .map(move |more| at.saturating_add(more))
            .take_while(|&last| self.link(last) == Link::Divided)
            .map(move |last| self.joined(at, last));
        unit.into_iter().chain(divided).chain(self.dotted(at))
    }

    /// The units from one position to another, without what stands between.
    fn joined(&self, first: usize, last: usize) -> Edge<'_> {
        let word = (first..=last).map(|at| self.word(at)).collect::<String>();
        Edge { word: Cow::Owned(word), end: last.saturating_add(1), unspaced: false }
    }

    fn dotted(&self, at: usize) -> Option<Edge<'_>> {
        let goes_on = |at: usize| self.link(at) == Link::Inner('.') && self.is_letter(at);
        let before = at.checked_sub(1).is_some_and(|before| self.is_letter(before));
        if !self.is_letter(at) || (goes_on(at) && before) {
            return None;
        }
        let ends = at.saturating_add(1)..at.saturating_add(MOST_DOTTED);
        let last = ends.take_while(|&at| goes_on(at)).last()?;
        (!goes_on(last.saturating_add(1))).then(|| self.joined(at, last))
    }

    /// Whether the unit is a single letter of a script with spaces.
    fn is_letter(&self, at: usize) -> bool {
        let mut points = self.word(at).chars();
        let letter = |point: char| unicode::is_letter(point) && !unicode::is_unspaced(point);
        points.next().is_some_and(letter) && points.next().is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edges(text: &str, at: usize) -> Vec<String> {
        let cut = Cut::of_block(text).unwrap();
        cut.edges(at).map(|edge| format!("{}>{}", edge.word, edge.end)).collect()
    }

    #[test]
    fn a_word_may_be_of_more_units() {
        assert_eq!(edges("inter-\nnatio-\nnal", 0), ["inter>1", "internatio>2", "international>3"]);
        assert_eq!(edges("the U.S.A. and", 1), ["u>2", "usa>4"]);
        assert_eq!(edges("the U.S.A. and", 2), ["s>3"]);
        assert_eq!(edges("J.R.R.Tolkien", 0), ["j>1", "jrr>3"]);
        assert_eq!(edges(&"a.".repeat(17), 0), ["a>1"]);
        assert_eq!(edges("a. b 1.2 x-y", 0), ["a>1"]);
        assert_eq!(edges("", 0), [""; 0]);
    }
}
