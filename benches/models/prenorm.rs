//! Transformers that normalise before each half of a layer: GPT-2 with its head, and ViT.

use crate::blocks::{Heads, attention, dense, norm};
use crate::onnx::writer::{Writer, int, ints, string};

/// Tokens of GPT-2's vocabulary.
const VOCABULARY: i64 = 50_257;
/// The variance below which rows are hardly scaled, of both.
const EPSILON: f32 = 1e-5;

/// GPT-2 small over so many tokens, with its head on the last: the scores of all tokens that may
/// follow. The head's matrix is that of the embedding, as in the published file.
pub(crate) fn gpt2(tokens: i64) -> Vec<u8> {
    let sizes = Heads { width: 768, heads: 12, tokens };
    let width = sizes.width;
    let mut w = Writer::new(20, &[1, tokens], 9);
    let input = &mut w.graph().input[0];
    input.name = "input_ids".into();
    let tensor = input.r#type.as_mut().and_then(|kind| kind.tensor_type.as_mut());
    tensor.expect("a tensor").elem_type = 7;
    let table = w.weights(&[VOCABULARY, width], 0.0, 0.25);
    let words = w.node("Gather", &[&table, "input_ids"], vec![]);
    let places = w.weights(&[tokens, width], 0.0, 0.1);
    let mut x = w.node("Add", &[&words, &places], vec![]);
    // What comes later is not seen.
    let count = usize::try_from(tokens).expect("a number of tokens");
    let later = |at: usize| if at % count > at / count { f32::MIN } else { 0.0 };
    let mask = w.floats(&[1, 1, tokens, tokens], (0..count * count).map(later).collect());
    for _ in 0..12 {
        x = layer(&mut w, &x, sizes, Some(&mask), "tanh");
    }
    let x = norm(&mut w, &x, width, EPSILON);
    let last = w.integers(&[tokens - 1]);
    let y = w.node("Gather", &[&x, &last], vec![int("axis", 1)]);
    let y = w.node("Flatten", &[&y], vec![]);
    let turned = w.node("Transpose", &[&table], vec![ints("perm", &[1, 0])]);
    let y = w.node("MatMul", &[&y, &turned], vec![]);
    w.finish(&y)
}

/// ViT-tiny with patches of 16×16 and the 1,000 classes of ImageNet.
pub(crate) fn vit_tiny(side: i64) -> Vec<u8> {
    let patches = (side / 16) * (side / 16);
    let sizes = Heads { width: 192, heads: 3, tokens: patches + 1 };
    let width = sizes.width;
    let mut w = Writer::new(20, &[1, 3, side, side], 10);
    let weights = w.weights(&[width, 3, 16, 16], 0.0, (3.0 / 768.0f32).sqrt() * 2.0);
    let bias = w.weights(&[width], 0.0, 0.05);
    let strides = vec![ints("strides", &[16, 16])];
    let y = w.node("Conv", &["x", &weights, &bias], strides);
    let flat = w.integers(&[1, width, patches]);
    let y = w.node("Reshape", &[&y, &flat], vec![]);
    let y = w.node("Transpose", &[&y], vec![ints("perm", &[0, 2, 1])]);
    let class = w.weights(&[1, 1, width], 0.0, 0.3);
    let y = w.node("Concat", &[&class, &y], vec![int("axis", 1)]);
    let places = w.weights(&[1, sizes.tokens, width], 0.0, 0.3);
    let mut x = w.node("Add", &[&y, &places], vec![]);
    for _ in 0..12 {
        x = layer(&mut w, &x, sizes, None, "none");
    }
    let first = w.integers(&[0]);
    let y = w.node("Gather", &[&x, &first], vec![int("axis", 1)]);
    let y = norm(&mut w, &y, width, EPSILON);
    let y = w.node("Flatten", &[&y], vec![]);
    let y = dense(&mut w, &y, [width, 1000], 1.0);
    w.finish(&y)
}

/// Attention and two dense layers, each added to what it reads.
fn layer(w: &mut Writer, x: &str, sizes: Heads, mask: Option<&str>, gelu: &str) -> String {
    let width = sizes.width;
    let y = norm(w, x, width, EPSILON);
    let y = attention(w, &y, sizes, mask);
    let x = w.node("Add", &[x, &y], vec![]);
    let y = norm(w, &x, width, EPSILON);
    let y = dense(w, &y, [width, 4 * width], 1.0);
    let y = w.node("Gelu", &[&y], vec![string("approximate", gelu)]);
    let y = dense(w, &y, [4 * width, width], 2.0);
    w.node("Add", &[&x, &y], vec![])
}
