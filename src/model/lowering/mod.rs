//! What operators are lowered with: real tensors as affine functions of integer
//! nodes, and the program those nodes are written to.
//!
//! Every operator's lowering (`model/operators/`) reads the values of its inputs
//! here and gives the value of its output. Values are shared and may be changed
//! by any reader (requantised), so they are kept in one place.

mod coefficients;
mod embedding;
mod emit;
mod error;
mod grid;
mod integers;
mod matrices;
mod nearest;
mod own_tables;
mod picked;
mod ranges;
mod reach;
mod rounding;
mod softmax;
mod standardise;
mod value;
mod work;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

pub(crate) use coefficients::Coefficients;
pub use emit::Precision;
pub(crate) use emit::{Accumulator, Emitter, Found, Ranges, Shared};
pub use error::CompileError;
pub(crate) use grid::{Grid, with_zero};
pub(crate) use nearest::{bias_of, integer};
pub use ranges::{CalibratedRanges, Interval};
pub(crate) use softmax::widening;
pub(crate) use standardise::{Quotients, Standardised};
pub(crate) use value::{FloatConv, FloatDense, Map, PerElement, Term, Value};
pub(crate) use work::Work;

use super::graph::{Activation, Graph, Integers, Op, TensorRef};
use super::program::NodeId;

/// A value of more terms is requantised where it can be: each term costs a
/// layer.
pub(crate) const MAX_TERMS: usize = 6;

/// A tensor of the model as a node of the program: real = unit · y + low.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    /// The node of the model's graph.
    pub tensor: usize,
    /// The program's node.
    pub node: usize,
    /// The real width of one level.
    pub unit: f64,
    /// The real value of 0.
    pub low: f64,
}

/// The model's input, element by element: `real = scale · byte[index] + offset`.
#[derive(Clone, Debug)]
pub(crate) struct InputMap {
    /// The byte of the view.
    pub(crate) index: Vec<u32>,
    /// The scale of each element.
    pub(crate) scale: Vec<f64>,
    /// The offset of each element.
    pub(crate) offset: Vec<f64>,
    /// An element is that byte and 256 times the one after it.
    pub(crate) wide: bool,
}

/// A graph on its way into a program.
pub(crate) struct Lowering<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) ranges: &'a CalibratedRanges,
    pub(crate) emitter: Emitter,
    /// How bytes become the model's input.
    pub(crate) input_map: InputMap,
    /// Nodes of the program that hold a tensor exactly, and what their integers are divided by.
    pub(crate) fractions: BTreeMap<NodeId, i64>,
    /// Of the input, then of each node.
    values: Vec<Option<Rc<Value>>>,
    /// The node after which a value is not read any more.
    last_use: Vec<usize>,
    /// How many nodes read a value.
    readers: Vec<usize>,
    /// Numbers that all values hold which are alive.
    alive: usize,
    /// Where the program holds tensors of the model.
    pub(crate) steps: Vec<Step>,
    /// Nodes of the model whose integers are the file's own.
    pub(crate) of_file: BTreeSet<usize>,
    /// For each node of the program so far, the model's node for which it is there.
    pub(crate) owners: Vec<Option<usize>>,
}

/// Numbers that values of any model may hold at a time, 8 bytes each; those of a large
/// file one more for each of its bytes, up to [`MAX_ALIVE`].
const ALIVE: usize = 1 << 25;
const MAX_ALIVE: usize = 1 << 27;

fn slot(tensor: TensorRef) -> usize {
    match tensor {
        TensorRef::Input => 0,
        TensorRef::Node(index) => index + 1,
    }
}

/// Indices of a gather. Tensors have fewer than 2^32 elements.
pub(crate) fn some(index: Vec<usize>) -> Vec<Option<u32>> {
    index.into_iter().map(|at| Some(at as u32)).collect()
}

impl<'a> Lowering<'a> {
    pub(crate) fn new(
        graph: &'a Graph,
        ranges: &'a CalibratedRanges,
        emitter: Emitter,
        (input_map, input): (InputMap, Value),
        wanted: TensorRef,
    ) -> Self {
        let slots = graph.nodes.len() + 1;
        let (mut last_use, mut readers) = (vec![0; slots], vec![0; slots]);
        for (index, node) in graph.nodes.iter().enumerate() {
            for tensor in &node.inputs {
                last_use[slot(*tensor)] = index;
                readers[slot(*tensor)] += 1;
            }
        }
        last_use[slot(wanted)] = usize::MAX;
        readers[slot(wanted)] += 1;
        let mut values = vec![None; slots];
        let alive = input.size();
        values[0] = Some(Rc::new(input));
        Self {
            graph,
            ranges,
            emitter,
            input_map,
            fractions: BTreeMap::new(),
            values,
            last_use,
            readers,
            alive,
            steps: Vec::new(),
            of_file: BTreeSet::new(),
            owners: Vec::new(),
        }
    }

    /// The first of what a node reads.
    pub(crate) fn input(&self, node: usize) -> TensorRef {
        self.graph.nodes[node].inputs[0]
    }

    /// What a node reads.
    pub(crate) fn inputs(&self, node: usize) -> &'a [TensorRef] {
        &self.graph.nodes[node].inputs
    }

    /// The shape of a node's output.
    pub(crate) fn shape(&self, node: usize) -> &'a [usize] {
        &self.graph.nodes[node].shape
    }

    /// The value of a tensor that is lowered and still has a reader.
    pub(crate) fn value(&self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        self.values[slot(tensor)].clone().ok_or(CompileError::Internal("a value is gone"))
    }

    /// Sets a value; refused if all that are alive hold too much.
    fn set_value(&mut self, slot: usize, value: Rc<Value>) -> Result<(), CompileError> {
        self.drop_value(slot);
        self.alive = self.alive.saturating_add(value.size());
        self.values[slot] = Some(value);
        self.fits(0)
    }

    /// Refuses `more` numbers if they are too many beside those alive.
    pub(crate) fn fits(&self, more: usize) -> Result<(), CompileError> {
        let most = ALIVE.saturating_add(self.graph.bytes).min(MAX_ALIVE);
        if self.alive.saturating_add(more) > most {
            return Err(CompileError::TooMuchMemory);
        }
        Ok(())
    }

    /// Whether a node has its value: some get it ahead of their turn.
    pub(crate) fn is_lowered(&self, node: usize) -> bool {
        self.values[node + 1].is_some()
    }

    /// Sets the value of a node.
    pub(crate) fn set(&mut self, node: usize, value: Rc<Value>) -> Result<(), CompileError> {
        self.set_value(node + 1, value)
    }

    /// Drops the values that no node after this one reads.
    pub(crate) fn drop_unread(&mut self, node: usize) {
        for slot in 0..=node {
            if self.last_use[slot] <= node {
                self.drop_value(slot);
            }
        }
    }

    fn drop_value(&mut self, slot: usize) {
        if let Some(value) = self.values[slot].take() {
            self.alive = self.alive.saturating_sub(value.size());
        }
    }

    /// The calibrated range of a tensor, holding zero where that costs little.
    pub(crate) fn range(&self, tensor: TensorRef) -> Result<(f64, f64), CompileError> {
        Ok(with_zero(self.calibrated(tensor)?))
    }

    /// By which powers of two the units of the channels of a tensor are wider, in rows of so many.
    pub(crate) fn channels(&self, tensor: TensorRef, length: usize) -> Option<&'a [u8]> {
        let TensorRef::Node(index) = tensor else { return None };
        self.ranges.channels(&self.graph.nodes[index].output, length)
    }

    /// The calibrated range of a tensor.
    pub(crate) fn calibrated(&self, tensor: TensorRef) -> Result<(f64, f64), CompileError> {
        if let TensorRef::Node(index) = tensor {
            return Ok(self.ranges.range(&self.graph.nodes[index].output));
        }
        // The input: bytes times scale plus offset.
        let value = self.value(tensor)?;
        let scales: Vec<&PerElement> = value
            .terms
            .iter()
            .filter_map(|term| match &term.map {
                Map::Scaled(scale) => Some(scale),
                _ => None,
            })
            .collect();
        let ends = (0..value.len).map(|i| {
            let scale: f64 = scales.iter().map(|scale| scale.at(i)).sum();
            (value.offset.at(i), value.offset.at(i) + 255.0 * scale)
        });
        let widest = |(low, high): (f64, f64), (l, h): (f64, f64)| (low.min(l), high.max(h));
        Ok(ends.fold((f64::INFINITY, f64::NEG_INFINITY), widest))
    }

    /// The value of a tensor as levels over its calibrated range.
    pub(crate) fn requantised(&mut self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        let (value, range) = (self.value(tensor)?, self.range(tensor)?);
        let before = self.emitter.builder.nodes();
        let value = Rc::new(self.emitter.requantise(&value, range)?);
        if let TensorRef::Node(index) = tensor {
            // What came before belongs to the reader, whoever that is: it says so later.
            self.owners.resize(before, None);
            self.claim(Some(index));
        }
        self.set_value(slot(tensor), value.clone())?;
        if let TensorRef::Node(index) = tensor {
            self.record(index, &value);
        }
        Ok(value)
    }

    /// Whether others read a tensor after a node, and it is worth to be held for them.
    ///
    /// The stream that the halves of layers are added to, where each is normalised first, is
    /// a longer sum from layer to layer: whoever reads it would repeat the weights of all of them.
    pub(crate) fn is_to_be_held(
        &self,
        tensor: TensorRef,
        node: usize,
    ) -> Result<bool, CompileError> {
        Ok(self.last_use[slot(tensor)] > node && self.value(tensor)?.plain().is_none())
    }

    /// Holds a tensor as the quotients that a step made of it, which costs no row. Where they are
    /// coarser than levels, levels are made of it.
    pub(crate) fn hold(
        &mut self,
        tensor: TensorRef,
        quotients: Quotients,
    ) -> Result<(), CompileError> {
        let (low, high) = self.calibrated(tensor)?;
        if quotients.unit > self.emitter.unit(low, high) {
            return self.requantised(tensor).map(|_| ());
        }
        let value = self.emitter.of_quotients(quotients)?;
        self.set_value(slot(tensor), Rc::new(value))
    }

    /// Gives the program's nodes that have no owner yet to one of the model's.
    pub(crate) fn claim(&mut self, owner: Option<usize>) {
        self.owners.resize(self.emitter.builder.nodes(), owner);
    }

    /// Remembers where a tensor of the model is held.
    pub(crate) fn record(&mut self, tensor: usize, value: &Value) {
        if let Some((node, unit, low)) = value.plain() {
            self.steps.push(Step { tensor, node, unit, low });
        }
    }

    /// The value of a tensor if each term passes, else requantised.
    pub(crate) fn fit(
        &mut self,
        tensor: TensorRef,
        passes: impl Fn(&PerElement) -> bool,
    ) -> Result<Rc<Value>, CompileError> {
        let value = self.value(tensor)?;
        let fits = value.terms.iter().all(|term| match &term.map {
            _ if self.emitter.is_in_order(term.node) => false,
            Map::Scaled(scale) => passes(scale),
            _ => false,
        });
        if fits { Ok(value) } else { self.requantised(tensor) }
    }

    /// The value of a tensor whose elements may be moved and scaled apart: that of a product of
    /// matrices is made levels first.
    pub(crate) fn movable(&mut self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        let value = self.value(tensor)?;
        let in_order = value.terms.iter().any(|term| self.emitter.is_in_order(term.node));
        if in_order { self.requantised(tensor) } else { Ok(value) }
    }

    /// The levels of a tensor, counted from zero, which is one of them. `wider` is told their
    /// width, and gives by how much they shall be wider.
    pub(crate) fn levels_from_zero(
        &mut self,
        tensor: TensorRef,
        wider: impl FnOnce(f64) -> f64,
    ) -> Result<Rc<Value>, CompileError> {
        let (value, (low, high)) = (self.value(tensor)?, self.calibrated(tensor)?);
        let (low, high) = (low.min(0.0), high.max(0.0));
        let grid = Grid::over((low, high), self.emitter.precision.levels);
        let wider = grid.map_or(1.0, |grid| wider(grid.unit));
        let value = Rc::new(self.emitter.requantise(&value, (low * wider, high * wider))?);
        self.set_value(slot(tensor), value.clone())?;
        if let TensorRef::Node(index) = tensor {
            self.record(index, &value);
        }
        Ok(value)
    }

    /// The only reader of a node.
    pub(crate) fn sole_reader(&self, index: usize) -> Option<usize> {
        let slot = slot(TensorRef::Node(index));
        // The one reader is the last, unless it is who asks for the model's output.
        let reader = (self.readers[slot] == 1).then_some(self.last_use[slot]);
        reader.filter(|reader| *reader < self.graph.nodes.len())
    }

    /// Whether the only reader of a node rounds it to integers of the file's, and to which.
    pub(crate) fn sole_rounding(&self, index: usize) -> Option<(usize, Integers)> {
        let reader = self.sole_reader(index)?;
        match self.graph.nodes[reader].op {
            Op::Quantize(integers) => Some((reader, integers)),
            _ => None,
        }
    }

    /// Whether the only reader of a node is an activation, and which.
    pub(crate) fn sole_activation(&self, index: usize) -> Option<(usize, Activation)> {
        let reader = self.sole_reader(index)?;
        match self.graph.nodes[reader].op {
            Op::Activation(activation) => Some((reader, activation)),
            _ => None,
        }
    }

    /// `(node, scale, offset)` of a value that is levels or a sum of levels, all of one scale and
    /// one offset.
    pub(crate) fn levels(&self, value: &Value) -> Option<(NodeId, f64, f64)> {
        self.emitter.levels(value)
    }

    /// The value as one scale and one offset of one node, requantised if it is
    /// not.
    pub(crate) fn fit_uniform(&mut self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        let value = self.value(tensor)?;
        if self.levels(&value).is_some() { Ok(value) } else { self.requantised(tensor) }
    }

    /// The value with one scale for each channel of `plane` elements, requantised
    /// if it has more.
    pub(crate) fn fit_by_channel(
        &mut self,
        tensor: TensorRef,
        channels: usize,
        plane: usize,
    ) -> Result<Rc<Value>, CompileError> {
        self.fit(tensor, |scale| scale.by_channel(channels, plane).is_some())
    }
}
