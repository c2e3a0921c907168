//! Check 4: every leaf's decision is proved, or it is shown to be committed as
//! unreadable or outside the view.

use super::Parsed;
use super::pass::{Lists, Row, again, if_unchanged};
use crate::argument::plan::{BatchShape, Plan};
use crate::argument::statement::{Context, Slot, Statement};
use crate::corpus::leaf::marker;
use crate::corpus::missing::Missing;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::formats::bag::{MANIFEST, MAX_PROOF_BYTES, ManifestReader};
use crate::exchange::formats::bundle;
use crate::exchange::formats::leaves::Status;
use crate::exchange::formats::request::CheckedRequest;
use crate::exchange::formats::sealed::Seal;
use crate::exchange::progress::Progress;
use crate::exchange::report::{Counts, Finding};
use crate::field::ScalarHex;
use crate::field::{self, Scalar};
use crate::proof::verifier::batches::{BatchVerifiers, at_a_time};
use rayon::prelude::*;
use std::collections::HashSet;

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Failure {
    Failure::new(Check::Decisions, subject, expected.to_string(), found.to_string())
}

/// A leaf with the requested view: its index, digest and decision.
type Readable = (u64, Scalar, bool);

pub(super) fn check(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<Finding, Stop> {
    let info = &parsed.info;
    progress.stage("verifying proofs", info.batches);
    let mut batches = Batches::new(parsed, request)?;
    // Half a digest: that two of them meet takes 2^64 tries.
    let mut seen = HashSet::new();
    let mut readable = 0u64;
    let lists = Lists { outside: true, unreadable: true, ..Lists::default() };
    let outcome = parsed.each(lists, |Row { leaf, record, outside, unreadable, .. }| {
        let digest = *record.digests.get(request.view_index).ok_or_else(|| {
            failed(bundle::LEAVES, "a digest of the requested view", "none").of_leaf(leaf)
        })?;
        let half: [u8; 16] = field::encode(&digest).first_chunk().copied().unwrap_or_default();
        if !seen.insert(half) {
            let failure = failed(bundle::LEAVES, "a digest of its own", ScalarHex(digest));
            return Err(failure.of_leaf(leaf).into());
        }
        let wrong = |subject: &str, expected: &str, found: &str| {
            Err(failed(subject, expected, found).of_leaf(leaf).into())
        };
        let opened = match (record.status, &outside, &unreadable) {
            (Status::Unreadable, None, Some(line)) => {
                counts.unreadable = counts.unreadable.saturating_add(1);
                Some((bundle::UNREADABLE, Missing::Unreadable(line.reason), line.salt))
            }
            (Status::Outside, Some(line), None) => {
                counts.outside = counts.outside.saturating_add(1);
                Some((bundle::OUTSIDE, Missing::Outside(line.kind), line.salt))
            }
            (Status::Matched | Status::Unmatched, None, None) => None,
            (Status::Unreadable, _, None) => {
                return wrong(
                    bundle::UNREADABLE,
                    "the reason why the document is unreadable",
                    "none",
                );
            }
            (Status::Outside, None, _) => {
                return wrong(bundle::OUTSIDE, "the kind of a document outside the view", "none");
            }
            (_, _, Some(_)) => {
                let expected = "no reason for a document that is not unreadable";
                return wrong(bundle::UNREADABLE, expected, "one");
            }
            (_, Some(_), None) => {
                let expected = "no kind for a document that is not outside the view";
                return wrong(bundle::OUTSIDE, expected, "one");
            }
        };
        if let Some((subject, missing, salt)) = opened {
            let made = marker(&request.request.view, missing, salt.0);
            if made != digest {
                let expected = format!("the marker {}", ScalarHex(digest));
                return Err(failed(subject, expected, ScalarHex(made)).of_leaf(leaf).into());
            }
            return Ok(());
        }
        let decision = record.status == Status::Matched;
        readable = readable.saturating_add(1);
        if readable > info.readable {
            let found = "more leaves with a decision";
            return Err(failed(bundle::INFO, format!("{} readable", info.readable), found).into());
        }
        counts.matching = counts.matching.saturating_add(u64::from(decision));
        batches.push((leaf, digest, decision), progress)
    });
    let outcome = outcome.and_then(|()| {
        if readable == info.readable {
            return batches.verify(progress);
        }
        Err(failed(bundle::INFO, format!("{} readable", info.readable), readable).into())
    });
    // The proofs are then those that the first check compared with the manifest.
    if_unchanged(outcome, [(batches.manifest.into_reading(), parsed.manifest)])?;
    Ok(Finding::Decisions {
        proofs: info.batches,
        proved: readable,
        matching: counts.matching,
        unreadable: counts.unreadable,
        outside: counts.outside,
    })
}

/// Documents of the batch being filled, and batches that wait to be verified
/// together.
struct Batches<'a> {
    parsed: &'a Parsed<'a>,
    context: Context,
    dummy: Slot,
    /// `None` if there is nothing to prove.
    verifiers: Option<BatchVerifiers>,
    plan: Plan,
    documents: Vec<Readable>,
    /// With the digest of each batch's proof.
    waiting: Vec<(Statement, [u8; 32])>,
    /// Batches that are verified at a time.
    at_a_time: usize,
    /// The manifest, at the next batch's proof.
    manifest: ManifestReader,
    next: u64,
}

impl<'a> Batches<'a> {
    fn new(parsed: &'a Parsed<'a>, request: &CheckedRequest) -> Result<Self, Stop> {
        let info = &parsed.info;
        let program = &request.program;
        let layout = BatchShape { copies: info.copies, lanes: info.lanes };
        let plan = Plan::new(program, info.readable, layout)
            .map_err(|error| failed(bundle::INFO, "a possible layout", error))?;
        if info.batches != plan.batches {
            let expected = format!("{} batches", plan.batches);
            return Err(failed(bundle::INFO, expected, info.batches).into());
        }
        // Where one batch holds all, its proof does not bind the number.
        let recorded = plan.recorded();
        if layout != recorded {
            let BatchShape { copies, lanes } = recorded;
            let expected = format!("{copies} copies in {lanes} lanes");
            let found = format!("{} copies in {} lanes", info.copies, info.lanes);
            return Err(failed(bundle::INFO, expected, found).into());
        }
        let verifiers = match plan.batches {
            0 => None,
            _ => Some(
                BatchVerifiers::new(program, &plan)
                    .map_err(|error| ExchangeError::internal("verifying", error))?,
            ),
        };
        let threads = rayon::current_num_threads();
        let commitment = parsed.commitment;
        let context = Context {
            header: commitment.header.digest(),
            root: commitment.root,
            request: request.digest,
        };
        Ok(Self {
            parsed,
            context,
            dummy: Slot::dummy(program),
            verifiers,
            plan,
            documents: Vec::new(),
            waiting: Vec::new(),
            at_a_time: at_a_time(&plan.lane, threads),
            manifest: again(parsed.bag, MANIFEST, parsed.bag.proof_digests(&parsed.first))?,
            next: 0,
        })
    }

    /// Adds the next document; verifies when as many batches wait as the
    /// machine's threads, or its memory, can take.
    fn push(&mut self, document: Readable, progress: &dyn Progress) -> Result<(), Stop> {
        self.documents.push(document);
        if (self.documents.len() as u64) < self.plan.batch(self.next).count {
            return Ok(());
        }
        let context = self.context.clone();
        let documents = std::mem::take(&mut self.documents);
        let statement =
            Statement::of_batch(context, &self.plan, self.next, &documents, &self.dummy);
        let digest = self.manifest.digest_of(&bundle::proof_name(self.next))?;
        self.waiting.push((statement, digest));
        self.next = self.next.saturating_add(1);
        if self.waiting.len() < self.at_a_time {
            return Ok(());
        }
        self.verify(progress)
    }

    /// Verifies what waits.
    fn verify(&mut self, progress: &dyn Progress) -> Result<(), Stop> {
        let waiting = std::mem::take(&mut self.waiting);
        let verify = |(statement, digest): &(Statement, [u8; 32])| {
            self.verify_one(statement, digest, progress)
        };
        let results: Vec<Result<(), Stop>> = waiting.par_iter().map(verify).collect();
        results.into_iter().collect()
    }

    fn verify_one(
        &self,
        statement: &Statement,
        digest: &[u8; 32],
        progress: &dyn Progress,
    ) -> Result<(), Stop> {
        let Some(verifiers) = &self.verifiers else { return Ok(()) };
        let name = bundle::proof_name(statement.batch);
        let bag = self.parsed.bag;
        let proof = again(bag, &name, bag.read(&name, MAX_PROOF_BYTES as usize))?;
        if Seal::of(&proof).digest != *digest {
            return Err(ExchangeError::Changed(bag.path(&name)).into());
        }
        let verified = verifiers.verify(statement, &proof);
        progress.advance(1);
        verified.map_err(|error| {
            let mut leaves = statement.slots.iter().filter_map(|slot| slot.leaf);
            let (first, last) = (leaves.next().unwrap_or(0), leaves.next_back());
            let expected =
                format!("a proof of the decisions of leaves {first} to {}", last.unwrap_or(first));
            failed(&name, expected, error).into()
        })
    }
}
