//! What of the matches the program withholds, found before anything is proved.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Options;
use super::job::Job;
use super::release::{Fate, Fates};
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::refuse_existing;
use crate::exchange::formats::bundle::Basis;
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::request::Question;
use crate::exchange::formats::search::{Search, Settle, Undated};
use crate::exchange::progress::Progress;
use crate::exchange::settling::{BasisCounts, Settling};

/// What reading the text of all matches found.
#[derive(Default)]
pub(super) struct Settled {
    /// The basis of each match that can be withheld on one.
    pub(super) bases: BTreeMap<u64, Basis>,
    /// All decisions, if the text was read.
    statuses: Option<Vec<Status>>,
}

impl Settled {
    /// Runs the program on every document and reads the text of those that match, if the
    /// request or the options want any of them withheld.
    ///
    /// # Errors
    /// If an option does not fit the request, or a document cannot be read.
    pub(super) fn of(
        job: &Job,
        options: &Options<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let request = &job.request.request;
        let Question::Search(search) = &request.question else {
            let refused = |option| {
                let problem = "the request asks a model, and no search whose matches are read";
                Err(ExchangeError::input(option, problem, "leave it out"))
            };
            return match (options.judge_copy, options.withhold_chance_matches) {
                (Some(_), _) => refused("--judge-copy"),
                (None, true) => refused("--withhold-chance-matches"),
                (None, false) => Ok(Self::default()),
            };
        };
        if let Some(copy) = options.judge_copy {
            refuse_existing(copy)?;
        }
        let chance = withholds_chance_matches(search, options);
        if !chance && search.undated == Undated::Release {
            return Ok(Self::default());
        }
        let settling = Settling::of(search, &request.view)
            .map_err(|error| ExchangeError::internal("reading the search", error))?;
        progress.stage("reading what matches", job.readable().len() as u64);
        let read = |leaf: &u64| {
            let found = Self::read(job, &settling, *leaf)?;
            progress.advance(1);
            Ok((*leaf, found))
        };
        let found: Vec<(u64, Found)> =
            job.readable().par_iter().map(read).collect::<Result<_, ExchangeError>>()?;
        let decisions: Vec<(u64, bool)> =
            found.iter().map(|(leaf, found)| (*leaf, *found != Found::Unmatched)).collect();
        let bases = found.into_iter().filter_map(|(leaf, found)| match found {
            Found::Basis(Basis::ChanceMatch) if !chance => None,
            Found::Basis(basis) => Some((leaf, basis)),
            Found::Unmatched | Found::Holds => None,
        });
        Ok(Self { bases: bases.collect(), statuses: Some(job.statuses(&decisions)) })
    }

    fn read(job: &Job, settling: &Settling, leaf: u64) -> Result<Found, ExchangeError> {
        let (corpus, request) = (&job.corpus, &job.request);
        let document = corpus.document(leaf);
        let reading = corpus.read(document)?;
        let shown = corpus.shown(document, &reading, &request.request.view, request.view_index)?;
        if !request.program.matches(&shown.bytes) {
            return Ok(Found::Unmatched);
        }
        let basis = settling.basis(&reading, &document.record).map_err(|reason| {
            let problem = format!("its text cannot be read again: {reason}");
            let advice = "use the version of Candor that made the commitment";
            ExchangeError::file(corpus.path(document), problem, advice)
        })?;
        Ok(basis.map_or(Found::Holds, Found::Basis))
    }

    /// How many documents will be withheld by the program, given what becomes of all.
    ///
    /// # Errors
    /// If there are such, and no place was given for the judge's copy of them.
    pub(super) fn counts(
        &self,
        options: &Options<'_>,
        fates: impl FnOnce(&[Status]) -> Result<Fates, ExchangeError>,
    ) -> Result<BasisCounts, ExchangeError> {
        let Some(statuses) = &self.statuses else { return Ok(BasisCounts::default()) };
        let counts = counts(&fates(statuses)?.of);
        if counts.total() > 0 && options.judge_copy.is_none() {
            let BasisCounts { settled, chance_matches, undated } = counts;
            let problem = format!(
                "is missing: {} withheld from all but the judge (settled {settled}, chance matches {chance_matches}, undated {undated})",
                crate::printable::count(counts.total(), "match is", "matches are")
            );
            let advice = "give it a new folder, and hand that folder to the judge alone";
            return Err(ExchangeError::input("--judge-copy", problem, advice));
        }
        Ok(counts)
    }
}

/// How many of some fates are of which basis.
fn counts(fates: &[Fate]) -> BasisCounts {
    let mut counts = BasisCounts::default();
    for fate in fates {
        if let Fate::Settled { basis } = fate {
            counts.add(*basis);
        }
    }
    counts
}

fn withholds_chance_matches(search: &Search, options: &Options<'_>) -> bool {
    options.withhold_chance_matches || search.settle == Settle::Judge
}

/// What was found of a document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Found {
    /// It does not match.
    Unmatched,
    /// It is to be released.
    Holds,
    /// It matches, and can be withheld.
    Basis(Basis),
}
