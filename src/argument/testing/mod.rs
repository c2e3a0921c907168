//! A small program that uses every kind of node, for tests.

pub(crate) mod forge;
mod hints;

pub(crate) use hints::attention_program;

use crate::model::linear::{Conv2d, Dense, Gather, LinearMap, Weights};
use crate::model::program::{Embedding, LIMB_BITS, NodeId, Op, Program, ProgramBuilder, Table};

/// A program over 5×7 bytes: convolution, clamp, products, maxima, a dense
/// layer and a threshold.
pub(crate) fn program() -> Program {
    program_with_threshold(40)
}

pub(crate) fn program_with_threshold(threshold: i64) -> Program {
    let mut b = ProgramBuilder::new("image/gray-7x5", 35).unwrap();
    let weights = (0..2 * 9).map(|i| (i * 37 % 23) - 11).collect();
    let conv = LinearMap::Conv2d(Conv2d {
        input: [1, 5, 7],
        output: [2, 3, 4],
        kernel: [3, 3],
        stride: [2, 2],
        padding: [1, 1],
        dilation: [1, 1],
        groups: 1,
        weights,
    });
    let conv = b.push(Op::Linear { terms: vec![(0, conv)], bias: vec![17; 24] }).unwrap();
    let range = b.range(conv);
    let shift = 6;
    let [low, high] = [range.low, range.high].map(|x| ((x + 32) >> shift) as i64);
    let clamp = b.table(Table::of(low, high, |q| q.clamp(-20, 100))).unwrap();
    let act = b.push(Op::Table { input: conv, table: clamp, shift }).unwrap();
    let half = |start: u32| {
        let index = (start..start + 12).map(Some).collect();
        LinearMap::Gather(Gather { input_len: 24, index })
    };
    let left = b.push(Op::Linear { terms: vec![(act, half(0))], bias: vec![0; 12] }).unwrap();
    let right = b.push(Op::Linear { terms: vec![(act, half(12))], bias: vec![1; 12] }).unwrap();
    let relu = b.table(Table::of(-121, 120, |q| q.max(0))).unwrap();
    let max = b.push(Op::Max { left, right, table: relu }).unwrap();
    let product = b.push(Op::Product { left: max, right: left }).unwrap();
    let weights = (0..12).map(|i| 3 - i % 5).collect();
    let dense = LinearMap::Dense(Dense { rows: 1, columns: 12, weights });
    let skip = LinearMap::Dense(Dense { rows: 1, columns: 24, weights: vec![2; 24].into() });
    let score = Op::Linear { terms: vec![(product, dense), (act, skip)], bias: vec![-5] };
    let score = b.push(score).unwrap();
    let range = b.range(score);
    let shift = 5;
    let [low, high] = [range.low, range.high].map(|x| ((x + 16) >> shift) as i64);
    let step = b.table(Table::of(low, high, |q| i64::from(q > threshold))).unwrap();
    let decision = b.push(Op::Table { input: score, table: step, shift }).unwrap();
    b.finish(decision).unwrap()
}

/// A program over enough bytes that the sponge needs three permutations: a
/// sum and a threshold.
pub(crate) fn long_program() -> Program {
    let bytes = 600;
    let mut b = ProgramBuilder::new("image/gray-30x20", bytes).unwrap();
    let weights = (0..bytes as i64).map(|i| i % 5 - 2).collect();
    let sum = LinearMap::Dense(Dense { rows: 1, columns: bytes, weights });
    let sum = b.push(Op::Linear { terms: vec![(0, sum)], bias: vec![3] }).unwrap();
    let range = b.range(sum);
    let shift = 8;
    let [low, high] = [range.low, range.high].map(|x| ((x + 128) >> shift) as i64);
    let step = b.table(Table::of(low, high, |q| i64::from(q > 0))).unwrap();
    let decision = b.push(Op::Table { input: sum, table: step, shift }).unwrap();
    b.finish(decision).unwrap()
}

/// A program over 35 bytes whose first step has remainders of two limbs, in
/// an odd number of elements.
pub(crate) fn fine_program() -> Program {
    fine(LIMB_BITS, 17)
}

/// The same with a lower limb of 14 bits.
pub(crate) fn longer_limb_program() -> Program {
    fine(14, 17)
}

/// The same with a remainder of 13 bits in one limb.
pub(crate) fn one_long_limb_program() -> Program {
    fine(13, 13)
}

fn fine(lower_bits: u32, shift: u32) -> Program {
    let b = ProgramBuilder::new("image/gray-7x5", 35).unwrap();
    let mut b = b.with_lower_bits(lower_bits);
    let weights = (0..3 * 35).map(|i| (i * 7919 % 20_011) - 10_005).collect();
    let dense = LinearMap::Dense(Dense { rows: 3, columns: 35, weights });
    let sums = b.push(Op::Linear { terms: vec![(0, dense)], bias: vec![71; 3] }).unwrap();
    let range = b.range(sums);
    let half = 1 << (shift - 1);
    let [low, high] = [range.low, range.high].map(|x| ((x + half) >> shift) as i64);
    let clamp = b.table(Table::of(low, high, |q| q.clamp(-40, 50))).unwrap();
    let act = b.push(Op::Table { input: sums, table: clamp, shift }).unwrap();
    let dense = LinearMap::Dense(Dense { rows: 1, columns: 3, weights: vec![3, -2, 1].into() });
    let score = b.push(Op::Linear { terms: vec![(act, dense)], bias: vec![1] }).unwrap();
    let range = b.range(score);
    let [low, high] = [range.low as i64, range.high as i64];
    let step = b.table(Table::of(low, high, |q| i64::from(q > 0))).unwrap();
    let decision = b.push(Op::Table { input: score, table: step, shift: 0 }).unwrap();
    b.finish(decision).unwrap()
}

/// The bytes that [`chunked_program`] reads: two of one word, one in the next chunk,
/// one in the last, short word.
pub(crate) const CHUNKED_READS: [usize; 6] =
    [3, 8 * 248, 8 * 248 + 30, 9 * 248 + 5, 9 * 248 + 40, 10_903];

/// A program over a view in 44 chunks of which it reads six bytes: whether more than
/// two of them are odd.
pub(crate) fn chunked_program() -> Program {
    let bytes = 43 * 248 + 240;
    let mut b = ProgramBuilder::new("text/terms-44", bytes).unwrap();
    let index = CHUNKED_READS.map(|at| Some(at as u32)).to_vec();
    let gather = LinearMap::Gather(Gather { input_len: bytes, index });
    let read = b.push(Op::Linear { terms: vec![(0, gather)], bias: vec![0; 6] }).unwrap();
    let odd = b.table(Table::of(0, 255, |q| q % 2)).unwrap();
    let odd = b.push(Op::Table { input: read, table: odd, shift: 0 }).unwrap();
    let sum = LinearMap::Dense(Dense { rows: 1, columns: 6, weights: vec![1; 6].into() });
    let sum = b.push(Op::Linear { terms: vec![(odd, sum)], bias: vec![0] }).unwrap();
    let step = b.table(Table::of(0, 6, |q| i64::from(q > 2))).unwrap();
    let decision = b.push(Op::Table { input: sum, table: step, shift: 0 }).unwrap();
    b.finish(decision).unwrap()
}

/// A step that covers whatever its argument can be.
fn step(b: &mut ProgramBuilder, input: NodeId, shift: u32, value: impl Fn(i64) -> i64) -> NodeId {
    let range = b.range(input);
    let half = (1i128 << shift) >> 1;
    let [low, high] = [range.low, range.high].map(|x| ((x + half) >> shift) as i64);
    let table = b.table(Table::of(low, high, value)).unwrap();
    b.push(Op::Table { input, table, shift }).unwrap()
}

/// A program over 35 bytes that multiplies matrices: two pairs of 3×4 by 4×2, read by a
/// step in a sum, by a product and by a maximum, and a column by a row.
pub(crate) fn matrix_program() -> Program {
    let mut b = ProgramBuilder::new("image/gray-7x5", 35).unwrap();
    let dense = |rows: usize, seed: i64| {
        let weights = (0..35 * rows as i64).map(|i| (i * seed % 29) - 14).collect();
        LinearMap::Dense(Dense { rows, columns: 35, weights })
    };
    let select = |input_len, start: u32, len: u32| {
        LinearMap::Gather(Gather { input_len, index: (start..start + len).map(Some).collect() })
    };
    let left = b.push(Op::Linear { terms: vec![(0, dense(24, 7))], bias: vec![9; 24] }).unwrap();
    let left = step(&mut b, left, 9, |q| q.clamp(-4, 5));
    let right = b.push(Op::Linear { terms: vec![(0, dense(16, 11))], bias: vec![-3; 16] }).unwrap();
    let right = step(&mut b, right, 13, |q| q.clamp(-3, 3));
    // One side is virtual: the map is not materialised.
    let virtual_left = LinearMap::Diagonal((0..24).map(|i| 1 + i % 3).collect());
    let virtual_left =
        b.push(Op::Linear { terms: vec![(left, virtual_left)], bias: vec![1; 24] }).unwrap();
    let matmul = Op::MatMul { left: virtual_left, right, batch: 2, rows: 3, inner: 4, columns: 2 };
    let matmul = b.push(matmul).unwrap();
    let scaled = LinearMap::Scale { len: 12, factor: 3 };
    let sum = vec![(matmul, scaled), (left, select(24, 5, 12))];
    let sum = b.push(Op::Linear { terms: sum, bias: vec![2; 12] }).unwrap();
    let act = step(&mut b, sum, 2, |q| q.clamp(-30, 30));
    let product = b.push(Op::Product { left: matmul, right: act }).unwrap();
    let range = b.range(matmul);
    let relu = Table::of(range.low as i64 - 30, range.high as i64 + 30, |q| q.max(0));
    let relu = b.table(relu).unwrap();
    let max = b.push(Op::Max { left: matmul, right: act, table: relu }).unwrap();
    let [column, row] = [(4, 0), (3, 6)].map(|(len, start)| {
        let terms = vec![(max, select(12, start, len))];
        b.push(Op::Linear { terms, bias: vec![0; len as usize] }).unwrap()
    });
    let outer = Op::MatMul { left: column, right: row, batch: 1, rows: 4, inner: 1, columns: 3 };
    let outer = b.push(outer).unwrap();
    let outer = step(&mut b, outer, 4, |q| q.clamp(-50, 50));
    let weights = |by: i64| {
        let weights = (0..12).map(|i| (i * by) % 9 - 4).collect();
        LinearMap::Dense(Dense { rows: 1, columns: 12, weights })
    };
    let score = vec![(outer, weights(5)), (product, weights(7)), (act, weights(2))];
    let score = b.push(Op::Linear { terms: score, bias: vec![-60] }).unwrap();
    let decision = step(&mut b, score, 5, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}

/// A program over 35 bytes that reads two embeddings: one by six bytes, one whose ids
/// fill more than a column of the table, and that has fewer rows than ids.
pub(crate) fn embedding_program() -> Program {
    let mut b = ProgramBuilder::new("image/gray-7x5", 35).unwrap();
    let table = |columns: usize, rows: usize, ids: usize, by: i64| {
        let rows = (0..(columns * rows) as i64).map(|i| (i * by) % 41 - 20);
        Embedding { columns, rows: Weights::of(rows), ids }
    };
    let [small, large] = [table(4, 256, 256, 17), table(3, 50, 256 + 16 * 255, 23)];
    let small = b.embedding(small).unwrap();
    let large = b.embedding(large).unwrap();
    let of_bytes = |terms: Vec<(usize, usize, i64)>, len: usize| {
        let mut weights = vec![0; 35 * len];
        terms.into_iter().for_each(|(row, byte, weight)| weights[35 * row + byte] = weight);
        let map = LinearMap::Dense(Dense { rows: len, columns: 35, weights: weights.into() });
        Op::Linear { terms: vec![(0, map)], bias: vec![0; len] }
    };
    let bytes = b.push(of_bytes((0..6).map(|t| (t, 3 * t, 1)).collect(), 6)).unwrap();
    let pairs = (0..5).flat_map(|t| [(t, 2 * t, 1), (t, 20 + t, 16)]).collect();
    let pairs = b.push(of_bytes(pairs, 5)).unwrap();
    let one = b.push(Op::Embedding { ids: bytes, table: small }).unwrap();
    let two = b.push(Op::Embedding { ids: pairs, table: large }).unwrap();
    // A position of its own for each row, as a bias.
    let scaled = vec![(one, LinearMap::Scale { len: 24, factor: 5 })];
    let positions = (0..24).map(|i| i % 7).collect();
    let one = b.push(Op::Linear { terms: scaled, bias: positions }).unwrap();
    let one = step(&mut b, one, 2, |q| q.clamp(-20, 20));
    let two = step(&mut b, two, 0, |q| q.abs());
    let third = LinearMap::Gather(Gather { input_len: 24, index: (0..15).map(Some).collect() });
    let third = b.push(Op::Linear { terms: vec![(one, third)], bias: vec![0; 15] }).unwrap();
    let matmul = Op::MatMul { left: two, right: third, batch: 1, rows: 5, inner: 3, columns: 5 };
    let matmul = b.push(matmul).unwrap();
    let act = step(&mut b, matmul, 3, |q| q.clamp(-60, 60));
    let weights = Weights::of((0..25).map(|i| (i * 3) % 9 - 4));
    let score = LinearMap::Dense(Dense { rows: 1, columns: 25, weights });
    let score = b.push(Op::Linear { terms: vec![(act, score)], bias: vec![30] }).unwrap();
    let decision = step(&mut b, score, 5, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}

/// A program over 64 bytes that reads a table of equal rows by 32 ids of two bytes each.
pub(crate) fn token_program() -> Program {
    let mut b = ProgramBuilder::new("image/gray-8x8", 64).unwrap();
    let (ids, tokens) = (256 + 16 * 255, 32);
    let table = Embedding { columns: 2, rows: vec![3, 5, 3, 5].into(), ids };
    let table = b.embedding(table).unwrap();
    let mut weights = vec![0; 64 * tokens];
    for t in 0..tokens {
        weights[64 * t + 2 * t] = 1;
        weights[64 * t + 2 * t + 1] = 16;
    }
    let pairs = LinearMap::Dense(Dense { rows: tokens, columns: 64, weights: weights.into() });
    let pairs = b.push(Op::Linear { terms: vec![(0, pairs)], bias: vec![0; tokens] }).unwrap();
    let read = b.push(Op::Embedding { ids: pairs, table }).unwrap();
    let read = step(&mut b, read, 0, |q| q);
    let sum = |len| LinearMap::Dense(Dense { rows: 1, columns: len, weights: vec![1; len].into() });
    let score = vec![(read, sum(2 * tokens)), (0, sum(64))];
    let score = b.push(Op::Linear { terms: score, bias: vec![-9000] }).unwrap();
    let decision = step(&mut b, score, 3, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}

/// A program over 35 bytes that a convolution with many channels reads, once in its own
/// order and once with its axes swapped.
pub(crate) fn channel_program() -> Program {
    let mut b = ProgramBuilder::new("image/gray-7x5", 35).unwrap();
    let conv = |by: i64| {
        let weights = Weights::of((0..40 * 9).map(|i| (i * by) % 23 - 11));
        LinearMap::Conv2d(Conv2d {
            input: [1, 5, 7],
            output: [40, 3, 5],
            kernel: [3, 3],
            stride: [1, 1],
            padding: [0, 0],
            dilation: [1, 1],
            groups: 1,
            weights,
        })
    };
    let first = b.push(Op::Linear { terms: vec![(0, conv(7))], bias: vec![5; 600] }).unwrap();
    let second = b.push(Op::Linear { terms: vec![(0, conv(5))], bias: vec![0; 600] }).unwrap();
    // Rows, columns, channels.
    let index = (0..600).map(|e| Some(e % 40 * 15 + e / 40)).collect();
    let swapped = LinearMap::Gather(Gather { input_len: 600, index });
    let bias = (0..600).map(|e| e % 17).collect();
    let second = b.push(Op::Linear { terms: vec![(second, swapped)], bias }).unwrap();
    let first = step(&mut b, first, 7, |q| q.clamp(-30, 30));
    let second = step(&mut b, second, 7, |q| q.clamp(-20, 40));
    let weights = |by: i64| Weights::of((0..600).map(|i| (i * by) % 13 - 6));
    let dense = |by| LinearMap::Dense(Dense { rows: 1, columns: 600, weights: weights(by) });
    let score = vec![(first, dense(5)), (second, dense(8))];
    let score = b.push(Op::Linear { terms: score, bias: vec![11] }).unwrap();
    let decision = step(&mut b, score, 6, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}

/// A program over 35 bytes with two steps that fill strips of their own, of which the
/// quotients of the second are read too.
pub(crate) fn tall_program() -> Program {
    let mut b = ProgramBuilder::new("image/gray-7x5", 35).unwrap();
    let len = 9000;
    let index = (0..len as u32).map(|i| Some(i * 13 % 35)).collect();
    let repeated = LinearMap::Gather(Gather { input_len: 35, index });
    let bias = (0..len as i64).map(|i| i % 50).collect();
    let repeated = b.push(Op::Linear { terms: vec![(0, repeated)], bias }).unwrap();
    let first = step(&mut b, repeated, 3, |q| q.clamp(2, 30));
    let second = step(&mut b, repeated, 4, |q| (q - 9) * (q - 9));
    let quotients = b.push(Op::Rounded { of: second }).unwrap();
    let sum = |by: i64| {
        let weights = Weights::of((0..len as i64).map(|i| (i * by) % 11 - 5));
        LinearMap::Dense(Dense { rows: 1, columns: len, weights })
    };
    let score = vec![(first, sum(3)), (second, sum(5)), (quotients, sum(7))];
    let score = b.push(Op::Linear { terms: score, bias: vec![11] }).unwrap();
    let decision = step(&mut b, score, 6, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}

/// All of these programs but the tall one and that of tokens.
pub(crate) fn programs() -> [Program; 10] {
    [
        channel_program(),
        program(),
        long_program(),
        fine_program(),
        longer_limb_program(),
        one_long_limb_program(),
        chunked_program(),
        matrix_program(),
        embedding_program(),
        attention_program(),
    ]
}

/// Extreme and arbitrary documents, matching ones and others.
pub(crate) fn documents(program: &Program) -> Vec<Vec<u8>> {
    let len = program.input_len();
    let mut documents = vec![vec![0; len], vec![255; len]];
    documents.push((0..len).map(|i| if i % 2 == 0 { 255 } else { 0 }).collect());
    let mut state = 7u32;
    for _ in 0..7 {
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        documents.push((0..len).map(|_| next()).collect());
    }
    documents
}
