//! The prover's side of one batch proof.

mod absorb;
mod opening;
mod quotient;
mod rounds;

use std::sync::Arc;

use ff::Field;
use halo2_proofs::plonk::{VerifyingKey, keygen_vk_with_k};
use halo2_proofs::poly::{Coeff, Polynomial};
use halo2curves::G1Projective;
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use self::opening::slices;
use self::quotient::Domains;
use self::rounds::{Rounds, fixed_polynomials};
use super::circuit::BatchCircuit;
use super::columns::advice::{self, SecondPhase, Witness as Columns};
use super::columns::public::public_columns;
use super::columns::{coefficients, data};
use super::error::ProofError;
use super::fixed_columns::FixedColumns;
use super::gates::Drawn;
use super::phases::{Phase, Watch};
use super::scheme::{Bases, Kzg, prover_bases};
use super::setup::{self, points};
use crate::argument::adjoint::Coefficients;
use crate::argument::deferred::{Deferred, DeferredRows, Folding};
use crate::argument::lane::{LaneLayout, ROWS};
use crate::argument::shape::Shape;
use crate::argument::statement::{Slot, Statement};
use crate::argument::tables::Entries;
use crate::argument::trace::{ChunkDigests, Trace};
use crate::argument::transcript::{FirstRound, Keys, Schedule, SecondRound};
use crate::field::Scalar;
use crate::model::program::Program;

/// A document as the prover knows it: the bytes of its view and their salt.
#[derive(Clone)]
pub struct Witness {
    /// The bytes of the view.
    pub bytes: Vec<u8>,
    /// The salt under which their digest was committed to.
    pub salt: Scalar,
    /// The digests of the view's chunks, if it is in chunks and they are known; else
    /// they are computed. False ones are found out: the view's digest follows from them.
    pub chunks: Option<ChunkDigests>,
}

impl Witness {
    /// A document of which nothing else is known.
    #[must_use]
    pub const fn new(bytes: Vec<u8>, salt: Scalar) -> Self {
        Self { bytes, salt, chunks: None }
    }

    fn trace(&self, program: &Program, shape: &Shape) -> Trace {
        let Self { bytes, salt, chunks } = self;
        match chunks {
            Some(_) => Trace::of_hashed(program, shape, bytes, *salt, chunks.as_ref()),
            None => Trace::of(program, shape, bytes, *salt),
        }
    }
}

/// Proves batches of one program and layout.
pub struct Prover {
    program: Arc<Program>,
    shape: Shape,
    entries: Entries,
    fixed_columns: Arc<FixedColumns>,
    bases: &'static Bases,
    key: VerifyingKey<Scalar, Kzg>,
    domains: Domains,
    /// The fixed columns as polynomials.
    fixed: Vec<Polynomial<Scalar, Coeff>>,
    keys: Keys,
}

impl Prover {
    /// Makes the proving key for a program, for `copies` documents per lane and
    /// `lanes` lanes.
    ///
    /// # Errors
    /// If the setup is not the ceremony's.
    pub fn new(program: Arc<Program>, copies: u32, lanes: u32) -> Result<Self, ProofError> {
        let setup = setup::ethereum()?;
        let bases = prover_bases()?;
        let shape = Shape::of(&program);
        let lane = LaneLayout::new(&shape, copies);
        let fixed_columns = Arc::new(FixedColumns::new(&program, &shape, lane, lanes as usize));
        let circuit = BatchCircuit { fixed_columns: fixed_columns.clone() };
        let key = keygen_vk_with_k(bases, &circuit, ROWS.ilog2())?;
        let keys = Keys { setup: setup.digest, verifying_key: key.transcript_repr() };
        let mut domains = Domains::new();
        let fixed = fixed_polynomials(&key, &fixed_columns, &domains);
        domains.hold(&slices(&fixed));
        let entries = Entries::of(&program);
        Ok(Self { program, shape, entries, fixed_columns, bases, key, domains, fixed, keys })
    }

    /// The same on a processor without vectors, with no fixed column at hand.
    #[cfg(test)]
    pub(super) fn plain(self) -> Self {
        Self { domains: Domains::with(super::plain::Plain::new()), ..self }
    }

    /// Proves a statement; `documents` are those of its slots that are no
    /// dummies, in order.
    ///
    /// # Errors
    /// If the statement does not fit the key, or is not true of the documents.
    pub fn prove(
        &self,
        statement: &Statement,
        documents: &[Witness],
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Vec<u8>, ProofError> {
        self.prove_watched(statement, documents, &mut Watch::new(&|_| ()), rng)
    }

    /// As [`Self::prove`], watched.
    ///
    /// # Errors
    /// As [`Self::prove`].
    pub fn prove_watched(
        &self,
        statement: &Statement,
        documents: &[Witness],
        watch: &mut Watch<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Vec<u8>, ProofError> {
        let traces = watch.during(Phase::Witness, || self.traces(statement, documents))?;
        self.prove_traces(statement, traces, watch, rng)
    }

    /// The trace of each slot; empty slots take the dummy's.
    fn traces(
        &self,
        statement: &Statement,
        documents: &[Witness],
    ) -> Result<Vec<Trace>, ProofError> {
        if statement.slots.len() != self.fixed_columns.slots() {
            return Err(ProofError::Statement("another number of slots"));
        }
        if statement.slots.iter().filter(|slot| slot.leaf.is_some()).count() != documents.len() {
            return Err(ProofError::Statement("another number of documents"));
        }
        if documents.iter().any(|d| d.bytes.len() != self.program.input_len()) {
            return Err(ProofError::Statement("a view has another length"));
        }
        let dummy = Witness::new(vec![0; self.program.input_len()], Scalar::ZERO);
        let mut documents = documents.iter();
        let witnesses: Vec<&Witness> = statement
            .slots
            .iter()
            .map(|slot| slot.leaf.and_then(|_| documents.next()).unwrap_or(&dummy))
            .collect();
        let traces: Vec<Trace> = witnesses
            .into_par_iter()
            .map(|witness| witness.trace(&self.program, &self.shape))
            .collect();
        let true_of = |(trace, slot): (&Trace, &Slot)| {
            trace.digest == slot.digest && trace.decision == slot.decision
        };
        if !traces.iter().zip(&statement.slots).all(true_of) {
            return Err(ProofError::Statement("a digest or decision is not the document's"));
        }
        Ok(traces)
    }

    /// Proves the traces of all slots.
    fn prove_traces(
        &self,
        statement: &Statement,
        traces: Vec<Trace>,
        watch: &mut Watch<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Vec<u8>, ProofError> {
        let (first, multiplicities) = watch.during(Phase::Witness, || {
            let all: Vec<&Trace> = traces.iter().collect();
            let first = data::first_round(&self.fixed_columns.lane, &all, rng);
            let counts = advice::count_lookups(&self.shape, &self.entries, &all);
            let ids = advice::count_ids(&self.program, &all);
            (first, advice::multiplicity_columns(&counts, &ids))
        });
        let deferred: Vec<Deferred> = traces.into_iter().map(|trace| trace.deferred).collect();
        let second = |folding: &Folding| {
            let rows = |deferred: &Deferred| folding.rows(&self.program, deferred);
            (deferred.iter().map(rows).collect(), multiplicities)
        };
        self.prove_columns(statement, first, second, |_, _| (), watch, rng)
    }

    /// Commits to data columns, draws τ, commits to those of the rows that `second` gives
    /// for each slot, draws ρ and proves with the multiplicities that it gives besides,
    /// whatever the columns hold: the tests' dishonest provers start here. An honest one
    /// forges nothing.
    pub(super) fn prove_columns(
        &self,
        statement: &Statement,
        first: Vec<Vec<Scalar>>,
        second: impl FnOnce(&Folding) -> (Vec<DeferredRows>, Vec<Vec<Scalar>>),
        forge: impl FnOnce(&mut SecondPhase, &Drawn),
        watch: &mut Watch<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Vec<u8>, ProofError> {
        let lane = &self.fixed_columns.lane;
        let (first_points, first_encoded) = self.commit(&first, watch);
        let schedule = Schedule::new(statement, &self.keys).commit(FirstRound(&first_encoded));
        let schedule = schedule.draw();
        let (second, multiplicities, public) = watch.during(Phase::Witness, || {
            let folding = Folding::of(&self.program, schedule.tau());
            let (rows, multiplicities) = second(&folding);
            (data::second_round(lane, &rows, rng), multiplicities, public_columns(&folding))
        });
        let (second_points, second_encoded) = self.commit(&second, watch);
        let challenges = schedule.commit(SecondRound(&second_encoded)).challenges();
        let data = lane.by_lane([first, second]);
        let commitments = lane.by_lane([first_points, second_points]);
        let encoded = lane.by_lane([first_encoded, second_encoded]);
        let witness = watch.during(Phase::Witness, || {
            let weights = Coefficients::of(&self.program, &self.shape, challenges.weights);
            Columns {
                data,
                multiplicities,
                public,
                coefficients: coefficients::coefficient_columns(&self.fixed_columns, &weights),
                rhs: coefficients::rhs_column(&self.fixed_columns, &weights, &statement.slots),
            }
        });
        let rounds = Rounds {
            key: &self.key,
            bases: self.bases,
            fixed_columns: &self.fixed_columns,
            domains: &self.domains,
            fixed: &self.fixed,
        };
        let mut proof = encoded.concat();
        proof.extend(rounds.prove(witness, &commitments, challenges.binding, forge, watch, rng)?);
        Ok(proof)
    }

    /// Commitments to data columns, as points and as bytes.
    fn commit(
        &self,
        columns: &[Vec<Scalar>],
        watch: &mut Watch<'_>,
    ) -> (Vec<G1Projective>, Vec<[u8; 48]>) {
        let commit = |column: &Vec<Scalar>| self.bases.commit_to_column(column);
        let points: Vec<G1Projective> =
            watch.during(Phase::Commitments, || columns.par_iter().map(commit).collect());
        let encoded = points.par_iter().map(points::encode).collect();
        (points, encoded)
    }
}
