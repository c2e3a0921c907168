//! Integers with a scale: QuantizeLinear, DequantizeLinear, and what may stand between them.
//!
//! A tensor of integers is kept as the real numbers that they stand for; what they stand for is
//! noted beside its name. Whatever reads it as integers has to agree with the note. Operators
//! that move elements or pick the greatest are the same over both. All others are refused over
//! integers, but for those with scales of their own (`qlinear`).

mod qlinear;
mod scales;

use super::super::constant::{INT32, INT64};
use super::{Built, Call, Source, Step};
use crate::model::graph::{Activation, Affine, Constant, Graph, Integers, Op, Problem, TensorRef};
pub(super) use scales::integer_type;

/// The domain of onnxruntime's own operators, of which those of its quantiser are read.
pub(in crate::model::onnx) const DOMAIN: &str = "com.microsoft";

/// What is known of integers among a node's inputs, and what a builder says of its outputs.
#[derive(Default)]
pub(in crate::model::onnx) struct Typed<'a> {
    /// For each input that is a tensor of integers, what these stand for.
    pub(in crate::model::onnx) integers: Vec<Option<Integers>>,
    /// For each input that is a constant, its element type if the file states it.
    pub(in crate::model::onnx) types: Vec<Option<i32>>,
    /// The graph so far.
    pub(in crate::model::onnx) graph: Option<&'a Graph>,
    /// What the integers of its outputs stand for, if they are integers.
    pub(in crate::model::onnx) result: Option<Integers>,
    /// The element type of its outputs, if they are constants.
    pub(in crate::model::onnx) constant: Option<i32>,
}

impl Typed<'_> {
    /// What the integers of an input stand for, if it is a tensor of integers, or of truth values.
    pub(super) fn noted(&self, index: usize) -> Option<Integers> {
        self.integers.get(index).copied().flatten()
    }

    /// The same, but not of truth values.
    fn of(&self, index: usize) -> Option<Integers> {
        self.noted(index).filter(|integers| *integers != Integers::TRUTH)
    }

    /// Whether an input is a tensor of integers.
    pub(in crate::model::onnx) fn any(&self) -> bool {
        self.integers.iter().any(Option::is_some)
    }
}

/// What an integer tensor has to become before anything else is done to it.
const DEQUANTISE: &str = "let DequantizeLinear come first, or use an operator with scales of its own (QLinearConv and its like)";

/// Whether an operator of onnxruntime's domain is read.
pub(in crate::model::onnx) fn knows(operator: &str) -> bool {
    matches!(operator, "QuantizeLinear" | "DequantizeLinear") || qlinear::of_onnxruntime(operator)
}

/// What becomes of a node that reads or makes integers; `None` for any other.
pub(super) fn build(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    match call.operator {
        "QuantizeLinear" => quantise(call).map(Some),
        "DequantizeLinear" => dequantise(call).map(Some),
        "DynamicQuantizeLinear" => Err(Problem::operator(
            "its scale depends on the document",
            "use static quantisation, where scales are constants: onnxruntime.quantization.quantize_static",
        )),
        operator if qlinear::knows(operator) => qlinear::build(call).map(Some),
        // Its mask may hold truth values.
        "Attention" if call.typed.integers.iter().flatten().all(|own| *own == Integers::TRUTH) => {
            Ok(None)
        }
        _ if call.typed.any() => over_integers(call).map(Some),
        _ => {
            // Constants that only move keep their type.
            if call.is_constant() && moves(call.operator) && call.typed.constant.is_none() {
                call.typed.constant = call.typed.types.first().copied().flatten();
            }
            Ok(None)
        }
    }
}

/// Operators whose output has the elements of their first input.
pub(super) fn moves(operator: &str) -> bool {
    matches!(
        operator,
        "Flatten"
            | "Reshape"
            | "Squeeze"
            | "Unsqueeze"
            | "Identity"
            | "Dropout"
            | "Transpose"
            | "Slice"
            | "Gather"
            | "Expand"
            | "Tile"
            | "Split"
            | "Pad"
            | "GatherND"
            | "GatherElements"
    )
}

/// QuantizeLinear of a tensor.
fn quantise(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    let stated = scales::parameters(call)?;
    let (tensor, shape) = call.tensor(0)?;
    if call.typed.noted(0).is_some() {
        return Err(Problem::malformed("its input holds integers already"));
    }
    let to = scales::target(call, 1, 2, stated)?;
    call.typed.result = Some(to);
    // A softmax at the end is skipped, and so is its rounding.
    if at_the_end(call.typed.graph, tensor) {
        return Ok(Built::Same(tensor));
    }
    Ok(Built::node(Op::Quantize(to), vec![tensor], shape.to_vec()))
}

/// Whether a tensor is what a softmax or normalisation gives, under whatever shape.
pub(in crate::model::onnx) fn at_the_end(graph: Option<&Graph>, mut tensor: TensorRef) -> bool {
    while let (Some(graph), TensorRef::Node(index)) = (graph, tensor) {
        let Some(node) = graph.nodes.get(index) else { return false };
        match (&node.op, node.inputs.first()) {
            (Op::Normalise(_), _) => return true,
            (Op::Softmax(_), _) => return node.is_softmax_of_all(),
            (Op::Reshape, Some(input)) => tensor = *input,
            _ => return false,
        }
    }
    false
}

/// DequantizeLinear of a tensor.
fn dequantise(call: &mut Call<'_>) -> Result<Built, Problem> {
    call.arity(2, 3)?;
    scales::parameters(call)?;
    let (tensor, shape) = call.tensor(0)?;
    let own = call.typed.of(0).ok_or_else(|| Problem::malformed("its input holds no integers"))?;
    let (scale, zero) = scales::along_axis(call, 1, 2, shape)?;
    let same = |scale: &f64| *scale == own.scale;
    if at_the_end(call.typed.graph, tensor)
        || (scale.values.iter().all(same) && zero.iter().all(|zero| *zero == own.zero))
    {
        return Ok(Built::Same(tensor));
    }
    let op = Op::Affine(other(own, &scale, &zero));
    Ok(Built::node(op, vec![tensor], shape.to_vec()))
}

/// What other integers stand for: `scale · (integer − zero)`, made of what they were.
fn other(own: Integers, scale: &Constant, zero: &[i64]) -> Affine {
    let zero = |at: usize| zero.get(at).or(zero.first()).copied().unwrap_or(0);
    let offset = |(at, scale): (usize, &f64)| scale * own.zero.saturating_sub(zero(at)) as f64;
    let values = scale.values.iter().enumerate().map(offset).collect();
    Affine {
        scale: scale.map(|scale| scale / own.scale),
        offset: Constant { shape: scale.shape.clone(), values },
    }
}

/// An operator of the default domain over integers.
fn over_integers(call: &mut Call<'_>) -> Result<Built, Problem> {
    if call.typed.integers.iter().skip(1).any(Option::is_some) && call.operator != "Concat" {
        return Err(refusal(call));
    }
    let Some(own) = call.typed.integers.iter().copied().flatten().next() else {
        return Err(refusal(call));
    };
    match call.operator {
        "Shape" | "Size" => plain(call),
        "Pad" => {
            // What is added is an integer too.
            let mut built = plain(call)?;
            let mut filled = false;
            if let Built::Steps(steps) = &mut built
                && let Some(Op::Gather(gather)) = steps.first_mut().map(|step| &mut step.op)
            {
                gather.fill = own.real(gather.fill as i64);
                filled = gather.fill != 0.0;
            }
            call.typed.result = Some(own);
            Ok(if filled { rounded(built, own, None)? } else { built })
        }
        "Concat" => {
            for index in 0..call.arguments.len() {
                match call.typed.noted(index) {
                    Some(integers) if integers == own => {}
                    _ => {
                        return Err(Problem::new(
                            format!(
                                "{} has another scale, zero point or type than the first",
                                call.called(index)
                            ),
                            "give all its inputs one scale and zero point, or use QLinearConcat",
                        ));
                    }
                }
            }
            call.typed.result = Some(own);
            plain(call)
        }
        "MaxPool" | "GlobalMaxPool" | "ReduceMax" | "ReduceMin" => {
            call.typed.result = Some(own);
            plain(call)
        }
        "Relu" | "Clip" => {
            let function = if call.operator == "Relu" {
                call.arity(1, 1)?;
                Activation::Clip { low: own.real(0), high: f64::INFINITY }
            } else {
                scales::clip(call, own)?
            };
            let (tensor, shape) = call.tensor(0)?;
            call.typed.result = Some(own);
            let op = Op::Activation(function);
            rounded(Built::node(op, vec![tensor], shape.to_vec()), own, None)
        }
        "Cast" => {
            call.attributes.ignore("saturate");
            let to = call.attributes.int_or("to", 0)?;
            if !super::cast::is_float(to) {
                return Err(refusal(call));
            }
            call.arity(1, 1)?;
            let (tensor, shape) = call.tensor(0)?;
            if (own.scale, own.zero) == (1.0, 0) {
                return Ok(Built::Same(tensor));
            }
            let op = Op::Affine(other(own, &Constant::scalar(1.0), &[0]));
            Ok(Built::node(op, vec![tensor], shape.to_vec()))
        }
        operator if moves(operator) => {
            call.typed.result = Some(own);
            plain(call)
        }
        _ => Err(refusal(call)),
    }
}

fn refusal(call: &Call<'_>) -> Problem {
    let truth = call.typed.integers.contains(&Some(Integers::TRUTH));
    let (what, advice) = if truth {
        ("truth values", "cast them to floats first")
    } else {
        ("integers", DEQUANTISE)
    };
    Problem::new(
        format!("{} of {what} that depend on the document is not supported", call.operator),
        advice,
    )
}

/// The same operator over the real numbers that the integers stand for.
fn plain(call: &mut Call<'_>) -> Result<Built, Problem> {
    let integers = std::mem::take(&mut call.typed.integers);
    let built = super::build(call);
    call.typed.integers = integers;
    built
}

/// Steps, and the rounding of their result to integers. `same` is what they read, in case that
/// there are none.
fn rounded(built: Built, to: Integers, same: Option<(Source, &[usize])>) -> Result<Built, Problem> {
    let (mut steps, source, shape) = match (built, same) {
        (Built::Steps(steps), _) => {
            let last = steps.len().checked_sub(1);
            let shape = steps.last().map(|step| step.shape.clone());
            match (last, shape) {
                (Some(last), Some(shape)) => (steps, Source::Step(last), shape),
                _ => return Err(Problem::malformed("it has no steps")),
            }
        }
        (Built::Same(_), Some((source, shape))) => (Vec::new(), source, shape.to_vec()),
        _ => return Err(Problem::malformed("its result does not depend on the document")),
    };
    steps.push(Step { op: Op::Quantize(to), inputs: vec![source], shape });
    Ok(Built::Steps(steps))
}

/// What the reader adds to an output of integers: the integers themselves, as numbers.
pub(in crate::model::onnx) fn as_numbers(
    tensor: TensorRef,
    own: Integers,
    shape: &[usize],
) -> Option<Built> {
    if (own.scale, own.zero) == (1.0, 0) {
        return None;
    }
    let step = |op, source| Step { op, inputs: vec![source], shape: shape.to_vec() };
    let affine = other(own, &Constant::scalar(1.0), &[0]);
    let to = Integers::plain(own.low, own.high);
    Some(Built::Steps(vec![
        step(Op::Affine(affine), Source::Tensor(tensor)),
        step(Op::Quantize(to), Source::Step(0)),
    ]))
}

/// Integers that two bytes of a view can be.
const IDS: Integers = Integers::plain(0, (1 << 16) - 1);

/// What the reader puts before an input of integers: the nearest of its type, or of those that
/// a view can hold.
pub(in crate::model::onnx) fn of_input(
    data_type: i32,
    shape: &[usize],
) -> Option<(Built, Integers)> {
    if matches!(data_type, INT32 | INT64) {
        let ids = Built::node(Op::Quantize(IDS), vec![TensorRef::Input], shape.to_vec());
        return Some((ids, Integers::WHOLE));
    }
    let (low, high) = integer_type(data_type)?;
    let to = Integers::plain(low, high);
    let op = Op::Quantize(to);
    Some((Built::node(op, vec![TensorRef::Input], shape.to_vec()), to))
}
