//! The rows of products of matrices, which follow from τ.
//!
//! Weigh the elements of `C = A·B`, m×n, by `τ^(n·i + j)`: the weights are an outer
//! product, and the weighted sum of all elements of C is `Σ_k x_k·y_k` with
//! `x_k = Σ_i τ^(n·i)·A_ik` and `y_k = Σ_j τ^j·B_kj`. So a product costs as many rows as
//! its inner dimension, however large m and n are. Cells that depend on τ are committed
//! to in a second round (`docs/argument.md`, "Products of matrices").

use rayon::prelude::*;

use super::cotangent::Powers;
use super::sums::inner_product;
use super::trace::Matrices;
use crate::field::Scalar;
use crate::model::program::{Op, Program};

/// `(x, y, x·y)` for each inner index of each pair of each product of matrices, in the
/// order of the nodes.
#[must_use]
pub fn rows(program: &Program, matrices: &Matrices, tau: Scalar) -> Vec<[Scalar; 3]> {
    if matrices.is_empty() {
        return Vec::new();
    }
    let powers = Powers::of(tau, program);
    let mut all = Vec::new();
    let mut matrices = matrices.iter();
    for node in program.nodes() {
        let Op::MatMul { rows, inner, columns, .. } = node.op else { continue };
        let [left, right] = matrices.next().expect("factors of every product of matrices");
        let of_rows: Vec<Scalar> = (0..rows).map(|i| powers.at(columns * i)).collect();
        let of_columns = powers.first(columns);
        let row = |(index, b): (usize, &[i64])| {
            let a = &left[index / inner * rows * inner + index % inner..];
            let x = inner_product(a.iter().step_by(inner), &of_rows);
            let y = inner_product(b, of_columns);
            [x, y, x * y]
        };
        all.par_extend(right.par_chunks_exact(columns).enumerate().map(row));
    }
    all
}
