//! The coding sheet: what was drawn, in the order of the tickets, strata mixed, without
//! leaf, stratum or decision. Who fills it sees documents, and nothing of what the
//! classifier said.
//!
//! ```text
//! AUDIT/coding/sheet.csv                    to be filled
//! AUDIT/coding/rows/00001/item.eml          the document of row 1
//! AUDIT/coding/rows/00001/family/00000.eml  others of its family, by ordinal: to be read,
//!                                           not to be coded
//! AUDIT/secret                              for the judge alone: rows and leaves
//! ```

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use candor::exchange::folder::close_folder;
use candor::exchange::formats::bundle::Opening;
use candor::exchange::formats::json;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::{ExchangeError, Progress};
use candor::field;
use candor::files::{read_capped, write_atomically};
use rand_core::{OsRng, RngCore};
use serde::{Deserialize, Serialize};

use super::Drawn;
use super::check::Found;
use super::unpack::Package;
use crate::draw::{Nonce, Seed};

/// The folder for the coder.
pub const CODING: &str = "coding";
/// The sheet in it.
pub const SHEET: &str = "sheet.csv";
/// Its columns.
pub const COLUMNS: [&str; 4] = ["row", "file", "responsive", "remark"];
/// The first field of the secret.
const FORMAT: &str = "candor audit secret 1";
/// Longest secret.
const MAX_SECRET_BYTES: u64 = 1 << 28;

/// What only the judge knows of an audit: `AUDIT/secret`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    format: String,
    /// So that the published digest of a sheet tells nothing of it.
    pub salt: Sha256Hex,
    /// The leaf of each row, and the name of its file; empty without a sheet.
    pub rows: Vec<Row>,
    /// Opened leaves with the same bytes.
    pub equal: Vec<Vec<u64>>,
}

/// A row of the sheet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The leaf.
    pub leaf: u64,
    /// Its file, as the sheet names it.
    pub file: String,
}

impl Secret {
    const NAME: &str = "secret";

    pub(super) fn fresh(rows: Vec<Row>, equal: Vec<Vec<u64>>) -> Self {
        let mut salt = [0; 32];
        OsRng.fill_bytes(&mut salt);
        Self { format: FORMAT.to_owned(), salt: Sha256Hex(salt), rows, equal }
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), ExchangeError> {
        Ok(write_atomically(&folder.join(Self::NAME), 0o600, &json::to_document(self))?)
    }

    /// The secret of an audit.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(audit: &Path) -> Result<Self, ExchangeError> {
        let path = audit.join(Self::NAME);
        let secret: Result<Self, _> = json::from_document(&read_capped(&path, MAX_SECRET_BYTES)?);
        secret.ok().filter(|secret| secret.format == FORMAT).ok_or_else(|| {
            let problem = "is no secret of an audit, or is damaged";
            ExchangeError::file(path, problem, "restore it from a copy")
        })
    }
}

/// Writes sheet and copies; gives the rows.
pub(super) fn write(
    drawn: &Drawn,
    package: &Package,
    found: &Found,
    folder: &Path,
    progress: &dyn Progress,
) -> Result<Vec<Row>, ExchangeError> {
    let nonce = Nonce::of(drawn.drawing.value.nonce.0);
    let seed = Seed::new(drawn.folder.lot.digest, drawn.seal.digest, &nonce);
    let mut leaves = drawn.drawing.value.leaves();
    leaves.retain(|leaf| found.seen.contains(leaf));
    leaves.sort_by_cached_key(|leaf| seed.ticket(*leaf));
    let openings: BTreeMap<u64, &Opening> =
        package.openings.iter().map(|opening| (opening.leaf, opening)).collect();
    let mut families: BTreeMap<_, Vec<&Opening>> = BTreeMap::new();
    for opening in package.openings.iter().filter(|opening| found.seen.contains(&opening.leaf)) {
        let Some(family) = &opening.family else { continue };
        families.entry(field::encode(&family.id.0)).or_default().push(opening);
    }

    progress.stage("copying documents for the coder", leaves.len() as u64);
    let coding = folder.join(CODING);
    make(&coding)?;
    make(&coding.join("rows"))?;
    let (mut rows, mut text) = (Vec::new(), COLUMNS.join(",") + "\r\n");
    for (number, leaf) in (1_u64..).zip(leaves) {
        let Some(opening) = openings.get(&leaf) else { continue };
        let row = format!("rows/{number:05}");
        make(&coding.join(&row))?;
        let file = format!("{row}/item.{}", extension(opening));
        copy(&package.path(leaf), &coding.join(&file))?;
        let family = opening.family.and_then(|family| families.get(&field::encode(&family.id.0)));
        let others: Vec<&&Opening> =
            family.into_iter().flatten().filter(|other| other.leaf != leaf).collect();
        if !others.is_empty() {
            make(&coding.join(format!("{row}/family")))?;
        }
        for other in others {
            let ordinal = other.family.map_or(0, |family| family.ordinal);
            let name = format!("{row}/family/{ordinal:05}.{}", extension(other));
            copy(&package.path(other.leaf), &coding.join(name))?;
        }
        let _ = write!(text, "{number},{file},,\r\n");
        rows.push(Row { leaf, file });
        progress.advance(1);
    }
    write_atomically(&coding.join(SHEET), 0o600, text.as_bytes())?;
    Ok(rows)
}

/// A folder for its owner alone.
fn make(path: &Path) -> Result<(), ExchangeError> {
    fs::create_dir(path).map_err(ExchangeError::io(path))?;
    close_folder(path)
}

/// The copy has the mode of what it is of: for its owner alone.
fn copy(from: &Path, to: &Path) -> Result<(), ExchangeError> {
    fs::copy(from, to).map(|_| ()).map_err(ExchangeError::io(to))
}

/// A harmless extension, by the document's own name.
fn extension(opening: &Opening) -> String {
    let name = opening.file_name().unwrap_or_default();
    name.rsplit_once('.').map_or_else(|| "bin".to_owned(), |(_, extension)| extension.to_owned())
}
