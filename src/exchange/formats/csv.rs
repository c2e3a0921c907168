//! Lists as CSV (RFC 4180): `file,label` and `file,reason` are read, others
//! written.

use std::path::Path;

use crate::exchange::error::ExchangeError;
use crate::files::read_capped;

const MAX_BYTES: u64 = 1 << 28;

/// Reads a CSV file with exactly these two columns, named in its first line.
/// The first may hold any bytes, as names of files may.
///
/// # Errors
/// If the file cannot be read or a line has another form.
pub(in crate::exchange) fn read_pairs(
    path: &Path,
    columns: [&str; 2],
) -> Result<Vec<(Vec<u8>, String)>, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let advice = format!("write it as CSV with the columns {},{}", columns[0], columns[1]);
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    // Spreadsheets begin with a byte order mark, which `csv` passes over.
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    if reader.headers().map_err(problem)? != columns.as_slice() {
        return Err(ExchangeError::file(path, "the first line does not name the columns", &advice));
    }
    let mut pairs = Vec::new();
    for record in reader.byte_records() {
        let record = record.map_err(problem)?;
        let [name, value] = [0, 1].map(|column| record.get(column).unwrap_or_default().to_vec());
        let value = String::from_utf8(value).map_err(|_| {
            let line = record.position().map_or(0, csv::Position::line);
            let problem = format!("line {line} is not UTF-8 in the column {}", columns[1]);
            ExchangeError::file(path, problem, "save the list as UTF-8")
        })?;
        pairs.push((name, value));
    }
    Ok(pairs)
}

/// Reads a CSV file whose first line names a first column and `count` others,
/// under whatever names.
///
/// # Errors
/// If the file cannot be read or a line has another form.
#[cfg(feature = "issue")]
pub(in crate::exchange) fn read_rows(
    path: &Path,
    first: &str,
    count: usize,
) -> Result<Vec<(String, Vec<String>)>, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let advice = format!("write it as CSV with the column {first} and {count} others");
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    let mut reader = csv::Reader::from_reader(bytes.as_slice());
    let headers = reader.headers().map_err(problem)?;
    if headers.get(0) != Some(first) || headers.len() != count.saturating_add(1) {
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
        let pair = |a: &str, b: &str| (a.as_bytes().to_vec(), b.to_owned());
        let text = "\u{feff}file,label\r\n\"x,\"\"y\",\"1\n2\"\nlast,\n";
        assert_eq!(read(text).unwrap(), [pair("x,\"y", "1\n2"), pair("last", "")]);
        for wrong in ["", "file\n", "file,reason\n", "file,label\na\n", "file,label\na,b,c\n"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("list.csv") && error.contains("file,label"), "{error}");
        }
        // A name may be any bytes, what is said of it may not.
        std::fs::write(&path, b"file,label\n\xff.png,x\n").unwrap();
        let pairs = read_pairs(&path, ["file", "label"]).unwrap();
        assert_eq!(pairs, [(b"\xff.png".to_vec(), "x".to_owned())]);
        std::fs::write(&path, b"file,label\na,b\nx.png,\xff\n").unwrap();
        let error = read_pairs(&path, ["file", "label"]).unwrap_err().to_string();
        assert!(error.contains("list.csv: line 3 is not UTF-8"), "{error}");
    }
}
