//! What was seen of each stratum.

use candor::exchange::ExchangeError;
use candor::statistics::{Bounds, Risk, Sample};
use serde::Serialize;

use super::coded::Coded;
use crate::audit::record::{Audit, AuditedLeaf, Fate};
use crate::formats::{self, Lot, Population};

/// Which of how many looks it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Looks {
    /// From 1.
    pub look: u64,
    /// All that the lot states.
    #[serde(rename = "looks")]
    pub of: u64,
}

impl Looks {
    /// # Errors
    /// If the lot has no such look.
    pub(super) fn of(lot: &Lot, look: Option<u64>) -> Result<Self, ExchangeError> {
        let of = lot.strata.iter().map(|stratum| stratum.sample.looks()).max().unwrap_or(1);
        let look = look.unwrap_or(of);
        if (1..=of).contains(&look) {
            return Ok(Self { look, of });
        }
        let problem = format!("the lot states looks 1 to {of}");
        Err(ExchangeError::input("--look", problem, "name one of these"))
    }
}

/// What was seen of one property in a stratum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Counted {
    /// Drawn leaves that have it.
    pub seen: u64,
    /// Drawn leaves of which nobody knows: at their worst they have it, or not.
    pub missing: u64,
    /// Between how many and how many leaves of the stratum have it.
    #[serde(flatten)]
    pub bounds: Bounds,
    /// The chance with which each end is wrong.
    #[serde(serialize_with = "as_text")]
    pub alpha: Risk,
    /// 1: only the upper end is counted with a risk; 2: both.
    pub sides: u8,
    #[serde(skip)]
    pub(super) sample: Sample,
}

fn as_text<S: serde::Serializer>(risk: &Risk, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(risk)
}

/// A stratum, and what was seen of its sample.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StratumSeen {
    /// The stratum.
    pub population: Population,
    /// Its leaves.
    pub size: u64,
    /// Drawn leaves, as far as this look goes.
    pub drawn: u64,
    /// Of these, leaves that turned out to be as committed.
    pub clean: u64,
    /// Leaves that are not as committed.
    pub r#false: Counted,
    /// Responsive documents, if the sheet was coded.
    pub responsive: Option<Counted>,
}

impl StratumSeen {
    /// Whether nothing was drawn of it although there is something.
    #[must_use]
    pub const fn is_not_sampled(&self) -> bool {
        self.drawn == 0 && self.size > 0
    }
}

/// The risks of a lot.
#[derive(Clone, Copy, Debug)]
pub(super) struct Risks {
    /// δ, shared out among the looks.
    each_look: Risk,
}

impl Risks {
    /// # Panics
    /// Never: δ has at most nine decimals, and there are at most 16 looks.
    pub(super) fn of(lot: &Lot, looks: Looks) -> Self {
        let risk = lot.error.risk();
        Self { each_look: risk.shared(looks.of).unwrap_or(risk) }
    }

    /// Of one end of a figure into which so many sampled strata enter.
    pub(super) fn end(self, sides: u8, strata: u64) -> Risk {
        let shares = u64::from(sides).saturating_mul(strata.max(1));
        self.each_look.shared(shares).unwrap_or(self.each_look)
    }
}

/// What was seen of each stratum at a look.
pub(super) fn strata(
    audit: &Audit,
    lot: &Lot,
    looks: Looks,
    sheet: Option<&Coded>,
) -> Vec<StratumSeen> {
    let risks = Risks::of(lot, looks);
    let strata = audit.strata.iter().map(|stratum| {
        let asked = lot.strata.iter().find(|asked| asked.population == stratum.population);
        let upto = asked.map_or(0, |asked| at_look(&asked.sample, stratum.size, looks.look));
        let upto = usize::try_from(upto).unwrap_or(usize::MAX);
        let drawn: Vec<&AuditedLeaf> = stratum.drawn.iter().take(upto).collect();
        let counted = |sides: u8, property: &dyn Fn(&AuditedLeaf) -> Option<bool>| {
            let (mut seen, mut missing) = (0_u64, 0_u64);
            for leaf in &drawn {
                match property(leaf) {
                    Some(true) => seen = seen.saturating_add(1),
                    Some(false) => {}
                    None => missing = missing.saturating_add(1),
                }
            }
            let sample = Sample::new(stratum.size, drawn.len() as u64, seen, missing);
            let sample = sample.unwrap_or(Sample::unseen(stratum.size));
            let alpha = risks.end(sides, 1);
            Counted { seen, missing, bounds: sample.bounds(alpha), alpha, sides, sample }
        };
        StratumSeen {
            population: stratum.population.clone(),
            size: stratum.size,
            drawn: drawn.len() as u64,
            clean: drawn.iter().filter(|leaf| leaf.fate == Fate::Clean).count() as u64,
            r#false: counted(1, &is_false),
            responsive: sheet
                .map(|sheet| counted(2, &|leaf| sheet.responsive.get(&leaf.leaf).copied())),
        }
    });
    strata.collect()
}

/// Whether a leaf is false; `None` if nobody knows.
fn is_false(leaf: &AuditedLeaf) -> Option<bool> {
    match leaf.fate {
        Fate::Clean => Some(false),
        Fate::False { .. } => Some(true),
        Fate::Missing { .. } | Fate::Excused { .. } => None,
    }
}

/// How much of a stratum is drawn up to a look.
fn at_look(sample: &formats::Sample, size: u64, look: u64) -> u64 {
    match sample {
        formats::Sample::All => size,
        formats::Sample::Looks(sizes) => {
            let at = usize::try_from(look.saturating_sub(1)).unwrap_or(usize::MAX);
            let asked = sizes.get(at).or_else(|| sizes.last());
            asked.map_or(0, |asked| size.min(*asked))
        }
    }
}
