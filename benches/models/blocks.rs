//! What encoders and decoders are made of: dense layers, attention, normalisation.

use crate::onnx::writer::{Writer, float, int, ints};

/// The sizes of attention.
#[derive(Clone, Copy)]
pub(crate) struct Heads {
    pub(crate) width: i64,
    pub(crate) heads: i64,
    pub(crate) tokens: i64,
}

/// LayerNormalization with made parameters.
pub(crate) fn norm(w: &mut Writer, x: &str, width: i64, epsilon: f32) -> String {
    let (scale, bias) = (w.weights(&[width], 1.0, 0.2), w.weights(&[width], 0.0, 0.1));
    w.node("LayerNormalization", &[x, &scale, &bias], vec![float("epsilon", epsilon)])
}

/// A dense layer with a bias, whose squares have `gain` times the mean of those that it reads.
pub(crate) fn dense(w: &mut Writer, x: &str, [from, to]: [i64; 2], gain: f32) -> String {
    let weights = w.weights(&[from, to], 0.0, (3.0 * gain / from as f32).sqrt());
    let bias = w.weights(&[to], 0.0, 0.05);
    let y = w.node("MatMul", &[x, &weights], vec![]);
    w.node("Add", &[&y, &bias], vec![])
}

/// Attention of all heads, with what is added to the scores, if anything.
pub(crate) fn attention(w: &mut Writer, x: &str, sizes: Heads, mask: Option<&str>) -> String {
    let Heads { width, heads, tokens } = sizes;
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
    let mut scores = w.node("Div", &[&scores, &root], vec![]);
    if let Some(mask) = mask {
        scores = w.node("Add", &[&scores, mask], vec![]);
    }
    let shares = w.node("Softmax", &[&scores], vec![int("axis", -1)]);
    let y = w.node("MatMul", &[&shares, &value], vec![]);
    let y = w.node("Transpose", &[&y], vec![ints("perm", &[0, 2, 1, 3])]);
    let joined = w.integers(&[1, tokens, width]);
    let y = w.node("Reshape", &[&y, &joined], vec![]);
    dense(w, &y, [width, width], 1.0)
}
