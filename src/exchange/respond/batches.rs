//! Batch by batch: canonical bytes, decisions, proof.

use std::ops::AddAssign;
use std::path::Path;
use std::time::Instant;

use rand_core::{CryptoRng, RngCore};
use serde::Serialize;

use super::job::Job;
use super::unfinished::Unfinished;
use crate::argument::statement::Statement;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::bag::MAX_PROOF_BYTES;
use crate::exchange::formats::bundle;
use crate::exchange::progress::Progress;
use crate::exchange::proofs::Verifiers;
use crate::files::{read_capped, write_atomically};
use crate::proof::{Phase, ProofError, Prover, Timings, Watch};

/// Where the seconds of proving went.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Phases {
    /// Reading documents and running the program.
    pub inference: f64,
    /// Keys, traces, coefficients and helper columns.
    pub witness: f64,
    /// Commitments to columns.
    pub commitments: f64,
    /// Transforms and the quotient.
    pub quotient: f64,
    /// Evaluations are opened.
    pub opening: f64,
    /// Proofs are written to the disk.
    pub writing: f64,
}

impl AddAssign<Timings> for Phases {
    fn add_assign(&mut self, timings: Timings) {
        self.witness += timings.witness.as_secs_f64();
        self.commitments += timings.commitments.as_secs_f64();
        self.quotient += timings.quotient.as_secs_f64();
        self.opening += timings.opening.as_secs_f64();
    }
}

impl Phases {
    /// Seconds of all phases that make proofs.
    pub(super) fn proving(&self) -> f64 {
        self.witness + self.commitments + self.quotient + self.opening
    }
}

/// Decisions of the batches asked for, and what it took to prove them.
#[derive(Default)]
pub(super) struct Proved {
    /// Leaf and decision of each document.
    pub(super) decisions: Vec<(u64, bool)>,
    /// Proofs found finished.
    pub(super) reused: u64,
    /// Documents proved in this run.
    pub(super) documents: u64,
    pub(super) phases: Phases,
}

/// Proves batches, except those that have a proof already.
pub(super) fn prove(
    job: &Job,
    batches: &[u64],
    unfinished: &Unfinished,
    progress: &dyn Progress,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Proved, ExchangeError> {
    let mut proved = Proved::default();
    let mut earlier = Earlier::new(job);
    let mut prover: Option<(u32, Prover)> = None;
    for index in batches.iter().copied() {
        let note = |phase: &str| {
            progress.note(&format!("batch {} of {}: {phase}", index + 1, job.plan.batches));
        };
        note("reading");
        let start = Instant::now();
        let batch = job.batch(index)?;
        proved.phases.inference += start.elapsed().as_secs_f64();
        proved.decisions.extend(batch.decisions());
        let path = unfinished.path(&bundle::proof_name(index));
        let count = job.plan.batch(index).count;
        if earlier.proved(&batch.statement, &path)?.is_some() {
            proved.reused += 1;
        } else {
            let start = Instant::now();
            let lanes = batch.statement.lanes;
            let prover = match &mut prover {
                Some((made_for, prover)) if *made_for == lanes => prover,
                other => &mut other.insert((lanes, prover_of(job, lanes)?)).1,
            };
            proved.phases.witness += start.elapsed().as_secs_f64();
            let tell = |phase: Phase| note(phase.name());
            let mut watch = Watch::new(&tell);
            let proof = prover.prove_watched(&batch.statement, &batch.witnesses, &mut watch, rng);
            let proof = proof.map_err(unprovable)?;
            proved.phases += watch.timings();
            proved.documents += count;
            let start = Instant::now();
            write_atomically(&path, 0o666, &proof)?;
            proved.phases.writing += start.elapsed().as_secs_f64();
        }
        progress.advance(count);
    }
    Ok(proved)
}

/// The prover of batches of so many lanes.
pub(super) fn prover_of(job: &Job, lanes: u32) -> Result<Prover, ExchangeError> {
    Prover::new(job.request.program.clone(), job.plan.lane.copies, lanes).map_err(unprovable)
}

/// Proofs that an earlier run or another machine made.
pub(super) struct Earlier<'a> {
    job: &'a Job,
    /// Made when the first such proof is found.
    verifiers: Option<Verifiers>,
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
            none => none.insert(Verifiers::new(&request.program, plan).map_err(unprovable)?),
        };
        let proof = read_capped(path, MAX_PROOF_BYTES)?;
        Ok(verifiers.verify(statement, &proof).is_ok().then_some(proof))
    }
}

pub(super) fn unprovable(error: ProofError) -> ExchangeError {
    ExchangeError::internal("proving", error)
}
