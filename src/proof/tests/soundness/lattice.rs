//! Why what is bound in the second round has powers of ρ of its own: under powers of τ
//! alone, lattice reduction finds small errors that cancel.

use ff::{Field, PrimeField};
use num_bigint::{BigInt, Sign};

use super::Bench;
use crate::argument::deferred::{DeferredRows, Folding};
use crate::argument::testing;
use crate::field::{Scalar, from_i64};

/// A basis of integer vectors that the algorithm of Lenstra, Lenstra and Lovász reduces, in
/// integers (Cohen, A Course in Computational Algebraic Number Theory, algorithm 2.6.7).
struct Lattice {
    basis: Vec<Vec<BigInt>>,
    /// d\[i\] is the determinant of the products of the first i vectors.
    d: Vec<BigInt>,
    lambda: Vec<Vec<BigInt>>,
}

impl Lattice {
    fn new(basis: Vec<Vec<BigInt>>) -> Self {
        let n = basis.len();
        let mut lattice =
            Self { basis, d: vec![BigInt::from(1); n + 1], lambda: vec![vec![BigInt::ZERO; n]; n] };
        for k in 0..n {
            for j in 0..=k {
                let pairs = lattice.basis[k].iter().zip(&lattice.basis[j]);
                let mut u: BigInt = pairs.map(|(x, y)| x * y).sum();
                for i in 0..j {
                    u = (&lattice.d[i + 1] * u - &lattice.lambda[k][i] * &lattice.lambda[j][i])
                        / &lattice.d[i];
                }
                if j < k {
                    lattice.lambda[k][j] = u;
                } else {
                    lattice.d[k + 1] = u;
                }
            }
        }
        lattice
    }

    /// Takes from vector k the multiple of vector l that makes it shortest along it.
    fn shorten(&mut self, k: usize, l: usize) {
        let d = self.d[l + 1].clone();
        let doubled: BigInt = &self.lambda[k][l] * 2;
        if doubled.magnitude() <= d.magnitude() {
            return;
        }
        // To the nearest: ⌊(2λ + d) / 2d⌋.
        let (top, bottom): (BigInt, BigInt) = (doubled + &d, &d * 2);
        let rest = ((&top % &bottom) + &bottom) % &bottom;
        let q = (top - rest) / &bottom;
        let (low, high) = self.basis.split_at_mut(k);
        high[0].iter_mut().zip(&low[l]).for_each(|(x, y)| *x -= &q * y);
        self.lambda[k][l] -= &q * &d;
        for i in 0..l {
            let by = &q * &self.lambda[l][i];
            self.lambda[k][i] -= by;
        }
    }

    fn swap(&mut self, k: usize) {
        self.basis.swap(k, k - 1);
        for j in 0..k - 1 {
            let (low, high) = self.lambda.split_at_mut(k);
            std::mem::swap(&mut high[0][j], &mut low[k - 1][j]);
        }
        let middle = self.lambda[k][k - 1].clone();
        let [before, here, after] = [k - 1, k, k + 1].map(|i| self.d[i].clone());
        let new = (&before * &after + &middle * &middle) / &here;
        for i in k + 1..self.basis.len() {
            let old = self.lambda[i][k].clone();
            self.lambda[i][k] = (&after * &self.lambda[i][k - 1] - &middle * &old) / &here;
            self.lambda[i][k - 1] = (&new * &old + &middle * &self.lambda[i][k]) / &after;
        }
        self.d[k] = new;
    }

    /// The reduced basis.
    fn reduced(mut self) -> Vec<Vec<BigInt>> {
        let mut k = 1;
        while k < self.basis.len() {
            self.shorten(k, k - 1);
            let square = &self.lambda[k][k - 1] * &self.lambda[k][k - 1];
            let left: BigInt = (&self.d[k + 1] * &self.d[k - 1] + square) * 4;
            if left < &self.d[k] * &self.d[k] * 3 {
                self.swap(k);
                k = k.saturating_sub(1).max(1);
            } else {
                (0..k - 1).rev().for_each(|l| self.shorten(k, l));
                k += 1;
            }
        }
        self.basis
    }
}

fn integer(x: Scalar) -> BigInt {
    BigInt::from_bytes_le(Sign::Plus, x.to_repr().as_ref())
}

/// Small errors e, not all zero, with `Σ τ^t·e_t = 0`.
fn errors_that_cancel(tau: Scalar, count: usize) -> Vec<i64> {
    let modulus = integer(-Scalar::ONE) + 1;
    // e_0 = −Σ τ^t·e_t modulo p, the others free.
    let mut basis = vec![vec![BigInt::ZERO; count]; count];
    basis[0][0] = modulus;
    for (t, row) in basis.iter_mut().enumerate().skip(1) {
        row[0] = integer(-tau.pow([t as u64]));
        row[t] = BigInt::from(1);
    }
    let reduced = Lattice::new(basis).reduced();
    let errors: Vec<i64> =
        reduced[0].iter().map(|e| i64::try_from(e).expect("a short vector")).collect();
    assert!(errors.iter().any(|e| *e != 0));
    errors
}

/// All rows of the table are equal, so false ids change nothing but their own bindings.
#[test]
fn ids_that_lattice_reduction_finds_are_refused() {
    const SLOT: usize = 0;
    let mut bench = Bench::of(testing::token_program());
    // Ids in the middle of the table, so that small errors leave it nowhere.
    bench.documents[SLOT] = (0..64).map(|byte| 110 + byte % 37).collect();
    let traces = bench.assert_honest_is_accepted();
    let statement = bench.statement(&traces);
    let ids = traces[SLOT].deferred.ids[0].clone();
    let forge = |slots: &mut [DeferredRows], folding: &Folding| {
        let folded = &folding.embeddings()[0];
        assert!(folded.iter().all(|f| *f == folded[0]));
        let errors = errors_that_cancel(folding.tau(), ids.len());
        let mut sum = Scalar::ZERO;
        let mut counted = traces.clone();
        for (t, error) in errors.iter().enumerate() {
            let id = ids[t] + error;
            assert!((0..folded.len() as i64).contains(&id), "{id} is in no table");
            counted[SLOT].deferred.ids[0][t] = id;
            slots[SLOT].embedding[t][0] = from_i64::<Scalar>(id);
            sum += folding.tau().pow([t as u64]) * from_i64::<Scalar>(*error);
        }
        // One power of ρ and powers of τ would be satisfied.
        assert_eq!(sum, Scalar::ZERO);
        bench.multiplicities(&counted)
    };
    let proof = bench.prove_folded(&statement, &traces, forge, |_, _| ());
    assert!(!bench.accepts(&statement, &proof));
}
