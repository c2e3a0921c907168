//! Programs whose cells are hints: small transformers.

use super::step;
use crate::model::linear::{Dense, Gather, LinearMap};
use crate::model::program::{NodeId, Op, Program, ProgramBuilder, Table};

const TOKENS: usize = 3;
const WIDTH: usize = 4;

fn linear(b: &mut ProgramBuilder, terms: Vec<(NodeId, LinearMap)>, bias: Vec<i64>) -> NodeId {
    b.push(Op::Linear { terms, bias }).unwrap()
}

fn gather(b: &mut ProgramBuilder, node: NodeId, index: Vec<u32>) -> NodeId {
    let (input_len, len) = (b.len(node), index.len());
    let index = index.into_iter().map(Some).collect();
    linear(b, vec![(node, LinearMap::Gather(Gather { input_len, index }))], vec![0; len])
}

/// A step whose values are the squares of its quotients.
fn squares(b: &mut ProgramBuilder, input: NodeId, shift: u32) -> NodeId {
    step(b, input, shift, |q| q * q)
}

/// What a reciprocal root multiplies, times it.
fn normalised(b: &mut ProgramBuilder, root: NodeId) -> NodeId {
    let centred = b.push_centred(root).unwrap();
    let [batch, rows] = [TOKENS, WIDTH];
    let product = Op::MatMul { left: centred, right: root, batch, rows, inner: 1, columns: 1 };
    b.push(product).unwrap()
}

/// Three tokens of four bytes: a normalisation with a mean and channels that have units of their
/// own, one without, scores with a
/// causal mask and a shift above 12 bits, a softmax, its product with the tokens, and the
/// limbs of a sum.
pub(crate) fn attention_program() -> Program {
    let len = TOKENS * WIDTH;
    let mut b = ProgramBuilder::new("image/gray-4x3", len).unwrap();
    let shifted = LinearMap::Scale { len, factor: 1 };
    let shifted = linear(&mut b, vec![(0, shifted)], (0..12).map(|i| 3 * i - 120).collect());

    let wider = (0..12).map(|at| if at % 4 == 1 { 1 } else { 4 }).collect::<Vec<i64>>();
    let apart = LinearMap::Diagonal(wider.into());
    let apart = linear(&mut b, vec![(shifted, apart)], vec![0; len]);
    let rounded = squares(&mut b, apart, 4);
    let Op::Table { table, .. } = *b.op(rounded) else { unreachable!("a step") };
    let rounded = b.push_by_channel(apart, (table, 4), vec![0, 2, 0, 0]).unwrap();
    let mean = b.push_mean(rounded, WIDTH, 3).unwrap();
    let root = b.push_rsqrt(rounded, WIDTH, Some(mean), 8, 5).unwrap();
    let tokens = normalised(&mut b, root);
    let tokens = step(&mut b, tokens, 5, |q| q.clamp(-40, 40));

    let rounded = squares(&mut b, tokens, 0);
    let root = b.push_rsqrt(rounded, WIDTH, None, 6, 30).unwrap();
    let keys = normalised(&mut b, root);
    let keys = step(&mut b, keys, 1, |q| q.clamp(-40, 40));

    let transposed = (0..12).map(|at| at % 3 * 4 + at / 3).collect();
    let transposed = gather(&mut b, keys, transposed);
    let scores = Op::MatMul {
        left: tokens,
        right: transposed,
        batch: 1,
        rows: TOKENS,
        inner: WIDTH,
        columns: TOKENS,
    };
    let scores = b.push(scores).unwrap();
    let mask = (0..9).map(|at| if at % 3 > at / 3 { -(220 << 13) } else { 55 }).collect();
    let scale = LinearMap::Scale { len: 9, factor: 128 };
    let scores = linear(&mut b, vec![(scores, scale)], mask);
    // At its foot it is 1, so that the table's least value is not 0.
    let value = |x: i32| (64.0 * (f64::from(x) / 8.0).exp()).round().max(1.0) as i64;
    let exponential: Vec<i64> = (-700..=1).map(value).collect();
    let (table, digits) = Table::softmax(&exponential, TOKENS).unwrap();
    let table = b.table(table).unwrap();
    // Lower than it need be, so that both limbs of L are in use.
    let low = -9000;
    let softmax = Op::Softmax { input: scores, table, shift: 13, row: TOKENS, digits, low };
    let shares = b.push(softmax).unwrap();
    let mixed = Op::MatMul {
        left: shares,
        right: keys,
        batch: 1,
        rows: TOKENS,
        inner: TOKENS,
        columns: WIDTH,
    };
    let mixed = b.push(mixed).unwrap();
    let scale = |factor| LinearMap::Scale { len, factor };
    let sum = linear(&mut b, vec![(mixed, scale(1)), (tokens, scale(900))], vec![17; len]);
    let out = step(&mut b, sum, 10, |q| q.clamp(-70, 70));

    let total = LinearMap::Dense(Dense { rows: 1, columns: len, weights: vec![5001; len].into() });
    let total = linear(&mut b, vec![(0, total)], vec![7]);
    let limbs = b.push(Op::Limbs { input: total, count: 3 }).unwrap();
    let dense = |columns, weights: &dyn Fn(i64) -> i64| {
        let weights = (0..columns as i64).map(weights).collect();
        LinearMap::Dense(Dense { rows: 1, columns, weights })
    };
    let score = vec![
        (out, dense(len, &|at| at * 5 % 7 - 3)),
        (limbs, dense(3, &|at| if at == 1 { 1 } else { 0 })),
        (mean, dense(TOKENS, &|at| at - 1)),
    ];
    let score = linear(&mut b, score, vec![-1800]);
    let decision = step(&mut b, score, 4, |q| i64::from(q > 0));
    b.finish(decision).unwrap()
}
