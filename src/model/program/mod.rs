//! The integer program: the definition of a request.
//!
//! A program is a graph of flat integer tensors. A node refers to earlier nodes
//! only, so there are no cycles. [`Op::Table`], [`Op::Product`] and [`Op::Max`] cost
//! the prover one row for each element, [`Op::MatMul`] one for each inner index,
//! [`Op::Embedding`] one for each id; [`Op::Linear`] and [`Op::Rounded`] are never
//! materialised. The others, whose values are hints, cost some rows for each row of
//! elements.
//!
//! A program exists only if every value it can take, over every possible
//! document, fits: [`ProgramBuilder::push`] computes the worst case of each
//! element and refuses a table that does not cover it. No declared bound is
//! believed (rule 7 of `docs/argument.md`).

mod bounds;
mod builder;
mod embedding;
mod encode;
mod factors;
pub(crate) mod hints;
mod matmul;
mod norms;
mod softmax;
mod table;
mod value_ranges;

use super::linear::{LinearMap, product_of_pairs};
pub use builder::{
    HintRule, MAX_ELEMENTS, MAX_NODE_LEN, MAX_NODES, MAX_TABLE_ENTRIES, MAX_WEIGHTS,
    ProgramBuilder, ProgramError, RowSums,
};
pub use embedding::{Embedding, EmbeddingId, MAX_IDS};
use factors::Factors;
pub use factors::MAX_EXPONENT;
pub use norms::RowNorm;
pub use table::{Table, TableId};

/// Index of a node in [`Program::nodes`].
pub type NodeId = usize;

/// Bits of a remainder that one look-up holds to its range: 2^12 remainders
/// fill one table column.
pub const LIMB_BITS: u32 = 12;
/// Largest right shift of a table step: a remainder has at most two limbs.
pub const MAX_SHIFT: u32 = 2 * LIMB_BITS;
/// Bits of a hint: two limbs, which fill a table row.
pub const HINT_BITS: u32 = 2 * LIMB_BITS;
/// Most bits of the lower limb of a remainder, in a program that has longer ones than usual:
/// 2^16 remainders fill 17 table columns.
pub const MAX_LOWER_BITS: u32 = 16;

/// What a node computes from earlier nodes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// The bytes of the view, 0..=255, in the view's order. Node 0 and no other.
    Input,
    /// The sum of linear maps of earlier nodes, plus a bias.
    Linear {
        /// The nodes and their maps; all maps have `bias.len()` outputs.
        terms: Vec<(NodeId, LinearMap)>,
        /// The constant part.
        bias: Vec<i64>,
    },
    /// `y = T[(x + 2^(s-1)) >> s]` for each element; `T[x]` where `s = 0`.
    Table {
        /// The node of x.
        input: NodeId,
        /// T, which covers every value its argument can take.
        table: TableId,
        /// s, at most [`MAX_SHIFT`].
        shift: u32,
    },
    /// `z = x · y` for each element.
    Product {
        /// The node of x.
        left: NodeId,
        /// The node of y.
        right: NodeId,
    },
    /// `C_hij = Σ_k A_hik · B_hkj`, for each of `batch` pairs of matrices.
    ///
    /// Like [`Op::Linear`] it is never materialised: the step that reads it is its only
    /// trace. That step weighs the elements of C by powers of one challenge, so that C
    /// may be read in its own order only: by [`Op::Table`], [`Op::Softmax`] or
    /// [`Op::Limbs`], as the left side of [`Op::Product`] or [`Op::Max`], or by [`Op::Linear`] through
    /// [`LinearMap::Scale`], whose readers obey the same rule.
    MatMul {
        /// The node of A, `batch × rows × inner`, row-major. It depends on no product
        /// of matrices but through a step.
        left: NodeId,
        /// The node of B, `batch × inner × columns`, row-major; as A.
        right: NodeId,
        /// Number of pairs of matrices.
        batch: usize,
        /// Rows of A and C.
        rows: usize,
        /// Columns of A, rows of B.
        inner: usize,
        /// Columns of B and C.
        columns: usize,
    },
    /// The row of a public table that each id selects, one after the other. Like a
    /// product of matrices it is never materialised, and may be read in its own order
    /// only.
    Embedding {
        /// The node of the ids. It depends on no product of matrices or embedding but
        /// through a step.
        ids: NodeId,
        /// The table, which has every id that can occur.
        table: EmbeddingId,
    },
    /// `max(x, y) = y + relu(x − y)` for each element.
    Max {
        /// The node of x.
        left: NodeId,
        /// The node of y.
        right: NodeId,
        /// Exactly relu on the range of x − y.
        table: TableId,
    },
    /// For each row of elements, with quotients `Q = (x + 2^(s-1)) >> s`,
    /// `y = T[Q − L]`, L the one integer with `D(L) ≤ B < D(L − 1)`.
    ///
    /// The table holds `2^t·E + δ`: E an exponential with `E[0] = B`, and
    /// `δ(x) = E[x + 1] − E[x]`. D(L) is the sum of `E[Q − L]` over the row. So L is the
    /// logarithm of the row's sum of exponentials, and the outputs of a row add up to
    /// about `2^t·B`. See [`Table::softmax`].
    Softmax {
        /// The node of x.
        input: NodeId,
        /// T, whose last argument is 0.
        table: TableId,
        /// s, at most [`MAX_SHIFT`].
        shift: u32,
        /// Elements of a row; rows follow each other.
        row: usize,
        /// t, from 2 to 13.
        digits: u32,
        /// The least that L may be; it is stored less this, in [`HINT_BITS`].
        low: i64,
    },
    /// The quotient `(x + 2^(s-1)) >> s` of each element of a table step, whose rows hold it.
    Rounded {
        /// The table step.
        of: NodeId,
    },
    /// The limbs of each element, `x = Σ 2^(12·i)·y_i`, the lowest first, element after
    /// element.
    Limbs {
        /// The node of x, which is never negative and fits.
        input: NodeId,
        /// Limbs of an element.
        count: u32,
    },
    /// The mean of each row of quotients of a table step, to a fraction:
    /// `⌊(2^e·H + ⌊n/2⌋) / n⌋`, H the sum of a row of n.
    Mean {
        /// The table step.
        of: NodeId,
        /// n; rows follow each other.
        row: usize,
        /// e, at most [`HINT_BITS`].
        bits: u32,
        /// The least that a mean may be; it is stored less this, in [`HINT_BITS`].
        low: i64,
    },
    /// For each row of quotients q of a table step whose values are their squares,
    /// `t = ⌊2^a·n / √v⌋`, with `v = n·Σq² − (Σq)² + ε`, or `n·Σq² + ε` where no mean is
    /// taken from q.
    Rsqrt {
        /// The table step.
        of: NodeId,
        /// n; rows follow each other.
        row: usize,
        /// The [`Op::Mean`] of the same rows, if one is taken from q.
        mean: Option<NodeId>,
        /// a.
        bits: u32,
        /// ε, at least 1.
        epsilon: i64,
        /// Limbs of `2^(2a)·n² − t²·v` and of `(t + 1)²·v − 1 − 2^(2a)·n²`, neither of
        /// which is negative.
        limbs: u32,
    },
}

impl Op {
    /// The argument and the shift of a node whose rows hold quotients and remainders.
    pub(crate) const fn division(&self) -> Option<(NodeId, u32)> {
        match self {
            Self::Table { input, shift, .. } | Self::Softmax { input, shift, .. } => {
                Some((*input, *shift))
            }
            _ => None,
        }
    }
}

/// A node of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it computes.
    pub op: Op,
    /// Number of elements.
    pub len: usize,
}

/// An exact integer program from the bytes of a view to a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    view: String,
    tables: Vec<Table>,
    embeddings: Vec<Embedding>,
    nodes: Vec<Node>,
    factors: Factors,
    decision: NodeId,
    lower_bits: u32,
}

/// `(x + 2^(s-1)) >> s`, or x where s is 0.
#[must_use]
pub(crate) fn quotient(x: i64, shift: u32) -> i64 {
    (x + ((1i64 << shift) >> 1)) >> shift
}

impl Program {
    /// The name of the view it reads.
    #[must_use]
    pub fn view(&self) -> &str {
        &self.view
    }

    /// Number of bytes of the view.
    #[must_use]
    pub fn input_len(&self) -> usize {
        self.nodes[0].len
    }

    /// The tables, distinct from each other.
    #[must_use]
    pub fn tables(&self) -> &[Table] {
        &self.tables
    }

    /// The embeddings, distinct from each other.
    #[must_use]
    pub fn embeddings(&self) -> &[Embedding] {
        &self.embeddings
    }

    /// The nodes in topological order; the first is the input.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node of the decision, one element that is 0 or 1.
    #[must_use]
    pub const fn decision(&self) -> NodeId {
        self.decision
    }

    /// Most bits of the lower limb of a remainder: [`LIMB_BITS`] as a rule, up to
    /// [`MAX_LOWER_BITS`] where finer accumulators shall not take a second limb.
    #[must_use]
    pub const fn lower_bits(&self) -> u32 {
        self.lower_bits
    }

    /// The bits of the lower and of the upper limb of a remainder of `shift` bits.
    #[must_use]
    pub(crate) fn limbs(&self, shift: u32) -> [u32; 2] {
        [shift.min(self.lower_bits), shift.saturating_sub(self.lower_bits)]
    }

    /// Whether a remainder of `shift` bits has an upper limb.
    #[must_use]
    pub(crate) fn has_upper_limb(&self, shift: u32) -> bool {
        self.limbs(shift)[1] > 0
    }

    /// Which bytes of the view the program reads: those from which a path leads to an
    /// element of a step, product (of matrices too), id or maximum, whatever the weights
    /// on it. The decision
    /// is such an element.
    #[must_use]
    pub fn reads(&self) -> Vec<bool> {
        let mut read: Vec<Vec<bool>> = self.nodes.iter().map(|n| vec![false; n.len]).collect();
        for (id, node) in self.nodes.iter().enumerate().rev() {
            match &node.op {
                // The quotients of a step: what the step reads is read already.
                Op::Input | Op::Rounded { .. } | Op::Mean { .. } | Op::Rsqrt { .. } => {}
                Op::Linear { terms, .. } => {
                    let wanted = std::mem::take(&mut read[id]);
                    for (input, map) in terms {
                        map.reads(&wanted, &mut read[*input]);
                    }
                }
                Op::Table { input, .. }
                | Op::Softmax { input, .. }
                | Op::Limbs { input, .. }
                | Op::Embedding { ids: input, .. } => {
                    read[*input].fill(true);
                }
                Op::Product { left, right }
                | Op::Max { left, right, .. }
                | Op::MatMul { left, right, .. } => {
                    read[*left].fill(true);
                    read[*right].fill(true);
                }
            }
        }
        read.swap_remove(0)
    }

    /// Runs the program on the bytes of a view; gives the values of all nodes.
    ///
    /// # Panics
    /// If `bytes` is not [`Self::input_len`] long.
    #[must_use]
    pub fn evaluate(&self, bytes: &[u8]) -> Vec<Vec<i64>> {
        assert_eq!(bytes.len(), self.input_len(), "bytes of the view");
        let mut values: Vec<Vec<i64>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let value = match &node.op {
                Op::Input => bytes.iter().map(|b| i64::from(*b)).collect(),
                Op::Linear { terms, bias } => {
                    let mut sum = bias.clone();
                    for (id, map) in terms {
                        map.apply(&values[*id], &mut sum);
                    }
                    sum
                }
                Op::Table { input, table, shift } => {
                    let table = &self.tables[*table];
                    let at = |x: &i64| table.values[(quotient(*x, *shift) - table.low) as usize];
                    values[*input].iter().map(at).collect()
                }
                Op::Product { left, right } => {
                    values[*left].iter().zip(&values[*right]).map(|(x, y)| x * y).collect()
                }
                Op::Max { left, right, .. } => {
                    values[*left].iter().zip(&values[*right]).map(|(x, y)| *x.max(y)).collect()
                }
                Op::Embedding { ids, table } => {
                    let rows =
                        values[*ids].iter().map(|id| self.embeddings[*table].row(*id as usize));
                    rows.flatten().collect()
                }
                Op::MatMul { left, right, rows, inner, columns, .. } => {
                    product_of_pairs(&values[*left], &values[*right], [*rows, *inner, *columns])
                }
                Op::Softmax { input, table, shift, row, digits, .. } => {
                    self.softmax(&values[*input], &self.tables[*table], *shift, (*row, *digits))
                }
                Op::Rounded { of } => self.quotients(&values, *of),
                Op::Limbs { input, count } => {
                    let limbs = |x: &i64| {
                        let x = *x;
                        (0..*count).map(move |at| (x >> (at * LIMB_BITS)) % (1 << LIMB_BITS))
                    };
                    values[*input].iter().flat_map(limbs).collect()
                }
                Op::Mean { of, row, bits, .. } => {
                    self.means(&values, *of, *row, *bits).map(|hint| hint.mean).collect()
                }
                Op::Rsqrt { of, row, mean, bits, epsilon, .. } => {
                    let centred = mean.is_some();
                    let hints = self.roots(&values, (*of, *row), centred, (*bits, *epsilon));
                    hints.map(|hint| hint.root).collect()
                }
            };
            values.push(value);
        }
        values
    }

    /// Runs the program and gives the decision alone.
    ///
    /// # Panics
    /// If `bytes` is not [`Self::input_len`] long.
    #[must_use]
    pub fn matches(&self, bytes: &[u8]) -> bool {
        self.evaluate(bytes)[self.decision][0] == 1
    }
}

#[cfg(test)]
mod tests;
