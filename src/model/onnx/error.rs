//! What can be wrong with a model file.

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
