//! Character references of HTML (HTML Standard 13.2.5.72 to 13.2.5.80).

use std::borrow::Cow;
use std::sync::LazyLock;

/// The named references of the HTML Standard: a name, with its semicolon if it needs
/// one, and one or two code points, in the order of the names' bytes.
static NAMED: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    include_str!("entities.txt").lines().filter_map(|line| line.split_once(' ')).collect()
});

/// The longest name.
const LONGEST: usize = 32;

/// Text with its references decoded. In an attribute, a name without its semicolon
/// before a letter, a digit or `=` is none: query strings are full of them.
pub(crate) fn decode(text: &str, attribute: bool) -> Cow<'_, str> {
    let Some(first) = text.find('&') else { return Cow::Borrowed(text) };
    let (plain, mut rest) = text.split_at(first);
    let mut decoded = String::with_capacity(text.len());
    decoded.push_str(plain);
    while let Some(after) = rest.strip_prefix('&') {
        let reference = match after.strip_prefix('#') {
            Some(number) => numeric(number, &mut decoded),
            None => named(after, attribute, &mut decoded),
        };
        rest = match reference {
            Some(left) => left,
            None => {
                decoded.push('&');
                after
            }
        };
        let next = rest.find('&').unwrap_or(rest.len());
        let (plain, left) = rest.split_at(next);
        decoded.push_str(plain);
        rest = left;
    }
    Cow::Owned(decoded)
}

/// Adds the character of a number, written after `&#`. Gives what follows it.
fn numeric<'a>(text: &'a str, decoded: &mut String) -> Option<&'a str> {
    let (digits, radix) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16),
        None => (text, 10),
    };
    let end = digits.find(|char: char| !char.is_digit(radix)).unwrap_or(digits.len());
    let (digits, rest) = digits.split_at(end);
    if digits.is_empty() {
        return None;
    }
    let number = digits
        .chars()
        .filter_map(|char| char.to_digit(radix))
        .fold(0u32, |number, digit| number.saturating_mul(radix).saturating_add(digit));
    decoded.push(match u8::try_from(number) {
        Ok(0) => char::REPLACEMENT_CHARACTER,
        // Numbers of C1 controls are meant as windows-1252.
        Ok(byte @ 0x80..=0x9f) => {
            let byte = [byte];
            let text = encoding_rs::WINDOWS_1252.decode_without_bom_handling(&byte).0;
            text.chars().next().unwrap_or(char::REPLACEMENT_CHARACTER)
        }
        _ => char::from_u32(number).unwrap_or(char::REPLACEMENT_CHARACTER),
    });
    Some(rest.strip_prefix(';').unwrap_or(rest))
}

/// Adds the characters of the longest name that stands after `&`. Gives what follows
/// it.
fn named<'a>(text: &'a str, attribute: bool, decoded: &mut String) -> Option<&'a str> {
    let letters = text.bytes().take(LONGEST).take_while(u8::is_ascii_alphanumeric).count();
    let most = letters + usize::from(text.as_bytes().get(letters) == Some(&b';'));
    for length in (2..=most).rev() {
        let (name, rest) = text.split_at_checked(length)?;
        let Ok(found) = NAMED.binary_search_by_key(&name, |(name, _)| name) else { continue };
        let runs_on = rest.starts_with(|char: char| char == '=' || char.is_ascii_alphanumeric());
        if attribute && !name.ends_with(';') && runs_on {
            return None;
        }
        let (_, points) = NAMED.get(found)?;
        let points = points.split(' ').filter_map(|point| u32::from_str_radix(point, 16).ok());
        decoded.extend(points.filter_map(char::from_u32));
        return Some(rest);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references() {
        assert!(NAMED.is_sorted() && NAMED.iter().all(|(name, _)| name.len() <= LONGEST));
        let text = "caf&eacute; &#x17D;ivot &#150; &copy2019 &notit; &bogus; & &#; &#0; &amp;lt;";
        assert_eq!(decode(text, false), "café Život – ©2019 ¬it; &bogus; & &#; \u{fffd} &lt;");
        assert_eq!(decode("?a=1&copy=2&lt;&reg", true), "?a=1&copy=2<®");
        assert_eq!(
            decode("&#99999999999;&#xd800;&NotEqualTilde;&", false),
            "\u{fffd}\u{fffd}\u{2242}\u{338}&"
        );
    }
}
