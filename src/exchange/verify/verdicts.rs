//! Check 4: every leaf's verdict is proved, or its absence opened.

use std::collections::HashSet;

use rayon::prelude::*;

use super::{Counts, Parsed};
use crate::argument::plan::{Layout, Plan};
use crate::argument::statement::{Context, Slot, Statement};
use crate::corpus::leaf::absent_marker;
use crate::exchange::bag::MAX_PROOF_BYTES;
use crate::exchange::bundle;
use crate::exchange::error::{Check, ExchangeError, Failure, Stop};
use crate::exchange::leaves::Status;
use crate::exchange::progress::Progress;
use crate::exchange::proofs::Verifiers;
use crate::exchange::request::CheckedRequest;
use crate::exchange::text::Element;
use crate::field::{self, Scalar};

fn failed(subject: &str, expected: impl ToString, found: impl ToString) -> Failure {
    Failure::new(Check::Verdicts, subject, expected.to_string(), found.to_string())
}

/// A leaf with the requested view: its index, digest and verdict.
type Present = (u64, Scalar, bool);

pub(super) fn check(
    parsed: &Parsed<'_>,
    request: &CheckedRequest,
    counts: &mut Counts,
    progress: &dyn Progress,
) -> Result<String, Stop> {
    let info = &parsed.info;
    let mut batches = Batches::new(parsed, request)?;
    progress.stage("verifying proofs", info.batches);
    let mut absences = parsed.absences()?;
    // Half a digest: that two of them meet takes 2^64 tries.
    let mut seen = HashSet::new();
    let mut present = 0u64;
    for leaf in parsed.leaves()? {
        let (leaf, record) = leaf?;
        let digest = *record.digests.get(request.view_index).ok_or_else(|| {
            failed(bundle::LEAVES, "a digest of the requested view", "none").of_document(leaf)
        })?;
        let half: [u8; 16] = field::encode(&digest).first_chunk().copied().unwrap_or_default();
        if !seen.insert(half) {
            let failure = failed(bundle::LEAVES, "a digest of its own", Element(digest));
            return Err(failure.of_document(leaf).into());
        }
        let absence = absences.of_leaf(leaf)?;
        let verdict = match (record.status, absence) {
            (Status::Absent, None) => {
                let failure = failed(bundle::ABSENT, "an opened absence", "none");
                return Err(failure.of_document(leaf).into());
            }
            (Status::Matched | Status::Unmatched, Some(_)) => {
                let failure = failed(bundle::ABSENT, "no absence of a judged document", "one");
                return Err(failure.of_document(leaf).into());
            }
            (Status::Absent, Some(absence)) => {
                let marker = absent_marker(&request.request.view, absence.reason, absence.salt.0);
                if marker != digest {
                    let expected = format!("the absent marker {}", Element(digest));
                    let failure = failed(bundle::ABSENT, expected, Element(marker));
                    return Err(failure.of_document(leaf).into());
                }
                counts.absent = counts.absent.saturating_add(1);
                continue;
            }
            (Status::Matched, None) => true,
            (Status::Unmatched, None) => false,
        };
        present = present.saturating_add(1);
        if present > info.present {
            let found = "more leaves with a verdict";
            return Err(failed(bundle::INFO, format!("{} present", info.present), found).into());
        }
        counts.matched = counts.matched.saturating_add(u64::from(verdict));
        batches.push((leaf, digest, verdict), progress)?;
    }
    if present != info.present {
        return Err(failed(bundle::INFO, format!("{} present", info.present), present).into());
    }
    batches.verify(progress)?;
    Ok(format!(
        "{} proofs give the verdicts of {present} documents, {} of them matching; {} are opened as absent",
        info.batches, counts.matched, counts.absent
    ))
}

/// Documents of the batch being filled, and batches that wait for a turn of
/// the machine's threads.
struct Batches<'a> {
    parsed: &'a Parsed<'a>,
    context: Context,
    dummy: Slot,
    /// `None` if there is nothing to prove.
    verifiers: Option<Verifiers>,
    plan: Plan,
    documents: Vec<Present>,
    waiting: Vec<Statement>,
    next: u64,
}

impl<'a> Batches<'a> {
    fn new(parsed: &'a Parsed<'a>, request: &CheckedRequest) -> Result<Self, Stop> {
        let info = &parsed.info;
        let program = &request.program;
        let layout = Layout { copies: info.copies, lanes: info.lanes };
        let plan = Plan::new(program, info.present, layout)
            .map_err(|error| failed(bundle::INFO, "a possible layout", error))?;
        if info.batches != plan.batches {
            let expected = format!("{} batches", plan.batches);
            return Err(failed(bundle::INFO, expected, info.batches).into());
        }
        let verifiers = match plan.batches {
            0 => None,
            _ => Some(Verifiers::new(program, &plan).map_err(|error| {
                ExchangeError::input("verifying", error, "install candor again")
            })?),
        };
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
            next: 0,
        })
    }

    /// Adds the next document; verifies when there is work for every thread.
    fn push(&mut self, document: Present, progress: &dyn Progress) -> Result<(), Stop> {
        self.documents.push(document);
        if (self.documents.len() as u64) < self.plan.batch(self.next).count {
            return Ok(());
        }
        let context = self.context.clone();
        let documents = std::mem::take(&mut self.documents);
        let statement =
            Statement::of_batch(context, &self.plan, self.next, &documents, &self.dummy);
        self.waiting.push(statement);
        self.next = self.next.saturating_add(1);
        if self.waiting.len() < rayon::current_num_threads() {
            return Ok(());
        }
        self.verify(progress)
    }

    fn verify(&mut self, progress: &dyn Progress) -> Result<(), Stop> {
        let waiting = std::mem::take(&mut self.waiting);
        let results: Vec<Result<(), Stop>> =
            waiting.par_iter().map(|statement| self.verify_one(statement, progress)).collect();
        results.into_iter().collect()
    }

    fn verify_one(&self, statement: &Statement, progress: &dyn Progress) -> Result<(), Stop> {
        let name = bundle::proof_name(statement.batch);
        let proof = self.parsed.bag.read(&name, MAX_PROOF_BYTES as usize)?;
        let Some(verifiers) = &self.verifiers else { return Ok(()) };
        let verified = verifiers.verify(statement, &proof);
        progress.advance(1);
        verified.map_err(|error| {
            let mut leaves = statement.slots.iter().filter_map(|slot| slot.leaf);
            let (first, last) = (leaves.next().unwrap_or(0), leaves.next_back());
            let expected =
                format!("a proof of the verdicts of leaves {first} to {}", last.unwrap_or(first));
            failed(&name, expected, error).into()
        })
    }
}
