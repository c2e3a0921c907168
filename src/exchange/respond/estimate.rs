//! How long a response will take, and what it will need, before it is made.

use std::collections::BTreeMap;
use std::time::Instant;

use rand_core::CryptoRngCore;

use super::batches::{prover_of, unprovable};
use super::job::{Job, Question};
use super::shard::Shard;
use crate::argument::cost::CostModel;
use crate::argument::shape::Shape;
use crate::exchange::cost::Estimate;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::leaves::Record;
use crate::exchange::progress::Progress;
use crate::proof::proof_len_of;

/// Lanes of the warm-up: enough to keep all cores busy.
const WARM_UP_LANES: u32 = 4;
/// A response that takes less than this number of warm-ups is begun without one.
const WORTH_A_WARM_UP: f64 = 20.0;

/// Predicts from the cost model and one measured batch of few lanes.
///
/// # Errors
/// As for the response itself.
pub fn estimate(
    question: &Question<'_>,
    shard: Option<Shard>,
    progress: &dyn Progress,
    rng: &mut dyn CryptoRngCore,
) -> Result<Estimate, ExchangeError> {
    let job = Job::open(question, progress)?;
    let batches: Vec<u64> = match shard {
        Some(shard) => shard.batches(job.plan.batches),
        None => (0..job.plan.batches).collect(),
    };
    let mut prediction = Prediction::new(&job, &batches)?;
    prediction.measure(progress, rng)?;
    Ok(prediction.estimate)
}

/// An estimate that may still want its time.
pub(super) struct Prediction<'a> {
    job: &'a Job,
    model: CostModel,
    /// Cost of all batches, in the model's unit.
    work: f64,
    pub(super) estimate: Estimate,
}

impl<'a> Prediction<'a> {
    pub(super) fn new(job: &'a Job, batches: &[u64]) -> Result<Self, ExchangeError> {
        let Job { plan, request, corpus, .. } = job;
        let model = CostModel::of(&request.program, &plan.lane);
        let lanes = || batches.iter().map(|index| plan.batch(*index).lanes);
        let views = corpus.commitment.header.views.len();
        let mut disk_bytes = corpus.commitment.documents * Record::width(views) as u64;
        // Full batches have one length, and the last may have another.
        let mut lengths = BTreeMap::new();
        for lanes in lanes() {
            let of = || proof_len_of(&request.program, plan.lane.copies, lanes) as u64;
            disk_bytes += *lengths.entry(lanes).or_insert_with(of);
        }
        let estimate = Estimate {
            documents: corpus.commitment.documents,
            to_prove: batches.iter().map(|index| plan.batch(*index).count).sum(),
            rows_per_document: Shape::of(&request.program).rows,
            proofs: batches.len() as u64,
            documents_per_proof: u64::from(plan.lanes) * u64::from(plan.lane.copies),
            proving_seconds: None,
            memory_bytes: model.memory_bytes(plan.lanes),
            disk_bytes,
            warm_up_seconds: 0.0,
        };
        Ok(Self {
            job,
            work: lanes().map(|lanes| model.milliseconds(lanes)).sum(),
            model,
            estimate,
        })
    }

    /// Whether measuring is little beside the work.
    pub(super) fn is_worth_a_warm_up(&self) -> bool {
        let lanes = WARM_UP_LANES.min(self.job.plan.lanes);
        self.work > WORTH_A_WARM_UP * self.model.milliseconds(lanes)
    }

    /// Measures how long a unit of work takes on this machine.
    pub(super) fn measure(
        &mut self,
        progress: &dyn Progress,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<(), ExchangeError> {
        if self.estimate.proofs == 0 {
            self.estimate.proving_seconds = Some(0.0);
            return Ok(());
        }
        progress.stage("measuring a small batch", 1);
        let start = Instant::now();
        let small = self.job.small_batch(WARM_UP_LANES.min(self.job.plan.lanes))?;
        let lanes = small.statement.lanes;
        let making = Instant::now();
        let prover = prover_of(self.job, lanes)?;
        let key = making.elapsed().as_secs_f64();
        let proving = Instant::now();
        prover.prove(&small.statement, &small.witnesses, rng).map_err(unprovable)?;
        let batch = proving.elapsed().as_secs_f64();
        self.estimate.warm_up_seconds = start.elapsed().as_secs_f64();
        self.estimate.proving_seconds =
            Some(key + batch * self.work / self.model.milliseconds(lanes));
        progress.advance(1);
        Ok(())
    }
}
