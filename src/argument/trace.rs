//! A document's rows, filled.

pub(crate) mod hints;

use ff::Field;
use rayon::prelude::*;

use super::deferred::Deferred;
use super::permutations::{Free, Input, Permutations};
use super::rows::RowKind;
use super::shape::{Lookups, Shape};
use super::tables::{Entries, Tag};
use crate::field::{Scalar, from_i64};
use crate::hash::poseidon;
pub use crate::hash::sponge::ChunkDigests;
use crate::hash::sponge::{self, WIDE_WIDTH, WORD_BYTES, pack};
use crate::model::program::{Op, Program, Table, quotient};

/// Rows that are worth a task of their own.
const PIECE: usize = 1 << 14;

/// The rows of one document, as they stand in the data columns.
#[derive(Clone)]
pub struct Trace {
    /// `(q, r, y)`: quotient and value less their table's smallest ones, and
    /// the remainder or its lower limb, `0 ≤ r < 2^min(shift, 12)` as a rule. Before
    /// these the bytes and the upper limbs, two a row.
    pub table: Vec<[u64; 3]>,
    /// `(x, y, z)` with `z = x·y`.
    pub product: Vec<[i64; 3]>,
    /// `(u, v)` with `v = u^5`.
    pub sbox: Vec<[Scalar; 2]>,
    /// What the rows of the second round follow from.
    pub deferred: Deferred,
    /// The digest of the view.
    pub digest: Scalar,
    /// What the program says.
    pub decision: bool,
}

impl Trace {
    /// Runs the program and the sponge on a document.
    ///
    /// # Panics
    /// If `bytes` does not have the program's input length.
    #[must_use]
    pub fn of(program: &Program, shape: &Shape, bytes: &[u8], salt: Scalar) -> Self {
        let chunked = sponge::is_chunked(program.view(), bytes.len());
        let digests = chunked.then(|| ChunkDigests::of(program.view(), bytes));
        Self::of_hashed(program, shape, bytes, salt, digests.as_ref())
    }

    /// As [`Self::of`], of a view in chunks whose digests are known.
    ///
    /// # Panics
    /// As [`Self::of`], and if there are none though the view is in chunks.
    #[must_use]
    pub fn of_hashed(
        program: &Program,
        shape: &Shape,
        bytes: &[u8],
        salt: Scalar,
        digests: Option<&ChunkDigests>,
    ) -> Self {
        let mut values = program.evaluate(bytes);
        let mut table = Vec::with_capacity(shape.rows[RowKind::Table]);
        let mut product = Vec::with_capacity(shape.rows[RowKind::Product]);
        table.extend(shape.permutations.bytes.chunks(2).map(|pair| {
            let byte = |i: usize| pair.get(i).map_or(0, |at| u64::from(bytes[*at]));
            [byte(0), byte(1), 0]
        }));
        for node in program.nodes() {
            let Some((input, shift)) = node.op.division() else { continue };
            if program.has_upper_limb(shift) {
                let limb = |x: &i64| remainder(*x, shift) >> program.lower_bits();
                table.extend(values[input].chunks(2).map(|pair| {
                    let cell = |i: usize| pair.get(i).map_or(0, limb);
                    [cell(0), cell(1), 0]
                }));
            }
        }
        let lower = program.lower_bits();
        for (node_id, node) in program.nodes().iter().enumerate() {
            match &node.op {
                Op::Input
                | Op::Linear { .. }
                | Op::MatMul { .. }
                | Op::Embedding { .. }
                | Op::Rounded { .. } => {}
                Op::Table { input, table: id, shift } => {
                    let steps = &program.tables()[*id];
                    let min = steps.min();
                    let row = |x: &i64| step_row(*x, (steps, min), *shift, lower);
                    table.par_extend(values[*input].par_iter().with_min_len(PIECE).map(row));
                }
                Op::Max { left, right, table: id } => {
                    let relu = &program.tables()[*id];
                    let min = relu.min();
                    let pairs = values[*left].par_iter().zip(&values[*right]);
                    let row = |(x, y): (&i64, &i64)| step_row(x - y, (relu, min), 0, lower);
                    table.par_extend(pairs.with_min_len(PIECE).map(row));
                }
                Op::Softmax { input, table: id, shift, row, digits, low } => {
                    let numbers = (*row, *digits, *low);
                    let steps = &program.tables()[*id];
                    table.extend(hints::softmax(&values[*input], steps, [*shift, lower], numbers));
                }
                Op::Limbs { .. } => table.extend(hints::limbs(&values[node_id])),
                Op::Mean { of, row, bits, low } => {
                    let means = program.means(&values, *of, *row, *bits);
                    table.extend(means.flat_map(|hint| hints::mean(hint, *row, *low)));
                }
                Op::Rsqrt { of, row, mean, bits, epsilon, limbs } => {
                    let centred = mean.is_some();
                    let numbers = (*bits, *epsilon);
                    for hint in program.roots(&values, (*of, *row), centred, numbers) {
                        table.extend(hints::root(hint, *limbs));
                        product.extend(hints::root_products(hint, centred));
                    }
                }
                Op::Product { left, right } => {
                    let pairs = values[*left].iter().zip(&values[*right]);
                    product.extend(pairs.map(|(x, y)| [*x, *y, x * y]));
                }
            }
        }
        let (sbox, digest) = sponge_rows(&shape.permutations, digests, bytes, salt);
        let decision = values[program.decision()][0] == 1;
        let deferred = deferred(program, &mut values);
        Self { table, product, sbox, deferred, digest, decision }
    }

    /// Number of rows of a kind of the first round.
    #[must_use]
    pub fn rows(&self, kind: RowKind) -> usize {
        match kind {
            RowKind::Table => self.table.len(),
            RowKind::Sbox => self.sbox.len(),
            RowKind::Product => self.product.len(),
            RowKind::Inner | RowKind::Embedding => 0,
        }
    }

    /// The cells of a row of the first round, by its number among those of its kind; zero
    /// where the kind has fewer.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, kind: RowKind, row: usize) -> [Scalar; RowKind::MOST_COLUMNS] {
        match kind {
            RowKind::Table => self.table[row].map(Scalar::from),
            RowKind::Sbox => {
                let [u, v] = self.sbox[row];
                [u, v, Scalar::ZERO]
            }
            RowKind::Product => self.product[row].map(from_i64),
            RowKind::Inner | RowKind::Embedding => panic!("a row of the second round"),
        }
    }

    /// Counts for each id of each embedding how many look-ups of this trace hit it.
    pub fn count_ids(&self, program: &Program, counts: &mut [Vec<u32>]) {
        let tables = program.nodes().iter().filter_map(|node| match node.op {
            Op::Embedding { table, .. } => Some(table),
            _ => None,
        });
        for (table, ids) in tables.zip(&self.deferred.ids) {
            ids.iter().for_each(|id| counts[table][*id as usize] += 1);
        }
    }
}

/// Adds to the count of each entry how many look-ups of some table rows hit it.
///
/// # Panics
/// If a look-up hits no entry, which no trace made by [`Trace::of`] does.
pub fn count_lookups(
    entries: &Entries,
    (rows, lookups): (&[[u64; 3]], &[Lookups]),
    counts: &mut [u32],
) {
    let mut rest = rows;
    // Most rows look up what the one before them does.
    for alike in lookups.chunk_by(|a, b| a == b) {
        let (rows, others) = rest.split_at(alike.len());
        rest = others;
        let mut hit = |tag: Tag, cell: usize| {
            let of_tag = &mut counts[entries.range(tag)];
            for row in rows {
                let at = usize::try_from(row[cell]).ok();
                let count = at.and_then(|at| of_tag.get_mut(at));
                *count.expect("every look-up hits an entry") += 1;
            }
        };
        hit(alike[0].step, 0);
        if let Some(tag) = alike[0].remainder {
            hit(tag, 1);
        }
    }
}

/// What the second round needs, taken out of the values where nothing else needs it.
fn deferred(program: &Program, values: &mut [Vec<i64>]) -> Deferred {
    let mut uses = vec![0usize; values.len()];
    for node in program.nodes() {
        match node.op {
            Op::MatMul { left, right, .. } => {
                uses[left] += 1;
                uses[right] += 1;
            }
            Op::Embedding { ids, .. } => uses[ids] += 1,
            _ => {}
        }
    }
    let mut take = |node: usize| {
        uses[node] -= 1;
        if uses[node] > 0 { values[node].clone() } else { std::mem::take(&mut values[node]) }
    };
    let mut deferred = Deferred::default();
    for node in program.nodes() {
        match node.op {
            Op::MatMul { left, right, .. } => {
                deferred.matrices.push([left, right].map(&mut take));
            }
            Op::Embedding { ids, .. } => deferred.ids.push(take(ids)),
            _ => {}
        }
    }
    deferred
}

/// What `x + 2^(s-1)` leaves when it is divided by `2^s`.
pub(crate) fn remainder(x: i64, shift: u32) -> u64 {
    (x + ((1i64 << shift) >> 1) - (quotient(x, shift) << shift)).unsigned_abs()
}

/// The row of `y = T[(x + 2^(s-1)) >> s]`, the remainder's lower limb in it, which has so
/// many bits at most.
fn step_row(x: i64, (table, min): (&Table, i64), shift: u32, bits: u32) -> [u64; 3] {
    let q = quotient(x, shift);
    let lower = remainder(x, shift) % (1 << bits);
    let y = table.values[(q - table.low) as usize];
    [q.abs_diff(table.low), lower, y.abs_diff(min)]
}

/// The S-boxes of all permutations, and the digest of the view.
fn sponge_rows(
    permutations: &Permutations,
    digests: Option<&ChunkDigests>,
    bytes: &[u8],
    salt: Scalar,
) -> (Vec<[Scalar; 2]>, Scalar) {
    let words = pack(bytes);
    let mut results: Vec<[Scalar; WIDE_WIDTH]> = Vec::with_capacity(permutations.list.len());
    let mut sboxes = Vec::new();
    for permutation in &permutations.list {
        let mut state = permutation.start(results.last());
        for (lane, input) in state[1..].iter_mut().zip(&permutation.inputs) {
            *lane += match *input {
                Input::Free(Free::Salt) => salt,
                Input::Free(Free::Word(word)) => words[word],
                Input::Word { cell, .. } => words[permutations.bytes[cell] / WORD_BYTES],
                Input::Free(Free::Chunk(chunk)) => {
                    digests.expect("the view is in chunks").chunks[chunk]
                }
                Input::Free(Free::Group(group)) => {
                    digests.expect("the view is in chunks").groups[group]
                }
                Input::Digest(earlier) => results[earlier][1],
            };
        }
        poseidon::wide().permute_traced(&mut state, &mut sboxes);
        results.push(state);
    }
    let digest = results.last().map_or(Scalar::ZERO, |state| state[1]);
    (sboxes.into_iter().map(|(u, v)| [u, v]).collect(), digest)
}
