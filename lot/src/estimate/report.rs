//! What an estimate prints: every figure with what it rests on, and what it does not hold.

use std::fmt;

use candor::exchange::formats::text::Sha256Hex;
use candor::field::ScalarHex;
use candor::printable::{count, printable};
use candor::statistics::{Bounds, chance_to_miss};
use serde::Serialize;

use super::chain::{End, Link};
use super::coded::Coded;
use super::count::{Counted, Looks, Risks, StratumSeen};
use super::figures::{Figure, Name, Threshold, Thresholds, figures, withheld};
use crate::audit::record::Audit;
use crate::formats::{Decimal, Filed, Lot, Population};

/// What a lot says of the corpus.
#[derive(Clone, Debug, Serialize)]
pub struct Estimate {
    /// Root of the corpus.
    pub root: ScalarHex,
    /// Digest of the request; `None` for a lot over the root alone.
    pub request: Option<Sha256Hex>,
    /// Digest of the lot.
    pub lot: Sha256Hex,
    /// Its number among the lots of the root.
    pub number: u64,
    /// Digest of the audit.
    pub audit: Sha256Hex,
    /// δ: the chance with which a figure may be wrong.
    pub error: Decimal,
    /// Which look it is.
    #[serde(flatten)]
    pub looks: Looks,
    /// All lots of the root.
    pub lots: Vec<Link>,
    /// What was coded, and by whom.
    pub coding: Option<Coding>,
    /// What was seen of each stratum; together these are the corpus.
    pub strata: Vec<StratumSeen>,
    /// The figures.
    pub figures: Vec<Figure>,
    /// Responsive documents that were found and withheld.
    pub withheld_responsive: Option<Bounds>,
    /// Which thresholds are met.
    pub thresholds: Vec<Threshold>,
    /// Whether something that enters a figure was counted at its worst.
    pub at_worst: bool,
}

/// The sheet that was coded.
#[derive(Clone, Debug, Serialize)]
pub struct Coding {
    /// Who coded it.
    pub coder: String,
    /// Rows of the sheet.
    pub rows: u64,
    /// Rows with an answer.
    pub coded: u64,
    /// Of these, responsive ones.
    pub responsive: u64,
    /// Salted digest of the sheet: the judge can show later which sheet it was.
    pub sheet: Sha256Hex,
}

impl Coding {
    fn of(coder: String, sheet: &Coded) -> Self {
        Self {
            coder,
            rows: sheet.rows,
            coded: sheet.responsive.len() as u64,
            responsive: sheet.responsive.values().filter(|responsive| **responsive).count() as u64,
            sheet: sheet.digest,
        }
    }
}

impl Estimate {
    pub(super) fn new(
        (lot, audit): (&Filed<Lot>, &Filed<Audit>),
        lots: Vec<Link>,
        looks: Looks,
        strata: Vec<StratumSeen>,
        coded: Option<(String, Coded)>,
        thresholds: &Thresholds,
    ) -> Self {
        let risks = Risks::of(&lot.value, looks);
        let figures = figures(&strata, risks);
        Self {
            root: lot.value.root,
            request: lot.value.request,
            lot: lot.digest,
            number: lot.value.number,
            audit: audit.digest,
            error: lot.value.error,
            looks,
            lots,
            coding: coded.map(|(coder, sheet)| Coding::of(coder, &sheet)),
            withheld_responsive: withheld(&strata, risks),
            thresholds: thresholds.against(&figures),
            at_worst: figures.iter().any(|figure| figure.at_worst),
            figures,
            strata,
        }
    }

    /// 1 if a threshold is not met, 3 if something was counted at its worst, else 0.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        if self.thresholds.iter().any(|threshold| !threshold.met) {
            1
        } else if self.at_worst {
            3
        } else {
            0
        }
    }
}

impl fmt::Display for Estimate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "root       {}", self.root)?;
        match self.request {
            Some(request) => writeln!(f, "request    {request}")?,
            None => writeln!(f, "request    none: a lot over all documents")?,
        }
        writeln!(f, "lot        {} (number {})", self.lot, self.number)?;
        writeln!(f, "audit      {}", self.audit)?;
        write!(f, "error      {} for each figure", self.error)?;
        if self.looks.of > 1 {
            write!(
                f,
                ", shared out among {} looks; this is look {}",
                self.looks.of, self.looks.look
            )?;
        }
        writeln!(f)?;
        self.lots(f)?;
        match &self.coding {
            Some(Coding { coder, rows, coded, responsive, sheet }) => {
                let coder = printable(coder);
                writeln!(f, "coded by   {coder}: {coded} of {rows} rows, {responsive} responsive")?;
                writeln!(f, "sheet      {sheet} (salted)")?;
            }
            None => writeln!(f, "coded by   nobody: only false leaves are counted")?,
        }
        self.strata(f)?;
        for Figure { name, interval, alpha, sampled, at_worst } in &self.figures {
            let [low, high] = interval.decimals();
            match name {
                Name::FalseLeaves => write!(f, "{:<28}at most {high}", name.words())?,
                _ => write!(f, "{:<28}{low} to {high}", name.words())?,
            }
            let strata = count(*sampled, "sampled stratum", "sampled strata");
            write!(f, " (α = {alpha} an end, {strata})")?;
            writeln!(f, "{}", if *at_worst { ", with something at its worst" } else { "" })?;
        }
        if let Some(Bounds { low, high }) = self.withheld_responsive {
            writeln!(
                f,
                "{:<28}{low} to {high} documents, found but not handed over",
                "responsive and withheld"
            )?;
        }
        self.what_it_does_not_hold(f)?;
        for Threshold { figure, threshold, met } in &self.thresholds {
            let met = if *met { "met" } else { "not met" };
            writeln!(f, "threshold  {} {threshold}: {met}", figure.words())?;
        }
        let outcome = match self.exit_code() {
            0 => "counted in full",
            1 => "a threshold is not met",
            _ => "counted, with something at its worst",
        };
        writeln!(f, "outcome    {outcome}")
    }
}

impl Estimate {
    fn lots(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Link { number, lot, end } in &self.lots {
            write!(f, "of root    lot {number}, {lot}: ")?;
            match end {
                End::Drawn => writeln!(f, "drawn")?,
                End::Open => writeln!(f, "not ended")?,
                End::Void { reason, nonce_shown } => {
                    let reason = printable(reason);
                    let nonce = if *nonce_shown { "shown" } else { "not shown" };
                    writeln!(f, "void ({reason}), its nonce {nonce}")?;
                }
            }
        }
        Ok(())
    }

    fn strata(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for stratum in &self.strata {
            let StratumSeen { population, size, drawn, clean, r#false, responsive } = stratum;
            if stratum.is_not_sampled() {
                let free = match population {
                    Population::Disclosed => "its files were checked with the bundle",
                    _ => "hiding is free there",
                };
                writeln!(f, "{population}: N = {size}, not sampled: {free}, 0 to {size}")?;
                continue;
            }
            writeln!(f, "{population}: N = {size}, n = {drawn}")?;
            line(f, "false", r#false)?;
            if let Some(responsive) = responsive {
                line(f, "responsive", responsive)?;
            }
            if *clean > 0 && drawn < size {
                let chance = |number| millionths(chance_to_miss(*size, number, *clean));
                let one = chance(1);
                write!(f, "  {clean} clean leaves miss 1 false one with probability {one}")?;
                match size.div_ceil(100) {
                    0 | 1 => writeln!(f)?,
                    hundredth => writeln!(f, ", {hundredth} with {}", chance(hundredth))?,
                }
            }
        }
        Ok(())
    }

    fn what_it_does_not_hold(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "not held   k clean leaves miss F false ones with probability C(N−F,k)/C(N,k), and N may be padded"
        )?;
        if self.coding.is_some() {
            writeln!(f, "           the intervals do not hold the coder's errors")?;
        }
        Ok(())
    }
}

fn line(f: &mut fmt::Formatter<'_>, what: &str, counted: &Counted) -> fmt::Result {
    let Counted { seen, missing, bounds: Bounds { low, high }, alpha, sides, .. } = counted;
    write!(f, "  {what:<11}x = {seen}, missing {missing}, α = {alpha}")?;
    match sides {
        1 => writeln!(f, " one-sided: at most {high}"),
        _ => writeln!(f, " a side, two-sided: {low} to {high}"),
    }
}

/// A share with six decimals.
fn millionths(share: u32) -> String {
    format!("{}.{:06}", share / 1_000_000, share % 1_000_000)
}
