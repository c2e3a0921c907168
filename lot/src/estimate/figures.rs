//! Elusion, richness, precision and recall.

use candor::statistics::{Bounds, Interval, Risk, recall};
use serde::Serialize;

use super::count::{Counted, Risks, StratumSeen};
use crate::formats::{Decimal, Population};

/// Millionths of a share.
const MILLION: u128 = 1_000_000;

/// A figure with its interval.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: Name,
    /// The interval, or 0 to the upper bound.
    pub interval: Interval,
    /// The chance with which the bound of one sampled stratum is wrong at one end.
    #[serde(serialize_with = "as_text")]
    pub alpha: Risk,
    /// Strata that enter it with a risk.
    pub sampled: u64,
    /// Whether a missing leaf, or a stratum of which nothing was drawn, enters it at its
    /// worst.
    pub at_worst: bool,
}

fn as_text<S: serde::Serializer>(risk: &Risk, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(risk)
}

/// The figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Name {
    /// Which share of the leaves that are not disclosed is false, at most.
    FalseLeaves,
    /// Which share of what does not match is responsive.
    Elusion,
    /// Which share of what was disclosed is responsive.
    Precision,
    /// Which share of all documents is responsive.
    Richness,
    /// Which share of the responsive documents with a decision was disclosed.
    RecallExamined,
    /// Which share of all responsive documents was disclosed.
    RecallAll,
}

impl Name {
    /// In words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::FalseLeaves => "false leaves (closed ones)",
            Self::Elusion => "elusion",
            Self::Precision => "precision",
            Self::Richness => "richness",
            Self::RecallExamined => "recall, of items examined",
            Self::RecallAll => "recall, of all items",
        }
    }
}

/// What the figures have to reach.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thresholds {
    /// The lower end of the recall of items examined.
    pub recall_examined: Option<Decimal>,
    /// The lower end of the recall of all items.
    pub recall_all: Option<Decimal>,
    /// The lower end of the precision.
    pub precision: Option<Decimal>,
    /// The upper end of the elusion.
    pub elusion: Option<Decimal>,
    /// The upper bound of the share of false leaves among those that are not disclosed.
    pub false_leaves: Option<Decimal>,
}

/// A threshold, and whether it is met.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Threshold {
    /// The figure.
    pub figure: Name,
    /// The share that it has to reach, or may not pass.
    pub threshold: Decimal,
    /// Whether it does.
    pub met: bool,
}

/// The property that is counted.
type Property = fn(&StratumSeen) -> Option<&Counted>;

fn is_false(stratum: &StratumSeen) -> Option<&Counted> {
    Some(&stratum.r#false)
}

fn is_responsive(stratum: &StratumSeen) -> Option<&Counted> {
    stratum.responsive.as_ref()
}

/// Which strata enter a figure.
type Enters = fn(&Population) -> bool;

/// Strata that enter one figure.
struct Entering<'a> {
    strata: Vec<&'a StratumSeen>,
    property: Property,
    risk: Risk,
    sampled: u64,
    at_worst: bool,
}

impl<'a> Entering<'a> {
    fn new(
        all: &'a [StratumSeen],
        risks: Risks,
        (property, sides): (Property, u8),
        enters: impl Fn(&Population) -> bool,
    ) -> Self {
        let strata: Vec<&StratumSeen> =
            all.iter().filter(|stratum| enters(&stratum.population)).collect();
        let counted = || strata.iter().filter_map(|stratum| property(stratum));
        let sampled = counted().filter(|counted| counted.sample.is_partial()).count() as u64;
        let at_worst = counted().any(|counted| counted.missing > 0)
            || strata.iter().any(|stratum| stratum.is_not_sampled());
        let risk = risks.end(sides, sampled);
        Self { strata, property, risk, sampled, at_worst }
    }

    fn size(&self) -> u64 {
        self.strata.iter().fold(0, |sum, stratum| sum.saturating_add(stratum.size))
    }

    /// Of those of the strata that are asked for.
    fn bounds(&self, asked: impl Fn(&Population) -> bool) -> Bounds {
        let asked = self.strata.iter().filter(|stratum| asked(&stratum.population));
        let counted = asked.filter_map(|stratum| (self.property)(stratum));
        counted.map(|counted| counted.sample.bounds(self.risk)).sum()
    }

    fn figure(&self, name: Name, interval: Interval) -> Figure {
        let Self { risk, sampled, at_worst, .. } = *self;
        Figure { name, interval, alpha: risk, sampled, at_worst }
    }
}

const fn is_examined(population: &Population) -> bool {
    matches!(population, Population::Disclosed | Population::Withheld(_) | Population::Nonmatching)
}

const fn is_disclosed(population: &Population) -> bool {
    matches!(population, Population::Disclosed)
}

const fn is_any(_: &Population) -> bool {
    true
}

/// All figures that the strata give.
pub(super) fn figures(strata: &[StratumSeen], risks: Risks) -> Vec<Figure> {
    let mut figures = Vec::new();
    let closed = Entering::new(strata, risks, (is_false, 1), |stratum| !is_disclosed(stratum));
    let high = Bounds { low: 0, ..closed.bounds(is_any) };
    figures.push(closed.figure(Name::FalseLeaves, high.of(closed.size())));
    if strata.iter().all(|stratum| stratum.responsive.is_none()) {
        return figures;
    }
    let mut share = |name, enters: &dyn Fn(&Population) -> bool| {
        let entering = Entering::new(strata, risks, (is_responsive, 2), enters);
        if entering.size() > 0 {
            let interval = entering.bounds(is_any).of(entering.size());
            figures.push(entering.figure(name, interval));
        }
    };
    share(Name::Elusion, &|population| *population == Population::Nonmatching);
    share(Name::Precision, &is_disclosed);
    share(Name::Richness, &is_any);
    // Without a bundle nothing was found.
    if strata.iter().any(|stratum| stratum.population == Population::All) {
        return figures;
    }
    let recalls = [(Name::RecallExamined, is_examined as Enters), (Name::RecallAll, is_any)];
    for (name, enters) in recalls {
        let entering = Entering::new(strata, risks, (is_responsive, 2), enters);
        let found = entering.bounds(is_disclosed);
        let missed = entering.bounds(|population| !is_disclosed(population));
        figures.push(entering.figure(name, recall(found, missed)));
    }
    figures
}

/// How many responsive documents are withheld: found, and not handed over.
pub(super) fn withheld(strata: &[StratumSeen], risks: Risks) -> Option<Bounds> {
    let is_withheld = |population: &Population| matches!(population, Population::Withheld(_));
    let entering = Entering::new(strata, risks, (is_responsive, 2), is_withheld);
    let coded = entering.strata.iter().any(|stratum| stratum.responsive.is_some());
    coded.then(|| entering.bounds(is_any))
}

impl Thresholds {
    /// Which of them are met. One without its figure is not.
    #[must_use]
    pub fn against(&self, figures: &[Figure]) -> Vec<Threshold> {
        let at_least = [
            (Name::RecallExamined, self.recall_examined),
            (Name::RecallAll, self.recall_all),
            (Name::Precision, self.precision),
        ];
        let at_most = [(Name::Elusion, self.elusion), (Name::FalseLeaves, self.false_leaves)];
        let at_least = at_least.map(|(figure, threshold)| (figure, threshold, true));
        let at_most = at_most.map(|(figure, threshold)| (figure, threshold, false));
        let all = at_least.into_iter().chain(at_most);
        let all = all.filter_map(|(figure, threshold, at_least)| {
            let threshold = threshold?;
            let found = figures.iter().find(|found| found.name == figure);
            let Risk { part, of } = threshold.risk();
            let wanted = u128::from(part).saturating_mul(MILLION);
            let share = |end: u32| u128::from(end).saturating_mul(u128::from(of));
            let met = found.is_some_and(|Figure { interval, .. }| {
                if at_least {
                    share(interval.low) >= wanted
                } else {
                    share(interval.high) <= wanted
                }
            });
            Some(Threshold { figure, threshold, met })
        });
        all.collect()
    }
}
