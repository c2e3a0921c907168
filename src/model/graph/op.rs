//! The operators of a graph, with their parameters. What they compute and how
//! they are compiled is in `model/operators/`.

use super::floats::Floats;
use super::function::Function;
use super::quantize::Integers;
use super::trees::Trees;
use super::window::Window;

/// What a node computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Two-dimensional convolution (one-dimensional ones have height 1).
    Conv(Conv),
    /// A dense layer: Gemm or MatMul with a constant.
    Dense(Dense),
    /// A scale and an offset for each element.
    Affine(Affine),
    /// The sum or difference of two tensors.
    Sum(Sum),
    /// The product of two tensors, element by element, both broadcast to the output's shape.
    Product,
    /// The second tensor where the first, which holds 0 and 1, is 1, else 0; both broadcast to the
    /// output's shape.
    Gate,
    /// A monotone function of each element.
    Activation(Activation),
    /// Any function of each element.
    Function(Function),
    /// The maximum of each window.
    MaxPool(MaxPool),
    /// The mean of each window.
    AveragePool(AveragePool),
    /// The same elements in the same order under another shape.
    Reshape,
    /// The axes in another order.
    Transpose(Transpose),
    /// The inputs one after the other along an axis.
    Concat(Concat),
    /// Each element is one of the input's, or a constant: slices, padding,
    /// repetitions.
    Gather(Gather),
    /// The product of matrices that both depend on the document.
    MatMul(MatMul),
    /// Softmax of each run of elements.
    Softmax(Softmax),
    /// Each run of elements less its mean, divided by its deviation.
    Standardise(Standardise),
    /// For each element, a whole number, a row of a table.
    Embedding(Embedding),
    /// Division of all scores by a number of the document's own; only reshapes follow it.
    Normalise(Normalise),
    /// A sum of decision trees.
    Trees(Trees),
    /// Rounding to the integers that a file names.
    Quantize(Integers),
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
    pub weights: Floats,
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
    pub weights: Floats,
    /// `outer × outputs × inner`, or empty for none.
    pub bias: Vec<f64>,
}

/// `y = scale · x + offset`, all three broadcast to the output's shape.
#[derive(Clone, Debug, PartialEq)]
pub struct Affine {
    /// Broadcasts to the output's shape.
    pub scale: Constant,
    /// Broadcasts to the output's shape.
    pub offset: Constant,
}

/// `y = x0 ± x1`, both broadcast to the output's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sum {
    /// The second input is subtracted.
    pub subtract: bool,
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

/// The maximum of each window; padding never wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MaxPool {
    /// The windows.
    pub window: Window,
}

/// The mean of each window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AveragePool {
    /// The windows.
    pub window: Window,
    /// Padding counts as zeros (else it is not counted).
    pub count_padding: bool,
}

/// Axis i of the output is axis `permutation[i]` of the input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transpose {
    /// A permutation of the axes.
    pub permutation: Vec<usize>,
}

/// The inputs one after the other along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Concat {
    /// The axis.
    pub axis: usize,
}

/// Which element of the input each element of the output is, axis by axis. The axes are those of
/// the output in row-major order, some of them perhaps joined into one.
#[derive(Clone, Debug, PartialEq)]
pub struct Gather {
    /// What each position along each axis adds to the input's index; `None` for
    /// a position outside the input.
    pub axes: Vec<Vec<Option<u32>>>,
    /// The value of elements outside the input; finite.
    pub fill: f64,
}

/// `y[h][i][j] = Σ_k x0[h][i][k] · x1[h][k][j]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MatMul {
    /// Matrices on either side.
    pub batch: usize,
    /// Rows of each on the left.
    pub rows: usize,
    /// What is summed over: columns on the left, rows on the right.
    pub inner: usize,
    /// Columns of each on the right.
    pub columns: usize,
}

/// Softmax of each run of `length` elements that follow each other.
///
/// Inputs beside the first are masks, which are 0 or very negative and broadcast to its shape:
/// elements where one of them is not 0, and those that are `closed`, have no share. Where that
/// leaves no element of a run, all have one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Softmax {
    /// The logarithm of it.
    pub log: bool,
    /// Elements of a run.
    pub length: usize,
    /// Which elements have no share for any document; those of all runs, or none.
    pub closed: Vec<bool>,
}

impl Softmax {
    /// One without masks.
    #[must_use]
    pub const fn of(length: usize) -> Self {
        Self { log: false, length, closed: Vec::new() }
    }

    /// One of all elements of a tensor of this shape.
    #[must_use]
    pub fn whole(shape: &[usize]) -> Self {
        Self::of(shape.iter().fold(1, |product: usize, dim| product.saturating_mul(*dim)))
    }
}

/// `scale · (x − m) / √(s + epsilon)` for each run of `length` elements that follow each other, where m is
/// their mean and s the mean of the squares of `x − m`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standardise {
    /// Elements of a run.
    pub length: usize,
    /// Else m is zero.
    pub centred: bool,
    /// Not below zero. Where it is zero, runs of zeros stay as they are.
    pub epsilon: f64,
    /// A factor of the result, above zero.
    pub scale: f64,
}

/// Row x of a table of whole numbers x; the last row for those beyond it.
#[derive(Clone, Debug, PartialEq)]
pub struct Embedding {
    /// Rows.
    pub rows: usize,
    /// Elements of a row.
    pub width: usize,
    /// `rows × width`, row-major.
    pub table: Floats,
}

/// What all scores are divided by; by nothing if that is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Normalise {
    /// The sum of their magnitudes.
    L1,
    /// The root of the sum of their squares.
    L2,
}

/// A constant float tensor, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// Its values; in a [`super::Graph`] all finite.
    pub values: Vec<f64>,
}

impl Constant {
    /// A scalar.
    #[must_use]
    pub fn scalar(value: f64) -> Self {
        Self { shape: Vec::new(), values: vec![value] }
    }

    /// The number that it is everywhere.
    pub(crate) fn number(&self) -> Option<f64> {
        let (first, rest) = self.values.split_first()?;
        rest.iter().all(|value| value == first).then_some(*first)
    }

    pub(crate) fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { shape: self.shape.clone(), values: self.values.iter().map(|&v| f(v)).collect() }
    }
}

impl Gather {
    /// For each element of the output (row-major), the element of the input;
    /// `None` for one that is [`Gather::fill`].
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
