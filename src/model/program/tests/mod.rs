//! Rounding; hints, whose relations have one solution, and what the builder refuses
//! because it could have none or two.

mod builder;
mod norms;
mod softmax;

use super::{Op, ProgramBuilder, Table, quotient};
use crate::model::linear::{Dense, LinearMap};

/// A builder with a node that holds dense sums of its bytes.
fn sums(bytes: usize, rows: usize, weights: Vec<i64>) -> (ProgramBuilder, usize) {
    let mut builder = ProgramBuilder::new("image/gray-1x1", bytes).unwrap();
    let dense = LinearMap::Dense(Dense { rows, columns: bytes, weights: weights.into() });
    let sums = Op::Linear { terms: vec![(0, dense)], bias: vec![0; rows] };
    let sums = builder.push(sums).unwrap();
    (builder, sums)
}

/// A step whose values are the squares of its quotients, over a node.
fn squares(builder: &mut ProgramBuilder, input: usize, shift: u32) -> usize {
    let range = builder.range(input);
    let half = (1i128 << shift) >> 1;
    let [low, high] = [range.low, range.high].map(|x| ((x + half) >> shift) as i64);
    let table = builder.table(Table::of(low, high, |q| q * q)).unwrap();
    builder.push(Op::Table { input, table, shift }).unwrap()
}

/// T in units of `1/per_nat`, one as `one`, from `foot` to 1.
fn exponential(per_nat: f64, one: f64, foot: i64) -> Vec<i64> {
    (foot..=1).map(|x| (one * (x as f64 / per_nat).exp()).round() as i64).collect()
}

#[test]
fn rounding_is_half_up_for_both_signs() {
    let halves = [-3, -2, -1, 0, 1, 2, 3].map(|x| quotient(x, 1));
    assert_eq!(halves, [-1, -1, 0, 0, 1, 1, 2]);
    assert_eq!(quotient(-5, 0), -5);
}
