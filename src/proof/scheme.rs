//! KZG commitments with cached affine bases and short scalars.
//!
//! The library's scheme normalises its bases at every commitment and always
//! multiplies by 255-bit scalars. Most scalars here are short: quotients,
//! remainders, activations. [`Kzg`] keeps affine bases and hands the few long
//! scalars of a column over apart from the short ones. It commits to the same
//! points as the library's scheme; openings and verification are the library's
//! own.

use std::fmt;
use std::sync::LazyLock;

use blst::{MultiPoint, blst_p1, blst_p1_affine, p1_affines};
use ff::PrimeField;
use group::Group;
use halo2_proofs::poly::commitment::{Guard, Params, PolynomialCommitmentScheme};
use halo2_proofs::poly::kzg::KZGCommitmentScheme;
use halo2_proofs::poly::kzg::params::ParamsKZG;
use halo2_proofs::poly::{Coeff, Error, LagrangeCoeff, Polynomial, ProverQuery, VerifierQuery};
use halo2_proofs::transcript::{Hashable, Sampleable, Transcript};
use halo2curves::G1Projective;

use super::error::SetupError;
#[cfg(feature = "prove")]
use super::fixed_base::FixedBases;
use super::setup::{self, Engine, Setup, lagrange};
use crate::field::{SCALAR_BYTES, Scalar};

/// The transcript inside a proof.
pub(crate) type ProofTranscript = halo2_proofs::transcript::CircuitTranscript<blake2b_simd::State>;

/// The commitment scheme of the prover, and of both sides' key generation.
#[derive(Clone, Debug)]
pub enum Kzg {}

/// The bases of [`Kzg`].
pub struct Bases {
    k: u32,
    monomial: p1_affines,
    lagrange: p1_affines,
    /// The library's parameters, for openings: the prover's side alone.
    stock: Option<ParamsKZG<Engine>>,
    /// Multiples of the Lagrange basis: the prover's side alone.
    #[cfg(feature = "prove")]
    fixed: Option<FixedBases>,
}

impl fmt::Debug for Bases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bases").field("k", &self.k).finish_non_exhaustive()
    }
}

fn affine(points: &[G1Projective]) -> p1_affines {
    let points: Vec<blst_p1> = points.iter().map(|point| *point.as_ref()).collect();
    p1_affines::from(&points)
}

impl Bases {
    /// The bases of the verifier, enough for key generation.
    ///
    /// # Errors
    /// If the points are not the pinned ones.
    pub fn for_verifier(setup: &Setup) -> Result<Self, SetupError> {
        Ok(Self::new(setup, &lagrange::points()?))
    }

    /// The bases of the prover.
    ///
    /// # Errors
    /// If the points are not the pinned ones.
    #[cfg(feature = "prove")]
    pub fn for_prover(setup: &Setup) -> Result<Self, SetupError> {
        let lagrange = lagrange::points()?;
        let mut bases = Self::new(setup, &lagrange);
        bases.fixed = Some(FixedBases::new(&lagrange));
        bases.stock = Some(ParamsKZG::from_parts(
            bases.k,
            setup.powers.clone(),
            Some(lagrange),
            halo2curves::G2Projective::generator(),
            setup.tau_g2,
        ));
        Ok(bases)
    }

    fn new(setup: &Setup, lagrange: &[G1Projective]) -> Self {
        Self {
            k: setup.powers.len().ilog2(),
            monomial: affine(&setup.powers),
            lagrange: affine(lagrange),
            stock: None,
            #[cfg(feature = "prove")]
            fixed: None,
        }
    }

    /// Commits to a column, given by its values; missing ones are zero.
    #[cfg(feature = "prove")]
    pub(crate) fn commit_to_column(&self, column: &[Scalar]) -> G1Projective {
        self.commit_lagrange(column)
    }

    fn commit_lagrange(&self, column: &[Scalar]) -> G1Projective {
        #[cfg(feature = "prove")]
        if let Some(commitment) = self.fixed.as_ref().and_then(|fixed| fixed.multiply(column)) {
            return commitment;
        }
        multi_scalar_multiplication(&self.lagrange, column)
    }
}

/// Bits up to which a scalar counts as short.
const SHORT_BITS: usize = 64;

/// `Σ scalar_i · base_i`, short scalars apart from long ones.
fn multi_scalar_multiplication(bases: &p1_affines, scalars: &[Scalar]) -> G1Projective {
    let mut short = Terms::default();
    let mut long = Terms::default();
    for (base, scalar) in bases.as_slice().iter().zip(scalars) {
        let repr = scalar.to_repr();
        let bytes: &[u8] = repr.as_ref();
        let Some(top) = bytes.iter().rposition(|byte| *byte != 0) else { continue };
        let terms = if top < SHORT_BITS / 8 { &mut short } else { &mut long };
        terms.push(base, bytes, top);
    }
    // A few short scalars among long ones are not worth a second pass.
    if short.bases.len() < long.bases.len() {
        long.absorb(short);
        return long.sum();
    }
    short.sum() + long.sum()
}

/// Scalars of similar width and their bases.
#[derive(Default)]
struct Terms {
    bases: Vec<blst_p1_affine>,
    scalars: Vec<[u8; SCALAR_BYTES]>,
    bits: usize,
}

impl Terms {
    fn push(&mut self, base: &blst_p1_affine, bytes: &[u8], top: usize) {
        let mut scalar = [0; SCALAR_BYTES];
        scalar.copy_from_slice(bytes);
        self.bases.push(*base);
        self.scalars.push(scalar);
        let leading = bytes[top].leading_zeros() as usize;
        self.bits = self.bits.max(8 * (top + 1) - leading);
    }

    fn absorb(&mut self, other: Self) {
        self.bases.extend(other.bases);
        self.scalars.extend(other.scalars);
        self.bits = self.bits.max(other.bits);
    }

    fn sum(&self) -> G1Projective {
        if self.bases.is_empty() {
            return G1Projective::identity();
        }
        let width = self.bits.div_ceil(8);
        let scalars: Vec<u8> =
            self.scalars.iter().flat_map(|scalar| &scalar[..width]).copied().collect();
        from_blst(self.bases.as_slice().mult(&scalars, self.bits))
    }
}

/// The curve crate wraps blst's points.
fn from_blst(point: blst_p1) -> G1Projective {
    let mut wrapped = G1Projective::identity();
    *wrapped.as_mut() = point;
    wrapped
}

impl Params for Bases {
    fn max_k(&self) -> u32 {
        self.k
    }

    fn downsize(&mut self, _: u32) {
        unreachable!("the setup has the circuits' size");
    }
}

impl PolynomialCommitmentScheme<Scalar> for Kzg {
    type Parameters = Bases;
    type VerifierParameters = ();
    type Commitment = G1Projective;
    type VerificationGuard = VerifiedElsewhere;

    fn gen_params(_: u32) -> Bases {
        unreachable!("the setup is the ceremony's")
    }

    fn get_verifier_params(_: &Bases) {}

    fn commit(bases: &Bases, polynomial: &Polynomial<Scalar, Coeff>) -> G1Projective {
        multi_scalar_multiplication(&bases.monomial, polynomial)
    }

    fn commit_lagrange(
        bases: &Bases,
        polynomial: &Polynomial<Scalar, LagrangeCoeff>,
    ) -> G1Projective {
        bases.commit_lagrange(polynomial)
    }

    fn multi_open<T: Transcript>(
        bases: &Bases,
        queries: &[ProverQuery<'_, Scalar>],
        transcript: &mut T,
    ) -> Result<(), Error>
    where
        Scalar: Sampleable<T::Hash> + std::hash::Hash + Ord + Hashable<T::Hash>,
        G1Projective: Hashable<T::Hash>,
    {
        let stock = bases.stock.as_ref().ok_or(Error::OpeningError)?;
        KZGCommitmentScheme::<Engine>::multi_open(stock, queries, transcript)
    }

    fn multi_prepare<'com, T: Transcript>(
        _: &[VerifierQuery<'com, Scalar, Self>],
        _: &mut T,
    ) -> Result<VerifiedElsewhere, Error>
    where
        Scalar: Sampleable<T::Hash> + std::hash::Hash + Ord + Hashable<T::Hash>,
        G1Projective: 'com + Hashable<T::Hash>,
    {
        // Verification is the library scheme's alone, under the same key.
        Err(Error::OpeningError)
    }
}

/// No value: proofs are verified under the library's scheme.
#[derive(Debug)]
pub enum VerifiedElsewhere {}

impl Guard<Scalar, Kzg> for VerifiedElsewhere {
    fn verify(self, (): &()) -> Result<(), Error> {
        match self {}
    }
}

/// The prover's bases, made once a process.
///
/// # Errors
/// If the setup is not the pinned one.
#[cfg(feature = "prove")]
pub fn prover_bases() -> Result<&'static Bases, SetupError> {
    static BASES: LazyLock<Result<Bases, SetupError>> =
        LazyLock::new(|| Bases::for_prover(setup::ethereum()?));
    BASES.as_ref().map_err(Clone::clone)
}

/// The verifier's bases, made once a process.
///
/// # Errors
/// If the setup is not the pinned one.
pub fn verifier_bases() -> Result<&'static Bases, SetupError> {
    static BASES: LazyLock<Result<Bases, SetupError>> =
        LazyLock::new(|| Bases::for_verifier(setup::ethereum()?));
    BASES.as_ref().map_err(Clone::clone)
}

#[cfg(test)]
mod tests {
    use ff::Field;
    use halo2_proofs::poly::EvaluationDomain;

    use super::*;
    use crate::argument::lane::ROWS;

    fn column(mut value: impl FnMut(usize) -> Scalar) -> Polynomial<Scalar, LagrangeCoeff> {
        let domain = EvaluationDomain::new(1, ROWS.ilog2());
        domain.lagrange_from_vec((0..ROWS).map(&mut value).collect())
    }

    #[test]
    fn commitments_are_those_of_the_library() {
        let domain = EvaluationDomain::new(1, ROWS.ilog2());
        let bases = prover_bases().unwrap();
        let stock = bases.stock.as_ref().unwrap();
        let long = Scalar::from(3).invert().unwrap();
        let columns = [
            column(|_| Scalar::ZERO),
            column(|i| Scalar::from(i as u64)),
            column(|i| if i % 600 == 1 { long * Scalar::from(i as u64) } else { Scalar::from(9) }),
            column(|i| long * Scalar::from(i as u64 + 1)),
            column(|i| if i == 77 { -Scalar::ONE } else { Scalar::ZERO }),
        ];
        for column in columns {
            let expected = KZGCommitmentScheme::<Engine>::commit_lagrange(stock, &column);
            assert_eq!(Kzg::commit_lagrange(bases, &column), expected);
            assert_eq!(Kzg::commit(bases, &domain.lagrange_to_coeff(column)), expected);
        }
    }
}
