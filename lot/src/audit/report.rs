//! What an audit prints.

use std::fmt;
use std::path::PathBuf;

use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::verify::audited::AuditCheck;
use candor::printable::{count, printable};
use serde::Serialize;

use super::check::Found;
use super::record::{Audit, AuditedStratum, Fate, Fates, PackageState};
use super::{AuditOptions, sheet};
use crate::formats::Filed;

/// Leaves of one fate that a report for people names.
const NAMED: usize = 20;

/// What an audit found.
#[derive(Clone, Debug, Serialize)]
pub struct AuditReport {
    /// `audit.json`.
    #[serde(flatten)]
    pub audit: Audit,
    /// Digest of `audit.json`.
    pub digest: Sha256Hex,
    /// How many drawn leaves turned out to be what.
    pub counts: Fates,
    /// The folder.
    #[serde(skip)]
    pub folder: PathBuf,
    /// Leaves with the same bytes. For the judge alone.
    #[serde(skip)]
    pub equal: Vec<Vec<u64>>,
    /// Whether a coding sheet was written.
    #[serde(skip)]
    pub sheet: bool,
}

impl AuditReport {
    pub(super) fn new(audit: Filed<Audit>, found: Found, options: &AuditOptions<'_>) -> Self {
        Self {
            counts: audit.value.fates(),
            audit: audit.value,
            digest: audit.digest,
            folder: options.out.to_owned(),
            equal: found.equal,
            sheet: options.sheet,
        }
    }

    /// 0 if all leaves are clean, 1 if one is false or missing, 3 if some are excused only.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        let Fates { r#false, missing, excused, .. } = self.counts;
        if r#false > 0 || missing > 0 || !self.audit.findings.is_empty() {
            1
        } else if excused > 0 {
            3
        } else {
            0
        }
    }
}

impl fmt::Display for AuditReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "lot        {}", self.audit.lot)?;
        writeln!(f, "drawing    {}", self.audit.drawing)?;
        match (&self.audit.package, &self.audit.opened_by) {
            (PackageState::Opened, Some(by)) => writeln!(f, "package    opened; {by} signed it")?,
            (PackageState::Opened, None) => {
                writeln!(f, "package    opened; the digest of its statement was given by hand")?;
            }
            (PackageState::Unusable { problem }, _) => {
                let problem = printable(problem);
                writeln!(f, "package    cannot be used: {problem}; every leaf is missing")?;
            }
            (PackageState::None, _) => writeln!(f, "package    none came; every leaf is missing")?,
        }
        for AuditedStratum { population, size, drawn } in &self.audit.strata {
            if drawn.is_empty() {
                writeln!(f, "not drawn  {size} of {population}: nothing is learnt of these")?;
                continue;
            }
            let fates = Fates::of(drawn);
            write!(f, "drawn      {} of {size} of {population}", drawn.len())?;
            for (number, what) in [
                (fates.clean, "clean"),
                (fates.r#false, "false"),
                (fates.missing, "missing"),
                (fates.excused, "excused"),
            ] {
                if number > 0 {
                    write!(f, ", {number} {what}")?;
                }
            }
            writeln!(f)?;
        }
        self.leaves(f)?;
        if !self.audit.equal.is_empty() {
            let leaves = self.audit.equal.iter().copied().fold(0, u64::saturating_add);
            let files = count(self.audit.equal.len() as u64, "file", "files");
            writeln!(f, "equal      {files} under {leaves} opened leaves: the secret names them")?;
        }
        if self.audit.elsewhere > 0 {
            let entries = count(self.audit.elsewhere, "entry", "entries");
            writeln!(
                f,
                "repeated   {entries} of containers under a leaf of another container alone"
            )?;
        }
        let outcome = match self.exit_code() {
            0 => "clean: every drawn leaf is as it was committed",
            1 => "not clean: a leaf is false or missing",
            _ => "clean but for leaves that the lot excuses",
        };
        writeln!(f, "outcome    {outcome}")?;
        writeln!(f, "audit      {} ({})", self.digest, self.folder.join(Audit::NAME).display())?;
        let folder = self.folder.display();
        if self.sheet {
            let coding = self.folder.join(sheet::CODING);
            let coding = coding.display();
            writeln!(f, "next       have {coding} coded, then judge estimate --audit {folder}")?;
            writeln!(f, "Keep {folder}/secret to yourself: it says which row is which leaf.")
        } else {
            writeln!(f, "next       judge estimate --audit {folder}")
        }
    }
}

impl AuditReport {
    /// The leaves that are not clean.
    fn leaves(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let drawn = || self.audit.strata.iter().flat_map(|stratum| &stratum.drawn);
        let with = |wanted: &dyn Fn(&Fate) -> bool| -> Vec<u64> {
            drawn().filter(|leaf| wanted(&leaf.fate)).map(|leaf| leaf.leaf).collect()
        };
        for check in AuditCheck::ALL {
            let id = check.id();
            let leaves = with(&|fate| *fate == Fate::False { check: id });
            if !leaves.is_empty() {
                writeln!(f, "false      check {id} ({}): leaves {}", check.name(), list(&leaves))?;
            }
            let found = self.audit.findings.iter().filter(|finding| finding.check == id);
            let found: Vec<u64> = found.map(|finding| finding.leaf).collect();
            if !found.is_empty() {
                let name = check.name();
                writeln!(f, "finding    not drawn, check {id} ({name}): leaves {}", list(&found))?;
            }
        }
        let missing = with(&|fate| matches!(fate, Fate::Missing { .. }));
        if !missing.is_empty() {
            writeln!(f, "missing    leaves {}", list(&missing))?;
        }
        let excused = with(&|fate| matches!(fate, Fate::Excused { .. }));
        if !excused.is_empty() {
            writeln!(f, "excused    leaves {}", list(&excused))?;
        }
        Ok(())
    }
}

/// Some leaves, and how many more there are.
fn list(leaves: &[u64]) -> String {
    let named: Vec<String> = leaves.iter().take(NAMED).map(u64::to_string).collect();
    match leaves.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}
