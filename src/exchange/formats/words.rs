//! Text that one party writes and another reads in a report, or as the name of a file.

/// Whether a text of a party can stand in a report as it seems to be: 1 to `most` Unicode
/// scalar values, with no space at either end, no control characters, and none that are
/// invisible but change how the text around them is shown.
///
/// # Errors
/// What is wrong.
pub(crate) fn check(text: &str, most: usize) -> Result<(), &'static str> {
    if text.is_empty() || text.chars().count() > most {
        return Err("a text of no characters, or of too many");
    }
    if text.starts_with(' ') || text.ends_with(' ') {
        return Err("a text with a space at its beginning or end");
    }
    if text.chars().any(char::is_control) {
        return Err("a text with control characters");
    }
    if text.chars().any(misleads) {
        return Err(
            "a text with invisible characters that change how the text around them is shown",
        );
    }
    Ok(())
}

/// Whether a character is not seen itself but can make a report read otherwise
/// than it is written: controls of the direction of text, of lines and of
/// shaping, and marks that hide text. Joiners, which many scripts need, stay.
const fn misleads(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// What the name of a file ends with that has no harmless extension.
pub(crate) const NO_EXTENSION: &str = "bin";

/// An extension in small letters, if it is of 1 to 8 ASCII letters and digits.
pub(crate) fn harmless_extension(extension: &[u8]) -> Option<String> {
    let harmless =
        (1..=8).contains(&extension.len()) && extension.iter().all(u8::is_ascii_alphanumeric);
    harmless.then(|| String::from_utf8_lossy(&extension.to_ascii_lowercase()).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_say_what_they_seem_to_say() {
        for good in ["privileged", "Mandat d’avocat – § 43a", "سري", "می‌خواهم", "👩‍⚖️ x"]
        {
            assert_eq!(check(good, 200), Ok(()), "{good}");
        }
        assert_eq!(check(&"é".repeat(200), 200), Ok(()));
        for bad in ["", &"é".repeat(201), " a", "a ", "a\tb", "a\u{7f}", "a\u{85}"] {
            assert!(check(bad, 200).is_err(), "{bad:?}");
        }
        let bidirectional = "\u{61c}\u{200e}\u{200f}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}";
        let others = "\u{ad}\u{200b}\u{2028}\u{2029}\u{2060}\u{2064}\u{206f}\u{feff}\u{fff9}\u{e0001}\u{e0041}";
        for char in bidirectional.chars().chain(others.chars()) {
            assert!(check(&format!("a{char}b"), 200).is_err(), "{char:?}");
        }
    }
}
