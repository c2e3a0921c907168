//! Layers whose coefficients are hard to round: means over many positions,
//! weights of very different size, scores that share an offset, constants.

use crate::model::float_bits::FiniteF64;
use crate::model::layers::costliest_layers;
use crate::model::onnx;
use crate::model::onnx::writer::{Writer, float, int, ints};
use crate::model::predicate::{Predicate, top_class};
use crate::model::quality::{Decision, Quality, quality};
use crate::model::quantize::{
    CalibratedRanges, CompileOptions, Compiled, InputScaling, ViewDims, compile,
};
use crate::model::reference::{FloatModel, calibrate};

/// Sides of square pictures, so 4 to 99,856 positions.
const SIDES: [usize; 7] = [2, 4, 10, 20, 40, 100, 316];

/// Pages that scanners see: blank ones, gradients, blocks, text, noise.
fn pictures(side: usize) -> Vec<Vec<u8>> {
    let mut random = Writer::new(13, &[1], side as u64);
    let of = |f: &mut dyn FnMut(usize, usize) -> f64| -> Vec<u8> {
        let pixel = |at: usize| f(at / side, at % side).clamp(0.0, 255.0) as u8;
        (0..side * side).map(pixel).collect()
    };
    let mut pictures = vec![vec![0; side * side], vec![255; side * side], vec![128; side * side]];
    for kind in 0..21 {
        let (a, b) = (f64::from(random.random()), f64::from(random.random()));
        let scale = 255.0 / side as f64;
        pictures.push(match kind % 5 {
            0 => of(&mut |y, x| 128.0 + 128.0 * (a * y as f64 + b * x as f64) / side as f64),
            1 => of(&mut |y, x| {
                let inside = (y as f64 * scale) < 128.0 + 100.0 * a
                    && (x as f64 * scale) < 128.0 + 100.0 * b;
                if inside { 40.0 } else { 230.0 }
            }),
            2 => of(&mut |_, _| {
                250.0 - 240.0 * f64::from(u8::from(random.random() < a as f32 - 0.4))
            }),
            3 => of(&mut |_, _| 128.0 + 60.0 * a + 120.0 * f64::from(random.random())),
            _ => of(&mut |y, _| {
                if (y * 8 / side).is_multiple_of(2) { 60.0 + 50.0 * a } else { 200.0 + 50.0 * b }
            }),
        });
    }
    pictures
}

struct Measured {
    compiled: Compiled,
    quality: Quality,
    ranges: CalibratedRanges,
}

fn measure(model: &[u8], dims: ViewDims, pictures: &[Vec<u8>], predicate: Predicate) -> Measured {
    let graph = onnx::read(model).unwrap();
    let scaling = InputScaling::default();
    let views = || pictures.iter().map(Vec::as_slice);
    let ranges = calibrate(&graph, dims, &scaling, views()).unwrap();
    let options = CompileOptions {
        view: "test".to_owned(),
        dims,
        scaling: scaling.clone(),
        predicate: predicate.clone(),
        ranges,
    };
    let compiled = compile(&graph, &options).unwrap();
    let model = FloatModel::new(&graph, dims, &scaling).unwrap();
    let samples = model.samples(views().map(|view| (view, None))).unwrap();
    let decision = Decision::on_raw_scores(&predicate, &model).unwrap();
    let quality = quality(&compiled, &decision, true, samples).unwrap();
    Measured { compiled, quality, ranges: options.ranges }
}

/// No decision with a margin above 2 % of the range is another.
fn assert_follows(name: &str, model: &[u8], side: usize) {
    let dims = ViewDims { height: side, width: side, channels: 1 };
    for class in 0..2 {
        let found = measure(model, dims, &pictures(side), Predicate::match_class([class]));
        let missed = |margins: &&crate::model::quality::Margins| {
            margins.up_to_percent > 2 && margins.decided_otherwise > 0
        };
        let (quality, precision) = (&found.quality, found.compiled.precision);
        assert!(
            !quality.margins.iter().any(|m| missed(&m)),
            "{name}, {side}: {precision:?} {quality:?}"
        );
    }
}

fn image(side: usize) -> [i64; 4] {
    [1, 1, side as i64, side as i64]
}

#[test]
fn means_keep_their_weight() {
    for side in SIDES {
        let n = (side * side) as i64;
        // Global pooling, then layers.
        let mut w = Writer::new(13, &image(side), 1);
        let conv = w.weights(&[4, 1, 1, 1], 0.0, 1.0);
        let bias = w.weights(&[4], 0.0, 0.5);
        let y = w.node("Conv", &["x", &conv, &bias], vec![]);
        let y = w.node("Relu", &[&y], vec![]);
        let y = w.node("GlobalAveragePool", &[&y], vec![]);
        let y = w.node("Flatten", &[&y], vec![]);
        let dense = w.weights(&[4, 3], 0.0, 1.0);
        let y = w.node("MatMul", &[&y, &dense], vec![]);
        assert_follows("global pooling", &w.finish(&y), side);

        // The image less its mean.
        let mut w = Writer::new(13, &image(side), 2);
        let mean = w.node("GlobalAveragePool", &["x"], vec![]);
        let y = w.node("Sub", &["x", &mean], vec![]);
        let y = w.node("Flatten", &[&y], vec![]);
        let dense = w.weights(&[n, 3], 0.0, 1.0);
        let y = w.node("MatMul", &[&y, &dense], vec![]);
        assert_follows("less its mean", &w.finish(&y), side);

        // A mean as a dense layer, and as a convolution.
        let mut w = Writer::new(13, &image(side), 3);
        let flat = w.node("Flatten", &["x"], vec![]);
        let signs = (0..2 * n).map(|i| {
            let right = i / 2 % side as i64 >= side as i64 / 2;
            (if (i % 2 == 0) == right { 1.0 } else { -1.0 }) / n as f32
        });
        let dense = w.floats(&[n, 2], signs.collect());
        let y = w.node("MatMul", &[&flat, &dense], vec![]);
        assert_follows("dense mean", &w.finish(&y), side);
        let mut w = Writer::new(13, &image(side), 4);
        let kernel = w.floats(&[2, 1, side as i64, side as i64], {
            let row = |i: i64| if i / n == i % n % 2 { 1.5 } else { 0.25 };
            (0..2 * n).map(|i| row(i) / n as f32).collect()
        });
        let y = w.node("Conv", &["x", &kernel], vec![]);
        let y = w.node("Flatten", &[&y], vec![]);
        assert_follows("mean as a convolution", &w.finish(&y), side);
    }
}

#[test]
fn a_mean_taken_away_before_convolutions_is_the_mean() {
    for side in [4, 12, 40, 100] {
        for standardised in [false, true] {
            let mut w = Writer::new(13, &image(side), 10);
            let mean = w.node("GlobalAveragePool", &["x"], vec![]);
            let mut y = w.node("Sub", &["x", &mean], vec![]);
            if standardised {
                // Divided by something small, as by a deviation.
                let deviation = w.floats(&[1, 1, 1, 1], vec![0.07]);
                y = w.node("Div", &[&y, &deviation], vec![]);
            }
            let (kernel, bias) = (w.weights(&[3, 1, 3, 3], 0.0, 1.0), w.weights(&[3], 0.0, 0.2));
            let y = w.node("Conv", &[&y, &kernel, &bias], vec![ints("pads", &[1, 1, 1, 1])]);
            let y = w.node("Relu", &[&y], vec![]);
            let y = w.node("GlobalAveragePool", &[&y], vec![]);
            let y = w.node("Flatten", &[&y], vec![]);
            let dense = w.weights(&[3, 3], 0.0, 1.0);
            let y = w.node("MatMul", &[&y, &dense], vec![]);
            assert_follows("less its mean, then a convolution", &w.finish(&y), side);
        }
    }
}

#[test]
fn large_windows_keep_their_weight() {
    for (side, window) in [(24, 8), (40, 20), (100, 50)] {
        for pads in [0, 3] {
            let mut w = Writer::new(13, &image(side), 5);
            let attributes = vec![
                ints("kernel_shape", &[window, window]),
                ints("strides", &[window, window]),
                ints("pads", &[pads; 4]),
                int("count_include_pad", i64::from(pads == 3)),
            ];
            let y = w.node("AveragePool", &["x"], attributes);
            let y = w.node("Flatten", &[&y], vec![]);
            let columns = ((side as i64 + 2 * pads - window) / window + 1).pow(2);
            let dense = w.weights(&[columns, 3], 0.0, 1.0);
            let y = w.node("MatMul", &[&y, &dense], vec![]);
            assert_follows("average pooling", &w.finish(&y), side);
        }
    }
}

#[test]
fn weights_of_very_different_size_stand_in_one_layer() {
    for side in SIDES {
        let n = side * side;
        for large in [1.0f32, 30.0, 1000.0] {
            // One pixel of large weight beside a mean over all; the common part is
            // dropped.
            let mut w = Writer::new(13, &image(side), 7);
            let flat = w.node("Flatten", &["x"], vec![]);
            let mut weights = vec![0.0f32; 2 * n];
            for (at, row) in weights.chunks_exact_mut(2).enumerate() {
                row[at % 2] = 1.0 / n as f32;
            }
            weights[0] += large;
            weights[1] += large;
            let dense = w.floats(&[n as i64, 2], weights);
            let y = w.node("MatMul", &[&flat, &dense], vec![]);
            assert_follows("a large common weight", &w.finish(&y), side);
        }
    }
}

#[test]
fn a_common_offset_is_dropped() {
    for offset in [0.0f32, 1e3, -1e5] {
        for last in [None, Some("Softmax")] {
            let mut w = Writer::new(13, &image(12), 8);
            let flat = w.node("Flatten", &["x"], vec![]);
            let (dense, bias) = (w.weights(&[144, 4], 0.0, 0.1), w.weights(&[4], offset, 0.3));
            let mut y = w.node("Gemm", &[&flat, &dense, &bias], vec![]);
            if let Some(last) = last {
                y = w.node(last, &[&y], vec![]);
            }
            assert_follows("an offset", &w.finish(&y), 12);
        }
    }
}

#[test]
fn equal_scores_are_equal_in_the_program() {
    // Each class sees the same weights in another order, without a bias.
    for hidden in [false, true] {
        for seed in 0..8 {
            let side = 12;
            let n = side * side;
            let mut w = Writer::new(13, &image(side), seed);
            let mut x = w.node("Flatten", &["x"], vec![]);
            if hidden {
                // Signed values between, so zero is no end of the range.
                let scale = w.floats(&[], vec![3.7]);
                let mean = w.floats(&[], vec![0.0]);
                x = w.node("Mul", &[&x, &scale], vec![]);
                x = w.node("Sub", &[&x, &mean], vec![]);
                x = w.node("LeakyRelu", &[&x], vec![float("alpha", 0.3)]);
            }
            let base: Vec<f32> = (0..n).map(|_| w.random()).collect();
            let weights = (0..3 * n).map(|i| base[(i / 3 + 37 * (i % 3)) % n]).collect();
            let dense = w.floats(&[n as i64, 3], weights);
            let y = w.node("MatMul", &[&x, &dense], vec![]);
            let dims = ViewDims { height: side, width: side, channels: 1 };
            let model = w.finish(&y);
            let found = measure(&model, dims, &pictures(side), Predicate::match_class([0]));
            let scores = found.compiled.scores.unwrap().node;
            for byte in [0, 1, 77, 128, 255] {
                let values = found.compiled.program.evaluate(&vec![byte; n]);
                let levels = &values[scores];
                assert!(levels.iter().all(|level| level == &levels[0]), "{byte}: {levels:?}");
                assert_eq!(top_class(levels), Some(0));
                assert!(found.compiled.program.matches(&vec![byte; n]));
            }
        }
    }
}

#[test]
fn what_is_constant_in_calibration_stays_at_the_operators_bound() {
    let side = 6;
    let dims = ViewDims { height: side, width: side, channels: 1 };
    let dark: Vec<Vec<u8>> =
        (0..12).map(|i| (0..36).map(|at| (at * i) as u8 % 40).collect()).collect();
    // (operator, bounds, bias): what the clipped value is for a bright picture.
    let cases: [(&str, Option<[f32; 2]>, f32, f64); 5] = [
        ("Clip", Some([-9.0, -1.0]), 5.0, -1.0),
        ("Clip", Some([3.0, 3.0]), 0.0, 3.0),
        ("Clip", Some([2.0, 100.0]), -50.0, 2.0),
        ("Relu", None, -5.0, 0.0),
        ("Clip", Some([0.0, 6.0]), -5.0, 0.0),
    ];
    for (operator, bounds, bias, constant) in cases {
        let mut w = Writer::new(13, &image(side), 3);
        let flat = w.node("Flatten", &["x"], vec![]);
        let mean = w.floats(&[36, 1], vec![1.0 / 36.0; 36]);
        let bias = w.floats(&[1], vec![bias]);
        let h = w.node("Gemm", &[&flat, &mean, &bias], vec![]);
        let h = match bounds {
            None => w.node(operator, &[&h], vec![]),
            Some(bounds) => {
                let [low, high] = bounds.map(|bound| w.floats(&[], vec![bound]));
                w.node(operator, &[&h, &low, &high], vec![])
            }
        };
        // The constant against the mean of the picture.
        let other = w.weights(&[36, 2], 0.0, 0.05);
        let one = w.floats(&[1, 2], vec![1.0, 0.9]);
        let a = w.node("MatMul", &[&h, &one], vec![]);
        let b = w.node("MatMul", &[&flat, &other], vec![]);
        let y = w.node("Add", &[&a, &b], vec![]);
        let model = w.finish(&y);
        let found = measure(&model, dims, &dark, Predicate::match_class([1]));
        assert_eq!(found.quality.clear_disagreements(), 0, "{operator} {bounds:?}");
        // Beyond what calibration saw the operator's value is its bound's.
        let graph = onnx::read(&model).unwrap();
        let program = &found.compiled.program;
        let reached = FloatModel::new(&graph, dims, &InputScaling::default()).unwrap();
        for byte in [60u8, 255] {
            let view = vec![byte; 36];
            let scores = reached.scores(&view).unwrap();
            let clear = (scores[0] - scores[1]).abs() > 0.05 * constant.abs().max(0.2);
            if clear {
                let expected = Predicate::match_class([1]).matches(&scores);
                assert_eq!(program.matches(&view), expected, "{operator} {bounds:?} {byte}");
            }
        }
    }
}

#[test]
fn a_threshold_is_met_exactly() {
    let side = 5;
    let dims = ViewDims { height: side, width: side, channels: 1 };
    let mut w = Writer::new(13, &image(side), 9);
    let flat = w.node("Flatten", &["x"], vec![]);
    let (dense, bias) = (w.weights(&[25, 1], 0.0, 1.0), w.floats(&[1], vec![0.25]));
    let y = w.node("Gemm", &[&flat, &dense, &bias], vec![]);
    let predicate = Predicate::MatchScore { index: 0, above: FiniteF64::new(0.25).unwrap() };
    let found = measure(&w.finish(&y), dims, &pictures(side), predicate);
    // A blank page has exactly the threshold, which is not above it.
    assert!(!found.compiled.program.matches(&[0; 25]));
    assert_eq!(found.quality.clear_disagreements(), 0);
}

#[test]
fn a_threshold_on_the_small_one_of_large_scores_is_met() {
    let side = 8;
    let dims = ViewDims { height: side, width: side, channels: 1 };
    let mut w = Writer::new(13, &image(side), 12);
    let flat = w.node("Flatten", &["x"], vec![]);
    let weights: Vec<f32> =
        (0..128).map(|i| w.random() * if i % 2 == 0 { 1e-4 } else { 300.0 }).collect();
    let dense = w.floats(&[64, 2], weights);
    let y = w.node("MatMul", &[&flat, &dense], vec![]);
    let model = w.finish(&y);
    let graph = onnx::read(&model).unwrap();
    let reference = FloatModel::new(&graph, dims, &InputScaling::default()).unwrap();
    let pages = pictures(side);
    let mut scores: Vec<f64> =
        pages.iter().map(|page| reference.scores(page).unwrap()[0]).collect();
    scores.sort_by(f64::total_cmp);
    let middle = (scores[11] + scores[12]) / 2.0;
    let predicate = Predicate::MatchScore { index: 0, above: FiniteF64::new(middle).unwrap() };
    let found = measure(&model, dims, &pages, predicate);
    assert_eq!(found.quality.clear_disagreements(), 0, "{:?}", found.quality);
    assert!(found.quality.passes(0.98), "{:?}", found.quality);
}

#[test]
fn what_a_layer_cannot_hold_is_measured_and_named() {
    // Two scores that differ by a hundredth of what both share, behind a step.
    let side = 10;
    let dims = ViewDims { height: side, width: side, channels: 1 };
    let mut w = Writer::new(13, &image(side), 6);
    let flat = w.node("Flatten", &["x"], vec![]);
    let mut weights = vec![0.0f32; 200];
    for (at, row) in weights.chunks_exact_mut(2).enumerate() {
        row[at % 2] = 0.01;
    }
    weights[0] += 100.0;
    weights[1] += 100.0;
    let dense = w.floats(&[100, 2], weights);
    let y = w.node("MatMul", &[&flat, &dense], vec![]);
    let relu = w.node("Relu", &[&y], vec![]);
    let last = w.floats(&[2, 2], vec![1.0, -1.0, -1.0, 1.0]);
    let y = w.node("MatMul", &[&relu, &last], vec![]);
    let model = w.finish(&y);
    let pages = pictures(side);
    let found = measure(&model, dims, &pages, Predicate::match_class([0]));
    assert!(!found.quality.passes(0.98), "{:?}", found.quality);
    assert!(found.quality.clear_disagreements() > 0);
    let graph = onnx::read(&model).unwrap();
    let reference = FloatModel::new(&graph, dims, &InputScaling::default()).unwrap();
    let views = pages.iter().map(Vec::as_slice);
    let layers = costliest_layers(&found.compiled, &reference, &found.ranges, views).unwrap();
    assert_eq!(layers[0].operator, "Relu", "{layers:?}");
}
