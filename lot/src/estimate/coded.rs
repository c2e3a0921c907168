//! The coding sheet, as it comes back from a spreadsheet.

use std::collections::BTreeMap;
use std::path::Path;

use candor::exchange::ExchangeError;
use candor::exchange::formats::csv;
use candor::exchange::formats::text::Sha256Hex;
use candor::files::read_capped;
use sha2::{Digest, Sha256};

use crate::audit::sheet::{COLUMNS, Secret};

/// Longest sheet.
const MAX_BYTES: u64 = 1 << 28;
/// What stands for a document that answers the question, and for one that does not.
const YES: [&str; 3] = ["yes", "y", "1"];
const NO: [&str; 3] = ["no", "n", "0"];

/// A sheet that was filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coded {
    /// Whether each leaf that was coded is responsive.
    pub responsive: BTreeMap<u64, bool>,
    /// Rows of the sheet.
    pub rows: u64,
    /// `SHA-256("candor sheet 1\n" ‖ salt ‖ bytes)`: fixes the sheet, and tells nothing of
    /// it until the salt is shown.
    pub digest: Sha256Hex,
}

/// Reads a filled sheet: each row of the audit's sheet once, in any order, with `yes`, `no`
/// or nothing under `responsive`.
///
/// # Errors
/// If it is another sheet, or a row has anything else.
pub fn read(path: &Path, secret: &Secret) -> Result<Coded, ExchangeError> {
    let bytes = read_capped(path, MAX_BYTES)?;
    let problem = |problem: String| {
        let advice = "correct it, or begin again with the sheet that judge audit wrote";
        ExchangeError::file(path, problem, advice)
    };
    if secret.rows.is_empty() {
        let advice = "audit with --sheet, and have that sheet coded";
        return Err(ExchangeError::file(path, "was not written by this audit", advice));
    }
    let mut responsive = BTreeMap::new();
    let mut seen = vec![false; secret.rows.len()];
    for values in csv::read_columns(path, &bytes, &COLUMNS)? {
        let [number, file, answer, _] = values.as_slice() else { continue };
        let at = number.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(1));
        let row = at.and_then(|at| Some((secret.rows.get(at)?, seen.get_mut(at)?)));
        let Some((row, seen)) = row.filter(|(row, _)| row.file == file.trim()) else {
            return Err(problem(format!("the sheet has no row {} of that file", number.trim())));
        };
        if std::mem::replace(seen, true) {
            return Err(problem(format!("row {} stands in it twice", number.trim())));
        }
        let answer = answer.trim().to_lowercase();
        let answer = match answer.as_str() {
            "" => continue,
            yes if YES.contains(&yes) => true,
            no if NO.contains(&no) => false,
            _ => {
                let row = number.trim();
                return Err(problem(format!("row {row}: responsive is yes, no or empty")));
            }
        };
        responsive.insert(row.leaf, answer);
    }
    if let Some(at) = seen.iter().position(|seen| !seen) {
        let row = at.saturating_add(1);
        let problem = problem(format!("row {row} is missing: leave responsive empty in it"));
        return Err(problem);
    }
    let mut hasher = Sha256::new_with_prefix(b"candor sheet 1\n");
    hasher.update(secret.salt.0);
    hasher.update(&bytes);
    let digest = Sha256Hex(hasher.finalize().into());
    Ok(Coded { responsive, rows: secret.rows.len() as u64, digest })
}
