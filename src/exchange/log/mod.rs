//! The log of what a bundle withholds, as a court wants it: a privilege log or a Vaughn
//! index, each column of which says whether it is proved or claimed.
//!
//! * [`withheld_log`]: verifies a bundle and makes its log in one run, of the same bytes
//! * [`WithheldLog`]: the rows; [`Column`]: what stands in them, and who vouches for it
//! * `collect`: gathers the rows while the bundle is verified
//!
//! The log of a bundle that fails a check is not made.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod collect;
mod column;

use std::fmt;
use std::path::Path;

use serde::Serialize;

use self::collect::Collect;
pub use self::column::{Column, Standing};
use super::error::ExchangeError;
use super::folder::write_table;
use super::formats::bundle::{Substitute, Withheld};
use super::formats::leaves::Status;
use super::formats::text::Sha256Hex;
use super::progress::Progress;
use super::report::{Outcome, Report};
use super::verify::{All, Beside, OnRecord, verify_bundle_with};
use crate::field::ScalarHex;
use crate::printable::count;

/// Which log is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogKind {
    /// A privilege log, as Rule 26(b)(5)(A) of the Federal Rules of Civil Procedure asks
    /// for one.
    Privilege,
    /// An index as Vaughn v. Rosen, 484 F.2d 820, asks for one under 5 U.S.C. 552.
    Vaughn,
}

impl LogKind {
    /// Its title.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Privilege => "Privilege log",
            Self::Vaughn => "Vaughn index",
        }
    }
}

impl std::str::FromStr for LogKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "privilege" => Ok(Self::Privilege),
            "vaughn" => Ok(Self::Vaughn),
            _ => Err(format!("`{text}` is no kind of log: write privilege or vaughn")),
        }
    }
}

/// Where a withheld document stands in a family whose places are opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its number in the family; the top item has 0.
    pub ordinal: u32,
    /// Members of the family.
    pub count: u32,
    /// The leaf of the top item, if its place is opened, too.
    pub top: Option<u64>,
}

/// A row of a log: a document that is withheld.
#[derive(Clone, Debug)]
pub struct LogRow {
    /// Its number in the log, from 1.
    pub number: u64,
    /// What the judge found of it.
    pub status: Status,
    /// Its place, if that is opened.
    pub place: Option<Place>,
    /// What the list of withheld documents says of it: the responder's word, but for the
    /// leaf.
    pub withheld: Withheld,
    /// The redacted copy in its place. It is not the committed bytes.
    pub substitute: Option<Substitute>,
    /// How the judge confirmed the basis, if it could.
    pub confirmed: Option<&'static str>,
}

/// A log of all that a bundle withholds, in the order of the leaves.
#[derive(Clone, Debug)]
pub struct WithheldLog {
    /// Which log it is.
    pub kind: LogKind,
    /// Root of the commitment.
    pub root: ScalarHex,
    /// Digest of the request.
    pub request: Sha256Hex,
    /// Digest of the bundle's `tagmanifest-sha256.txt`, which fixes every byte of it.
    pub bundle: Sha256Hex,
    /// What came of its verification: verified or incomplete.
    pub outcome: Outcome,
    /// Its rows.
    pub rows: Vec<LogRow>,
}

/// Verifies a bundle, and makes the log of what it withholds from the bytes that were
/// verified. There is no log if a check fails.
///
/// # Errors
/// As [`verify_bundle_with`].
pub fn withheld_log<'a>(
    on_record: impl Into<OnRecord<'a>>,
    request: &Path,
    bundle: &Path,
    beside: Beside<'_>,
    kind: LogKind,
    progress: &dyn Progress,
) -> Result<(Report, Option<WithheldLog>), ExchangeError> {
    let collect = Collect::default();
    let both = All::of(beside.watch.into_iter().chain([&collect as _]));
    let watched = Beside { watch: Some(&both), ..beside };
    let report = verify_bundle_with(on_record, request, bundle, watched, progress)?;
    drop(both);
    let log = match report.outcome {
        Outcome::Failed => None,
        Outcome::Verified | Outcome::Incomplete => collect.finish(kind, &report),
    };
    Ok((report, log))
}

impl WithheldLog {
    /// What stands in each row, in order.
    #[must_use]
    pub const fn columns(&self) -> &'static [Column] {
        match self.kind {
            LogKind::Privilege => &Column::PRIVILEGE,
            LogKind::Vaughn => &Column::VAUGHN,
        }
    }

    /// Writes the log as CSV that its owner alone can read. No cell is a formula to a
    /// spreadsheet. The file must not exist.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn write_csv(&self, path: &Path) -> Result<(), ExchangeError> {
        let columns = self.columns();
        let headings = columns.iter().map(|column| self.heading(*column)).collect();
        let rows = self
            .rows
            .iter()
            .map(|row| columns.iter().map(|column| column.cell(row)).collect::<Vec<String>>());
        write_table(path, headings, rows)
    }

    /// The heading of a column, with who vouches for it.
    #[must_use]
    pub fn heading(&self, column: Column) -> String {
        format!("{} ({})", column.name(self.kind), column.standing().word())
    }

    /// Rows with a redacted copy.
    #[must_use]
    pub fn redacted(&self) -> u64 {
        self.rows.iter().filter(|row| row.substitute.is_some()).count() as u64
    }
}

/// What a log says of itself.
#[derive(Clone, Debug, Serialize)]
pub struct LogSummary {
    /// Which log it is.
    pub kind: LogKind,
    /// What came of the verification.
    pub outcome: Outcome,
    /// Root of the commitment.
    pub root: ScalarHex,
    /// Digest of the request.
    pub request: Sha256Hex,
    /// Digest of the bundle's `tagmanifest-sha256.txt`.
    pub bundle: Sha256Hex,
    /// Documents withheld: all of them.
    pub rows: u64,
    /// Those of them with a redacted copy.
    pub redacted: u64,
}

impl WithheldLog {
    /// What it says of itself.
    #[must_use]
    pub fn summary(&self) -> LogSummary {
        let Self { kind, root, request, bundle, outcome, ref rows } = *self;
        let (rows, redacted) = (rows.len() as u64, self.redacted());
        LogSummary { kind, outcome, root, request, bundle, rows, redacted }
    }
}

/// The page that is printed beside it.
impl fmt::Display for LogSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = count(self.rows, "document is withheld", "documents are withheld");
        writeln!(f, "{}\n", self.kind.title())?;
        writeln!(f, "commitment  root {}", self.root)?;
        writeln!(f, "request     {}", self.request)?;
        writeln!(f, "bundle      {}", self.bundle)?;
        writeln!(
            f,
            "rows        {rows}; {} with a redacted copy, which is not the committed bytes",
            self.redacted
        )?;
        writeln!(f)?;
        writeln!(
            f,
            "Columns headed proved follow from the bundle, which was verified in this run. The log has every document that is withheld. Columns headed claimed are the responder's word."
        )
    }
}
