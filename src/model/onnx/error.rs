//! What can be wrong with a model file.

use super::refusals::{Refusal, Refusals};
use crate::model::graph::Problem;
use crate::printable::printable;

/// Why an ONNX file was not read. Every message says what to do next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OnnxError {
    /// The file is longer than [`super::MAX_MODEL_BYTES`].
    #[error("the model file has {got} bytes, the limit is {limit}; use a smaller model")]
    FileTooLarge {
        /// Bytes in the file.
        got: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The bytes are not an ONNX protobuf message.
    #[error("not a readable ONNX file: {0}; export the model again")]
    Malformed(String),
    /// A TensorFlow Lite file.
    #[error(
        "this is a TensorFlow Lite file, not ONNX; convert it: pip install tf2onnx, then python -m tf2onnx.convert --opset 17 --tflite MODEL.tflite --output model.onnx (see docs/models.md)"
    )]
    TfLite,
    /// Something about the model as a whole.
    #[error("the model cannot be used: {problem}; {advice}")]
    Model {
        /// What is wrong.
        problem: String,
        /// What could be done.
        advice: String,
    },
    /// A weight tensor.
    #[error("weight tensor `{tensor}`: {problem}; {advice}")]
    Tensor {
        /// The tensor's name.
        tensor: String,
        /// What is wrong.
        problem: String,
        /// What could be done.
        advice: String,
    },
    /// One node of the graph.
    #[error("node `{node}` ({operator}): {problem}; {advice}")]
    Node {
        /// The node's name, or its position and output if it has none.
        node: String,
        /// The operator.
        operator: String,
        /// What is wrong.
        problem: String,
        /// What could be done.
        advice: String,
    },
    /// Several of these, or one at several places.
    #[error("{0}")]
    Several(Refusals),
}

impl OnnxError {
    /// What is refused: the only thing, or all that is listed, and how many places come on top
    /// that are not. `None` if the bytes are no model that could hold anything.
    #[must_use]
    pub fn refusals(&self) -> Option<Refusals> {
        let (operator, place, problem, advice) = match self {
            Self::FileTooLarge { .. } | Self::Malformed(_) | Self::TfLite => return None,
            Self::Several(list) => return Some(list.clone()),
            Self::Model { problem, advice } => (None, None, problem, advice),
            Self::Tensor { tensor, problem, advice } => (None, Some(tensor), problem, advice),
            Self::Node { node, operator, problem, advice } => {
                (Some(operator), Some(node), problem, advice)
            }
        };
        Some(Refusals::one(Refusal {
            operator: operator.cloned(),
            places: place.cloned().into_iter().collect(),
            count: 1,
            problem: problem.clone(),
            advice: advice.clone(),
        }))
    }
}

impl Problem {
    pub(crate) fn in_model(self) -> OnnxError {
        OnnxError::Model { problem: printable(&self.problem), advice: self.advice }
    }

    pub(crate) fn in_tensor(self, tensor: &str) -> OnnxError {
        OnnxError::Tensor {
            tensor: printable(tensor),
            problem: printable(&self.problem),
            advice: self.advice,
        }
    }

    pub(crate) fn in_node(self, node: &str, operator: &str) -> OnnxError {
        OnnxError::Node {
            node: printable(node),
            operator: printable(operator),
            problem: printable(&self.problem),
            advice: self.advice,
        }
    }
}
