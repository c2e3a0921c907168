//! Operators that are linear maps: the integer program follows the model, and takes no rows for
//! them.

use super::operators::Case;
use super::products::{assert_close, scores};
use crate::model::onnx;
use crate::model::onnx::writer::{Writer, int, ints, string};
use crate::model::program::Op;

/// Whether a model is followed to so many levels, and its only steps over more than four
/// elements are those of a function of what `make` makes.
fn assert_free(case: &Case, levels: f64, make: impl FnOnce(&mut Writer) -> String) {
    let dims = [case.dims.channels, case.dims.height, case.dims.width];
    let [channels, height, width] = dims.map(|size| size as i64);
    let mut w = Writer::new(13, &[1, channels, height, width], 77);
    let y = make(&mut w);
    let y = w.node("Sigmoid", &[&y], vec![]);
    let graph = onnx::read(&w.clone().finish(&y)).unwrap();
    let elements = graph.len(graph.output);
    let scores = scores(&mut w, &y, elements as i64);
    let (compiled, figures) = case.compile(&w.finish(&scores));
    assert_close(&compiled, &figures, levels);
    let steps = compiled.program.nodes().iter().filter(|node| match node.op {
        Op::Table { .. } | Op::Max { .. } | Op::Product { .. } => node.len > 4,
        _ => false,
    });
    assert_eq!(steps.map(|node| node.len).sum::<usize>(), elements);
}

#[test]
fn resize() {
    for (mode, scales) in [
        ("nearest", [2.0, 3.0]),
        ("linear", [2.0, 2.0]),
        ("linear", [0.5, 0.75]),
        ("linear", [1.0, 1.5]),
        ("cubic", [1.5, 2.0]),
    ] {
        assert_free(&Case::new(3, 4, 6), 8.0, |w| {
            let scales = w.floats(&[4], vec![1.0, 1.0, scales[0], scales[1]]);
            w.node("Resize", &["x", "", &scales], vec![string("mode", mode)])
        });
    }
}

/// Interpolation to the double size is read by a layer with weights as it is.
#[test]
fn a_layer_after_interpolation() {
    assert_free(&Case::new(2, 4, 5), 8.0, |w| {
        let scales = w.floats(&[4], vec![1.0, 1.0, 2.0, 2.0]);
        let y = w.node("Resize", &["x", "", &scales], vec![string("mode", "linear")]);
        let weights = w.weights(&[3, 2, 3, 3], 0.0, 1.0);
        w.node("Conv", &[&y, &weights], vec![])
    });
}

#[test]
fn transposed_convolutions() {
    for attributes in [
        vec![],
        vec![ints("strides", &[2, 2]), ints("pads", &[1, 1, 0, 1])],
        vec![ints("strides", &[3, 1]), ints("dilations", &[1, 2]), ints("output_padding", &[1, 0])],
        vec![ints("pads", &[2, 2, 2, 2])],
    ] {
        for groups in [1, 2] {
            assert_free(&Case::new(2, 4, 5), 8.0, |w| {
                let weights = w.weights(&[2, 2, 3, 3], 0.0, 1.0);
                let bias = w.weights(&[2 * groups], 0.0, 1.0);
                let mut attributes = attributes.clone();
                attributes.push(int("group", groups));
                w.node("ConvTranspose", &["x", &weights, &bias], attributes)
            });
        }
    }
}

#[test]
fn sums_by_labels_and_running_ones() {
    assert_free(&Case::new(2, 3, 4), 8.0, |w| {
        let weights = w.weights(&[2, 4, 5], 0.0, 1.0);
        w.node("MatMul", &["x", &weights], vec![])
    });
    assert_free(&Case::new(2, 3, 4), 8.0, |w| {
        let weights = w.weights(&[3, 2], 0.0, 1.0);
        let equation = string("equation", "bchw,ho->bcow");
        w.node("Einsum", &["x", &weights], vec![equation])
    });
    assert_free(&Case::new(2, 3, 4), 8.0, |w| {
        let axis = w.integers(&[3]);
        w.node("CumSum", &["x", &axis], vec![int("reverse", 1)])
    });
}

#[test]
fn elements_moved() {
    assert_free(&Case::new(4, 3, 4), 8.0, |w| {
        let y = w.node("DepthToSpace", &["x"], vec![int("blocksize", 2)]);
        w.node("Trilu", &[&y], vec![])
    });
    assert_free(&Case::new(1, 4, 4), 8.0, |w| {
        let y = w.node("SpaceToDepth", &["x"], vec![int("blocksize", 2)]);
        let index = w.integers(&[0, 1, 0, 3]);
        let shape = w.integers(&[2, 2]);
        let index = w.node("Reshape", &[&index, &shape], vec![]);
        let update = w.weights(&[2, 2, 2], 0.0, 1.0);
        w.node("ScatterND", &[&y, &index, &update], vec![])
    });
}

#[test]
fn pairs_turned_by_constant_angles() {
    assert_free(&Case::new(2, 3, 4), 8.0, |w| {
        let (cosines, sines) = (w.weights(&[1, 3, 2], 0.0, 1.0), w.weights(&[1, 3, 2], 0.0, 1.0));
        w.node("RotaryEmbedding", &["x", &cosines, &sines], vec![int("interleaved", 1)])
    });
}

/// The greater of two tensors takes one row an element, that of three two.
#[test]
fn extremes_of_tensors() {
    for operator in ["Max", "Min"] {
        let mut w = Writer::new(13, &[1, 2, 4, 4], 7);
        let mut layer = || {
            let weights = w.weights(&[3, 2, 1, 1], 0.0, 1.0);
            w.node("Conv", &["x", &weights], vec![])
        };
        let (left, right, third) = (layer(), layer(), layer());
        let y = w.node(operator, &[&left, &right, &third], vec![]);
        let y = w.node("Sigmoid", &[&y], vec![]);
        let y = scores(&mut w, &y, 48);
        let (compiled, figures) = Case::new(2, 4, 4).compile(&w.finish(&y));
        assert_close(&compiled, &figures, 16.0);
        let steps = compiled.program.nodes().iter().filter(|node| match node.op {
            Op::Table { .. } | Op::Max { .. } => node.len > 4,
            _ => false,
        });
        assert_eq!(steps.map(|node| node.len).sum::<usize>(), 3 * 48);
    }
}
