//! Traces of a dishonest prover: faithful but for what its hooks change.

mod hints;

use ff::Field;

use crate::argument::deferred::Deferred;
use crate::argument::permutations::{Free, Input, Permutations};
use crate::argument::shape::Shape;
use crate::argument::trace::hints as honest;
use crate::argument::trace::{Trace, remainder};
use crate::field::Scalar;
use crate::hash::poseidon::{self, Poseidon};
use crate::hash::sponge::{ChunkDigests, WIDE_WIDTH, WORD_BYTES};
use crate::model::program::hints::{MeanHint, SoftmaxHint};
use crate::model::program::{Op, Program, Table, quotient};

pub(crate) type ArgumentHook = Box<dyn Fn(usize, i64) -> i64>;
pub(crate) type RowHook = Box<dyn Fn(usize, [u64; 3], &Table) -> [u64; 3]>;
pub(crate) type ProductHook = Box<dyn Fn(usize, [i64; 3]) -> [i64; 3]>;
pub(crate) type ElementHook = Box<dyn Fn(usize, usize, i64) -> i64>;
pub(crate) type NumberHook = Box<dyn Fn(usize, i64) -> i64>;
pub(crate) type HintHook = Box<dyn Fn(usize, [u64; 3]) -> [u64; 3]>;
pub(crate) type InputHook = Box<dyn Fn(usize, usize, Scalar) -> Scalar>;
pub(crate) type SboxHook = Box<dyn Fn(usize, [Scalar; 2]) -> [Scalar; 2]>;

/// Changes one thing; all that follows from it is computed from the change.
#[derive(Default)]
pub(crate) struct Hooks {
    /// On the argument x of a table row.
    pub(crate) argument: Option<ArgumentHook>,
    /// On the finished row (q, r, y).
    pub(crate) row: Option<RowHook>,
    /// On a product row (x, y, z).
    pub(crate) product: Option<ProductHook>,
    /// On an element of a product of matrices or embedding: the node and the element.
    pub(crate) unmaterialised: Option<ElementHook>,
    /// On L of a softmax, a mean or a reciprocal root: the row of elements and the number.
    pub(crate) offset: Option<NumberHook>,
    pub(crate) mean: Option<NumberHook>,
    pub(crate) root: Option<NumberHook>,
    /// On a finished table row that holds hints.
    pub(crate) hint: Option<HintHook>,
    /// On an S-box row (u, v).
    pub(crate) sbox: Option<SboxHook>,
    /// On the value that is added to a lane before a permutation: the numbers of the
    /// permutation and of the input.
    pub(crate) input: Option<InputHook>,
    /// Bytes that the sponge absorbs instead of the document's.
    pub(crate) hashed: Option<Vec<u64>>,
}

/// The trace of a document under hooks. Bytes may be any numbers.
pub(crate) fn trace(
    program: &Program,
    shape: &Shape,
    bytes: &[u64],
    salt: Scalar,
    hooks: &Hooks,
) -> Trace {
    let positions = &shape.permutations.bytes;
    let cell = |at: Option<&usize>| at.map_or(0, |at| bytes[*at]);
    let mut table: Vec<[u64; 3]> =
        positions.chunks(2).map(|pair| [bytes[pair[0]], cell(pair.get(1)), 0]).collect();
    table.resize(shape.byte_rows + shape.limb_rows, [0; 3]);
    let mut product = Vec::new();
    let mut deferred = Deferred::default();
    let unmaterialised = |node, element, value| {
        let hook = hooks.unmaterialised.as_ref();
        hook.map_or(value, |hook| hook(node, element, value))
    };
    let mut values: Vec<Vec<i64>> = Vec::new();
    for (id, node) in program.nodes().iter().enumerate() {
        let first = shape.first_row[id];
        let node_id = id;
        let quotients = |table: &[[u64; 3]], of: usize| -> Vec<i64> {
            let Op::Table { table: id, .. } = program.nodes()[of].op else { unreachable!() };
            let (first, low) = (shape.first_row[of], program.tables()[id].low);
            let rows = &table[first..first + program.nodes()[of].len];
            let exponents = program.exponents_of_elements(of);
            rows.iter().zip(exponents).map(|(row, k)| (row[0] as i64 + low) << k).collect()
        };
        let mut step = |i: usize, x: i64, id: usize, shift: u32| {
            let steps = &program.tables()[id];
            let x = hooks.argument.as_ref().map_or(x, |hook| hook(first + i, x));
            let q = quotient(x, shift);
            let r = remainder(x, shift);
            if program.has_upper_limb(shift) {
                let (row, cell) = shape.limb(node_id, i);
                table[row][cell] = r >> program.lower_bits();
            }
            let y = steps.get(q).unwrap() - steps.min();
            let row = [(q - steps.low) as u64, r % (1 << program.lower_bits()), y as u64];
            let row = hooks.row.as_ref().map_or(row, |hook| hook(first + i, row, steps));
            table.push(row);
            row[2] as i64 + steps.min()
        };
        let value: Vec<i64> = match &node.op {
            Op::Input => bytes.iter().map(|b| *b as i64).collect(),
            Op::Linear { terms, bias } => {
                let mut sum = bias.clone();
                for (input, map) in terms {
                    map.apply(&values[*input], &mut sum);
                }
                sum
            }
            Op::Table { input, table, shift } => {
                let xs = values[*input].iter().enumerate();
                xs.map(|(i, x)| step(i, *x, *table, *shift)).collect()
            }
            Op::Max { left, right, table } => {
                let pairs = values[*left].iter().zip(&values[*right]).enumerate();
                pairs.map(|(i, (x, y))| y + step(i, x - y, *table, 0)).collect()
            }
            Op::Softmax { input, table: id, shift, row, digits, low } => {
                let steps = &program.tables()[*id];
                let one = steps.get(0).unwrap() >> digits;
                let (mut value, mut ends) = (Vec::new(), Vec::new());
                for (at, xs) in values[*input].chunks(*row).enumerate() {
                    let quotients: Vec<i64> = xs.iter().map(|x| quotient(*x, *shift)).collect();
                    let offset = SoftmaxHint::of(&quotients, steps, *digits).offset;
                    let offset = hooks.offset.as_ref().map_or(offset, |hook| hook(at, offset));
                    let start = value.len();
                    for (j, x) in xs.iter().enumerate() {
                        value.push(step(at * row + j, x - (offset << shift), *id, *shift));
                    }
                    let sum = value[start..].iter().sum();
                    let rows = [honest::two_limbs(offset - low), hints::digits(sum, one, *digits)];
                    ends.extend(hooks.hints(first + node.len + 2 * at, rows));
                }
                table.extend(ends);
                value
            }
            Op::Rounded { of } => quotients(&table, *of),
            Op::Limbs { input, count } => {
                let numbers = values[*input].iter();
                let limbs = numbers.flat_map(|x| (0..*count).map(|at| honest::limb(*x, at)));
                let limbs: Vec<u64> = limbs.collect();
                let cell = |pair: &[u64], at: usize| pair.get(at).copied().unwrap_or(0);
                let rows = limbs.chunks(2).map(|pair| [cell(pair, 0), cell(pair, 1), 0]);
                table.extend(rows.enumerate().flat_map(|(at, row)| hooks.hints(first + at, [row])));
                (0..node.len).map(|at| table[first + at / 2][at % 2] as i64).collect()
            }
            Op::Mean { of, row, bits, low } => {
                let quotients = quotients(&table, *of);
                let mean = |(at, row_of): (usize, &[i64])| {
                    let sum: i64 = row_of.iter().sum();
                    let mean = MeanHint::of(sum, *row, *bits).mean;
                    let mean = hooks.mean.as_ref().map_or(mean, |hook| hook(at, mean));
                    let numerator = (sum << bits) + *row as i64 / 2;
                    let rows = hints::mean_rows(numerator, mean, *row, *low);
                    table.extend(hooks.hints(first + 3 * at, rows));
                    mean
                };
                quotients.chunks(*row).enumerate().map(mean).collect()
            }
            Op::Rsqrt { of, row, mean, bits, epsilon, limbs } => {
                let quotients = quotients(&table, *of);
                let squares = program.squares(&values, *of);
                let pairs = quotients.chunks(*row).zip(squares.chunks(*row)).enumerate();
                let root = |(at, (quotients, squares)): (usize, (&[i64], &[i64]))| {
                    let sums = (mean.map(|_| quotients.iter().sum()), squares.iter().sum());
                    let numbers = (at, product.len());
                    let hint =
                        hints::root(hooks, sums, (*row, *bits, *epsilon), numbers, &mut product);
                    for cells in honest::root(hint, *limbs) {
                        let [cells] = hooks.hints(table.len(), [cells]);
                        table.push(cells);
                    }
                    hint.root
                };
                pairs.map(root).collect()
            }
            Op::Product { left, right } => {
                let pairs = values[*left].iter().zip(&values[*right]).enumerate();
                let row = |(i, (x, y)): (usize, (&i64, &i64))| {
                    let row = [*x, *y, x * y];
                    let row = hooks.product.as_ref().map_or(row, |hook| hook(first + i, row));
                    product.push(row);
                    row[2]
                };
                pairs.map(row).collect()
            }
            Op::MatMul { left, right, batch, rows, inner, columns } => {
                let (a, b) = (&values[*left], &values[*right]);
                let at = |e: usize| {
                    let (h, i, j) = (e / (rows * columns), e / columns % rows, e % columns);
                    let term = |k| a[(h * rows + i) * inner + k] * b[(h * inner + k) * columns + j];
                    (0..*inner).map(term).sum::<i64>()
                };
                deferred.matrices.push([a.clone(), b.clone()]);
                let value = |e| unmaterialised(node_id, e, at(e));
                (0..batch * rows * columns).map(value).collect()
            }
            Op::Embedding { ids, table } => {
                deferred.ids.push(values[*ids].clone());
                let table = &program.embeddings()[*table];
                let rows = values[*ids].iter().flat_map(|id| table.row(*id as usize));
                rows.enumerate().map(|(e, value)| unmaterialised(node_id, e, value)).collect()
            }
        };
        values.push(value);
    }
    let hashed = hooks.hashed.as_deref().unwrap_or(bytes);
    let (sbox, digest) = sponge(&shape.permutations, program.view(), hashed, salt, hooks);
    let decision = values[program.decision()][0] == 1;
    Trace { table, product, sbox, deferred, digest, decision }
}

fn sponge(
    permutations: &Permutations,
    view: &str,
    bytes: &[u64],
    salt: Scalar,
    hooks: &Hooks,
) -> (Vec<[Scalar; 2]>, Scalar) {
    let radix = Scalar::from(256);
    let word = |bytes: &[u64]| {
        bytes.iter().rev().fold(Scalar::ZERO, |sum, b| sum * radix + Scalar::from(*b))
    };
    let words: Vec<Scalar> = bytes.chunks(WORD_BYTES).map(word).collect();
    let plain: Vec<u8> = bytes.iter().map(|byte| *byte as u8).collect();
    let digests = ChunkDigests::of(view, &plain);
    let poseidon = poseidon::wide();
    let mut rows = Vec::new();
    let mut results: Vec<[Scalar; WIDE_WIDTH]> = Vec::new();
    for (number, permutation) in permutations.list.iter().enumerate() {
        let mut state = permutation.start(results.last());
        for (position, input) in permutation.inputs.iter().enumerate() {
            let value = match *input {
                Input::Free(Free::Salt) => salt,
                Input::Free(Free::Word(word)) => words[word],
                Input::Word { cell, .. } => words[permutations.bytes[cell] / WORD_BYTES],
                Input::Free(Free::Chunk(chunk)) => digests.chunks[chunk],
                Input::Free(Free::Group(group)) => digests.groups[group],
                Input::Digest(earlier) => results[earlier][1],
            };
            let hook = hooks.input.as_ref();
            state[1 + position] += hook.map_or(value, |hook| hook(number, position, value));
        }
        for (round, constants) in poseidon.round_constants.iter().enumerate() {
            for (lane, constant) in state.iter_mut().zip(constants) {
                *lane += constant;
            }
            let full = Poseidon::<WIDE_WIDTH>::is_full_round(round);
            for lane in &mut state[..if full { WIDE_WIDTH } else { 1 }] {
                let row = [*lane, lane.square().square() * *lane];
                let row = hooks.sbox.as_ref().map_or(row, |hook| hook(rows.len(), row));
                rows.push(row);
                *lane = row[1];
            }
            state = std::array::from_fn(|i| {
                poseidon.mds[i].iter().zip(&state).map(|(m, s)| *m * s).sum()
            });
        }
        results.push(state);
    }
    (rows, results.last().map_or(Scalar::ZERO, |state| state[1]))
}
