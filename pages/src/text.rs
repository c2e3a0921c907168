//! Text that others wrote, made safe and visible.
//!
//! Every character that is not seen, or that changes how its neighbours are shown, stands
//! as a marked token with its number: a control, a mark of direction, a space other than
//! the common one, a filler. The rest stands as it is, in an element of its own direction,
//! so that text of another script cannot reorder what stands around it.

use candor_documents::Name;
use maud::{Markup, html};

/// Most characters of a name, path or reason that are shown.
const MOST_CHARS: usize = 400;
/// Marks above and below one letter that are shown as such; more would cover other lines.
const MOST_COMBINING: usize = 4;

/// A text on one line. Line ends are marked like every other control; what is longer than
/// a name has any reason to be is cut, and the page says by how much.
#[must_use]
pub fn line(text: &str) -> Markup {
    let more = text.chars().count().saturating_sub(MOST_CHARS);
    html! {
        bdi { (tokens(text, MOST_CHARS, false)) }
        @if more > 0 { span.more { "… and " (grouped(more as u64)) " more characters" } }
    }
}

/// A name or a path: its characters if it is UTF-8, else with its other bytes as `%XX`.
#[must_use]
pub fn name(name: &Name) -> Markup {
    match std::str::from_utf8(&name.0) {
        Ok(text) => line(text),
        Err(_) => line(&name.to_string()),
    }
}

/// As [`line()`], for places that hold no elements: titles and names for those who do not
/// see a picture.
#[must_use]
pub fn plain(text: &str) -> String {
    let mut shown = String::new();
    for piece in pieces(text, MOST_CHARS, false) {
        let (Piece::Plain(text) | Piece::Marked(text)) = piece;
        shown.push_str(&text);
    }
    if text.chars().nth(MOST_CHARS).is_some() {
        shown.push('…');
    }
    shown
}

/// Whether every character of a name can be seen, and no mark piles up; not if it is no
/// UTF-8.
#[must_use]
pub fn is_seen(name: &Name) -> bool {
    let is_plain = |text: &str| {
        pieces(text, usize::MAX, false).iter().all(|piece| matches!(piece, Piece::Plain(_)))
    };
    std::str::from_utf8(&name.0).is_ok_and(is_plain)
}

/// A text of several lines; line ends and tabs stand as they are.
#[must_use]
pub fn lines(text: &str) -> Markup {
    tokens(text, usize::MAX, true)
}

/// Whole numbers with groups of three digits.
///
/// ```
/// assert_eq!(candor_pages::text::grouped(1_234_567), "1,234,567");
/// assert_eq!(candor_pages::text::grouped(999), "999");
/// ```
#[must_use]
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len().saturating_mul(2));
    for (at, digit) in digits.chars().enumerate() {
        let left = digits.len().saturating_sub(at);
        if at > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number with its noun.
///
/// ```
/// assert_eq!(candor_pages::text::counted(1, "file", "files"), "1 file");
/// assert_eq!(candor_pages::text::counted(2_000, "file", "files"), "2,000 files");
/// ```
#[must_use]
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// Bytes for a reader.
#[must_use]
pub fn size(bytes: u64) -> String {
    let tenths = |unit: u64| {
        let tenths = bytes.saturating_mul(10).checked_div(unit).unwrap_or(0);
        format!("{}.{}", grouped(tenths / 10), tenths % 10)
    };
    match bytes {
        1 => "1 byte".to_owned(),
        0..10_000 => format!("{} bytes", grouped(bytes)),
        10_000..1_000_000 => format!("{} kB", tenths(1_000)),
        _ => format!("{} MB", tenths(1_000_000)),
    }
}

enum Piece {
    Plain(String),
    Marked(String),
}

fn pieces(text: &str, most: usize, of_lines: bool) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut combining = 0usize;
    for char in text.chars().take(most) {
        let stands = of_lines && matches!(char, '\n' | '\t');
        combining = if is_combining(char) { combining.saturating_add(1) } else { 0 };
        if !stands && (is_unseen(char) || combining > MOST_COMBINING) {
            pieces.push(Piece::Marked(char.escape_unicode().to_string()));
        } else if let Some(Piece::Plain(plain)) = pieces.last_mut() {
            plain.push(char);
        } else {
            pieces.push(Piece::Plain(char.into()));
        }
    }
    pieces
}

fn tokens(text: &str, most: usize, of_lines: bool) -> Markup {
    html! {
        @for piece in &pieces(text, most, of_lines) {
            @match piece {
                Piece::Plain(plain) => (plain),
                Piece::Marked(mark) => span.mark { (mark) },
            }
        }
    }
}

/// Whether a character is a mark on the letter before it.
fn is_combining(char: char) -> bool {
    // What the standard library escapes where it stands alone, and not behind a letter.
    let alone = char.escape_debug().nth(1).is_some();
    alone && char::from_u32(0x300).is_some_and(|first| char >= first) && !escapes_behind(char)
}

/// Whether the standard library escapes a character wherever it stands: what is not
/// printed, and spaces other than the common one.
fn escapes_behind(char: char) -> bool {
    let mut text = String::from("a");
    text.push(char);
    let mut shown = text.escape_debug().skip(1);
    let first = shown.next();
    first != Some(char) && !matches!(char, '\'' | '"' | '\\')
}

/// Whether a character is not seen, or changes how others are shown.
fn is_unseen(char: char) -> bool {
    escapes_behind(char) || is_ignorable(char)
}

/// Letters and marks that are drawn as nothing: joiners, fillers, selectors of variants.
const fn is_ignorable(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        line(text).into_string()
    }

    #[test]
    fn what_is_not_seen_is_marked() {
        let mark = |hex: &str| format!("<span class=\"mark\">\\u{{{hex}}}</span>");
        for hex in [
            "0", "7", "a", "1b", "7f", "85", "a0", "ad", "34f", "61c", "115f", "200b", "200d",
            "200e", "2028", "202e", "2066", "2800", "3000", "3164", "fe0f", "feff", "fffb",
            "e0041", "e000", "378",
        ] {
            let char = char::from_u32(u32::from_str_radix(hex, 16).unwrap()).unwrap();
            assert_eq!(shown(&format!("a{char}b")), format!("<bdi>a{}b</bdi>", mark(hex)));
            assert_eq!(shown(&char.to_string()), format!("<bdi>{}</bdi>", mark(hex)));
        }
        assert_eq!(shown("gpj.\u{202e}x"), format!("<bdi>gpj.{}x</bdi>", mark("202e")));
    }

    #[test]
    fn what_is_seen_stands_as_it_is() {
        for text in ["naïve", "e\u{301}", "حُكْم", "हिन्दी", "漢字", "👩 x", "it's \\ a"]
        {
            assert_eq!(shown(text), format!("<bdi>{text}</bdi>"), "{text}");
        }
        let piled = format!("a{}", "\u{301}".repeat(9));
        assert_eq!(shown(&piled).matches("class=\"mark\"").count(), 5);
    }

    #[test]
    fn no_text_is_markup() {
        let text = "<script>alert(1)</script>\" onload=\"x' &amp; ]]> -->";
        let shown = shown(text);
        assert!(!shown.contains("<script") && !shown.contains("onload=\""), "{shown}");
        assert!(shown.contains("&lt;script&gt;") && shown.contains("&amp;amp;"));
    }

    #[test]
    fn long_names_are_cut_and_say_so() {
        let shown = shown(&"x".repeat(1_000_000));
        assert!(shown.len() < 600 && shown.contains("and 999,600 more characters"), "{shown}");
    }

    #[test]
    fn lines_keep_their_ends_only() {
        assert_eq!(lines("a\n\tb\r").into_string(), "a\n\tb<span class=\"mark\">\\u{d}</span>");
        assert!(shown("a\nb").contains("\\u{a}"));
    }

    #[test]
    fn names_show_every_byte() {
        assert_eq!(name(&Name(b"a/\xe4".to_vec())).into_string(), "<bdi>a/%E4</bdi>");
        assert_eq!(name(&Name("a/ä".into())).into_string(), "<bdi>a/ä</bdi>");
        assert!(is_seen(&Name("a/ä".into())) && !is_seen(&Name(b"a/\xe4".to_vec())));
        assert!(!is_seen(&Name("a\u{202e}".into())));
    }

    #[test]
    fn sizes_have_one_unit() {
        let shown = [0, 1, 9_999, 10_000, 999_999, 1_000_000, u64::MAX].map(size);
        let expected = ["0 bytes", "1 byte", "9,999 bytes", "10.0 kB", "999.9 kB", "1.0 MB"];
        assert_eq!(shown[..6], expected);
    }
}
