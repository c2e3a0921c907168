//! What the builder refuses.

use super::{exponential, squares, sums};
use crate::model::linear::{Gather, LinearMap};
use crate::model::program::{HintRule, Op, ProgramBuilder, ProgramError, Table};

fn rule(result: Result<usize, ProgramError>) -> HintRule {
    match result {
        Err(ProgramError::Hint { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

/// Six sums of six bytes, in rows of three.
fn six() -> (ProgramBuilder, usize) {
    let mut weights = vec![0; 36];
    (0..6).for_each(|at| weights[7 * at] = 2);
    sums(6, 6, weights)
}

#[test]
fn a_softmax_needs_an_exponential_that_is_long_enough() {
    let (mut b, input) = six();
    let values = exponential(20.0, 100.0, -700);
    let (table, digits) = Table::softmax(&values, 3).unwrap();
    let good = b.table(table.clone()).unwrap();
    let softmax =
        |table, digits, shift, row, low| Op::Softmax { input, table, shift, row, digits, low };
    assert!(b.clone().push(softmax(good, digits, 0, 3, 0)).is_ok());
    let push = |op| b.clone().push(op);

    // The digits of another t are no exponential.
    for digits in [digits - 1, digits + 1, 1, 14] {
        assert_eq!(rule(push(softmax(good, digits, 0, 3, 0))), HintRule::Exponential);
    }
    // An exponential with one digit too few for what the steps of a row may add up to.
    let narrow = |pair: &[i64]| (pair[0] << (digits - 1)) + pair[1] - pair[0];
    let values: Vec<i64> = values.windows(2).map(narrow).collect();
    let low = 1 - values.len() as i64;
    let mut other = b.clone();
    let few = other.table(Table { low, values }).unwrap();
    let few = other.push(softmax(few, digits - 1, 0, 3, 0));
    assert_eq!(rule(few), HintRule::Digits);

    // The foot: quotients differ by 510 at most, and E must fall to a third of B beyond.
    let falls = (1..).find(|x| 3 * (table.get(-x).unwrap() >> digits) <= 100).unwrap();
    for (entries, fits) in [(511 + falls, true), (510 + falls, false)] {
        let mut b = b.clone();
        let values = table.values[table.values.len() - entries as usize..].to_vec();
        let table = b.table(Table { low: 1 - entries, values }).unwrap();
        let pushed = b.push(softmax(table, digits, 0, 3, 0));
        assert_eq!(pushed.is_ok(), fits, "{pushed:?}");
        assert!(fits || matches!(pushed, Err(ProgramError::Coverage { .. })));
    }
    let mut short = b.clone();
    let high = exponential(20.0, 100.0, -9);
    let (high, digits_of_one) = Table::softmax(&high, 1).unwrap();
    let high = short.table(high).unwrap();
    assert_eq!(rule(short.push(softmax(high, digits_of_one, 0, 3, 0))), HintRule::Foot);

    // L may be 0, and 510 + `falls`.
    assert_eq!(rule(push(softmax(good, digits, 0, 3, 1))), HintRule::Range);
    let far = 510 + falls - (1 << 24);
    assert!(push(softmax(good, digits, 0, 3, far + 1)).is_ok());
    assert_eq!(rule(push(softmax(good, digits, 0, 3, far))), HintRule::Range);
    for row in [0, 4, 7] {
        assert!(push(softmax(good, digits, 0, row, 0)).is_err());
    }
    let shift = push(softmax(good, digits, 25, 3, 0));
    assert_eq!(shift, Err(ProgramError::Shift { node: 2, shift: 25 }));
    assert_eq!(push(softmax(9, digits, 0, 3, 0)), Err(ProgramError::Reference { node: 2 }));
    assert!(b.clone().push_softmax(input, (good, digits), 99, 3).is_err());
}

#[test]
fn quotients_are_those_of_steps() {
    let (mut b, input) = six();
    for of in [0, input] {
        assert_eq!(rule(b.push(Op::Rounded { of })), HintRule::Quotients);
        assert_eq!(rule(b.push_mean(of, 3, 2)), HintRule::Quotients);
    }
    assert_eq!(b.push(Op::Rounded { of: 7 }), Err(ProgramError::Reference { node: 2 }));
    let step = squares(&mut b, input, 1);
    let rounded = b.push(Op::Rounded { of: step }).unwrap();
    assert_eq!(b.range(rounded), crate::model::linear::Range::new(0, 255));
}

#[test]
fn limbs_must_hold_every_value() {
    let (mut b, input) = six();
    assert_eq!(rule(b.push(Op::Limbs { input, count: 0 })), HintRule::Limbs);
    assert_eq!(rule(b.push(Op::Limbs { input, count: 7 })), HintRule::Limbs);
    let limbs = b.push(Op::Limbs { input, count: 2 }).unwrap();
    let ranges: Vec<i128> = b.ranges(limbs).iter().take(4).map(|limb| limb.high).collect();
    assert_eq!(ranges, [510, 0, 510, 0]);
    // 255·17 has 13 bits, 255·16 only 12.
    for (weight, count, fits) in [(16, 1, true), (17, 1, false), (17, 2, true), (-1, 1, false)] {
        let (mut b, input) = sums(1, 1, vec![weight]);
        assert_eq!(b.push(Op::Limbs { input, count }).is_ok(), fits);
    }
    let (mut b, input) = sums(1, 1, vec![70_001]);
    let limbs = b.push(Op::Limbs { input, count: 3 }).unwrap();
    let table = b.table(Table::of(0, 255, |byte| byte % 2)).unwrap();
    let decision = b.push(Op::Table { input: 0, table, shift: 0 }).unwrap();
    let program = b.finish(decision).unwrap();
    for byte in [0, 1, 100, 255] {
        let x = 70_001 * i64::from(byte);
        let expected = [x % 4096, (x >> 12) % 4096, x >> 24];
        assert_eq!(program.evaluate(&[byte])[limbs], expected);
    }
}

#[test]
fn means_stay_in_their_range() {
    let (mut b, input) = six();
    let step = squares(&mut b, input, 1);
    // Sums reach 765: a mean 255·2^e.
    assert!(b.clone().push_mean(step, 3, 16).is_ok());
    assert_eq!(rule(b.clone().push_mean(step, 3, 17)), HintRule::Range);
    assert_eq!(rule(b.clone().push_mean(step, 3, 25)), HintRule::Range);
    assert_eq!(b.clone().push_mean(step, 4, 1), Err(ProgramError::Length { node: 3 }));
    let mean = |low| Op::Mean { of: step, row: 3, bits: 0, low };
    assert!(b.clone().push(mean(0)).is_ok() && b.clone().push(mean(-9)).is_ok());
    assert_eq!(rule(b.clone().push(mean(1))), HintRule::Range);
    assert!(b.clone().push(mean(256 - (1 << 24))).is_ok());
    assert_eq!(rule(b.clone().push(mean(255 - (1 << 24)))), HintRule::Range);
    assert_eq!(rule(b.clone().push(mean(-(1 << 41)))), HintRule::Range);
}

#[test]
fn factors_of_quotients_are_powers_of_two_of_whole_rows() {
    let (mut b, input) = six();
    let table = b.table(Table::of(0, 255, |q| q * q)).unwrap();
    let push = |b: &mut ProgramBuilder, exponents: &[u8]| {
        b.push_by_channel(input, (table, 1), exponents.to_vec())
    };
    for refused in [&[][..], &[0], &[0; 3], &[0, 1, 2, 3], &[0, 17, 0], &[1; 7]] {
        assert_eq!(rule(push(&mut b.clone(), refused)), HintRule::Factors, "{refused:?}");
    }
    let step = push(&mut b, &[0, 16, 3]).unwrap();
    let rounded = b.push(Op::Rounded { of: step }).unwrap();
    let high: Vec<i128> = b.ranges(rounded).iter().map(|range| range.high).collect();
    assert_eq!(high, [255, 255 << 16, 255 << 3, 255, 255 << 16, 255 << 3]);
    // The values of the step themselves are what they are.
    assert_eq!(b.range(step).high, 255 * 255);
    let other = push(&mut b, &[0, 1, 0]).unwrap();
    let again = push(&mut b, &[0, 1]).unwrap();
    let finish = |b: &ProgramBuilder| {
        let mut b = b.clone();
        let gather = LinearMap::Gather(Gather { input_len: 6, index: vec![Some(0)] });
        let first = b.push(Op::Linear { terms: vec![(0, gather)], bias: vec![0] }).unwrap();
        let table = b.table(Table::of(0, 255, |byte| byte % 2)).unwrap();
        let decision = b.push(Op::Table { input: first, table, shift: 0 }).unwrap();
        b.finish(decision).unwrap()
    };
    let program = finish(&b);
    let lists = [step, rounded, other, again].map(|node| program.exponents(node).to_vec());
    assert_eq!(lists, [vec![0, 16, 3], vec![], vec![0, 1, 0], vec![0, 1]]);
    // The encoding tells programs apart that differ in a factor alone.
    let [one, two] = [&[0, 1, 0][..], &[0, 2, 0]].map(|list| {
        let (mut b, input) = six();
        let table = b.table(Table::of(0, 255, |q| q * q)).unwrap();
        b.push_by_channel(input, (table, 1), list.to_vec()).unwrap();
        finish(&b).encode()
    });
    assert_eq!(one.iter().zip(&two).filter(|(one, two)| one != two).count(), 1);
}

#[test]
fn a_reciprocal_root_needs_squares_and_its_least_variance() {
    let (mut b, input) = six();
    let other = b.table(Table::of(0, 255, |q| if q == 77 { 0 } else { q * q })).unwrap();
    let other = b.push(Op::Table { input, table: other, shift: 1 }).unwrap();
    let step = squares(&mut b, input, 1);
    let mean = b.push_mean(step, 3, 1).unwrap();
    let push = |op| b.clone().push(op);
    let rsqrt =
        |of, row, mean, bits, epsilon, limbs| Op::Rsqrt { of, row, mean, bits, epsilon, limbs };
    let made = b.clone();
    let made = {
        let mut made = made;
        let node = made.push_rsqrt(step, 3, Some(mean), 9, 0).unwrap();
        made.op(node).clone()
    };
    // ⌈9/16⌉ = 1 is the least; 2√(4^9·9·v) + v for v = 9·255² + 1 has 23 bits.
    assert_eq!(made, rsqrt(step, 3, Some(mean), 9, 1, 2));
    assert!(push(made).is_ok());
    assert_eq!(rule(push(rsqrt(step, 3, Some(mean), 9, 1, 1))), HintRule::Limbs);
    assert_eq!(rule(push(rsqrt(step, 3, Some(mean), 9, 1, 7))), HintRule::Limbs);
    for epsilon in [0, -1, i64::MIN] {
        assert_eq!(rule(push(rsqrt(step, 3, None, 9, epsilon, 3))), HintRule::Epsilon);
    }
    assert_eq!(rule(push(rsqrt(other, 3, None, 9, 1, 3))), HintRule::Squares);
    assert_eq!(rule(push(rsqrt(input, 3, None, 9, 1, 3))), HintRule::Squares);
    assert_eq!(rule(push(rsqrt(step, 3, Some(step), 9, 1, 3))), HintRule::Mean);
    assert_eq!(rule(push(rsqrt(step, 2, Some(mean), 9, 1, 3))), HintRule::Mean);
    let mut coarse = b.clone();
    let mean = coarse.push_mean(step, 6, 0).unwrap();
    // 36/4.
    let node = coarse.push_rsqrt(step, 6, Some(mean), 9, 2).unwrap();
    assert!(matches!(coarse.op(node), Op::Rsqrt { epsilon: 9, .. }));
    let refused = coarse.push(rsqrt(step, 6, Some(mean), 9, 8, 3));
    assert_eq!(rule(refused), HintRule::Epsilon);
    // t may reach 2^bits·row, and has 24 bits.
    assert_eq!(rule(push(rsqrt(step, 3, None, 23, 1, 5))), HintRule::Range);
    let long = push(rsqrt(step, 3, None, 30, 1, 6));
    assert_eq!(long, Err(ProgramError::Magnitude { node: 5 }));
    assert_eq!(push(rsqrt(step, 3, None, 99, 1, 6)), Err(ProgramError::Magnitude { node: 5 }));
    assert_eq!(rule(b.clone().push_centred(step)), HintRule::Squares);
}
