//! Attention and normalisation: what the integer program makes of them.

use super::operators::Case;
use super::products::scores;
use crate::model::linear::LinearMap;
use crate::model::onnx::writer::{Writer, float, int, ints};
use crate::model::program::Op;
use crate::model::quantize::{CalibratedRanges, Compiled};

/// An encoder: what is around its attention and its normalisation.
struct Encoder {
    tokens: i64,
    width: i64,
    heads: i64,
    /// Normalisation comes before attention and layers, and not after the sum.
    pre_norm: bool,
    /// Later tokens are hidden from earlier ones.
    causal: bool,
}

impl Encoder {
    /// A dense layer with a bias.
    fn dense(&self, w: &mut Writer, x: &str, from: i64, to: i64) -> String {
        let spread = (3.0 / from as f32).sqrt();
        let (weights, bias) = (w.weights(&[from, to], 0.0, spread), w.weights(&[to], 0.0, 0.3));
        let y = w.node("MatMul", &[x, &weights], vec![]);
        w.node("Add", &[&y, &bias], vec![])
    }

    fn norm(&self, w: &mut Writer, x: &str) -> String {
        let scale = w.weights(&[self.width], 1.0, 0.3);
        let bias = w.weights(&[self.width], 0.0, 0.3);
        w.node("LayerNormalization", &[x, &scale, &bias], vec![float("epsilon", 1e-5)])
    }

    fn attention(&self, w: &mut Writer, x: &str) -> String {
        let Self { tokens, width, heads, .. } = *self;
        let shape = w.integers(&[1, tokens, heads, width / heads]);
        let head = |w: &mut Writer, permutation: &[i64]| {
            let y = self.dense(w, x, width, width);
            let y = w.node("Reshape", &[&y, &shape], vec![]);
            w.node("Transpose", &[&y], vec![ints("perm", permutation)])
        };
        let query = head(w, &[0, 2, 1, 3]);
        let key = head(w, &[0, 2, 3, 1]);
        let value = head(w, &[0, 2, 1, 3]);
        let products = w.node("MatMul", &[&query, &key], vec![]);
        let root = w.floats(&[], vec![((width / heads) as f32).sqrt()]);
        let mut products = w.node("Div", &[&products, &root], vec![]);
        if self.causal {
            let hidden = |at: i64| if at % tokens > at / tokens { f32::MIN } else { 0.0 };
            let mask = (0..tokens * tokens).map(hidden).collect();
            let mask = w.floats(&[tokens, tokens], mask);
            products = w.node("Add", &[&products, &mask], vec![]);
        }
        let shares = w.node("Softmax", &[&products], vec![int("axis", -1)]);
        let y = w.node("MatMul", &[&shares, &value], vec![]);
        let y = w.node("Transpose", &[&y], vec![ints("perm", &[0, 2, 1, 3])]);
        let shape = w.integers(&[1, tokens, width]);
        let y = w.node("Reshape", &[&y, &shape], vec![]);
        self.dense(w, &y, width, width)
    }

    fn layers(&self, w: &mut Writer, x: &str) -> String {
        let y = self.dense(w, x, self.width, 4 * self.width);
        let y = w.node("Gelu", &[&y], vec![]);
        self.dense(w, &y, 4 * self.width, self.width)
    }

    fn residual(
        &self,
        w: &mut Writer,
        x: &str,
        part: impl FnOnce(&Self, &mut Writer, &str) -> String,
    ) -> String {
        if self.pre_norm {
            let y = self.norm(w, x);
            let y = part(self, w, &y);
            return w.node("Add", &[x, &y], vec![]);
        }
        let y = part(self, w, x);
        let y = w.node("Add", &[x, &y], vec![]);
        self.norm(w, &y)
    }

    /// A model over a picture of a row for each token.
    fn model(&self, layers: usize, seed: u64) -> Vec<u8> {
        self.model_with(layers, seed, 0.0)
    }

    /// The same, in which one channel of the first token is so much larger.
    fn model_with(&self, layers: usize, seed: u64, much: f32) -> Vec<u8> {
        let Self { tokens, width, .. } = *self;
        let mut w = Writer::new(20, &[1, 1, tokens, 12], seed);
        let shape = w.integers(&[1, tokens, 12]);
        let x = w.node("Reshape", &["x", &shape], vec![]);
        let mut x = self.dense(&mut w, &x, 12, width);
        let positions = w.weights(&[tokens, width], 0.0, 0.5);
        x = w.node("Add", &[&x, &positions], vec![]);
        if much > 0.0 {
            let one = (0..tokens * width).map(|at| if at == 3 { much } else { 0.0 }).collect();
            let one = w.floats(&[tokens, width], one);
            x = w.node("Add", &[&x, &one], vec![]);
        }
        for _ in 0..layers {
            x = self.residual(&mut w, &x, Self::attention);
            x = self.residual(&mut w, &x, Self::layers);
        }
        let y = scores(&mut w, &x, tokens * width);
        w.finish(&y)
    }
}

/// Elements of the nodes of a kind.
fn elements(compiled: &Compiled, kind: fn(&Op) -> bool) -> usize {
    compiled.program.nodes().iter().filter(|node| kind(&node.op)).map(|node| node.len).sum()
}

/// Weights of all matrices of a program.
fn weights(compiled: &Compiled) -> usize {
    let terms = compiled.program.nodes().iter().filter_map(|node| match &node.op {
        Op::Linear { terms, .. } => Some(terms),
        _ => None,
    });
    let of_map = |map: &LinearMap| match map {
        LinearMap::Conv2d(conv) => conv.weights.len(),
        LinearMap::Dense(dense) => dense.weights.len(),
        _ => 0,
    };
    terms.flatten().map(|(_, map)| of_map(map)).sum()
}

/// By how much of the scores' range the program misses the model's scores.
fn error(model: &[u8], case: &Case) -> (f64, Compiled) {
    error_with(model, case, |ranges| ranges)
}

fn error_with(
    model: &[u8],
    case: &Case,
    change: impl FnOnce(CalibratedRanges) -> CalibratedRanges,
) -> (f64, Compiled) {
    let (compiled, figures) = case.compile_with(model, change);
    let scores = compiled.scores.unwrap();
    let range = scores.unit * compiled.precision.levels as f64;
    (figures.max_score_error.unwrap() / range, compiled)
}

#[test]
fn programs_follow_encoders() {
    for (pre_norm, causal) in [(false, false), (true, false), (false, true)] {
        let encoder = Encoder { tokens: 10, width: 16, heads: 2, pre_norm, causal };
        let (error, compiled) = error(&encoder.model(2, 3), &Case::new(1, 10, 12));
        // Shares of 10 tokens, 2 heads, 2 layers.
        assert_eq!(elements(&compiled, |op| matches!(op, Op::Softmax { .. })), 4 * 100);
        assert_eq!(elements(&compiled, |op| matches!(op, Op::Rsqrt { .. })), 4 * 10);
        assert!(error < 0.03, "{error}");
    }
}

/// Scores of every layer count in one unit, so that their exponentials are parts of one table.
#[test]
fn softmaxes_of_all_layers_read_one_table() {
    for causal in [false, true] {
        let encoder = Encoder { tokens: 10, width: 16, heads: 2, pre_norm: false, causal };
        let (_, compiled) = error(&encoder.model(3, 5), &Case::new(1, 10, 12));
        let tables = compiled.program.nodes().iter().filter_map(|node| match node.op {
            Op::Softmax { table, .. } => Some(table),
            _ => None,
        });
        let tables: Vec<usize> = tables.collect();
        assert_eq!(tables, [tables[0]; 3]);
    }
}

/// The stream of sums is held where it is normalised: no half of a layer is written twice.
#[test]
fn weights_before_later_normalisations_are_written_once() {
    let encoder = Encoder { tokens: 10, width: 16, heads: 2, pre_norm: true, causal: false };
    let of_layers = |layers: usize| {
        let (error, compiled) = error(&encoder.model(layers, 7), &Case::new(1, 10, 12));
        assert!(error < 0.03, "{error}");
        weights(&compiled)
    };
    let [one, four] = [1, 4].map(of_layers);
    // Four matrices of attention, and two of four times the width.
    assert_eq!(four - one, 3 * 12 * 16 * 16);
}

/// A channel of the stream that is a thousand times as large has a unit of its own, at no row.
#[test]
fn a_channel_that_is_much_larger_has_a_unit_of_its_own() {
    let encoder = Encoder { tokens: 10, width: 16, heads: 2, pre_norm: true, causal: false };
    let case = Case::new(1, 10, 12);
    let rows = |compiled: &Compiled| {
        [|op: &Op| matches!(op, Op::Table { .. }), |op: &Op| matches!(op, Op::Product { .. })]
            .map(|kind| elements(compiled, kind))
    };
    let exponents = |compiled: &Compiled| -> Vec<Vec<u8>> {
        let steps = 0..compiled.program.nodes().len();
        let lists = steps.map(|step| compiled.program.exponents(step).to_vec());
        lists.filter(|list| !list.is_empty()).collect()
    };
    let (even, compiled) = error(&encoder.model(2, 3), &case);
    assert!(exponents(&compiled).is_empty());
    let (uneven, by_channel) = error(&encoder.model_with(2, 3, 1500.0), &case);
    assert_eq!(rows(&compiled), rows(&by_channel));
    let lists = exponents(&by_channel);
    assert_eq!(lists.len(), 4, "a step for each normalisation");
    for list in &lists {
        assert!(list[3] >= 5 && list.iter().filter(|k| **k > 0).count() == 1, "{list:?}");
    }
    // The reciprocal root of the row that holds it has few bits.
    assert!(even < 0.03 && uneven < 0.06, "{even} {uneven}");
}

/// Beside such a channel the rows of other tokens keep the steps of their other channels, which one
/// unit would leave none.
#[test]
fn tokens_beside_one_with_a_much_larger_channel_keep_their_steps() {
    let case = Case::new(1, 4, 32);
    let model = {
        let mut w = Writer::new(20, &[1, 1, 4, 32], 5);
        let shape = w.integers(&[1, 4, 32]);
        let x = w.node("Reshape", &["x", &shape], vec![]);
        let spread = w.weights(&[4, 32], 0.0, 1.0);
        let x = w.node("Add", &[&x, &spread], vec![]);
        let much = (0..4 * 32).map(|at| if at == 3 { 30_000.0 } else { 0.0 }).collect();
        let much = w.floats(&[4, 32], much);
        let x = w.node("Add", &[&x, &much], vec![]);
        let (ones, zeros) = (w.floats(&[32], vec![1.0; 32]), w.floats(&[32], vec![0.0; 32]));
        let x = w.node("LayerNormalization", &[&x, &ones, &zeros], vec![]);
        let [from, to, axes] = [[1, 4], [4, 32], [1, 2]].map(|numbers| w.integers(&numbers));
        let x = w.node("Slice", &[&x, &from, &to, &axes], vec![]);
        let shape = w.integers(&[1, 3 * 28]);
        let x = w.node("Reshape", &[&x, &shape], vec![]);
        let weights = w.weights(&[3 * 28, 2], 0.0, 1.0);
        let y = w.node("MatMul", &[&x, &weights], vec![]);
        w.finish(&y)
    };
    let one_unit = |ranges: CalibratedRanges| {
        let mut json = serde_json::to_value(&ranges).unwrap();
        json.as_object_mut().unwrap().remove("channels").unwrap();
        serde_json::from_value(json).unwrap()
    };
    let (apart, _) = error(&model, &case);
    let (together, _) = error_with(&model, &case, one_unit);
    assert!(apart < 0.1 && together > 3.0 * apart, "{apart} {together}");
}

/// Queries, keys and values of one matrix: each is written with the rows of its own.
#[test]
fn a_matrix_that_is_split_is_written_once() {
    let (tokens, width) = (6, 8);
    let mut w = Writer::new(20, &[1, 1, tokens, width], 11);
    let shape = w.integers(&[1, tokens, width]);
    let x = w.node("Reshape", &["x", &shape], vec![]);
    let matrix = w.weights(&[width, 3 * width], 0.0, 0.6);
    let all = w.node("MatMul", &[&x, &matrix], vec![]);
    let axis = w.integers(&[2]);
    let mut part = |at: i64| {
        let ends = [at * width, (at + 1) * width].map(|end| w.integers(&[end]));
        w.node("Slice", &[&all, &ends[0], &ends[1], &axis], vec![])
    };
    let [query, key, value] = [0, 1, 2].map(&mut part);
    let key = w.node("Transpose", &[&key], vec![ints("perm", &[0, 2, 1])]);
    let products = w.node("MatMul", &[&query, &key], vec![]);
    let shares = w.node("Softmax", &[&products], vec![int("axis", -1)]);
    let y = w.node("MatMul", &[&shares, &value], vec![]);
    let y = scores(&mut w, &y, tokens * width);
    let (error, compiled) = error(&w.finish(&y), &Case::new(1, 6, 8));
    assert!(error < 0.03, "{error}");
    let (split, of_scores) = (3 * width * width, 3 * tokens * width);
    assert!(weights(&compiled) < 2 * split as usize, "{split} and {of_scores}");
}

/// Levels of standardised rows and of averages are powers of two of their products' units, so that
/// one table makes them in all layers.
#[test]
fn norms_and_averages_of_all_layers_read_one_table_each() {
    for pre_norm in [false, true] {
        let encoder = Encoder { tokens: 10, width: 16, heads: 2, pre_norm, causal: false };
        let (_, compiled) = error(&encoder.model(3, 5), &Case::new(1, 10, 12));
        let nodes = compiled.program.nodes();
        let (mut norms, mut averages) = (Vec::new(), Vec::new());
        for node in nodes {
            let Op::Table { input, table, .. } = node.op else { continue };
            match nodes[input].op {
                Op::MatMul { inner: 1, .. } => norms.push(table),
                Op::MatMul { .. } => averages.push(table),
                _ => {}
            }
        }
        assert_eq!((norms.len(), averages.len()), (6, 3));
        assert_eq!((&norms[..], &averages[..]), (&[norms[0]; 6][..], &[averages[0]; 3][..]));
    }
}

/// A sum over a standardised row may not go as far as its elements could together.
#[test]
fn sums_of_standardised_rows_are_bounded_as_rows() {
    let encoder = Encoder { tokens: 4, width: 48, heads: 2, pre_norm: true, causal: false };
    let (_, compiled) = error(&encoder.model(1, 5), &Case::new(1, 4, 12));
    let nodes = compiled.program.nodes();
    let mut seen = 0;
    for node in nodes {
        // A layer of 48 to 192 behind the second normalisation: its GELU has a table of its own.
        let Op::Table { input, table, shift } = node.op else { continue };
        let Op::Linear { terms, .. } = &nodes[input].op else { continue };
        let [(_, LinearMap::Gather(_))] = terms.as_slice() else { continue };
        if node.len != 4 * 192 {
            continue;
        }
        let (moved, _) = &terms[0];
        let Op::Linear { terms, .. } = &nodes[*moved].op else { continue };
        let Some((_, LinearMap::Conv2d(conv))) = terms.first() else { continue };
        let weights: Vec<i64> = conv.weights.iter().collect();
        let apart = |row: &[i64]| row.iter().map(|w| w.abs() as f64).sum::<f64>();
        let together = |row: &[i64]| row.iter().map(|w| (w * w) as f64).sum::<f64>().sqrt();
        let most = |of: &dyn Fn(&[i64]) -> f64| weights.chunks(48).map(of).fold(0.0, f64::max);
        // The table of the levels covers √48 deviations on each side.
        let Op::Linear { terms, .. } = &nodes[terms[0].0].op else { continue };
        let Op::Table { table: levels, .. } = nodes[terms[0].0].op else { continue };
        let most_level = compiled.program.tables()[levels].values.iter().max().unwrap();
        let unit = *most_level as f64 / f64::from(1u32 << shift);
        let entries = compiled.program.tables()[table].values.len() as f64;
        assert!(entries < 2.5 * most(&together) * unit, "{entries}");
        assert!(entries < most(&apart) * unit, "far less than by elements");
        seen += 1;
    }
    assert_eq!(seen, 1);
}
