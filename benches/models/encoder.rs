//! Encoders over tokens, as BERT has them: embeddings, attention with a mask of the padding, two
//! dense layers with GELU, each followed by a sum and LayerNormalization; a pooler and scores.

use crate::blocks::{Heads, attention, dense, norm};
use crate::onnx::writer::{Writer, int};

/// Tokens of the vocabulary of `bert-base-uncased`.
pub(crate) const VOCABULARY: i64 = 30_522;

/// The sizes of an encoder.
pub(crate) struct Encoder {
    pub(crate) layers: usize,
    pub(crate) width: i64,
    pub(crate) heads: i64,
    pub(crate) tokens: i64,
}

impl Encoder {
    /// The ONNX file.
    pub(crate) fn onnx(&self) -> Vec<u8> {
        let Self { layers, width, heads, tokens } = *self;
        let norm = |w: &mut Writer, x: &str| norm(w, x, width, 1e-12);
        let mut w = Writer::new(20, &[1, tokens], 8);
        let input = &mut w.graph().input;
        input[0].name = "input_ids".into();
        let tensor = input[0].r#type.as_mut().and_then(|kind| kind.tensor_type.as_mut());
        tensor.expect("a tensor").elem_type = 7;
        let mut mask = input[0].clone();
        mask.name = "attention_mask".into();
        input.push(mask);
        let table = w.weights(&[VOCABULARY, width], 0.0, 0.8);
        let words = w.node("Gather", &[&table, "input_ids"], vec![]);
        let places = w.weights(&[tokens, width], 0.0, 0.3);
        let x = w.node("Add", &[&words, &places], vec![]);
        let mut x = norm(&mut w, &x);
        let mask = mask_of(&mut w);
        for _ in 0..layers {
            let y = attention(&mut w, &x, Heads { width, heads, tokens }, Some(&mask));
            let y = w.node("Add", &[&x, &y], vec![]);
            x = norm(&mut w, &y);
            let y = dense(&mut w, &x, [width, 4 * width], 1.0);
            let y = w.node("Gelu", &[&y], vec![]);
            let y = dense(&mut w, &y, [4 * width, width], 2.0);
            let y = w.node("Add", &[&x, &y], vec![]);
            x = norm(&mut w, &y);
        }
        // The first token's, as BERT's pooler takes it.
        let first = w.integers(&[0]);
        let axis = vec![int("axis", 1)];
        let y = w.node("Gather", &[&x, &first], axis);
        let flat = w.node("Flatten", &[&y], vec![]);
        let y = dense(&mut w, &flat, [width, width], 1.0);
        let y = w.node("Tanh", &[&y], vec![]);
        let y = dense(&mut w, &y, [width, 8], 1.0);
        w.finish(&y)
    }
}

/// What is added to scores: 0 for tokens, the least number for padding.
fn mask_of(w: &mut Writer) -> String {
    let axes = w.integers(&[1, 2]);
    let mask = w.node("Unsqueeze", &["attention_mask", &axes], vec![]);
    let mask = w.node("Cast", &[&mask], vec![int("to", 1)]);
    let (one, least) = (w.floats(&[], vec![1.0]), w.floats(&[], vec![f32::MIN]));
    let padding = w.node("Sub", &[&one, &mask], vec![]);
    w.node("Mul", &[&padding, &least], vec![])
}
