//! The partial rounds of Poseidon with sparse matrices, as its authors describe
//! (Grassi, Khovratovich, Rechberger, Roy and Schofnegger, USENIX Security 2021,
//! appendix B).
//!
//! A partial round has an S-box in lane 0 alone. Its matrix is cut into one that
//! leaves lane 0 be, `diag(1, M̂)`, and a sparse one; the first commutes with the next
//! round's S-box and is moved into the next round's matrix. So each round costs
//! `2T − 1` multiplications in place of `T²`, and one dense matrix remains at the end.
//! The inputs of all S-boxes stay what they are.

use ff::Field;

use super::poseidon::{FULL_ROUNDS, PARTIAL_ROUNDS};
use crate::field::{Scalar, inner};

/// `new[0] = row · old`, `new[i] = old[i] + column[i]·old[0]`.
struct Sparse<const T: usize> {
    row: [Scalar; T],
    /// Its first entry is not used.
    column: [Scalar; T],
    /// What is added before the S-box.
    constants: [Scalar; T],
}

/// All partial rounds of one instance.
pub(super) struct PartialRounds<const T: usize> {
    rounds: Vec<Sparse<T>>,
    /// What remains; its first row and column are those of the identity.
    rest: [[Scalar; T]; T],
}

impl<const T: usize> PartialRounds<T> {
    /// Those of an instance with these constants and this matrix, in which every
    /// square part without the first row and column can be inverted.
    pub(super) fn new(round_constants: &[[Scalar; T]], mds: &[[Scalar; T]; T]) -> Option<Self> {
        let mut moved = identity::<T>();
        let mut rounds = Vec::with_capacity(PARTIAL_ROUNDS);
        for constants in &round_constants[FULL_ROUNDS / 2..][..PARTIAL_ROUNDS] {
            let constants = apply(&inverse(&moved)?, constants);
            let matrix = product(mds, &moved);
            moved = matrix;
            moved[0] = identity::<T>()[0];
            moved.iter_mut().skip(1).for_each(|row| row[0] = Scalar::ZERO);
            let below = std::array::from_fn(|i| if i == 0 { Scalar::ZERO } else { matrix[i][0] });
            let column = apply(&inverse(&moved)?, &below);
            rounds.push(Sparse { row: matrix[0], column, constants });
        }
        Some(Self { rounds, rest: moved })
    }

    /// Runs all partial rounds; `record` is shown the input and the output of each
    /// S-box.
    pub(super) fn run(&self, state: &mut [Scalar; T], record: &mut impl FnMut(Scalar, Scalar)) {
        for Sparse { row, column, constants } in &self.rounds {
            for (lane, constant) in state.iter_mut().zip(constants) {
                *lane += constant;
            }
            let input = state[0];
            let output = input.square().square() * input;
            record(input, output);
            state[0] = output;
            let first = inner(row, state);
            for (lane, factor) in state.iter_mut().zip(column).skip(1) {
                *lane += *factor * output;
            }
            state[0] = first;
        }
        *state = apply(&self.rest, state);
    }
}

fn apply<const T: usize>(matrix: &[[Scalar; T]; T], state: &[Scalar; T]) -> [Scalar; T] {
    std::array::from_fn(|i| inner(&matrix[i], state))
}

fn identity<const T: usize>() -> [[Scalar; T]; T] {
    std::array::from_fn(|i| {
        std::array::from_fn(|j| if i == j { Scalar::ONE } else { Scalar::ZERO })
    })
}

fn product<const T: usize>(a: &[[Scalar; T]; T], b: &[[Scalar; T]; T]) -> [[Scalar; T]; T] {
    std::array::from_fn(|i| std::array::from_fn(|j| (0..T).map(|k| a[i][k] * b[k][j]).sum()))
}

/// By Gauss and Jordan.
fn inverse<const T: usize>(matrix: &[[Scalar; T]; T]) -> Option<[[Scalar; T]; T]> {
    let (mut left, mut right) = (*matrix, identity::<T>());
    for pivot in 0..T {
        let found = (pivot..T).find(|row| left[*row][pivot] != Scalar::ZERO)?;
        left.swap(pivot, found);
        right.swap(pivot, found);
        let scale: Scalar = Option::from(left[pivot][pivot].invert())?;
        left[pivot].iter_mut().chain(&mut right[pivot]).for_each(|entry| *entry *= scale);
        for row in (0..T).filter(|row| *row != pivot) {
            let factor = left[row][pivot];
            for column in 0..T {
                let (above, beside) = (left[pivot][column], right[pivot][column]);
                left[row][column] -= factor * above;
                right[row][column] -= factor * beside;
            }
        }
    }
    Some(right)
}

#[cfg(test)]
mod tests {
    use super::super::poseidon::{self, Poseidon};
    use super::*;

    /// The rounds as they are defined.
    fn dense<const T: usize>(poseidon: &Poseidon<T>, mut state: [Scalar; T]) -> Vec<Scalar> {
        let mut seen = Vec::new();
        for constants in &poseidon.round_constants[FULL_ROUNDS / 2..][..PARTIAL_ROUNDS] {
            state.iter_mut().zip(constants).for_each(|(lane, constant)| *lane += constant);
            seen.push(state[0]);
            state[0] = state[0].square().square() * state[0];
            seen.push(state[0]);
            state = apply(&poseidon.mds, &state);
        }
        seen.extend(state);
        seen
    }

    fn compare<const T: usize>(poseidon: &Poseidon<T>) {
        let partial = PartialRounds::new(&poseidon.round_constants, &poseidon.mds).unwrap();
        for start in 0..4u64 {
            let mut state = std::array::from_fn(|i| Scalar::from(start * 1000 + i as u64 * 77));
            let expected = dense(poseidon, state);
            let mut seen = Vec::new();
            partial.run(&mut state, &mut |input, output| seen.extend([input, output]));
            seen.extend(state);
            assert_eq!(seen, expected);
        }
    }

    #[test]
    fn sparse_rounds_are_the_dense_ones() {
        compare(poseidon::narrow());
        compare(poseidon::wide());
    }
}
