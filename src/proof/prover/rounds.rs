//! The rounds of the library's protocol, on the prover's side.
//!
//! What `create_proof` of `midnight-proofs` does for a circuit without copy
//! constraints and library look-ups, message for message: its verifier is the
//! judge's. Columns are transformed and committed to side by side rather than
//! one after the other, none is copied, and what no later round needs is
//! dropped; `docs/performance.md` has what that gains.

use ff::Field;
use halo2_proofs::plonk::{Error, VerifyingKey};
use halo2_proofs::poly::{Coeff, Polynomial, Rotation};
use halo2_proofs::transcript::Transcript;
use halo2curves::G1Projective;
use rand_core::CryptoRngCore;
use rayon::prelude::*;

use super::absorb::absorb;
use super::opening::{Query, combination, open, slices, value_at};
use super::quotient::{Domains, Polynomials};
use crate::argument::lane::{RESERVED_ROWS, ROWS};
use crate::field::Scalar;
use crate::proof::columns::advice::{SecondPhase, Witness};
use crate::proof::error::ProofError;
use crate::proof::fixed_columns::FixedColumns;
use crate::proof::gates::Drawn;
use crate::proof::phases::{Phase, Watch};
use crate::proof::scheme::{Bases, Kzg, ProofTranscript};

type Poly = Polynomial<Scalar, Coeff>;

/// What all proofs of a circuit share.
pub(super) struct Rounds<'a> {
    pub(super) key: &'a VerifyingKey<Scalar, Kzg>,
    pub(super) bases: &'a Bases,
    pub(super) fixed_columns: &'a FixedColumns,
    pub(super) domains: &'a Domains,
    /// The fixed columns as polynomials.
    pub(super) fixed: &'a [Poly],
}

/// The fixed columns as polynomials. Past the usable rows there are zeros.
pub(super) fn fixed_polynomials(
    key: &VerifyingKey<Scalar, Kzg>,
    fixed_columns: &FixedColumns,
    domains: &Domains,
) -> Vec<Poly> {
    let polynomial = |column: &Vec<u64>| {
        let usable = column[..ROWS - RESERVED_ROWS].iter();
        into_polynomial(key, domains, usable.map(|value| Scalar::from(*value)).collect())
    };
    fixed_columns.columns.par_iter().map(polynomial).collect()
}

/// The polynomial of a column, zeros below.
fn into_polynomial(
    key: &VerifyingKey<Scalar, Kzg>,
    domains: &Domains,
    mut column: Vec<Scalar>,
) -> Poly {
    column.resize(ROWS, Scalar::ZERO);
    domains.rows.coefficients(&mut column);
    key.get_domain().coeff_from_vec(column)
}

impl Rounds<'_> {
    /// The library's proof of a witness whose data columns have the
    /// commitments given; `binding` ties it to the statement. A dishonest
    /// prover has its way with the second phase by `forge`.
    pub(super) fn prove(
        &self,
        witness: Witness,
        commitments: &[G1Projective],
        binding: Scalar,
        forge: impl FnOnce(&mut SecondPhase, &Drawn),
        watch: &mut Watch<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Vec<u8>, ProofError> {
        let mut transcript = ProofTranscript::init();
        transcript.common(&binding).map_err(Error::from)?;
        transcript.common(&self.key.transcript_repr()).map_err(Error::from)?;
        for commitment in commitments {
            transcript.common(commitment).map_err(Error::from)?;
        }
        watch.during(Phase::Witness, || {
            let known = witness.coefficients.iter().chain([&witness.rhs]).chain(&witness.public);
            absorb(&mut transcript, known)
        })?;

        let multiplicities = witness.multiplicities.clone();
        let mut advice = self.advice(multiplicities, &mut transcript, watch, rng)?;
        let [alpha, theta, sigma] = [(); 3].map(|()| transcript.squeeze_challenge());
        let drawn = Drawn { alpha, theta, sigma };
        let second = watch.during(Phase::Witness, || {
            let mut second = SecondPhase::of(self.fixed_columns, &witness, &drawn);
            forge(&mut second, &drawn);
            second.into_columns()
        });
        advice.extend(self.advice(second, &mut transcript, watch, rng)?);

        // Challenges of arguments that the circuit does not use: the library's
        // look-ups (theta), copy constraints (beta, gamma) and "trashcans".
        let _: [Scalar; 4] = [(); 4].map(|()| transcript.squeeze_challenge());
        let random = (0..ROWS).map(|_| Scalar::random(&mut *rng)).collect();
        let random = self.key.get_domain().coeff_from_vec(random);
        let commitment =
            watch.during(Phase::Commitments, || self.domains.commit(self.bases, &random));
        transcript.write(&commitment).map_err(Error::from)?;
        let y = transcript.squeeze_challenge();

        let Witness { data, coefficients, rhs, public, .. } = witness;
        let into = |column| into_polynomial(self.key, self.domains, column);
        let (data, pieces) = watch.during(Phase::Quotient, || {
            let data: Vec<Poly> = data.into_par_iter().map(into).collect();
            let (mut coefficients, mut rhs, mut public) = (coefficients, rhs, public);
            coefficients.par_iter_mut().chain([&mut rhs]).chain(&mut public).for_each(|column| {
                column.resize(ROWS, Scalar::ZERO);
                self.domains.rows.coefficients(column);
            });
            let polynomials = Polynomials {
                data: slices(&data),
                coefficients: &coefficients,
                rhs: &rhs,
                public: &public,
                advice: slices(&advice),
                fixed: slices(self.fixed),
            };
            let whole = self.domains.cosets.quotient(self.fixed_columns, &polynomials, &drawn, y);
            (data, self.pieces(whole, rng))
        });
        let committed: Vec<G1Projective> = watch.during(Phase::Commitments, || {
            pieces.par_iter().map(|piece| self.domains.commit(self.bases, piece)).collect()
        });
        for commitment in &committed {
            transcript.write(commitment).map_err(Error::from)?;
        }
        let x = transcript.squeeze_challenge();
        let point_of = |at: &Rotation| self.key.get_domain().rotate_omega(x, *at);
        let cs = self.key.cs();
        let data_queries = cs.instance_queries().iter().filter_map(|(column, at)| {
            // The other instance columns are not committed to.
            data.get(column.index()).map(|polynomial| (polynomial, point_of(at)))
        });
        let data_queries: Vec<Query<'_>> = data_queries.collect();
        let advice_queries = cs.advice_queries().iter();
        let advice_queries: Vec<Query<'_>> =
            advice_queries.map(|(column, at)| (&advice[column.index()], point_of(at))).collect();
        let fixed_queries = cs.fixed_queries().iter();
        let fixed_queries: Vec<Query<'_>> =
            fixed_queries.map(|(column, at)| (&self.fixed[column.index()], point_of(at))).collect();
        let evaluations: Vec<Scalar> = watch.during(Phase::Quotient, || {
            let queries = data_queries.par_iter().chain(&advice_queries).chain(&fixed_queries);
            let queries = queries.copied().chain([(&random, x)]);
            queries.map(|(polynomial, point)| value_at(polynomial, point)).collect()
        });
        for value in &evaluations {
            transcript.write(value).map_err(Error::from)?;
        }
        watch.during(Phase::Opening, || {
            let shift = x.pow_vartime([ROWS as u64 - 1]);
            let combined = combination(&slices(&pieces), shift);
            let combined = self.key.get_domain().coeff_from_vec(combined);
            let all = [advice_queries, data_queries, fixed_queries].concat();
            let queries: Vec<Query<'_>> =
                all.into_iter().chain([(&combined, x), (&random, x)]).collect();
            open(self.bases, self.domains, &queries, &mut transcript)
        })?;
        Ok(transcript.finalize())
    }

    /// Blinds advice columns, commits to them and makes them polynomials.
    fn advice(
        &self,
        mut columns: Vec<Vec<Scalar>>,
        transcript: &mut ProofTranscript,
        watch: &mut Watch<'_>,
        rng: &mut dyn CryptoRngCore,
    ) -> Result<Vec<Poly>, ProofError> {
        // The gate of look-up helpers leaves them no row: they have their random rows.
        for column in columns.iter_mut().filter(|column| column.len() < ROWS) {
            // The rows that the library keeps are random: what is shown of the
            // column hides behind them.
            column.resize(ROWS - RESERVED_ROWS, Scalar::ZERO);
            column.extend((0..RESERVED_ROWS).map(|_| Scalar::random(&mut *rng)));
        }
        let commitments: Vec<G1Projective> = watch.during(Phase::Commitments, || {
            columns.par_iter().map(|column| self.bases.commit_to_column(column)).collect()
        });
        for commitment in &commitments {
            transcript.write(commitment).map_err(Error::from)?;
        }
        let into = |column| into_polynomial(self.key, self.domains, column);
        Ok(watch.during(Phase::Quotient, || columns.into_par_iter().map(into).collect()))
    }

    /// Cuts the quotient into pieces of n − 1 coefficients, each masked by a
    /// random term that the next takes back.
    fn pieces(&self, mut whole: Vec<Scalar>, rng: &mut dyn CryptoRngCore) -> Vec<Poly> {
        let count = self.key.cs().degree() - 1;
        whole.truncate((ROWS - 1) * count);
        let mut pieces: Vec<Vec<Scalar>> =
            whole.chunks_exact(ROWS - 1).map(<[Scalar]>::to_vec).collect();
        let mut taken = Scalar::ZERO;
        for (index, piece) in pieces.iter_mut().enumerate() {
            piece[0] -= taken;
            taken = if index + 1 < count { Scalar::random(&mut *rng) } else { Scalar::ZERO };
            piece.push(taken);
        }
        pieces.into_iter().map(|piece| self.key.get_domain().coeff_from_vec(piece)).collect()
    }
}
