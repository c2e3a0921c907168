//! The opening of all polynomials at all points.
//!
//! What `multi_open` of the library's KZG scheme does, message for message (the halo2
//! book, "Multipoint opening argument"): the library looks each polynomial up among all
//! others and copies each twice; here they are combined where they stand, on all cores.

use std::ops::Deref;

use ff::Field;
use halo2_proofs::plonk::Error;
use halo2_proofs::poly::{Coeff, Polynomial};
use halo2_proofs::transcript::Transcript;
use rayon::prelude::*;

use super::quotient::Domains;
use crate::argument::lane::ROWS;
use crate::field::Scalar;
use crate::proof::scheme::{Bases, ProofTranscript};

/// A polynomial and where it is evaluated.
pub(super) type Query<'a> = (&'a Polynomial<Scalar, Coeff>, Scalar);

/// Coefficients that one task combines.
const TASK: usize = 256;

/// Polynomials that are evaluated at the same points.
struct Set<'a> {
    /// Places of the points among all points.
    points: Vec<usize>,
    polynomials: Vec<&'a [Scalar]>,
}

/// Writes what shows that polynomials have the values at the points that they are
/// evaluated at.
pub(super) fn open(
    bases: &Bases,
    domains: &Domains,
    queries: &[Query<'_>],
    transcript: &mut ProofTranscript,
) -> Result<(), Error> {
    let (points, sets) = sets(queries);
    let [x1, x2]: [Scalar; 2] = [(); 2].map(|()| transcript.squeeze_challenge());
    let combined: Vec<Vec<Scalar>> =
        sets.iter().map(|set| combination(&set.polynomials, x1)).collect();
    let quotients = sets.iter().zip(&combined).map(|(set, polynomial)| {
        let points = set.points.iter().map(|place| points[*place]);
        points.fold(polynomial.clone(), divided)
    });
    let quotients: Vec<Vec<Scalar>> = quotients.collect();
    let quotient = combination(&slices(&quotients), x2);
    transcript.write(&domains.commit(bases, &quotient)).map_err(Error::from)?;
    let x3: Scalar = transcript.squeeze_challenge();
    for polynomial in &combined {
        transcript.write(&value_at(polynomial, x3)).map_err(Error::from)?;
    }
    let x4: Scalar = transcript.squeeze_challenge();
    let all: Vec<&[Scalar]> = combined.iter().chain([&quotient]).map(Vec::as_slice).collect();
    let last = divided(combination(&all, x4), x3);
    transcript.write(&domains.commit(bases, &last)).map_err(Error::from)
}

/// All points, in the order in which they are met, and the sets of polynomials: those of
/// fewer points first, then in the order in which they are met.
fn sets<'a>(queries: &[Query<'a>]) -> (Vec<Scalar>, Vec<Set<'a>>) {
    let mut points: Vec<Scalar> = Vec::new();
    let mut met: Vec<(&[Scalar], Vec<usize>)> = Vec::new();
    let mut places = std::collections::HashMap::new();
    for (polynomial, point) in queries {
        let place = points.iter().position(|other| other == point).unwrap_or_else(|| {
            points.push(*point);
            points.len() - 1
        });
        let known = *places.entry(polynomial.as_ptr()).or_insert_with(|| {
            met.push((*polynomial, Vec::new()));
            met.len() - 1
        });
        met[known].1.push(place);
    }
    let mut sets: Vec<Set<'_>> = Vec::new();
    for (polynomial, mut points) in met {
        points.sort_unstable();
        match sets.iter_mut().find(|set| set.points == points) {
            Some(set) => set.polynomials.push(polynomial),
            None => sets.push(Set { points, polynomials: vec![polynomial] }),
        }
    }
    sets.sort_by_key(|set| set.points.len());
    (points, sets)
}

/// `Σ ratio^i · polynomial_i`.
pub(super) fn combination(polynomials: &[&[Scalar]], ratio: Scalar) -> Vec<Scalar> {
    let mut sum = vec![Scalar::ZERO; ROWS];
    sum.par_chunks_mut(TASK).enumerate().for_each(|(task, sum)| {
        for polynomial in polynomials.iter().rev() {
            for (sum, coefficient) in sum.iter_mut().zip(&polynomial[task * TASK..]) {
                *sum = *sum * ratio + coefficient;
            }
        }
    });
    sum
}

/// The value of a polynomial at x.
pub(super) fn value_at(polynomial: &[Scalar], x: Scalar) -> Scalar {
    polynomial.iter().rev().fold(Scalar::ZERO, |sum, coefficient| sum * x + coefficient)
}

/// The quotient by `X − point`; what is left over falls away.
fn divided(mut polynomial: Vec<Scalar>, point: Scalar) -> Vec<Scalar> {
    let mut carry = Scalar::ZERO;
    for coefficient in polynomial.iter_mut().rev() {
        (*coefficient, carry) = (carry, *coefficient + carry * point);
    }
    polynomial
}

pub(super) fn slices<P: Deref<Target = [Scalar]>>(polynomials: &[P]) -> Vec<&[Scalar]> {
    polynomials.iter().map(Deref::deref).collect()
}

#[cfg(test)]
mod tests {
    use halo2_proofs::poly::commitment::PolynomialCommitmentScheme;
    use halo2_proofs::poly::{EvaluationDomain, ProverQuery};
    use rand_core::OsRng;

    use super::*;
    use crate::proof::scheme::{Kzg, prover_bases};

    #[test]
    fn openings_are_those_of_the_library() {
        let bases = prover_bases().unwrap();
        let domain = EvaluationDomain::<Scalar>::new(1, ROWS.ilog2());
        let random = || (0..ROWS).map(|_| Scalar::random(OsRng)).collect::<Vec<_>>();
        let polynomials: Vec<_> = (0..6).map(|_| domain.coeff_from_vec(random())).collect();
        let [x, y, z] = [(); 3].map(|()| Scalar::random(OsRng));
        let asked =
            [(0, x), (1, y), (1, x), (2, y), (3, x), (4, z), (3, y), (5, x), (4, x), (4, y)];
        let library: Vec<ProverQuery<'_, Scalar>> =
            asked.map(|(i, point)| ProverQuery::new(point, &polynomials[i])).into();
        let own = asked.map(|(i, point)| (&polynomials[i], point));
        let [mut expected, mut transcript] = [(); 2].map(|()| ProofTranscript::init());
        Kzg::multi_open(bases, &library, &mut expected).unwrap();
        open(bases, &Domains::new(), &own, &mut transcript).unwrap();
        assert_eq!(transcript.finalize(), expected.finalize());
    }
}
