//! Heads of words that stand near each other.

/// How far apart heads are that count as near: positions differ by at most this.
pub const NEAR: usize = 10;

/// Letters of a head.
const HEAD: usize = 4;

/// The words that make no heads: 150 of the commonest in English mail, sorted. The list
/// is part of the view `text/terms-264`, and never changes.
#[rustfmt::skip]
const COMMON: [&str; 150] = [
    "a", "about", "after", "against", "all", "also", "am", "an", "and", "any", "are", "as", "at",
    "be", "because", "been", "before", "being", "between", "both", "but", "by", "can", "com",
    "could", "d", "did", "do", "does", "don", "down", "during", "each", "even", "for", "from",
    "get", "go", "good", "had", "has", "have", "he", "her", "here", "him", "his", "how", "http",
    "https", "i", "if", "in", "into", "is", "it", "its", "just", "know", "let", "like", "ll", "m",
    "made", "many", "may", "me", "might", "more", "most", "much", "must", "my", "need", "net",
    "new", "no", "not", "now", "of", "off", "on", "one", "only", "or", "order", "org", "other",
    "our", "out", "over", "own", "people", "please", "re", "s", "said", "same", "see", "she",
    "should", "since", "so", "some", "still", "such", "t", "take", "than", "that", "the", "their",
    "them", "then", "there", "these", "they", "this", "through", "time", "to", "too", "under",
    "until", "up", "upon", "us", "use", "using", "ve", "very", "want", "was", "way", "we", "well",
    "were", "what", "when", "where", "which", "while", "who", "will", "with", "would", "www",
    "yes", "you", "your",
];

/// The head of a word: its first four characters, or the whole of a shorter word.
/// Common words have none.
#[must_use]
pub fn head(word: &str) -> Option<&str> {
    COMMON.binary_search(&word).is_err().then(|| first(word, HEAD).unwrap_or(word))
}

/// The head of every word that begins with a stem, if they have one in common: the stem
/// has four characters, and no common word begins with it.
#[must_use]
pub fn stem_head(stem: &str) -> Option<&str> {
    let known = !COMMON.iter().any(|word| word.starts_with(stem));
    first(stem, HEAD).filter(|_| known)
}

/// The first `count` characters of a word; `None` if it has fewer.
pub(crate) fn first(word: &str, count: usize) -> Option<&str> {
    let (at, point) = word.char_indices().nth(count.checked_sub(1)?)?;
    word.get(..at.checked_add(point.len_utf8())?)
}

/// Two heads as one token, in an order that does not tell which stood first.
#[must_use]
pub fn pair_of_heads(one: &str, other: &str) -> String {
    let mut pair = String::new();
    write_pair(&mut pair, one, other);
    pair
}

/// Writes [`pair_of_heads`] in the place of a text.
pub(super) fn write_pair(pair: &mut String, one: &str, other: &str) {
    let (low, high) = if one <= other { (one, other) } else { (other, one) };
    pair.clear();
    pair.extend([low, " ", high]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads() {
        assert_eq!(
            (head("privileged"), head("tax"), head("with")),
            (Some("priv"), Some("tax"), None)
        );
        assert_eq!(
            (stem_head("priv"), stem_head("pri"), stem_head("their")),
            (Some("priv"), None, None)
        );
        assert_eq!((stem_head("thei"), stem_head("straße")), (None, Some("stra")));
        assert_eq!(pair_of_heads("b", "a"), pair_of_heads("a", "b"));
    }

    #[test]
    fn common_words_are_sorted() {
        assert!(COMMON.windows(2).all(|pair| pair[0] < pair[1]));
    }
}
