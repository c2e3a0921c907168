//! The judge's side of one batch proof.
//!
//! Proofs are read from files that another party wrote.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

pub(crate) mod batches;
#[cfg(test)]
mod testing;

use std::sync::Arc;

use halo2_proofs::plonk::{Circuit, ConstraintSystem, VerifyingKey, keygen_vk_with_k, prepare};
use halo2_proofs::poly::commitment::Guard;
use halo2_proofs::poly::kzg::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::msm::DualMSM;
use halo2_proofs::transcript::Transcript;
use halo2_proofs::utils::SerdeFormat;
use halo2curves::G1Projective;
use rayon::prelude::*;

use super::circuit::BatchCircuit;
use super::columns::coefficients::{coefficient_columns, rhs_column};
use super::columns::public::public_columns;
use super::error::{ProofError, VerifyError};
use super::fixed_columns::FixedColumns;
use super::scheme::{Kzg, ProofTranscript, verifier_bases};
use super::setup::points::{self, G1_BYTES};
use super::setup::{self, Engine, Setup};
use crate::argument::adjoint::Coefficients;
use crate::argument::deferred::Folding;
use crate::argument::lane::{LaneLayout, ROWS};
use crate::argument::shape::Shape;
use crate::argument::statement::Statement;
use crate::argument::transcript::{FirstRound, Keys, Schedule, SecondRound};
use crate::field::{SCALAR_BYTES, Scalar};
use crate::model::program::Program;

type StockScheme = KZGCommitmentScheme<Engine>;

/// Verifies batches of one program and layout.
pub struct Verifier {
    program: Arc<Program>,
    shape: Shape,
    fixed_columns: Arc<FixedColumns>,
    setup: &'static Setup,
    key: VerifyingKey<Scalar, StockScheme>,
    keys: Keys,
}

impl Verifier {
    /// Derives the verifying key for a program, for `copies` documents per lane
    /// and `lanes` lanes.
    ///
    /// # Errors
    /// If the setup is not the ceremony's.
    pub fn new(program: Arc<Program>, copies: u32, lanes: u32) -> Result<Self, ProofError> {
        let setup = setup::ethereum()?;
        let shape = Shape::of(&program);
        let lane = LaneLayout::new(&shape, copies);
        let fixed_columns = Arc::new(FixedColumns::new(&program, &shape, lane, lanes as usize));
        let circuit = BatchCircuit { fixed_columns: fixed_columns.clone() };
        let key = keygen_vk_with_k::<_, Kzg, _>(verifier_bases()?, &circuit, ROWS.ilog2())?;
        // The same key under the library's scheme, which verifies.
        let bytes = key.to_bytes(SerdeFormat::RawBytesUnchecked);
        let stock = VerifyingKey::<Scalar, StockScheme>::from_bytes::<BatchCircuit>(
            &bytes,
            SerdeFormat::RawBytesUnchecked,
            circuit.params(),
        )
        .map_err(halo2_proofs::plonk::Error::from)?;
        let keys = Keys { setup: setup.digest, verifying_key: stock.transcript_repr() };
        let verifier = Self { program, shape, fixed_columns, setup, key: stock, keys };
        assert!(verifier.opens_every_data_column(), "an unqueried column would not be opened");
        Ok(verifier)
    }

    /// A data column that no gate queries would be absorbed but never opened.
    fn opens_every_data_column(&self) -> bool {
        let mut columns: Vec<usize> =
            self.key.cs().instance_queries().iter().map(|(c, _)| c.index()).collect();
        columns.retain(|column| *column < self.fixed_columns.data_columns());
        columns.sort_unstable();
        columns.into_iter().eq(0..self.fixed_columns.data_columns())
    }

    /// Digest of the verifying key.
    #[must_use]
    pub fn key_digest(&self) -> Scalar {
        self.keys.verifying_key
    }

    /// The length in bytes of every proof of this layout.
    #[must_use]
    pub fn proof_len(&self) -> usize {
        proof_len(self.key.cs(), &self.fixed_columns)
    }

    /// Verifies a proof of a statement.
    ///
    /// # Errors
    /// [`VerifyError`] if it is not one.
    pub fn verify(&self, statement: &Statement, proof: &[u8]) -> Result<(), VerifyError> {
        let guard = self.prepare(statement, proof)?;
        guard.verify(&self.setup.verifier).map_err(|_| VerifyError::Refused)
    }

    /// All of the verification but the pairing.
    fn prepare(&self, statement: &Statement, proof: &[u8]) -> Result<DualMSM<Engine>, VerifyError> {
        let expected = self.fixed_columns.slots();
        let fits = statement.lanes as usize == self.fixed_columns.lanes
            && statement.copies == self.fixed_columns.lane.copies;
        if !fits || statement.slots.len() != expected {
            return Err(VerifyError::Slots { expected, got: statement.slots.len() });
        }
        if proof.len() != self.proof_len() {
            return Err(VerifyError::Length { expected: self.proof_len(), got: proof.len() });
        }
        let data_bytes = self.fixed_columns.data_columns().saturating_mul(G1_BYTES);
        let (commitments, proof) = proof.split_at(data_bytes);
        let (commitments, _) = commitments.as_chunks::<G1_BYTES>();
        let points = decode_points(commitments)?;
        let [first, second] = self.fixed_columns.lane.by_round(commitments);
        let schedule = Schedule::new(statement, &self.keys).commit(FirstRound(&first)).draw();
        let challenges = schedule.commit(SecondRound(&second)).challenges();
        let coefficients = Coefficients::of(&self.program, &self.shape, challenges.weights);
        let mut instances = coefficient_columns(&self.fixed_columns, &coefficients);
        instances.push(rhs_column(&self.fixed_columns, &coefficients, &statement.slots));
        instances.extend(public_columns(&Folding::of(&self.program, challenges.weights.tau)));
        // As large as the columns, and not needed any more.
        drop(coefficients);
        let instances: Vec<&[Scalar]> = instances.iter().map(Vec::as_slice).collect();

        let mut transcript = ProofTranscript::init_from_bytes(proof);
        let refused = |_| VerifyError::Refused;
        transcript.common(&challenges.binding).map_err(|_| VerifyError::Refused)?;
        let guard =
            prepare::<_, StockScheme, _>(&self.key, &[&points], &[&instances], &mut transcript)
                .map_err(refused)?;
        // The library's `prepare` accepts trailing bytes.
        transcript.assert_empty().map_err(|_| VerifyError::Refused)?;
        Ok(guard)
    }
}

/// The length in bytes of a proof for `copies` documents per lane and `lanes`
/// lanes, without making a key.
#[must_use]
pub fn proof_len_of(program: &Program, copies: u32, lanes: u32) -> usize {
    let shape = Shape::of(program);
    let lane = LaneLayout::new(&shape, copies);
    let fixed_columns = Arc::new(FixedColumns::new(program, &shape, lane, lanes as usize));
    let circuit = BatchCircuit { fixed_columns: fixed_columns.clone() };
    let mut cs = ConstraintSystem::default();
    BatchCircuit::configure_with_params(&mut cs, circuit.params());
    proof_len(&cs, &fixed_columns)
}

#[allow(clippy::arithmetic_side_effects, reason = "the limit on columns bounds every count")]
fn proof_len(cs: &ConstraintSystem<Scalar>, fixed_columns: &FixedColumns) -> usize {
    let data = fixed_columns.data_columns();
    let opened = cs.instance_queries().iter().filter(|(c, _)| c.index() < data).count();
    // Point sets of the multi-opening: x alone, and x with ωx.
    let point_sets = 2;
    let quotient_pieces = cs.degree() - 1;
    let points = data + cs.num_advice_columns() + 1 + quotient_pieces + 2;
    let scalars = opened + cs.advice_queries().len() + cs.fixed_queries().len() + 1 + point_sets;
    points * G1_BYTES + scalars * SCALAR_BYTES
}

/// Checked decoding: on the curve, in the subgroup, canonical.
fn decode_points(commitments: &[[u8; G1_BYTES]]) -> Result<Vec<G1Projective>, VerifyError> {
    let decode = |(column, bytes): (usize, &[u8; G1_BYTES])| {
        points::decode(bytes).ok_or(VerifyError::Point { column })
    };
    commitments.par_iter().enumerate().map(decode).collect()
}
