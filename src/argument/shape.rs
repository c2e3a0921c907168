//! Which rows a document's trace has.

use super::permutations::Permutations;
use super::rows::{PerKind, RowKind};
use super::tables::Tag;
use crate::hash::poseidon::{FULL_ROUNDS, PARTIAL_ROUNDS};
use crate::hash::sponge::WIDE_WIDTH;
use crate::model::program::{EmbeddingId, LIMB_BITS, NodeId, Op, Program};

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
/// the remainders of more than one limb, two a row too, each node's from a row of its own;
/// then one row for each element of the table steps and maxima, and the table rows of
/// hints, in the order of the nodes.
/// Product rows: one for each element of the product steps, and those of reciprocal
/// roots. S-box rows: those of the sponge's permutations, by round and lane. Inner rows:
/// one for each matrix of a product of matrices and inner index. Embedding rows: one for
/// each id.
///
/// Relations are numbered: one for each step or maximum, which speaks of all its
/// elements; two for each product step; two for each inner row; one for each embedding
/// row; those of hints; one for each S-box row, then the digest, then the decision.
#[derive(Clone, Debug)]
pub struct Shape {
    /// Number of rows.
    pub rows: PerKind<usize>,
    /// The permutations that tie bytes to the digest, and which bytes have cells.
    pub permutations: Permutations,
    /// The look-ups of each table row.
    pub lookups: Vec<Lookups>,
    /// For each table row the shift s, where the coefficient of q is 2^s times that of r
    /// whatever the challenges: in the rows of steps whose quotient nothing else reads.
    pub shifts: Vec<Option<u32>>,
    /// Table rows that hold bytes: the first ones.
    pub byte_rows: usize,
    /// Table rows that hold upper limbs: those that follow.
    pub limb_rows: usize,
    /// The embedding of each embedding row.
    pub embeddings: Vec<EmbeddingId>,
    /// For each node its first row, of whatever kind its rows are.
    pub first_row: Vec<usize>,
    /// For each node its first product row, if it has any.
    pub first_product_row: Vec<usize>,
    /// For each node the row of its first upper limb, if it has any.
    pub first_limb_row: Vec<usize>,
    /// For each node the number of its first relation.
    pub first_relation: Vec<usize>,
    /// Number of linear relations.
    pub relations: usize,
}

impl Lookups {
    /// Of a row whose q and r are both numbers of so many bits.
    const fn both(bits: u32) -> Self {
        Self { step: Tag::range(bits), remainder: Some(Tag::range(bits)) }
    }
}

/// Product rows of a reciprocal root: t·v and t·(t·v), and H·H if there is a mean.
const fn root_products(mean: Option<NodeId>) -> usize {
    if mean.is_some() { 3 } else { 2 }
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
            if let Some((_, shift)) = node.op.division()
                && program.has_upper_limb(shift)
            {
                let [_, upper] = program.limbs(shift);
                lookups.extend((0..node.len.div_ceil(2)).map(|row| Lookups {
                    step: Tag::range(upper),
                    remainder: (2 * row + 1 < node.len).then_some(Tag::range(upper)),
                }));
            }
        }
        let limb_rows = lookups.len() - byte_rows;
        let (mut product_rows, mut inner_rows, mut relations) = (0, 0, 0);
        let mut embeddings = Vec::new();
        let mut first_row = Vec::with_capacity(program.nodes().len());
        let mut first_product_row = Vec::with_capacity(program.nodes().len());
        let mut first_relation = Vec::with_capacity(program.nodes().len());
        for node in program.nodes() {
            first_row.push(match node.op {
                Op::Product { .. } => product_rows,
                Op::MatMul { .. } => inner_rows,
                Op::Embedding { .. } => embeddings.len(),
                _ => lookups.len(),
            });
            first_product_row.push(product_rows);
            first_relation.push(relations);
            relations += node_relations(program, &node.op);
            match node.op {
                Op::Table { table, shift, .. } => {
                    let [lower, _] = program.limbs(shift);
                    let remainder = (lower > 0).then(|| Tag::range(lower));
                    let row = Lookups { step: Tag::table(table), remainder };
                    lookups.extend(std::iter::repeat_n(row, node.len));
                }
                Op::Max { table, .. } => {
                    let row = Lookups { step: Tag::table(table), remainder: None };
                    lookups.extend(std::iter::repeat_n(row, node.len));
                }
                Op::Softmax { table, shift, row, digits, .. } => {
                    let [lower, _] = program.limbs(shift);
                    let remainder = (lower > 0).then(|| Tag::range(lower));
                    let element = Lookups { step: Tag::table(table), remainder };
                    lookups.extend(std::iter::repeat_n(element, node.len));
                    let ends = [Lookups::both(LIMB_BITS), Lookups::both(digits - 1)];
                    lookups.extend(std::iter::repeat_n(ends, node.len / row).flatten());
                }
                Op::Limbs { .. } => lookups.extend((0..node.len.div_ceil(2)).map(|row| Lookups {
                    step: Tag::range(LIMB_BITS),
                    remainder: (2 * row + 1 < node.len).then_some(Tag::range(LIMB_BITS)),
                })),
                Op::Mean { .. } => {
                    lookups.extend(std::iter::repeat_n(Lookups::both(LIMB_BITS), 3 * node.len));
                }
                Op::Rsqrt { mean, limbs, .. } => {
                    let rows = (1 + limbs as usize) * node.len;
                    lookups.extend(std::iter::repeat_n(Lookups::both(LIMB_BITS), rows));
                    product_rows += root_products(mean) * node.len;
                }
                Op::Product { .. } => product_rows += node.len,
                Op::MatMul { batch, inner, .. } => inner_rows += batch * inner,
                Op::Embedding { ids, table } => {
                    embeddings.extend(std::iter::repeat_n(table, program.nodes()[ids].len));
                }
                Op::Input | Op::Linear { .. } | Op::Rounded { .. } => {}
            }
        }
        first_row[0] = 0;
        let shifts = shifts(program, &first_row, lookups.len());
        let sbox_rows = permutations.list.len() * PERMUTATION_SBOXES;
        relations += sbox_rows + 2;
        Self {
            rows: PerKind([lookups.len(), sbox_rows, product_rows, inner_rows, embeddings.len()]),
            permutations,
            lookups,
            shifts,
            embeddings,
            byte_rows,
            limb_rows,
            first_row,
            first_product_row,
            first_limb_row,
            first_relation,
            relations,
        }
    }

    /// Row and cell (q or r) of the upper limb of an element of a node.
    #[must_use]
    pub fn limb(&self, node: NodeId, element: usize) -> (usize, usize) {
        (self.first_limb_row[node] + element / 2, element % 2)
    }

    /// The relation of an S-box row.
    #[must_use]
    pub const fn sbox_relation(&self, row: usize) -> usize {
        self.digest_relation() - self.rows.0[RowKind::Sbox as usize] + row
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

/// [`Shape::shifts`].
fn shifts(program: &Program, first_row: &[usize], table_rows: usize) -> Vec<Option<u32>> {
    let mut shifts = vec![None; table_rows];
    for (node, first) in program.nodes().iter().zip(first_row) {
        if let Some((_, shift)) = node.op.division()
            && shift > 0
        {
            shifts[*first..first + node.len].fill(Some(shift));
        }
    }
    for node in program.nodes() {
        if let Op::Rounded { of } | Op::Mean { of, .. } | Op::Rsqrt { of, .. } = node.op {
            let first = first_row[of];
            shifts[first..first + program.nodes()[of].len].fill(None);
        }
    }
    shifts
}

/// How many relations, each with a power of ρ of its own, a node has. All elements of a
/// step share one; but what holds a cell of the second round must not share any.
fn node_relations(program: &Program, op: &Op) -> usize {
    match op {
        Op::Input | Op::Linear { .. } | Op::Rounded { .. } => 0,
        Op::Table { .. } | Op::Max { .. } | Op::Limbs { .. } => 1,
        // Elements and sums; division and bound of what it leaves.
        Op::Product { .. } | Op::Softmax { .. } | Op::Mean { .. } => 2,
        // And the two differences.
        Op::Rsqrt { mean, .. } => 2 * root_products(*mean) + 2,
        Op::MatMul { batch, inner, .. } => 2 * batch * inner,
        Op::Embedding { ids, .. } => program.nodes()[*ids].len,
    }
}
