//! The n-grams of a text, as scikit-learn's analyzers cut them.

use crate::unicode;

/// Gives the words of `(?u)\b\w\w+\b`: maximal runs of at least two letters, numbers and
/// `_`; marks part words. With `pairs`, also each two words in a row, joined by a space.
pub(super) fn words(lower: &str, pairs: bool, sink: &mut dyn FnMut(&str)) {
    let mut before = "";
    let mut pair = String::new();
    for word in lower.split(|point| !unicode::is_python_word(point)) {
        if word.chars().nth(1).is_none() {
            continue;
        }
        sink(word);
        if pairs && !before.is_empty() {
            pair.clear();
            pair.extend([before, " ", word]);
            sink(&pair);
        }
        before = word;
    }
}

/// Gives the n-grams of three to five characters within words that a space is put before
/// and behind (`char_wb`). A word that is no longer than n gives one, and none of greater n.
pub(super) fn chars_within_words(lower: &str, sink: &mut dyn FnMut(&str)) {
    let mut padded = String::new();
    for word in lower.split(unicode::is_python_space).filter(|word| !word.is_empty()) {
        padded.clear();
        padded.extend([" ", word, " "]);
        let length = padded.chars().count();
        for n in 3..=5 {
            let starts = || padded.char_indices().map(|(at, _)| at);
            let ends = starts().skip(n).chain([padded.len()]);
            for (start, end) in starts().zip(ends) {
                sink(padded.get(start..end).unwrap_or_default());
            }
            if length <= n {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_of_two_characters() {
        let mut grams = Vec::new();
        words("a bc, de_f x e\u{301}té ²2", true, &mut |gram| grams.push(gram.to_string()));
        assert_eq!(grams, ["bc", "de_f", "bc de_f", "té", "de_f té", "²2", "té ²2"]);
    }

    #[test]
    fn short_words_count_once() {
        let mut grams = Vec::new();
        chars_within_words("a\u{1C}abc", &mut |gram| grams.push(gram.to_string()));
        assert_eq!(grams, [" a ", " ab", "abc", "bc ", " abc", "abc ", " abc "]);
    }
}
