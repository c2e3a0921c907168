//! What stays closed although it is drawn, and on which basis.

use std::collections::BTreeMap;
use std::path::Path;

use candor::exchange::ExchangeError;
use candor::exchange::formats::csv::Table;

use crate::formats::MissingLeaf;

/// Its columns; others, in parentheses, are for people.
const COLUMNS: [&str; 3] = ["leaf", "basis", "reason"];

/// Leaves that are not opened, by leaf.
pub type Missing = BTreeMap<u64, MissingLeaf>;

/// Reads a list of leaves that stay closed: CSV with the columns `leaf`, `basis` and
/// `reason`.
///
/// # Errors
/// If the file cannot be read or a line has another form.
pub fn read(path: &Path) -> Result<Missing, ExchangeError> {
    let advice = "write it as CSV with the columns leaf, basis and reason";
    let problem = |line: u64, problem: String| {
        ExchangeError::file(path, format!("line {line}: {problem}"), advice)
    };
    let mut missing = Missing::new();
    for row in Table::read(path, &COLUMNS[..1], &COLUMNS)?.rows {
        let line = row.line;
        let cell = |column: &str| {
            let text = row.text(column).map_err(|(what, _)| problem(line, what))?;
            Ok::<_, ExchangeError>(text.unwrap_or_default())
        };
        let [leaf, basis, reason] = [cell(COLUMNS[0])?, cell(COLUMNS[1])?, cell(COLUMNS[2])?];
        if basis.is_empty() && reason.is_empty() {
            // As the preview has it.
            continue;
        }
        let leaf = leaf.parse().map_err(|_| problem(line, "it names no leaf".into()))?;
        let entry = MissingLeaf { leaf, basis, reason };
        if let Some(what) = entry.problem() {
            return Err(problem(line, what.into()));
        }
        if missing.insert(leaf, entry).is_some() {
            return Err(problem(line, format!("leaf {leaf} is listed twice")));
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
            "\u{feff}Leaf;reason;basis;(file)\n3;;;a\n7;\"advice, of counsel\";privilege/ac;b\n";
        let found = of(list).unwrap();
        let (leaf, basis, reason) = (7, "privilege/ac".into(), "advice, of counsel".into());
        assert_eq!(found, Missing::from([(7, MissingLeaf { leaf, basis, reason })]));
        for (text, problem) in [
            ("leaf,basis,why\n1,a,b\n", "no column `why`"),
            ("leaf,basis\n1,a\n", "line 2"),
            ("leaf,basis,reason\nx,a,b\n", "line 2: it names no leaf"),
            ("leaf,basis,reason\n1,,b\n", "line 2"),
            ("leaf,basis,reason\n1,a,b\n1,a,b\n", "listed twice"),
        ] {
            let found = of(text).unwrap_err();
            assert!(found.contains(problem), "{found}");
        }
    }
}
