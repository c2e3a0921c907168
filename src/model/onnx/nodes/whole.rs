//! Whole numbers that depend on the document: the ids of tokens, bytes that stand for themselves,
//! and what is counted or compared of them.
//!
//! They are kept as numbers and noted as [`Integers::WHOLE`]. What is done to them is the same as
//! for real numbers, as long as nothing is divided.

use super::super::constant::{BOOL, INT32, INT64, Literal, UINT32, UINT64};
use super::steps::Steps;
use super::{
    Argument, Built, Call, Source, Step, attention, cast, embedding, places, quantised, rotary,
    truth,
};
use crate::model::graph::{
    Affine, Constant, Function, Integers, Op, Problem, TensorRef, Unary, is_truth,
};

/// Integers that floats of the document become.
const CAST: Integers = Integers::plain(-(1 << 16), (1 << 16) - 1);

/// What becomes of a node that reads whole numbers of the document; `None` for any other.
pub(super) fn build(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    let whole = |index: usize| call.typed.noted(index) == Some(Integers::WHOLE);
    if call.operator == "Cast" && matches!(call.at(0), Argument::Tensor { .. }) {
        return converted(call);
    }
    if !(0..call.arguments.len()).any(whole) {
        return Ok(None);
    }
    let alike = (0..call.arguments.len()).all(|index| {
        whole(index)
            || call.typed.noted(index).is_none()
                && !matches!(call.at(index), Argument::Tensor { .. })
    });
    let built = match call.operator {
        "Gather" if embedding::picks(call) => return embedding::build(call).map(Some),
        _ if places::says(call) => return places::build(call).map(Some),
        "ArgMax" | "ArgMin" => return places::greatest(call).map(Some),
        "OneHot" => return embedding::one_hot(call).map(Some),
        "Attention" => return attention::build(call).map(Some),
        "RotaryEmbedding" => return rotary::build(call).map(Some),
        "Shape" | "Size" => return plainly(call, super::build).map(Some),
        "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal" if alike => {
            if let Some(built) = asked_of_truth(call)? {
                call.typed.result = Some(Integers::TRUTH);
                return Ok(Some(built));
            }
            let first = made_exact(call)?;
            let built = plainly(call, |call| {
                truth::build(call)?.ok_or_else(|| Problem::malformed("it compares nothing"))
            })?;
            return Ok(Some(after(first, built)));
        }
        "Where" if call.typed.noted(0) == Some(Integers::TRUTH) => plainly(call, super::build)?,
        "Mul" if alike => {
            let first = made_exact(call)?;
            let built = plainly(call, super::build)?;
            // A scale costs nothing, and needs no such numbers.
            let tensors = |index| matches!(call.at(index), Argument::Tensor { .. });
            if tensors(0) && tensors(1) { after(first, built) } else { built }
        }
        "Add" | "Sub" | "Neg" | "Abs" | "Sign" | "Max" | "Min" | "Sum" | "ReduceSum"
        | "ReduceMax" | "ReduceMin" | "CumSum" | "Clip" | "Where" | "Concat" | "Trilu"
        | "ScatterND" | "ScatterElements"
            if alike =>
        {
            plainly(call, super::build)?
        }
        operator if quantised::moves(operator) => plainly(call, super::build)?,
        operator => {
            return Err(Problem::new(
                format!("{operator} of whole numbers that depend on the document is not supported"),
                "cast them to floats first",
            ));
        }
    };
    call.typed.result = Some(Integers::WHOLE);
    Ok(Some(built))
}

/// The rounding of inputs that are computed of ids, as counts and places of tokens are, to the
/// whole numbers that they are: sums of the program are off by some 2⁻²⁴.
fn made_exact(call: &mut Call<'_>) -> Result<Vec<(TensorRef, Step)>, Problem> {
    let mut steps = Vec::new();
    for index in 0..call.arguments.len() {
        let Argument::Tensor { tensor, shape } = call.at(index) else { continue };
        let Some(graph) = call.typed.graph else { continue };
        if embedding::as_given(call, tensor) || is_truth(graph, tensor) {
            continue;
        }
        if let Some(op) = places::exactly(call, tensor)? {
            let step = Step { op, inputs: vec![Source::Tensor(tensor)], shape: shape.to_vec() };
            steps.push((tensor, step));
        }
    }
    Ok(steps)
}

/// What a node becomes if some of its inputs are changed first.
fn after(first: Vec<(TensorRef, Step)>, built: Built) -> Built {
    let Built::Steps(mut steps) = built else { return built };
    let count = first.len();
    for source in steps.iter_mut().flat_map(|step| &mut step.inputs) {
        *source = match *source {
            Source::Step(at) => Source::Step(at.saturating_add(count)),
            Source::Tensor(tensor) => {
                let at = first.iter().position(|(own, _)| *own == tensor);
                at.map_or(Source::Tensor(tensor), Source::Step)
            }
        };
    }
    let first = first.into_iter().map(|(_, step)| step);
    Built::Steps(first.chain(steps).collect())
}

/// A comparison of what is 0 or 1 anyway, as a mask of tokens is, with one number.
fn asked_of_truth(call: &Call<'_>) -> Result<Option<Built>, Problem> {
    let (at, other) = if matches!(call.at(0), Argument::Tensor { .. }) { (0, 1) } else { (1, 0) };
    let (tensor, shape) = call.tensor(at)?;
    let (Some(graph), Argument::Literal(Literal::Int { values, shape: own })) =
        (call.typed.graph, call.at(other))
    else {
        return Ok(None);
    };
    let (true, [number], true) =
        (is_truth(graph, tensor), values.as_slice(), own.len() <= shape.len())
    else {
        return Ok(None);
    };
    let holds = |value: i64| {
        let (left, right) = if at == 0 { (value, *number) } else { (*number, value) };
        let holds = match call.operator {
            "Greater" => left > right,
            "GreaterOrEqual" => left >= right,
            "Less" => left < right,
            "LessOrEqual" => left <= right,
            _ => left == right,
        };
        f64::from(u8::from(holds))
    };
    let (nothing, one) = (holds(0), holds(1));
    if (nothing, one) == (0.0, 1.0) {
        return Ok(Some(Built::Same(tensor)));
    }
    let (scale, offset) = (Constant::scalar(one - nothing), Constant::scalar(nothing));
    let op = Op::Affine(Affine { scale, offset });
    Ok(Some(Built::node(op, vec![tensor], shape.to_vec())))
}

/// Cast from whole numbers, and to them.
fn converted(call: &mut Call<'_>) -> Result<Option<Built>, Problem> {
    let noted = call.typed.noted(0);
    let from_whole = noted == Some(Integers::WHOLE);
    let mut peek = call.attributes.clone();
    let to = i32::try_from(peek.int_or("to", 0)?).unwrap_or(0);
    // Bytes that stand for themselves are whole numbers once they are of a wider type.
    let bytes =
        noted.is_some_and(|own| own != Integers::TRUTH && (own.scale, own.zero) == (1.0, 0));
    let to_whole = matches!(to, INT32 | INT64 | UINT32 | UINT64);
    if !from_whole && !(to_whole && (bytes || noted.is_none())) {
        return Ok(None);
    }
    let to = cast::target(call)?;
    let (tensor, shape) = call.tensor(0)?;
    if to == BOOL {
        let shape = shape.to_vec();
        call.typed.result = Some(Integers::TRUTH);
        if call.typed.graph.is_some_and(|graph| is_truth(graph, tensor)) {
            return Ok(Some(Built::Same(tensor)));
        }
        return Ok(Some(truth::not_zero(tensor, shape)));
    }
    if cast::is_float(i64::from(to)) {
        return Ok(Some(Built::Same(tensor)));
    }
    if cast::range(to).is_none() {
        return Err(cast::refusal(to));
    }
    call.typed.result = Some(Integers::WHOLE);
    if from_whole || bytes {
        return Ok(Some(Built::Same(tensor)));
    }
    // Towards zero, as ONNX has it.
    let mut steps = Steps::default();
    let part = (Source::Tensor(tensor), shape.to_vec());
    let truncated = steps.add(Op::Function(Function::of(Unary::Truncate)), vec![part.0], part.1);
    steps.add(Op::Quantize(CAST), vec![truncated.0], truncated.1);
    Ok(Some(steps.build()))
}

/// The same operator over real numbers.
fn plainly(
    call: &mut Call<'_>,
    build: impl FnOnce(&mut Call<'_>) -> Result<Built, Problem>,
) -> Result<Built, Problem> {
    let places = |operator: &str, index: usize| match operator {
        // These say where, and stay what they are.
        "Where" => index == 0,
        "Concat" | "Add" | "Sub" | "Mul" | "Max" | "Min" | "Sum" | "Clip" | "Greater"
        | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal" => false,
        "ScatterND" | "ScatterElements" => index == 1,
        _ => index > 0,
    };
    let mut literals: Vec<Option<Literal>> = Vec::with_capacity(call.arguments.len());
    for index in 0..call.arguments.len() {
        literals.push(match call.at(index) {
            Argument::Literal(Literal::Int { shape, values }) if !places(call.operator, index) => {
                call.budget.elements(values.len())?;
                let values = values.iter().map(|value| *value as f64).collect();
                Some(Literal::Float(Constant { shape: shape.clone(), values }))
            }
            _ => None,
        });
    }
    let mut arguments = call.arguments.clone();
    for (slot, literal) in arguments.iter_mut().zip(&literals) {
        if let Some(literal) = literal {
            *slot = Argument::Literal(literal);
        }
    }
    let truth = |own: &Option<Integers>| own.filter(|own| *own == Integers::TRUTH);
    let mut plain = Call {
        operator: call.operator,
        opset: call.opset,
        attributes: call.attributes.clone(),
        arguments,
        names: call.names,
        outputs: call.outputs,
        named: call.named,
        also_read: call.also_read,
        budget: &mut *call.budget,
        classes: Vec::new(),
        typed: quantised::Typed {
            integers: call.typed.integers.iter().map(truth).collect(),
            graph: call.typed.graph,
            ..quantised::Typed::default()
        },
    };
    let built = build(&mut plain)?;
    let (result, constant) = (plain.typed.result, plain.typed.constant);
    let used = plain.attributes.into_used();
    call.attributes.also_used(used);
    call.typed.result = result;
    call.typed.constant = constant;
    Ok(built)
}
