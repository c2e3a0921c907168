//! From the bytes of a file to a [`Graph`].

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::attributes::Attributes;
use super::budget::Budget;
use super::constant::{self, DOUBLE, FLOAT, Literal};
use super::ending;
use super::error::OnnxError;
use super::names::{self, Live};
use super::nodes::{self, Argument, Built, Call, Source, Step, ml};
use super::proto::{GraphProto, ModelProto, NodeProto, OperatorSetProto, ValueInfoProto};
use super::scan;
use crate::model::graph::{Graph, Input, Node, Problem, TensorRef, shape};
use crate::model::operators;

/// Most bytes of a model file.
pub const MAX_MODEL_BYTES: usize = 64 << 20;
/// Most nodes of a model.
pub const MAX_NODES: usize = 4096;
const OPSETS: std::ops::RangeInclusive<i64> = 9..=25;
const ML_OPSETS: std::ops::RangeInclusive<i64> = 1..=5;
/// A model that has no operators of the default domain.
const NO_OPSET: i64 = 0;

/// Reads a model.
///
/// # Errors
/// If the file is malformed, over a limit, or holds anything that is not
/// supported.
pub fn read(bytes: &[u8]) -> Result<Graph, OnnxError> {
    if bytes.len() > MAX_MODEL_BYTES {
        return Err(OnnxError::FileTooLarge { got: bytes.len(), limit: MAX_MODEL_BYTES });
    }
    scan::check(bytes)?;
    let model =
        ModelProto::decode(bytes).map_err(|error| OnnxError::Malformed(error.to_string()))?;
    let opset = opset(&model).map_err(Problem::in_model)?;
    let graph =
        model.graph.as_ref().ok_or_else(|| Problem::malformed("it has no graph").in_model())?;
    if !graph.sparse_initializer.is_empty() {
        return Err(Problem::new("it has sparse weights", "export dense weights").in_model());
    }
    if graph.node.len() > MAX_NODES {
        let problem = format!("it has {} nodes, the limit is {MAX_NODES}", graph.node.len());
        return Err(Problem::new(problem, "simplify it (onnxsim) or use a smaller one").in_model());
    }
    let live = names::live(graph)?;
    let mut reader = Reader::new(graph, opset, &live)?;
    for (position, node) in graph.node.iter().enumerate() {
        if live.nodes.get(position) == Some(&true) {
            let name = names::node_name(position, node);
            reader.node(node, &name, &live).map_err(|p| p.in_node(&name, &node.op_type))?;
        }
    }
    reader.finish(&live)
}

fn opset(model: &ModelProto) -> Result<i64, Problem> {
    if !model.functions.is_empty() {
        return Err(Problem::new(
            "it defines functions of its own",
            "inline them: onnx.inliner.inline_local_functions(model)",
        ));
    }
    let versions = |domains: &'static [&'static str]| {
        let of = |set: &&OperatorSetProto| domains.contains(&set.domain.as_str());
        model.opset_import.iter().filter(of).map(|set| set.version)
    };
    let ml = versions(&[ml::DOMAIN]).max();
    if let Some(version) = versions(&[ml::DOMAIN]).find(|version| !ML_OPSETS.contains(version)) {
        return Err(Problem::new(
            format!("its operator set of {} is {version}, supported are 1 to 5", ml::DOMAIN),
            "export it again with an older one",
        ));
    }
    let version = match (versions(&["", "ai.onnx"]).min(), versions(&["", "ai.onnx"]).max()) {
        (Some(least), Some(most)) if least == most => most,
        (Some(_), _) => {
            return Err(Problem::malformed("it names the default operator set twice"));
        }
        // Trees alone need no other operators.
        (None, _) if ml.is_some() => return Ok(NO_OPSET),
        (None, _) => {
            return Err(Problem::malformed("it names no operator set of the default domain"));
        }
    };
    if !OPSETS.contains(&version) {
        return Err(Problem::new(
            format!("its operator set is {version}, supported are 9 to 25"),
            "export it again with opset 17, say, or convert it (onnx.version_converter.convert_version)",
        ));
    }
    Ok(version)
}

/// A named value of the graph.
enum Value {
    Literal(Literal),
    Tensor(TensorRef),
}

struct Reader {
    opset: i64,
    values: BTreeMap<String, Value>,
    graph: Graph,
    budget: Budget,
    /// The tensor whose elements were last given names, and those.
    classes: Option<(TensorRef, Vec<String>)>,
    /// Names of the file, and those made up for steps inside a node.
    taken: BTreeSet<String>,
}

impl Reader {
    fn new(proto: &GraphProto, opset: i64, live: &Live<'_>) -> Result<Self, OnnxError> {
        let mut values = BTreeMap::new();
        let mut budget = Budget::default();
        let mut constants = BTreeSet::new();
        for tensor in &proto.initializer {
            constants.insert(tensor.name.as_str());
            if !live.read.contains(tensor.name.as_str()) {
                continue;
            }
            let literal = constant::decode(tensor)
                .and_then(|literal| {
                    budget.elements(literal.len())?;
                    Ok(literal)
                })
                .map_err(|p| p.in_tensor(&tensor.name))?;
            values.insert(tensor.name.clone(), Value::Literal(literal));
        }
        let inputs: Vec<&ValueInfoProto> =
            proto.input.iter().filter(|info| !constants.contains(info.name.as_str())).collect();
        let info = the_input(&inputs, live).map_err(Problem::in_model)?;
        let input = input(info).map_err(Problem::in_model)?;
        budget.computed(&input.shape).map_err(Problem::in_model)?;
        values.insert(input.name.clone(), Value::Tensor(TensorRef::Input));
        let classes = Vec::new();
        let graph = Graph { input, nodes: Vec::new(), output: TensorRef::Input, classes };
        let taken = live.names.iter().map(|&name| name.to_owned()).collect();
        Ok(Self { opset, values, graph, budget, classes: None, taken })
    }

    fn node(&mut self, proto: &NodeProto, name: &str, live: &Live<'_>) -> Result<(), Problem> {
        let in_ml = proto.domain == ml::DOMAIN;
        if !in_ml && (!matches!(proto.domain.as_str(), "" | "ai.onnx") || self.opset == NO_OPSET) {
            return Err(Problem::new(
                format!("its domain `{}` is not supported", proto.domain),
                "export the model with the operators of the default domain and of ai.onnx.ml only",
            ));
        }
        let chosen = if in_ml { ml::scores_output(&proto.op_type) } else { 0 };
        // Inputs left out at the end may be spelled as empty names.
        let given = proto.input.iter().rposition(|name| !name.is_empty());
        let arguments = proto
            .input
            .iter()
            .take(given.map_or(0, |last| last.saturating_add(1)))
            .map(|input| argument(&self.values, &self.graph, input))
            .collect::<Result<Vec<_>, _>>()?;
        let read = |name: &String| live.read.contains(name.as_str());
        let mut call = Call {
            operator: &proto.op_type,
            opset: self.opset,
            attributes: Attributes::new(&proto.attribute)?,
            arguments,
            names: &proto.input,
            named: proto.output.iter().filter(|name| !name.is_empty()).count(),
            also_read: (proto.output.iter().enumerate())
                .find(|(at, name)| *at != chosen && read(name))
                .map(|(_, name)| name.as_str()),
            budget: &mut self.budget,
            classes: Vec::new(),
        };
        let built = if in_ml { ml::build(&mut call)? } else { nodes::build(&mut call)? };
        let classes = std::mem::take(&mut call.classes);
        call.attributes.finish()?;
        let output = proto.output.get(chosen).map_or("", String::as_str);
        let value = match built {
            Built::Literal(literal) => Value::Literal(literal),
            Built::Steps(steps) => Value::Tensor(self.steps(steps, proto, name, output)?),
        };
        if let (Value::Tensor(tensor), false) = (&value, classes.is_empty()) {
            self.classes = Some((*tensor, classes));
        }
        self.values.insert(output.to_owned(), value);
        Ok(())
    }

    /// Adds the steps of a node; the last of them has its name.
    fn steps(
        &mut self,
        steps: Vec<Step>,
        proto: &NodeProto,
        name: &str,
        output: &str,
    ) -> Result<TensorRef, Problem> {
        let first = self.graph.nodes.len();
        let last = steps.len().saturating_sub(1);
        for (position, Step { op, inputs, shape }) in steps.into_iter().enumerate() {
            let outputs = self.budget.computed(&shape)?;
            self.budget.elements(operators::of(&op).constants())?;
            self.budget.work(operators::work(&op, outputs))?;
            let output = if position == last { output.to_owned() } else { self.made_up(output) };
            let inputs = inputs
                .into_iter()
                .map(|source| match source {
                    Source::Tensor(tensor) => tensor,
                    Source::Step(step) => TensorRef::Node(first.saturating_add(step)),
                })
                .collect();
            self.graph.nodes.push(Node {
                name: name.to_owned(),
                operator: proto.op_type.clone(),
                output,
                op,
                inputs,
                shape,
            });
        }
        Ok(TensorRef::Node(first.saturating_add(last)))
    }

    /// A name for a tensor that the file does not name.
    fn made_up(&mut self, output: &str) -> String {
        let mut name = format!("{output}~");
        while !self.taken.insert(name.clone()) {
            name.push('~');
        }
        name
    }

    fn finish(mut self, live: &Live<'_>) -> Result<Graph, OnnxError> {
        let output = live.output;
        match self.values.get(output) {
            Some(Value::Tensor(tensor @ TensorRef::Node(_))) => self.graph.output = *tensor,
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
            None => {
                let problem = format!("its output `{output}` is not computed by a node");
                return Err(Problem::malformed(problem).in_model());
            }
        }
        if let Some(node) = live.arg_max {
            ending::arg_max(node, self.graph.shape(self.graph.output))
                .map_err(|problem| problem.in_node(&node.name, &node.op_type))?;
        }
        let last = ending::check(&self.graph)?;
        if let Some((tensor, classes)) = self.classes.take()
            && last.contains(&tensor)
            && classes.len() == self.graph.scores()
        {
            self.graph.classes = classes;
        }
        Ok(self.graph)
    }
}

fn argument<'a>(
    values: &'a BTreeMap<String, Value>,
    graph: &'a Graph,
    name: &str,
) -> Result<Argument<'a>, Problem> {
    if name.is_empty() {
        return Ok(Argument::Missing);
    }
    match values.get(name) {
        // The names are checked, so it is an output that nothing else reads.
        None => Err(Problem::malformed(format!("its input `{name}` has no value"))),
        Some(Value::Literal(literal)) => Ok(Argument::Literal(literal)),
        Some(Value::Tensor(tensor)) => {
            Ok(Argument::Tensor { tensor: *tensor, shape: graph.shape(*tensor) })
        }
    }
}

/// The one input that matters.
fn the_input<'a>(
    inputs: &[&'a ValueInfoProto],
    live: &Live<'_>,
) -> Result<&'a ValueInfoProto, Problem> {
    if let [only] = inputs {
        return Ok(only);
    }
    let read: Vec<&ValueInfoProto> =
        inputs.iter().copied().filter(|info| live.read.contains(info.name.as_str())).collect();
    match read.as_slice() {
        [only] => Ok(only),
        [] => Err(Problem::new(
            "its output does not depend on an input",
            "export a model with one tensor as input",
        )),
        several => {
            let names: Vec<String> =
                several.iter().take(8).map(|info| format!("`{}`", info.name)).collect();
            Err(Problem::new(
                format!("it has {} inputs ({}), expected one", several.len(), names.join(", ")),
                "export a model with one tensor as input; others can be made initializers",
            ))
        }
    }
}

fn input(info: &ValueInfoProto) -> Result<Input, Problem> {
    let name = &info.name;
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let tensor =
        tensor.ok_or_else(|| Problem::malformed(format!("input `{name}` is no tensor")))?;
    if !matches!(tensor.elem_type, FLOAT | DOUBLE) {
        return Err(Problem::new(
            format!("input `{name}` is {}", constant::type_name(tensor.elem_type)),
            "export the model with a float32 input",
        ));
    }
    let no_shape = || {
        Problem::new(
            format!("input `{name}` has no fixed shape but for the batch"),
            "export the model with a fixed input size, as in 1×3×64×64 (or set it: python -m onnxruntime.tools.make_dynamic_shape_fixed)",
        )
    };
    let dims = &tensor.shape.as_ref().ok_or_else(no_shape)?.dim;
    let mut shape = Vec::with_capacity(dims.len());
    for (axis, dim) in dims.iter().enumerate() {
        let size = match (axis, dim.dim_value) {
            // Exporters write a symbolic batch as a name, nothing, 0 or -1.
            (0, None | Some(-1..=1)) => 1,
            (0, Some(batch)) => {
                return Err(Problem::new(
                    format!("the first axis of input `{name}`, the batch, is {batch}"),
                    "export the model with batch size 1 or a symbolic one",
                ));
            }
            (_, Some(size)) => usize::try_from(size).map_err(|_| no_shape())?,
            (_, None) => return Err(no_shape()),
        };
        shape.push(size);
    }
    if shape.len() < 2 {
        return Err(Problem::new(
            format!("input `{name}` has no axis beside the batch"),
            "export the model with at least one axis more, as in 1×784",
        ));
    }
    if shape.contains(&0) {
        return Err(no_shape());
    }
    shape::elements(&shape)?;
    Ok(Input { name: name.clone(), shape })
}
