//! The operators: of each, in one file, the shape of its output, its meaning in
//! `f64`, and its lowering to the integer program.
//!
//! What an operator's parameters are is in `model/graph/op.rs`; how ONNX spells
//! them, in `model/onnx/nodes/`. Shapes are checked when a graph is read:
//! the reader asks the functions here for them. Everything after that relies on
//! the shapes, which is why evaluation and lowering may index.

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

mod activation;
pub(crate) mod conv;
pub(crate) mod dense;
mod embedding;
pub mod evaluate;
mod function;
mod gated;
pub(crate) mod gather;
mod layout;
pub(crate) mod matmul;
mod pointwise;
mod pool;
pub(crate) mod product;
pub(crate) mod quantize;
pub(crate) mod softmax;
mod standardise;
pub(crate) mod trees;
pub(crate) mod window;

use std::rc::Rc;

pub(crate) use layout::same_elements;

use super::graph::Op;
use super::lowering::{CompileError, Lowering, Value};
use layout::Reshape;
use product::{Gate, Product};

/// What the float reference and the compiler ask of an operator.
pub(crate) trait Operator {
    /// Its output, row-major, of the given shape. Every sum has one order and
    /// nothing is fused, so that all machines get the same numbers.
    fn evaluate(&self, inputs: &[Tensor<'_>], shape: &[usize]) -> Vec<f64>;

    /// The value of the node with this index, over those of its inputs.
    ///
    /// # Errors
    /// If the values are too far apart, too many, or too much work.
    fn lower(&self, node: usize, lowering: &mut Lowering<'_>) -> Result<Rc<Value>, CompileError>;

    /// The constant numbers it holds.
    fn constants(&self) -> usize {
        0
    }

    /// Multiplications or comparisons per element of its output.
    fn work(&self) -> usize {
        1
    }

    /// The same of lowering it, beyond what is counted on the way.
    fn lowering_work(&self) -> usize {
        self.work()
    }
}

/// A tensor, row-major.
#[derive(Clone, Copy)]
pub(crate) struct Tensor<'a> {
    pub(crate) values: &'a [f64],
    pub(crate) shape: &'a [usize],
}

/// What is known of an operator.
pub(crate) fn of(op: &Op) -> &dyn Operator {
    match op {
        Op::Conv(conv) => conv,
        Op::Dense(dense) => dense,
        Op::Affine(affine) => affine,
        Op::Sum(sum) => sum,
        Op::Product => &Product,
        Op::Gate => &Gate,
        Op::Activation(activation) => activation,
        Op::Function(function) => function,
        Op::MaxPool(pool) => pool,
        Op::AveragePool(pool) => pool,
        Op::Reshape => &Reshape,
        Op::Transpose(transpose) => transpose,
        Op::Concat(concat) => concat,
        Op::Gather(gather) => gather,
        Op::MatMul(matmul) => matmul,
        Op::Softmax(softmax) => softmax,
        Op::Standardise(standardise) => standardise,
        Op::Embedding(embedding) => embedding,
        Op::Normalise(normalise) => normalise,
        Op::Trees(trees) => trees,
        Op::Quantize(integers) => integers,
    }
}

/// Multiplications or comparisons for an output of this many elements.
pub(crate) fn work(op: &Op, outputs: usize) -> usize {
    of(op).work().saturating_mul(outputs)
}
