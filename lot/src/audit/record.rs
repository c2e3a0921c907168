//! `audit.json`: what became of each drawn leaf. It names leaves and numbers of checks, and
//! nothing else of a document.

use candor::exchange::formats::bundle::is_reason;
use candor::exchange::formats::text::Sha256Hex;
use candor::exchange::verify::audited::AuditCheck;
use serde::{Deserialize, Serialize};

use crate::formats::{Artefact, Population};

/// `audit.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Audit {
    /// [`Artefact::FORMAT`].
    pub format: String,
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Digest of the seal.
    pub seal: Sha256Hex,
    /// Digest of the drawing.
    pub drawing: Sha256Hex,
    /// Digest of the responder's statement; `None` if none came.
    pub opened: Option<Sha256Hex>,
    /// Who signed it; `None` if its digest was given by hand, or none came.
    pub opened_by: Option<String>,
    /// What came.
    pub package: PackageState,
    /// The strata of the drawing.
    pub strata: Vec<AuditedStratum>,
    /// False leaves that were opened beside the drawn ones, ascending. They are not counted.
    pub findings: Vec<Finding>,
    /// For each file that several opened leaves have, the number of these leaves.
    pub equal: Vec<u64>,
    /// Entries of containers without a leaf of their own, whose bytes stand under a leaf of
    /// another one: repeated families may have been dropped.
    pub elsewhere: u64,
}

/// What came of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WrittenPackage", try_from = "WrittenPackage")]
pub enum PackageState {
    /// It is the one that was stated.
    Opened,
    /// It was stated, and cannot be used: every leaf is missing.
    Unusable {
        /// Why.
        problem: String,
    },
    /// None came by the deadline: every leaf is missing.
    None,
}

/// What came, with the same keys whatever it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenPackage {
    state: StateWord,
    problem: Option<String>,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StateWord {
    Opened,
    Unusable,
    None,
}

impl From<PackageState> for WrittenPackage {
    fn from(package: PackageState) -> Self {
        let (state, problem) = match package {
            PackageState::Opened => (StateWord::Opened, None),
            PackageState::Unusable { problem } => (StateWord::Unusable, Some(problem)),
            PackageState::None => (StateWord::None, None),
        };
        Self { state, problem }
    }
}

impl TryFrom<WrittenPackage> for PackageState {
    type Error = &'static str;

    fn try_from(written: WrittenPackage) -> Result<Self, Self::Error> {
        match (written.state, written.problem) {
            (StateWord::Opened, None) => Ok(Self::Opened),
            (StateWord::Unusable, Some(problem)) => Ok(Self::Unusable { problem }),
            (StateWord::None, None) => Ok(Self::None),
            _ => Err("a problem of a package that has none, or none of one that has"),
        }
    }
}

/// A stratum, and what was drawn of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuditedStratum {
    /// The stratum.
    pub population: Population,
    /// Its leaves.
    pub size: u64,
    /// The sample, in the order of its tickets.
    pub drawn: Vec<AuditedLeaf>,
}

/// What became of a drawn leaf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "WrittenLeaf", try_from = "WrittenLeaf")]
pub struct AuditedLeaf {
    /// The leaf.
    pub leaf: u64,
    /// What it turned out to be.
    pub fate: Fate,
    /// Whether the bytes that were opened are the committed ones, so that a person can
    /// say what they are.
    pub seen: bool,
}

/// What a drawn leaf turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Everything is as committed.
    Clean,
    /// It fails a check.
    False {
        /// Its number: [`AuditCheck::id`].
        check: u8,
    },
    /// It is not opened, or not all of its family that the lot asks for.
    Missing {
        /// The basis that the responder gives for the leaf, if any.
        basis: Option<String>,
    },
    /// It is not opened, on a basis that the lot excuses.
    Excused {
        /// The basis.
        basis: String,
    },
}

/// A leaf as it is written: each with the same keys.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenLeaf {
    leaf: u64,
    result: FateWord,
    check: Option<u8>,
    basis: Option<String>,
    seen: bool,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FateWord {
    Clean,
    False,
    Missing,
    Excused,
}

impl From<AuditedLeaf> for WrittenLeaf {
    fn from(AuditedLeaf { leaf, fate, seen }: AuditedLeaf) -> Self {
        let (result, check, basis) = match fate {
            Fate::Clean => (FateWord::Clean, None, None),
            Fate::False { check } => (FateWord::False, Some(check), None),
            Fate::Missing { basis } => (FateWord::Missing, None, basis),
            Fate::Excused { basis } => (FateWord::Excused, None, Some(basis)),
        };
        Self { leaf, result, check, basis, seen }
    }
}

impl TryFrom<WrittenLeaf> for AuditedLeaf {
    type Error = &'static str;

    fn try_from(written: WrittenLeaf) -> Result<Self, Self::Error> {
        let WrittenLeaf { leaf, result, check, basis, seen } = written;
        let fate = match (result, check, basis) {
            (FateWord::Clean, None, None) => Fate::Clean,
            (FateWord::False, Some(check), None) => Fate::False { check },
            (FateWord::Missing, None, basis) => Fate::Missing { basis },
            (FateWord::Excused, None, Some(basis)) => Fate::Excused { basis },
            _ => return Err("a check or a basis that its result does not have"),
        };
        Ok(Self { leaf, fate, seen })
    }
}

/// A false leaf that was not drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The leaf.
    pub leaf: u64,
    /// The number of the check that it fails.
    pub check: u8,
}

/// How many drawn leaves turned out to be what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Fates {
    /// Everything is as committed.
    pub clean: u64,
    /// A check fails.
    pub r#false: u64,
    /// Not opened.
    pub missing: u64,
    /// Not opened, on a basis that the lot excuses.
    pub excused: u64,
}

impl Fates {
    /// Counts leaves.
    pub fn of<'a>(leaves: impl IntoIterator<Item = &'a AuditedLeaf>) -> Self {
        let mut fates = Self::default();
        for leaf in leaves {
            let count = match leaf.fate {
                Fate::Clean => &mut fates.clean,
                Fate::False { .. } => &mut fates.r#false,
                Fate::Missing { .. } => &mut fates.missing,
                Fate::Excused { .. } => &mut fates.excused,
            };
            *count = count.saturating_add(1);
        }
        fates
    }
}

impl Audit {
    /// Its name in the folder of an audit.
    pub const NAME: &str = "audit.json";

    /// All drawn leaves together.
    #[must_use]
    pub fn fates(&self) -> Fates {
        Fates::of(self.strata.iter().flat_map(|stratum| &stratum.drawn))
    }
}

impl Artefact for Audit {
    const FORMAT: &'static str = "candor audit 1";
    const MAX_BYTES: u64 = 1 << 30;

    fn format(&self) -> &str {
        &self.format
    }

    fn problem(&self) -> Option<String> {
        if !self.strata.is_sorted_by(|one, next| one.population < next.population) {
            return Some("strata are not in order, or one is named twice".into());
        }
        let leaves = || self.strata.iter().flat_map(|stratum| &stratum.drawn);
        let checks = leaves().filter_map(|leaf| match leaf.fate {
            Fate::False { check } => Some(check),
            _ => None,
        });
        let mut checks = checks.chain(self.findings.iter().map(|finding| finding.check));
        if checks.any(|check| AuditCheck::from_id(check).is_none()) {
            return Some("there is no check of that number".into());
        }
        let mut bases = leaves().filter_map(|leaf| match &leaf.fate {
            Fate::Missing { basis: Some(basis) } | Fate::Excused { basis } => Some(basis),
            _ => None,
        });
        if bases.any(|basis| is_reason(basis).is_err()) {
            return Some("a basis that nobody may give".into());
        }
        let mut numbers: Vec<u64> = leaves().map(|leaf| leaf.leaf).collect();
        numbers.sort_unstable();
        if !numbers.is_sorted_by(|one, next| one < next) {
            return Some("a leaf is drawn twice".into());
        }
        let more = self.strata.iter().any(|stratum| stratum.drawn.len() as u64 > stratum.size);
        more.then(|| "more is drawn than there is".into())
    }
}
