//! The typed float graph: what a model computes, operator spellings removed.
//!
//! All shapes are those of one document: the batch dimension is 1. Tensors are
//! row-major.

#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]

mod bounds;
mod floats;
mod function;
mod fusion;
mod masks;
mod normalised;
mod op;
mod problem;
mod quantize;
mod rewrite;
pub(crate) mod shape;
mod shares;
mod standardised;
mod trees;
mod window;

pub(crate) use bounds::{MAX_LOOK, bounds, exact_bounds};
pub use floats::Floats;
pub(crate) use function::Formula;
pub use function::{Binary, Elementary, Function, Place, Unary};
pub(crate) use fusion::fused;
pub(crate) use masks::{CLOSED, infinite, is_truth};
pub use op::{
    Activation, Affine, AveragePool, Concat, Constant, Conv, Dense, Embedding, Gather, MatMul,
    MaxPool, Normalise, Op, Softmax, Standardise, Sum, Transpose,
};
pub(crate) use problem::{Kind, Problem};
pub(crate) use quantize::INPUT;
pub use quantize::Integers;
pub(crate) use rewrite::recognised;
pub use trees::{Branch, Child, Test, Trees};
pub use window::Window;

/// A float model with one input and one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// The document's tensor.
    pub input: Input,
    /// Nodes in topological order: each uses only the input and earlier nodes.
    pub nodes: Vec<Node>,
    /// The tensor that holds the scores.
    pub output: TensorRef,
    /// The names of the scores if the model says them, else empty.
    pub classes: Vec<String>,
    /// Bytes of the file: who sends much may ask for much.
    pub bytes: usize,
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

impl Node {
    /// Whether it is a softmax of all elements of a tensor, which at the end of a model keeps the
    /// order of the scores.
    pub(crate) fn is_softmax_of_all(&self) -> bool {
        match &self.op {
            Op::Softmax(softmax) => {
                let whole = Softmax::whole(&self.shape);
                self.inputs.len() == 1
                    && softmax.closed.is_empty()
                    && softmax.length == whole.length
            }
            _ => false,
        }
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
