//! What stays closed although it is drawn, and on which basis.

use std::collections::BTreeMap;
use std::path::Path;

use candor::exchange::ExchangeError;
use candor::files::read_capped;

use crate::formats::MissingLeaf;

/// Longest list.
const MAX_BYTES: u64 = 1 << 26;

/// Leaves that are not opened, by leaf.
pub type Missing = BTreeMap<u64, MissingLeaf>;

/// Reads a list of leaves that stay closed: CSV with the columns `leaf`, `basis` and
/// `reason`.
///
/// # Errors
/// If the file cannot be read or a line has another form.
pub fn read(path: &Path) -> Result<Missing, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let advice = "write it as CSV with the columns leaf, basis and reason";
    let problem = |problem: String| ExchangeError::file(path, problem, advice);
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
    let headings = reader.headers().map_err(|error| problem(error.to_string()))?;
    let column = |name: &str| {
        let found = headings
            .iter()
            .position(|heading| heading.trim_start_matches('\u{feff}').eq_ignore_ascii_case(name));
        found.ok_or_else(|| problem(format!("there is no column {name}")))
    };
    let columns = [column("leaf")?, column("basis")?, column("reason")?];
    let mut missing = Missing::new();
    for record in reader.records() {
        let record = record.map_err(|error| problem(error.to_string()))?;
        let line = record.position().map_or(0, csv::Position::line);
        let [leaf, basis, reason] =
            columns.map(|column| record.get(column).unwrap_or_default().to_owned());
        if basis.is_empty() && reason.is_empty() {
            // As the preview has it.
            continue;
        }
        let leaf = leaf.parse().map_err(|_| problem(format!("line {line} names no leaf")))?;
        let entry = MissingLeaf { leaf, basis, reason };
        if let Some(what) = entry.problem() {
            return Err(problem(format!("line {line}: {what}")));
        }
        if missing.insert(leaf, entry).is_some() {
            return Err(problem(format!("line {line}: leaf {leaf} is listed twice")));
        }
    }
    Ok(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_has_three_columns_and_each_leaf_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing.csv");
        let of = |text: &str| {
            std::fs::write(&path, text).unwrap();
            read(&path).map_err(|error| error.to_string())
        };
        let list =
            "\u{feff}Leaf,reason,basis,(file)\n3,,,a\n7,\"advice, of counsel\",privilege/ac,b\n";
        let found = of(list).unwrap();
        let (leaf, basis, reason) = (7, "privilege/ac".into(), "advice, of counsel".into());
        assert_eq!(found, Missing::from([(7, MissingLeaf { leaf, basis, reason })]));
        for (text, problem) in [
            ("leaf,basis\n", "no column reason"),
            ("leaf,basis,reason\nx,a,b\n", "line 2 names no leaf"),
            ("leaf,basis,reason\n1,,b\n", "line 2"),
            ("leaf,basis,reason\n1,a,b\n1,a,b\n", "listed twice"),
        ] {
            let found = of(text).unwrap_err();
            assert!(found.contains(problem), "{found}");
        }
    }
}
