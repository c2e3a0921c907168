//! BERT's normaliser and pre-tokeniser: from text to words.
//!
//! The steps are those of `BertNormalizer` and `BertPreTokenizer` of `tokenizers`, one
//! character at a time. Nothing is held but the word at hand, whose characters beyond
//! [`MOST_CHARACTERS`] are dropped, since a longer word is unknown whatever they are.

use std::ops::ControlFlow;

use unicode_normalization::char::{canonical_combining_class, decompose_canonical};

use crate::{Text, unicode};

/// Most characters of a word that is cut into pieces.
pub(super) const MOST_CHARACTERS: usize = 100;

/// What a vocabulary asks of the normaliser.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Normaliser {
    /// Whether words are brought to lower case.
    pub(super) lower_case: bool,
    /// Whether characters are decomposed and their accents dropped.
    pub(super) strip_accents: bool,
    /// Whether each ideograph is a word.
    pub(super) split_ideographs: bool,
}

/// Takes the words, and says whether to go on.
pub(super) type Sink<'a> = dyn FnMut(&str) -> ControlFlow<()> + 'a;

impl Normaliser {
    /// Gives the words of a text in their order: none is empty, and one of more than
    /// [`MOST_CHARACTERS`] has lost the characters after the first of them too many.
    pub(super) fn words(self, text: &str, sink: &mut Sink<'_>) -> ControlFlow<()> {
        let mut words = Words { normaliser: self, word: Word::default(), marks: Vec::new(), sink };
        for point in text.chars() {
            words.take(point)?;
        }
        words.order()?;
        words.end()
    }
}

/// The word at hand.
#[derive(Default)]
struct Word {
    text: String,
    characters: usize,
}

impl Word {
    fn push(&mut self, point: char) {
        if self.characters <= MOST_CHARACTERS {
            self.text.push(point);
            self.characters = self.characters.saturating_add(1);
        }
    }
}

struct Words<'a, 'b> {
    normaliser: Normaliser,
    word: Word,
    /// Marks that are not dropped and wait to be put in their canonical order, each with
    /// its class.
    marks: Vec<(u8, char)>,
    sink: &'a mut Sink<'b>,
}

impl Words<'_, '_> {
    /// Cleans a character: white space and block ends part words, control characters are
    /// nothing.
    fn take(&mut self, point: char) -> ControlFlow<()> {
        match point {
            '\t' | '\n' | '\r' | Text::BLOCK => self.part(),
            '\0' | '\u{FFFD}' => ControlFlow::Continue(()),
            _ if unicode::is_control(point) => ControlFlow::Continue(()),
            _ if unicode::is_white_space(point) => self.part(),
            _ if self.normaliser.split_ideographs && is_ideograph(point) => {
                self.part()?;
                self.decompose(point)?;
                self.part()
            }
            _ => self.decompose(point),
        }
    }

    /// A space.
    fn part(&mut self) -> ControlFlow<()> {
        self.order()?;
        self.end()
    }

    /// The canonical decomposition without marks of category Mn, if accents are stripped.
    fn decompose(&mut self, point: char) -> ControlFlow<()> {
        if !self.normaliser.strip_accents || point.is_ascii() {
            self.order()?;
            return self.lower(point);
        }
        let mut outcome = ControlFlow::Continue(());
        decompose_canonical(point, |part| {
            if outcome.is_continue() {
                outcome = self.decomposed(part);
            }
        });
        outcome
    }

    fn decomposed(&mut self, part: char) -> ControlFlow<()> {
        let class = canonical_combining_class(part);
        // What is of class 0 ends a run of marks even where it is dropped itself. A word
        // with more marks than this is unknown, in whatever order they stand.
        if class == 0 || self.marks.len() > MOST_CHARACTERS {
            self.order()?;
        }
        match (unicode::is_nonspacing_mark(part), class) {
            (true, _) => ControlFlow::Continue(()),
            (false, 0) => self.lower(part),
            (false, _) => {
                self.marks.push((class, part));
                ControlFlow::Continue(())
            }
        }
    }

    /// Puts the marks that wait into the word.
    fn order(&mut self) -> ControlFlow<()> {
        if self.marks.is_empty() {
            return ControlFlow::Continue(());
        }
        let mut marks = std::mem::take(&mut self.marks);
        marks.sort_by_key(|&(class, _)| class);
        for (_, mark) in marks.drain(..) {
            self.lower(mark)?;
        }
        self.marks = marks;
        ControlFlow::Continue(())
    }

    fn lower(&mut self, point: char) -> ControlFlow<()> {
        if !self.normaliser.lower_case {
            return self.pre_tokenise(point);
        }
        for point in unicode::lower(point) {
            self.pre_tokenise(point)?;
        }
        ControlFlow::Continue(())
    }

    /// Punctuation is a word of one character.
    fn pre_tokenise(&mut self, point: char) -> ControlFlow<()> {
        if unicode::is_white_space(point) {
            return self.end();
        }
        if point.is_ascii_punctuation() || unicode::is_punctuation(point) {
            self.end()?;
            self.word.push(point);
            return self.end();
        }
        self.word.push(point);
        ControlFlow::Continue(())
    }

    /// Gives the word at hand, if there is one.
    fn end(&mut self) -> ControlFlow<()> {
        if self.word.text.is_empty() {
            return ControlFlow::Continue(());
        }
        let outcome = (self.sink)(&self.word.text);
        self.word.text.clear();
        self.word.characters = 0;
        outcome
    }
}

/// The ranges of `tokenizers`, one of which begins later than its block (U+2B820).
fn is_ideograph(point: char) -> bool {
    matches!(point,
        '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{2A6DF}' | '\u{2A700}'..='\u{2B73F}' | '\u{2B740}'..='\u{2B81F}'
        | '\u{2B920}'..='\u{2CEAF}' | '\u{2F800}'..='\u{2FA1F}')
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNCASED: Normaliser =
        Normaliser { lower_case: true, strip_accents: true, split_ideographs: true };
    const CASED: Normaliser =
        Normaliser { lower_case: false, strip_accents: false, split_ideographs: true };

    fn words(normaliser: Normaliser, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        let all = normaliser.words(text, &mut |word| {
            words.push(word.to_owned());
            ControlFlow::Continue(())
        });
        assert!(all.is_continue());
        words
    }

    #[test]
    fn words_of_both_kinds_of_vocabulary() {
        let text = "Héllo,\tWORLD\u{2029}a\u{AD}b \u{FFFD}\0x\u{85}y 北京a İ";
        let uncased = ["hello", ",", "world", "ab", "xy", "北", "京", "a", "i"];
        assert_eq!(words(UNCASED, text), uncased);
        let cased = ["Héllo", ",", "WORLD", "ab", "xy", "北", "京", "a", "İ"];
        assert_eq!(words(CASED, text), cased);
        let whole = Normaliser { split_ideographs: false, ..CASED };
        assert_eq!(words(whole, "北京a"), ["北京a"]);
        let accented = Normaliser { strip_accents: false, ..UNCASED };
        assert_eq!(words(accented, "ÉCOLE İ"), ["école", "i\u{307}"]);
        assert!(words(UNCASED, " \u{2029}\n\u{301}").is_empty());
    }

    /// U+226E is `<` with a stroke; U+1FEF is a grave accent.
    #[test]
    fn what_decomposes_into_punctuation_is_a_word() {
        assert_eq!(words(UNCASED, "a\u{226E}b\u{1FEF}"), ["a", "<", "b", "`"]);
    }

    #[test]
    fn marks_that_stay_stand_in_their_canonical_order() {
        // U+1D165 is of class 216, U+302E of class 224, both Mc; U+301 is Mn.
        assert_eq!(words(UNCASED, "a\u{302E}\u{301}\u{1D165}b"), ["a\u{1D165}\u{302E}b"]);
        assert_eq!(words(CASED, "a\u{302E}\u{1D165}"), ["a\u{302E}\u{1D165}"]);
        // U+900 is Mn of class 0.
        assert_eq!(words(UNCASED, "a\u{302E}\u{900}\u{1D165}"), ["a\u{302E}\u{1D165}"]);
    }

    #[test]
    fn long_words_are_held_in_part() {
        let long = "é\u{302E}".repeat(500);
        for normaliser in [UNCASED, CASED] {
            let words = words(normaliser, &format!("{long} b"));
            assert_eq!(words.len(), 2);
            assert_eq!(words[0].chars().count(), MOST_CHARACTERS + 1);
        }
        let hundred = "x".repeat(MOST_CHARACTERS);
        assert_eq!(words(UNCASED, &hundred), [hundred]);
    }

    #[test]
    fn the_sink_may_stop() {
        let mut seen = 0;
        let stopped = UNCASED.words("a b c", &mut |_| {
            seen += 1;
            if seen == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        assert!(stopped.is_break());
        assert_eq!(seen, 2);
    }
}
