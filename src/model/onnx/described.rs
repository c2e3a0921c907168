//! What a model file holds, told without understanding it.

use std::collections::BTreeSet;

use serde::Serialize;

use super::constant::type_name;
use super::error::OnnxError;
use super::proto::{DimensionProto, GraphProto, OperatorSetProto, ValueInfoProto};
use super::{read, scan};
use crate::printable::printable;

/// Most inputs, outputs, dimensions and operator sets that are told.
const MAX_TOLD: usize = 64;
/// The fields of a model that hold the name and the version of what wrote it.
const PRODUCER: [u64; 2] = [2, 3];

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Description {
    /// What wrote it, if it says so.
    pub producer: Option<String>,
    /// The operator sets that it names.
    pub operator_sets: Vec<OperatorSet>,
    /// Its inputs; initializers are none.
    pub inputs: Vec<Port>,
    /// Its outputs.
    pub outputs: Vec<Port>,
    /// Nodes of its graph, those inside others not counted.
    pub nodes: usize,
    /// Operators that it defines itself.
    pub functions: usize,
    /// Weight tensors of its graph.
    pub weight_tensors: usize,
    /// Their elements.
    pub weights: u64,
}

/// A set of operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OperatorSet {
    /// The domain; empty for that of ONNX itself.
    pub domain: String,
    /// Its version.
    pub version: i64,
}

/// An input or output.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The type of its elements, as `float32`, or `sequence`, or `unknown`.
    pub kind: String,
    /// Its sizes: numbers, names of sizes that are open, or `?`; `None` if it has no shape.
    pub shape: Option<Vec<String>>,
}

/// Tells what a file holds.
///
/// # Errors
/// If it cannot be decoded, or has no graph.
pub fn describe(bytes: &[u8]) -> Result<Description, OnnxError> {
    let model = read::copied(bytes)?;
    let graph = read::graph(&model)?;
    let constants: BTreeSet<&str> =
        graph.initializer.iter().map(|tensor| tensor.name.as_str()).collect();
    let inputs = graph.input.iter().filter(|info| !constants.contains(info.name.as_str()));
    Ok(Description {
        producer: producer(bytes)?,
        operator_sets: model.opset_import.iter().take(MAX_TOLD).map(OperatorSet::of).collect(),
        inputs: inputs.take(MAX_TOLD).map(Port::of).collect(),
        outputs: graph.output.iter().take(MAX_TOLD).map(Port::of).collect(),
        nodes: graph.node.len(),
        functions: model.functions.len(),
        weight_tensors: graph.initializer.len(),
        weights: weights(graph),
    })
}

/// The elements of all initializers, by their sizes.
fn weights(graph: &GraphProto) -> u64 {
    let elements = graph.initializer.iter().map(|tensor| {
        let sizes = tensor.dims.iter().map(|size| u64::try_from(*size).unwrap_or(0));
        sizes.fold(1, u64::saturating_mul)
    });
    elements.fold(0, u64::saturating_add)
}

/// Name and version of what wrote a file.
fn producer(bytes: &[u8]) -> Result<Option<String>, OnnxError> {
    let mut parts = [""; 2];
    for field in scan::fields(bytes) {
        let scan::Field { number, inner, .. } = field?;
        for (part, own) in parts.iter_mut().zip(PRODUCER) {
            if let (true, Some(inner)) = (number == own, inner) {
                *part = std::str::from_utf8(inner).unwrap_or("");
            }
        }
    }
    let told: Vec<String> =
        parts.iter().filter(|part| !part.is_empty()).map(|part| printable(part)).collect();
    Ok((!told.is_empty()).then(|| told.join(" ")))
}

impl OperatorSet {
    fn of(set: &OperatorSetProto) -> Self {
        Self { domain: printable(&set.domain), version: set.version }
    }
}

impl Port {
    fn of(info: &ValueInfoProto) -> Self {
        let name = printable(&info.name);
        let kind = info.r#type.as_ref();
        let Some(tensor) = kind.and_then(|kind| kind.tensor_type.as_ref()) else {
            let sequence = kind.is_some_and(|kind| kind.sequence_type.is_some());
            let kind = if sequence { "sequence" } else { "unknown" };
            return Self { name, kind: kind.to_owned(), shape: None };
        };
        let shape = tensor.shape.as_ref().map(|shape| {
            let size = |dim: &DimensionProto| match (dim.dim_value, &dim.dim_param) {
                (Some(value), _) => value.to_string(),
                (None, Some(name)) if !name.is_empty() => printable(name),
                (None, _) => "?".to_owned(),
            };
            shape.dim.iter().take(MAX_TOLD).map(size).collect()
        });
        Self { name, kind: type_name(tensor.elem_type), shape }
    }
}
