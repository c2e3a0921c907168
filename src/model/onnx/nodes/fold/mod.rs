//! Operators whose inputs are all constants: shapes that a graph computes, weights that
//! it unpacks, scales or moves. Floats are not rounded to 32 bits. What a result takes is
//! counted before it is computed.

mod elementwise;
mod make;
mod places;
mod product;
mod quantized;
mod through;

use super::super::budget::Budget;
use super::super::constant::Literal;
use super::{Built, Call, function};
use crate::model::graph::Problem;

/// The result of an operator over constants, if it is one of those that are done here.
/// Those that move or rename elements are done beside their kind for tensors.
pub(super) fn build(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    let literal = match call.operator {
        "Add" | "Sub" | "Mul" | "Div" | "Pow" | "Mod" | "Equal" | "Greater" | "Less"
        | "GreaterOrEqual" | "LessOrEqual" | "And" | "Or" | "Xor" => elementwise::binary(call)?,
        "Min" | "Max" | "Sum" | "Mean" => elementwise::of_many(call)?,
        "Not" | "IsNaN" | "IsInf" => elementwise::unary(call)?,
        operator if function::unary(operator).is_some() => elementwise::unary(call)?,
        "Where" => elementwise::choice(call)?,
        "MatMul" => product::matmul(call)?,
        "Range" => make::range(call)?,
        "OneHot" => make::one_hot(call)?,
        "EyeLike" => make::eye(call)?,
        "NonZero" => make::non_zero(call)?,
        "CumSum" => make::cumulated(call)?,
        "ArgMax" | "ArgMin" => make::arg(call)?,
        "Trilu" => places::trilu(call)?,
        "GatherND" => places::gather_nd(call)?,
        "GatherElements" => places::gather_elements(call)?,
        "ScatterND" => places::scatter_nd(call)?,
        "ScatterElements" | "Scatter" => places::scatter_elements(call)?,
        "DequantizeLinear" => quantized::dequantized(call)?,
        "QuantizeLinear" => quantized::quantized(call)?,
        "AveragePool"
        | "BatchNormalization"
        | "Celu"
        | "ReduceL1"
        | "ReduceL2"
        | "ReduceSumSquare"
        | "ReduceLogSum"
        | "Conv"
        | "ConvTranspose"
        | "DepthToSpace"
        | "Einsum"
        | "Elu"
        | "Gelu"
        | "Gemm"
        | "GlobalAveragePool"
        | "GlobalMaxPool"
        | "GroupNormalization"
        | "HardSigmoid"
        | "HardSwish"
        | "InstanceNormalization"
        | "LayerNormalization"
        | "LeakyRelu"
        | "LogSoftmax"
        | "LpNormalization"
        | "MaxPool"
        | "MeanVarianceNormalization"
        | "Mish"
        | "PRelu"
        | "RMSNormalization"
        | "Resize"
        | "RotaryEmbedding"
        | "Selu"
        | "Shrink"
        | "Softmax"
        | "Softplus"
        | "Softsign"
        | "SpaceToDepth"
        | "Swish"
        | "ThresholdedRelu" => {
            return through::build(call).map(Some);
        }
        _ => return Ok(None),
    };
    Ok(Some(Built::Literal(literal)))
}

/// The elements of a constant at the given places; elsewhere zero.
fn picked(
    source: &Literal,
    places: &[Option<usize>],
    shape: Vec<usize>,
    budget: &mut Budget,
) -> Result<Literal, Problem> {
    fn pick<T: Copy>(values: &[T], places: &[Option<usize>], zero: T) -> Vec<T> {
        let of = |at: &Option<usize>| at.and_then(|at| values.get(at)).copied().unwrap_or(zero);
        places.iter().map(of).collect()
    }
    budget.elements(places.len())?;
    Ok(match source {
        Literal::Float(constant) => Literal::float(shape, pick(&constant.values, places, 0.0)),
        Literal::Int { values, .. } => Literal::Int { shape, values: pick(values, places, 0) },
        Literal::Bool { values, .. } => {
            Literal::Bool { shape, values: pick(values, places, false) }
        }
    })
}
