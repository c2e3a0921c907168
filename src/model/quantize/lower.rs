//! From the nodes of a float graph to values over integer nodes.

use std::rc::Rc;

use super::emit::Emitter;
use super::grid::with_zero;
use super::value::{FloatConv, FloatDense, Map, PerElement, Term, Value};
use super::{CalibratedRanges, CompileError, Step};
use crate::model::onnx::{
    Activation, Conv, Dense, Graph, Op, TensorRef, Window, broadcast_index, strided_index,
    transpose_index,
};

pub(super) struct Lowering<'a> {
    pub(super) graph: &'a Graph,
    pub(super) ranges: &'a CalibratedRanges,
    pub(super) emitter: Emitter,
    /// Of the input, then of each node.
    values: Vec<Option<Rc<Value>>>,
    /// The node after which a value is not read any more.
    last_use: Vec<usize>,
    /// How many nodes read a value, and the last of them.
    readers: Vec<usize>,
    /// Numbers that all values hold which are alive.
    alive: usize,
    /// Where the program holds tensors of the model.
    pub(super) steps: Vec<Step>,
}

/// Most numbers that values may hold at a time: 8 bytes each.
const MAX_ALIVE: usize = 1 << 25;

fn slot(tensor: TensorRef) -> usize {
    match tensor {
        TensorRef::Input => 0,
        TensorRef::Node(index) => index + 1,
    }
}

/// Indices of a gather. Tensors have fewer than 2^32 elements.
pub(super) fn some(index: Vec<usize>) -> Vec<Option<u32>> {
    index.into_iter().map(|at| Some(at as u32)).collect()
}

impl<'a> Lowering<'a> {
    pub(super) fn new(
        graph: &'a Graph,
        ranges: &'a CalibratedRanges,
        emitter: Emitter,
        input: Value,
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
        Self { graph, ranges, emitter, values, last_use, readers, alive, steps: Vec::new() }
    }

    /// Lowers everything up to a tensor.
    pub(super) fn run(&mut self, wanted: TensorRef) -> Result<Rc<Value>, CompileError> {
        for (index, needed) in self.ancestors(wanted).into_iter().enumerate() {
            if needed && self.values[index + 1].is_none() {
                self.node(index).map_err(|error| error.at(&self.graph.nodes[index]))?;
            }
            for tensor in 0..=index {
                if self.last_use[tensor] <= index {
                    self.drop_value(tensor);
                }
            }
        }
        self.value(wanted)
    }

    /// Which nodes a tensor depends on.
    fn ancestors(&self, wanted: TensorRef) -> Vec<bool> {
        let mut needed = vec![false; self.graph.nodes.len()];
        let mut open = vec![wanted];
        while let Some(tensor) = open.pop() {
            if let TensorRef::Node(index) = tensor
                && !std::mem::replace(&mut needed[index], true)
            {
                open.extend(&self.graph.nodes[index].inputs);
            }
        }
        needed
    }

    pub(super) fn value(&self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        self.values[slot(tensor)].clone().ok_or(CompileError::Internal("a value is gone"))
    }

    /// Sets a value; refused if all that are alive hold too much.
    fn set_value(&mut self, slot: usize, value: Rc<Value>) -> Result<(), CompileError> {
        self.drop_value(slot);
        self.alive = self.alive.saturating_add(value.size());
        self.values[slot] = Some(value);
        self.fits(0)
    }

    /// Refuses so many more numbers if they are too many beside those alive.
    pub(super) fn fits(&self, more: usize) -> Result<(), CompileError> {
        if self.alive.saturating_add(more) > MAX_ALIVE {
            return Err(CompileError::TooMuchMemory);
        }
        Ok(())
    }

    fn drop_value(&mut self, slot: usize) {
        if let Some(value) = self.values[slot].take() {
            self.alive = self.alive.saturating_sub(value.size());
        }
    }

    /// The calibrated range of a tensor, holding zero where that costs little.
    pub(super) fn range(&self, tensor: TensorRef) -> Result<(f64, f64), CompileError> {
        if let TensorRef::Node(index) = tensor {
            return Ok(with_zero(self.ranges.range(&self.graph.nodes[index].output)));
        }
        // The input: bytes times scale plus offset.
        let value = self.value(tensor)?;
        let scale = value.terms.first().map(|term| &term.map);
        let ends = (0..value.len).map(|i| match scale {
            Some(Map::Scaled(scale)) => {
                (value.offset.at(i), value.offset.at(i) + 255.0 * scale.at(i))
            }
            _ => (0.0, 0.0),
        });
        let widest = |(low, high): (f64, f64), (l, h): (f64, f64)| (low.min(l), high.max(h));
        Ok(with_zero(ends.fold((f64::INFINITY, f64::NEG_INFINITY), widest)))
    }

    pub(super) fn requantised(&mut self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        let (value, range) = (self.value(tensor)?, self.range(tensor)?);
        let value = Rc::new(self.emitter.requantise(&value, range)?);
        self.set_value(slot(tensor), value.clone())?;
        if let TensorRef::Node(index) = tensor {
            self.record(index, &value);
        }
        Ok(value)
    }

    fn node(&mut self, index: usize) -> Result<(), CompileError> {
        let graph = self.graph;
        let node = &graph.nodes[index];
        let input = node.inputs[0];
        let value = match &node.op {
            Op::Reshape => self.value(input)?,
            Op::Conv(conv) => Rc::new(self.conv(input, conv)?),
            Op::Dense(dense) => Rc::new(self.dense(input, dense)?),
            Op::Affine { scale, offset } => {
                let scale = spread(&scale.shape, &scale.values, &node.shape);
                let offset = spread(&offset.shape, &offset.values, &node.shape);
                let index = some(broadcast_index(graph.shape(input), &node.shape));
                Rc::new(self.affine(input, &index, &scale, &offset)?)
            }
            Op::Sum { subtract } => {
                let right = node.inputs.get(1).copied().unwrap_or(input);
                Rc::new(self.sum(input, right, *subtract, &node.shape)?)
            }
            Op::Activation(activation) => {
                let range = self.range(TensorRef::Node(index))?;
                self.activation(input, *activation, range)?
            }
            Op::MaxPool(window) => self.max_pool(index, input, window)?,
            Op::AveragePool { window, count_padding } => {
                Rc::new(self.average_pool(input, window, *count_padding)?)
            }
            Op::Transpose { permutation } => {
                let index = some(transpose_index(graph.shape(input), permutation));
                let value = self.value(input)?;
                Rc::new(self.emitter.select(&value, &index)?)
            }
            Op::Gather(gather) => Rc::new(self.gather(input, gather)?),
            Op::Concat { axis } => Rc::new(self.concat(&node.inputs, *axis, &node.shape)?),
            Op::Softmax { .. } => {
                return Err(CompileError::Internal("a softmax is not the last node"));
            }
        };
        self.emitter.spend(value.size().saturating_add(node.op.work(value.len)))?;
        if matches!(node.op, Op::Activation(_) | Op::MaxPool(_)) {
            self.record(index, &value);
        }
        self.set_value(index + 1, value)
    }

    /// Remembers where a tensor of the model is held.
    fn record(&mut self, tensor: usize, value: &Value) {
        if let Some((node, unit, low)) = value.plain() {
            self.steps.push(Step { tensor, node, unit, low });
        }
    }

    /// The value of a tensor if each term passes, else requantised.
    fn fit(
        &mut self,
        tensor: TensorRef,
        passes: impl Fn(&PerElement) -> bool,
    ) -> Result<Rc<Value>, CompileError> {
        let value = self.value(tensor)?;
        let fits = value.terms.iter().all(|term| match &term.map {
            Map::Scaled(scale) => passes(scale),
            _ => false,
        });
        if fits { Ok(value) } else { self.requantised(tensor) }
    }

    fn conv(&mut self, tensor: TensorRef, conv: &Conv) -> Result<Value, CompileError> {
        let [channels, height, width] = conv.window.input;
        let value =
            self.fit(tensor, |scale| scale.by_channel(channels, height * width).is_some())?;
        let float = FloatConv {
            window: conv.window.clone(),
            channels: conv.channels,
            groups: conv.groups,
            weights: conv.weights.clone(),
        };
        let plane = float.plane();
        let mut offset = float.apply(&value.offset);
        for (chunk, bias) in offset.chunks_exact_mut(plane).zip(&conv.bias) {
            chunk.iter_mut().for_each(|o| *o += bias);
        }
        let len = offset.len();
        let mut terms = Vec::with_capacity(value.terms.len());
        for term in &value.terms {
            let Map::Scaled(scale) = &term.map else { continue };
            let scale = scale.by_channel(channels, height * width);
            let scale = scale.ok_or(CompileError::Internal("scales inside a channel differ"))?;
            let mut own = float.clone();
            let (in_group, out_group) = (channels / own.groups, own.channels / own.groups);
            let taps = own.window.kernel[0] * own.window.kernel[1];
            for (at, chunk) in own.weights.chunks_exact_mut(taps).enumerate() {
                let (output, input) = (at / in_group, at % in_group);
                let factor = scale[output / out_group * in_group + input];
                chunk.iter_mut().for_each(|weight| *weight *= factor);
            }
            terms.push(Term { node: term.node, map: Map::Conv(Rc::new(own)), select: None });
        }
        Ok(Value { len, terms, offset: PerElement::from_vec(offset) })
    }

    fn dense(&mut self, tensor: TensorRef, dense: &Dense) -> Result<Value, CompileError> {
        let Dense { outer, inputs, outputs, inner, .. } = *dense;
        let mut value = if (outer, inner) == (1, 1) {
            let value = self.fit(tensor, |_| true)?;
            let float =
                FloatDense { rows: outputs, columns: inputs, weights: dense.weights.clone() };
            let offset = PerElement::from_vec(float.apply(&value.offset));
            let terms = value.terms.iter().filter_map(|term| {
                let Map::Scaled(scale) = &term.map else { return None };
                let mut own = float.clone();
                for row in own.weights.chunks_exact_mut(inputs) {
                    row.iter_mut().enumerate().for_each(|(i, w)| *w *= scale.at(i));
                }
                // A few elements spread over many, as a mean that is taken from
                // each pixel: their coefficients are summed before they are
                // rounded.
                let spread = self.emitter.gathered(term.node);
                let spread =
                    spread.filter(|(source, _)| 4 * self.emitter.builder.len(*source) <= inputs);
                let node = match spread {
                    Some((source, index)) => {
                        own = own.gathered(self.emitter.builder.len(source), index);
                        source
                    }
                    None => term.node,
                };
                Some(Term { node, map: Map::Dense(Rc::new(own)), select: None })
            });
            Value { len: outputs, terms: terms.collect(), offset }
        } else {
            self.repeated_dense(tensor, dense)?
        };
        if !dense.bias.is_empty() {
            let bias = PerElement::from_vec(dense.bias.clone());
            value.offset = value.offset.zip(&bias, value.len, |l, r| l + r);
        }
        Ok(value)
    }

    /// A matrix over one axis of many is a 1×1 convolution between two
    /// transpositions.
    fn repeated_dense(&mut self, tensor: TensorRef, dense: &Dense) -> Result<Value, CompileError> {
        let Dense { outer, inputs, outputs, inner, .. } = *dense;
        let to_front = strided_index(&[(inputs, inner), (outer, inputs * inner), (inner, 1)]);
        let back = strided_index(&[(outer, inner), (outputs, outer * inner), (inner, 1)]);
        let value = self.fit(tensor, |scale| matches!(scale, PerElement::Uniform(_)))?;
        let moved = self.emitter.select(&value, &some(to_front))?;
        let conv = FloatConv {
            window: Window {
                input: [inputs, outer, inner],
                output: [outer, inner],
                kernel: [1, 1],
                stride: [1, 1],
                dilation: [1, 1],
                padding: [0, 0],
            },
            channels: outputs,
            groups: 1,
            weights: dense.weights.clone(),
        };
        let offset = PerElement::from_vec(conv.apply(&moved.offset));
        let mut terms = Vec::new();
        for term in &moved.terms {
            let Map::Scaled(scale) = &term.map else { continue };
            let mut own = conv.clone();
            own.weights.iter_mut().for_each(|weight| *weight *= scale.at(0));
            terms.push(Term { node: term.node, map: Map::Conv(Rc::new(own)), select: None });
        }
        let value = Value { len: outer * outputs * inner, terms, offset };
        self.emitter.select(&value, &some(back))
    }

    fn affine(
        &mut self,
        tensor: TensorRef,
        index: &[Option<u32>],
        scale: &PerElement,
        offset: &PerElement,
    ) -> Result<Value, CompileError> {
        let value = self.value(tensor)?;
        let moved = self.emitter.select(&value, index)?;
        let mut result = match moved.times(scale) {
            Some(result) => result,
            None => {
                let value = self.requantised(tensor)?;
                let moved = self.emitter.select(&value, index)?;
                moved.times(scale).ok_or(CompileError::Internal("a scale does not fit"))?
            }
        };
        result.offset = result.offset.zip(offset, result.len, |l, r| l + r);
        Ok(result)
    }

    /// Whether the only reader of a node is an activation, and which.
    pub(super) fn sole_activation(&self, index: usize) -> Option<(usize, Activation)> {
        let tensor = TensorRef::Node(index);
        if self.readers[slot(tensor)] != 1 {
            return None;
        }
        let reader = self.graph.nodes.iter().position(|node| node.inputs.contains(&tensor))?;
        match self.graph.nodes[reader].op {
            Op::Activation(activation) => Some((reader, activation)),
            _ => None,
        }
    }

    /// Sets the value of a node ahead of its turn.
    pub(super) fn preset(&mut self, index: usize, value: Rc<Value>) -> Result<(), CompileError> {
        self.set_value(index + 1, value)
    }

    pub(super) fn fit_uniform(&mut self, tensor: TensorRef) -> Result<Rc<Value>, CompileError> {
        let value = self.value(tensor)?;
        if value.plain().is_some() { Ok(value) } else { self.requantised(tensor) }
    }

    pub(super) fn fit_by_channel(
        &mut self,
        tensor: TensorRef,
        channels: usize,
        plane: usize,
    ) -> Result<Rc<Value>, CompileError> {
        self.fit(tensor, |scale| scale.by_channel(channels, plane).is_some())
    }
}

fn spread(shape: &[usize], values: &[f64], output: &[usize]) -> PerElement {
    if let [value] = values {
        return PerElement::Uniform(*value);
    }
    let index = broadcast_index(shape, output);
    PerElement::from_vec(index.into_iter().map(|at| values[at]).collect())
}
