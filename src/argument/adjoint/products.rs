//! The backward pass through products of matrices and embeddings, whose cells follow
//! from τ.

use super::Pass;
use crate::argument::cotangent::Cotangent;
use crate::argument::rows::RowKind;
use crate::field::Scalar;
use crate::model::program::{EmbeddingId, NodeId};

impl Pass<'_> {
    /// The rows of a product of matrices. All that reads it gives its element e a
    /// coefficient `g·τ^e`, and `Σ_ij τ^(n·i + j)·C_ij = Σ_k x_k·y_k` with
    /// `x_k = Σ_i τ^(n·i)·A_ik` and `y_k = Σ_j τ^j·B_kj`. Each x and y has a relation of
    /// its own: its cell is chosen when τ is known.
    pub(super) fn matmul(
        &mut self,
        node: NodeId,
        [left, right]: [NodeId; 2],
        [batch, rows, inner, columns]: [usize; 4],
        cotangent: Cotangent,
    ) {
        let g = cotangent.factor();
        let (relation, row) = (self.shape.first_relation[node], self.shape.first_row[node]);
        let mut xs = Vec::with_capacity(batch * inner);
        let mut ys = Vec::with_capacity(batch * inner);
        for index in 0..batch * inner {
            let [x, y] = [0, 1].map(|side| self.powers[relation + 2 * index + side]);
            let z = g * self.elements.at(index / inner * rows * columns);
            let cells = self.coefficients.row_mut(RowKind::Inner, row + index);
            cells.copy_from_slice(&[x, y, z]);
            xs.push(x);
            ys.push(y);
        }
        let of_rows: Vec<Scalar> = (0..rows).map(|i| self.elements.at(columns * i)).collect();
        let a = self.dense(left).chunks_exact_mut(rows * inner);
        for (a, xs) in a.zip(xs.chunks_exact(inner)) {
            for (a, power) in a.chunks_exact_mut(inner).zip(&of_rows) {
                a.iter_mut().zip(xs).for_each(|(a, x)| *a -= *x * power);
            }
        }
        let of_columns = self.elements.first(columns).to_vec();
        let b = self.dense(right).chunks_exact_mut(columns);
        for (b, y) in b.zip(ys) {
            b.iter_mut().zip(&of_columns).for_each(|(b, power)| *b -= y * power);
        }
    }

    /// The rows of an embedding. All that reads it gives element j of its row t a
    /// coefficient `g·τ^(d·t + j)`, so that f weighs `g·τ^(d·t)`. Each id has a relation
    /// of its own: its cell is chosen when τ is known.
    pub(super) fn embedding(
        &mut self,
        node: NodeId,
        ids: NodeId,
        table: EmbeddingId,
        cotangent: Cotangent,
    ) {
        let g = cotangent.factor();
        let (relation, row) = (self.shape.first_relation[node], self.shape.first_row[node]);
        let columns = self.program.embeddings()[table].columns;
        for t in 0..self.program.nodes()[ids].len {
            let weight = self.powers[relation + t];
            let f = g * self.elements.at(columns * t);
            let cells = self.coefficients.row_mut(RowKind::Embedding, row + t);
            cells.copy_from_slice(&[weight, f]);
            self.dense(ids)[t] -= weight;
        }
    }
}
