//! From the bytes of a file to a [`Graph`].

use std::collections::BTreeMap;

use prost::Message;

use super::ends::{self, Ends, Reading};
use super::error::OnnxError;
use super::names::{self, Body, Live};
use super::proto::{FunctionProto, GraphProto, ModelProto, OperatorSetProto};
use super::run::{Frame, Functions, Reader, Scope, Value};
use super::scan;
use crate::model::graph::{Graph, Op, Problem, TensorRef};

/// Most bytes of a model file.
pub const MAX_MODEL_BYTES: usize = 64 << 20;
/// Most nodes of a model.
pub const MAX_NODES: usize = 4096;
const OPSETS: std::ops::RangeInclusive<i64> = 7..=25;

/// Reads a model that leaves nothing open.
///
/// # Errors
/// If the file is malformed, over a limit, or holds anything that is not
/// supported.
pub fn read(bytes: &[u8]) -> Result<Graph, OnnxError> {
    read_as(bytes, &Reading::default())
}

/// Reads a model.
///
/// # Errors
/// As [`read()`], and if `reading` does not fit the file.
pub fn read_as(bytes: &[u8], reading: &Reading) -> Result<Graph, OnnxError> {
    let model = decode(bytes)?;
    let frame = Frame::of_model(opset(&model.opset_import).map_err(Problem::in_model)?);
    let functions = functions(&model.functions).map_err(Problem::in_model)?;
    let (graph, body, live) = entry(&model, reading.output.as_deref())?;
    let info = ends::the_input(graph, &live);
    let mut reader = Reader::new(functions, &live);
    let mut scope = Scope::outermost(&frame);
    reader.budget.steps(body.cost()).map_err(Problem::in_model)?;
    reader.initializers(&body, &live, &mut scope)?;
    let info = info.map_err(Problem::in_model)?;
    let input = ends::input(info, reading.input_shape.as_deref()).map_err(Problem::in_model)?;
    reader.input(input, &info.name, &mut scope).map_err(Problem::in_model)?;
    let found = reader.nodes(&body, &live, &mut scope)?;
    let name = body.outputs.first().copied().unwrap_or("");
    finish(reader.into_graph(), found.first(), name)
}

/// What a file says of its input and outputs; `output` as in [`Reading`].
///
/// # Errors
/// If it cannot be decoded, or its input or output is not one tensor.
pub fn ends_of(bytes: &[u8], output: Option<&str>) -> Result<Ends, OnnxError> {
    let model = decode(bytes)?;
    let (graph, body, live) = entry(&model, output)?;
    let info = ends::the_input(graph, &live).map_err(Problem::in_model)?;
    Ok(Ends {
        input: ends::stated(info).map_err(Problem::in_model)?,
        output: body.outputs.first().copied().unwrap_or("").to_owned(),
        several_outputs: graph.output.len() > 1,
    })
}

/// Whether a file is a TensorFlow Lite model, by its identifier.
#[must_use]
pub fn is_tflite(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"TFL3")
}

fn decode(bytes: &[u8]) -> Result<ModelProto, OnnxError> {
    if bytes.len() > MAX_MODEL_BYTES {
        return Err(OnnxError::FileTooLarge { got: bytes.len(), limit: MAX_MODEL_BYTES });
    }
    if is_tflite(bytes) {
        return Err(OnnxError::TfLite);
    }
    scan::check(bytes)?;
    ModelProto::decode(bytes).map_err(|error| OnnxError::Malformed(error.to_string()))
}

/// The model's graph with the output that is asked for.
fn entry<'a>(
    model: &'a ModelProto,
    output: Option<&str>,
) -> Result<(&'a GraphProto, Body<'a>, Live<'a>), OnnxError> {
    let graph =
        model.graph.as_ref().ok_or_else(|| Problem::malformed("it has no graph").in_model())?;
    if !graph.sparse_initializer.is_empty() {
        return Err(Problem::new("it has sparse weights", "export dense weights").in_model());
    }
    if graph.node.len() > MAX_NODES {
        let problem = format!("it has {} nodes, the limit is {MAX_NODES}", graph.node.len());
        return Err(Problem::new(problem, "simplify it (onnxsim) or use a smaller one").in_model());
    }
    // Names first: whatever else is wrong, they are what messages speak of.
    let mut body = Body::graph(graph);
    names::check(&body, &|_| false)?;
    body.outputs = vec![ends::output(graph, output).map_err(Problem::in_model)?];
    let live = names::live(&body, &|_| false)?;
    Ok((graph, body, live))
}

/// The version of the default operator set.
fn opset(imports: &[OperatorSetProto]) -> Result<i64, Problem> {
    let mut versions = imports
        .iter()
        .filter(|set| matches!(set.domain.as_str(), "" | "ai.onnx"))
        .map(|set| set.version);
    let version = versions
        .next()
        .ok_or_else(|| Problem::malformed("it names no operator set of the default domain"))?;
    if versions.next().is_some() {
        return Err(Problem::malformed("it names the default operator set twice"));
    }
    if !OPSETS.contains(&version) {
        return Err(Problem::new(
            format!("its operator set is {version}, supported are 7 to 25"),
            "export it again with opset 17, say, or convert it (onnx.version_converter.convert_version)",
        ));
    }
    Ok(version)
}

/// The functions of a model by domain, name and overload, each with the version of the
/// default operator set that it is written in.
fn functions(list: &[FunctionProto]) -> Result<Functions<'_>, Problem> {
    let mut functions = BTreeMap::new();
    for function in list {
        let name = &function.name;
        if matches!(function.domain.as_str(), "" | "ai.onnx" | "ai.onnx.ml") {
            return Err(Problem::new(
                format!(
                    "it defines an operator `{name}` of its own in the domain `{}`",
                    function.domain
                ),
                "inline its functions: onnx.inliner.inline_local_functions(model)",
            ));
        }
        // One that only calls others need not name the default operator set.
        let names_it =
            function.opset_import.iter().any(|set| matches!(set.domain.as_str(), "" | "ai.onnx"));
        let opset = if names_it {
            Some(opset(&function.opset_import).map_err(|problem| {
                Problem::new(
                    format!("of its function `{name}`: {}", problem.problem),
                    problem.advice,
                )
            })?)
        } else {
            None
        };
        let key = (function.domain.as_str(), name.as_str(), function.overload.as_str());
        if functions.insert(key, (function, opset)).is_some() {
            return Err(Problem::malformed(format!("it defines the function `{name}` twice")));
        }
    }
    Ok(functions)
}

fn finish(mut graph: Graph, found: Option<&Value>, output: &str) -> Result<Graph, OnnxError> {
    match found {
        Some(Value::Tensor(tensor @ TensorRef::Node(_))) => graph.output = *tensor,
        Some(Value::Tensor(TensorRef::Input)) => {
            let problem = format!("its output `{output}` is its input");
            let advice = "export a model that computes scores";
            return Err(Problem::new(problem, advice).in_model());
        }
        Some(Value::Literal(_)) => {
            let problem = format!("its output `{output}` does not depend on its input");
            let advice = "export a model whose scores depend on the document";
            return Err(Problem::new(problem, advice).in_model());
        }
        None | Some(Value::Missing) => {
            let problem = format!("its output `{output}` is not computed by a node");
            return Err(Problem::malformed(problem).in_model());
        }
    }
    softmax_is_last(&graph)?;
    Ok(graph)
}

/// A softmax is seen through where only reshapes follow it. What
/// does not lead to the output is gone by now, so it is enough to walk back.
fn softmax_is_last(graph: &Graph) -> Result<(), OnnxError> {
    let mut tensor = graph.output;
    let mut reader = None;
    while let TensorRef::Node(index) = tensor {
        let Some(node) = graph.nodes.get(index) else { break };
        match (&node.op, node.inputs.first()) {
            (Op::Reshape, Some(input)) => tensor = *input,
            (Op::Softmax(_), Some(input)) if reader.is_none() => {
                reader = Some(node);
                tensor = *input;
            }
            _ => break,
        }
    }
    let last = match reader {
        Some(node) => graph.nodes.iter().position(|other| std::ptr::eq(other, node)),
        None => None,
    };
    let inner = graph
        .nodes
        .iter()
        .enumerate()
        .find(|(index, node)| matches!(node.op, Op::Softmax(_)) && Some(*index) != last);
    let Some((index, node)) = inner else { return Ok(()) };
    let reader = graph.nodes.iter().find(|other| other.inputs.contains(&TensorRef::Node(index)));
    let by = reader.map_or_else(String::new, |reader| {
        format!(": `{}` ({}) reads it", reader.name, reader.operator)
    });
    let problem = Problem::new(
        format!("its result is not the model's output{by}"),
        "export the model so that it ends in the softmax, or without it (the scores before it have the same order)",
    );
    Err(problem.in_node(&node.name, &node.operator))
}
