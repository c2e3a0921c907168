//! The supported operators: attributes checked, shapes inferred.

mod activation;
mod arithmetic;
mod attention;
mod blocks;
mod cast;
mod concat;
mod einsum;
mod embedding;
mod fold;
mod function;
mod layers;
mod layout;
mod literal;
mod many;
pub(super) mod ml;
mod moves;
mod norms;
mod picked;
mod places;
mod products;
pub(super) mod quantised;
mod reduce;
mod refused;
mod resize;
mod rotary;
mod runs;
mod steps;
mod transposed;
mod truth;
mod whole;
mod window;

use super::attributes::Attributes;
use super::budget::Budget;
use super::constant::{self, Literal};
use crate::model::graph::{
    Affine, Concat, Constant, Function, Kind, Op, Problem, TensorRef, Unary,
};

/// An input of a node.
#[derive(Clone)]
pub(super) enum Argument<'a> {
    /// An optional input left out.
    Missing,
    Literal(&'a Literal),
    Tensor {
        tensor: TensorRef,
        shape: &'a [usize],
    },
}

/// A node as the file has it.
pub(super) struct Call<'a> {
    pub(super) operator: &'a str,
    pub(super) opset: i64,
    pub(super) attributes: Attributes<'a>,
    pub(super) arguments: Vec<Argument<'a>>,
    /// The names of the inputs, for messages.
    pub(super) names: &'a [String],
    /// Number of outputs.
    pub(super) outputs: usize,
    /// Number of named outputs.
    pub(super) named: usize,
    /// An output beside the first that something reads.
    pub(super) also_read: Option<&'a str>,
    pub(super) budget: &'a mut Budget,
    /// The names that the node gives to its scores, for [`build`] to set.
    pub(super) classes: Vec<String>,
    /// What is known of integers among its inputs and outputs.
    pub(super) typed: quantised::Typed<'a>,
}

/// What a node turned out to be.
pub(super) enum Built {
    Literal(Literal),
    /// What it reads, unchanged.
    Same(TensorRef),
    /// What each of its outputs is.
    Several(Vec<Built>),
    /// One node of the typed graph after the other; the last has the result.
    Steps(Vec<Step>),
}

/// A node of the typed graph to be.
pub(super) struct Step {
    pub(super) op: Op,
    pub(super) inputs: Vec<Source>,
    pub(super) shape: Vec<usize>,
}

/// What a step reads.
#[derive(Clone, Copy)]
pub(super) enum Source {
    Tensor(TensorRef),
    /// The result of an earlier step of the same node.
    Step(usize),
}

impl Built {
    /// One step over tensors.
    pub(super) fn node(op: Op, inputs: Vec<TensorRef>, shape: Vec<usize>) -> Self {
        let inputs = inputs.into_iter().map(Source::Tensor).collect();
        Self::Steps(vec![Step { op, inputs, shape }])
    }
}

/// Steps of which each reads the one before.
struct Chain(Vec<Step>);

impl Chain {
    const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a step over the result so far, at first over `tensor`.
    fn then(&mut self, tensor: TensorRef, op: Op, shape: &[usize]) {
        let before = self.0.len().checked_sub(1);
        let input = before.map_or(Source::Tensor(tensor), Source::Step);
        self.0.push(Step { op, inputs: vec![input], shape: shape.to_vec() });
    }

    /// The same, if the shape is another one.
    fn reshape(&mut self, tensor: TensorRef, from: &[usize], to: &[usize]) {
        if from != to || self.0.is_empty() {
            self.then(tensor, Op::Reshape, to);
        }
    }

    /// Adds a step over `tensor` and the result so far.
    fn with(&mut self, tensor: TensorRef, op: Op, shape: &[usize]) {
        let before = self.0.len().checked_sub(1).map(Source::Step);
        let inputs = [Some(Source::Tensor(tensor)), before].into_iter().flatten().collect();
        self.0.push(Step { op, inputs, shape: shape.to_vec() });
    }

    fn build(self) -> Built {
        Built::Steps(self.0)
    }
}

impl<'a> Call<'a> {
    /// One without names and attributes, and with one output.
    fn bare(
        operator: &'a str,
        arguments: Vec<Argument<'a>>,
        budget: &'a mut Budget,
    ) -> Result<Self, Problem> {
        Ok(Self {
            operator,
            opset: 13,
            attributes: Attributes::new(&[], &None)?,
            arguments,
            names: &[],
            outputs: 1,
            named: 1,
            also_read: None,
            budget,
            classes: Vec::new(),
            typed: quantised::Typed::default(),
        })
    }

    fn at(&self, index: usize) -> Argument<'a> {
        self.arguments.get(index).cloned().unwrap_or(Argument::Missing)
    }

    /// Refuses more inputs than the operator has, or fewer.
    fn arity(&self, least: usize, most: usize) -> Result<(), Problem> {
        let got = self.arguments.len();
        if (least..=most).contains(&got) {
            return Ok(());
        }
        let expected = if least == most { least.to_string() } else { format!("{least} to {most}") };
        Err(Problem::malformed(format!("it has {got} inputs, expected {expected}")))
    }

    /// An input, for messages.
    fn called(&self, index: usize) -> String {
        match self.names.get(index) {
            Some(name) if !name.is_empty() => format!("input {index} `{name}`"),
            _ => format!("input {index}"),
        }
    }

    fn missing(index: usize) -> Problem {
        Problem::malformed(format!("input {index} is missing"))
    }

    /// An input that is computed from the document.
    fn tensor(&self, index: usize) -> Result<(TensorRef, &'a [usize]), Problem> {
        match self.at(index) {
            Argument::Tensor { tensor, shape } => Ok((tensor, shape)),
            Argument::Literal(_) => Err(Problem::new(
                format!(
                    "{} is a constant, expected a tensor that depends on the document",
                    self.called(index)
                ),
                FOLD,
            )),
            Argument::Missing => Err(Self::missing(index)),
        }
    }

    /// A constant input of any kind.
    fn literal(&self, index: usize) -> Result<&'a Literal, Problem> {
        match self.at(index) {
            Argument::Literal(literal) => Ok(literal),
            Argument::Missing => Err(Self::missing(index)),
            Argument::Tensor { .. } => Err(Problem::new(
                format!(
                    "{} is computed from the document, expected a constant",
                    self.called(index)
                ),
                "use a model in which it is a constant",
            )),
        }
    }

    /// Whether all inputs that are given are constants.
    fn is_constant(&self) -> bool {
        !self.arguments.iter().any(|argument| matches!(argument, Argument::Tensor { .. }))
    }

    /// The shape of an input of any kind.
    fn shape(&self, index: usize) -> Result<&'a [usize], Problem> {
        match self.at(index) {
            Argument::Tensor { shape, .. } => Ok(shape),
            Argument::Literal(literal) => Ok(literal.shape()),
            Argument::Missing => Err(Self::missing(index)),
        }
    }

    /// A constant float input, `None` if left out.
    fn floats(&self, index: usize) -> Result<Option<&'a Constant>, Problem> {
        match self.at(index) {
            Argument::Missing => Ok(None),
            Argument::Literal(Literal::Float(constant)) => Ok(Some(constant)),
            Argument::Literal(literal) => Err(Problem::malformed(format!(
                "{} holds {}, expected floats",
                self.called(index),
                literal.kind()
            ))),
            Argument::Tensor { .. } => Err(Problem::new(
                format!(
                    "{} is computed from the document, expected a constant",
                    self.called(index)
                ),
                "use a model in which it is a weight",
            )),
        }
    }

    /// A constant float input with finite values, `None` if left out.
    fn constant(&self, index: usize) -> Result<Option<&'a Constant>, Problem> {
        let found = self.floats(index)?;
        if let Some(constant) = found {
            constant::finite(&constant.values)
                .map_err(|problem| problem.of(&self.called(index)))?;
        }
        Ok(found)
    }

    fn required(&self, index: usize) -> Result<&'a Constant, Problem> {
        self.constant(index)?.ok_or_else(|| Self::missing(index))
    }

    /// The same, where −∞ is the least number of single precision: what a mask adds to a softmax.
    fn addend(&self, index: usize) -> Result<Constant, Problem> {
        let least = f64::from(f32::MIN);
        let floats = self.floats(index)?.ok_or_else(|| Self::missing(index))?;
        let constant = floats.map(|value| if value == f64::NEG_INFINITY { least } else { value });
        constant::finite(&constant.values).map_err(|problem| problem.of(&self.called(index)))?;
        Ok(constant)
    }

    /// A constant list of integers (axes, a shape), `None` if left out.
    fn integers(&self, index: usize) -> Result<Option<&'a [i64]>, Problem> {
        match self.at(index) {
            Argument::Missing => Ok(None),
            Argument::Literal(Literal::Int { values, .. }) => Ok(Some(values)),
            Argument::Literal(literal) => Err(Problem::malformed(format!(
                "{} holds {}, expected integers",
                self.called(index),
                literal.kind()
            ))),
            Argument::Tensor { .. } => Err(Problem::new(
                format!("{} is computed from what the document holds", self.called(index)),
                "use a model whose shapes and axes do not depend on it",
            )),
        }
    }

    /// An optional bound: a constant scalar that may be infinite.
    fn bound(&self, index: usize) -> Result<Option<f64>, Problem> {
        let Some(constant) = self.floats(index)? else {
            return Ok(None);
        };
        match constant.values.as_slice() {
            [value] if !value.is_nan() => Ok(Some(*value)),
            [_] => Err(Problem::malformed(format!("{} is not a number", self.called(index)))),
            _ => Err(Problem::malformed(format!("{} is not a scalar", self.called(index)))),
        }
    }
}

/// How to get rid of constants that are not folded here.
const FOLD: &str = "fold the constants of the model: onnxruntime writes it so with SessionOptions.optimized_model_filepath and graph_optimization_level ORT_ENABLE_BASIC";

const SUPPORTED: &str = "rewrite the model with Conv, ConvTranspose, Gemm, MatMul, Add, Sub, Mul, Div, BatchNormalization, functions of one element, comparisons, Where, max and average pooling, ReduceMean, ReduceSum, ReduceMax, ReduceMin, Reshape and its like, Transpose, Concat, Slice, Gather, Pad, Resize, and Softmax at the end (docs/models.md)";

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    if let Some(name) = call.also_read.filter(|_| !matches!(call.operator, "Split")) {
        let what = match call.operator {
            "Dropout" => format!("the mask `{name}` is"),
            "MaxPool" => format!("the indices `{name}` are"),
            _ => format!("`{name}`, an output beside the first, is"),
        };
        return Err(Problem::new(
            format!("{what} read by another node, or the model's output"),
            "use a model that needs its first output only",
        ));
    }
    if call.is_constant()
        && let Some(folded) = fold::build(call)?
    {
        return Ok(folded);
    }
    if let Some(built) = whole::build(call)? {
        return Ok(built);
    }
    if let Some(built) = truth::build(call)? {
        return Ok(built);
    }
    if let Some(built) = quantised::build(call)? {
        return Ok(built);
    }
    match call.operator {
        "Constant" => literal::constant(call),
        "ConstantOfShape" => literal::of_shape(call),
        "Shape" => literal::shape(call),
        "Size" => literal::size(call),
        "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" | "Identity" | "Dropout" => {
            layout::reshapes(call)
        }
        "Cast" | "CastLike" => cast::build(call),
        "Transpose" => layout::transpose(call),
        "Concat" => concat::build(call),
        "Slice" | "Gather" | "Expand" | "Tile" | "Pad" | "Upsample" => moves::build(call),
        "Split" => moves::split(call),
        "Resize" => resize::build(call),
        "DepthToSpace" | "SpaceToDepth" => blocks::build(call),
        "CumSum" => blocks::cumulated(call),
        "GatherND" | "GatherElements" | "ScatterND" | "ScatterElements" | "Scatter" | "Where"
        | "Trilu" | "ReverseSequence" => picked::build(call),
        "Add" | "Sub" | "Mul" | "Div" => arithmetic::binary(call),
        "Sum" | "Mean" | "Max" | "Min" => many::build(call),
        "ReduceMean" | "ReduceSum" | "ReduceMax" | "ReduceMin" | "ReduceProd" | "ReduceL1"
        | "ReduceL2" | "ReduceSumSquare" | "ReduceLogSum" => reduce::build(call),
        "Gemm" => products::gemm(call),
        "MatMul" => products::matmul(call),
        "Einsum" => einsum::build(call),
        "Attention" => attention::build(call),
        "RotaryEmbedding" => rotary::build(call),
        "Clip" if many::has_bounds(call) => many::clip(call),
        "Relu" | "Clip" | "Sigmoid" => activation::build(call),
        "LeakyRelu" => function::leaky_relu(call),
        "PRelu" => function::p_relu(call),
        "Pow" => function::power(call),
        "Celu" | "Elu" | "Gelu" | "HardSigmoid" | "HardSwish" | "Mish" | "Selu" | "Shrink"
        | "Softplus" | "Softsign" | "Swish" | "ThresholdedRelu" => function::build(call),
        operator if function::unary(operator).is_some() => function::build(call),
        "Conv" => layers::conv(call),
        "ConvTranspose" => transposed::build(call),
        "BatchNormalization" => layers::batch_normalization(call),
        "LayerNormalization"
        | "RMSNormalization"
        | "InstanceNormalization"
        | "GroupNormalization"
        | "LpNormalization"
        | "MeanVarianceNormalization" => norms::build(call),
        "MaxPool" => window::max_pool(call),
        "AveragePool" => window::average_pool(call),
        "GlobalAveragePool" | "GlobalMaxPool" => window::global_pool(call),
        "Softmax" | "LogSoftmax" => activation::softmax(call),
        _ if call.is_constant() => {
            Err(Problem::operator("this operator is not supported, not even over constants", FOLD))
        }
        operator => Err(refused::problem(operator)
            .unwrap_or_else(|| Problem::operator("this operator is not supported", SUPPORTED))),
    }
}

/// Whether a type is one of floats.
pub(super) fn is_float(data_type: i32) -> bool {
    cast::is_float(i64::from(data_type))
}

/// 1 for the id that fills the view up and 0 for those of `tokens`, or the other way round.
pub(super) fn padding(ids: TensorRef, shape: &[usize], padding: u32, tokens: bool) -> Built {
    let affine = |scale, offset| {
        let (scale, offset) = (Constant::scalar(scale), Constant::scalar(offset));
        Op::Affine(Affine { scale, offset })
    };
    let mut chain = Chain::new();
    chain.then(ids, affine(1.0, -f64::from(padding)), shape);
    chain.then(ids, Op::Function(Function::of(Unary::IsZero)), shape);
    if tokens {
        chain.then(ids, affine(-1.0, 1.0), shape);
    }
    chain.build()
}

/// Refuses an operator that is not known, whatever it reads: constants, or else a tensor.
pub(super) fn known(operator: &str, in_ml: bool, constant: bool) -> Result<(), Problem> {
    // It is asked about one number. Whatever else is wrong with that, only an operator that
    // is on no list is refused as such.
    let literal = Literal::float(vec![1, 1], vec![0.0]);
    let argument = if constant {
        Argument::Literal(&literal)
    } else {
        Argument::Tensor { tensor: TensorRef::Input, shape: &[1, 1] }
    };
    let mut budget = Budget::of_file(0);
    let mut call = Call::bare(operator, vec![argument], &mut budget)?;
    match if in_ml { ml::build(&mut call) } else { build(&mut call) } {
        Err(problem) if problem.kind == Kind::Operator => Err(problem),
        _ => Ok(()),
    }
}

/// Tensors one above the other, for what a loop collects.
pub(super) fn stacked(
    concat: Concat,
    arguments: Vec<Argument<'_>>,
    budget: &mut Budget,
) -> Result<Built, Problem> {
    concat::along(&mut Call::bare("Concat", arguments, budget)?, concat)
}
