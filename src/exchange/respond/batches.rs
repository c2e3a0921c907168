//! Batch by batch: canonical bytes, decisions, proof.

use std::path::Path;

use rand_core::CryptoRngCore;

use super::job::Job;
use super::unfinished::Unfinished;
use crate::argument::statement::Statement;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bag::MAX_PROOF_BYTES;
use crate::exchange::formats::bundle;
use crate::exchange::progress::Progress;
use crate::files::{read_capped, write_atomically};
use crate::proof::verifier::batches::BatchVerifiers;
use crate::proof::{Phase, ProofError, Prover, Timings, Watch};

/// Decisions of the batches asked for, and what it took to prove them.
#[derive(Default)]
pub(super) struct Proved {
    /// Leaf and decision of each document.
    pub(super) decisions: Vec<(u64, bool)>,
    /// Proofs found finished.
    pub(super) reused: u64,
    /// Documents proved in this run.
    pub(super) documents: u64,
    pub(super) phases: Timings,
}

/// Proves batches, except those that have a proof already.
pub(super) fn prove(
    job: &Job,
    batches: &[u64],
    unfinished: &Unfinished,
    progress: &dyn Progress,
    rng: &mut dyn CryptoRngCore,
) -> Result<Proved, ExchangeError> {
    let mut proved = Proved::default();
    let mut earlier = Earlier::new(job);
    let mut prover: Option<(u32, Prover)> = None;
    for index in batches.iter().copied() {
        let tell = |phase: Phase| {
            let (number, phase) = (index + 1, phase.name());
            progress.note(&format!("batch {number} of {}: {phase}", job.plan.batches));
        };
        let mut watch = Watch::new(&tell);
        let batch = watch.during(Phase::Inference, || job.batch(index))?;
        proved.decisions.extend(batch.decisions());
        let path = unfinished.path(&bundle::proof_name(index));
        let count = job.plan.batch(index).count;
        if earlier.proved(&batch.statement, &path)?.is_some() {
            proved.reused += 1;
        } else {
            let lanes = batch.statement.lanes;
            let prover = match &mut prover {
                Some((made_for, prover)) if *made_for == lanes => prover,
                other => {
                    let made = watch.during(Phase::Witness, || prover_of(job, lanes))?;
                    &mut other.insert((lanes, made)).1
                }
            };
            let proof = prover.prove_watched(&batch.statement, &batch.witnesses, &mut watch, rng);
            let proof = proof.map_err(unprovable)?;
            proved.documents += count;
            watch.during(Phase::Writing, || write_atomically(&path, 0o666, &proof))?;
        }
        proved.phases += watch.timings();
        progress.advance(count);
    }
    Ok(proved)
}

/// The prover of batches of `lanes` lanes.
pub(super) fn prover_of(job: &Job, lanes: u32) -> Result<Prover, ExchangeError> {
    Prover::new(job.request.program.clone(), job.plan.lane.copies, lanes).map_err(unprovable)
}

/// Proofs that an earlier run or another machine made.
pub(super) struct Earlier<'a> {
    job: &'a Job,
    /// Made when the first such proof is found.
    verifiers: Option<BatchVerifiers>,
}

impl<'a> Earlier<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        Self { job, verifiers: None }
    }

    /// The bytes of a file, if they are a proof of exactly this statement.
    pub(super) fn proved(
        &mut self,
        statement: &Statement,
        path: &Path,
    ) -> Result<Option<Vec<u8>>, ExchangeError> {
        if !path.exists() {
            return Ok(None);
        }
        let Job { request, plan, .. } = self.job;
        let verifiers = match &mut self.verifiers {
            Some(verifiers) => verifiers,
            none => none.insert(BatchVerifiers::new(&request.program, plan).map_err(unprovable)?),
        };
        let proof = read_capped(path, MAX_PROOF_BYTES)?;
        Ok(verifiers.verify(statement, &proof).is_ok().then_some(proof))
    }
}

pub(super) fn unprovable(error: ProofError) -> ExchangeError {
    ExchangeError::internal("proving", error)
}
