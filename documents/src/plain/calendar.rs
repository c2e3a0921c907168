//! Calendars and cards (RFC 5545, RFC 6350): text whose lines are folded.

/// Whether text is a calendar or a card.
pub(super) fn begins(text: &str) -> bool {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let starts =
        |name: &str| text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name));
    starts("BEGIN:VCALENDAR") || starts("BEGIN:VCARD")
}

/// Joins folded lines and decodes `\n`, `\,`, `\;` (RFC 5545, 3.1 and 3.3.11). An empty
/// line parts the properties.
pub(crate) fn unfold(text: &str) -> String {
    let mut unfolded = String::with_capacity(text.len());
    let mut chars = text.chars().filter(|&char| char != '\r').peekable();
    while let Some(char) = chars.next() {
        match (char, chars.peek()) {
            ('\n', Some(' ' | '\t')) => {
                chars.next();
            }
            ('\n', _) => unfolded.push_str("\n\n"),
            ('\\', Some('n' | 'N')) => {
                chars.next();
                unfolded.push('\n');
            }
            ('\\', Some(',' | ';' | '\\')) => unfolded.extend(chars.next()),
            _ => unfolded.push(char),
        }
    }
    unfolded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lines() {
        assert!(begins("\r\nbegin:vcard\r\n") && !begins("BEGIN: the story"));
        assert_eq!(
            unfold("SUMMARY:me\r\n et\\, ing\\nroom\r\nX:y"),
            "SUMMARY:meet, ing\nroom\n\nX:y"
        );
    }
}
