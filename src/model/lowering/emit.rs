//! Writes program nodes: integer weights, table steps, maxima.
//!
//! A requantised tensor holds the levels `0..=levels` of a [`Grid`]. Its
//! accumulator counts in `unit / 2^shift`, so the quotient of the table step is
//! in units already, and `clamp(q, 0, levels)` serves every layer: one table
//! over the union of all quotients. On arguments up to `levels` the same table
//! is relu, which maxima need. Where rounding the coefficients would move the
//! sums too far, the accumulator is finer ([`FINE_SHIFT`]), which costs half a
//! row more for each element.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::error::CompileError;
use super::grid::Grid;
use super::nearest::{MAX_COEFFICIENT, bias_of, integer};
use super::own_tables::OwnTables;
use super::rounding::Errors;
use super::value::{FloatConv, Map, PerElement, Term, Value};
use super::work::Work;
use crate::model::linear::{Conv2d, Dense, Gather, LinearMap};
use crate::model::program::{
    LIMB_BITS, MAX_SHIFT, NodeId, Op, Program, ProgramBuilder, Table, TableId, quotient,
};

/// Precision of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precision {
    /// Requantised values are `0..=levels`.
    pub levels: i64,
    /// Bits of accumulators below the unit.
    pub shift: u32,
    /// Bits by which the levels of the scores are coarser than those of other tensors.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub score_bits: u32,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes fields so")]
fn is_zero(bits: &u32) -> bool {
    *bits == 0
}

impl Precision {
    /// By how much a level of the scores is wider.
    pub(crate) fn coarser_scores(&self) -> f64 {
        f64::from(1u32 << self.score_bits.min(MAX_SHIFT))
    }
}

/// The tables that steps share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Shared {
    /// `clamp(q, 0, levels)`.
    Clamp,
    /// `max(q, 0)`.
    Relu,
    /// `q²`.
    Square,
    /// 1 for `q >= 1`, else 0.
    Step,
    /// `clamp(q, 0, n)`: the integers of a file's own type, whatever the levels are.
    Integers(i64),
    /// `q / 2^bits` to the nearest integer, no further from 0 than `most`.
    Divide {
        /// The power of two.
        bits: u32,
        /// What it is cut off at, on both sides.
        most: Option<i64>,
    },
    /// The exponential of softmaxes in their common unit, with so many digits.
    Exponential(u32),
}

/// The widest range of arguments of each shared table.
pub(crate) type Ranges = BTreeMap<Shared, (i64, i64)>;

/// The tables of a program, as a pass found them.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Of the shared ones, the arguments.
    pub(crate) shared: Ranges,
    /// The same without those of scores and decision.
    #[cfg(feature = "issue")]
    pub(crate) before_scores: Ranges,
    /// Those of functions.
    pub(crate) own: OwnTables,
    /// Entries of the tables that are not shared.
    pub(crate) others: usize,
}

/// Bits below the unit of an accumulator whose coefficients need them.
const FINE_SHIFT: u32 = MAX_SHIFT;

/// Rounding coefficients may move a sum by the levels divided by this, or by one
/// level.
const ROUNDING: i64 = 128;

/// An accumulator: a linear node, and how many bits below the unit it counts.
#[derive(Clone, Copy)]
pub(crate) struct Accumulator {
    pub(crate) node: NodeId,
    pub(crate) shift: u32,
}

pub(crate) struct Emitter {
    pub(crate) builder: ProgramBuilder,
    pub(crate) precision: Precision,
    /// What the first pass found, for the second.
    known: Option<Ranges>,
    /// What this pass finds.
    pub(crate) found: Ranges,
    /// What it had found before it came to the scores.
    #[cfg(feature = "issue")]
    before_scores: Ranges,
    /// The tables that steps share.
    shared_tables: BTreeSet<TableId>,
    /// Products of two nodes, rows of embeddings, and sums that hold some.
    products: BTreeSet<NodeId>,
    /// Products of matrices and embeddings among them, which are read in their own order only.
    in_order: BTreeSet<NodeId>,
    /// Of products of matrices that a softmax counts in its own unit, the bits below it.
    pub(crate) fitted: BTreeMap<NodeId, u32>,
    /// Of levels that nothing is cut off from, how far they went in calibration.
    pub(super) seen: BTreeMap<NodeId, f64>,
    /// The tables of functions in this pass.
    pub(crate) own_tables: OwnTables,
    /// Tables of steps of their own so far.
    own: BTreeSet<TableId>,
    work: Work,
}

impl Emitter {
    pub(crate) fn new(
        builder: ProgramBuilder,
        precision: Precision,
        known: Option<Ranges>,
        work: Work,
    ) -> Self {
        Self {
            builder,
            precision,
            known,
            found: Ranges::new(),
            #[cfg(feature = "issue")]
            before_scores: Ranges::new(),
            shared_tables: BTreeSet::new(),
            products: BTreeSet::new(),
            in_order: BTreeSet::new(),
            fitted: BTreeMap::new(),
            seen: BTreeMap::new(),
            own_tables: OwnTables::default(),
            own: BTreeSet::new(),
            work,
        }
    }

    /// Takes steps from what the compilation may still do.
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), CompileError> {
        self.work.spend(steps)
    }

    /// The program with the given decision, what the pass found, and what may
    /// still be done.
    pub(crate) fn finish(self, decision: NodeId) -> Result<(Program, Found, Work), CompileError> {
        let program = self.builder.finish(decision)?;
        let others = program.tables().iter().enumerate();
        let others = others.filter(|(table, _)| !self.shared_tables.contains(table));
        let found = Found {
            shared: self.found,
            #[cfg(feature = "issue")]
            before_scores: self.before_scores,
            own: self.own_tables,
            others: others.map(|(_, table)| table.values.len()).sum(),
        };
        Ok((program, found, self.work))
    }

    /// Takes note that what follows are scores and decision.
    #[cfg(feature = "issue")]
    pub(crate) fn scores_follow(&mut self) {
        self.before_scores.clone_from(&self.found);
    }

    /// The smallest and largest integer of a node.
    pub(crate) fn range(&self, node: NodeId) -> Result<(i64, i64), CompileError> {
        let range = self.builder.range(node);
        match (i64::try_from(range.low), i64::try_from(range.high)) {
            (Ok(low), Ok(high)) => Ok((low, high)),
            _ => Err(CompileError::TooWide),
        }
    }

    /// The sum of linear maps of nodes, plus a bias.
    pub(crate) fn linear(
        &mut self,
        terms: Vec<(NodeId, LinearMap)>,
        bias: Vec<i64>,
    ) -> Result<NodeId, CompileError> {
        for (node, map) in &terms {
            self.spend(self.builder.bound_work(*node, map))?;
        }
        self.push(Op::Linear { terms, bias })
    }

    pub(super) fn push(&mut self, op: Op) -> Result<NodeId, CompileError> {
        let has_product = match &op {
            Op::Product { .. } | Op::MatMul { .. } | Op::Embedding { .. } => true,
            Op::Linear { terms, .. } => terms.iter().any(|(node, _)| self.is_product(*node)),
            Op::Input
            | Op::Table { .. }
            | Op::Max { .. }
            | Op::Softmax { .. }
            | Op::Rounded { .. }
            | Op::Limbs { .. }
            | Op::Mean { .. }
            | Op::Rsqrt { .. } => false,
        };
        let in_order = match &op {
            Op::MatMul { .. } | Op::Embedding { .. } => true,
            Op::Linear { terms, .. } => terms.iter().any(|(node, _)| self.is_in_order(*node)),
            _ => false,
        };
        self.spend(self.builder.norm_work(&op))?;
        let node = self.builder.push(op)?;
        if in_order {
            self.in_order.insert(node);
        }
        if has_product {
            self.products.insert(node);
        }
        self.spend(self.builder.len(node))?;
        Ok(node)
    }

    /// Whether a node holds products that no step has made levels of: its integers are as wide
    /// as the square of levels, too wide for tables over them.
    pub(crate) fn is_product(&self, node: NodeId) -> bool {
        self.products.contains(&node)
    }

    /// Whether a node is a product of matrices that no step has made levels of, or a sum with one:
    /// it may be read in its own order only.
    pub(crate) fn is_in_order(&self, node: NodeId) -> bool {
        self.in_order.contains(&node)
    }

    /// As [`super::Lowering::levels`].
    pub(crate) fn levels(&self, value: &Value) -> Option<(NodeId, f64, f64)> {
        value.plain().filter(|(node, ..)| !self.is_product(*node))
    }

    /// The product of two nodes, element by element: one row each.
    pub(crate) fn product(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, CompileError> {
        self.push(Op::Product { left, right })
    }

    /// `y[i] = x[index[i]]`; the node itself if nothing moves.
    pub(crate) fn gather(
        &mut self,
        node: NodeId,
        index: &[Option<u32>],
    ) -> Result<NodeId, CompileError> {
        let input_len = self.builder.len(node);
        let identity = index.len() == input_len
            && index.iter().enumerate().all(|(at, from)| *from == u32::try_from(at).ok());
        if identity {
            return Ok(node);
        }
        let map = LinearMap::Gather(Gather { input_len, index: index.to_vec() });
        let moved = self.linear(vec![(node, map)], vec![0; index.len()])?;
        if let Some(seen) = self.seen.get(&node) {
            self.seen.insert(moved, *seen);
        }
        Ok(moved)
    }

    /// The node and the indices that a node gathers from, if that is all it
    /// does.
    pub(crate) fn gathered(&self, node: NodeId) -> Option<(NodeId, &[Option<u32>])> {
        match self.builder.op(node) {
            Op::Linear { terms, bias } if bias.iter().all(|bias| *bias == 0) => {
                match terms.as_slice() {
                    [(source, LinearMap::Gather(gather))] => Some((*source, &gather.index)),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// The arguments of a shared table of which a step needs `low..=high`.
    pub(super) fn extent(&mut self, kind: Shared, (low, high): (i64, i64)) -> (i64, i64) {
        let slot = self.found.entry(kind).or_insert((low, high));
        *slot = (slot.0.min(low), slot.1.max(high));
        match &self.known {
            Some(known) => known.get(&kind).copied().unwrap_or((low, high)),
            // Fine levels in many layers: one table that grows, since one for each layer would be
            // more entries than a program may have.
            None if self.precision.score_bits > 0 => *slot,
            None if !self.builder.has_room(usize::try_from(high - low).unwrap_or(0)) => *slot,
            None => (low, high),
        }
    }

    /// Adds a table that steps share.
    pub(super) fn shared_table(&mut self, table: Table) -> Result<TableId, CompileError> {
        let table = self.builder.table(table)?;
        self.shared_tables.insert(table);
        Ok(table)
    }

    fn shared(&mut self, kind: Shared, low: i64, high: i64) -> Result<TableId, CompileError> {
        let (low, high) = self.extent(kind, (low, high));
        let levels = self.precision.levels;
        let table = self.table(low, high, |q| match kind {
            Shared::Clamp => q.clamp(0, levels),
            Shared::Relu => q.max(0),
            Shared::Square => q.saturating_mul(q),
            Shared::Step => i64::from(q >= 1),
            Shared::Integers(most) => q.clamp(0, most),
            Shared::Divide { bits, most: None } => quotient(q, bits),
            Shared::Divide { bits, most: Some(most) } => quotient(q, bits).clamp(-most, most),
            // A softmax makes its own.
            Shared::Exponential(_) => 0,
        })?;
        self.shared_tables.insert(table);
        Ok(table)
    }

    fn table(
        &mut self,
        low: i64,
        high: i64,
        function: impl FnMut(i64) -> i64,
    ) -> Result<TableId, CompileError> {
        // Far above what is worth proving; keeps memory bounded.
        let width = high.checked_sub(low).filter(|width| *width < 1 << 20);
        let width = width.and_then(|width| usize::try_from(width).ok());
        self.spend(width.ok_or(CompileError::TooWide)?)?;
        Ok(self.builder.table(Table::of(low, high, function))?)
    }

    /// The convolution of a real tensor.
    pub(crate) fn convolved(
        &mut self,
        conv: &FloatConv,
        input: &PerElement,
    ) -> Result<Vec<f64>, CompileError> {
        self.spend(conv.work(input))?;
        Ok(conv.apply(input))
    }

    /// A table step with one of the shared tables.
    pub(crate) fn step(
        &mut self,
        input: NodeId,
        kind: Shared,
        shift: u32,
    ) -> Result<NodeId, CompileError> {
        let (low, high) = self.range(input)?;
        let table = self.shared(kind, quotient(low, shift), quotient(high, shift))?;
        self.push(Op::Table { input, table, shift })
    }

    /// The least and the greatest quotient of an accumulator.
    pub(crate) fn quotients(&self, accumulator: &Accumulator) -> Result<(i64, i64), CompileError> {
        let (low, high) = self.range(accumulator.node)?;
        Ok((quotient(low, accumulator.shift), quotient(high, accumulator.shift)))
    }

    /// A table step with a table of its own.
    pub(crate) fn own_step(
        &mut self,
        accumulator: Accumulator,
        function: impl FnMut(i64) -> i64,
    ) -> Result<NodeId, CompileError> {
        let (low, high) = self.quotients(&accumulator)?;
        let table = self.table(low, high, function)?;
        let Accumulator { node: input, shift } = accumulator;
        self.push(Op::Table { input, table, shift })
    }

    /// A step that squares its quotients, whose channels count in units that are wider by powers
    /// of two.
    pub(super) fn squares_by_channel(
        &mut self,
        accumulator: Accumulator,
        exponents: &[u8],
    ) -> Result<NodeId, CompileError> {
        let Accumulator { node: input, shift } = accumulator;
        let (low, high) = self.quotients(&accumulator)?;
        let table = self.shared(Shared::Square, low, high)?;
        let step = self.builder.push_by_channel(input, (table, shift), exponents.to_vec())?;
        self.spend(self.builder.len(step))?;
        Ok(step)
    }

    /// Whether the table of a step is one that no earlier call was told of.
    pub(super) fn is_new_table(&mut self, step: NodeId) -> bool {
        match self.builder.op(step) {
            Op::Table { table, .. } => {
                let table = *table;
                self.is_new(table)
            }
            _ => false,
        }
    }

    /// The same of a table.
    pub(super) fn is_new(&mut self, table: TableId) -> bool {
        self.own.insert(table)
    }

    /// The elementwise maximum.
    pub(crate) fn max(&mut self, left: NodeId, right: NodeId) -> Result<NodeId, CompileError> {
        let ((left_low, left_high), (right_low, right_high)) =
            (self.range(left)?, self.range(right)?);
        let (low, high) = (left_low - right_high, left_high - right_low);
        let kind = match self.integers_up_to(high) {
            Some(integers) => integers,
            None if high <= self.precision.levels => Shared::Clamp,
            None => Shared::Relu,
        };
        let table = self.shared(kind, low, high)?;
        self.push(Op::Max { left, right, table })
    }

    /// `(value − low) / unit · 2^shift + extra(shift)` in integers, as a linear
    /// node.
    pub(crate) fn accumulate(
        &mut self,
        value: &Value,
        unit: f64,
        low: f64,
        extra: impl Fn(u32) -> i64,
    ) -> Result<Accumulator, CompileError> {
        let shift = self.shift_for(value, unit, self.precision.levels)?;
        self.accumulate_at(shift, value, unit, low, extra)
    }

    /// The same with `shift` bits below the unit.
    pub(crate) fn accumulate_at(
        &mut self,
        shift: u32,
        value: &Value,
        unit: f64,
        low: f64,
        extra: impl Fn(u32) -> i64,
    ) -> Result<Accumulator, CompileError> {
        let factor = (1i64 << shift) as f64 / unit;
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            terms.push(self.term(term, factor)?);
        }
        let extra = extra(shift);
        let bias = (0..value.len)
            .map(|i| Ok(bias_of((value.offset.at(i) - low) * factor)?.saturating_add(extra)))
            .collect::<Result<_, CompileError>>()?;
        Ok(Accumulator { node: self.linear(terms, bias)?, shift })
    }

    /// The most bits below the unit that the coefficients of a value allow.
    pub(crate) fn finest_shift(&self, value: &Value, unit: f64) -> u32 {
        let largest = value.terms.iter().map(Term::largest).fold(0.0, f64::max) / unit;
        let fits = |shift: &u32| largest * f64::from(1u32 << shift) < MAX_COEFFICIENT;
        let coarse = self.precision.shift;
        (coarse..=FINE_SHIFT).rev().find(fits).unwrap_or(coarse)
    }

    /// The bits that an accumulator of a value needs below the unit, of which its range holds so
    /// many.
    pub(super) fn shift_for(
        &mut self,
        value: &Value,
        unit: f64,
        levels: i64,
    ) -> Result<u32, CompileError> {
        let shift = self.precision.shift;
        let factor = (1i64 << shift) as f64 / unit;
        let mut errors = Errors::default();
        for term in &value.terms {
            let (low, high) = self.range(term.node)?;
            let reach = low.unsigned_abs().max(high.unsigned_abs()) as f64;
            let reach = reach.min(self.seen.get(&term.node).copied().unwrap_or(f64::INFINITY));
            // Of a standardised row most elements are far below what one of them may be.
            let known = self.builder.row_norm(term.node).filter(|norm| norm.centre == 0);
            let reach = known.map_or(reach, |norm| reach.min(2.0 * norm.deviation()));
            self.spend(term.size())?;
            errors = errors.plus(term.rounding(factor, reach));
        }
        // Where more bits are asked for everywhere, they are to lessen what is tolerated too.
        let more = (1i64 << shift.saturating_sub(LIMB_BITS)) as f64;
        let tolerated = (levels as f64 / ROUNDING as f64 / more).max(1.0) * (1i64 << shift) as f64;
        Ok(if errors.bound() <= tolerated { shift } else { FINE_SHIFT })
    }

    fn term(&mut self, term: &Term, factor: f64) -> Result<(NodeId, LinearMap), CompileError> {
        let picked = term.picked();
        let term = picked.as_ref().unwrap_or(term);
        let map = match &term.map {
            Map::Scaled(PerElement::Uniform(scale)) => {
                let len = self.builder.len(term.node);
                LinearMap::Scale { len, factor: integer(scale * factor)? }
            }
            Map::Scaled(PerElement::Each(scales)) => {
                LinearMap::Diagonal(integers(scales, factor)?.into())
            }
            Map::Conv(conv) => LinearMap::Conv2d(Conv2d {
                input: conv.window.input,
                output: [conv.channels, conv.window.output[0], conv.window.output[1]],
                kernel: conv.window.kernel,
                stride: conv.window.stride,
                padding: conv.window.padding,
                dilation: conv.window.dilation,
                groups: conv.groups,
                weights: conv.weights.integers(factor)?,
            }),
            Map::Dense(dense) => LinearMap::Dense(Dense {
                rows: dense.rows,
                columns: dense.columns,
                weights: dense.weights.integers(factor)?,
            }),
        };
        let Some(select) = &term.select else { return Ok((term.node, map)) };
        let len = map.output_len();
        let node = self.linear(vec![(term.node, map)], vec![0; len])?;
        let select = Gather { input_len: len, index: Vec::clone(select) };
        Ok((node, LinearMap::Gather(select)))
    }

    /// Requantises a value to the levels of its range; what the range does not
    /// hold ends up at its ends. A range that is a point makes a constant.
    pub(crate) fn requantise(
        &mut self,
        value: &Value,
        range: (f64, f64),
    ) -> Result<Value, CompileError> {
        let Some(grid) = Grid::over(range, self.precision.levels) else {
            return self.constant(value.len, range.0);
        };
        let zero = |shift| grid.zero << shift;
        if let Some((node, ..)) = value.plain()
            && self.is_in_order(node)
        {
            return self.levels_of_product(value, &grid);
        }
        let accumulator = self.accumulate(value, grid.unit, grid.base, zero)?;
        let node = self.step(accumulator.node, Shared::Clamp, accumulator.shift)?;
        self.on_grid(node, value.len, &grid)
    }

    /// The real numbers that the levels of a node stand for.
    pub(crate) fn on_grid(
        &mut self,
        node: NodeId,
        len: usize,
        grid: &Grid,
    ) -> Result<Value, CompileError> {
        let (unit, base) = (PerElement::Uniform(grid.unit), PerElement::Uniform(grid.base));
        // Counted from zero, so that zero stays zero in whatever reads it.
        let node = if grid.zero == 0 {
            node
        } else {
            let same = LinearMap::Scale { len, factor: 1 };
            self.linear(vec![(node, same)], vec![-grid.zero; len])?
        };
        Ok(Value::scaled(node, len, unit, base))
    }

    /// The same number everywhere, whatever the document.
    pub(crate) fn constant(&mut self, len: usize, real: f64) -> Result<Value, CompileError> {
        let node = self.linear(Vec::new(), vec![0; len])?;
        Ok(Value::scaled(node, len, PerElement::Uniform(1.0), PerElement::Uniform(real)))
    }

    /// The width of one level of a real range; 1 for an empty range.
    pub(crate) fn unit(&self, low: f64, high: f64) -> f64 {
        let unit = (high - low) / self.precision.levels as f64;
        if unit > 0.0 { unit } else { 1.0 }
    }

    /// Moves the elements of a value.
    pub(crate) fn select(
        &mut self,
        value: &Value,
        index: &[Option<u32>],
    ) -> Result<Value, CompileError> {
        let offset = value.offset.select(index);
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            terms.push(match (&term.map, &term.select) {
                (Map::Scaled(scale), None) => Term {
                    node: self.gather(term.node, index)?,
                    map: Map::Scaled(match scale {
                        PerElement::Uniform(_) => scale.clone(),
                        PerElement::Each(_) => scale.select(index),
                    }),
                    select: None,
                },
                (map, None) => Term {
                    node: term.node,
                    map: map.clone(),
                    select: Some(Rc::new(index.to_vec())),
                },
                (map, Some(old)) => {
                    let compose = |at: &Option<u32>| at.and_then(|at| old[at as usize]);
                    let select = index.iter().map(compose).collect();
                    Term { node: term.node, map: map.clone(), select: Some(Rc::new(select)) }
                }
            });
        }
        Ok(Value { len: index.len(), terms, offset })
    }
}

fn integers(values: &[f64], factor: f64) -> Result<Vec<i64>, CompileError> {
    values.iter().map(|value| integer(value * factor)).collect()
}
