//! Encoders over tokens, as BERT has them: embeddings, attention with a mask of the padding, two
//! dense layers with GELU, each followed by a sum and LayerNormalization; a pooler and scores.

use crate::onnx::writer::{Writer, float, int, ints};

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
        let Self { layers, width, tokens, .. } = *self;
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
        let mut x = self.norm(&mut w, &x);
        let mask = mask_of(&mut w);
        for _ in 0..layers {
            let y = self.attention(&mut w, &x, &mask);
            let y = w.node("Add", &[&x, &y], vec![]);
            x = self.norm(&mut w, &y);
            let y = dense(&mut w, &x, [width, 4 * width], 1.0);
            let y = w.node("Gelu", &[&y], vec![]);
            let y = dense(&mut w, &y, [4 * width, width], 2.0);
            let y = w.node("Add", &[&x, &y], vec![]);
            x = self.norm(&mut w, &y);
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

    fn norm(&self, w: &mut Writer, x: &str) -> String {
        let (scale, bias) =
            (w.weights(&[self.width], 1.0, 0.2), w.weights(&[self.width], 0.0, 0.1));
        w.node("LayerNormalization", &[x, &scale, &bias], vec![float("epsilon", 1e-12)])
    }

    fn attention(&self, w: &mut Writer, x: &str, mask: &str) -> String {
        let Self { width, heads, tokens, .. } = *self;
        let split = w.integers(&[1, tokens, heads, width / heads]);
        let mut head = |order: &[i64], gain: f32| {
            let y = dense(w, x, [width, width], gain);
            let y = w.node("Reshape", &[&y, &split], vec![]);
            w.node("Transpose", &[&y], vec![ints("perm", order)])
        };
        // Scores of a few nats.
        let query = head(&[0, 2, 1, 3], 3.0);
        let key = head(&[0, 2, 3, 1], 3.0);
        let value = head(&[0, 2, 1, 3], 1.0);
        let scores = w.node("MatMul", &[&query, &key], vec![]);
        let root = w.floats(&[], vec![((width / heads) as f32).sqrt()]);
        let scores = w.node("Div", &[&scores, &root], vec![]);
        let scores = w.node("Add", &[&scores, mask], vec![]);
        let shares = w.node("Softmax", &[&scores], vec![int("axis", -1)]);
        let y = w.node("MatMul", &[&shares, &value], vec![]);
        let y = w.node("Transpose", &[&y], vec![ints("perm", &[0, 2, 1, 3])]);
        let joined = w.integers(&[1, tokens, width]);
        let y = w.node("Reshape", &[&y, &joined], vec![]);
        dense(w, &y, [width, width], 1.0)
    }
}

/// A dense layer with a bias, whose squares have `gain` times the mean of those that it reads.
fn dense(w: &mut Writer, x: &str, [from, to]: [i64; 2], gain: f32) -> String {
    let weights = w.weights(&[from, to], 0.0, (3.0 * gain / from as f32).sqrt());
    let bias = w.weights(&[to], 0.0, 0.05);
    let y = w.node("MatMul", &[x, &weights], vec![]);
    w.node("Add", &[&y, &bias], vec![])
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
