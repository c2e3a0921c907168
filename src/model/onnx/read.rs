//! From the bytes of a file to a [`Graph`].

use std::collections::{BTreeMap, BTreeSet};

use prost::Message;

use super::attributes::Attributes;
use super::constant::{self, FLOAT, Literal};
use super::error::{OnnxError, Problem};
use super::graph::{Graph, Input, Node, Op, TensorRef};
use super::operators::{self, Argument, Built, Call};
use super::proto::{GraphProto, ModelProto, NodeProto, ValueInfoProto};
use super::{scan, shape};

/// Most bytes of a model file.
pub const MAX_MODEL_BYTES: usize = 64 << 20;
/// Most nodes of a model.
pub const MAX_NODES: usize = 4096;
/// Most elements of a tensor that is computed from the document, as in
/// [`crate::model::program::MAX_NODE_LEN`].
const MAX_COMPUTED_ELEMENTS: usize = 1 << 22;
/// Most elements of all tensors and constants together, those counted again
/// that a node keeps a copy of: eight bytes each.
const MAX_TOTAL_ELEMENTS: usize = 3 << 24;
/// Most multiplications of the model.
const MAX_WORK: usize = 1 << 29;
const OPSETS: std::ops::RangeInclusive<i64> = 9..=21;

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
    let mut reader = Reader::new(graph, opset)?;
    let last = graph.node.len().saturating_sub(1);
    for (position, node) in graph.node.iter().enumerate() {
        reader.node(position, node, position == last)?;
    }
    reader.finish(graph)
}

fn opset(model: &ModelProto) -> Result<i64, Problem> {
    if !model.functions.is_empty() {
        return Err(Problem::new("it defines functions of its own", "inline them (onnx.inliner)"));
    }
    let mut versions = model
        .opset_import
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
            format!("its operator set is {version}, supported are 9 to 21"),
            "export it again with opset 17, say",
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
    /// Elements and multiplications so far.
    total: usize,
    work: usize,
    /// The value of a Softmax node: nothing may read it.
    softmax: Option<String>,
}

impl Reader {
    fn new(proto: &GraphProto, opset: i64) -> Result<Self, OnnxError> {
        let mut values = BTreeMap::new();
        let mut total = 0;
        for tensor in &proto.initializer {
            let literal = constant::decode(tensor)
                .and_then(|literal| {
                    count(&mut total, literal.len())?;
                    Ok(literal)
                })
                .map_err(|p| p.in_tensor(&tensor.name))?;
            if tensor.name.is_empty()
                || values.insert(tensor.name.clone(), Value::Literal(literal)).is_some()
            {
                let problem = Problem::malformed("its name is empty or stands twice");
                return Err(problem.in_tensor(&tensor.name));
            }
        }
        // Before IR version 4 initializers were listed as inputs too.
        let mut names = BTreeSet::new();
        let mut inputs = Vec::new();
        for info in &proto.input {
            if !names.insert(info.name.as_str()) {
                let problem = format!("input `{}` stands twice", info.name);
                return Err(Problem::malformed(problem).in_model());
            }
            if !values.contains_key(&info.name) {
                inputs.push(info);
            }
        }
        let [info] = inputs.as_slice() else {
            let problem = format!("it has {} inputs, expected one", inputs.len());
            return Err(Problem::new(problem, "export a model with one tensor as input").in_model());
        };
        let input = input(info).map_err(Problem::in_model)?;
        computed(&mut total, &input.shape).map_err(Problem::in_model)?;
        values.insert(input.name.clone(), Value::Tensor(TensorRef::Input));
        let graph = Graph { input, nodes: Vec::new(), output: TensorRef::Input };
        Ok(Self { opset, values, graph, total, work: 0, softmax: None })
    }

    fn node(&mut self, position: usize, proto: &NodeProto, last: bool) -> Result<(), OnnxError> {
        let output = proto.output.first().map_or("", String::as_str);
        let name = if proto.name.is_empty() {
            format!("#{} -> {output}", position.saturating_add(1))
        } else {
            proto.name.clone()
        };
        self.build(proto, &name, output, last).map_err(|p| p.in_node(&name, &proto.op_type))
    }

    fn build(
        &mut self,
        proto: &NodeProto,
        name: &str,
        output: &str,
        last: bool,
    ) -> Result<(), Problem> {
        if !matches!(proto.domain.as_str(), "" | "ai.onnx") {
            return Err(Problem::new(
                format!("its domain `{}` is not supported", proto.domain),
                "export the model with the operators of the default domain only (for a classifier of scikit-learn: as dense layers)",
            ));
        }
        let arguments =
            proto.input.iter().map(|input| self.argument(input)).collect::<Result<Vec<_>, _>>()?;
        let mut call = Call {
            operator: &proto.op_type,
            opset: self.opset,
            attributes: Attributes::new(&proto.attribute)?,
            arguments,
            outputs: proto.output.iter().filter(|name| !name.is_empty()).count(),
        };
        let built = operators::build(&mut call)?;
        call.attributes.finish()?;
        if output.is_empty() {
            return Err(Problem::malformed("its first output has no name"));
        }
        if self.values.contains_key(output) {
            return Err(Problem::malformed(format!("its output `{output}` is computed twice")));
        }
        let value = match built {
            Built::Literal(literal) => {
                count(&mut self.total, literal.len())?;
                Value::Literal(literal)
            }
            Built::Node { op, inputs, shape } => {
                if matches!(op, Op::Softmax) {
                    if !last {
                        return Err(Problem::new(
                            "it is supported as the last node only",
                            "export the model so that it ends in the softmax, or without it",
                        ));
                    }
                    self.softmax = Some(output.to_owned());
                }
                let outputs = computed(&mut self.total, &shape)?;
                count(&mut self.total, op.constants())?;
                self.work = self.work.saturating_add(op.work(outputs));
                if self.work > MAX_WORK {
                    return Err(Problem::new(
                        format!("up to it the model has more than {MAX_WORK} multiplications"),
                        "use a smaller model or a smaller view",
                    ));
                }
                let index = self.graph.nodes.len();
                self.graph.nodes.push(Node {
                    name: name.to_owned(),
                    operator: proto.op_type.clone(),
                    output: output.to_owned(),
                    op,
                    inputs,
                    shape,
                });
                Value::Tensor(TensorRef::Node(index))
            }
        };
        self.values.insert(output.to_owned(), value);
        Ok(())
    }

    fn argument(&self, name: &str) -> Result<Argument<'_>, Problem> {
        if name.is_empty() {
            return Ok(Argument::Missing);
        }
        match self.values.get(name) {
            None => Err(Problem::malformed(format!(
                "its input `{name}` is not computed by an earlier node (nodes must be in topological order, without cycles)"
            ))),
            Some(Value::Literal(literal)) => Ok(Argument::Literal(literal)),
            Some(Value::Tensor(tensor)) => {
                Ok(Argument::Tensor { tensor: *tensor, shape: self.graph.shape(*tensor) })
            }
        }
    }

    fn finish(mut self, proto: &GraphProto) -> Result<Graph, OnnxError> {
        let [output] = proto.output.as_slice() else {
            let problem = format!("it has {} outputs, expected one", proto.output.len());
            let advice = "export the scores (logits) as its only output";
            return Err(Problem::new(problem, advice).in_model());
        };
        if self.softmax.as_ref().is_some_and(|name| *name != output.name) {
            let problem = Problem::malformed("its last node is a softmax that is not its output");
            return Err(problem.in_model());
        }
        match self.values.get(&output.name) {
            Some(Value::Tensor(tensor @ TensorRef::Node(_))) => {
                self.graph.output = *tensor;
                Ok(self.graph)
            }
            _ => {
                let problem = format!("its output `{}` is not computed by a node", output.name);
                Err(Problem::malformed(problem).in_model())
            }
        }
    }
}

/// Adds to the elements so far.
fn count(total: &mut usize, elements: usize) -> Result<(), Problem> {
    *total = total.saturating_add(elements);
    if *total > MAX_TOTAL_ELEMENTS {
        return Err(Problem::new(
            format!("up to it tensors and weights have more than {MAX_TOTAL_ELEMENTS} elements"),
            "use a smaller model or a smaller view",
        ));
    }
    Ok(())
}

/// Counts a tensor that is computed from the document; its elements.
fn computed(total: &mut usize, shape: &[usize]) -> Result<usize, Problem> {
    let elements = shape::elements(shape)?;
    if elements > MAX_COMPUTED_ELEMENTS {
        return Err(Problem::new(
            format!("a tensor of {elements} elements; {MAX_COMPUTED_ELEMENTS} are supported"),
            "use a smaller model or a smaller view",
        ));
    }
    count(total, elements)?;
    Ok(elements)
}

fn input(info: &ValueInfoProto) -> Result<Input, Problem> {
    let name = &info.name;
    let tensor = info.r#type.as_ref().and_then(|t| t.tensor_type.as_ref());
    let tensor =
        tensor.ok_or_else(|| Problem::malformed(format!("input `{name}` is no tensor")))?;
    if tensor.elem_type != FLOAT {
        return Err(Problem::new(
            format!("input `{name}` is {}", constant::type_name(tensor.elem_type)),
            "export the model with a float32 input",
        ));
    }
    let no_shape = || {
        Problem::new(
            format!("input `{name}` has no fixed shape but for the batch"),
            "export the model with a fixed input size, as in 1×3×64×64",
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
                    format!("input `{name}` has a batch of {batch}"),
                    "export the model with batch size 1 or a symbolic one",
                ));
            }
            (_, Some(size)) => usize::try_from(size).map_err(|_| no_shape())?,
            (_, None) => return Err(no_shape()),
        };
        shape.push(size);
    }
    if shape.len() < 2 {
        return Err(no_shape());
    }
    if shape.contains(&0) {
        return Err(no_shape());
    }
    shape::elements(&shape)?;
    Ok(Input { name: name.clone(), shape })
}
