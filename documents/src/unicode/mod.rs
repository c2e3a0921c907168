//! Unicode 16.0, from tables in the repository.
//!
//! What a view holds may not depend on the compiler that built it, and `std`'s
//! tables move with the compiler. The tables here stand still; `unicode-normalization`
//! is pinned to the version of the same Unicode.

mod lower;
mod tables;

pub use lower::{lower, python_lower};

/// The version that all of this follows.
pub const VERSION: (u8, u8, u8) = (16, 0, 0);

fn holds(ranges: &[(u32, u32)], point: char) -> bool {
    let point = u32::from(point);
    let after = ranges.partition_point(|&(first, _)| first <= point);
    after.checked_sub(1).and_then(|at| ranges.get(at)).is_some_and(|&(_, last)| point <= last)
}

/// Where a run of a map sends a code point.
fn mapped(runs: &[(u32, u32, u32, i32)], point: char) -> Option<char> {
    let code = u32::from(point);
    let after = runs.partition_point(|&(first, ..)| first <= code);
    let &(first, last, step, added) = runs.get(after.checked_sub(1)?)?;
    if code > last || !code.wrapping_sub(first).is_multiple_of(step) {
        return None;
    }
    char::from_u32(code.checked_add_signed(added)?)
}

/// General category L: Lu, Ll, Lt, Lm and Lo.
#[must_use]
pub fn is_letter(point: char) -> bool {
    point.is_ascii_alphabetic() || (!point.is_ascii() && holds(tables::LETTER, point))
}

/// General category N: Nd, Nl and No.
#[must_use]
pub fn is_number(point: char) -> bool {
    point.is_ascii_digit() || (!point.is_ascii() && holds(tables::NUMBER, point))
}

/// General category M: Mn, Mc and Me.
#[must_use]
pub fn is_mark(point: char) -> bool {
    !point.is_ascii() && holds(tables::MARK, point)
}

/// General category Mn.
#[must_use]
pub fn is_nonspacing_mark(point: char) -> bool {
    !point.is_ascii() && holds(tables::NONSPACING_MARK, point)
}

/// General category P: Pc, Pd, Ps, Pe, Pi, Pf and Po.
#[must_use]
pub fn is_punctuation(point: char) -> bool {
    holds(tables::PUNCTUATION, point)
}

/// General categories Cc, Cf and Co: control, format and private use.
#[must_use]
pub fn is_control(point: char) -> bool {
    point.is_ascii_control() || (!point.is_ascii() && holds(tables::CONTROL, point))
}

/// Property White_Space.
#[must_use]
pub fn is_white_space(point: char) -> bool {
    is_python_space(point) && !('\u{1C}'..='\u{1F}').contains(&point)
}

/// General category Ll.
#[must_use]
pub fn is_lower_case_letter(point: char) -> bool {
    point.is_ascii_lowercase() || (!point.is_ascii() && holds(tables::LOWER_CASE_LETTER, point))
}

/// Whether nothing is shown for it by default: soft hyphen, zero width characters,
/// byte-order mark, variation selectors.
#[must_use]
pub fn is_default_ignorable(point: char) -> bool {
    !point.is_ascii() && holds(tables::DEFAULT_IGNORABLE, point)
}

/// Whether it is a letter, number or mark of a script that is written without spaces
/// between words, or with spaces elsewhere than between words: Han, Hiragana,
/// Katakana, Hangul, Thai, Lao, Khmer.
#[must_use]
pub fn is_unspaced(point: char) -> bool {
    u32::from(point) >= 0xE00 && holds(tables::UNSPACED, point)
}

/// What `\w` matches in a Python pattern for `str`: L, N and `_`, and no marks.
#[must_use]
pub fn is_python_word(point: char) -> bool {
    point == '_' || is_letter(point) || is_number(point)
}

/// What `str.split()` splits at, and `\s` matches, in Python.
#[must_use]
pub fn is_python_space(point: char) -> bool {
    matches!(point,
        '\u{09}'..='\u{0D}' | '\u{1C}'..='\u{20}' | '\u{85}' | '\u{A0}' | '\u{1680}'
        | '\u{2000}'..='\u{200A}' | '\u{2028}' | '\u{2029}' | '\u{202F}' | '\u{205F}' | '\u{3000}')
}

/// Full case folding (statuses C and F) of one character: one to three characters.
pub fn fold(point: char) -> impl Iterator<Item = char> {
    let full = if point.is_ascii() { None } else { fold_full(point) };
    let simple = || mapped(tables::FOLD, point).unwrap_or(point);
    full.unwrap_or_else(|| [Some(simple()), None, None]).into_iter().flatten()
}

fn fold_full(point: char) -> Option<[Option<char>; 3]> {
    let at = tables::FOLD_FULL.binary_search_by_key(&u32::from(point), |&(from, _)| from).ok()?;
    let &(_, to) = tables::FOLD_FULL.get(at)?;
    Some(to.map(|code| char::from_u32(code).filter(|_| code != 0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> String {
        text.chars().flat_map(fold).collect()
    }

    #[test]
    fn tables_are_of_one_version() {
        assert_eq!(VERSION, unicode_normalization::UNICODE_VERSION);
        // U+A7DA is new in 16.0, U+A7CE in 17.0.
        assert!(is_letter('\u{A7DA}') && !is_letter('\u{A7CE}'));
    }

    #[test]
    fn tables_are_sorted_and_do_not_overlap() {
        for table in [
            tables::LETTER,
            tables::NUMBER,
            tables::MARK,
            tables::NONSPACING_MARK,
            tables::PUNCTUATION,
            tables::CONTROL,
            tables::LOWER_CASE_LETTER,
            tables::CASED,
            tables::CASE_IGNORABLE,
            tables::DEFAULT_IGNORABLE,
            tables::UNSPACED,
        ] {
            assert!(table.iter().all(|(first, last)| first <= last));
            assert!(table.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
        for runs in [tables::FOLD, tables::LOWER] {
            assert!(runs.iter().all(|run| run.0 <= run.1 && run.2 > 0));
            assert!(runs.windows(2).all(|pair| pair[0].1 < pair[1].0));
        }
    }

    #[test]
    fn folds_fully() {
        assert_eq!(
            folded("STRASSE Straße ΟΔΟΣ οδος ﬁ İ K"),
            "strasse strasse οδοσ οδοσ fi i\u{307} k"
        );
        assert_eq!(folded("Ā ā Ă ă Ĳ ǅ Ꭰ ꭰ 𐐀"), "ā ā ă ă ĳ ǆ Ꭰ Ꭰ 𐐨");
    }

    #[test]
    fn classes_of_words() {
        assert!("aéßʼ秘あ한ก".chars().all(is_letter));
        assert!("1²½Ⅷ〇४".chars().all(is_number));
        assert!("\u{301}ि".chars().all(is_mark));
        assert!("秘あアー々한กໜក".chars().all(is_unspaced) && !"aяक・".chars().any(is_unspaced));
        assert!("\u{AD}\u{200B}\u{FEFF}\u{FE0F}".chars().all(is_default_ignorable));
        assert!(!is_python_word('\u{301}') && is_python_word('²') && is_python_word('_'));
        assert!("\u{301}\u{93F}".chars().map(is_nonspacing_mark).eq([true, false]));
        assert!("!_-«»“—、".chars().all(is_punctuation) && !"$+^`|a ".chars().any(is_punctuation));
        assert!("\0\u{85}\u{AD}\u{200B}\u{E000}".chars().all(is_control) && !is_control('\u{378}'));
        assert!("\t \u{85}\u{2029}\u{3000}".chars().all(is_white_space));
        assert!(!"\u{1C}\u{1F}\u{200B}".chars().any(is_white_space));
        let spaces =
            (0..=0x3000).filter_map(char::from_u32).filter(|&point| is_python_space(point));
        assert_eq!(spaces.count(), 29);
    }
}
