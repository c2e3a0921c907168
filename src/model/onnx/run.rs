//! Goes through the nodes of a graph and adds them to the typed one: operators here,
//! functions and subgraphs in `control`.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::attributes::{Attributes, Given};
use super::budget::Budget;
use super::constant::{self, Literal};
use super::control;
use super::ends::{self, Companion, Inputs};
use super::error::OnnxError;
use super::held::Held;
use super::names::{self, Body, Live};
use super::nodes::quantised::{self, Typed};
use super::nodes::{self, Argument, Built, Call, Source, Step, ml};
use super::proto::{FunctionProto, NodeProto};
use super::refusals::{Place, Refusals};
use super::tally::Tally;
use crate::model::graph::{Graph, INPUT, Input, Integers, Node, Problem, TensorRef};
use crate::model::operators;

/// The operator set of a model that names none of the default domain.
pub(super) const NO_OPSET: i64 = 0;

/// Most characters of a name inside a function or subgraph that are kept.
const MAX_NAME: usize = 200;

/// Functions by domain, name and overload, with the operator set that each names.
pub(super) type Functions<'a> =
    BTreeMap<(&'a str, &'a str, &'a str), (&'a FunctionProto, Option<i64>)>;

/// A named value of a graph.
#[derive(Clone)]
pub(super) enum Value {
    /// An input of a function that its caller left out.
    Missing,
    Literal(Rc<Literal>),
    Tensor(TensorRef),
    /// A tensor of integers, and what they stand for.
    Integers(TensorRef, Integers),
    /// What would have come of something that is refused.
    Unknown {
        /// It would have been a constant.
        constant: bool,
    },
}

impl Value {
    pub(super) fn literal(literal: Literal) -> Self {
        Self::Literal(Rc::new(literal))
    }
}

/// Why a node has no values.
pub(super) enum Halt {
    /// It is refused; others may still be read.
    Here(Problem),
    /// The model is.
    Whole(OnnxError),
}

impl From<Problem> for Halt {
    fn from(problem: Problem) -> Self {
        Self::Here(problem)
    }
}

impl From<OnnxError> for Halt {
    fn from(error: OnnxError) -> Self {
        Self::Whole(error)
    }
}

/// What holds for all nodes of the model's graph, or of one call of a function.
pub(super) struct Frame<'a> {
    pub(super) opset: i64,
    pub(super) given: Given<'a>,
}

impl Frame<'_> {
    pub(super) const fn of_model(opset: i64) -> Self {
        Self { opset, given: None }
    }
}

/// The names that the nodes of a graph may read.
pub(super) struct Scope<'s, 'a> {
    pub(super) values: BTreeMap<&'a str, Value>,
    /// The element types of constants that the file states.
    pub(super) types: BTreeMap<&'a str, i32>,
    /// For a subgraph, what is around it.
    pub(super) outer: Option<&'s Scope<'s, 'a>>,
    pub(super) frame: &'s Frame<'a>,
    /// The nodes around it, for messages.
    pub(super) path: String,
    /// Which run of a function or subgraph it is; 0 for the model's graph.
    pub(super) serial: usize,
    pub(super) depth: usize,
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(super) fn outermost(frame: &'s Frame<'a>) -> Self {
        let (values, types, path) = (BTreeMap::new(), BTreeMap::new(), String::new());
        Self { values, types, outer: None, frame, path, serial: 0, depth: 0 }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        let mut scope = self;
        loop {
            if let Some(value) = scope.values.get(name) {
                return Some(value);
            }
            scope = scope.outer?;
        }
    }

    /// The element type of a constant, if it is known.
    fn type_of(&self, name: &str) -> Option<i32> {
        let mut scope = self;
        while !scope.values.contains_key(name) {
            scope = scope.outer?;
        }
        scope.types.get(name).copied()
    }
}

/// The first characters of a name.
pub(super) fn cut(name: &str) -> &str {
    name.char_indices().nth(MAX_NAME).and_then(|(end, _)| name.get(..end)).unwrap_or(name)
}

pub(super) struct Reader<'a> {
    pub(super) functions: Functions<'a>,
    graph: Graph,
    /// The tensor whose elements were last given names, and those.
    classes: Option<(TensorRef, Vec<String>)>,
    pub(super) budget: Budget,
    pub(super) refusals: Refusals,
    /// The nodes that were met, by operator.
    pub(super) tally: Tally<'a>,
    /// Names of the file's graph, and those made up since.
    taken: BTreeSet<String>,
    /// Of names that were asked for more than once, by how much the last was longer.
    longer: BTreeMap<String, usize>,
    /// Runs of functions and subgraphs so far.
    pub(super) runs: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(functions: Functions<'a>, live: &Live<'_>, bytes: usize) -> Self {
        let input = Input { name: String::new(), shape: Vec::new() };
        let classes = Vec::new();
        let graph = Graph { input, nodes: Vec::new(), output: TensorRef::Input, classes, bytes };
        let taken = live.names.iter().map(|&name| name.to_owned()).collect();
        let budget = Budget::of_file(bytes);
        let (refusals, tally, longer) = Default::default();
        Self { functions, graph, classes: None, budget, refusals, tally, taken, longer, runs: 0 }
    }

    /// Decodes the weights that something reads.
    pub(super) fn initializers(
        &mut self,
        body: &Body<'a>,
        live: &Live<'a>,
        held: &mut Held<'a>,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<(), OnnxError> {
        for tensor in body.initializers {
            if !live.read.contains(tensor.name.as_str()) {
                continue;
            }
            scope.types.insert(&tensor.name, tensor.data_type);
            let literal = constant::decode(tensor).and_then(|literal| {
                self.budget.elements(literal.len())?;
                Ok(literal)
            });
            let value = match literal {
                Ok(literal) if held.can_wait(tensor, literal.len()) => continue,
                Ok(literal) => Value::literal(literal),
                Err(problem) => {
                    self.refusals.note(Place::Tensor(&tensor.name), problem)?;
                    Value::Unknown { constant: true }
                }
            };
            scope.values.insert(&tensor.name, value);
        }
        Ok(())
    }

    /// Sets the document's tensor, of this element type.
    pub(super) fn input(
        &mut self,
        input: Input,
        (info, data_type): (&'a str, i32),
        scope: &mut Scope<'_, 'a>,
    ) -> Result<(), Problem> {
        self.budget.computed(&input.shape)?;
        self.graph.input = input;
        let value = match quantised::of_input(data_type, &self.graph.input.shape) {
            None => Value::Tensor(TensorRef::Input),
            Some((built, integers)) => match self.add(built, INPUT, info, info, 1)? {
                Value::Tensor(tensor) => Value::Integers(tensor, integers),
                other => other,
            },
        };
        scope.values.insert(info, value);
        Ok(())
    }

    /// Sets what goes along with the document's ids.
    pub(super) fn companions(
        &mut self,
        inputs: &Inputs<'a>,
        padding: u32,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<(), Problem> {
        for (info, companion) in &inputs.others {
            let name = info.name.as_str();
            let shape = self.graph.input.shape.clone();
            ends::along(info, &shape)?;
            let document = scope.get(&inputs.document.name).cloned();
            let Some(Value::Integers(ids, Integers::WHOLE)) = document else {
                return Err(Problem::new(
                    format!("input `{name}` goes along with tokens, and the document holds none"),
                    "export the model with input_ids of int64",
                ));
            };
            let length = shape.last().copied().unwrap_or(0);
            let count = self.budget.folded(&shape)?;
            let whole = |values| Value::Literal(Rc::new(Literal::Int { shape, values }));
            let data_type = ends::data_type(info);
            let value = match companion {
                Companion::Mask | Companion::Filling => {
                    let tokens = *companion == Companion::Mask;
                    let built = nodes::padding(ids, self.graph.shape(ids), padding, tokens);
                    match self.add(built, INPUT, name, name, 0)? {
                        Value::Tensor(mask) if data_type == constant::BOOL => {
                            Value::Integers(mask, Integers::TRUTH)
                        }
                        Value::Tensor(mask) if !nodes::is_float(data_type) => {
                            Value::Integers(mask, Integers::WHOLE)
                        }
                        mask => mask,
                    }
                }
                Companion::Types => whole(vec![0; count]),
                Companion::Positions => {
                    let position = |at: usize| at.checked_rem(length).unwrap_or(0);
                    let signed = |at| i64::try_from(at).unwrap_or(i64::MAX);
                    whole((0..count).map(position).map(signed).collect())
                }
            };
            scope.values.insert(name, value);
        }
        Ok(())
    }

    /// The graph, and the names that were last given to the elements of a tensor.
    pub(super) fn into_graph(self) -> (Graph, Option<(TensorRef, Vec<String>)>) {
        (self.graph, self.classes)
    }

    pub(super) fn shape(&self, tensor: TensorRef) -> &[usize] {
        self.graph.shape(tensor)
    }

    /// Goes through the nodes that count; the values of the outputs.
    pub(super) fn nodes(
        &mut self,
        body: &Body<'a>,
        live: &Live<'a>,
        held: &mut Held<'a>,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<Vec<Value>, OnnxError> {
        for (place, position) in std::mem::take(&mut held.order).into_iter().enumerate() {
            let Some(node) = body.nodes.get(position) else { continue };
            let own = names::node_name(position, node);
            let name = match scope.path.as_str() {
                "" => cut(&own).to_owned(),
                path => format!("{path}/{}", cut(&own)),
            };
            self.tally.met(node);
            let before = self.budget.held();
            let found = match control::of(self, node) {
                Some(control) => {
                    self.control(control, node, &name, live, scope).map(|found| (found, None))
                }
                None => self.held(node, &name, live, held, scope).map_err(Halt::from),
            };
            let counted = self.budget.held().saturating_sub(before);
            held.after(place, node, scope, &mut self.budget);
            let (found, kind) = match found {
                Ok(found) => found,
                Err(Halt::Whole(error)) => return Err(error),
                Err(Halt::Here(problem)) => {
                    self.tally.refused(node);
                    self.refusals.note(Place::Node(&name, &node.op_type), problem)?;
                    (unknown(node, scope), None)
                }
            };
            held.made(node, &found, counted);
            for (output, value) in node.output.iter().zip(found) {
                if let (false, Some(value)) = (output.is_empty(), value) {
                    if let (Value::Literal(_), Some(kind)) = (&value, kind) {
                        scope.types.insert(output, kind);
                    }
                    scope.values.insert(output, value);
                }
            }
        }
        let value = |name: &&str| scope.get(name).cloned().unwrap_or(Value::Missing);
        Ok(body.outputs.iter().map(value).collect())
    }

    /// An operator, once its large constants are decoded.
    fn held(
        &mut self,
        proto: &'a NodeProto,
        name: &str,
        live: &Live<'a>,
        held: &Held<'a>,
        scope: &mut Scope<'_, 'a>,
    ) -> Result<(Vec<Option<Value>>, Option<i32>), Problem> {
        let in_ml = Self::in_ml(proto, scope)?;
        // Before anything is decoded: no one counts what that takes.
        if proto.input.iter().any(|name| matches!(scope.get(name), Some(Value::Unknown { .. }))) {
            nodes::known(&proto.op_type, in_ml, reads_constants(proto, scope))?;
            self.tally.passed_over(proto);
            return Ok((unknown(proto, scope), None));
        }
        held.before(proto, scope)?;
        self.operator((proto, in_ml), name, live, scope)
    }

    /// Whether an operator is of `ai.onnx.ml`; refused if it is of no domain that is read.
    fn in_ml(proto: &NodeProto, scope: &Scope<'_, '_>) -> Result<bool, Problem> {
        let in_ml = proto.domain == ml::DOMAIN;
        let in_default = matches!(proto.domain.as_str(), "" | "ai.onnx");
        if in_default && scope.frame.opset == NO_OPSET {
            return Err(Problem::malformed("the model names no operator set of its domain"));
        }
        let of_quantiser = proto.domain == quantised::DOMAIN && quantised::knows(&proto.op_type);
        if !in_ml && !in_default && !of_quantiser {
            return Err(Problem::operator(
                format!("its domain `{}` is not supported", proto.domain),
                "export the model with the operators of the default domain and of ai.onnx.ml only",
            ));
        }
        Ok(in_ml)
    }

    /// An operator of the default domain, of `ai.onnx.ml` or of onnxruntime's quantiser; what its
    /// outputs are, and the element type of those that are constants, if it is known.
    fn operator(
        &mut self,
        (proto, in_ml): (&'a NodeProto, bool),
        name: &str,
        live: &Live<'a>,
        scope: &Scope<'_, 'a>,
    ) -> Result<(Vec<Option<Value>>, Option<i32>), Problem> {
        let chosen = if in_ml { ml::scores_output(&proto.op_type) } else { 0 };
        // Inputs left out at the end may be spelled as empty names.
        let given = proto.input.iter().rposition(|name| !name.is_empty());
        let arguments = proto
            .input
            .iter()
            .take(given.map_or(0, |last| last.saturating_add(1)))
            .map(|input| argument(scope, &self.graph, input))
            .collect::<Result<Vec<_>, _>>()?;
        // What a node does with its constants takes time in proportion to their size.
        for argument in &arguments {
            if let Argument::Literal(literal) = argument {
                self.budget.work(literal.len())?;
            }
        }
        let mut typed = Typed { graph: Some(&self.graph), ..Typed::default() };
        for name in proto.input.iter().take(arguments.len()) {
            typed.types.push(scope.type_of(name));
            typed.integers.push(match scope.get(name) {
                Some(Value::Integers(_, integers)) => Some(*integers),
                _ => None,
            });
        }
        let read = |name: &String| live.read.contains(name.as_str());
        let mut call = Call {
            operator: &proto.op_type,
            opset: scope.frame.opset,
            attributes: Attributes::new(&proto.attribute, &scope.frame.given)?,
            arguments,
            names: &proto.input,
            outputs: proto.output.len(),
            named: proto.output.iter().filter(|name| !name.is_empty()).count(),
            also_read: (proto.output.iter().enumerate())
                .find(|(at, name)| *at != chosen && read(name))
                .map(|(_, name)| name.as_str()),
            budget: &mut self.budget,
            classes: Vec::new(),
            typed,
        };
        if in_ml && call.typed.any() {
            return Err(Problem::new(
                "it reads integers that depend on the document",
                "let DequantizeLinear come first",
            ));
        }
        let built = if in_ml { ml::build(&mut call) } else { nodes::build(&mut call) }?;
        let classes = std::mem::take(&mut call.classes);
        let (result, kind) = (call.typed.result, call.typed.constant);
        call.attributes.finish()?;
        let several = match built {
            Built::Several(several) => several,
            one => vec![one],
        };
        // Labels before the scores are not computed.
        let mut values = vec![None; chosen];
        for (output, built) in proto.output.iter().skip(chosen).zip(several) {
            if !live.read.contains(output.as_str()) {
                values.push(None);
                continue;
            }
            let value = self.add(built, &proto.op_type, name, output, scope.serial)?;
            values.push(Some(match (value, result) {
                (Value::Tensor(tensor), Some(integers)) => Value::Integers(tensor, integers),
                (value, _) => value,
            }));
        }
        if let (Some(Some(Value::Tensor(tensor))), false) = (values.get(chosen), classes.is_empty())
        {
            self.classes = Some((*tensor, classes));
        }
        Ok((values, kind))
    }

    /// Adds what became of a node; the last of its steps has its name.
    pub(super) fn add(
        &mut self,
        built: Built,
        operator: &str,
        name: &str,
        output: &str,
        serial: usize,
    ) -> Result<Value, Problem> {
        let steps = match built {
            Built::Literal(literal) => return Ok(Value::Literal(Rc::new(literal))),
            Built::Same(tensor) => return Ok(Value::Tensor(tensor)),
            Built::Steps(steps) => steps,
            Built::Several(_) => return Err(Problem::malformed("its outputs have outputs")),
        };
        let first = self.graph.nodes.len();
        let last = steps.len().saturating_sub(1);
        for (position, Step { op, inputs, shape }) in steps.into_iter().enumerate() {
            self.budget.tensor()?;
            let outputs = self.budget.computed(&shape)?;
            self.budget.elements(operators::of(&op).constants())?;
            self.budget.running(operators::work(&op, outputs))?;
            let output = match (serial, position == last) {
                (0, true) => output.to_owned(),
                (0, false) => self.made_up(format!("{output}~"))?,
                _ => self.made_up(format!("{}@{serial}", cut(output)))?,
            };
            let inputs = inputs
                .into_iter()
                .map(|source| match source {
                    Source::Tensor(tensor) => tensor,
                    Source::Step(step) => TensorRef::Node(first.saturating_add(step)),
                })
                .collect();
            self.graph.nodes.push(Node {
                name: name.to_owned(),
                operator: operator.to_owned(),
                output,
                op,
                inputs,
                shape,
            });
        }
        Ok(Value::Tensor(TensorRef::Node(first.saturating_add(last))))
    }

    /// Integers as numbers. Those that a softmax at the end is rounded to are left as they were.
    pub(super) fn numbers(
        &mut self,
        tensor: TensorRef,
        integers: Integers,
        name: &str,
    ) -> Result<Value, Problem> {
        if quantised::at_the_end(Some(&self.graph), tensor) {
            return Ok(Value::Tensor(tensor));
        }
        match quantised::as_numbers(tensor, integers, self.graph.shape(tensor)) {
            None => Ok(Value::Tensor(tensor)),
            Some(built) => self.add(built, "output", name, name, 1),
        }
    }

    /// A name for a tensor that the file's graph does not name. Long ones count as what is gone
    /// through, since one node may need many.
    fn made_up(&mut self, mut name: String) -> Result<String, Problem> {
        // All shorter ones are taken, as was found before.
        let more = self.longer.get(&name).copied().unwrap_or(0);
        let asked = name.len();
        name.extend(std::iter::repeat_n('~', more));
        while self.taken.contains(&name) {
            name.push('~');
        }
        self.budget.steps(name.len() >> 7)?;
        self.taken.insert(name.clone());
        if let Some((asked, more)) = name.split_at_checked(asked)
            && !more.is_empty()
        {
            self.longer.insert(asked.to_owned(), more.len());
        }
        Ok(name)
    }
}

fn argument<'v>(
    scope: &'v Scope<'_, '_>,
    graph: &'v Graph,
    name: &str,
) -> Result<Argument<'v>, Problem> {
    if name.is_empty() {
        return Ok(Argument::Missing);
    }
    match scope.get(name) {
        // The names are checked, so it is an output that nothing else reads.
        None => Err(Problem::malformed(format!("its input `{name}` has no value"))),
        // A node that reads what is unknown is passed over.
        Some(Value::Missing | Value::Unknown { .. }) => Ok(Argument::Missing),
        Some(Value::Literal(literal)) => Ok(Argument::Literal(literal)),
        Some(Value::Tensor(tensor) | Value::Integers(tensor, _)) => {
            Ok(Argument::Tensor { tensor: *tensor, shape: graph.shape(*tensor) })
        }
    }
}

/// Whether what a node reads is constant, as far as that is known.
fn reads_constants(node: &NodeProto, scope: &Scope<'_, '_>) -> bool {
    !node.input.iter().any(|name| {
        matches!(scope.get(name), Some(Value::Tensor(_) | Value::Unknown { constant: false }))
    })
}

/// The outputs of a node that is refused, or reads what would have come of one.
pub(super) fn unknown(node: &NodeProto, scope: &Scope<'_, '_>) -> Vec<Option<Value>> {
    let constant = reads_constants(node, scope);
    vec![Some(Value::Unknown { constant }); node.output.len()]
}
