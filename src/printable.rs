//! Text that others wrote, made fit for a message.

/// Most characters of a text that a message repeats.
const MAX_CHARS: usize = 400;

/// The text with control and invisible characters escaped: a name in a hostile
/// file must not steer a terminal.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            // Harmless, and messages are full of them.
            '\'' | '"' | '\\' => shown.push(char),
            _ => shown.extend(char.escape_debug()),
        }
    }
    shown
}

/// As [`escaped`], and cut if it is long: neither may it fill the terminal.
#[must_use]
pub fn printable(text: &str) -> String {
    match text.char_indices().nth(MAX_CHARS) {
        None => escaped(text),
        Some((end, _)) => escaped(text.get(..end).unwrap_or_default()) + "…",
    }
}

/// A number with its noun.
///
/// ```
/// assert_eq!(candor::printable::count(1, "file", "files"), "1 file");
/// assert_eq!(candor::printable::count(0, "file", "files"), "0 files");
/// ```
#[must_use]
pub fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_steered_and_not_filled() {
        assert_eq!(printable("tensor `naïve` \\ \"x\""), "tensor `naïve` \\ \"x\"");
        assert_eq!(printable("\u{1b}[2J\r\n\u{202e}"), "\\u{1b}[2J\\r\\n\\u{202e}");
        let long = printable(&"é".repeat(1 << 20));
        assert_eq!(long.chars().count(), MAX_CHARS + 1);
    }
}
