//! Which of a model's outputs are its scores.
//!
//! Classifiers of scikit-learn, XGBoost and LightGBM give a label and scores; some models give the
//! label alone. The label is the name of the class with the greatest score, so the scores are taken.
//! An output that is asked for wins; if it is a label, its scores are taken too.

use super::constant::{BFLOAT16, DOUBLE, FLOAT, FLOAT16};
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

/// Some names, for messages.
pub(super) fn listed<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.take(8).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

/// The output that is read: the one that is asked for, or the only one, or the only one that
/// may hold floats.
pub(super) fn output<'a>(graph: &'a GraphProto, asked: Option<&str>) -> Result<&'a str, Problem> {
    let all = || graph.output.iter().map(|info| info.name.as_str());
    if let Some(asked) = asked {
        return all().find(|name| *name == asked).ok_or_else(|| {
            let problem = format!("it has no output `{asked}`; it has {}", listed(all()));
            Problem::new(problem, "name one of these with --output")
        });
    }
    if let [only] = graph.output.as_slice() {
        return Ok(&only.name);
    }
    let mut scores = graph.output.iter().filter(|info| may_be_scores(info));
    match (scores.next(), scores.next()) {
        (Some(only), None) => Ok(&only.name),
        _ => {
            let count = graph.output.len();
            let problem = format!("it has {count} outputs ({}), expected one", listed(all()));
            Err(Problem::new(problem, "name the one with the scores: --output NAME"))
        }
    }
}

/// Whether an output may hold floats: its type is one of them, or is not stated, or it is
/// the list of dictionaries that ZipMap makes of probabilities.
fn may_be_scores(info: &ValueInfoProto) -> bool {
    info.r#type.as_ref().is_none_or(|kind| match &kind.tensor_type {
        Some(tensor) => matches!(tensor.elem_type, 0 | FLOAT | DOUBLE | FLOAT16 | BFLOAT16),
        None => true,
    })
}

/// The scores of an output: those that its label is made of, or the output as it is.
pub(super) fn scores<'a>(graph: &'a GraphProto, output: &'a str) -> Scores<'a> {
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
