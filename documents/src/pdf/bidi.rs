//! Text that is drawn from left to right though it is read from right to left.
//!
//! PDF draws glyphs where they stand, so Hebrew and Arabic come out backwards. Stretches
//! of them are turned around, but for numbers. The ranges are fixed here, since those
//! of the standard library change with the compiler.

/// Whether text is of a script that is read from right to left.
pub(crate) fn is_rtl(text: &str) -> bool {
    text.chars().next().is_some_and(rtl)
}

fn rtl(char: char) -> bool {
    matches!(char,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        && !is_digit(char)
}

fn is_digit(char: char) -> bool {
    matches!(char, '0'..='9' | '\u{660}'..='\u{669}' | '\u{6f0}'..='\u{6f9}')
}

/// Whether text is of a script that is written without spaces and in wide characters.
pub(crate) fn is_wide(text: &str) -> bool {
    text.chars().next().is_some_and(|char| {
        matches!(char,
            '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
            | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ffef}' | '\u{20000}'..='\u{3ffff}')
    })
}

/// Whether text is neither read from left to right nor from right to left: spaces,
/// punctuation, numbers.
fn is_neutral(text: &str) -> bool {
    text.chars().all(|char| {
        is_digit(char)
            || matches!(char, '\u{a0}'..='\u{bf}' | '\u{2000}'..='\u{206f}')
            || char.is_ascii() && !char.is_ascii_alphabetic()
    })
}

/// Adds clusters that stand from left to right in the order in which they are read.
pub(crate) fn logical<'t>(clusters: impl Iterator<Item = &'t str>, out: &mut String) {
    let clusters: Vec<&str> = clusters.collect();
    let mut at = 0;
    while let Some(cluster) = clusters.get(at) {
        if !is_rtl(cluster) {
            out.push_str(cluster);
            at += 1;
            continue;
        }
        // As far as the last such cluster before one that is read the other way.
        let rest = clusters.get(at..).unwrap_or_default();
        let reach = rest.iter().take_while(|text| is_rtl(text) || is_neutral(text)).count();
        let stretch = rest.get(..reach).unwrap_or_default();
        let length = stretch.iter().rposition(|text| is_rtl(text)).map_or(1, |last| last + 1);
        backwards(stretch.get(..length).unwrap_or_default(), out);
        at += length;
    }
}

/// Adds clusters from the last to the first, but numbers as they stand.
fn backwards(clusters: &[&str], out: &mut String) {
    let mut end = clusters.len();
    while let Some(last) = end.checked_sub(1) {
        let number = |text: &&&str| {
            text.chars().all(|char| is_digit(char) || matches!(char, '.' | ',' | '/' | ':'))
        };
        let before = clusters.get(..end).unwrap_or_default();
        let digits = before.iter().rev().take_while(number).count();
        if digits > 1 {
            before.iter().skip(end - digits).for_each(|text| out.push_str(text));
            end -= digits;
        } else {
            out.push_str(match clusters.get(last).copied().unwrap_or_default() {
                "(" => ")",
                ")" => "(",
                "[" => "]",
                "]" => "[",
                text => text,
            });
            end = last;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        let clusters: Vec<String> = text.chars().map(String::from).collect();
        let mut out = String::new();
        logical(clusters.iter().map(String::as_str), &mut out);
        out
    }

    #[test]
    fn stretches_are_turned() {
        assert_eq!(read("abc 123"), "abc 123");
        assert_eq!(read("םולש"), "שלום");
        assert_eq!(read("x (ב 2019 א) y"), "x (א 2019 ב) y");
        assert_eq!(read(""), "");
    }
}
