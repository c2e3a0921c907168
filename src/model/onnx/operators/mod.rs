//! The supported operators: attributes checked, shapes inferred.

mod arithmetic;
mod layers;
mod layout;
mod window;

use super::attributes::Attributes;
use super::constant::{self, Constant, Literal};
use super::error::Problem;
use super::graph::{Activation, Op, TensorRef};

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
    /// Number of named outputs.
    pub(super) outputs: usize,
}

/// What a node turned out to be.
pub(super) enum Built {
    Literal(Literal),
    Node { op: Op, inputs: Vec<TensorRef>, shape: Vec<usize> },
}

impl<'a> Call<'a> {
    fn at(&self, index: usize) -> Argument<'a> {
        self.arguments.get(index).cloned().unwrap_or(Argument::Missing)
    }

    /// Refuses more inputs than the operator has, or fewer.
    fn arity(&self, least: usize, most: usize) -> Result<(), Problem> {
        let got = self.arguments.len();
        if (least..=most).contains(&got) {
            return Ok(());
        }
        Err(Problem::malformed(format!("it has {got} inputs, expected {least} to {most}")))
    }

    /// An input that is computed from the document.
    fn tensor(&self, index: usize) -> Result<(TensorRef, &'a [usize]), Problem> {
        match self.at(index) {
            Argument::Tensor { tensor, shape } => Ok((tensor, shape)),
            Argument::Literal(_) => Err(Problem::new(
                format!("input {index} is a constant"),
                "fold the constants of the model (onnxsim, or the exporter's constant folding)",
            )),
            Argument::Missing => Err(Problem::malformed(format!("input {index} is missing"))),
        }
    }

    /// A constant float input, `None` if left out.
    fn constant(&self, index: usize) -> Result<Option<&'a Constant>, Problem> {
        match self.at(index) {
            Argument::Missing => Ok(None),
            Argument::Literal(Literal::Float(constant)) => Ok(Some(constant)),
            Argument::Literal(Literal::Int { .. }) => {
                Err(Problem::malformed(format!("input {index} holds integers, expected floats")))
            }
            Argument::Tensor { .. } => Err(Problem::new(
                format!("input {index} is computed from the document, expected a constant"),
                "use a model in which it is a weight",
            )),
        }
    }

    fn required(&self, index: usize) -> Result<&'a Constant, Problem> {
        self.constant(index)?.ok_or_else(|| Problem::malformed(format!("input {index} is missing")))
    }

    /// A constant list of integers (axes, a shape), `None` if left out.
    fn integers(&self, index: usize) -> Result<Option<&'a [i64]>, Problem> {
        match self.at(index) {
            Argument::Missing => Ok(None),
            Argument::Literal(Literal::Int { values, .. }) => Ok(Some(values)),
            Argument::Literal(Literal::Float(_)) => {
                Err(Problem::malformed(format!("input {index} holds floats, expected integers")))
            }
            Argument::Tensor { .. } => Err(Problem::new(
                format!("input {index} is not a constant"),
                "export the model with fixed shapes, or simplify it (onnxsim)",
            )),
        }
    }

    /// An optional constant scalar.
    fn scalar(&self, index: usize) -> Result<Option<f64>, Problem> {
        let Some(constant) = self.constant(index)? else {
            return Ok(None);
        };
        match constant.values.as_slice() {
            [value] => Ok(Some(*value)),
            _ => Err(Problem::malformed(format!("input {index} is not a scalar"))),
        }
    }
}

const SUPPORTED: &str = "rewrite the model with Conv, Gemm, MatMul, Add, Sub, Mul, Div, BatchNormalization, Relu, LeakyRelu, Clip, Sigmoid, pooling, reshaping, Transpose and Concat";

pub(super) fn build(call: &mut Call<'_>) -> Result<Built, Problem> {
    let several = matches!(call.operator, "BatchNormalization" | "Dropout" | "MaxPool");
    if call.outputs > 1 && !several {
        return Err(Problem::malformed(format!("it has {} outputs", call.outputs)));
    }
    match call.operator {
        "Conv" => layers::conv(call),
        "Gemm" => layers::gemm(call),
        "MatMul" => layers::matmul(call),
        "BatchNormalization" => layers::batch_normalization(call),
        "Add" | "Sub" | "Mul" | "Div" => arithmetic::binary(call),
        "Relu" | "LeakyRelu" | "Clip" | "Sigmoid" => activation(call),
        "MaxPool" => window::max_pool(call),
        "AveragePool" => window::average_pool(call),
        "GlobalAveragePool" => window::global_average_pool(call),
        "Flatten" | "Reshape" | "Squeeze" | "Unsqueeze" | "Identity" | "Dropout" | "Cast" => {
            layout::view(call)
        }
        "Transpose" => layout::transpose(call),
        "Concat" => layout::concat(call),
        "Softmax" | "LogSoftmax" => softmax(call),
        "Constant" => literal(call),
        _ => Err(Problem::new("this operator is not supported", SUPPORTED)),
    }
}

fn unary(call: &Call<'_>, op: Op) -> Result<Built, Problem> {
    let (tensor, shape) = call.tensor(0)?;
    Ok(Built::Node { op, inputs: vec![tensor], shape: shape.to_vec() })
}

fn activation(call: &mut Call<'_>) -> Result<Built, Problem> {
    let activation = match call.operator {
        "Relu" => Activation::Relu,
        "Sigmoid" => Activation::Sigmoid,
        "LeakyRelu" => {
            let alpha = call.attributes.float_or("alpha", 0.01)?;
            if !(0.0..=1e6).contains(&alpha) {
                return Err(Problem::new(
                    format!("a slope of {alpha} below zero is not supported"),
                    "use a slope of 0 or more",
                ));
            }
            Activation::LeakyRelu { alpha }
        }
        _ => clip(call)?,
    };
    if !matches!(activation, Activation::Clip { .. }) {
        call.arity(1, 1)?;
    }
    unary(call, Op::Activation(activation))
}

fn clip(call: &mut Call<'_>) -> Result<Activation, Problem> {
    let (low, high) = if call.opset < 11 {
        call.arity(1, 1)?;
        (call.attributes.float("min")?, call.attributes.float("max")?)
    } else {
        call.arity(1, 3)?;
        (call.scalar(1)?, call.scalar(2)?)
    };
    let low = low.unwrap_or(f64::NEG_INFINITY);
    let high = high.unwrap_or(f64::INFINITY);
    if low > high {
        return Err(Problem::malformed(format!("its bounds {low} and {high} are out of order")));
    }
    Ok(Activation::Clip { low, high })
}

/// Softmax over all scores, which must lie along one axis.
fn softmax(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(1, 1)?;
    let (_, shape) = call.tensor(0)?;
    let default = if call.opset < 13 { 1 } else { -1 };
    let axis = super::shape::axis(call.attributes.int_or("axis", default)?, shape.len())?;
    let mut wide = shape.iter().enumerate().filter(|(_, dim)| **dim > 1).map(|(axis, _)| axis);
    let scores = wide.next();
    // Before opset 13 the tensor is flattened from the axis on.
    let covers = match scores {
        None => true,
        Some(scores) if call.opset < 13 => axis <= scores,
        Some(scores) => axis == scores,
    };
    if wide.next().is_some() || !covers {
        return Err(Problem::new(
            format!("softmax along axis {axis} of shape {shape:?} is not over all scores"),
            "let the model end in one vector of scores",
        ));
    }
    unary(call, Op::Softmax)
}

/// The Constant operator.
fn literal(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(0, 0)?;
    let attributes = &mut call.attributes;
    let float = |shape: Vec<usize>, values: Vec<f64>| {
        constant::finite(&values)?;
        Ok::<_, Problem>(Literal::Float(Constant { shape, values }))
    };
    let mut found = Vec::new();
    if let Some(tensor) = attributes.tensor("value")? {
        found.push(constant::decode(tensor)?);
    }
    if let Some(value) = attributes.float("value_float")? {
        found.push(float(Vec::new(), vec![value])?);
    }
    if let Some(list) = attributes.floats("value_floats")? {
        found.push(float(vec![list.len()], list.iter().copied().map(f64::from).collect())?);
    }
    if let Some(value) = attributes.int("value_int")? {
        found.push(Literal::Int { shape: Vec::new(), values: vec![value] });
    }
    if let Some(list) = attributes.ints("value_ints")? {
        found.push(Literal::Int { shape: vec![list.len()], values: list.to_vec() });
    }
    match (found.pop(), found.pop()) {
        (Some(literal), None) => Ok(Built::Literal(literal)),
        _ => Err(Problem::malformed("it does not hold exactly one value")),
    }
}
