//! The rows of the second round, which follow from τ.
//!
//! **Products of matrices.** Weigh the elements of `C = A·B`, m×n, by `τ^(n·i + j)`: the
//! weights are an outer product, and the weighted sum of all elements of C is
//! `Σ_k x_k·y_k` with `x_k = Σ_i τ^(n·i)·A_ik` and `y_k = Σ_j τ^j·B_kj`. So a product
//! costs as many rows as its inner dimension, however large m and n are.
//!
//! **Embeddings.** In the same way the row of a table E that an id selects is read as one
//! number, `f = Σ_j τ^j·E[id, j]`, which a look-up ties to the id.
//!
//! Cells that depend on τ are committed to in a second round (`docs/argument.md`).

use ff::Field;
use rayon::prelude::*;

use super::cotangent::Powers;
use super::rows::RowKind;
use super::sums::inner_product;
use crate::field::Scalar;
use crate::model::program::{Embedding, Op, Program};

/// What the rows of the second round follow from besides τ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deferred {
    /// A and B of each product of matrices, in the order of the nodes. They are linear in
    /// cells of the first round and have none of their own.
    pub matrices: Vec<[Vec<i64>; 2]>,
    /// The ids of each embedding node, in the same order.
    pub ids: Vec<Vec<i64>>,
}

/// The rows of the second round of one document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeferredRows {
    /// `(x, y, x·y)` for each inner index of each pair of each product of matrices.
    pub inner: Vec<[Scalar; 3]>,
    /// `(id, f)` for each id of each embedding.
    pub embedding: Vec<[Scalar; 2]>,
}

impl DeferredRows {
    /// The cells of a row of the second round, by its number among those of its kind; zero
    /// where the kind has fewer.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn row(&self, kind: RowKind, row: usize) -> [Scalar; RowKind::MOST_COLUMNS] {
        match kind {
            RowKind::Inner => self.inner[row],
            RowKind::Embedding => {
                let [id, f] = self.embedding[row];
                [id, f, Scalar::ZERO]
            }
            RowKind::Table | RowKind::Sbox | RowKind::Product => panic!("a row of the first round"),
        }
    }
}

/// What the rows of all documents share.
pub struct Folding {
    /// Powers of τ.
    powers: Powers,
    /// Of each embedding f of each of its ids.
    embeddings: Vec<Vec<Scalar>>,
}

impl Folding {
    /// Folds the program's embeddings under τ.
    #[must_use]
    pub fn of(program: &Program, tau: Scalar) -> Self {
        // Those of a product of matrices, and of a row of an embedding.
        let products = program.nodes().iter().filter_map(|node| match node.op {
            Op::MatMul { rows, columns, .. } => Some(rows * columns),
            _ => None,
        });
        let rows = program.embeddings().iter().map(|table| table.columns);
        let powers = Powers::of(tau, products.chain(rows).max().unwrap_or(0));
        let fold = |table: &Embedding| {
            let known = table.len();
            let row = |id| inner_product(table.row(id), powers.first(table.columns));
            let mut folded: Vec<Scalar> = (0..known).into_par_iter().map(row).collect();
            folded.resize(table.ids, folded[known - 1]);
            folded
        };
        let embeddings = program.embeddings().iter().map(fold).collect();
        Self { powers, embeddings }
    }

    /// τ, if anything is folded by more than one of its powers.
    #[cfg(test)]
    pub(crate) fn tau(&self) -> Scalar {
        self.powers.at(1)
    }

    /// Of each embedding f of each of its ids.
    #[must_use]
    pub fn embeddings(&self) -> &[Vec<Scalar>] {
        &self.embeddings
    }

    /// The rows of a document, in the order of the nodes.
    #[must_use]
    pub fn rows(&self, program: &Program, deferred: &Deferred) -> DeferredRows {
        let mut rows = DeferredRows::default();
        let (mut matrices, mut ids) = (deferred.matrices.iter(), deferred.ids.iter());
        for node in program.nodes() {
            match node.op {
                Op::MatMul { rows: m, inner, columns, .. } => {
                    let pair = matrices.next().expect("factors of every product of matrices");
                    self.inner_rows(pair, [m, inner, columns], &mut rows.inner);
                }
                Op::Embedding { table, .. } => {
                    let ids = ids.next().expect("ids of every embedding");
                    let folded = &self.embeddings[table];
                    let row = |id: &i64| [Scalar::from(*id as u64), folded[*id as usize]];
                    rows.embedding.extend(ids.iter().map(row));
                }
                _ => {}
            }
        }
        rows
    }

    fn inner_rows(
        &self,
        [left, right]: &[Vec<i64>; 2],
        [rows, inner, columns]: [usize; 3],
        all: &mut Vec<[Scalar; 3]>,
    ) {
        let of_rows: Vec<Scalar> = (0..rows).map(|i| self.powers.at(columns * i)).collect();
        let of_columns = self.powers.first(columns);
        let row = |(index, b): (usize, &[i64])| {
            let a = &left[index / inner * rows * inner + index % inner..];
            let x = inner_product(a.iter().step_by(inner).copied(), &of_rows);
            let y = inner_product(b.iter().copied(), of_columns);
            [x, y, x * y]
        };
        all.par_extend(right.par_chunks_exact(columns).enumerate().map(row));
    }
}
