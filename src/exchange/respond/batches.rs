//! Batch by batch: canonical bytes, verdicts, proof.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use super::corpus::{Canonical, OpenCorpus};
use super::workplace::Workplace;
use crate::argument::plan::Plan;
use crate::argument::statement::{Context, Slot, Statement};
use crate::exchange::bag::MAX_PROOF_BYTES;
use crate::exchange::bundle;
use crate::exchange::error::ExchangeError;
use crate::exchange::leaves::Status;
use crate::exchange::progress::Progress;
use crate::exchange::proofs::Verifiers;
use crate::exchange::request::CheckedRequest;
use crate::files::{read_capped, write_atomically};
use crate::model::program::Program;
use crate::proof::{ProofError, Prover, Witness};

/// All verdicts, and what it took to prove them.
pub(super) struct Proved {
    pub(super) statuses: Vec<Status>,
    pub(super) reused: u64,
    /// Documents proved in this run.
    pub(super) documents: u64,
    pub(super) time: Duration,
}

pub(super) fn prove(
    corpus: &OpenCorpus,
    request: &CheckedRequest,
    plan: &Plan,
    present: &[u64],
    workplace: &Workplace,
    progress: &dyn Progress,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Proved, ExchangeError> {
    let documents = corpus.store.entries.len();
    let mut proved = Proved {
        statuses: vec![Status::Absent; documents],
        reused: 0,
        documents: 0,
        time: Duration::ZERO,
    };
    if plan.batches == 0 {
        return Ok(proved);
    }
    let context = Context {
        header: corpus.commitment.header.digest(),
        root: corpus.commitment.root,
        request: request.digest,
    };
    let program = &request.program;
    let dummy = Slot::dummy(program);
    let mut earlier = Earlier { program, plan, verifiers: None };
    let mut prover: Option<(u32, Prover)> = None;
    progress.stage("proving", present.len() as u64);
    for index in 0..plan.batches {
        let batch = plan.batch(index);
        let leaves = &present[batch.first as usize..(batch.first + batch.count) as usize];
        let (witnesses, documents) = canonical(corpus, request, leaves)?;
        for (leaf, _, verdict) in &documents {
            let status = if *verdict { Status::Matched } else { Status::Unmatched };
            proved.statuses[*leaf as usize] = status;
        }
        let statement = Statement::of_batch(context.clone(), plan, index, &documents, &dummy);
        let path = workplace.path(&bundle::proof_name(index));
        if earlier.proved(&statement, &path)? {
            proved.reused += 1;
        } else {
            let start = Instant::now();
            let prover = match &mut prover {
                Some((lanes, prover)) if *lanes == batch.lanes => prover,
                other => {
                    let new = Prover::new(program.clone(), plan.lane.copies, batch.lanes);
                    &mut other.insert((batch.lanes, new.map_err(unprovable)?)).1
                }
            };
            let proof = prover.prove(&statement, &witnesses, rng).map_err(unprovable)?;
            proved.time += start.elapsed();
            proved.documents += batch.count;
            write_atomically(&path, 0o666, &proof)?;
        }
        progress.advance(batch.count);
    }
    Ok(proved)
}

type Judged = (u64, crate::field::Scalar, bool);

/// Witness and verdict of each document of a batch.
fn canonical(
    corpus: &OpenCorpus,
    request: &CheckedRequest,
    leaves: &[u64],
) -> Result<(Vec<Witness>, Vec<Judged>), ExchangeError> {
    let results: Vec<_> = leaves
        .par_iter()
        .map(|leaf| {
            let Canonical { bytes, salt, digest } =
                corpus.canonical(*leaf, &request.request.view, request.view_index)?;
            let verdict = request.program.matches(&bytes);
            Ok((Witness { bytes, salt }, (*leaf, digest, verdict)))
        })
        .collect::<Result<_, ExchangeError>>()?;
    Ok(results.into_iter().unzip())
}

/// Proofs that an earlier run left.
struct Earlier<'a> {
    program: &'a Arc<Program>,
    plan: &'a Plan,
    /// Made when the first such proof is found.
    verifiers: Option<Verifiers>,
}

impl Earlier<'_> {
    /// Whether there is a proof of exactly this statement.
    fn proved(&mut self, statement: &Statement, path: &Path) -> Result<bool, ExchangeError> {
        if !path.exists() {
            return Ok(false);
        }
        let verifiers = match &mut self.verifiers {
            Some(verifiers) => verifiers,
            none => none.insert(Verifiers::new(self.program, self.plan).map_err(unprovable)?),
        };
        let proof = read_capped(path, MAX_PROOF_BYTES)?;
        Ok(verifiers.verify(statement, &proof).is_ok())
    }
}

fn unprovable(error: ProofError) -> ExchangeError {
    ExchangeError::input("proving", error, "report it, with the request")
}
