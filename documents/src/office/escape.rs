//! Notations inside the strings of workbooks.

/// Strings of SpreadsheetML with `_xHHHH_` as the character that it stands for
/// (ISO/IEC 29500-1, 22.9.2.19). Half of a surrogate pair alone is U+FFFD.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    let mut high = None;
    while let Some(at) = rest.find("_x") {
        let (before, after) = rest.split_at(at);
        if !before.is_empty() {
            flush(&mut high, &mut out);
        }
        out.push_str(before);
        if let Some(unit) = escaped(after) {
            match (high.take(), unit) {
                (Some(high), 0xdc00..=0xdfff) => {
                    let pair = char::decode_utf16([high, unit]).next();
                    out.push(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                (before, unit) => {
                    if before.is_some() {
                        out.push(char::REPLACEMENT_CHARACTER);
                    }
                    if (0xd800..=0xdbff).contains(&unit) {
                        high = Some(unit);
                    } else {
                        let char = char::from_u32(unit.into());
                        out.push(char.unwrap_or(char::REPLACEMENT_CHARACTER));
                    }
                }
            }
            rest = after.get(7..).unwrap_or_default();
        } else {
            flush(&mut high, &mut out);
            out.push_str("_x");
            rest = after.get(2..).unwrap_or_default();
        }
    }
    if !rest.is_empty() {
        flush(&mut high, &mut out);
    }
    out.push_str(rest);
    flush(&mut high, &mut out);
    out
}

fn flush(high: &mut Option<u16>, out: &mut String) {
    if high.take().is_some() {
        out.push(char::REPLACEMENT_CHARACTER);
    }
}

/// The number in `_xHHHH_`, if `text` begins with that.
fn escaped(text: &str) -> Option<u16> {
    let digits = text.get(2..6)?;
    let stands = text.get(6..7)? == "_" && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    if stands { u16::from_str_radix(digits, 16).ok() } else { None }
}

/// A header or footer without its codes: `&L`, `&"Arial,Bold"`, `&K01+000`, `&12`
/// (ISO/IEC 29500-1, 18.3.1.46). The three sections are lines.
pub(super) fn header(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        if char != '&' {
            out.push(char);
            continue;
        }
        match chars.next() {
            Some('&') => out.push('&'),
            Some('L' | 'C' | 'R') => out.push('\n'),
            Some('"') => {
                for char in chars.by_ref() {
                    if char == '"' {
                        break;
                    }
                }
            }
            // A colour: six digits, or a number, a sign and three digits.
            Some('K') => {
                for _ in 0..6 {
                    chars.next_if(|char| char.is_ascii_hexdigit() || matches!(char, '+' | '-'));
                }
            }
            Some(digit) if digit.is_ascii_digit() => {
                while chars.next_if(char::is_ascii_digit).is_some() {}
            }
            // Page number, date, name of the file: nothing that stands in the workbook.
            Some('P' | 'N' | 'D' | 'T' | 'F' | 'A' | 'Z' | 'G') => out.push(' '),
            _ => {}
        }
    }
    out
}

/// The strings in a formula: `CONCATENATE("a";"b ""c""")`. Quotation marks in the name
/// of a sheet are none of a string.
pub(crate) fn strings(formula: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut chars = formula.chars().peekable();
    while let Some(mark) = chars.next() {
        if mark != '"' && mark != '\'' {
            continue;
        }
        let mut string = String::new();
        while let Some(char) = chars.next() {
            if char == mark && chars.next_if_eq(&mark).is_none() {
                break;
            }
            string.push(char);
        }
        if mark == '"' && !string.is_empty() {
            found.push(string);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notations_are_undone() {
        assert_eq!(unescape("a_x000D_b_x005F_x0041_ _x00zz_ _x"), "a\rb_x0041_ _x00zz_ _x");
        assert_eq!(unescape("_xD83D__xDE00_"), "\u{1f600}");
        assert_eq!(unescape("_xD83D_a_xDE00_"), "\u{fffd}a\u{fffd}");
        assert_eq!(
            header("&L&\"Arial,Bold\"&12 Left&C&K01+000Mid&&&RPage &P&K00FF00x"),
            "\n Left\nMid&\nPage  x"
        );
        assert_eq!(strings(r#"IF('a"b'!A1="x ""y""","",'it''s'!B1&"z")"#), ["x \"y\"", "z"]);
    }
}
