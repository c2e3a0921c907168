//! What of the matches the program withholds, found before anything is proved.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::Options;
use super::job::Job;
use super::release::{Fate, Fates, Told};
use super::withholding::Withholding;
use crate::corpus::store::Entry;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::refuse_existing;
use crate::exchange::formats::bundle::ByProgram;
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::request::{Question, Release};
use crate::exchange::formats::search::{Search, Settle, Undated};
use crate::exchange::progress::Progress;
use crate::exchange::settling::{BasisCounts, Settling};
use crate::readers;

/// What reading the text of all matches found.
#[derive(Default)]
pub(super) struct Settled {
    /// The basis of each match that can be withheld on one.
    pub(super) bases: BTreeMap<u64, ByProgram>,
    /// All decisions, if the text was read.
    pub(super) statuses: Option<Vec<Status>>,
}

impl Settled {
    /// Runs the program on every document, if anything hangs on its decisions before they
    /// are proved; and reads the text of those that match, if the request or the options
    /// want any of them withheld.
    ///
    /// # Errors
    /// If an option does not fit the request, or a document cannot be read.
    pub(super) fn of(
        job: &Job,
        options: &Options<'_>,
        withheld: &Withholding,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        if Self::settling(job, options)?.is_none() && !matters(job, withheld) {
            return Ok(Self::default());
        }
        Self::read(job, options, progress)
    }

    /// Runs the program on every document, and reads the text of those that match, if the
    /// request or the options want any of them withheld.
    ///
    /// # Errors
    /// As [`Self::of`].
    pub(super) fn read(
        job: &Job,
        options: &Options<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let settling = Self::settling(job, options)?;
        progress.stage("reading what matches", job.readable().len() as u64);
        let read = |leaf: &u64| {
            let found = Self::read_one(job, settling.as_ref(), *leaf)?;
            progress.advance(1);
            Ok((*leaf, found))
        };
        let found: Vec<(u64, Found)> = readers::in_parallel(|| {
            job.readable().par_iter().map(read).collect::<Result<_, ExchangeError>>()
        })?;
        let decisions: Vec<(u64, bool)> =
            found.iter().map(|(leaf, found)| (*leaf, *found != Found::Unmatched)).collect();
        let chance = settling.is_some_and(|(_, chance)| chance);
        let bases = found.into_iter().filter_map(|(leaf, found)| match found {
            Found::Basis(ByProgram::ChanceMatch) if !chance => None,
            Found::Basis(basis) => Some((leaf, basis)),
            Found::Unmatched | Found::Holds => None,
        });
        Ok(Self { bases: bases.collect(), statuses: Some(job.statuses(&decisions)) })
    }

    /// How matches are read, if the request or the options want any of them withheld; and
    /// whether chance matches are.
    fn settling(
        job: &Job,
        options: &Options<'_>,
    ) -> Result<Option<(Settling, bool)>, ExchangeError> {
        let request = &job.request.request;
        let Question::Search(search) = &request.question else {
            let refused = |option| {
                let problem = "the request asks a model, and no search whose matches are read";
                Err(ExchangeError::input(option, problem, "leave it out"))
            };
            return match (options.judge_copy, options.withhold_chance_matches) {
                (Some(_), _) => refused("--judge-copy"),
                (None, true) => refused("--withhold-chance-matches"),
                (None, false) => Ok(None),
            };
        };
        if let Some(copy) = options.judge_copy {
            refuse_existing(copy)?;
        }
        let chance = withholds_chance_matches(search, options);
        if !chance && search.undated == Undated::Release {
            return Ok(None);
        }
        let settling = Settling::of(search, &request.view)
            .map_err(|error| ExchangeError::internal("reading the search", error))?;
        Ok(Some((settling, chance)))
    }

    fn read_one(
        job: &Job,
        settling: Option<&(Settling, bool)>,
        leaf: u64,
    ) -> Result<Found, ExchangeError> {
        let (corpus, request) = (&job.corpus, &job.request);
        let document = corpus.document(leaf);
        let reading = corpus.read(document)?;
        let shown = corpus.shown(document, &reading, &request.request.view, request.view_index)?;
        if !request.program.matches(&shown.bytes) {
            return Ok(Found::Unmatched);
        }
        let Some((settling, _)) = settling else { return Ok(Found::Holds) };
        let basis = settling.basis(&reading, &document.record).map_err(|reason| {
            let problem = format!("its text cannot be read again: {reason}");
            let advice = "use the version of Candor that made the commitment";
            ExchangeError::file(corpus.path(document), problem, advice)
        })?;
        Ok(basis.map_or(Found::Holds, Found::Basis))
    }

    /// What will be withheld by the program and what else of the release needs to be told,
    /// given what becomes of all.
    ///
    /// # Errors
    /// If something cannot be released as it stands, or the program withholds documents and
    /// no place was given for the judge's copy of them.
    pub(super) fn foreseen(
        &self,
        options: &Options<'_>,
        fates: impl FnOnce(&[Status]) -> Result<Fates, ExchangeError>,
    ) -> Result<Foreseen, ExchangeError> {
        let Some(statuses) = &self.statuses else { return Ok(Foreseen::default()) };
        let Fates { of, told } = fates(statuses)?;
        let by_basis = counts(&of);
        if by_basis.total() > 0 && options.judge_copy.is_none() {
            let BasisCounts { settled, chance_matches, undated } = by_basis;
            let problem = format!(
                "is missing: {} withheld from all but the judge (settled {settled}, chance matches {chance_matches}, undated {undated})",
                crate::printable::count(by_basis.total(), "match is", "matches are")
            );
            let advice = "give it a new folder, and hand that folder to the judge alone";
            return Err(ExchangeError::input("--judge-copy", problem, advice));
        }
        Ok(Foreseen { by_basis, told })
    }
}

/// What is known of a release before anything is proved.
#[derive(Clone, Debug, Default)]
pub struct Foreseen {
    /// How many matches the program withholds, and opens to the judge alone.
    pub by_basis: BasisCounts,
    /// What else the responder is told. It names documents, so it is secret.
    pub told: Told,
}

/// Whether a release can be refused, or tell of more than was asked for, so that decisions
/// are wanted before they are proved.
fn matters(job: &Job, withheld: &Withholding) -> bool {
    let inherits = |entry: &Entry| entry.record.inherited.is_some();
    !withheld.is_empty()
        || job.request.request.release == Release::Item
            && job.corpus.store.entries.iter().any(inherits)
}

/// How many of some fates are of which basis.
pub(super) fn counts(fates: &[Fate]) -> BasisCounts {
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
    Basis(ByProgram),
}
