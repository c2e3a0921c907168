//! What a sample says of the whole corpus: false leaves, and responsive documents.
//!
//! * [`coded`]: the coding sheet, as it comes back
//! * [`mod@chain`]: all lots of the root
//! * [`count`]: what was seen of each stratum
//! * [`figures`]: elusion, richness, precision, recall
//! * [`report`]: what is printed
//!
//! Everything is counted in integers, with what is missing at its worst.
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

pub mod chain;
pub mod coded;
pub mod count;
pub mod figures;
pub mod report;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use candor::exchange::ExchangeError;

pub use report::{Coding, Estimate};

use self::chain::chain;
use self::count::{Looks, strata};
use self::figures::Thresholds;
use crate::audit::record::Audit;
use crate::audit::sheet::Secret;
use crate::formats::{Drawing, Filed};
use crate::judge::LotFolder;

/// The sheet as it came back.
#[derive(Clone, Copy, Debug)]
pub struct CodedBy<'a> {
    /// The filled sheet.
    pub sheet: &'a Path,
    /// Who filled it.
    pub coder: &'a str,
}

/// What is estimated.
#[derive(Clone, Copy, Debug)]
pub struct EstimateOptions<'a> {
    /// The folder of the lot.
    pub lot: &'a Path,
    /// The folder of its audit.
    pub audit: &'a Path,
    /// The coding sheet; without it only false leaves are counted.
    pub coded: Option<CodedBy<'a>>,
    /// The folders of the other lots of the root.
    pub others: &'a [PathBuf],
    /// Which look it is, from 1; the last one if `None`.
    pub look: Option<u64>,
    /// What the figures have to reach.
    pub thresholds: &'a Thresholds,
}

/// Estimates what a lot says of the corpus.
///
/// # Errors
/// If the files do not belong together, a lot of the root is not given, or the sheet is not
/// the one that was written.
pub fn estimate(options: &EstimateOptions<'_>) -> Result<Estimate, ExchangeError> {
    let folder = LotFolder::open(options.lot)?;
    let drawing = Filed::<Drawing>::own(&folder.drawing())?;
    let audit = Filed::<Audit>::own(&options.audit.join(Audit::NAME))?;
    if audit.value.lot != folder.lot.digest || audit.value.drawing != drawing.digest {
        let problem = "is of another lot, or of another drawing of it";
        return Err(ExchangeError::file(options.audit, problem, "give the audit of this lot"));
    }
    let lots = chain(options.lot, options.others)?;
    let looks = Looks::of(&folder.lot.value, options.look)?;
    let coded = options
        .coded
        .map(|coded| -> Result<_, ExchangeError> {
            let secret = Secret::read(options.audit)?;
            Ok((coded.coder.to_owned(), coded::read(coded.sheet, &secret)?))
        })
        .transpose()?;
    let sheet = coded.as_ref().map(|(_, sheet)| sheet);
    let strata = strata(&audit.value, &folder.lot.value, looks, sheet);
    Ok(Estimate::new((&folder.lot, &audit), lots, looks, strata, coded, options.thresholds))
}
