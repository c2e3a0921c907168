//! How long a response will take, and what it will need, before it is made.

use std::collections::BTreeMap;
use std::time::Instant;

use rand_core::{CryptoRng, RngCore};
use serde::Serialize;

use super::batches::{prover_of, unprovable};
use super::job::{Job, Question};
use super::shard::Shard;
use crate::argument::plan::{Plan, ROWS, STRIP_ROWS};
use crate::argument::rows::{PerKind, RowKind};
use crate::argument::shape::Shape;
use crate::argument::tables::Entries;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::leaves::Record;
use crate::exchange::progress::Progress;
use crate::proof::proof_len_of;

/// What a response, or a shard of it, will take.
#[derive(Clone, Debug, Serialize)]
pub struct Estimate {
    /// Documents of the corpus.
    pub documents: u64,
    /// Documents to be proved: those with the requested view, in this shard.
    pub to_prove: u64,
    /// Rows that one document's trace takes.
    pub rows_per_document: PerKind<usize>,
    /// Number of proofs.
    pub proofs: u64,
    /// Documents a full proof covers.
    pub documents_per_proof: u64,
    /// Seconds that proving will take on this machine; `None` if that was not
    /// measured because it is little.
    pub proving_seconds: Option<f64>,
    /// Most memory at a time.
    pub memory_bytes: u64,
    /// Size of proofs and leaves; the released files come on top.
    pub disk_bytes: u64,
    /// Seconds that the measured warm-up took.
    pub warm_up_seconds: f64,
}

/// Lanes of the warm-up: enough to keep all cores busy.
const WARM_UP_LANES: u32 = 4;
/// A response that takes less than so many warm-ups is begun without one.
const WORTH_A_WARM_UP: f64 = 20.0;

/// Predicts from the cost model and one measured batch of few lanes.
///
/// # Errors
/// As for the response itself.
pub fn estimate(
    question: &Question<'_>,
    shard: Option<Shard>,
    progress: &dyn Progress,
    rng: &mut (impl RngCore + CryptoRng),
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
    model: Model,
    /// Cost of all batches, in the model's unit.
    work: f64,
    pub(super) estimate: Estimate,
}

impl<'a> Prediction<'a> {
    pub(super) fn new(job: &'a Job, batches: &[u64]) -> Result<Self, ExchangeError> {
        let Job { plan, request, corpus, .. } = job;
        let model = Model::of(job);
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
            memory_bytes: model.memory(plan.lanes),
            disk_bytes,
            warm_up_seconds: 0.0,
        };
        Ok(Self { job, work: lanes().map(|lanes| model.work(lanes)).sum(), model, estimate })
    }

    /// Whether measuring is little beside the work.
    pub(super) fn is_worth_a_warm_up(&self) -> bool {
        let lanes = WARM_UP_LANES.min(self.job.plan.lanes);
        self.work > WORTH_A_WARM_UP * self.model.work(lanes)
    }

    /// Measures how long a unit of work takes on this machine.
    pub(super) fn measure(
        &mut self,
        progress: &dyn Progress,
        rng: &mut (impl RngCore + CryptoRng),
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
        self.estimate.proving_seconds = Some(key + batch * self.work / self.model.work(lanes));
        progress.advance(1);
        Ok(())
    }
}

/// Cost of a batch, in milliseconds of the machine on which it was fitted;
/// `docs/performance.md` has the fit. Only proportions matter.
struct Model {
    /// What each lane adds.
    lane: f64,
    /// What a batch costs however many lanes it has.
    batch: f64,
    /// Data and helper columns of a lane.
    lane_columns: f64,
    /// Columns shared by all lanes.
    batch_columns: f64,
}

impl Model {
    fn of(job: &Job) -> Self {
        let Plan { lane, .. } = &job.plan;
        let copies = f64::from(lane.copies);
        let strips = |kind: RowKind| lane.strips(kind) as f64;
        // Commitments cost by the row, transforms by the column.
        let full = |kind: RowKind| lane.rows(kind) as f64 * copies / STRIP_ROWS as f64;
        let cost = |kind: RowKind, strip: f64, rows: f64| strip * strips(kind) + rows * full(kind);
        let program = &job.request.program;
        let groups = Entries::of(program).as_slice().len().div_ceil(ROWS) as f64;
        let relations = Shape::of(program).relations as f64 * copies / ROWS as f64;
        let data = lane.columns() as f64;
        // The sponge and the program are run for each document.
        let documents = copies * lane.rows(RowKind::Sbox) as f64 / 220.0;
        Self {
            lane: cost(RowKind::Table, 9.0, 9.0)
                + cost(RowKind::Sbox, 8.0, 12.0)
                + cost(RowKind::Product, 9.0, 12.0)
                + documents,
            batch: 110.0 + 12.0 * groups + 2.0 * data + relations,
            lane_columns: data + strips(RowKind::Table) * 2.0 / 3.0,
            batch_columns: data + 3.0 * groups + 12.0,
        }
    }

    fn work(&self, lanes: u32) -> f64 {
        self.batch + self.lane * f64::from(lanes)
    }

    /// Bytes: what the process needs in any case, then each column in its
    /// forms.
    fn memory(&self, lanes: u32) -> u64 {
        let columns = self.batch_columns + self.lane_columns * f64::from(lanes);
        (60e6 + columns * 0.45e6) as u64
    }
}
