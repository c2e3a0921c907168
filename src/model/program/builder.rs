//! Builds programs: each node is checked, and its ranges are computed, as it is
//! added.

mod hints;

use std::collections::BTreeMap;

use thiserror::Error;

pub use self::hints::{HintRule, RowSums};
use super::bounds::Bounds;
use super::norms::{READINGS, RowNorm};
use super::softmax::Profile;
use super::value_ranges::ValueRanges;
use super::{LIMB_BITS, MAX_LOWER_BITS, MAX_SHIFT, Node, NodeId, Op, Program, Table, TableId};
use crate::model::linear::{LinearMap, MAX_WEIGHT, MapError, Range};

/// Most elements of a node. The caps keep a hostile program from exhausting
/// the machine: an element takes 32 bytes while its range is computed, and up to 20
/// as long as the builder lives.
pub const MAX_NODE_LEN: usize = 1 << 22;
/// Most elements of all nodes together.
pub const MAX_ELEMENTS: usize = 1 << 26;
/// Most entries of all tables together.
pub const MAX_TABLE_ENTRIES: usize = 1 << 20;
/// Most nodes.
pub const MAX_NODES: usize = 1 << 16;
/// Most weights and indices of all linear maps together: eight bytes each at most.
pub const MAX_WEIGHTS: usize = 3 << 26;

/// Why a program is refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProgramError {
    /// A node refers to a node or table that is not defined before it.
    #[error("node {node} refers to a node or table that is not defined before it")]
    Reference {
        /// The node.
        node: NodeId,
    },
    /// Lengths disagree.
    #[error("node {node}: lengths do not match")]
    Length {
        /// The node.
        node: NodeId,
    },
    /// A linear map is malformed.
    #[error("node {node}: {source}")]
    Map {
        /// The node.
        node: NodeId,
        /// What is wrong.
        source: MapError,
    },
    /// A value may reach 2^62.
    #[error("node {node}: a value may reach 2^62; use smaller weights")]
    Magnitude {
        /// The node.
        node: NodeId,
    },
    /// A shift is above [`MAX_SHIFT`].
    #[error("node {node}: a shift of {shift} is above {MAX_SHIFT}")]
    Shift {
        /// The node.
        node: NodeId,
        /// The shift.
        shift: u32,
    },
    /// A table does not cover what its argument can be.
    #[error("node {node}: the table does not cover {low}..={high}")]
    Coverage {
        /// The node.
        node: NodeId,
        /// Smallest argument.
        low: i128,
        /// Largest argument.
        high: i128,
    },
    /// The table of a maximum is not relu.
    #[error("node {node}: the table of a maximum is not max(x, 0)")]
    NotRelu {
        /// The node.
        node: NodeId,
    },
    /// A hint would not be the one value that its relations allow.
    #[error("node {node}: {rule}")]
    Hint {
        /// The node.
        node: NodeId,
        /// The condition that does not hold.
        rule: HintRule,
    },
    /// The decision is not one table cell with values 0 and 1.
    #[error("the decision must be one element of a table step with values 0 and 1 only")]
    Decision,
    /// An embedding has no rows, ragged ones, too few or too many ids, or values of 2^40
    /// or more.
    #[error("an embedding is malformed")]
    Embedding,
    /// A node reads a product of matrices or an embedding otherwise than in its own order.
    #[error(
        "node {node} reads a product of matrices or an embedding otherwise than element by \
         element; put a table step between"
    )]
    Order {
        /// The node.
        node: NodeId,
    },
    /// A count is above its cap.
    #[error("the program is too large: {0}")]
    TooLarge(&'static str),
}

/// Builds a program node by node, with the range of every element.
///
/// ```
/// use candor::model::linear::{Dense, LinearMap};
/// use candor::model::program::{Op, ProgramBuilder, Table};
///
/// // Does a picture of two pixels become brighter from left to right?
/// let mut builder = ProgramBuilder::new("image/gray-2x1", 2)?;
/// let difference = LinearMap::Dense(Dense { rows: 1, columns: 2, weights: vec![-1, 1].into() });
/// let difference = builder.push(Op::Linear { terms: vec![(0, difference)], bias: vec![0] })?;
/// // The table must cover whatever two bytes can differ by.
/// let brighter = builder.table(Table::of(-255, 255, |x| i64::from(x > 0)))?;
/// let decision = builder.push(Op::Table { input: difference, table: brighter, shift: 0 })?;
/// let program = builder.finish(decision)?;
///
/// assert_eq!(program.evaluate(&[10, 30])[difference], [20]);
/// assert!(program.matches(&[10, 30]));
/// assert!(!program.matches(&[30, 30]));
/// # Ok::<(), candor::model::program::ProgramError>(())
/// ```
#[derive(Clone, Debug)]
pub struct ProgramBuilder {
    pub(super) program: Program,
    value_ranges: Vec<ValueRanges>,
    /// Of each embedding the range of each column.
    pub(super) hulls: Vec<Vec<Range>>,
    bounds: Vec<Bounds>,
    /// Of each node what is known of its rows.
    norms: Vec<Option<RowNorm>>,
    /// Of each node whether it is, without a step between, a product of matrices, rows
    /// of an embedding, or a sum with one of them in it.
    nonlinear: Vec<bool>,
    /// The tables that are fit for softmax, with their t.
    softmaxes: BTreeMap<(TableId, u32), Profile>,
    /// What a reciprocal root multiplies, with that root.
    centred: BTreeMap<NodeId, NodeId>,
    elements: usize,
    pub(super) weights: usize,
    pub(super) table_entries: usize,
    most_entries: usize,
    most_elements: usize,
    pub(super) most_weights: usize,
}

/// Elements, and weights and indices, that the program of any model may have, however
/// small its file is.
const ELEMENTS: usize = 1 << 24;
const WEIGHTS: usize = 1 << 25;
/// Elements beside them for each byte of the file.
const ELEMENTS_OF_BYTE: usize = 2;

/// How much more entries of tables a program may have that is built to see what a
/// smaller one needs.
const TRIAL: usize = 4;

impl ProgramBuilder {
    /// A program over `input_len` bytes of the named view.
    ///
    /// # Errors
    /// If there are no bytes or too many.
    pub fn new(view: impl Into<String>, input_len: usize) -> Result<Self, ProgramError> {
        if !(1..=MAX_NODE_LEN).contains(&input_len) {
            return Err(ProgramError::TooLarge("bytes of the view"));
        }
        let input = Node { op: Op::Input, len: input_len };
        let program = Program {
            view: view.into(),
            tables: Vec::new(),
            embeddings: Vec::new(),
            nodes: vec![input],
            factors: BTreeMap::new(),
            decision: 0,
            lower_bits: LIMB_BITS,
        };
        let ranges = vec![Range::new(0, 255); input_len];
        let bounds = Bounds::of(&ranges).ok_or(ProgramError::Magnitude { node: 0 })?;
        Ok(Self {
            program,
            value_ranges: Vec::new(),
            hulls: Vec::new(),
            bounds: vec![bounds],
            norms: vec![None],
            nonlinear: vec![false],
            softmaxes: BTreeMap::new(),
            centred: BTreeMap::new(),
            elements: input_len,
            weights: 0,
            table_entries: 0,
            most_entries: MAX_TABLE_ENTRIES,
            most_elements: MAX_ELEMENTS,
            most_weights: MAX_WEIGHTS,
        })
    }

    /// The same for a program that is built to see which tables the next one needs, and
    /// then thrown away: it may have more of them.
    pub(crate) fn for_trial(
        view: impl Into<String>,
        input_len: usize,
    ) -> Result<Self, ProgramError> {
        Ok(Self { most_entries: TRIAL * MAX_TABLE_ENTRIES, ..Self::new(view, input_len)? })
    }

    /// The same for a model of so many bytes: a small file makes no large program.
    pub(crate) fn of_file(self, bytes: usize) -> Self {
        let elements = ELEMENTS.saturating_add(bytes.saturating_mul(ELEMENTS_OF_BYTE));
        Self {
            most_elements: elements.min(MAX_ELEMENTS),
            most_weights: WEIGHTS.saturating_add(bytes).min(MAX_WEIGHTS),
            ..self
        }
    }

    /// The same with remainders whose lower limb has up to so many bits, of
    /// [`LIMB_BITS`]`..=`[`MAX_LOWER_BITS`].
    #[must_use]
    pub fn with_lower_bits(mut self, bits: u32) -> Self {
        self.program.lower_bits = bits.clamp(LIMB_BITS, MAX_LOWER_BITS);
        self
    }

    /// Whether a program that is not thrown away has room for a table of so many entries.
    pub(crate) const fn has_room(&self, entries: usize) -> bool {
        self.table_entries.saturating_add(entries) <= MAX_TABLE_ENTRIES
    }

    /// Adds a table, or finds the one that is equal.
    ///
    /// # Errors
    /// If it is empty, holds a value of 2^40 or more, or there is no room.
    pub fn table(&mut self, table: Table) -> Result<TableId, ProgramError> {
        if let Some(id) = self.program.tables.iter().position(|t| *t == table) {
            return Ok(id);
        }
        let too_large = |v: &i64| v.unsigned_abs() > MAX_WEIGHT as u64;
        if table.values.is_empty() || too_large(&table.low) || table.values.iter().any(too_large) {
            return Err(ProgramError::TooLarge("values of a table"));
        }
        self.table_entries = self.table_entries.saturating_add(table.values.len());
        if self.table_entries > self.most_entries {
            return Err(ProgramError::TooLarge("entries of tables"));
        }
        self.value_ranges.push(ValueRanges::of(&table));
        self.program.tables.push(table);
        Ok(self.program.tables.len() - 1)
    }

    /// The table of the given id.
    #[must_use]
    pub fn table_at(&self, id: TableId) -> &Table {
        &self.program.tables[id]
    }

    /// How many nodes there are so far.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.program.nodes.len()
    }

    /// What a node computes.
    #[must_use]
    pub fn op(&self, node: NodeId) -> &Op {
        &self.program.nodes[node].op
    }

    /// Number of elements of a node.
    #[must_use]
    pub fn len(&self, node: NodeId) -> usize {
        self.program.nodes[node].len
    }

    /// The range of each element of a node.
    #[must_use]
    pub fn ranges(&self, node: NodeId) -> Vec<Range> {
        self.bounds[node].elements()
    }

    /// The range of all elements of a node together.
    #[must_use]
    pub fn range(&self, node: NodeId) -> Range {
        self.bounds[node].all()
    }

    /// Adds a node and computes its ranges.
    ///
    /// # Errors
    /// [`ProgramError`] says which rule the node breaks.
    pub fn push(&mut self, op: Op) -> Result<NodeId, ProgramError> {
        let node = self.program.nodes.len();
        if node == MAX_NODES {
            return Err(ProgramError::TooLarge("nodes"));
        }
        self.weights = self.weights.saturating_add(op.weights());
        if self.weights > self.most_weights {
            return Err(ProgramError::TooLarge("weights and indices of all nodes"));
        }
        if let Op::Softmax { table, digits, .. } = op {
            self.profile(node, (table, digits))?;
        }
        let ranges = self.bound(node, &op)?;
        if ranges.is_empty() {
            return Err(ProgramError::Length { node });
        }
        let bounds = Bounds::of(&ranges).ok_or(ProgramError::Magnitude { node })?;
        self.elements = self.elements.saturating_add(ranges.len());
        if self.elements > self.most_elements {
            return Err(ProgramError::TooLarge("elements of all nodes"));
        }
        self.nonlinear.push(match &op {
            Op::MatMul { .. } | Op::Embedding { .. } => true,
            Op::Linear { terms, .. } => terms.iter().any(|(input, _)| self.nonlinear[*input]),
            // The value of any other node stands in cells.
            _ => false,
        });
        self.norms.push(self.norm_of(&op));
        self.program.nodes.push(Node { op, len: ranges.len() });
        self.bounds.push(bounds);
        Ok(node)
    }

    /// Ends the program with its decision.
    ///
    /// # Errors
    /// Unless the decision is one element of a table step whose table, on the
    /// whole range of its argument, holds 0 and 1 only.
    pub fn finish(mut self, decision: NodeId) -> Result<Program, ProgramError> {
        let node = self.program.nodes.get(decision).ok_or(ProgramError::Decision)?;
        let Op::Table { table, .. } = node.op else { return Err(ProgramError::Decision) };
        let image = &self.program.tables[table].values;
        if node.len != 1 || image.iter().any(|v| !(0..=1).contains(v)) {
            return Err(ProgramError::Decision);
        }
        self.program.decision = decision;
        Ok(self.program)
    }

    /// Refuses a node that is, without a step between, a product of matrices, rows of an
    /// embedding, or a sum with one of them in it. Who reads such a node weighs its
    /// elements by τ^0, τ^1, …, and only then is its sum an inner product of two vectors.
    pub(super) fn linear_in_cells(&self, node: NodeId, id: NodeId) -> Result<(), ProgramError> {
        match self.nonlinear.get(id) {
            Some(true) => Err(ProgramError::Order { node }),
            Some(false) => Ok(()),
            None => Err(ProgramError::Reference { node }),
        }
    }

    /// About how many multiplications it takes to bound a map of a node; 0 if
    /// [`Self::push`] refuses the map at once.
    #[must_use]
    pub fn bound_work(&self, node: NodeId, map: &LinearMap) -> usize {
        let Some(bounds) = self.bounds.get(node) else { return 0 };
        if map.validate().is_err() || map.input_len() != self.program.nodes[node].len {
            return 0;
        }
        map.bound_work(map.plane().is_some_and(|plane| bounds.channels(plane).is_some()))
    }

    /// What is known of a node's rows beside the ranges of their elements.
    #[must_use]
    pub fn row_norm(&self, node: NodeId) -> Option<RowNorm> {
        self.norms.get(node).copied().flatten()
    }

    /// About how many multiplications it takes to find what is known of the rows of a step.
    #[must_use]
    pub fn norm_work(&self, op: &Op) -> usize {
        match *op {
            Op::Table { input, table, .. } if self.row_norm(input).is_some() => {
                let entries = self.program.tables.get(table).map_or(0, |table| table.values.len());
                entries.saturating_mul(READINGS)
            }
            _ => 0,
        }
    }

    /// What is known of the rows of a node that was found to be sound.
    fn norm_of(&self, op: &Op) -> Option<RowNorm> {
        match op {
            Op::MatMul { left, right, batch, rows, inner, columns } => {
                self.norm_of_product([*left, *right], [*batch, *rows, *inner, *columns])
            }
            Op::Table { input, table, shift } => {
                let norm = self.row_norm(*input)?;
                norm.through(self.program.tables.get(*table)?, *shift, self.range(*input))
            }
            Op::Linear { terms, bias } => {
                let [(input, map)] = terms.as_slice() else { return None };
                let norm = self.row_norm(*input)?;
                let summand = *bias.first()?;
                if bias.iter().any(|bias| *bias != summand) {
                    return None;
                }
                match map {
                    LinearMap::Scale { factor, .. } => norm.scaled(*factor, summand),
                    LinearMap::Gather(gather) => norm.moved(gather)?.scaled(1, summand),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    pub(super) fn earlier(&self, node: NodeId, id: NodeId) -> Result<Vec<Range>, ProgramError> {
        self.bounds.get(id).map(Bounds::elements).ok_or(ProgramError::Reference { node })
    }

    /// Number of elements a node would have; refused before any is computed.
    pub(super) fn capped(len: usize) -> Result<(), ProgramError> {
        if len > MAX_NODE_LEN {
            return Err(ProgramError::TooLarge("elements of a node"));
        }
        Ok(())
    }

    fn bound(&self, node: NodeId, op: &Op) -> Result<Vec<Range>, ProgramError> {
        match op {
            Op::Input => Err(ProgramError::Reference { node }),
            Op::Linear { terms, bias } => self.bound_linear(node, terms, bias),
            Op::Table { input, table, shift } => {
                if *shift > MAX_SHIFT {
                    return Err(ProgramError::Shift { node, shift: *shift });
                }
                let (table, values) = self.table_of(node, *table)?;
                let ranges = self.earlier(node, *input)?;
                let image = |x: &Range| {
                    let half = (1i128 << shift) >> 1;
                    let q = Range::new((x.low + half) >> shift, (x.high + half) >> shift);
                    let positions = table.positions(q).ok_or_else(|| coverage(node, q))?;
                    Ok(values.range(positions))
                };
                ranges.iter().map(image).collect()
            }
            Op::Product { left, right } => {
                self.linear_in_cells(node, *right)?;
                self.pairs(node, *left, *right)?
                    .map(|(x, y)| x.product(y).ok_or(ProgramError::Magnitude { node }))
                    .collect()
            }
            Op::Embedding { ids, table } => self.bound_embedding(node, *ids, *table),
            Op::MatMul { left, right, batch, rows, inner, columns } => {
                self.bound_matmul(node, [*left, *right], [*batch, *rows, *inner, *columns])
            }
            Op::Max { left, right, table } => {
                self.linear_in_cells(node, *right)?;
                let (table, values) = self.table_of(node, *table)?;
                self.pairs(node, *left, *right)?
                    .map(|(x, y)| {
                        let difference = Range::new(x.low - y.high, x.high - y.low);
                        let missing = || coverage(node, difference);
                        let positions = table.positions(difference).ok_or_else(missing)?;
                        if !values.is_relu(positions) {
                            return Err(ProgramError::NotRelu { node });
                        }
                        Ok(x.max(y))
                    })
                    .collect()
            }
            Op::Softmax { input, table, shift, row, digits, low } => {
                self.bound_softmax(node, (*input, *shift), (*table, *digits), (*row, *low))
            }
            Op::Rounded { of } => self.bound_rounded(node, *of),
            Op::Limbs { input, count } => self.bound_limbs(node, *input, *count),
            Op::Mean { of, row, bits, low } => self.bound_mean(node, (*of, *row), *bits, *low),
            Op::Rsqrt { of, row, mean, bits, epsilon, limbs } => {
                self.bound_rsqrt(node, (*of, *row), *mean, (*bits, *epsilon, *limbs))
            }
        }
    }

    fn table_of(&self, node: NodeId, id: TableId) -> Result<(&Table, &ValueRanges), ProgramError> {
        let found = self.program.tables.get(id).zip(self.value_ranges.get(id));
        found.ok_or(ProgramError::Reference { node })
    }

    fn pairs(
        &self,
        node: NodeId,
        left: NodeId,
        right: NodeId,
    ) -> Result<impl Iterator<Item = (Range, Range)>, ProgramError> {
        let (left, right) = (self.earlier(node, left)?, self.earlier(node, right)?);
        if left.len() != right.len() {
            return Err(ProgramError::Length { node });
        }
        Ok(left.into_iter().zip(right))
    }

    fn bound_linear(
        &self,
        node: NodeId,
        terms: &[(NodeId, LinearMap)],
        bias: &[i64],
    ) -> Result<Vec<Range>, ProgramError> {
        Self::capped(bias.len())?;
        let mut ranges: Vec<Range> = bias.iter().map(|b| Range::point(i128::from(*b))).collect();
        for (id, map) in terms {
            let input = self.bounds.get(*id).ok_or(ProgramError::Reference { node })?;
            if !matches!(map, LinearMap::Scale { .. }) {
                self.linear_in_cells(node, *id)?;
            }
            map.validate().map_err(|source| ProgramError::Map { node, source })?;
            if map.input_len() != self.program.nodes[*id].len || map.output_len() != bias.len() {
                return Err(ProgramError::Length { node });
            }
            let whole = self.row_norm(*id).and_then(|norm| norm.channels(input.len(), map));
            let before = whole.as_ref().map(|_| ranges.clone());
            let channels = map.plane().and_then(|plane| input.channels(plane));
            let at_once = channels.and_then(|all| map.bound_channels(&all, &mut ranges));
            if !at_once.unwrap_or_else(|| map.bound(&input.elements(), &mut ranges)) {
                return Err(ProgramError::Magnitude { node });
            }
            // Partial sums too must fit i64, in whatever order they are added.
            if !ranges.iter().all(|range| range.is_provable()) {
                return Err(ProgramError::Magnitude { node });
            }
            if let Some((whole, before)) = whole.zip(before) {
                let plane = ranges.len() / whole.len().max(1);
                let each = whole.iter().flat_map(|range| std::iter::repeat_n(range, plane));
                for ((range, before), sum) in ranges.iter_mut().zip(&before).zip(each) {
                    // Both hold, and what a bound of a box that is provable leaves is so too.
                    let low = before.low.saturating_add(sum.low).max(range.low);
                    let high = before.high.saturating_add(sum.high).min(range.high);
                    *range = Range::new(low, high);
                }
            }
        }
        Ok(ranges)
    }
}

fn coverage(node: NodeId, range: Range) -> ProgramError {
    ProgramError::Coverage { node, low: range.low, high: range.high }
}

impl Op {
    /// Weights and indices of its linear maps.
    fn weights(&self) -> usize {
        let Self::Linear { terms, .. } = self else { return 0 };
        terms.iter().fold(0, |sum, (_, map)| sum.saturating_add(map.weights()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::linear::Dense;

    fn builder() -> ProgramBuilder {
        ProgramBuilder::new("image/gray-2x1", 2).unwrap()
    }

    fn sum_of(weights: [i64; 2]) -> Op {
        let map = LinearMap::Dense(Dense { rows: 1, columns: 2, weights: weights.to_vec().into() });
        Op::Linear { terms: vec![(0, map)], bias: vec![0] }
    }

    #[test]
    fn a_table_must_cover_the_worst_case() {
        let mut b = builder();
        let sum = b.push(sum_of([1, -1])).unwrap();
        let narrow = b.table(Table::of(-254, 255, |q| i64::from(q > 0))).unwrap();
        let refused = b.push(Op::Table { input: sum, table: narrow, shift: 0 });
        assert_eq!(refused, Err(ProgramError::Coverage { node: 2, low: -255, high: 255 }));
        let wide = b.table(Table::of(-255, 255, |q| i64::from(q > 0))).unwrap();
        let decision = b.push(Op::Table { input: sum, table: wide, shift: 0 }).unwrap();
        let program = b.finish(decision).unwrap();
        assert!(program.matches(&[3, 2]) && !program.matches(&[2, 2]));
    }

    #[test]
    fn values_stay_below_the_limit() {
        let mut b = builder();
        let mut node = b.push(sum_of([1 << 40, 0])).unwrap();
        let grow = |node| Op::Linear {
            terms: vec![(node, LinearMap::Scale { len: 1, factor: 1 << 13 })],
            bias: vec![0],
        };
        node = b.push(grow(node)).unwrap();
        assert_eq!(b.push(grow(node)), Err(ProgramError::Magnitude { node: 3 }));
    }

    #[test]
    fn a_maximum_needs_relu_and_a_decision_needs_bits() {
        let mut b = builder();
        let left = b.push(sum_of([1, 0])).unwrap();
        let right = b.push(sum_of([0, 1])).unwrap();
        let wrong = b.table(Table::of(-255, 255, i64::abs)).unwrap();
        let max = |table| Op::Max { left, right, table };
        assert_eq!(b.push(max(wrong)), Err(ProgramError::NotRelu { node: 3 }));
        let relu = b.table(Table::of(-255, 255, |q| q.max(0))).unwrap();
        let node = b.push(max(relu)).unwrap();
        assert_eq!(b.range(node), Range::new(0, 255));
        assert_eq!(b.clone().finish(node), Err(ProgramError::Decision));
        let shifted = b.push(Op::Table { input: node, table: relu, shift: 0 }).unwrap();
        assert_eq!(b.finish(shifted), Err(ProgramError::Decision));
    }

    #[test]
    fn references_and_shifts_are_checked() {
        let mut b = builder();
        let table = b.table(Table::of(0, 255, |q| q)).unwrap();
        assert_eq!(b.push(Op::Input), Err(ProgramError::Reference { node: 1 }));
        let late = Op::Table { input: 1, table, shift: 0 };
        assert_eq!(b.push(late), Err(ProgramError::Reference { node: 1 }));
        let shift = Op::Table { input: 0, table, shift: 25 };
        assert_eq!(b.push(shift), Err(ProgramError::Shift { node: 1, shift: 25 }));
        let product = Op::Product { left: 0, right: 7 };
        assert_eq!(b.push(product), Err(ProgramError::Reference { node: 1 }));
    }
}
