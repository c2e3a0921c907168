//! A request and the corpus that it is about, checked against each other and
//! cut into batches.

use std::path::Path;

use rayon::prelude::*;

use super::corpus::Canonical;
use crate::argument::plan::{BatchShape, Plan};
use crate::argument::statement::{Context, Slot, Statement};
use crate::corpus::missing::Missing;
use crate::corpus::store::Entry;
use crate::exchange::error::ExchangeError;
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::request::{self, CheckedRequest};
use crate::exchange::held::OpenCorpus;
use crate::exchange::progress::Progress;
use crate::proof::Witness;
use crate::readers;

/// What is asked of which corpus.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The documents.
    pub corpus: &'a Path,
    /// The folder that `commit-corpus` wrote, or `PUBLIC/commitment.json` in it.
    pub commitment: &'a Path,
    /// The request's folder.
    pub request: &'a Path,
    /// Documents a proof, about; `None` chooses.
    pub batch: Option<u64>,
}

/// A question that can be answered.
pub(super) struct Job {
    pub(super) corpus: OpenCorpus,
    pub(super) request: CheckedRequest,
    pub(super) plan: Plan,
    /// The leaves that have the requested view, in order.
    readable: Vec<u64>,
    context: Context,
    dummy: Slot,
}

/// What one batch takes: everything but the proof.
pub(super) struct Batch {
    pub(super) statement: Statement,
    pub(super) witnesses: Vec<Witness>,
}

impl Job {
    /// Checks everything that can be checked before any work: the request,
    /// that the opening store belongs to the commitment, and that the files
    /// are still those committed.
    pub(super) fn open(
        question: &Question<'_>,
        progress: &dyn Progress,
    ) -> Result<Self, ExchangeError> {
        let corpus = OpenCorpus::open(question.corpus, question.commitment)?;
        let request = request::load(question.request, &corpus.commitment)?;
        corpus.check_files(progress)?;
        let readable = corpus.readable(request.view_index);
        let documents = readable.len() as u64;
        let program = &request.program;
        let refused = |error| ExchangeError::input("--batch", error, "choose another size");
        let layout = Plan::choose(program, documents, question.batch).map_err(refused)?;
        let plan = Plan::new(program, documents, layout).map_err(refused)?;
        let context = Context {
            header: corpus.commitment.header.digest(),
            root: corpus.commitment.root,
            request: request.digest,
        };
        let dummy = Slot::dummy(program);
        Ok(Self { corpus, request, plan, readable, context, dummy })
    }

    /// The leaves that have the requested view, in order.
    pub(super) fn readable(&self) -> &[u64] {
        &self.readable
    }

    pub(super) fn layout(&self) -> BatchShape {
        BatchShape { copies: self.plan.lane.copies, lanes: self.plan.lanes }
    }

    /// Reads a batch's documents and runs the program on them.
    pub(super) fn batch(&self, index: u64) -> Result<Batch, ExchangeError> {
        self.batch_of(&self.plan, index)
    }

    /// As [`Self::batch`], the first one of a plan with fewer lanes.
    pub(super) fn small_batch(&self, lanes: u32) -> Result<Batch, ExchangeError> {
        let slots = u64::from(lanes) * u64::from(self.plan.lane.copies);
        let documents = self.plan.documents.min(slots);
        self.batch_of(&Plan { lanes, documents, batches: 1, ..self.plan }, 0)
    }

    fn batch_of(&self, plan: &Plan, index: u64) -> Result<Batch, ExchangeError> {
        let batch = plan.batch(index);
        let leaves = &self.readable[batch.first as usize..(batch.first + batch.count) as usize];
        let judge = |leaf: &u64| {
            let view = &self.request.request.view;
            let Canonical { bytes, salt, digest, chunks } =
                self.corpus.canonical(*leaf, view, self.request.view_index)?;
            let decision = self.request.program.matches(&bytes);
            Ok((Witness { bytes, salt, chunks }, (*leaf, digest, decision)))
        };
        let judged: Vec<_> = readers::in_parallel(|| {
            leaves.par_iter().map(judge).collect::<Result<_, ExchangeError>>()
        })?;
        let (witnesses, documents): (Vec<_>, Vec<_>) = judged.into_iter().unzip();
        let context = self.context.clone();
        let statement = Statement::of_batch(context, plan, index, &documents, &self.dummy);
        Ok(Batch { statement, witnesses })
    }

    /// What the bundle will say of every document.
    pub(super) fn statuses(&self, decisions: &[(u64, bool)]) -> Vec<Status> {
        let index = self.request.view_index;
        let missing = |entry: &Entry| match entry.views.get(index).and_then(|view| view.missing) {
            Some(Missing::Outside(_)) => Status::Outside,
            _ => Status::Unreadable,
        };
        let mut statuses: Vec<Status> = self.corpus.store.entries.iter().map(missing).collect();
        for (leaf, decision) in decisions {
            statuses[*leaf as usize] = if *decision { Status::Matched } else { Status::Unmatched };
        }
        statuses
    }
}

impl Batch {
    /// Leaf and decision of each of its documents.
    pub(super) fn decisions(&self) -> impl Iterator<Item = (u64, bool)> + '_ {
        self.statement.slots.iter().filter_map(|slot| Some((slot.leaf?, slot.decision)))
    }
}
