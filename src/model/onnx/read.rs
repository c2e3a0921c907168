//! From the bytes of a file to a [`Graph`].

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;
use prost::bytes::Bytes;

use super::constant::{INT32, INT64};
use super::ending;
use super::ends::{self, Ends, Reading};
use super::error::OnnxError;
use super::held::Held;
use super::names::{self, Body, Live};
use super::nodes::ml;
use super::outputs::{self, Scores};
use super::proto::{FunctionProto, GraphProto, ModelProto, NodeProto, OperatorSetProto};
use super::refusals::Place;
use super::run::{Frame, Functions, NO_OPSET, Reader, Scope, Value};
use super::scan;
use super::tally::OperatorUse;
use crate::model::graph::{Graph, Problem, TensorRef, fused, recognised};
use crate::model::operators::evaluate;

/// Most bytes of a model file.
pub const MAX_MODEL_BYTES: usize = 1 << 30;
/// Most nodes of a model.
pub const MAX_NODES: usize = 4096;
const OPSETS: std::ops::RangeInclusive<i64> = 7..=25;
const ML_OPSETS: std::ops::RangeInclusive<i64> = 1..=5;

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
    survey(bytes, reading).graph
}

/// As [`read_as`], of a file that is not needed any more: its weights are not copied before they
/// are decoded.
///
/// # Errors
/// As [`read_as`].
pub fn read_owned(bytes: Vec<u8>, reading: &Reading) -> Result<Graph, OnnxError> {
    let length = bytes.len();
    gone_through(&decode(Bytes::from(bytes))?, length, reading, &mut Vec::new())
}

/// What reading a model found, whether it can be used or not.
#[derive(Debug)]
pub struct Survey {
    /// The model, or all that is refused of it.
    pub graph: Result<Graph, OnnxError>,
    /// Its operators, by name, as far as it was read.
    pub operators: Vec<OperatorUse>,
}

/// Reads a model, and counts its operators.
#[must_use]
pub fn survey(bytes: &[u8], reading: &Reading) -> Survey {
    let mut operators = Vec::new();
    let graph =
        copied(bytes).and_then(|model| gone_through(&model, bytes.len(), reading, &mut operators));
    Survey { graph, operators }
}

fn gone_through(
    model: &ModelProto,
    bytes: usize,
    reading: &Reading,
    operators: &mut Vec<OperatorUse>,
) -> Result<Graph, OnnxError> {
    let frame = Frame::of_model(opset_of(model).map_err(Problem::in_model)?);
    let functions = functions(&model.functions).map_err(Problem::in_model)?;
    let Entry { graph, body, live, arg_max, .. } = entry(model, reading.output.as_deref())?;
    let mut reader = Reader::new(functions, &live, bytes);
    let mut scope = Scope::outermost(&frame);
    reader.budget.steps(body.cost()).map_err(Problem::in_model)?;
    let mut held = Held::of(&body, &live);
    reader.initializers(&body, &live, &mut held, &mut scope)?;
    let input = ends::the_inputs(graph, &live).and_then(|inputs| {
        let info = inputs.document;
        let input = ends::input(info, reading.input_shape.as_deref())?;
        reader.input(input, (&info.name, ends::data_type(info)), &mut scope)?;
        reader.companions(&inputs, reading.padding, &mut scope)
    });
    if let Err(problem) = input {
        reader.refusals.note(Place::Model, problem)?;
        for &name in &body.inputs {
            scope.values.entry(name).or_insert(Value::Unknown { constant: false });
        }
    }
    let found = reader.nodes(&body, &live, &mut held, &mut scope);
    *operators = reader.tally.operators();
    let found = found?;
    if !reader.refusals.is_empty() {
        return Err(reader.refusals.into_error());
    }
    let name = body.outputs.first().copied().unwrap_or("");
    let found = numbers(&mut reader, found.first().cloned(), name)?;
    finish(reader, found.as_ref(), name, arg_max)
}

/// What a file says of its input and outputs; `output` as in [`Reading`].
///
/// # Errors
/// If it cannot be decoded, or its input or output is not one tensor.
pub fn ends_of(bytes: &[u8], output: Option<&str>) -> Result<Ends, OnnxError> {
    let model = copied(bytes)?;
    let Entry { graph, live, output, .. } = entry(&model, output)?;
    let info = ends::the_inputs(graph, &live).map_err(Problem::in_model)?.document;
    let mut input = ends::stated(info).map_err(Problem::in_model)?;
    if let [_, channels @ None, _, ..] = input.as_mut_slice() {
        *channels = ends::channels(graph, &info.name);
    }
    Ok(Ends {
        input,
        output: output.to_owned(),
        several_outputs: graph.output.len() > 1,
        whole_numbers: matches!(ends::data_type(info), INT32 | INT64),
    })
}

/// Whether a file is a TensorFlow Lite model, by its identifier.
#[must_use]
pub fn is_tflite(bytes: &[u8]) -> bool {
    bytes.get(4..8) == Some(b"TFL3")
}

/// What a file holds, apart from its bytes.
pub(super) fn copied(bytes: &[u8]) -> Result<ModelProto, OnnxError> {
    proportionate(bytes)?;
    ModelProto::decode(bytes).map_err(|error| OnnxError::Malformed(error.to_string()))
}

/// What a file holds, its weights where they are.
fn decode(bytes: Bytes) -> Result<ModelProto, OnnxError> {
    proportionate(&bytes)?;
    ModelProto::decode(bytes).map_err(|error| OnnxError::Malformed(error.to_string()))
}

/// Refuses a file that is not to be decoded.
fn proportionate(bytes: &[u8]) -> Result<(), OnnxError> {
    if bytes.len() > MAX_MODEL_BYTES {
        return Err(OnnxError::FileTooLarge { got: bytes.len(), limit: MAX_MODEL_BYTES });
    }
    if is_tflite(bytes) {
        return Err(OnnxError::TfLite);
    }
    scan::check(bytes)
}

/// The model's graph, and what counts of it.
struct Entry<'a> {
    graph: &'a GraphProto,
    /// The output that is read.
    output: &'a str,
    /// The graph with the scores of that output as its only one.
    body: Body<'a>,
    live: Live<'a>,
    /// The ArgMax that the output makes of the scores.
    arg_max: Option<&'a NodeProto>,
}

pub(super) fn graph(model: &ModelProto) -> Result<&GraphProto, OnnxError> {
    model.graph.as_ref().ok_or_else(|| Problem::malformed("it has no graph").in_model())
}

/// The model's graph with the output that is asked for.
fn entry<'a>(model: &'a ModelProto, asked: Option<&str>) -> Result<Entry<'a>, OnnxError> {
    let graph = graph(model)?;
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
    let output = outputs::output(graph, asked).map_err(Problem::in_model)?;
    let Scores { name, arg_max } = outputs::scores(graph, output);
    body.outputs = vec![name];
    let live = names::live(&body, &|_| false)?;
    Ok(Entry { graph, output, body, live, arg_max })
}

/// The version of a model's default operator set.
fn opset_of(model: &ModelProto) -> Result<i64, Problem> {
    match opset(&model.opset_import)? {
        Some(version) => Ok(version),
        // Trees alone need no other operators.
        None if model.opset_import.iter().any(|set| set.domain == ml::DOMAIN) => Ok(NO_OPSET),
        None => Err(Problem::malformed("it names no operator set of the default domain")),
    }
}

/// The version of the default operator set, if it is named; that of `ai.onnx.ml` is checked.
fn opset(imports: &[OperatorSetProto]) -> Result<Option<i64>, Problem> {
    let mut version = None;
    for set in imports {
        match set.domain.as_str() {
            // Some exporters name it twice, under either name.
            "" | "ai.onnx" if version.is_some_and(|version| version != set.version) => {
                return Err(Problem::malformed("it names the default operator set twice"));
            }
            "" | "ai.onnx" => version = Some(set.version),
            ml::DOMAIN if !ML_OPSETS.contains(&set.version) => {
                return Err(Problem::new(
                    format!(
                        "its operator set of {} is {}, supported are 1 to 5",
                        ml::DOMAIN,
                        set.version
                    ),
                    "export it again with an older one",
                ));
            }
            _ => {}
        }
    }
    let Some(version) = version else { return Ok(None) };
    if !OPSETS.contains(&version) {
        return Err(Problem::new(
            format!("its operator set is {version}, supported are 7 to 25"),
            "export it again with opset 17, say, or convert it (onnx.version_converter.convert_version)",
        ));
    }
    Ok(Some(version))
}

/// The functions of a model by domain, name and overload, each with the version of the
/// default operator set that it is written in.
fn functions(list: &[FunctionProto]) -> Result<Functions<'_>, Problem> {
    let mut functions = BTreeMap::new();
    for function in list {
        let name = &function.name;
        if matches!(function.domain.as_str(), "" | "ai.onnx" | ml::DOMAIN) {
            return Err(Problem::new(
                format!(
                    "it defines an operator `{name}` of its own in the domain `{}`",
                    function.domain
                ),
                "inline its functions: onnx.inliner.inline_local_functions(model)",
            ));
        }
        // One that only calls others need not name the default operator set.
        let opset = opset(&function.opset_import)
            .map_err(|problem| problem.of(&format!("of its function `{name}`")))?;
        let key = (function.domain.as_str(), name.as_str(), function.overload.as_str());
        if functions.insert(key, (function, opset)).is_some() {
            return Err(Problem::malformed(format!("it defines the function `{name}` twice")));
        }
    }
    Ok(functions)
}

/// An output of integers as numbers.
fn numbers(
    reader: &mut Reader<'_>,
    found: Option<Value>,
    name: &str,
) -> Result<Option<Value>, OnnxError> {
    let Some(Value::Integers(tensor, integers)) = found else { return Ok(found) };
    let found = reader.numbers(tensor, integers, name);
    found.map(Some).map_err(|problem| problem.in_node(name, "output"))
}

fn finish(
    reader: Reader<'_>,
    found: Option<&Value>,
    output: &str,
    arg_max: Option<&NodeProto>,
) -> Result<Graph, OnnxError> {
    let (mut graph, classes) = reader.into_graph();
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
        None | Some(Value::Missing | Value::Unknown { .. } | Value::Integers(..)) => {
            let problem = format!("its output `{output}` is not computed by a node");
            return Err(Problem::malformed(problem).in_model());
        }
    }
    let (graph, places) = recognised(graph);
    let mut graph = graph;
    let classes = classes.map(|(tensor, names)| (*places.get(&tensor).unwrap_or(&tensor), names));
    if let Some(node) = arg_max {
        ending::arg_max(node, graph.shape(graph.output))
            .map_err(|problem| problem.in_node(&node.name, &node.op_type))?;
    }
    let last = ending::check(&graph)?;
    if let Some((tensor, classes)) = classes
        && last.contains(&tensor)
        && classes.len() == graph.scores()
    {
        graph.classes = classes;
    }
    // The scores themselves may be computed by a function; what is seen through may not.
    let mut apart: BTreeSet<TensorRef> = last.into_iter().skip(1).collect();
    // Trees compare single precision, in which each node is rounded.
    let compared = evaluate::compared(&graph).into_iter().skip(1).enumerate();
    apart.extend(compared.filter(|(_, is)| *is).map(|(index, _)| TensorRef::Node(index)));
    Ok(fused(graph, &apart))
}
