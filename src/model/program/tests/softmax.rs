//! The softmax's L, a and b.

use proptest::prelude::*;

use super::{exponential, sums};
use crate::model::linear::{Gather, LinearMap, Range};
use crate::model::program::hints::SoftmaxHint;
use crate::model::program::{Op, ProgramBuilder, RowSums, Table};

/// All (L, a, b) that relations and ranges of a row allow, L among all integers that
/// could take an argument into the table.
fn solutions(quotients: &[i64], table: &Table, digits: u32) -> Vec<[i64; 3]> {
    let one = i128::from(table.get(0).unwrap() >> digits);
    let range = 0..1i64 << (digits - 1);
    let [least, greatest] =
        [quotients.iter().min().unwrap(), quotients.iter().max().unwrap()].map(|q| *q);
    let mut found = Vec::new();
    for offset in least - 2..=greatest - table.low + 2 {
        let values: Option<Vec<i64>> = quotients.iter().map(|q| table.get(q - offset)).collect();
        let Some(values) = values else { continue };
        let sum: i128 = values.iter().map(|y| i128::from(*y)).sum();
        // Σ y = 2^t·B + 1 + b − (2^t − 1)·a: b follows from a.
        for below in range.clone() {
            let factor = (1i128 << digits) - 1;
            let above = sum - (one << digits) - 1 + factor * i128::from(below);
            if i64::try_from(above).is_ok_and(|above| range.contains(&above)) {
                found.push([offset, below, above as i64]);
            }
        }
    }
    found
}

fn assert_unique(quotients: &[i64], table: &Table, digits: u32) {
    let SoftmaxHint { offset, below, above } = SoftmaxHint::of(quotients, table, digits);
    assert_eq!(solutions(quotients, table, digits), [[offset, below, above]], "{quotients:?}");
}

/// All rows of `len` quotients below `high`.
fn for_each_row(len: usize, high: i64, mut visit: impl FnMut(&[i64])) {
    let mut row = vec![0; len];
    loop {
        visit(&row);
        let Some(at) = row.iter().position(|q| *q + 1 < high) else { return };
        row[at] += 1;
        row[..at].fill(0);
    }
}

#[test]
fn every_small_row_has_one_solution() {
    let mut rows = 0;
    for (len, high) in [(1, 40), (2, 20), (3, 10), (4, 6)] {
        for (per_nat, one) in [(1.0, 4.0), (2.0, 9.0), (4.0, 32.0), (8.0, 16.0), (0.5, 3.0)] {
            let table = Table::softmax(&exponential(per_nat, one, -60), len);
            let (table, digits) = table.unwrap();
            for_each_row(len, high, |row| {
                rows += 1;
                assert_unique(row, &table, digits);
            });
        }
    }
    assert_eq!(rows, 5 * (40 + 400 + 1000 + 1296));
}

#[test]
fn ranges_of_a_bit_more_would_leave_a_choice() {
    let (table, digits) = Table::softmax(&exponential(4.0, 32.0, -60), 4).unwrap();
    let mut choices = 0;
    for_each_row(4, 6, |row| {
        // The relation reads 2^t, the ranges of a and b have t bits.
        let one = table.get(0).unwrap() >> digits;
        for offset in -2..70 {
            let values: Option<Vec<i64>> = row.iter().map(|q| table.get(q - offset)).collect();
            let Some(values) = values else { continue };
            let rest = values.iter().sum::<i64>() - (one << digits) - 1;
            choices += (0..1 << digits)
                .filter(|below| (0..1 << digits).contains(&(rest + ((1 << digits) - 1) * below)))
                .count();
        }
        choices -= 1;
    });
    assert!(choices > 1000, "{choices}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_long_row_has_one_solution(
        quotients in prop::collection::vec(-900i64..900, 1..130),
        masked in prop::collection::vec(any::<bool>(), 130),
        fine in any::<bool>(),
        flat in any::<bool>(),
    ) {
        let (per_nat, one) = if fine { (128.0, 4096.0) } else { (64.0, 1024.0) };
        let masked = masked.iter().map(|masked| if *masked { 4000 } else { 0 });
        let flat = if flat { 50 } else { 1 };
        let quotients: Vec<i64> =
            quotients.iter().zip(masked).map(|(q, mask)| q / flat - mask).collect();
        let exponential = exponential(per_nat, one, -8000);
        let (table, digits) = Table::softmax(&exponential, quotients.len()).unwrap();
        assert_unique(&quotients, &table, digits);
        // A row that is masked throughout is the row without a mask.
        let all: Vec<i64> = quotients.iter().map(|q| q - 4000).collect();
        let [one, other] =
            [&quotients, &all].map(|row| SoftmaxHint::of(row, &table, digits));
        prop_assert_eq!(SoftmaxHint { offset: other.offset + 4000, ..other }, one);
    }
}

#[test]
fn rows_at_the_ends_have_one_solution() {
    for (row, per_nat, one) in [(64, 64.0, 1024.0), (197, 64.0, 1024.0), (128, 128.0, 4096.0)] {
        let (table, digits) = Table::softmax(&exponential(per_nat, one, -6000), row).unwrap();
        assert_unique(&vec![0; row], &table, digits);
        for others in [-1, -50, -300, -1200, -3000] {
            // One above all others, and one below.
            let mut quotients = vec![others; row];
            quotients[row / 2] = 0;
            assert_unique(&quotients, &table, digits);
            quotients = vec![0; row];
            quotients[0] = others;
            assert_unique(&quotients, &table, digits);
        }
    }
}

/// A softmax over rows of three sums of nine bytes, some of them fixed far below.
fn program() -> (ProgramBuilder, usize, Table, u32) {
    let mut weights = vec![0; 9 * 9];
    (0..9).for_each(|at| weights[9 * at + at] = 3);
    let (mut builder, scores) = sums(9, 9, weights);
    let masked = Op::Linear {
        terms: vec![(scores, LinearMap::Scale { len: 9, factor: 1 })],
        bias: vec![0, 0, -4000, 0, -4000, 0, -4000, -4000, -4000],
    };
    let masked = builder.push(masked).unwrap();
    let (table, digits) = Table::softmax(&exponential(20.0, 100.0, -2500), 3).unwrap();
    let id = builder.table(table.clone()).unwrap();
    let node = builder.push_softmax(masked, (id, digits), 1, 3).unwrap();
    (builder, node, table, digits)
}

/// Three rows of shares, side by side in a row of a matrix, are each bounded by what a row
/// adds up to.
#[test]
fn a_product_with_shares_is_bounded_by_their_sums() {
    let (mut builder, shares, ..) = program();
    let most = builder.row_sums(shares).unwrap().most;
    let index = (0..18).map(|at| Some(at / 2)).collect();
    let twice = LinearMap::Gather(Gather { input_len: 9, index });
    let right = builder.push(Op::Linear { terms: vec![(0, twice)], bias: vec![0; 18] }).unwrap();
    let factors = (0..18).map(|at| if at / 6 == 1 { -2 } else { 1 }).collect();
    let bias = (0..18).map(|at| if at / 6 == 2 { 100 } else { 0 }).collect();
    let terms = vec![(right, LinearMap::Diagonal(factors))];
    let right = builder.push(Op::Linear { terms, bias }).unwrap();
    let matmul = |left, inner, batch| Op::MatMul { left, right, batch, rows: 1, inner, columns: 2 };
    let wide = builder.push(matmul(shares, 9, 1)).unwrap();
    assert_eq!(builder.range(wide), Range::new(-510 * most, (255 + 355) * most));
    let narrow = builder.push(matmul(shares, 3, 3)).unwrap();
    let expected = [(0, 255), (-510, 0), (0, 355)];
    let expected = expected.map(|(low, high)| Range::new(low * most, high * most));
    let ranges: Vec<Range> = builder.ranges(narrow).iter().step_by(2).copied().collect();
    assert_eq!(ranges, expected);
}

#[test]
fn values_are_those_of_the_one_offset_and_keep_their_ranges() {
    let (mut builder, node, table, digits) = program();
    let ranges = builder.ranges(node).to_vec();
    let RowSums { row, most } = builder.row_sums(node).unwrap();
    assert_eq!((row, most), (3, (100 << digits) + (1 << (digits - 1))));
    for masked in [2, 4] {
        assert_eq!(ranges[masked].high, 0, "a masked element counts for nothing");
    }
    let len = LinearMap::Gather(Gather {
        input_len: 9,
        index: [6, 7, 8, 0, 1, 2, 6, 7, 8].map(Some).to_vec(),
    });
    let moved = builder.push(Op::Linear { terms: vec![(node, len)], bias: vec![0; 9] }).unwrap();
    assert_eq!(builder.row_sums(moved), builder.row_sums(node));
    for (index, bias) in [
        ([0, 1, 2, 4, 5, 6, 6, 7, 8].map(Some), 0),
        ([2, 3, 4, 0, 1, 2, 6, 7, 8].map(Some), 0),
        ([0, 2, 1, 3, 4, 5, 6, 7, 8].map(Some), 0),
        ([Some(0), Some(1), None, Some(3), Some(4), Some(5), None, None, None], 0),
        ([0, 1, 2, 3, 4, 5, 6, 7, 8].map(Some), 1),
    ] {
        let map = LinearMap::Gather(Gather { input_len: 9, index: index.to_vec() });
        let other = builder.push(Op::Linear { terms: vec![(node, map)], bias: vec![bias; 9] });
        assert_eq!(builder.row_sums(other.unwrap()), None, "{index:?}");
    }
    let step = builder.table(Table::of(0, most as i64, |y| i64::from(y > 50))).unwrap();
    let first = LinearMap::Gather(Gather { input_len: 9, index: vec![Some(0)] });
    let first = builder.push(Op::Linear { terms: vec![(node, first)], bias: vec![0] }).unwrap();
    let decision = builder.push(Op::Table { input: first, table: step, shift: 0 }).unwrap();
    let program = builder.finish(decision).unwrap();
    let mut state = 3u32;
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..9)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // The ends often.
                ((state >> 22) as i32 - 384).clamp(0, 255) as u8
            })
            .collect();
        let values = program.evaluate(&bytes);
        for (at, row) in values[2].chunks(3).enumerate() {
            let quotients: Vec<i64> = row.iter().map(|x| (x + 1) >> 1).collect();
            let [[offset, ..]] = solutions(&quotients, &table, digits)[..] else {
                panic!("one solution")
            };
            let expected: Vec<i64> =
                quotients.iter().map(|q| table.get(q - offset).unwrap()).collect();
            assert_eq!(values[node][3 * at..][..3], expected);
            assert!(i128::from(expected.iter().sum::<i64>()) <= most);
        }
        for (value, range) in values[node].iter().zip(&ranges) {
            assert!((range.low..=range.high).contains(&i128::from(*value)));
        }
    }
    // Everything that a softmax reads is read.
    assert_eq!(program.reads(), [true; 9]);
}
