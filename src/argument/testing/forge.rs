//! Traces of a dishonest prover: faithful but for what its hooks change.

use ff::Field;

use crate::argument::shape::{RATE, Shape};
use crate::argument::trace::{Trace, remainder};
use crate::field::Scalar;
use crate::hash::poseidon::{self, Poseidon};
use crate::hash::sponge::{Domain, WIDE_WIDTH, WORD_BYTES, capacity};
use crate::model::program::{LIMB_BITS, Op, Program, Table, quotient};

pub(crate) type ArgumentHook = Box<dyn Fn(usize, i64) -> i64>;
pub(crate) type RowHook = Box<dyn Fn(usize, [u64; 3], &Table) -> [u64; 3]>;
pub(crate) type ProductHook = Box<dyn Fn(usize, [i64; 3]) -> [i64; 3]>;
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
    /// On an S-box row (u, v).
    pub(crate) sbox: Option<SboxHook>,
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
    let mut table: Vec<[u64; 3]> =
        bytes.chunks(2).map(|pair| [pair[0], pair.get(1).copied().unwrap_or(0), 0]).collect();
    table.resize(shape.byte_rows + shape.limb_rows, [0; 3]);
    let mut product = Vec::new();
    let mut values: Vec<Vec<i64>> = Vec::new();
    for (id, node) in program.nodes().iter().enumerate() {
        let first = shape.first_row[id];
        let node_id = id;
        let mut step = |i: usize, x: i64, id: usize, shift: u32| {
            let steps = &program.tables()[id];
            let x = hooks.argument.as_ref().map_or(x, |hook| hook(first + i, x));
            let q = quotient(x, shift);
            let r = remainder(x, shift);
            if shift > LIMB_BITS {
                let (row, cell) = shape.limb(node_id, i);
                table[row][cell] = r >> LIMB_BITS;
            }
            let y = steps.get(q).unwrap() - steps.min();
            let row = [(q - steps.low) as u64, r % (1 << LIMB_BITS), y as u64];
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
        };
        values.push(value);
    }
    let hashed = hooks.hashed.as_deref().unwrap_or(bytes);
    let (sbox, digest) = sponge(program.view(), hashed, salt, hooks);
    let decision = values[program.decision()][0] == 1;
    Trace { table, product, sbox, digest, decision }
}

fn sponge(view: &str, bytes: &[u64], salt: Scalar, hooks: &Hooks) -> (Vec<[Scalar; 2]>, Scalar) {
    let radix = Scalar::from(256);
    let word = |bytes: &[u64]| {
        bytes.iter().rev().fold(Scalar::ZERO, |sum, b| sum * radix + Scalar::from(*b))
    };
    let words: Vec<_> = std::iter::once(salt).chain(bytes.chunks(WORD_BYTES).map(word)).collect();
    let permutation = poseidon::wide();
    let mut state = [Scalar::ZERO; WIDE_WIDTH];
    state[0] = capacity(Domain::View, view, bytes.len() as u32);
    let mut rows = Vec::new();
    for chunk in words.chunks(RATE) {
        for (lane, word) in state[1..].iter_mut().zip(chunk) {
            *lane += word;
        }
        for (round, constants) in permutation.round_constants.iter().enumerate() {
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
                permutation.mds[i].iter().zip(&state).map(|(m, s)| *m * s).sum()
            });
        }
    }
    (rows, state[1])
}
