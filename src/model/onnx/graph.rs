//! The typed float graph: what a model computes, operator spellings removed.
//!
//! All shapes are those of one document: the batch dimension is 1. Tensors are
//! row-major.

use super::constant::Constant;

/// A float model with one input and one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The document's tensor.
    pub input: Input,
    /// Nodes in topological order: each uses only the input and earlier nodes.
    pub nodes: Vec<Node>,
    /// The tensor that holds the scores.
    pub output: TensorRef,
}

/// The input tensor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// Its name in the file.
    pub name: String,
    /// Its shape, batch dimension (1) included.
    pub shape: Vec<usize>,
}

/// Where a tensor comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TensorRef {
    /// The model's input.
    Input,
    /// The output of the node with this index.
    Node(usize),
}

/// One step of the model.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The node's name, or its position and output if it has none.
    pub name: String,
    /// The operator as the file spells it, for messages.
    pub operator: String,
    /// The name of the tensor it computes; unique in the graph.
    pub output: String,
    /// What it does.
    pub op: Op,
    /// What it reads (constants are inside [`Op`]).
    pub inputs: Vec<TensorRef>,
    /// The shape of its output.
    pub shape: Vec<usize>,
}

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Two-dimensional convolution (one-dimensional ones have height 1).
    Conv(Conv),
    /// A dense layer: Gemm or MatMul with a constant.
    Dense(Dense),
    /// `y = scale · x + offset`, all three broadcast to the output's shape.
    Affine {
        /// Broadcasts to the output's shape.
        scale: Constant,
        /// Broadcasts to the output's shape.
        offset: Constant,
    },
    /// `y = x0 + sign · x1`, both broadcast to the output's shape.
    Sum {
        /// The second input is subtracted.
        subtract: bool,
    },
    /// An elementwise function.
    Activation(Activation),
    /// The maximum of each window; padding never wins.
    MaxPool(Window),
    /// The mean of each window.
    AveragePool {
        /// The windows.
        window: Window,
        /// Padding counts as zeros (else it is not counted).
        count_padding: bool,
    },
    /// The same elements in the same order under another shape.
    Reshape,
    /// Axis i of the output is axis `permutation[i]` of the input.
    Transpose {
        /// A permutation of the axes.
        permutation: Vec<usize>,
    },
    /// The inputs one after the other along an axis.
    Concat {
        /// The axis.
        axis: usize,
    },
    /// Each element is one of the input's, or a constant: slices, padding,
    /// repetitions.
    Gather(Gather),
    /// Softmax or log-softmax over all scores; behind it stand views only.
    Softmax {
        /// The logarithm of it.
        log: bool,
    },
}

/// An elementwise function, each of them monotone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Activation {
    /// `max(x, 0)`.
    Relu,
    /// `x` for `x >= 0`, else `alpha · x`; `alpha >= 0`.
    LeakyRelu {
        /// The slope below zero.
        alpha: f64,
    },
    /// `x` cut to an interval, `low <= high`; either may be infinite.
    Clip {
        /// Lower end.
        low: f64,
        /// Upper end.
        high: f64,
    },
    /// `1 / (1 + e^-x)`.
    Sigmoid,
}

/// Windows over the last two axes of a tensor `channels × height × width`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    /// Channels, height, width of the input.
    pub input: [usize; 3],
    /// Height and width of the output.
    pub output: [usize; 2],
    /// Height and width of the window.
    pub kernel: [usize; 2],
    /// Steps between windows.
    pub stride: [usize; 2],
    /// Steps inside a window.
    pub dilation: [usize; 2],
    /// Padding above and to the left; that below and to the right follows from
    /// `output`.
    pub padding: [usize; 2],
}

/// A convolution. `weights[m][c][i][j]` with `c` inside the output's group.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// The windows; `window.input[0]` is the number of input channels.
    pub window: Window,
    /// Output channels.
    pub channels: usize,
    /// Groups; they divide input and output channels.
    pub groups: usize,
    /// `channels × input channels / groups × kernel`, row-major.
    pub weights: Vec<f64>,
    /// One for each output channel.
    pub bias: Vec<f64>,
}

/// `y[o][n][i] = Σ_k weights[n][k] · x[o][k][i] + bias[o][n][i]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Dense {
    /// Leading repetitions.
    pub outer: usize,
    /// Length of the contracted axis.
    pub inputs: usize,
    /// Length of the axis in its place.
    pub outputs: usize,
    /// Trailing repetitions.
    pub inner: usize,
    /// `outputs × inputs`, row-major.
    pub weights: Vec<f64>,
    /// `outer × outputs × inner`, or empty for none.
    pub bias: Vec<f64>,
}

/// Which element of the input stands where, axis by axis. The axes are those of
/// the output in row-major order, some of them perhaps joined into one.
#[derive(Clone, Debug, PartialEq)]
pub struct Gather {
    /// What each position along each axis adds to the input's index; `None` for
    /// a position outside the input.
    pub axes: Vec<Vec<Option<u32>>>,
    /// What stands outside the input; finite.
    pub fill: f64,
}

impl Gather {
    /// For each element of the output (row-major), the element of the input;
    /// `None` where [`Gather::fill`] stands.
    #[must_use]
    pub fn index(&self) -> Vec<Option<u32>> {
        self.walk().collect()
    }

    /// The same, one by one.
    pub(crate) fn walk(&self) -> impl Iterator<Item = Option<u32>> + '_ {
        let sizes = self.axes.iter().map(Vec::len);
        let total = sizes.fold(1usize, usize::saturating_mul);
        let mut at = vec![0usize; self.axes.len()];
        (0..total).map(move |_| {
            let mut found = Some(0u32);
            for (axis, position) in self.axes.iter().zip(&at) {
                let own = axis.get(*position).copied().flatten();
                found = found.zip(own).map(|(sum, own)| sum.saturating_add(own));
            }
            for (axis, position) in self.axes.iter().zip(&mut at).rev() {
                *position = position.saturating_add(1);
                if *position < axis.len() {
                    break;
                }
                *position = 0;
            }
            found
        })
    }
}

impl Graph {
    /// The shape of a tensor.
    #[must_use]
    pub fn shape(&self, tensor: TensorRef) -> &[usize] {
        match tensor {
            TensorRef::Input => &self.input.shape,
            TensorRef::Node(index) => self.nodes.get(index).map_or(&[], |node| &node.shape),
        }
    }

    /// The number of elements of a tensor.
    #[must_use]
    pub fn len(&self, tensor: TensorRef) -> usize {
        self.shape(tensor).iter().fold(1, |product, &dim| product.saturating_mul(dim))
    }

    /// The number of scores: elements of the output.
    #[must_use]
    pub fn scores(&self) -> usize {
        self.len(self.output)
    }
}

impl Window {
    /// The input row (or column) that tap `tap` of output position `at` reads,
    /// `None` in the padding. `axis` 0 is height, 1 is width.
    #[must_use]
    pub fn source(&self, axis: usize, at: usize, tap: usize) -> Option<usize> {
        let [_, height, width] = self.input;
        let size = if axis == 0 { height } else { width };
        let step = at.checked_mul(*self.stride.get(axis)?)?;
        let inside = tap.checked_mul(*self.dilation.get(axis)?)?;
        let position = step.checked_add(inside)?.checked_sub(*self.padding.get(axis)?)?;
        (position < size).then_some(position)
    }

    /// The taps of output position `at` that do not read padding. `axis` 0 is
    /// height, 1 is width.
    #[must_use]
    pub fn taps(&self, axis: usize, at: usize) -> std::ops::Range<usize> {
        let pick = |[rows, columns]: [usize; 2]| if axis == 0 { rows } else { columns };
        let [_, height, width] = self.input;
        let padding = pick(self.padding);
        let dilation = pick(self.dilation).max(1);
        let start = at.saturating_mul(pick(self.stride));
        let reach = pick([height, width]).saturating_add(padding).saturating_sub(start);
        let end = reach.div_ceil(dilation).min(pick(self.kernel));
        padding.saturating_sub(start).div_ceil(dilation).min(end)..end
    }
}

impl Op {
    /// The constant numbers it holds.
    pub(crate) fn constants(&self) -> usize {
        match self {
            Self::Conv(conv) => conv.weights.len().saturating_add(conv.bias.len()),
            Self::Dense(dense) => dense.weights.len().saturating_add(dense.bias.len()),
            Self::Affine { scale, offset } => {
                scale.values.len().saturating_add(offset.values.len())
            }
            Self::Gather(gather) => {
                gather.axes.iter().fold(0, |sum, axis| sum.saturating_add(axis.len()))
            }
            _ => 0,
        }
    }

    /// Multiplications or comparisons for an output of so many elements.
    pub(crate) fn work(&self, outputs: usize) -> usize {
        let each = match self {
            Self::Conv(conv) => {
                let [channels, ..] = conv.window.input;
                let own = channels.checked_div(conv.groups).unwrap_or(channels);
                conv.window.kernel.iter().fold(own, |work, taps| work.saturating_mul(*taps))
            }
            Self::MaxPool(window) | Self::AveragePool { window, .. } => {
                window.kernel.iter().fold(1, |work: usize, taps| work.saturating_mul(*taps))
            }
            Self::Dense(dense) => dense.inputs,
            _ => 1,
        };
        each.saturating_mul(outputs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn taps_are_those_that_have_a_source() {
        for sizes in 0..3usize.pow(5) {
            let digit = |place: u32| sizes / 3usize.pow(place) % 3;
            let window = Window {
                input: [1, 1 + digit(0), 1],
                output: [9, 1],
                kernel: [1 + 2 * digit(1), 1],
                stride: [1 + digit(2), 1],
                dilation: [1 + digit(3), 1],
                padding: [3 * digit(4), 0],
            };
            for at in 0..9 {
                let reads: Vec<usize> = (0..window.kernel[0])
                    .filter(|tap| window.source(0, at, *tap).is_some())
                    .collect();
                assert_eq!(window.taps(0, at).collect::<Vec<_>>(), reads, "{window:?}, {at}");
            }
        }
    }
}
