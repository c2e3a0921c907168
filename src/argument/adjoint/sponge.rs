//! The backward pass through the permutations that tie the bytes to the digest.

use ff::{Field, PrimeField};

use super::Pass;
use crate::argument::permutations::Input;
use crate::argument::rows::RowKind;
use crate::argument::shape::PERMUTATION_SBOXES;
use crate::field::Scalar;
use crate::hash::poseidon::{self, Poseidon, ROUNDS};
use crate::hash::sponge::WIDE_WIDTH;

impl Pass<'_> {
    /// Backwards through the permutations that tie the bytes to the digest.
    pub(super) fn sponge(&mut self) {
        let shape = self.shape;
        let permutations = &shape.permutations;
        let radix = Scalar::from(256);
        // Of each permutation's result; that of the last one is the digest's.
        let mut results = vec![[Scalar::ZERO; WIDE_WIDTH]; permutations.list.len()];
        if let Some(last) = results.last_mut() {
            last[1] = self.coefficients.digest_weight;
        }
        for (number, permutation) in permutations.list.iter().enumerate().rev() {
            let state = self.permutation(results[number], number, &permutation.inputs);
            for (input, cotangent) in permutation.inputs.iter().zip(&state[1..]) {
                match *input {
                    Input::Free(_) => {}
                    Input::Digest(earlier) => results[earlier][1] += cotangent,
                    Input::Word { cell, len } => {
                        let mut cotangent = *cotangent;
                        for at in &permutations.bytes[cell..cell + len] {
                            self.dense(0)[*at] += cotangent;
                            cotangent *= radix;
                        }
                    }
                }
            }
            match (permutation.capacity, number.checked_sub(1)) {
                (Some(capacity), _) => self.coefficients.constant -= state[0] * capacity,
                (None, Some(before)) => {
                    for (sum, cotangent) in results[before].iter_mut().zip(&state) {
                        *sum += cotangent;
                    }
                }
                (None, None) => {}
            }
        }
    }

    /// One permutation, from the cotangent of its result to that of its input.
    fn permutation(
        &mut self,
        mut state: [Scalar; WIDE_WIDTH],
        number: usize,
        inputs: &[Input],
    ) -> [Scalar; WIDE_WIDTH] {
        let poseidon = poseidon::wide();
        let mut end = (number + 1) * PERMUTATION_SBOXES;
        for round in (0..ROUNDS).rev() {
            let mut before = transposed(&poseidon.mds, &state);
            let sboxes = if Poseidon::<WIDE_WIDTH>::is_full_round(round) { WIDE_WIDTH } else { 1 };
            end -= sboxes;
            for (lane, g) in before.iter_mut().enumerate().take(sboxes) {
                let row = end + lane;
                // A free input is whatever its lane of the first round says.
                let input = lane.checked_sub(1).and_then(|input| inputs.get(input));
                let free = round == 0 && matches!(input, Some(Input::Free(_)));
                let weight =
                    if free { Scalar::ZERO } else { self.powers[self.shape.sbox_relation(row)] };
                self.coefficients.row_mut(RowKind::Sbox, row).copy_from_slice(&[weight, *g]);
                *g = -weight;
            }
            for (g, constant) in before.iter().zip(&poseidon.round_constants[round]) {
                self.coefficients.constant -= *g * constant;
            }
            state = before;
        }
        state
    }
}

/// `Mᵀ g`.
fn transposed<F: PrimeField, const T: usize>(matrix: &[[F; T]; T], g: &[F; T]) -> [F; T] {
    let mut result = [F::ZERO; T];
    for (row, g) in matrix.iter().zip(g) {
        for (sum, entry) in result.iter_mut().zip(row) {
            *sum += *entry * g;
        }
    }
    result
}
