//! The prover's side of one batch proof.

use std::sync::Arc;

use ff::Field;
use halo2_proofs::plonk::{ProvingKey, create_proof, keygen_pk, keygen_vk_with_k};
use halo2_proofs::transcript::Transcript;
use rand_core::{CryptoRng, RngCore};
use rayon::prelude::*;

use super::blueprint::Blueprint;
use super::circuit::BatchCircuit;
use super::columns::{self, Witness as Columns};
use super::scheme::{Bases, Kzg, prover_bases};
use super::{ProofError, ProofTranscript, points, setup};
use crate::argument::adjoint::Coefficients;
use crate::argument::plan::{Lane, ROWS};
use crate::argument::shape::Shape;
use crate::argument::statement::{Keys, Statement};
use crate::argument::tables::Entries;
use crate::argument::trace::Trace;
use crate::field::Scalar;
use crate::model::program::Program;

/// A document as the prover knows it: the bytes of its view and their salt.
#[derive(Clone)]
pub struct Witness {
    /// The bytes of the view.
    pub bytes: Vec<u8>,
    /// The salt under which their digest was committed to.
    pub salt: Scalar,
}

/// Proves batches of one program and layout.
pub struct Prover {
    program: Arc<Program>,
    shape: Shape,
    entries: Entries,
    blueprint: Arc<Blueprint>,
    bases: &'static Bases,
    key: ProvingKey<Scalar, Kzg>,
    keys: Keys,
    /// What a dishonest prover does to its second phase.
    #[cfg(test)]
    pub(super) forge: Option<fn(&mut columns::SecondPhase)>,
}

impl Prover {
    /// Makes the proving key for a program, so many copies a lane and so many
    /// lanes a batch.
    ///
    /// # Errors
    /// If the setup is not the ceremony's.
    pub fn new(program: Arc<Program>, copies: u32, lanes: u32) -> Result<Self, ProofError> {
        let setup = setup::ethereum()?;
        let bases = prover_bases()?;
        let shape = Shape::of(&program);
        let lane = Lane::new(&shape, copies);
        let blueprint = Arc::new(Blueprint::new(&program, &shape, lane, lanes as usize));
        let circuit = BatchCircuit { blueprint: blueprint.clone(), witness: None };
        let key = keygen_vk_with_k(bases, &circuit, ROWS.ilog2())?;
        let keys = Keys { setup: setup.digest, verifying_key: key.transcript_repr() };
        let key = keygen_pk(key, &circuit)?;
        let entries = Entries::of(&program);
        Ok(Self {
            program,
            shape,
            entries,
            blueprint,
            bases,
            key,
            keys,
            #[cfg(test)]
            forge: None,
        })
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
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, ProofError> {
        let traces = self.traces(statement, documents)?;
        self.prove_traces(statement, &traces, rng)
    }

    /// The trace of each slot; empty slots take the dummy's.
    fn traces(
        &self,
        statement: &Statement,
        documents: &[Witness],
    ) -> Result<Vec<Trace>, ProofError> {
        let slots = self.blueprint.lanes * self.blueprint.lane.copies as usize;
        if statement.slots.len() != slots {
            return Err(ProofError::Statement("another number of slots"));
        }
        if statement.slots.iter().filter(|slot| slot.leaf.is_some()).count() != documents.len() {
            return Err(ProofError::Statement("another number of documents"));
        }
        if documents.iter().any(|d| d.bytes.len() != self.program.input_len()) {
            return Err(ProofError::Statement("a view has another length"));
        }
        let dummy = Witness { bytes: vec![0; self.program.input_len()], salt: Scalar::ZERO };
        let mut documents = documents.iter();
        let witnesses: Vec<&Witness> = statement
            .slots
            .iter()
            .map(|slot| slot.leaf.and_then(|_| documents.next()).unwrap_or(&dummy))
            .collect();
        let traces: Vec<Trace> = witnesses
            .into_par_iter()
            .map(|w| Trace::of(&self.program, &self.shape, &w.bytes, w.salt))
            .collect();
        let true_of = |(trace, slot): (&Trace, &crate::argument::statement::Slot)| {
            trace.digest == slot.digest && trace.verdict == slot.verdict
        };
        if !traces.iter().zip(&statement.slots).all(true_of) {
            return Err(ProofError::Statement("a digest or verdict is not the document's"));
        }
        Ok(traces)
    }

    /// Proves the traces of all slots.
    fn prove_traces(
        &self,
        statement: &Statement,
        traces: &[Trace],
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, ProofError> {
        let traces: Vec<&Trace> = traces.iter().collect();
        let data = columns::data_columns(&self.blueprint.lane, &traces, rng);
        let counts = columns::count_lookups(&self.shape, &self.entries, &traces);
        self.prove_columns(statement, data, columns::multiplicity_columns(&counts), rng)
    }

    /// Commits to data columns, draws ρ and proves, whatever they hold: the
    /// tests' dishonest provers start here.
    pub(super) fn prove_columns(
        &self,
        statement: &Statement,
        data: Vec<Vec<Scalar>>,
        multiplicities: Vec<Vec<Scalar>>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<u8>, ProofError> {
        let commitments: Vec<[u8; 48]> = data
            .iter()
            .map(|column| points::encode(&self.bases.commit_and_remember(column)))
            .collect();
        let challenges = statement.challenges(&self.keys, &commitments);
        let coefficients = Coefficients::of(&self.program, &self.shape, challenges.rho);
        let witness = Arc::new(Columns {
            data: Arc::new(data),
            multiplicities,
            coefficients: columns::coefficient_columns(&self.blueprint.lane, &coefficients),
            rhs: columns::rhs_column(&self.blueprint, &coefficients, &statement.slots),
            #[cfg(test)]
            forge: self.forge,
        });
        let circuit =
            BatchCircuit { blueprint: self.blueprint.clone(), witness: Some(witness.clone()) };
        let instances: Vec<&[Scalar]> = witness
            .data
            .iter()
            .chain(&witness.coefficients)
            .chain([&witness.rhs])
            .map(Vec::as_slice)
            .collect();
        let mut transcript = ProofTranscript::init();
        transcript.common(&challenges.binding).map_err(halo2_proofs::plonk::Error::from)?;
        let result = create_proof::<_, Kzg, _, _>(
            self.bases,
            &self.key,
            &[circuit],
            witness.data.len(),
            &[&instances],
            &mut transcript,
            &mut *rng,
        );
        self.bases.forget();
        result?;
        let mut proof = commitments.concat();
        proof.extend(transcript.finalize());
        Ok(proof)
    }
}
