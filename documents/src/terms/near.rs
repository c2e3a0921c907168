//! Heads of words that stand near each other.

/// How far apart heads are that count as near: positions differ by at most this.
pub const NEAR: usize = 10;

/// Letters of a head.
const HEAD: usize = 4;

/// The words that make no heads: 150 of the commonest in English mail. The list is part
/// of the view `text/terms-264`, and never changes.
#[rustfmt::skip]
const COMMON: [&str; 150] = [
    "the", "to", "and", "a", "of", "i", "you", "in", "for", "is", "it", "that", "this", "on",
    "http", "s", "com", "with", "your", "not", "be", "have", "are", "t", "or", "from", "as",
    "www", "can", "but", "my", "if", "at", "all", "will", "an", "by", "they", "we", "do", "was",
    "more", "one", "so", "no", "out", "just", "what", "there", "which", "get", "about", "me",
    "only", "has", "our", "like", "would", "don", "up", "any", "other", "who", "new", "had",
    "when", "some", "how", "please", "m", "them", "also", "us", "than", "then", "he", "most",
    "know", "its", "want", "d", "were", "because", "much", "see", "am", "take", "order", "way",
    "good", "using", "each", "before", "even", "does", "said", "may", "made", "well", "go",
    "these", "over", "after", "should", "could", "did", "his", "into", "many", "where", "while",
    "same", "ve", "re", "her", "she", "him", "their", "been", "being", "such", "through", "off",
    "very", "under", "here", "now", "use", "time", "people", "need", "https", "org", "net", "ll",
    "might", "must", "let", "own", "both", "too", "between", "since", "still", "down", "against",
    "during", "until", "upon", "yes",
];

/// The head of a word: its first four characters, or the whole of a shorter word.
/// Common words have none.
#[must_use]
pub fn head(word: &str) -> Option<&str> {
    (!COMMON.contains(&word)).then(|| first(word, HEAD).unwrap_or(word))
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
    let (low, high) = if one <= other { (one, other) } else { (other, one) };
    format!("{low} {high}")
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
    fn no_common_word_stands_twice() {
        let mut words = COMMON.to_vec();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), COMMON.len());
    }
}
