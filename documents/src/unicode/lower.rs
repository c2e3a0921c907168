//! Lower case: of one character, and of a text as Python's `str.lower` does it.

use super::{holds, mapped, tables};

/// The full mapping of one character to lower case, wherever it stands: one or two
/// characters.
pub fn lower(point: char) -> impl Iterator<Item = char> {
    // The only character that grows.
    let (first, second) = match point {
        '\u{130}' => ('i', Some('\u{307}')),
        _ if point.is_ascii() => (point.to_ascii_lowercase(), None),
        _ => (mapped(tables::LOWER, point).unwrap_or(point), None),
    };
    std::iter::once(first).chain(second)
}

/// What Python's `str.lower` gives: the full mapping to lower case, with the final
/// sigma of Greek words.
#[must_use]
pub fn python_lower(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Whether the last character that is not case-ignorable is cased.
    let mut after_cased = false;
    for (at, point) in text.char_indices() {
        match point {
            '\u{3A3}' => {
                let rest = text.get(at + point.len_utf8()..).unwrap_or_default();
                out.push(if after_cased && !before_cased(rest) { '\u{3C2}' } else { '\u{3C3}' });
            }
            _ => out.extend(lower(point)),
        }
        if !holds(tables::CASE_IGNORABLE, point) {
            after_cased = holds(tables::CASED, point);
        }
    }
    out
}

/// Whether a cased character follows, case-ignorable ones passed over. A sigma is cased
/// itself, so no character is passed over twice.
fn before_cased(rest: &str) -> bool {
    rest.chars()
        .find(|&point| !holds(tables::CASE_IGNORABLE, point))
        .is_some_and(|point| holds(tables::CASED, point))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_lowered_wherever_they_stand() {
        let lowered: String = "ΟΔΟΣ İ ẞ K Az[".chars().flat_map(lower).collect();
        assert_eq!(lowered, "οδοσ i\u{307} ß k az[");
    }

    #[test]
    fn lowers_as_python_does() {
        assert_eq!(python_lower("ΟΔΟΣ ΑΣ. Σ ΑΣΑ Α\u{345}Σ ΑΣ'Α"), "οδος ας. σ ασα α\u{345}ς ασ'α");
        assert_eq!(python_lower("İSTANBUL Straße ǅ ẞ ϴ Ꭰ"), "i\u{307}stanbul straße ǆ ß θ ꭰ");
    }
}
