//! The Poseidon permutation over the BLS12-381 scalar field, S-box `x^5`.
//!
//! Eight full and 57 partial rounds, the authors' numbers for 128 bits. Round
//! constants and the Cauchy matrix come from the authors' Grain procedure, so
//! `t = 3` is the reference instance `poseidonperm_x5_255_3`.

use std::sync::LazyLock;

use ff::Field;

use super::grain::Grain;
use super::partial_rounds::PartialRounds;
use crate::field::{Scalar, inner};

/// Rounds with an S-box in every lane: the first four and the last four.
pub const FULL_ROUNDS: usize = 8;
/// Rounds with an S-box in lane 0 only, between the full ones.
pub const PARTIAL_ROUNDS: usize = 57;
/// All rounds.
pub const ROUNDS: usize = FULL_ROUNDS + PARTIAL_ROUNDS;

/// One instance with `T` lanes.
///
/// A round adds its constants, applies the S-boxes and multiplies by `mds`:
/// `new[i] = Σ_j mds[i][j]·old[j]`.
pub struct Poseidon<const T: usize> {
    /// Constants of each of the [`ROUNDS`] rounds.
    pub round_constants: Vec<[Scalar; T]>,
    /// The Cauchy matrix `1 / (x_i + y_j)`, by rows.
    pub mds: [[Scalar; T]; T],
    /// The partial rounds in another form.
    partial: PartialRounds<T>,
}

impl<const T: usize> Poseidon<T> {
    /// Draws the constants.
    ///
    /// The reference script would draw another matrix if the first one let
    /// through an infinitely long subspace trail. For `T` of 3 and 9, the only
    /// instances offered, the first one passes: a test below says why.
    fn generate() -> Self {
        let mut grain = Grain::new(T, FULL_ROUNDS, PARTIAL_ROUNDS);
        let round_constants: Vec<[Scalar; T]> =
            (0..ROUNDS).map(|_| std::array::from_fn(|_| grain.next_below_modulus())).collect();
        loop {
            if let Some(mds) = draw_matrix(&mut grain) {
                let partial = PartialRounds::new(&round_constants, &mds)
                    .expect("a Cauchy matrix's square parts can be inverted");
                break Self { round_constants, mds, partial };
            }
        }
    }

    /// Whether every lane has an S-box in this round.
    #[must_use]
    pub fn is_full_round(round: usize) -> bool {
        !(FULL_ROUNDS / 2..FULL_ROUNDS / 2 + PARTIAL_ROUNDS).contains(&round)
    }

    /// Permutes `state`.
    pub fn permute(&self, state: &mut [Scalar; T]) {
        self.run(state, |_, _| ());
    }

    /// Permutes `state` and pushes `(u, u^5)` of every S-box, in order of
    /// round, then lane.
    pub fn permute_traced(&self, state: &mut [Scalar; T], sboxes: &mut Vec<(Scalar, Scalar)>) {
        self.run(state, |input, output| sboxes.push((input, output)));
    }

    fn run(&self, state: &mut [Scalar; T], mut record: impl FnMut(Scalar, Scalar)) {
        let (first, rest) = self.round_constants.split_at(FULL_ROUNDS / 2);
        self.run_full(first, state, &mut record);
        self.partial.run(state, &mut record);
        self.run_full(&rest[PARTIAL_ROUNDS..], state, &mut record);
    }

    fn run_full(
        &self,
        constants: &[[Scalar; T]],
        state: &mut [Scalar; T],
        record: &mut impl FnMut(Scalar, Scalar),
    ) {
        for constants in constants {
            for (lane, constant) in state.iter_mut().zip(constants) {
                *lane += constant;
                let input = *lane;
                *lane = input.square().square() * input;
                record(input, *lane);
            }
            *state = std::array::from_fn(|i| inner(&self.mds[i], state));
        }
    }
}

/// One attempt at the matrix: `2T` distinct elements with no `x_i + y_j = 0`.
fn draw_matrix<const T: usize>(grain: &mut Grain) -> Option<[[Scalar; T]; T]> {
    let drawn: Vec<Scalar> = (0..2 * T).map(|_| grain.next_reduced()).collect();
    let repeated = (1..drawn.len()).any(|i| drawn[..i].contains(&drawn[i]));
    if repeated {
        return None;
    }
    let (xs, ys) = drawn.split_at(T);
    let mut mds = [[Scalar::ZERO; T]; T];
    for (row, x) in mds.iter_mut().zip(xs) {
        for (entry, y) in row.iter_mut().zip(ys) {
            *entry = Option::from((*x + y).invert())?;
        }
    }
    Some(mds)
}

static NARROW: LazyLock<Poseidon<3>> = LazyLock::new(Poseidon::generate);
static WIDE: LazyLock<Poseidon<9>> = LazyLock::new(Poseidon::generate);

/// The instance for leaves, nodes and other short inputs (`t = 3`).
#[must_use]
pub fn narrow() -> &'static Poseidon<3> {
    &NARROW
}

/// The instance for the bytes of a view (`t = 9`).
#[must_use]
pub fn wide() -> &'static Poseidon<9> {
    &WIDE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::field;

    fn counting<const T: usize>() -> [Scalar; T] {
        std::array::from_fn(|i| Scalar::from(i as u64))
    }

    /// A line of a vector file: one element as big-endian hexadecimal digits.
    fn element(line: &str) -> Scalar {
        let mut bytes = [0; 32];
        hex::decode_to_slice(line, &mut bytes).unwrap();
        bytes.reverse();
        field::decode(&bytes).unwrap()
    }

    fn vector(text: &str) -> Vec<Scalar> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        lines.map(element).collect()
    }

    #[test]
    fn narrow_gives_the_published_vector() {
        let mut state = counting();
        narrow().permute(&mut state);
        let expected = vector(include_str!("../../tests/vectors/poseidon_x5_255_3.txt"));
        assert_eq!(state.as_slice(), expected);
    }

    /// There is no published vector for nine lanes: this one was made by an
    /// independent transcription of the authors' scripts, as its head says.
    #[test]
    fn wide_gives_the_vector_of_an_independent_implementation() {
        let mut state = counting();
        wide().permute(&mut state);
        let expected = vector(include_str!("../../tests/vectors/poseidon_x5_255_9.txt"));
        assert_eq!(state.as_slice(), expected);
    }

    #[test]
    fn trace_lists_every_sbox_in_order() {
        let mut plain = counting::<9>();
        let mut traced = plain;
        let mut sboxes = Vec::new();
        wide().permute(&mut plain);
        wide().permute_traced(&mut traced, &mut sboxes);
        assert_eq!(plain, traced);
        assert_eq!(sboxes.len(), FULL_ROUNDS * 9 + PARTIAL_ROUNDS);
        assert!(sboxes.iter().all(|(u, v)| *v == u.pow([5])));
        for (lane, (u, _)) in sboxes[..9].iter().enumerate() {
            let constant = wide().round_constants[0][lane];
            assert_eq!(*u, Scalar::from(lane as u64) + constant);
        }
    }

    #[test]
    fn full_rounds_are_the_outer_ones() {
        let full: Vec<usize> =
            (0..ROUNDS).filter(|&round| Poseidon::<3>::is_full_round(round)).collect();
        assert_eq!(full, [0, 1, 2, 3, 61, 62, 63, 64]);
    }

    /// The rank of square `rows`, by elimination.
    fn rank<const T: usize>(mut rows: [[Scalar; T]; T]) -> usize {
        let mut rank = 0;
        for column in 0..T {
            let Some(pivot) = (rank..T).find(|&row| !bool::from(rows[row][column].is_zero()))
            else {
                continue;
            };
            rows.swap(rank, pivot);
            let inverse = rows[rank][column].invert().unwrap();
            let pivot_row = rows[rank];
            for row in &mut rows[rank + 1..] {
                let factor = row[column] * inverse;
                for (entry, of_pivot) in row.iter_mut().zip(pivot_row) {
                    *entry -= factor * of_pivot;
                }
            }
            rank += 1;
        }
        rank
    }

    fn times<const T: usize>(a: &[[Scalar; T]; T], b: &[[Scalar; T]; T]) -> [[Scalar; T]; T] {
        std::array::from_fn(|i| {
            std::array::from_fn(|j| (0..T).map(|k| a[i][k] * b[k][j]).sum::<Scalar>())
        })
    }

    /// The reference script's three conditions on the matrix M, by a stronger
    /// one: for N = M^1 … M^4T, the rows `e_0 N^k` and the columns `N^k e_0`
    /// with k < T have full rank.
    ///
    /// Rows: no subspace but {0} has lane 0 inactive and is invariant under N,
    /// so there is neither an eigenspace nor a periodic trail without active
    /// S-box (algorithm 1). Columns: a trail that starts in lane 0 soon spans
    /// everything (algorithms 2 and 3).
    fn lets_no_subspace_trail_through<const T: usize>(mds: &[[Scalar; T]; T]) -> bool {
        let mut power = *mds;
        (0..4 * T).all(|_| {
            let mut rows = [[Scalar::ZERO; T]; T];
            let mut columns = rows;
            rows[0][0] = Scalar::ONE;
            columns[0][0] = Scalar::ONE;
            for k in 1..T {
                let (row, column) = (rows[k - 1], columns[k - 1]);
                rows[k] = std::array::from_fn(|j| (0..T).map(|i| row[i] * power[i][j]).sum());
                columns[k] = std::array::from_fn(|i| (0..T).map(|j| power[i][j] * column[j]).sum());
            }
            power = times(&power, mds);
            rank(rows) == T && rank(columns) == T
        })
    }

    #[test]
    fn matrices_let_no_subspace_trail_through() {
        assert!(lets_no_subspace_trail_through(&narrow().mds));
        assert!(lets_no_subspace_trail_through(&wide().mds));
        let mut identity = [[Scalar::ZERO; 3]; 3];
        for (i, row) in identity.iter_mut().enumerate() {
            row[i] = Scalar::ONE;
        }
        assert!(!lets_no_subspace_trail_through(&identity));
    }
}
