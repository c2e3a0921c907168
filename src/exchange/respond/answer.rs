//! An answer, or a part of one, in two steps: everything is checked first, then
//! proved. In between there is time to say what it will take.

use std::path::Path;
use std::time::Instant;

use rand_core::CryptoRngCore;

use super::batches;
use super::estimate::Prediction;
use super::job::{Job, Question};
use super::settle::{Foreseen, Settled};
use super::shard::{SHARD, Shard, ShardInfo};
use super::unfinished::{Session, Unfinished};
use super::withholding::Withholding;
use super::{Options, Proving, Response, ShardSummary, Summary};
use crate::argument::shape::Shape;
use crate::exchange::cost::Estimate;
use crate::exchange::error::ExchangeError;
use crate::exchange::folder::refuse_existing;
use crate::exchange::formats::{bundle, json};
use crate::exchange::progress::Progress;
use crate::files::write_atomically;

/// Batches to be proved, in the folder where their proofs grow.
struct Work {
    start: Instant,
    job: Job,
    unfinished: Unfinished,
    batches: Vec<u64>,
}

impl Work {
    /// What the batches without a proof will take; the time is measured if that
    /// is little beside the work.
    fn estimate(
        &self,
        progress: &dyn Progress,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Estimate, ExchangeError> {
        let open = |batch: &u64| !self.unfinished.path(&bundle::proof_name(*batch)).exists();
        let open: Vec<u64> = self.batches.iter().copied().filter(open).collect();
        let mut prediction = Prediction::new(&self.job, &open)?;
        if prediction.is_worth_a_warm_up() {
            prediction.measure(progress, rng)?;
        }
        Ok(prediction.estimate)
    }
}

/// An answer to a request, all of it checked and nothing proved yet.
pub struct Answer<'a> {
    options: &'a Options<'a>,
    withheld: Withholding,
    settled: Settled,
    foreseen: Foreseen,
    work: Work,
}

impl<'a> Answer<'a> {
    /// Checks everything that can be checked before the work, and takes up what
    /// an interrupted run left.
    ///
    /// # Errors
    /// If the request does not pass its checks, something given does not fit the
    /// commitment, or a file cannot be read.
    pub fn open(options: &'a Options<'a>, progress: &dyn Progress) -> Result<Self, ExchangeError> {
        let start = Instant::now();
        refuse_existing(options.out)?;
        let job = Job::open(&options.question, progress)?;
        let withheld = Withholding::read(&job.corpus, options)?;
        let settled = Settled::of(&job, options, &withheld, progress)?;
        let foreseen =
            Response { options, job: &job, withheld: &withheld, settled: &settled }.foreseen()?;
        let unfinished = Unfinished::open(options.out, &job, progress)?;
        let batches = (0..job.plan.batches).collect();
        let work = Work { start, job, unfinished, batches };
        Ok(Self { options, withheld, settled, foreseen, work })
    }

    /// What is known of the release by now.
    #[must_use]
    pub const fn foreseen(&self) -> &Foreseen {
        &self.foreseen
    }

    /// What the rest of the work will take.
    ///
    /// # Errors
    /// If a document cannot be read.
    pub fn estimate(
        &self,
        progress: &dyn Progress,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Estimate, ExchangeError> {
        self.work.estimate(progress, rng)
    }

    /// Proves every decision and writes the bundle.
    ///
    /// # Errors
    /// If a file cannot be read or written, or proving fails.
    pub fn prove(
        self,
        progress: &dyn Progress,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Summary, ExchangeError> {
        let Self { options, withheld, settled, work, .. } = self;
        let Work { start, job, unfinished, batches } = work;
        progress.stage("proving", job.plan.documents);
        let proved = batches::prove(&job, &batches, &unfinished, progress, rng)?;
        Response { options, job: &job, withheld: &withheld, settled: &settled }
            .finish(unfinished, &proved, start, progress)
    }
}

/// A part of an answer, checked and not proved yet.
pub struct Part<'a> {
    shard: Shard,
    out: &'a Path,
    work: Work,
}

impl<'a> Part<'a> {
    /// As [`Answer::open`], for the batches of one shard.
    ///
    /// # Errors
    /// As there.
    pub fn open(
        question: &Question<'_>,
        shard: Shard,
        out: &'a Path,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let start = Instant::now();
        refuse_existing(out)?;
        let job = Job::open(question, progress)?;
        let unfinished = Unfinished::open(out, &job, progress)?;
        let batches = shard.batches(job.plan.batches);
        Ok(Self { shard, out, work: Work { start, job, unfinished, batches } })
    }

    /// What the rest of the work will take.
    ///
    /// # Errors
    /// If a document cannot be read.
    pub fn estimate(
        &self,
        progress: &dyn Progress,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Estimate, ExchangeError> {
        self.work.estimate(progress, rng)
    }

    /// Proves the shard's batches and writes its folder.
    ///
    /// # Errors
    /// If a file cannot be read or written, or proving fails.
    pub fn prove(
        self,
        progress: &dyn Progress,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<ShardSummary, ExchangeError> {
        let Self { shard, out, work: Work { start, job, unfinished, batches } } = self;
        let documents = batches.iter().map(|batch| job.plan.batch(*batch).count).sum();
        progress.stage("proving", documents);
        let proved = batches::prove(&job, &batches, &unfinished, progress, rng)?;
        let info = ShardInfo { shard, session: Session::of(&job) };
        write_atomically(&unfinished.path(SHARD), 0o666, &json::to_document(&info))?;
        unfinished.finish(out)?;
        Ok(ShardSummary {
            shard: shard.to_string(),
            documents,
            rows_per_document: Shape::of(&job.request.program).rows,
            proving: Proving::of(&job, &proved, batches.len() as u64, start),
        })
    }
}
