//! The normal form of text and queries.

use unicode_normalization::UnicodeNormalization;

use crate::{Reason, unicode};

/// Stands between the halves of a word that a hyphen divides at a line end. No other
/// control character but the line end is left in normal form.
pub(super) const DIVIDED: char = '\u{1F}';

/// Most bytes of a text in normal form. A text of eleven times its bytes in normal
/// form can be written (U+FDFA), so the bytes that come out are counted.
pub(super) const MOST_BYTES: usize = 64 << 20;

/// Most marks that one letter carries.
const MOST_MARKS: usize = 1024;

/// The normal form of a piece of text without block ends: NFKC, full case folding,
/// default-ignorable characters dropped, `’` as `'` and `‐` as `-`; control characters
/// as spaces; a hyphen at a line end joined to what follows.
///
/// # Errors
/// [`Reason::TooLarge`] if more than `most` bytes come out.
pub(super) fn normal(text: &str, most: usize) -> Result<String, Reason> {
    let mut out = String::new();
    let lines = Lines { rest: text }.filter(|&point| !unicode::is_default_ignorable(point));
    // Case folding and dropping may leave what is not in NFKC: hence twice.
    let points = Unloaded { points: lines, marks: 0, held: None }
        .nfkc()
        .flat_map(unicode::fold)
        .filter(|&point| !unicode::is_default_ignorable(point))
        .nfkc();
    for point in points {
        if out.len() >= most {
            return Err(Reason::TooLarge);
        }
        out.push(match point {
            '\u{2019}' => '\'',
            '\u{2010}' => '-',
            point => point,
        });
    }
    Ok(out)
}

/// Characters with control characters as spaces and the line ends after hyphens gone.
struct Lines<'a> {
    rest: &'a str,
}

impl Iterator for Lines<'_> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        let mut points = self.rest.chars();
        let point = points.next()?;
        self.rest = points.as_str();
        if matches!(point, '-' | '\u{2010}' | '\u{2011}' | '\u{AD}')
            && let Some(next_line) = after_line_end(self.rest)
            && let Some(first) = next_line.chars().next()
            && (unicode::is_letter(first) || unicode::is_number(first))
        {
            let lower = unicode::is_lower_case_letter(first);
            // A soft hyphen is seen only where it divides a word.
            if lower || point != '\u{AD}' {
                self.rest = next_line;
                return Some(if lower { DIVIDED } else { '-' });
            }
        }
        Some(match point {
            '\n' | '\u{2028}' => '\n',
            '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}' => ' ',
            point => point,
        })
    }
}

/// Characters with a space after each [`MOST_MARKS`] marks in a row: normalization holds
/// all marks of a letter in memory.
struct Unloaded<I> {
    points: I,
    marks: usize,
    held: Option<char>,
}

impl<I: Iterator<Item = char>> Iterator for Unloaded<I> {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        if let Some(point) = self.held.take() {
            return Some(point);
        }
        let point = self.points.next()?;
        self.marks = if unicode::is_mark(point) { self.marks + 1 } else { 0 };
        if self.marks > MOST_MARKS {
            self.marks = 1;
            self.held = Some(point);
            return Some(' ');
        }
        Some(point)
    }
}

/// Characters in NFKC. A space stands after each 1,024 marks in a row, so that memory is
/// bounded.
pub(crate) fn compatible(points: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    Unloaded { points, marks: 0, held: None }.nfkc()
}

/// What follows one line end, blanks around it passed over; `None` if something else
/// stands there.
fn after_line_end(rest: &str) -> Option<&str> {
    let blank = |point: char| matches!(point, ' ' | '\t' | '\r' | '\u{A0}');
    let rest = rest.trim_start_matches(blank).strip_prefix(['\n', '\u{2028}'])?;
    Some(rest.trim_start_matches(blank))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> String {
        normal(text, MOST_BYTES).unwrap()
    }

    #[test]
    fn one_form_for_what_reads_alike() {
        assert_eq!(
            form("Cafe\u{301} ﬁnance ＦＵＬＬ Ver\u{AD}trag ΟΔΟΣ"),
            "café finance full vertrag οδοσ"
        );
        assert_eq!(
            form("O’Neil STRASSE Straße m² smith\u{2011}jones"),
            "o'neil strasse strasse m2 smith-jones"
        );
        assert_eq!(form("\u{FEFF}zero\u{200B}width\0\u{1F}x"), "zerowidth  x");
        // Dropping a character may bring a letter and its accent together.
        assert_eq!(form("e\u{34F}\u{301}"), "é");
    }

    #[test]
    fn hyphens_at_line_ends() {
        assert_eq!(
            form("agree-\nment, Smith-  \r\n\tJones, re\u{AD}\ndo"),
            "agree\u{1F}ment, smith-jones, re\u{1F}do"
        );
        assert_eq!(form("a-\n\nb -\n- c- d\u{AD}\nE"), "a-\n\nb -\n- c- d\ne");
    }

    #[test]
    fn is_the_form_of_itself() {
        for point in (0..=0x10_FFFF).filter_map(char::from_u32) {
            let once = form(&format!("a{point}\u{301}"));
            assert_eq!(form(&once), once, "{point:?}");
        }
    }

    #[test]
    fn its_length_is_bounded() {
        assert_eq!(normal(&"\u{FDFA}".repeat(100), 1000), Err(Reason::TooLarge));
        assert_eq!(form(&"\u{301}".repeat(2050)).matches(' ').count(), 2);
    }
}
