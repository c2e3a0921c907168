//! The relation once more, in plain integers.
//!
//! The twin of the circuit: it knows neither ρ nor coefficients nor columns,
//! but walks forward through the program and the sponge and compares each cell
//! with what it must be. Tests hold every broken witness against both.

mod hints;

use ff::Field;
use thiserror::Error;

use super::permutations::Input;
use super::rows::{Round, RowKind};
use super::shape::{Lookups, PERMUTATION_SBOXES, Shape};
use super::statement::{Slot, Statement};
use super::tables::Entries;
use super::trace::Trace;
use crate::field::Scalar;
use crate::hash::poseidon::{self, Poseidon};
use crate::hash::sponge::WIDE_WIDTH;
use crate::model::program::{NodeId, Op, Program};

/// The clause of the relation that a witness breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Violation {
    /// Another number of traces or rows.
    #[error("the witness has another shape")]
    Shape,
    /// A look-up hits no entry.
    #[error("table row {row}: a look-up hits no entry")]
    Lookup {
        /// The row.
        row: usize,
    },
    /// `2^s·q + r = x + 2^(s-1)` fails.
    #[error("table row {row}: quotient and remainder are not those of the argument")]
    Division {
        /// The row.
        row: usize,
    },
    /// A factor is not the linear map it stands for.
    #[error("product row {row}: a factor is wrong")]
    Factor {
        /// The row.
        row: usize,
    },
    /// A hint is not the one that its relations allow.
    #[error("table row {row}: a hint is not the one that its relations allow")]
    Hint {
        /// A row of the hint.
        row: usize,
    },
    /// `z = x·y` fails.
    #[error("product row {row}: the product is wrong")]
    Product {
        /// The row.
        row: usize,
    },
    /// `v = u^5` fails.
    #[error("S-box row {row}: the fifth power is wrong")]
    FifthPower {
        /// The row.
        row: usize,
    },
    /// An S-box's input is not the state it stands for.
    #[error("S-box row {row}: the state is wrong")]
    State {
        /// The row.
        row: usize,
    },
    /// The sponge ends in another digest.
    #[error("the digest is another")]
    Digest,
    /// The program ends in another decision.
    #[error("the decision is another")]
    Decision,
}

impl Statement {
    /// Checks a witness: the trace of each slot.
    ///
    /// # Errors
    /// The first slot and clause that fail.
    pub fn check(&self, program: &Program, witness: &[Trace]) -> Result<(), (usize, Violation)> {
        let shape = Shape::of(program);
        let entries = Entries::of(program);
        if witness.len() != self.slots.len() {
            return Err((witness.len(), Violation::Shape));
        }
        for (index, (slot, trace)) in self.slots.iter().zip(witness).enumerate() {
            let walk = Walk { program, shape: &shape, entries: &entries, trace };
            walk.check(slot).map_err(|violation| (index, violation))?;
        }
        Ok(())
    }
}

struct Walk<'a> {
    program: &'a Program,
    shape: &'a Shape,
    entries: &'a Entries,
    trace: &'a Trace,
}

impl Walk<'_> {
    fn check(&self, slot: &Slot) -> Result<(), Violation> {
        let mut kinds = RowKind::ALL.into_iter().filter(|kind| kind.round() == Round::First);
        if kinds.any(|kind| self.trace.rows(kind) != self.shape.rows[kind]) {
            return Err(Violation::Shape);
        }
        self.lookups()?;
        let positions = &self.shape.permutations.bytes;
        let cells: Vec<i128> = self.trace.table[..self.shape.byte_rows]
            .iter()
            .flat_map(|[q, r, _]| [i128::from(*q), i128::from(*r)])
            .take(positions.len())
            .collect();
        if self.sponge(&cells)? != slot.digest {
            return Err(Violation::Digest);
        }
        // Bytes without a cell are read by nothing.
        let mut bytes = vec![0; self.program.input_len()];
        for (at, cell) in positions.iter().zip(&cells) {
            bytes[*at] = *cell;
        }
        if self.nodes(bytes)? != i128::from(slot.decision) {
            return Err(Violation::Decision);
        }
        Ok(())
    }

    fn lookups(&self) -> Result<(), Violation> {
        let rows = self.trace.table.iter().zip(&self.shape.lookups).enumerate();
        for (row, ([q, r, y], Lookups { step, remainder })) in rows {
            let entry = self.entries.position(*step, *q).map(|at| self.entries.as_slice()[at]);
            let in_range = remainder.is_none_or(|tag| self.entries.position(tag, *r).is_some());
            if entry.is_none_or(|entry| entry.y != *y) || !in_range {
                return Err(Violation::Lookup { row });
            }
        }
        Ok(())
    }

    /// Forward through the program, taking each step's value from its cell.
    fn nodes(&self, bytes: Vec<i128>) -> Result<i128, Violation> {
        let mut values: Vec<Vec<i128>> = Vec::with_capacity(self.program.nodes().len());
        for (id, node) in self.program.nodes().iter().enumerate() {
            let first = self.shape.first_row[id];
            let value = match &node.op {
                Op::Input => bytes.clone(),
                Op::Linear { terms, bias } => {
                    let mut sum: Vec<i64> = bias.clone();
                    for (input, map) in terms {
                        let input: Vec<i64> = values[*input].iter().map(|v| *v as i64).collect();
                        map.apply(&input, &mut sum);
                    }
                    sum.into_iter().map(i128::from).collect()
                }
                Op::Table { input, table, shift } => {
                    let xs = self.without_upper_limbs(id, &values[*input], *shift);
                    self.steps(first, xs.into_iter(), *table, *shift)?
                }
                Op::Max { left, right, table } => {
                    let differences = values[*left].iter().zip(&values[*right]).map(|(x, y)| x - y);
                    let relu = self.steps(first, differences, *table, 0)?;
                    relu.iter().zip(&values[*right]).map(|(relu, y)| relu + y).collect()
                }
                Op::Softmax { input, shift, .. } => {
                    self.softmax(id, self.without_upper_limbs(id, &values[*input], *shift))?
                }
                Op::Rounded { of } => self.quotients(*of),
                Op::Limbs { input, count } => self.limbs(id, &values[*input], *count)?,
                Op::Mean { .. } => self.means(id)?,
                Op::Rsqrt { .. } => self.roots(id, &values)?,
                Op::Product { left, right } => {
                    self.products(first, &values[*left], &values[*right])?
                }
                Op::Embedding { ids, table } => {
                    let table = &self.program.embeddings()[*table];
                    let row = |id: &i128| table.row(*id as usize).map(i128::from);
                    values[*ids].iter().flat_map(row).collect()
                }
                Op::MatMul { left, right, batch, rows, inner, columns } => {
                    let sizes = [*batch, *rows, *inner, *columns];
                    matrix_product(&values[*left], &values[*right], sizes)
                }
            };
            values.push(value);
        }
        Ok(values[self.program.decision()][0])
    }

    /// The arguments of a step less what the upper limbs of its remainders stand for; the
    /// lower limb is taken where the step is.
    fn without_upper_limbs(&self, id: NodeId, xs: &[i128], shift: u32) -> Vec<i128> {
        let upper = |i| {
            let (row, cell) = self.shape.limb(id, i);
            i128::from(self.trace.table[row][cell]) << self.program.lower_bits()
        };
        let long = self.program.has_upper_limb(shift);
        let xs = xs.iter().enumerate();
        xs.map(|(i, x)| if long { x - upper(i) } else { *x }).collect()
    }

    fn steps(
        &self,
        first: usize,
        xs: impl Iterator<Item = i128>,
        table: usize,
        shift: u32,
    ) -> Result<Vec<i128>, Violation> {
        let table = &self.program.tables()[table];
        let half = (1i128 << shift) >> 1;
        let cell = |(row, x): (usize, i128)| {
            let [q, r, y] = self.trace.table[row].map(i128::from);
            let remainder = if shift > 0 { r } else { 0 };
            if ((q + i128::from(table.low)) << shift) + remainder != x + half {
                return Err(Violation::Division { row });
            }
            Ok(y + i128::from(table.min()))
        };
        (first..).zip(xs).map(cell).collect()
    }

    fn products(
        &self,
        first: usize,
        left: &[i128],
        right: &[i128],
    ) -> Result<Vec<i128>, Violation> {
        let cell = |(row, (left, right)): (usize, (&i128, &i128))| {
            let [x, y, z] = self.trace.product[row].map(i128::from);
            if (x, y) != (*left, *right) {
                return Err(Violation::Factor { row });
            }
            if z != x * y {
                return Err(Violation::Product { row });
            }
            Ok(z)
        };
        (first..).zip(left.iter().zip(right)).map(cell).collect()
    }

    /// Forward through the permutations, taking each S-box's value from its cell;
    /// gives the digest. `bytes` are those that have cells.
    fn sponge(&self, bytes: &[i128]) -> Result<Scalar, Violation> {
        let radix = Scalar::from(256);
        let word = |bytes: &[i128]| {
            let byte = |sum: Scalar, b: &i128| sum * radix + Scalar::from(*b as u64);
            bytes.iter().rev().fold(Scalar::ZERO, byte)
        };
        let poseidon = poseidon::wide();
        let mut results: Vec<[Scalar; WIDE_WIDTH]> = Vec::new();
        for (number, permutation) in self.shape.permutations.list.iter().enumerate() {
            let rows = number * PERMUTATION_SBOXES..(number + 1) * PERMUTATION_SBOXES;
            let rows: Vec<(usize, [Scalar; 2])> =
                rows.map(|row| (row, self.trace.sbox[row])).collect();
            let mut state = permutation.start(results.last());
            for (lane, input) in permutation.inputs.iter().enumerate() {
                let lane = lane + 1;
                match *input {
                    // A free input is whatever the first S-box of its lane says.
                    Input::Free(_) => {
                        state[lane] = rows[lane].1[0] - poseidon.round_constants[0][lane];
                    }
                    Input::Word { cell, len } => state[lane] += word(&bytes[cell..cell + len]),
                    Input::Digest(earlier) => state[lane] += results[earlier][1],
                }
            }
            let mut cells = rows.into_iter();
            for (round, constants) in poseidon.round_constants.iter().enumerate() {
                for (lane, constant) in state.iter_mut().zip(constants) {
                    *lane += constant;
                }
                let full = Poseidon::<WIDE_WIDTH>::is_full_round(round);
                let sboxes = if full { WIDE_WIDTH } else { 1 };
                for lane in &mut state[..sboxes] {
                    let (row, [u, v]) = cells.next().ok_or(Violation::Shape)?;
                    if u != *lane {
                        return Err(Violation::State { row });
                    }
                    if v != u.square().square() * u {
                        return Err(Violation::FifthPower { row });
                    }
                    *lane = v;
                }
                state = std::array::from_fn(|i| {
                    poseidon.mds[i].iter().zip(&state).map(|(m, s)| *m * s).sum()
                });
            }
            results.push(state);
        }
        Ok(results.last().map_or(Scalar::ZERO, |state| state[1]))
    }
}

/// `C_hij = Σ_k A_hik · B_hkj`, by the definition.
fn matrix_product(a: &[i128], b: &[i128], sizes: [usize; 4]) -> Vec<i128> {
    let [batch, rows, inner, columns] = sizes;
    let at = |e: usize| {
        let (h, i, j) = (e / (rows * columns), e / columns % rows, e % columns);
        let term = |k| a[(h * rows + i) * inner + k] * b[(h * inner + k) * columns + j];
        (0..inner).map(term).sum()
    };
    (0..batch * rows * columns).map(at).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::argument::statement::Context;
    use crate::argument::testing;

    /// The trace agrees with the evaluator bit for bit: the twin rebuilds
    /// every value from the trace's cells alone.
    fn assert_agrees(program: &Program, bytes: &[u8]) {
        let shape = Shape::of(program);
        let trace = Trace::of(program, &shape, bytes, Scalar::from(3));
        let values = program.evaluate(bytes);
        for (id, node) in program.nodes().iter().enumerate() {
            let first = shape.first_row[id];
            let cells = |i: usize| trace.table[first + i].map(|cell| cell as i64);
            match &node.op {
                Op::Table { table, .. } => {
                    let min = program.tables()[*table].min();
                    let column: Vec<i64> = (0..node.len).map(|i| cells(i)[2] + min).collect();
                    assert_eq!(column, values[id]);
                }
                Op::Max { right, .. } => {
                    let sum = |(i, y): (usize, &i64)| cells(i)[2] + y;
                    let column: Vec<i64> = values[*right].iter().enumerate().map(sum).collect();
                    assert_eq!(column, values[id]);
                }
                Op::Product { .. } => {
                    let column: Vec<i64> =
                        (0..node.len).map(|i| trace.product[first + i][2]).collect();
                    assert_eq!(column, values[id]);
                }
                // The walk takes hints from their cells.
                _ => {}
            }
        }
        assert_eq!(trace.decision, program.matches(bytes));
        let slot = Slot { leaf: Some(0), digest: trace.digest, decision: trace.decision };
        let context = Context { header: Scalar::ONE, root: Scalar::ONE, request: [0; 32] };
        let slots = vec![slot];
        let statement = Statement { context, batch: 0, batches: 1, lanes: 1, copies: 1, slots };
        assert_eq!(statement.check(program, &[trace]), Ok(()));
    }

    #[test]
    fn trace_and_evaluator_agree_on_extremes() {
        for program in testing::programs() {
            for document in testing::documents(&program) {
                assert_agrees(&program, &document);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn trace_and_evaluator_agree(bytes in prop::collection::vec(any::<u8>(), 35)) {
            assert_agrees(&testing::program(), &bytes);
            assert_agrees(&testing::fine_program(), &bytes);
        }
    }
}
