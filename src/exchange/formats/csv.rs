//! Lists that people edit in spreadsheets, as CSV (RFC 4180) and its variants.
//!
//! Spreadsheets write what their language and system have: `,`, `;` or a tab
//! between columns, UTF-8 with or without a mark, UTF-16 with one, headings in
//! any case, `\` between folders. All of these are read.

use std::borrow::Cow;
use std::path::Path;

use crate::exchange::error::ExchangeError;
use crate::files::read_capped;

const MAX_BYTES: u64 = 1 << 28;
/// What may stand between columns.
const SEPARATORS: [u8; 3] = *b",;\t";

/// Reads a list with exactly these two columns, named in its first line. The
/// first may hold any bytes, as names of files may.
///
/// # Errors
/// If the file cannot be read or a line has another form.
#[cfg(feature = "issue")]
pub(in crate::exchange) fn read_pairs(
    path: &Path,
    columns: [&str; 2],
) -> Result<Vec<(Vec<u8>, String)>, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let advice = format!("write it as CSV with the columns {} and {}", columns[0], columns[1]);
    let named = |headings: &[String]| headings.iter().eq(columns.iter());
    let (separator, text) = open(path, &bytes, &advice, named)?;
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    let mut pairs = Vec::new();
    for record in reader(separator, &text).into_byte_records() {
        let record = record.map_err(problem)?;
        if record.len() != columns.len()
            && record.iter().skip(columns.len()).any(|more| !more.is_empty())
        {
            let line = record.position().map_or(0, csv::Position::line);
            let found = format!("line {line} has {} columns", record.len());
            return Err(ExchangeError::file(path, found, &advice));
        }
        if record.iter().all(<[u8]>::is_empty) {
            continue;
        }
        let line = record.position().map_or(0, csv::Position::line);
        let Some(value) = record.get(1) else {
            let found = format!("line {line} has one column");
            return Err(ExchangeError::file(path, found, &advice));
        };
        let value = String::from_utf8(value.to_vec()).map_err(|_| {
            let problem = format!("line {line} is not UTF-8 in the column {}", columns[1]);
            ExchangeError::file(path, problem, "save the list as UTF-8")
        })?;
        pairs.push((record.get(0).unwrap_or_default().to_vec(), value));
    }
    Ok(pairs)
}

/// A list whose first line names its columns, in any order.
#[derive(Debug)]
pub struct Table {
    columns: Vec<String>,
    /// Its lines.
    pub rows: Vec<Row>,
}

/// A line of a [`Table`] in which something stands.
#[derive(Debug)]
pub struct Row {
    /// Its number in the file, from 1.
    pub line: u64,
    cells: Vec<(String, Vec<u8>)>,
}

impl Table {
    /// Reads a list with some of the columns `known`, among them one of `keys`. Columns
    /// whose names stand in parentheses are for people, and are passed over.
    ///
    /// # Errors
    /// If the file cannot be read, or has other columns.
    pub fn read(path: &Path, keys: &[&str], known: &[&str]) -> Result<Self, ExchangeError> {
        let bytes = read_capped(path, MAX_BYTES)?;
        let advice = format!("write it as CSV with columns of these names: {}", known.join(", "));
        let named = |headings: &[String]| {
            headings.len() > 1 && headings.iter().any(|name| keys.contains(&name.as_str()))
        };
        let (separator, text) = open(path, &bytes, &advice, named)?;
        let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
        let refused = |problem: String| Err(ExchangeError::file(path, problem, &advice));
        let mut lines = reader(separator, &text);
        let columns: Vec<String> = lines.headers().map_err(problem)?.iter().map(heading).collect();
        for (column, at) in columns.iter().zip(0usize..) {
            let passed_over = column.is_empty() || is_for_people(column);
            if !passed_over && !known.contains(&column.as_str()) {
                return refused(format!("there is no column `{column}`"));
            }
            if !passed_over && columns.iter().skip(at.saturating_add(1)).any(|c| c == column) {
                return refused(format!("the column {column} is there twice"));
            }
        }
        let mut rows = Vec::new();
        for record in lines.into_byte_records() {
            let record = record.map_err(problem)?;
            let line = record.position().map_or(0, csv::Position::line);
            let mut cells = Vec::new();
            for (cell, at) in record.iter().zip(0usize..).filter(|(cell, _)| !cell.is_empty()) {
                match columns.get(at) {
                    Some(column) if is_for_people(column) => {}
                    Some(column) if !column.is_empty() => {
                        cells.push((column.clone(), cell.to_vec()));
                    }
                    _ => return refused(format!("line {line} has a cell in no named column")),
                }
            }
            if !cells.is_empty() {
                rows.push(Row { line, cells });
            }
        }
        Ok(Self { columns, rows })
    }

    /// Whether there is a column of this name.
    #[must_use]
    pub fn has(&self, column: &str) -> bool {
        self.columns.iter().any(|name| name == column)
    }
}

impl Row {
    /// What stands in a column; nothing if there is none.
    #[must_use]
    pub fn bytes(&self, column: &str) -> &[u8] {
        let cell = self.cells.iter().find(|(name, _)| name == column);
        cell.map_or(&[], |(_, cell)| cell.as_slice())
    }

    /// The text in a column without white space around it, if there is any.
    ///
    /// # Errors
    /// If it is not UTF-8; what is wrong, and what to do.
    pub fn text(&self, column: &str) -> Result<Option<String>, (String, &'static str)> {
        let text = str::from_utf8(self.bytes(column)).map_err(|_| {
            (format!("is not UTF-8 in the column {column}"), "save the list as UTF-8")
        })?;
        let text = text.trim();
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }
}

fn is_for_people(heading: &str) -> bool {
    heading.starts_with('(') && heading.ends_with(')')
}

/// Reads a list whose first line names a first column and `count` others, under
/// whatever names.
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
    let advice = format!("write it as CSV with the column {first} and {count} more");
    let named = |headings: &[String]| {
        headings.first().is_some_and(|name| name == first)
            && headings.len() == count.saturating_add(1)
    };
    let (separator, text) = open(path, &bytes, &advice, named)?;
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    reader(separator, &text).into_deserialize().collect::<Result<_, _>>().map_err(problem)
}

/// Reads the bytes of a list with exactly these columns, in order.
///
/// # Errors
/// If the first line names others, or a line has another form.
pub fn read_columns(
    path: &Path,
    bytes: &[u8],
    columns: &[&str],
) -> Result<Vec<Vec<String>>, ExchangeError> {
    let advice = format!("save it as CSV with the columns {}", columns.join(", "));
    let named = |headings: &[String]| headings.iter().eq(columns.iter());
    let (separator, text) = open(path, bytes, &advice, named)?;
    let problem = |error: csv::Error| ExchangeError::file(path, error, &advice);
    let mut rows = Vec::new();
    for record in reader(separator, &text).into_records() {
        let record = record.map_err(problem)?;
        if record.iter().skip(columns.len()).any(|more| !more.is_empty()) {
            let line = record.position().map_or(0, csv::Position::line);
            let found = format!("line {line} has {} columns", record.len());
            return Err(ExchangeError::file(path, found, &advice));
        }
        if record.iter().any(|value| !value.is_empty()) {
            // Spreadsheets leave empty columns at the end of a line out.
            let values = record.iter().chain(std::iter::repeat("")).take(columns.len());
            rows.push(values.map(str::to_owned).collect());
        }
    }
    Ok(rows)
}

/// The spelling of a path that a list gives, as documents are committed: a list
/// that was made on Windows has `\` between folders.
#[cfg(any(feature = "issue", feature = "prove"))]
pub(in crate::exchange) fn with_slashes(name: &[u8]) -> Vec<u8> {
    name.iter().map(|byte| if *byte == b'\\' { b'/' } else { *byte }).collect()
}

fn heading(text: &str) -> String {
    text.trim().to_lowercase()
}

fn reader(separator: u8, text: &[u8]) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(text)
}

/// The bytes as UTF-8 (but for names of files, which may be any bytes), after
/// what spreadsheets put first; and the separator that gives the headings.
fn open<'a>(
    path: &Path,
    bytes: &'a [u8],
    advice: &str,
    named: impl Fn(&[String]) -> bool,
) -> Result<(u8, Cow<'a, [u8]>), ExchangeError> {
    let text = decode(path, bytes)?;
    // A line that some spreadsheets write for themselves.
    let skip = match text.as_ref() {
        [b's', b'e', b'p', b'=', _, b'\r', b'\n', ..] => 7,
        [b's', b'e', b'p', b'=', _, b'\n', ..] => 6,
        _ => 0,
    };
    let text = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(skip..).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.drain(..skip);
            Cow::Owned(text)
        }
    };
    for separator in SEPARATORS {
        let mut lines = reader(separator, &text);
        let headings = match lines.headers() {
            Ok(headings) => headings,
            Err(error) => return Err(ExchangeError::file(path, error, advice)),
        };
        let mut headings: Vec<String> = headings.iter().map(heading).collect();
        // Columns that were emptied in a spreadsheet leave their separators.
        while headings.last().is_some_and(String::is_empty) {
            headings.pop();
        }
        if named(&headings) {
            return Ok((separator, text));
        }
    }
    Err(ExchangeError::file(path, "the first line does not name the columns", advice))
}

/// UTF-16, which a mark gives away, becomes UTF-8; a mark of UTF-8 is dropped.
fn decode<'a>(path: &Path, bytes: &'a [u8]) -> Result<Cow<'a, [u8]>, ExchangeError> {
    let (rest, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xff, 0xfe, rest @ ..] => (rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => (rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => return Ok(Cow::Borrowed(rest)),
        _ => return Ok(Cow::Borrowed(bytes)),
    };
    let (pairs, odd) = rest.as_chunks::<2>();
    let text: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|pair| unit(*pair))).collect();
    match text {
        Ok(text) if odd.is_empty() => Ok(Cow::Owned(text.into_bytes())),
        _ => {
            let problem = "begins like UTF-16, but is not";
            Err(ExchangeError::file(path, problem, "save the list as UTF-8"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(a: &str, b: &str) -> (Vec<u8>, String) {
        (a.as_bytes().to_vec(), b.to_owned())
    }

    #[cfg(feature = "issue")]
    #[test]
    fn two_named_columns_are_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read_pairs(&path, ["file", "label"])
        };
        let text = "\u{feff}file,label\r\n\"x,\"\"y\",\"1\n2\"\nlast,\n";
        assert_eq!(read(text).unwrap(), [pair("x,\"y", "1\n2"), pair("last", "")]);
        for wrong in ["", "file\n", "file,reason\n", "file,label\na\n", "file,label\na,b,c\n"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("list.csv") && error.contains("file and label"), "{error}");
        }
        // A name may be any bytes, what is said of it may not.
        std::fs::write(&path, b"file,label\n\xff.png,x\n").unwrap();
        let pairs = read_pairs(&path, ["file", "label"]).unwrap();
        assert_eq!(pairs, [(b"\xff.png".to_vec(), "x".to_owned())]);
        std::fs::write(&path, b"file,label\na,b\nx.png,\xff\n").unwrap();
        let error = read_pairs(&path, ["file", "label"]).unwrap_err().to_string();
        assert!(error.contains("list.csv: line 3 is not UTF-8"), "{error}");
    }

    #[cfg(feature = "prove")]
    #[test]
    fn tables_have_the_columns_that_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            Table::read(&path, &["path", "leaf"], &["path", "leaf", "basis"])
        };
        let text = "(Kind);BASIS;Path;\nmail;foia/b5; a.eml ;\n;;;\n(x);;b.eml\n";
        let table = read(text).unwrap();
        assert!(table.has("basis") && table.has("path") && !table.has("leaf"));
        let found: Vec<_> = table
            .rows
            .iter()
            .map(|row| (row.line, row.text("path").unwrap(), row.text("basis").unwrap()))
            .collect();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found, [(2, some("a.eml"), some("foia/b5")), (4, some("b.eml"), None)]);
        assert_eq!(table.rows[0].bytes("path"), b" a.eml ");
        assert_eq!(table.rows[0].bytes("leaf"), b"");
        for (text, expected) in [
            ("path,basis,discription\n", "no column `discription`"),
            ("path,basis,basis\n", "the column basis is there twice"),
            ("path,basis\na,b,c\n", "line 2 has a cell in no named column"),
            ("path,,basis\na,b,c\n", "line 2 has a cell in no named column"),
            ("basis\na\n", "does not name the columns"),
            ("", "does not name the columns"),
        ] {
            let error = read(text).map(|_| ()).unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("list.csv"), "{error}");
        }
        std::fs::write(&path, b"path,basis\n\xff,\xff\n").unwrap();
        let table = Table::read(&path, &["path"], &["path", "basis"]).unwrap();
        assert_eq!(table.rows[0].bytes("path"), b"\xff");
        assert!(table.rows[0].text("basis").is_err());
    }

    #[cfg(feature = "issue")]
    #[test]
    fn lists_are_taken_as_spreadsheets_write_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        let expected = [pair("a\\é.png", "to, or; from"), pair("b.png", "\"x\"")];
        let quoted = |separator: &str, end: &str| {
            [
                format!("File{separator}REASON "),
                format!("a\\é.png{separator}\"to, or; from\""),
                format!("b.png{separator}\"\"\"x\"\"\""),
                String::new(),
            ]
            .join(end)
        };
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for separator in [",", ";", "\t"] {
            for end in ["\n", "\r\n"] {
                let text = quoted(separator, end);
                let units = || text.encode_utf16();
                texts.push(text.clone().into_bytes());
                texts.push(format!("\u{feff}{text}").into_bytes());
                texts.push(units().fold(vec![0xff, 0xfe], |mut all, unit| {
                    all.extend(unit.to_le_bytes());
                    all
                }));
                texts.push(units().fold(vec![0xfe, 0xff], |mut all, unit| {
                    all.extend(unit.to_be_bytes());
                    all
                }));
                texts.push(format!("sep={separator}{end}{text}").into_bytes());
                // A third column, emptied; and an empty line at the end.
                let more = text.replace(end, &format!("{separator}{end}"));
                texts.push(format!("{more}{separator}{separator}{end}").into_bytes());
            }
        }
        for text in texts {
            std::fs::write(&path, &text).unwrap();
            let pairs = read_pairs(&path, ["file", "reason"]);
            assert_eq!(pairs.unwrap(), expected, "{}", String::from_utf8_lossy(&text));
        }
        std::fs::write(&path, b"\xff\xfef\0i").unwrap();
        assert!(read_pairs(&path, ["file", "reason"]).is_err());
        std::fs::write(&path, b"\xff\xfe\0\xd8f\0").unwrap();
        let error = read_pairs(&path, ["file", "reason"]).unwrap_err().to_string();
        assert!(error.contains("UTF-16"), "{error}");
        assert_eq!(with_slashes(b"a\\b/c"), b"a/b/c");
    }

    #[test]
    fn columns_are_those_that_are_named_and_no_more() {
        let path = Path::new("sheet.csv");
        let read = |text: &str| read_columns(path, text.as_bytes(), &["row", "file", "remark"]);
        let rows = read("\u{feff}Row;FILE;remark;\r\n1;a,b;\r\n;;\r\n2;c\r\n3;\"d\n\";x;\r\n");
        let expected = [["1", "a,b", ""], ["2", "c", ""], ["3", "d\n", "x"]];
        assert_eq!(rows.unwrap(), expected.map(|row| row.map(str::to_owned).to_vec()));
        for wrong in ["", "row,file\n", "file,row,remark\n", "row,file,remark\n1,a,b,c\n"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("sheet.csv") && error.contains("row, file, remark"), "{error}");
        }
        assert!(
            read_columns(path, b"row,file,remark\n1,\xff,x\n", &["row", "file", "remark"]).is_err()
        );
    }

    #[cfg(feature = "issue")]
    #[test]
    fn rows_have_as_many_columns_as_scores() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scores.csv");
        std::fs::write(&path, "FILE;a;b\r\nx.png;1;2\r\n").unwrap();
        let row = ("x.png".to_owned(), vec!["1".to_owned(), "2".to_owned()]);
        assert_eq!(read_rows(&path, "file", 2).unwrap(), [row]);
        assert!(read_rows(&path, "file", 3).is_err());
    }
}
