//! Operators that are refused for a reason of their own.

use crate::model::graph::Problem;

/// The reason, and what to do, if an operator has its own.
pub(super) fn problem(operator: &str) -> Option<Problem> {
    let (problem, advice) = match operator {
        "LRN" => (
            "it divides by a sum of squares of the document itself",
            "train with BatchNormalization in its place, or without",
        ),
        "LpPool" | "GlobalLpPool" => {
            ("it takes roots of sums of powers", "use average or max pooling")
        }
        "Mod" => (
            "a remainder of a tensor that depends on the document jumps between neighbours",
            "use a model without it",
        ),
        "ReduceLogSumExp" => (
            "its powers are too far apart for levels",
            "use a model that ends in the softmax, or ReduceMax",
        ),
        _ => return None,
    };
    Some(Problem::operator(problem, advice))
}
