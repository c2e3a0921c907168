//! Lists of two columns as CSV (RFC 4180): `file,label` and `file,reason`.

use std::path::Path;

use super::error::ExchangeError;
use crate::files::read_capped;

const MAX_BYTES: u64 = 1 << 28;

/// Reads a CSV file with exactly these two columns, named in its first line.
///
/// # Errors
/// If the file cannot be read or a line has another form.
pub(super) fn read_pairs(
    path: &Path,
    columns: [&str; 2],
) -> Result<Vec<(String, String)>, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let advice = format!("write it as CSV with the columns {},{}", columns[0], columns[1]);
    let text =
        String::from_utf8(bytes).map_err(|_| ExchangeError::file(path, "not UTF-8", &advice))?;
    let mut records =
        records(&text).map_err(|problem| ExchangeError::file(path, problem, &advice))?;
    let header = (columns[0].to_owned(), columns[1].to_owned());
    if records.is_empty() || records.remove(0) != header {
        return Err(ExchangeError::file(path, "the first line does not name the columns", &advice));
    }
    Ok(records)
}

fn records(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut out = Vec::new();
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    while !rest.is_empty() {
        let problem = |what: &str| format!("record {}: {what}", out.len() + 1);
        let (first, after) = field(rest).ok_or_else(|| problem("a quote is not closed"))?;
        let after = after.strip_prefix(',').ok_or_else(|| problem("only one column"))?;
        let (second, after) = field(after).ok_or_else(|| problem("a quote is not closed"))?;
        rest = after
            .strip_prefix("\r\n")
            .or_else(|| after.strip_prefix('\n'))
            .or_else(|| after.is_empty().then_some(after))
            .ok_or_else(|| problem("more than two columns"))?;
        out.push((first, second));
    }
    Ok(out)
}

/// One field and what follows it.
fn field(text: &str) -> Option<(String, &str)> {
    let Some(mut rest) = text.strip_prefix('"') else {
        let end = text.find([',', '\n', '\r']).unwrap_or(text.len());
        let (field, rest) = text.split_at(end);
        return Some((field.to_owned(), rest));
    };
    let mut field = String::new();
    loop {
        let (before, after) = rest.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((field, after)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_fields_may_hold_anything() {
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let text = "a,b\r\n\"x,\"\"y\",\"1\n2\"\nlast,";
        let expected = vec![pair("a", "b"), pair("x,\"y", "1\n2"), pair("last", "")];
        assert_eq!(records(text), Ok(expected));
        for wrong in ["a", "a,b,c", "\"a,b", "a,\"b\"c"] {
            assert!(records(wrong).is_err(), "{wrong}");
        }
    }
}
