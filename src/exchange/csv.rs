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
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    // Spreadsheets begin with a byte order mark, which `csv` passes over.
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    if reader.headers().map_err(problem)? != columns.as_slice() {
        return Err(ExchangeError::file(path, "the first line does not name the columns", &advice));
    }
    reader.deserialize().collect::<Result<_, _>>().map_err(problem)
}

/// Reads a CSV file whose first line names a first column and `count` others,
/// under whatever names.
///
/// # Errors
/// If the file cannot be read or a line has another form.
#[cfg(feature = "issue")]
pub(super) fn read_rows(
    path: &Path,
    first: &str,
    count: usize,
) -> Result<Vec<(String, Vec<String>)>, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let advice = format!("write it as CSV with the column {first} and {count} others");
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let headers = reader.headers().map_err(problem)?;
    if headers.get(0) != Some(first) || headers.len() != count + 1 {
        let found = format!("the first line names {} columns", headers.len());
        return Err(ExchangeError::file(path, found, &advice));
    }
    reader.deserialize().collect::<Result<_, _>>().map_err(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_named_columns_are_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_pairs(&path, ["file", "label"])
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        let text = "\u{feff}file,label\r\n\"x,\"\"y\",\"1\n2\"\nlast,\n";
        assert_eq!(read(text).unwrap(), [pair("x,\"y", "1\n2"), pair("last", "")]);
        for wrong in ["", "file\n", "file,reason\n", "file,label\na\n", "file,label\na,b,c\n"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("list.csv") && error.contains("file,label"), "{error}");
        }
    }
}
