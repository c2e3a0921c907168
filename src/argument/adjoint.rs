//! The public coefficients of the linear check.
//!
//! Every linear relation of a trace has the form `cell − (linear map of other
//! cells) = constant`. Weight relation i by ρ^i and add them all up: what is
//! left is one inner product of the trace with the coefficients computed here,
//! by a single backward pass through the program and the sponge with the
//! weights as cotangents. See "The linear check" in `docs/argument.md`.

use ff::{Field, PrimeField};

use super::permutations::Input;
use super::rows::{PerKind, RowKind};
use super::shape::{PERMUTATION_SBOXES, Shape};
use crate::field::{Scalar, SmallSums, from_i64};
use crate::hash::poseidon::{self, Poseidon, ROUNDS};
use crate::hash::sponge::WIDE_WIDTH;
use crate::model::linear::MAX_WEIGHT;
use crate::model::program::{LIMB_BITS, MAX_NODE_LEN, NodeId, Op, Program, Table};

/// `Σ coefficient · cell = constant + digest_weight · digest + decision_weight · decision`
/// for the trace of one document, relations weighted by ρ^0, ρ^1, …
///
/// Copy v of a lane weights its relation i by ρ^(v·R + i): its coefficients are
/// these times [`Coefficients::copy_factor`] to the v.
#[derive(Clone, Debug)]
pub struct Coefficients {
    /// Of the cells, row after row, [`RowKind::columns`] a row.
    cells: PerKind<Vec<Scalar>>,
    /// The right-hand side without the document's public values.
    pub constant: Scalar,
    /// Weight of the view digest.
    pub digest_weight: Scalar,
    /// Weight of the decision.
    pub decision_weight: Scalar,
    /// ρ^R, R the number of relations.
    pub copy_factor: Scalar,
}

impl Coefficients {
    /// One backward pass.
    #[must_use]
    pub fn of(program: &Program, shape: &Shape, rho: Scalar) -> Self {
        let mut powers = Vec::with_capacity(shape.relations + 1);
        let mut power = Scalar::ONE;
        for _ in 0..=shape.relations {
            powers.push(power);
            power *= rho;
        }
        let mut pass = Pass {
            program,
            shape,
            cotangents: vec![Vec::new(); program.nodes().len()],
            coefficients: Self {
                cells: PerKind::of(|kind| vec![Scalar::ZERO; shape.rows[kind] * kind.columns()]),
                constant: Scalar::ZERO,
                digest_weight: powers[shape.digest_relation()],
                decision_weight: powers[shape.decision_relation()],
                copy_factor: powers[shape.relations],
            },
            powers,
        };
        pass.sponge();
        pass.nodes();
        pass.coefficients
    }

    /// The coefficients of the cells of each row of a kind.
    pub fn rows(&self, kind: RowKind) -> impl Iterator<Item = &[Scalar]> {
        self.cells[kind].chunks_exact(kind.columns())
    }

    fn row_mut(&mut self, kind: RowKind, row: usize) -> &mut [Scalar] {
        let columns = kind.columns();
        &mut self.cells[kind][row * columns..(row + 1) * columns]
    }

    /// The right-hand side for one document.
    #[must_use]
    pub fn right_hand_side(&self, digest: Scalar, decision: bool) -> Scalar {
        let decision = if decision { self.decision_weight } else { Scalar::ZERO };
        self.constant + self.digest_weight * digest + decision
    }
}

/// What all rows of a table step share.
struct Step {
    /// `2^s`.
    scale: Scalar,
    has_remainder: bool,
    /// `2^12`, the weight of an upper limb.
    limb: Scalar,
    /// `2^(s-1) − 2^s·low`; without the first term if s is 0.
    constant: Scalar,
    /// The table's smallest value.
    min: Scalar,
}

impl Step {
    fn of(table: &Table, shift: u32) -> Self {
        let scale = Scalar::from(1u64 << shift);
        let half = from_i64::<Scalar>((1i64 << shift) >> 1);
        Self {
            scale,
            has_remainder: shift > 0,
            limb: Scalar::from(1 << LIMB_BITS),
            constant: half - scale * from_i64::<Scalar>(table.low),
            min: from_i64(table.min()),
        }
    }
}

struct Pass<'a> {
    program: &'a Program,
    shape: &'a Shape,
    powers: Vec<Scalar>,
    /// For each node the coefficient of each of its elements, so far; empty
    /// until something reads the node, and again when its turn has come.
    cotangents: Vec<Vec<Scalar>>,
    coefficients: Coefficients,
}

impl Pass<'_> {
    fn cotangent(&mut self, node: NodeId) -> &mut Vec<Scalar> {
        let cotangent = &mut self.cotangents[node];
        if cotangent.is_empty() {
            cotangent.resize(self.program.nodes()[node].len, Scalar::ZERO);
        }
        cotangent
    }

    /// Backwards through the nodes: when a node's turn comes, all that read
    /// it have added to its cotangent.
    fn nodes(&mut self) {
        let program = self.program;
        let decision_weight = self.coefficients.decision_weight;
        self.cotangent(program.decision())[0] += decision_weight;
        for (id, node) in program.nodes().iter().enumerate().rev() {
            self.cotangent(id);
            let cotangent = std::mem::take(&mut self.cotangents[id]);
            let first = self.shape.first_row[id];
            match &node.op {
                Op::Input => self.input(&cotangent),
                Op::Linear { terms, bias } => {
                    for (input, map) in terms {
                        map.adjoint(&cotangent, self.cotangent(*input));
                    }
                    self.coefficients.constant -= inner_product(bias, &cotangent);
                }
                Op::Table { input, table, shift } => {
                    let step = Step::of(&program.tables()[*table], *shift);
                    self.cotangent(*input);
                    for (i, g) in cotangent.into_iter().enumerate() {
                        let weight = self.step(first + i, g, &step);
                        self.cotangents[*input][i] -= weight;
                        if *shift > LIMB_BITS {
                            let (row, cell) = self.shape.limb(id, i);
                            let cells = self.coefficients.row_mut(RowKind::Table, row);
                            cells[cell] = weight * step.limb;
                        }
                    }
                    self.constants(first, node.len, &step);
                }
                Op::Max { left, right, table } => {
                    let step = Step::of(&program.tables()[*table], 0);
                    for (i, g) in cotangent.into_iter().enumerate() {
                        // max(x, y) = y + relu(x − y).
                        let weight = self.step(first + i, g, &step);
                        self.cotangent(*left)[i] -= weight;
                        self.cotangent(*right)[i] += weight + g;
                    }
                    self.constants(first, node.len, &step);
                }
                Op::Product { left, right } => {
                    for (i, g) in cotangent.into_iter().enumerate() {
                        let relation = self.shape.product_relation(first + i);
                        let [x, y] = [self.powers[relation], self.powers[relation + 1]];
                        let cells = self.coefficients.row_mut(RowKind::Product, first + i);
                        cells.copy_from_slice(&[x, y, g]);
                        self.cotangent(*left)[i] -= x;
                        self.cotangent(*right)[i] -= y;
                    }
                }
            }
        }
    }

    /// The row of a table step whose value has the coefficient `g`:
    /// `2^s·(q + low) + r − x = 2^(s-1)`, its value `y + min`; an upper limb of
    /// r stands elsewhere. Gives the relation's weight, which x takes with a
    /// minus.
    fn step(&mut self, row: usize, g: Scalar, step: &Step) -> Scalar {
        let weight = self.powers[self.shape.table_relation(row)];
        let remainder = if step.has_remainder { weight } else { Scalar::ZERO };
        let cells = self.coefficients.row_mut(RowKind::Table, row);
        cells.copy_from_slice(&[weight * step.scale, remainder, g]);
        weight
    }

    /// What the rows of a step add to the right-hand side.
    fn constants(&mut self, first: usize, len: usize, step: &Step) {
        let relation = self.shape.table_relation(first);
        let weights: Scalar = self.powers[relation..relation + len].iter().sum();
        let rows = self.coefficients.rows(RowKind::Table).skip(first).take(len);
        let values: Scalar = rows.map(|row| row[2]).sum();
        self.coefficients.constant += weights * step.constant - values * step.min;
    }

    /// The bytes that have cells. Nothing reads the others: what is read has a cell,
    /// by [`Program::reads`].
    fn input(&mut self, cotangent: &[Scalar]) {
        let shape = self.shape;
        let cells = &shape.permutations.bytes;
        debug_assert!(
            (0..cotangent.len())
                .all(|at| cells.binary_search(&at).is_ok() || bool::from(cotangent[at].is_zero()))
        );
        for (row, pair) in cells.chunks(2).enumerate() {
            let row = self.coefficients.row_mut(RowKind::Table, row);
            for (cell, at) in row.iter_mut().zip(pair) {
                *cell = cotangent[*at];
            }
        }
    }

    /// Backwards through the permutations that tie the bytes to the digest.
    fn sponge(&mut self) {
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
                            self.cotangent(0)[*at] += cotangent;
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

/// `Σ integer · element`, of at most [`MAX_NODE_LEN`] terms.
fn inner_product(integers: &[i64], elements: &[Scalar]) -> Scalar {
    const { assert!(MAX_NODE_LEN <= 1 << 24, "sums have room for 2^24 products by 40 bits") };
    let mut small = <Scalar as SmallSums>::Sum::default();
    let mut large = Scalar::ZERO;
    for (integer, element) in integers.iter().zip(elements) {
        if integer.unsigned_abs() <= MAX_WEIGHT as u64 {
            let (element, sum) = (std::iter::once(element), std::iter::once(&mut small));
            Scalar::add_products(*integer, element, sum);
        } else {
            large += from_i64::<Scalar>(*integer) * element;
        }
    }
    large + Scalar::reduced(&small)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::argument::testing;
    use crate::argument::trace::Trace;

    #[test]
    fn an_inner_product_has_room_for_integers_of_any_size() {
        let integers = [i64::MAX, i64::MIN, i64::MAX, MAX_WEIGHT, -MAX_WEIGHT, 1, 0, i64::MIN];
        let elements: Vec<Scalar> = (1..9).map(|i| -Scalar::from(i)).collect();
        let naive = integers.iter().zip(&elements).map(|(w, e)| from_i64::<Scalar>(*w) * e);
        assert_eq!(inner_product(&integers, &elements), naive.sum());
    }

    fn left_hand_side(c: &Coefficients, t: &Trace) -> Scalar {
        let mut sum = Scalar::ZERO;
        t.for_each_row(|kind, row, cells| {
            let coefficients = c.rows(kind).nth(row).unwrap();
            assert_eq!(coefficients.len(), cells.len());
            sum += coefficients.iter().zip(cells).map(|(c, t)| *c * t).sum::<Scalar>();
        });
        sum
    }

    #[test]
    fn the_linear_check_holds_on_every_document_and_no_cell_is_free() {
        for program in testing::programs() {
            let shape = Shape::of(&program);
            let rho = Scalar::from(0x1234_5678_9abc_def1).square().square();
            let coefficients = Coefficients::of(&program, &shape, rho);
            for document in testing::documents(&program) {
                let salt = Scalar::from(99).invert().unwrap();
                let trace = Trace::of(&program, &shape, &document, salt);
                let right = coefficients.right_hand_side(trace.digest, trace.decision);
                assert_eq!(left_hand_side(&coefficients, &trace), right);
                assert_ne!(
                    coefficients.right_hand_side(trace.digest, !trace.decision),
                    right,
                    "a flipped decision"
                );
            }
            let zero = |c: &Scalar| bool::from(c.is_zero());
            let unused = coefficients.rows(RowKind::Sbox).flatten().filter(|c| zero(c)).count();
            let inputs = shape.permutations.list.iter().flat_map(|p| &p.inputs);
            let free = inputs.filter(|input| matches!(input, Input::Free(_))).count();
            assert_eq!(unused, free, "only the salt's cell, and what is not opened, is free");
            for (row, lookups) in coefficients.rows(RowKind::Table).zip(&shape.lookups) {
                assert!(!zero(&row[0]));
                assert_eq!(zero(&row[1]), lookups.remainder.is_none());
            }
        }
    }

    #[test]
    fn every_relation_has_its_own_power_of_rho() {
        let program = testing::program();
        let shape = Shape::of(&program);
        let rho = Scalar::from(5);
        let coefficients = Coefficients::of(&program, &shape, rho);
        let power = |relation: usize| rho.pow([relation as u64]);
        assert_eq!(coefficients.copy_factor, power(shape.relations));
        assert_eq!(coefficients.digest_weight, power(shape.digest_relation()));
        assert_eq!(coefficients.decision_weight, power(shape.decision_relation()));
        for (row, cells) in coefficients.rows(RowKind::Product).enumerate() {
            let relation = shape.product_relation(row);
            assert_eq!(cells[..2], [power(relation), power(relation + 1)]);
        }
        // The salt's row has a relation that nothing is weighted by.
        let sboxes = coefficients.rows(RowKind::Sbox).enumerate();
        for (row, cells) in sboxes.filter(|(row, _)| *row != 1) {
            assert_eq!(cells[0], power(shape.sbox_relation(row)));
        }
    }
}
