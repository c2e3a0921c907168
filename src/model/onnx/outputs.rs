//! Which of a model's outputs are its scores.
//!
//! Classifiers of scikit-learn, XGBoost and LightGBM give a label and scores; some models give the
//! label alone. The label is the name of the class with the greatest score, so the scores are taken.

use super::error::OnnxError;
use super::nodes::ml;
use super::proto::{GraphProto, NodeProto, ValueInfoProto};
use crate::model::graph::Problem;

/// The scores of a model.
pub(super) struct Scores<'a> {
    /// The tensor's name.
    pub(super) name: &'a str,
    /// The ArgMax that the model's own output makes of it.
    pub(super) arg_max: Option<&'a NodeProto>,
}

const INTEGERS_AND_STRINGS: [i32; 5] = [2, 3, 6, 7, 8];

/// Whether an output is declared as numbers or names of classes.
fn is_label(info: &ValueInfoProto) -> bool {
    let tensor = info.r#type.as_ref().and_then(|kind| kind.tensor_type.as_ref());
    tensor.is_some_and(|tensor| INTEGERS_AND_STRINGS.contains(&tensor.elem_type))
}

/// Finds the scores.
pub(super) fn scores(graph: &GraphProto) -> Result<Scores<'_>, OnnxError> {
    let outputs = graph.output.as_slice();
    if let [only] = outputs {
        return Ok(behind_label(graph, &only.name));
    }
    let others: Vec<&ValueInfoProto> = outputs.iter().filter(|info| !is_label(info)).collect();
    match others.as_slice() {
        [scores] => Ok(Scores { name: &scores.name, arg_max: None }),
        _ => {
            let problem = format!("it has {} outputs, expected one", outputs.len());
            let advice = "keep the scores alone: onnx.utils.extract_model(\"model.onnx\", \"scores.onnx\", [INPUT], [SCORES]) with the names of its input and of that output";
            Err(Problem::new(problem, advice).in_model())
        }
    }
}

/// The scores that a label is made of, or the output as it is.
fn behind_label<'a>(graph: &'a GraphProto, output: &'a str) -> Scores<'a> {
    let constant = |name: &String| graph.initializer.iter().any(|tensor| tensor.name == *name);
    let mut name = output;
    // Nodes are in topological order, so one walk back meets all of them.
    for node in graph.node.iter().rev() {
        if node.output.first().is_none_or(|first| first != name) {
            continue;
        }
        let input = |at: usize| node.input.get(at).map(String::as_str);
        let next = match (node.domain.as_str(), node.op_type.as_str()) {
            ("" | "ai.onnx", "ArgMax") => {
                return match input(0) {
                    Some(name) => Scores { name, arg_max: Some(node) },
                    None => break,
                };
            }
            (ml::DOMAIN, classifier) if ml::scores_output(classifier) == 1 => {
                match node.output.get(1) {
                    Some(name) if !name.is_empty() => return Scores { name, arg_max: None },
                    _ => break,
                }
            }
            ("" | "ai.onnx", "Cast" | "Reshape" | "Squeeze" | "Flatten" | "Identity")
            | (ml::DOMAIN, "LabelEncoder") => input(0),
            (ml::DOMAIN, "ArrayFeatureExtractor") if node.input.first().is_some_and(constant) => {
                input(1)
            }
            _ => break,
        };
        match next {
            Some(next) => name = next,
            None => break,
        }
    }
    Scores { name: output, arg_max: None }
}
