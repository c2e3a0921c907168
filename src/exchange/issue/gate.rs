//! The gate: a program that decides otherwise than its model is not issued.

use std::path::Path;

use crate::exchange::error::ExchangeError;
use crate::model::layers::LayerError;
use crate::model::quality::{CLOSE_PERCENT, Quality};

/// The part of the calibration documents on which program and model must
/// decide alike, unless the requester says otherwise.
pub const DEFAULT_AGREEMENT: f64 = 0.995;

/// Layers named in the message.
const LAYERS: usize = 3;

/// Says what differs, by how much, which layers cost most, and what to do.
pub(super) fn refusal(
    model: &Path,
    quality: &Quality,
    agreement: f64,
    layers: &[LayerError],
) -> ExchangeError {
    let of = quality.documents;
    let mut problem = format!(
        "the integer program does not decide as the model does: the same decision on {} of {of} calibration documents ({} match by the model only, {} by the program only)",
        quality.same_decision, quality.matched_by_model_only, quality.matched_by_program_only,
    );
    if let Some(same) = quality.same_top_class {
        problem += &format!(", the same top class on {same} of {of}");
    }
    match quality.clear_disagreements() {
        0 => {}
        missed => {
            problem += &format!(
                ", another decision on {missed} whose margin is above {CLOSE_PERCENT} % of the range of scores"
            );
        }
    }
    let worst: Vec<String> = layers
        .iter()
        .take(LAYERS)
        .map(|layer| format!("`{}` ({}, {:.1} %)", layer.node, layer.operator, layer.percent))
        .collect();
    if !worst.is_empty() {
        problem += &format!(
            "; rounding costs most at {} (change of the scores in percent of their range, if that layer alone is rounded)",
            worst.join(", ")
        );
    }
    let advice = format!(
        "calibrate on more documents like those of the corpus, or use a model with less extreme weights; a share of {agreement} must agree (--agreement); --accept-disagreement issues the request anyway, and the request says so permanently"
    );
    ExchangeError::file(model, problem, advice)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quality::Margins;

    #[test]
    fn the_refusal_says_what_differs_and_what_to_do() {
        let quality = Quality {
            documents: 24,
            same_top_class: Some(20),
            same_decision: 23,
            matched_by_both: 12,
            matched_by_model_only: 1,
            margins: vec![Margins { up_to_percent: 20, documents: 3, decided_otherwise: 1 }],
            ..Quality::default()
        };
        assert!(!quality.passes(0.9), "a clear one is missed");
        let layer = LayerError { node: "conv1".into(), operator: "Relu".into(), percent: 12.34 };
        let text = refusal(Path::new("m.onnx"), &quality, 0.995, &[layer]).to_string();
        for part in [
            "m.onnx",
            "23 of 24",
            "1 match by the model only",
            "0 by the program only",
            "the same top class on 20 of 24",
            "1 whose margin is above 5 %",
            "`conv1` (Relu, 12.3 %)",
            "0.995",
            "--accept-disagreement",
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }

    #[test]
    fn decisions_top_classes_and_clear_ones_all_count() {
        let all = Quality {
            documents: 400,
            same_top_class: Some(398),
            same_decision: 398,
            ..Quality::default()
        };
        assert!(all.passes(DEFAULT_AGREEMENT));
        assert!(!Quality { same_decision: 397, ..all.clone() }.passes(DEFAULT_AGREEMENT));
        let few = |same_decision| Quality { documents: 24, same_decision, ..Quality::default() };
        assert!(few(23).passes(DEFAULT_AGREEMENT) && !few(22).passes(DEFAULT_AGREEMENT));
        assert!(!few(23).passes(1.0));
        assert!(!Quality { same_top_class: Some(397), ..all.clone() }.passes(DEFAULT_AGREEMENT));
        assert!(Quality { same_top_class: None, ..all }.passes(DEFAULT_AGREEMENT));
    }
}
