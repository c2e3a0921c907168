//! From the words of a text to the tokens of a view.

use std::collections::VecDeque;
use std::ops::ControlFlow;

/// Cuts a text into words, and words into tokens.
pub(super) trait Tokeniser<'a> {
    /// A word, kept for later.
    type Word;

    /// Gives the words in their order; each makes at least one token.
    fn words(&'a self, sink: &mut dyn FnMut(Self::Word) -> ControlFlow<()>) -> ControlFlow<()>;

    /// Appends the tokens of a word.
    fn tokens(&self, word: &Self::Word, ids: &mut Vec<u16>);
}

/// The first `room` tokens of a text. With `ends`, if it has more, the last half of them,
/// rounded down, are the last ones of the text.
///
/// Without `ends` no more of the text is read than fills the view; otherwise all is cut
/// into words, but only those that are shown into tokens.
pub(super) fn fill<'a, T: Tokeniser<'a>>(text: &'a T, room: usize, ends: bool) -> Vec<u16> {
    let tail = if ends { room.div_euclid(2) } else { 0 };
    let mut ids = Vec::new();
    let mut last = VecDeque::new();
    let _ = text.words(&mut |word| {
        // One more tells that the text is longer.
        if ids.len() <= room {
            text.tokens(&word, &mut ids);
        }
        if tail > 0 {
            if last.len() == tail {
                last.pop_front();
            }
            last.push_back(word);
        }
        if ids.len() > room && tail == 0 {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    if ids.len() > room {
        ids.truncate(room.saturating_sub(tail));
        ids.extend(ending(text, last, tail));
    }
    ids
}

/// The last `tail` tokens of a text that has as many, from its last words.
fn ending<'a, T: Tokeniser<'a>>(text: &T, mut last: VecDeque<T::Word>, tail: usize) -> Vec<u16> {
    // From the end to the beginning.
    let mut ids = Vec::new();
    let mut of_word = Vec::new();
    while ids.len() < tail
        && let Some(word) = last.pop_back()
    {
        text.tokens(&word, &mut of_word);
        ids.extend(of_word.drain(..).rev());
    }
    ids.truncate(tail);
    ids.reverse();
    ids
}

/// How many tokens a text has.
pub(super) fn count<'a, T: Tokeniser<'a>>(text: &'a T) -> u64 {
    let mut total = 0_u64;
    let mut ids = Vec::new();
    let _ = text.words(&mut |word| {
        text.tokens(&word, &mut ids);
        total = total.saturating_add(ids.len() as u64);
        ids.clear();
        ControlFlow::Continue(())
    });
    total
}
