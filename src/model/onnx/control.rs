//! Functions that a file defines, If and Loop: what they do is written out when the model
//! is read. A condition or trip count must be a constant by then.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::attributes::Attributes;
use super::constant::Literal;
use super::error::OnnxError;
use super::held::Held;
use super::names::{self, Body, Live};
use super::nodes::{self, Argument, Built};
use super::proto::{FunctionProto, GraphProto, NodeProto};
use super::run::{Frame, Halt, Reader, Scope, Value, cut, unknown};
use crate::model::graph::{Concat, Op, Problem};

/// Most functions and subgraphs inside each other.
const MAX_DEPTH: usize = 32;

/// A node that stands for other nodes.
pub(super) enum Control<'a> {
    Function(&'a FunctionProto, Option<i64>),
    If,
    Loop,
    /// One that no graph of fixed shapes can hold.
    Refused(&'static str),
}

/// The nodes that a node stands for, less the outputs of it that nothing reads.
fn wanted<'a>(mut body: Body<'a>, node: &NodeProto, live: &Live<'_>) -> Body<'a> {
    for (at, own) in body.outputs.iter_mut().enumerate() {
        if node.output.get(at).is_none_or(|name| !live.read.contains(name.as_str())) {
            *own = "";
        }
    }
    body
}

/// What a node stands for, if for other nodes.
pub(super) fn of<'a>(reader: &Reader<'a>, node: &NodeProto) -> Option<Control<'a>> {
    let key = (node.domain.as_str(), node.op_type.as_str(), node.overload.as_str());
    if let Some((function, opset)) = reader.functions.get(&key) {
        return Some(Control::Function(function, *opset));
    }
    if !matches!(node.domain.as_str(), "" | "ai.onnx") {
        return None;
    }
    match node.op_type.as_str() {
        "If" => Some(Control::If),
        "Loop" => Some(Control::Loop),
        "Scan" => Some(Control::Refused("a Scan over what depends on the document")),
        "Optional" | "OptionalGetElement" | "OptionalHasElement" => {
            Some(Control::Refused("a tensor that may be missing"))
        }
        "SequenceConstruct" | "SequenceEmpty" | "SequenceAt" | "SequenceInsert"
        | "SequenceErase" | "SequenceLength" | "SequenceMap" | "SplitToSequence"
        | "ConcatFromSequence" => Some(Control::Refused("a list of tensors")),
        _ => None,
    }
}

impl<'a> Reader<'a> {
    /// The values of the outputs of a node that stands for others.
    pub(super) fn control(
        &mut self,
        control: Control<'a>,
        node: &'a NodeProto,
        name: &str,
        live: &Live<'a>,
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Option<Value>>, Halt> {
        if scope.depth >= MAX_DEPTH {
            let problem = format!("it is inside {MAX_DEPTH} functions and subgraphs");
            return Err(Problem::limit(problem, "use a model with fewer levels").into());
        }
        let is_unknown = |name: &String| matches!(scope.get(name), Some(Value::Unknown { .. }));
        // Which way they go is not known, or how often.
        let steering = match control {
            Control::If => 1,
            Control::Loop => 2,
            Control::Function(..) | Control::Refused(_) => 0,
        };
        if node.input.iter().take(steering).any(is_unknown) {
            self.tally.passed_over(node);
            return Ok(unknown(node, scope));
        }
        let found = match control {
            Control::Function(function, opset) => {
                let wanted = wanted(Body::function(function), node, live);
                self.call((function, opset, wanted), node, name, scope)?
            }
            Control::If => self.branch(node, name, live, scope)?,
            Control::Loop => self.repeat(node, name, scope)?,
            Control::Refused(what) => {
                let problem = format!("{what} is not supported");
                let advice = "write it out: onnxruntime does so with SessionOptions.optimized_model_filepath where it can; else export without it (in PyTorch, torch.onnx.export(..., dynamo=True), or a model without lists and loops over tensors)";
                return Err(Problem::operator(problem, advice).into());
            }
        };
        Ok(found.into_iter().map(Some).collect())
    }

    /// Runs the nodes of a function or subgraph once.
    fn body(
        &mut self,
        body: &Body<'a>,
        values: BTreeMap<&'a str, Value>,
        outer: Option<&Scope<'_, 'a>>,
        frame: &Frame<'a>,
        place: (String, usize),
    ) -> Result<Vec<Value>, OnnxError> {
        let (path, depth) = place;
        self.budget.steps(body.cost()).map_err(Problem::in_model)?;
        self.runs = self.runs.saturating_add(1);
        let outside = |name: &str| outer.is_some_and(|outer| outer.get(name).is_some());
        let live = names::live(body, &outside)?;
        let types = BTreeMap::new();
        let mut scope = Scope { values, types, outer, frame, path, serial: self.runs, depth };
        // What it holds is read again in every round.
        let mut held = Held::all(body, &live);
        self.initializers(body, &live, &mut held, &mut scope)?;
        self.nodes(body, &live, &mut held, &mut scope)
    }

    fn call(
        &mut self,
        (function, opset, body): (&'a FunctionProto, Option<i64>, Body<'a>),
        node: &'a NodeProto,
        name: &str,
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Value>, Halt> {
        let given = Attributes::new(&node.attribute, &scope.frame.given)?;
        let mut given = given.into_given();
        // Each is looked for among all that the function has.
        let own = function.attribute.len().saturating_add(function.attribute_proto.len());
        let looks = own.saturating_mul(given.len().saturating_add(1));
        self.budget.steps(looks)?;
        let defaults = function.attribute_proto.iter();
        let known = |name: &str| {
            function.attribute.iter().any(|own| own == name)
                || function.attribute_proto.iter().any(|own| own.name == name)
        };
        if let Some(other) = given.keys().find(|name| !known(name)) {
            let problem = format!("its function has no attribute `{other}`");
            return Err(Problem::malformed(problem).into());
        }
        for default in defaults {
            given.entry(&default.name).or_insert(default);
        }
        if node.input.len() > function.input.len() {
            let (got, most) = (node.input.len(), function.input.len());
            let problem = format!("it has {got} inputs, its function {most}");
            return Err(Problem::malformed(problem).into());
        }
        let mut values = BTreeMap::new();
        for (at, own) in function.input.iter().enumerate() {
            let name = node.input.get(at).map_or("", String::as_str);
            let value = self.value(name, scope)?;
            values.insert(own.as_str(), value);
        }
        let frame = Frame { opset: opset.unwrap_or(scope.frame.opset), given: Some(given) };
        let place = (cut(name).to_owned(), scope.depth.saturating_add(1));
        Ok(self.body(&body, values, None, &frame, place)?)
    }

    /// The value of an input; missing if it has no name.
    fn value(&self, name: &str, scope: &Scope<'_, 'a>) -> Result<Value, Problem> {
        if name.is_empty() {
            return Ok(Value::Missing);
        }
        let value = scope.get(name).cloned();
        value.ok_or_else(|| Problem::malformed(format!("its input `{name}` has no value")))
    }

    /// The one truth value of an input, `None` if it is left out.
    fn condition(&self, value: &Value) -> Result<Option<bool>, Problem> {
        match value {
            Value::Missing | Value::Unknown { .. } => Ok(None),
            Value::Literal(literal) => match &**literal {
                Literal::Bool { values, .. } if values.len() == 1 => Ok(values.first().copied()),
                _ => Err(Problem::malformed("its condition is not one truth value")),
            },
            Value::Tensor(_) | Value::Integers(..) => Err(Problem::new(
                "its condition depends on the document",
                "use a model that goes the same way for all documents",
            )),
        }
    }

    fn branch(
        &mut self,
        node: &'a NodeProto,
        name: &str,
        live: &Live<'a>,
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Value>, Halt> {
        let chosen = || -> Result<&'a GraphProto, Problem> {
            let mut attributes = Attributes::new(&node.attribute, &scope.frame.given)?;
            let (yes, no) = (attributes.graph("then_branch")?, attributes.graph("else_branch")?);
            attributes.finish()?;
            let [input] = node.input.as_slice() else {
                return Err(Problem::malformed("it does not have one input"));
            };
            let condition = self.condition(&self.value(input, scope)?)?;
            let missing = || Problem::malformed("its condition is missing");
            Ok(if condition.ok_or_else(missing)? { yes } else { no })
        };
        let graph = chosen()?;
        let body = wanted(Body::graph(graph), node, live);
        let outputs = self.subgraph(graph, body, Vec::new(), name, scope)?;
        if node.output.len() > outputs.len() {
            return Err(Problem::malformed("its branch has fewer outputs than it").into());
        }
        Ok(outputs)
    }

    /// Runs a subgraph with the given inputs.
    fn subgraph(
        &mut self,
        graph: &'a GraphProto,
        body: Body<'a>,
        inputs: Vec<Value>,
        name: &str,
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Value>, Halt> {
        if !graph.sparse_initializer.is_empty() {
            return Err(
                Problem::new("its subgraph has sparse weights", "export dense weights").into()
            );
        }
        if body.inputs.len() != inputs.len() {
            return Err(Problem::malformed("its subgraph has another number of inputs").into());
        }
        let values = body.inputs.iter().copied().zip(inputs).collect();
        let place = (cut(name).to_owned(), scope.depth.saturating_add(1));
        Ok(self.body(&body, values, Some(scope), scope.frame, place)?)
    }

    fn repeat(
        &mut self,
        node: &'a NodeProto,
        name: &str,
        scope: &Scope<'_, 'a>,
    ) -> Result<Vec<Value>, Halt> {
        let start = || {
            let mut attributes = Attributes::new(&node.attribute, &scope.frame.given)?;
            let graph = attributes.graph("body")?;
            attributes.finish()?;
            let mut inputs = Vec::with_capacity(node.input.len());
            for input in &node.input {
                inputs.push(self.value(input, scope)?);
            }
            let mut inputs = inputs.into_iter();
            let most = trips(&inputs.next().unwrap_or(Value::Missing))?;
            let going = self.condition(&inputs.next().unwrap_or(Value::Missing))?;
            Ok::<_, Problem>((graph, most, going.unwrap_or(true), inputs.collect::<Vec<_>>()))
        };
        let (graph, most, mut going, mut carried) = start()?;
        // The condition comes first among the outputs of the body.
        let Some(rows) =
            graph.output.len().checked_sub(carried.len()).and_then(|rest| rest.checked_sub(1))
        else {
            return Err(Problem::malformed("its body has too few outputs").into());
        };
        let mut stacks: Vec<Vec<Value>> = vec![Vec::new(); rows];
        let mut trip = 0i64;
        while going && most.is_none_or(|most| trip < most) {
            let scalar = Literal::Int { shape: Vec::new(), values: vec![trip] };
            let truth = Literal::Bool { shape: Vec::new(), values: vec![going] };
            let mut inputs = vec![Value::Literal(Rc::new(scalar)), Value::Literal(Rc::new(truth))];
            inputs.append(&mut carried);
            let before = self.refusals.count();
            let mut outputs = self.subgraph(graph, Body::graph(graph), inputs, name, scope)?;
            let first = outputs.first();
            // What is refused in one round is refused in all, and listed once.
            if self.refusals.count() > before || matches!(first, Some(Value::Unknown { .. })) {
                return Ok(unknown(node, scope).into_iter().flatten().collect());
            }
            going = first.map_or(Ok(None), |value| self.condition(value))?.unwrap_or(true);
            let scanned = outputs.split_off(outputs.len().saturating_sub(rows));
            stacks.iter_mut().zip(scanned).for_each(|(stack, value)| stack.push(value));
            carried = outputs.split_off(1);
            trip = trip.saturating_add(1);
        }
        for (stack, output) in stacks.into_iter().zip(node.output.iter().skip(carried.len())) {
            if output.is_empty() {
                break;
            }
            carried.push(self.stack(&stack, name, output)?);
        }
        Ok(carried)
    }

    /// Values one above the other along a new first axis.
    fn stack(&mut self, values: &[Value], name: &str, output: &str) -> Result<Value, Problem> {
        if values.is_empty() {
            return Err(Problem::new(
                "it makes no round, so what it collects is empty",
                "use a model without empty tensors",
            ));
        }
        if let Some(unknown) = values.iter().find(|value| matches!(value, Value::Unknown { .. })) {
            return Ok(unknown.clone());
        }
        let mut parts = Vec::with_capacity(values.len());
        for value in values {
            let (built, shape) = match value {
                Value::Missing | Value::Unknown { .. } => {
                    return Err(Problem::malformed("its body leaves a value out"));
                }
                Value::Integers(..) => {
                    return Err(Problem::new(
                        "it collects integers that depend on the document",
                        "use a model that collects what DequantizeLinear makes of them",
                    ));
                }
                Value::Literal(literal) => (None, literal.shape().to_vec()),
                Value::Tensor(tensor) => (Some(*tensor), self.shape(*tensor).to_vec()),
            };
            let mut tall = vec![1];
            tall.extend_from_slice(&shape);
            parts.push(match (built, value) {
                (Some(tensor), _) => {
                    let built = Built::node(Op::Reshape, vec![tensor], tall);
                    self.add(built, "Loop", name, output, self.runs)?
                }
                (None, Value::Literal(literal)) => {
                    self.budget.elements(literal.len())?;
                    Value::Literal(Rc::new(Literal::clone(literal).with_shape(tall)))
                }
                (None, other) => other.clone(),
            });
        }
        let built = {
            let shaped: Vec<Vec<usize>> = parts
                .iter()
                .map(|part| match part {
                    Value::Tensor(tensor) => self.shape(*tensor).to_vec(),
                    _ => Vec::new(),
                })
                .collect();
            let arguments = parts.iter().zip(&shaped).map(|(part, shape)| match part {
                Value::Missing | Value::Unknown { .. } => Argument::Missing,
                Value::Literal(literal) => Argument::Literal(literal),
                Value::Tensor(tensor) | Value::Integers(tensor, _) => {
                    Argument::Tensor { tensor: *tensor, shape }
                }
            });
            nodes::stacked(Concat { axis: 0 }, arguments.collect(), &mut self.budget)?
        };
        self.add(built, "Loop", name, output, self.runs)
    }
}

/// How often a loop goes round at most.
fn trips(value: &Value) -> Result<Option<i64>, Problem> {
    match value {
        Value::Missing | Value::Unknown { .. } => Ok(None),
        Value::Literal(literal) => match &**literal {
            Literal::Int { values, .. } if values.len() == 1 => Ok(values.first().copied()),
            _ => Err(Problem::malformed("its number of rounds is not one integer")),
        },
        Value::Tensor(_) | Value::Integers(..) => Err(Problem::new(
            "its number of rounds depends on the document",
            "use a model that goes the same way for all documents",
        )),
    }
}
