//! Which rows a document's trace has.

use super::permutations::Permutations;
use super::rows::{PerKind, RowKind};
use super::tables::Tag;
use crate::hash::poseidon::{FULL_ROUNDS, PARTIAL_ROUNDS};
use crate::hash::sponge::WIDE_WIDTH;
use crate::model::program::{LIMB_BITS, NodeId, Op, Program, limbs};

/// S-boxes of one wide permutation.
pub const PERMUTATION_SBOXES: usize = FULL_ROUNDS * WIDE_WIDTH + PARTIAL_ROUNDS;

/// The look-ups of a table row `(q, r, y)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookups {
    /// The table that holds `(q, y)`.
    pub step: Tag,
    /// The range that holds `r`; `None` where the row has no remainder. The
    /// upper limb of a long remainder stands in a limb row.
    pub remainder: Option<Tag>,
}

/// The rows of one document's trace, in order, and the number of its linear
/// relations.
///
/// Table rows: the bytes of the view that have cells, two a row (as q and r); the upper limbs of
/// the remainders above 2^12, two a row too, each node's from a row of its own;
/// then one row for each element of the table steps and maxima in the order of
/// the nodes.
/// Product rows: one for each element of the product steps. S-box rows: those
/// of the sponge's permutations, by round and lane.
///
/// Relations are numbered: one for each row of a step or maximum, two for
/// each product row, one for each S-box row, then the digest, then the decision.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Number of rows.
    pub rows: PerKind<usize>,
    /// The permutations that tie bytes to the digest, and which bytes have cells.
    pub permutations: Permutations,
    /// The look-ups of each table row.
    pub lookups: Vec<Lookups>,
    /// Table rows that hold bytes: the first ones.
    pub byte_rows: usize,
    /// Table rows that hold upper limbs: those that follow.
    pub limb_rows: usize,
    /// For each node its first row, a table or a product row.
    pub first_row: Vec<usize>,
    /// For each node the row of its first upper limb, if it has any.
    pub first_limb_row: Vec<usize>,
    /// Number of linear relations.
    pub relations: usize,
}

impl Shape {
    /// The shape of a program's traces.
    #[must_use]
    pub fn of(program: &Program) -> Self {
        let permutations = Permutations::of(program);
        let bytes = permutations.bytes.len();
        let byte_rows = bytes.div_ceil(2);
        let mut lookups: Vec<Lookups> = (0..byte_rows)
            .map(|row| Lookups {
                step: Tag::BYTE,
                remainder: (2 * row + 1 < bytes).then_some(Tag::BYTE),
            })
            .collect();
        let mut first_limb_row = Vec::with_capacity(program.nodes().len());
        for node in program.nodes() {
            first_limb_row.push(lookups.len());
            if let Op::Table { shift, .. } = node.op
                && shift > LIMB_BITS
            {
                let [_, upper] = limbs(shift);
                lookups.extend((0..node.len.div_ceil(2)).map(|row| Lookups {
                    step: Tag::range(upper),
                    remainder: (2 * row + 1 < node.len).then_some(Tag::range(upper)),
                }));
            }
        }
        let limb_rows = lookups.len() - byte_rows;
        let mut product_rows = 0;
        let mut first_row = Vec::with_capacity(program.nodes().len());
        for node in program.nodes() {
            first_row.push(if matches!(node.op, Op::Product { .. }) {
                product_rows
            } else {
                lookups.len()
            });
            match node.op {
                Op::Table { table, shift, .. } => {
                    let [lower, _] = limbs(shift);
                    let remainder = (lower > 0).then(|| Tag::range(lower));
                    let row = Lookups { step: Tag::table(table), remainder };
                    lookups.extend(std::iter::repeat_n(row, node.len));
                }
                Op::Max { table, .. } => {
                    let row = Lookups { step: Tag::table(table), remainder: None };
                    lookups.extend(std::iter::repeat_n(row, node.len));
                }
                Op::Product { .. } => product_rows += node.len,
                Op::Input | Op::Linear { .. } => {}
            }
        }
        first_row[0] = 0;
        let sbox_rows = permutations.list.len() * PERMUTATION_SBOXES;
        let steps = lookups.len() - byte_rows - limb_rows;
        let relations = steps + 2 * product_rows + sbox_rows + 2;
        Self {
            rows: PerKind([lookups.len(), sbox_rows, product_rows]),
            permutations,
            lookups,
            byte_rows,
            limb_rows,
            first_row,
            first_limb_row,
            relations,
        }
    }

    /// The relation of the row of a step or maximum.
    #[must_use]
    pub const fn table_relation(&self, row: usize) -> usize {
        row - self.byte_rows - self.limb_rows
    }

    /// Row and cell (q or r) of the upper limb of an element of a node.
    #[must_use]
    pub fn limb(&self, node: NodeId, element: usize) -> (usize, usize) {
        (self.first_limb_row[node] + element / 2, element % 2)
    }

    /// The first of the two relations of a product row.
    #[must_use]
    pub const fn product_relation(&self, row: usize) -> usize {
        self.table_relation(self.lookups.len()) + 2 * row
    }

    /// The relation of an S-box row.
    #[must_use]
    pub const fn sbox_relation(&self, row: usize) -> usize {
        self.product_relation(self.rows.0[RowKind::Product as usize]) + row
    }

    /// The relation that exposes the view digest.
    #[must_use]
    pub const fn digest_relation(&self) -> usize {
        self.relations - 2
    }

    /// The relation that exposes the decision.
    #[must_use]
    pub const fn decision_relation(&self) -> usize {
        self.relations - 1
    }
}
